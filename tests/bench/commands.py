"""How many commands one planning worker carries out in a second, beside a bare application that inserts one row.

A case worker's way through a case is three commands: a meeting is booked, it is held, a joint plan is made. Sixteen
clients do so at once, directly at the worker; the same client asks the bare application as often. Both write to the
same server, by turns, so that whatever slows the machine slows both. The other services are stopped meanwhile: what
they do of the events is no part of a command.
"""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid4

import asyncpg
import httpx
import psutil
from aiokafka import AIOKafkaProducer

from contracts import events, referral, topics
from contracts.catalogue import INSATSER
from contracts.codes import Role, Sex
from contracts.envelope import TIMER, Fact
from contracts.referral import Attributes, ConsentGiven, ReferralAccepted, ReferralReceived, RuleRef
from deploy.local.ports import free_port
from deploy.local.services import ServiceProcess
from deploy.local.stack import LocalStack
from tests.conftest import local_settings
from tests.swedish_day import swedish_day
from tests.traffic import AGENCY, tokens
from tests.waiting import until

AT_ONCE: Final = 16
ROUNDS: Final = 6
CASES_A_ROUND: Final = 96
COMMANDS_A_CASE: Final = 3
_INSATS: Final = "finsam-team"
_SESSIONS_A_DAY: Final = 300
_FIRST_SESSION: Final = datetime(2000, 1, 1, 7, tzinfo=UTC)
_KNOWN: Final = "SELECT count(*) FROM heard_event WHERE sequence = 3 AND stream_id = ANY ($1)"

Json: TypeAlias = dict[str, Any]
Work: TypeAlias = Callable[[httpx.AsyncClient, UUID, int], Awaitable[None]]


@dataclass
class Served:
    """How many requests a process answered in a second, and how many milliseconds of processor each took of it."""

    per_second: list[float] = field(default_factory=list)
    processor_ms: list[float] = field(default_factory=list)

    async def round(self, process: ServiceProcess, work: Work, cases: Sequence[UUID], first: int) -> None:
        """Measures one round more."""
        before = _processor_seconds(process)
        seconds = await _round(process.url, work, cases, first)
        requests = len(cases) * COMMANDS_A_CASE
        self.per_second.append(requests / seconds)
        self.processor_ms.append((_processor_seconds(process) - before) * 1000 / requests)


async def measure(stack: LocalStack, *, rounds: int = ROUNDS) -> dict[str, Any]:
    """Stops every service but planning and measures it. Planning has one worker."""
    [planning] = stack.services["planning"]
    await asyncio.to_thread(_stop_all_but, stack, planning)
    # The day before this machine's: the waiting times measured before took sessions of today.
    day = swedish_day() - timedelta(days=1)
    cases = [uuid4() for _ in range(CASES_A_ROUND * (rounds + 1))]
    await _refer(stack, cases, day)
    commands, inserts = Served(), Served()
    plan_a_case = _Commands(stack, day)
    with _bare_process(stack) as bare:
        await _round(bare.url, _insert, cases[:CASES_A_ROUND], 0)  # unmeasured: both warm up
        await _round(planning.url, plan_a_case, cases[:CASES_A_ROUND], 0)
        for begin in range(CASES_A_ROUND, len(cases), CASES_A_ROUND):
            mine = cases[begin : begin + CASES_A_ROUND]
            await inserts.round(bare, _insert, mine, begin)
            await commands.round(planning, plan_a_case, mine, begin)
    ratios = [ours / bare for ours, bare in zip(commands.per_second, inserts.per_second, strict=True)]
    return {
        "commands_per_second": statistics.median(commands.per_second),
        "bare_per_second": statistics.median(inserts.per_second),
        # The median of the rounds' ratios: each compares two measurements made right after each other.
        "ratio": statistics.median(ratios),
        "rounds": {"commands": asdict(commands), "bare": asdict(inserts)},
    }


