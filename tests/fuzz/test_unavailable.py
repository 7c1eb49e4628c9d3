"""A database that takes no writes for a while: every command is answered 503 with Retry-After, then works again."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import asyncpg
import httpx
import pytest

from contracts.codes import Role
from tests.fuzz.running import Running, until
from tests.fuzz.test_hostile import BODIES, PROBLEM, place_of

_END_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def _set(url: str, setting: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        name = await connection.fetchval("SELECT quote_ident(current_database())")
        await connection.execute("SET default_transaction_read_only = off")
        await connection.execute(f"ALTER DATABASE {name} {setting}")
        await connection.execute(_END_SESSIONS)  # the sessions there are keep the setting they began with
    finally:
        await connection.close()


@contextmanager
def read_only(url: str) -> Iterator[None]:
    asyncio.run(_set(url, "SET default_transaction_read_only = on"))
    try:
        yield
    finally:
        asyncio.run(_set(url, "RESET default_transaction_read_only"))


def _role(path: str) -> Role:
    if "/inbox/" in path:
        return Role.AGENCY
    return Role.OPERATIONS if "/dead-letters/" in path or "/persons/" in path else Role.COORDINATOR


def _send(system: Running, command: Any) -> httpx.Response:
    service, method, path, media_type, example = command.values
    return httpx.request(
        method,
        system.urls[service] + place_of(system, path),
        json=example,
        headers={**system.bearer(_role(path)), "content-type": media_type},
        timeout=30,
    )


def _served(system: Running, command: Any) -> bool:
    return _send(system, command).status_code < 500


@pytest.mark.parametrize("service", ["referral", "planning", "followup"])
def test_commands_while_the_database_is_read_only(system: Running, service: str) -> None:
    # Of somebody who is not known nothing is read or erased, so nothing is written down about it.
    of_nobody = ("/names", "/persons/find", "/persons/forget")
    # A reference that several referrals here have, or none, is refused by what was read.
    by_reference = ("/withdrawals", "/completions", "/referrers", "/hand-backs/acknowledged")
    # Computes what would be appended, and appends nothing.
    reads = ("/rehearsal",)
    left_out = (*of_nobody, *by_reference, *reads)
    commands = [each for each in BODIES if each.values[0] == service and not each.values[2].endswith(left_out)]
    assert commands
    with read_only(system.databases[service]):
        for command in commands:
            answer = _send(system, command)
            assert answer.status_code == 503, (command.id, answer.text)
            assert answer.headers["content-type"] == PROBLEM
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["code"] == "not_ready"
    for command in commands:
        until(partial(_served, system, command), f"{command.id} works again")


def test_figures_are_read_while_the_database_is_read_only(system: Running) -> None:
    with read_only(system.databases["reporting"]):
        until(
            lambda: system.get("reporting", "/api/reporting/periods/2021", Role.OFFICE).status_code == 200,
            "figures need no writing",
        )
    until(lambda: httpx.get(f"{system.urls['reporting']}/health/ready", timeout=30).status_code == 200, "ready again")
