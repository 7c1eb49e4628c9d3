"""How fast follow-ups whose day has come are taken up, and how long a day's list takes, beside the bare SQL.

Taken up: cases with a samplan, an insats that began and three follow-ups each, none of them looked at for a year, as
after a very long stop. One worker claims and fires all their timers; what is counted are obligations, three a case.
The baseline is the least that has to be done with them: rows claimed, and the same events inserted, in transactions
of as many cases.

The list: a million cases' follow-ups, of which one in twenty is owed, as in a register of many years. By turns the
page's two lists and its counts in bare SQL, and the page over HTTP, answered by the service's own application.

``python -m tests.bench.follow_ups FOLDER [CASES LISTED]`` measures them alone, on a database server of its own.
"""

import asyncio
import base64
import json
import secrets
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import httpx

from contracts import events, followup, planning, topics
from contracts.codes import Member, Role
from contracts.envelope import TIMER, Fact, service
from contracts.events import local_date
from contracts.planning import InsatsStarted, PlannedActivity, SamplanUpprättad
from contracts.referral import RuleRef
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres, PostgresServer
from services.chassis import logs
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.chassis.log import HeardEvent, keep_heard
from services.chassis.metrics import Metrics
from services.chassis.runtime import Runtime
from services.chassis.settings import Settings
from services.chassis.timers import Timers
from services.chassis.unit import Unit
from services.followup import app, commands, store
from services.followup.domain.ledger import DueStatus
from services.followup.web.work_list import SHOWN

CASES: Final = 33_334
LISTED: Final = 1_000_000
PAGES: Final = 60
_OBLIGATIONS: Final = 3
_CHUNK: Final = 500
_BEGUN: Final = date(2021, 1, 4)
_RULE: Final = RuleRef(insats="finsam-team", version=2)
_USER: Final = User("bench", "Bench", frozenset({Role.COORDINATOR}))

_FILL_LIST: Final = """
INSERT INTO follow_up (follow_up_id, case_id, point, anchor, months, insats, rule_version, responsible, worked_by,
                       anchored_on, nominal_on, due_on, opens_on, closes_on, state, opened, ended_on, timeliness,
                       details_released, worker_id)
SELECT gen_random_uuid(), case_id, 'uppfoljning-' || months, case_id, months, 'finsam-team', 2,
       CASE months WHEN 2 THEN 'lots' ELSE 'koordinator' END, CASE months WHEN 2 THEN 'lots' ELSE 'coordinator' END,
       due_on - 30 * months, due_on, due_on, due_on - 14, due_on + 30,
       CASE WHEN ended THEN 'completed' ELSE 'owed' END, ended, CASE WHEN ended THEN due_on END,
       CASE WHEN ended THEN 'in_time' END, false, 'worker-' || n % 200
FROM generate_series(1, $1::integer) AS n,
     LATERAL (SELECT md5('listed' || n)::uuid AS case_id) AS of_case,
     unnest(ARRAY[2, 6, 12]) AS months,
     LATERAL (SELECT date '2012-01-01' + n % 3650 AS due_on, n % 20 <> 0 AS ended) AS day
"""

_SET_TIMERS: Final = """
INSERT INTO timer (key, stream_id, kind, due_at)
SELECT key, stream_id, 'reconcile', now() FROM unnest($1::text[], $2::uuid[]) AS due (key, stream_id)
"""
_CLAIM: Final = "DELETE FROM timer WHERE key = ANY ($1::text[]) RETURNING due_at"
_QUEUE: Final = "INSERT INTO outbox (partition_no, event_id) SELECT 0, unnest($1::uuid[])"