class _Commands:
    """Books a meeting, holds it and makes a plan, as a coordinator. Each case has a session of its own."""

    def __init__(self, stack: LocalStack, today: date) -> None:
        self._today = today
        self._headers = {"authorization": f"Bearer {tokens(stack.secrets_file)[Role.COORDINATOR]}"}

    async def __call__(self, client: httpx.AsyncClient, case_id: UUID, nth: int) -> None:
        day, (team, minute) = self._today.isoformat(), (nth % 3 + 1, nth // 3)
        starts_at = f"{_FIRST_SESSION + timedelta(minutes=minute % _SESSIONS_A_DAY):%H:%M}"
        session = {"team": f"team-{team}", "meets_on": day, "starts_at": starts_at, "mode": "phone"}
        await self._post(client, case_id, "meeting", {"booked_on": day, **session})
        await self._post(client, case_id, "meeting/held", {"held_on": day})
        activities = [
            {"responsible": "kommun", "kind": "guidance"},
            {"responsible": "region", "kind": "health_care_contact"},
        ]
        await self._post(client, case_id, "samplan", {"made_on": day, "activities": activities})

    async def _post(self, client: httpx.AsyncClient, case_id: UUID, what: str, body: Json) -> None:
        path = f"/api/planning/cases/{case_id}/{what}"
        _require_made(await client.post(path, json=body, headers=self._headers))


async def _insert(client: httpx.AsyncClient, case_id: UUID, nth: int) -> None:
    for _ in range(COMMANDS_A_CASE):
        body = {"made_on": "2021-03-04", "words": f"row of case {nth}"}
        _require_made(await client.post(f"/cases/{case_id}/rows", json=body))


def _require_made(response: httpx.Response) -> None:
    if response.status_code != httpx.codes.CREATED:
        raise AssertionError(f"{response.url}: {response.status_code} {response.text}")


async def _round(url: str, work: Work, cases: Sequence[UUID], first: int) -> float:
    """Seconds until all is answered: so many clients at once take case after case."""
    waiting = iter(enumerate(cases, start=first))
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:

        async def one_after_another() -> None:
            for nth, case_id in waiting:
                await work(client, case_id, nth)

        begun = time.perf_counter()
        async with asyncio.TaskGroup() as clients:
            for _ in range(AT_ONCE):
                clients.create_task(one_after_another())
        return time.perf_counter() - begun


def _processor_seconds(process: ServiceProcess) -> float:
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)


async def _refer(stack: LocalStack, cases: Sequence[UUID], today: date) -> None:
    """Puts accepted referrals on the referral service's topic, and waits until planning knows of them all."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap, acks="all", linger_ms=20)
    await producer.start()
    try:
        for case_id in cases:
            for sequence, fact in enumerate(_accepted(today), start=1):
                value = events.encode(_event(case_id, sequence, fact))
                await producer.send(topics.REFERRAL, value, key=str(case_id).encode())
    finally:
        await producer.stop()
    connection = await asyncpg.connect(stack.postgres.dsn("samspel_planning"))

    async def known() -> int:
        count: int = await connection.fetchval(_KNOWN, cases)
        return count

    try:
        await until(known, lambda count: count == len(cases))
    finally:
        await connection.close()


def _accepted(today: date) -> tuple[Fact, ...]:
    rule = INSATSER[_INSATS].rule_on(today)
    if rule is None:
        raise AssertionError(f"{_INSATS} has no rule for {today}")
    received = ReferralReceived(
        happened_on=today,
        person_id=uuid4(),
        insats=_INSATS,
        agency=AGENCY,
        unit="rinkeby-kista",
        unit_kind="stadsdel",
        sex=Sex.WOMAN,
        rule=RuleRef(insats=_INSATS, version=rule.version),
    )
    return (
        received,
        ConsentGiven(happened_on=today, attributes=Attributes(age=34)),
        ReferralAccepted(happened_on=today),
    )


def _event(case_id: UUID, sequence: int, fact: Fact) -> events.AnyEvent:
    return events.event_of(
        fact,
        event_id=uuid4(),
        stream_id=case_id,
        sequence=sequence,
        recorded=datetime.now(UTC),
        actor=TIMER,
        source=referral.SOURCE,
        association=INSATSER[_INSATS].association,
    )


@contextmanager
def _bare_process(stack: LocalStack) -> Iterator[ServiceProcess]:
    port = free_port()
    url = stack.postgres.ensure_database("bench_bare_app")
    env = {**os.environ, "BENCH_PORT": str(port), "BENCH_DATABASE_URL": url}
    bare = ServiceProcess("bare", port, env, stack.data / "logs" / "bare.log", module="tests.bench.bare_app")
    bare.start()
    try:
        bare.wait_ready()
        yield bare
    finally:
        bare.terminate()


def _stop_all_but(stack: LocalStack, kept: ServiceProcess) -> None:
    running = [process for workers in stack.services.values() for process in workers]
    for process in (*running, *([stack.gateway] if stack.gateway else [])):
        if process is not kept:
            process.terminate()


def _show(measured: dict[str, Any]) -> None:
    bare, commands = measured["rounds"]["bare"], measured["rounds"]["commands"]
    for theirs, their_ms, ours, our_ms in zip(
        bare["per_second"], bare["processor_ms"], commands["per_second"], commands["processor_ms"], strict=True
    ):
        print(
            f"bare {theirs:>5,.0f} requests/s, {their_ms:.2f} ms of processor each   "
            f"commands {ours:>5,.0f}/s, {our_ms:.2f} ms   {ours / theirs:.2f}"
        )
    print(f"median of the ratios {measured['ratio']:.2f}")


def _alone(folder: Path) -> None:
    with LocalStack(local_settings(folder), say=lambda line: print(line, flush=True)) as stack:
        _show(asyncio.run(measure(stack)))


if __name__ == "__main__":
    _alone(Path(sys.argv[1]))
