"""All tables of all four databases beside what the topics say they must hold."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final, TypeAlias

import asyncpg

from tests.oracle import chassis, followup, planning, referral, reporting
from tests.oracle.story import Story
from tests.oracle.table import UNKNOWN, Row, Table, without_nulls

Connection: TypeAlias = Any

_OWN: Final[Mapping[str, Callable[[Story], Iterator[Table]]]] = {
    "referral": referral.tables,
    "planning": planning.tables,
    "followup": followup.tables,
    "reporting": reporting.tables,
}

NOT_COMPARED: Final[Mapping[str, str]] = {
    "schema_migration": "which migrations ran: no event says so",
    "identity_read": "who read whose name on a page: no event says so",
    "identity_search": "who searched for whom: no event says so",
    "read_log_look": "who looked at the log of reads: no event says so",
    "search_token": "keyed hashes of names and references: no event says so",
    "protected_person": "who is protected, and who may read: no event says so",
    "protection_change": "who marked somebody as protected: no event says so",
    "revocation": "which sign-ins were ended: no event says so",
    "used_link": "which sign-in links were used: no event says so",
    "referral_draft": "referrals that somebody has begun: no event says so",
    "officer_left": "referrers who leave: no event says so",
    "restricted_answer": "answers to questions whose answers are restricted, sealed: no event says so",
    "daily_digest": "who wants a digest by mail, and where: no event says so",
    "calendar_feed": "who has a calendar feed: no event says so",
    "answer_access": "who read or wrote such answers: no event says so",
    "public_form": "what of frozen reports may leave the house: no event says so",
    "form_report": "which reports were begun: no event says so",
    "form_report_text": "texts of reports as they are written: no event says so",
    "survey_batch": "which questionnaires were taken in together: no event says so",
    "idempotency_key": "which commands clients sent with a key: no event says so",
    "shared_case_unread": "cases whose rows in shared_case an earlier version did not write: no event says so",
    "inbox_message": "compared by referral.messages: its key is a keyed hash",
}
"""Tables that no :class:`Table` describes, and why. A new table must be described or named here."""

_COLUMNS: Final = """
SELECT table_name, array_agg(column_name::text) AS columns
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
GROUP BY table_name
"""


def tables(story: Story, service: str) -> list[Table]:
    """Every table of a service's database that the topics speak about."""
    return list(_described(story, service))


def _described(story: Story, service: str) -> Iterator[Table]:
    yield from chassis.tables(story, service)
    yield from _OWN[service](story)


async def differences(story: Story, databases: Mapping[str, Connection]) -> list[str]:
    """Row by row, where the databases of the services (by name) differ from the topics; empty if nowhere."""
    said: list[str] = []
    for service, connection in databases.items():
        said += [f"{service}.{each}" async for each in _of_service(story, service, connection)]
    return said


async def first_difference(story: Story, addresses: Mapping[str, str]) -> str | None:
    """One difference, the first that is found; None if there is none. The databases are asked in their order."""
    for service, address in addresses.items():
        connection = await asyncpg.connect(address)
        try:
            async for each in _of_service(story, service, connection):
                return f"{service}.{each}"
        finally:
            await connection.close()
    return None


async def table_differences(table: Table, connection: Connection) -> list[str]:
    """Row by row, where one table of a database differs from what it must hold."""
    return list(table.differences(await _found(table, connection)))


async def differences_of(story: Story, addresses: Mapping[str, str]) -> list[str]:
    """As :func:`differences`, over connections of its own to the databases' addresses."""
    async with AsyncExitStack() as connected:
        connections: dict[str, Connection] = {}
        for service, address in addresses.items():
            connections[service] = await asyncpg.connect(address)
            connected.push_async_callback(connections[service].close)
        return await differences(story, connections)


async def _of_service(story: Story, service: str, connection: Connection) -> AsyncIterator[str]:
    described: list[Table] = []
    for table in _described(story, service):
        described.append(table)
        for each in await table_differences(table, connection):
            yield each
    if service == "referral":
        rows = await connection.fetch("SELECT receipt, received_at FROM inbox_message")
        for each in referral.messages(story, rows):
            yield each
    for each in _unknown(await connection.fetch(_COLUMNS), described):
        yield each


def _unknown(found: Any, described: list[Table]) -> Iterator[str]:
    known = {table.name: {*table.keys, *table.columns, *table.sealed} for table in described}
    for name, columns in ((row["table_name"], set(row["columns"])) for row in found):
        if name in NOT_COMPARED:
            continue
        if name not in known:
            yield f"{name} is compared by nobody: describe it in tests/oracle"
        elif strange := columns - known[name]:
            yield f"{name} has columns that nobody compares: {', '.join(sorted(strange))}"


async def _found(table: Table, connection: Connection) -> dict[Row, Row]:
    rows = await connection.fetch(table.select)
    return {
        tuple(row[name] for name in table.keys): tuple(_value(table, name, row[name]) for name in table.columns)
        for row in rows
    }


def _value(table: Table, name: str, value: Any) -> Any:
    """JSON as it would be read, so that two texts of the same value are the same."""
    return without_nulls(json.loads(value)) if name in table.json and value is not None else value


def comparable(table: Table, column: str) -> Row | None:
    """The key of a row whose value in ``column`` is compared; None if there is none."""
    if column in table.keys:
        return next(iter(table.rows), None)
    place = table.columns.index(column)
    return next((key for key, row in table.rows.items() if row[place] is not UNKNOWN), None)