@dataclass
class SetClock:
    """A clock that stands where it is put."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


@asynccontextmanager
async def _service(postgres: Postgres) -> AsyncIterator[tuple[Runtime, httpx.AsyncClient, Any]]:
    """The follow-up service's application on an empty database, a client of it, and a bare connection."""
    with TemporaryDirectory() as folder:
        names = ("token_key", "vault_kek", "lookup_key", "answers_kek")
        keys = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in names}
        secrets_file = Path(folder) / "secrets.json"
        secrets_file.write_text(json.dumps(keys), encoding="utf-8")
        dsn = await asyncio.to_thread(postgres.ensure_database, f"bench_{uuid4().hex[:12]}")
        settings = Settings(
            kafka_bootstrap="nowhere:1",
            database_url=dsn,
            secrets_file=secrets_file,
            http_port=1,
            referral_url="http://127.0.0.1:1",
            test_mode=True,
        )
        logs.configure("bench", "ERROR")
        asgi = app.create(settings)
        runtime: Runtime = asgi.state.runtime
        await runtime.open_database()
        runtime.identity = tokens = LocalTokens(settings.secrets["token_key"])
        bare = await asyncpg.connect(dsn, server_settings={"jit": "off"})
        headers = {
            "cookie": f"{COOKIE}={tokens.issue(_USER)}",
            "sec-fetch-site": "same-origin",
            "accept": "text/html",
        }
        transport = httpx.ASGITransport(app=asgi)
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as client:
                yield runtime, client, bare
        finally:
            await bare.close()
            await runtime.stop()


# Taking up ------------------------------------------------------------------------------------------------------


def _heard(case_id: UUID) -> Iterator[HeardEvent]:
    facts: Sequence[Fact] = (
        InsatsStarted(happened_on=_BEGUN, insats=_RULE.insats, rule=_RULE),
        SamplanUpprättad(
            happened_on=_BEGUN,
            samplan_id=uuid4(),
            insats=_RULE.insats,
            rule=_RULE,
            activities=tuple(
                PlannedActivity(activity_id=uuid4(), responsible=member) for member in (Member.KOMMUN, Member.REGION)
            ),
        ),
    )
    for sequence, fact in enumerate(facts, start=1):
        event = events.event_of(
            fact,
            event_id=uuid4(),
            stream_id=case_id,
            sequence=sequence,
            recorded=datetime(2021, 1, 4, 12, tzinfo=UTC),
            actor=service("planning"),
            source=planning.SOURCE,
            association="stockholm",
        )
        yield HeardEvent(case_id, planning.SOURCE, sequence, topics.PLANNING, events.encode(event), learnt=True)


async def _fill(runtime: Runtime, clock: SetClock, cases: Sequence[UUID]) -> None:
    """Cases as they are the day their plan was made: heard, three follow-ups scheduled, a timer set."""
    for first in range(0, len(cases), _CHUNK):
        chunk = cases[first : first + _CHUNK]
        async with runtime.pool.acquire() as connection, connection.transaction():
            unit = Unit(connection, clock.now(), topics.FOLLOWUP, followup.SOURCE, TIMER)
            await unit.lock_all(chunk)
            await keep_heard(connection, [each for case_id in chunk for each in _heard(case_id)])
            await commands.bring_all_up_to_date(unit, chunk)


async def take_up(postgres: Postgres, cases: int = CASES) -> dict[str, Any]:
    """Obligations a second that one worker takes up, beside the least that has to be done."""
    async with _service(postgres) as (runtime, _client, bare):
        clock = SetClock(datetime(2021, 1, 4, 12, tzinfo=UTC))
        ids = [uuid4() for _ in range(cases)]
        await _fill(runtime, clock, ids)
        await bare.execute("TRUNCATE outbox")
        await bare.execute("VACUUM ANALYZE")
        clock.moment += timedelta(days=400)
        timers = Timers(
            runtime.definition.fires,
            runtime.definition.fires_together,
            pool=runtime.pool,
            clock=clock,
            metrics=Metrics(),
            topic=topics.FOLLOWUP,
            source=followup.SOURCE,
            on_commit=lambda: None,
        )
        begun, before = time.perf_counter(), time.process_time()
        while await timers.fire_due():
            pass
        seconds, processor = time.perf_counter() - begun, time.process_time() - before
        appended = await bare.fetch("SELECT * FROM event WHERE recorded > '2021-06-01' ORDER BY stream_id, sequence")
        bare_seconds = await _bare(bare, appended, ids)
    obligations = cases * _OBLIGATIONS
    return {
        "obligations": obligations,
        "events": len(appended),
        "obligations_per_second": obligations / seconds,
        "bare_per_second": obligations / bare_seconds,
        "ratio": bare_seconds / seconds,
        "processor_ms_per_case": processor / cases * 1000,
    }


async def _bare(bare: Any, appended: Sequence[Any], cases: Sequence[UUID]) -> float:
    """The same events appended to an empty store, in transactions of a hundred cases whose timers are deleted."""
    await bare.execute("TRUNCATE event, outbox, timer, stream CASCADE")
    keys = {case_id: f"reconcile:{case_id}" for case_id in sorted(cases)}
    await bare.execute(_SET_TIMERS, list(keys.values()), list(keys))
    by_case: dict[UUID, list[Any]] = {case_id: [] for case_id in keys}
    for row in appended:
        by_case[row["stream_id"]].append(row)
    columns, ordered = list(appended[0].keys()), list(keys)
    begun = time.perf_counter()
    for first in range(0, len(ordered), 100):
        chunk = ordered[first : first + 100]
        rows = [row for case_id in chunk for row in by_case[case_id]]
        async with bare.transaction():
            await bare.fetch(_CLAIM, [keys[case_id] for case_id in chunk])
            await bare.copy_records_to_table("event", records=[tuple(row) for row in rows], columns=columns)
            await bare.execute(_QUEUE, [row["event_id"] for row in rows])
    return time.perf_counter() - begun


# The list -------------------------------------------------------------------------------------------------------


async def list_of_the_day(postgres: Postgres, listed: int = LISTED) -> dict[str, Any]:
    """p95 of the day's page, beside the statements it shows the rows of."""
    async with _service(postgres) as (runtime, client, bare):
        await bare.execute(_FILL_LIST, listed)
        await bare.execute("VACUUM ANALYZE follow_up")
        today = local_date(runtime.clock.now())
        took: dict[str, list[float]] = {"bare": [], "page": []}
        for nth in range(PAGES + 5):
            for way in took:
                begun = time.perf_counter()
                if way == "bare":
                    await bare.fetch(store.COUNTS[store.RoleList], [Role.COORDINATOR], today)
                    for status in (DueStatus.OVERDUE, DueStatus.DUE):
                        query = store.WORK_LIST[store.RoleList, status]
                        await bare.fetch(query, Role.COORDINATOR, today, SHOWN[status])
                else:
                    answer = await client.get("/uppfoljningar?roll=koordinator")
                    assert answer.status_code == 200, answer.text
                if nth >= 5:  # both warm up
                    took[way].append((time.perf_counter() - begun) * 1000)
    p95 = {way: statistics.quantiles(ms, n=20)[-1] for way, ms in took.items()}
    return {
        "cases": listed,
        "page_p95_ms": p95["page"],
        "bare_p95_ms": p95["bare"],
        "ratio": p95["page"] / p95["bare"],
        "median_ratio": statistics.median(took["page"]) / statistics.median(took["bare"]),
    }


async def measure(postgres: Postgres, cases: int = CASES, listed: int = LISTED) -> dict[str, Any]:
    """Both."""
    return {"taken_up": await take_up(postgres, cases), "list": await list_of_the_day(postgres, listed)}


def _alone(folder: Path, cases: int, listed: int) -> None:
    server = PostgresServer(folder, free_port())
    server.start()
    try:
        print(json.dumps(asyncio.run(measure(server, cases, listed)), indent=2))
    finally:
        server.stop()


if __name__ == "__main__":
    _alone(Path(sys.argv[1]), *(int(each) for each in sys.argv[2:4] or (CASES, LISTED)))
