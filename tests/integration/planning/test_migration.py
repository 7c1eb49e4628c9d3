"""Databases of earlier versions: from before sessions were declared, and before supports had rows."""

import shutil
from collections.abc import Sequence
from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from contracts import events, topics
from contracts.codes import MeetingMode
from contracts.corrections import RegisteredInError
from contracts.envelope import TIMER, Fact
from contracts.events import AnyEvent
from contracts.planning import LotsAssigned, SupportEnded
from deploy.local.postgres import PostgresServer
from services.chassis.database import CHASSIS_MIGRATIONS, migrate, open_pool
from services.chassis.log import HeardEvent, keep_heard
from services.planning import app
from services.planning.domain import command as ask_
from services.planning.domain.command import Command
from services.planning.domain.supported import ongoing_supports
from tests.unit.planning import commands as ask
from tests.unit.planning import mother
from tests.unit.planning.mother import Life

FOLDER = Path(app.__file__).parent / "migrations"
BEFORE = ("0001_cases_and_sessions.sql", "0003_log_and_seats.sql")
RECORDED = datetime(2021, 10, 1, 12, tzinfo=UTC)

_SEAT = """
WITH session AS (
    INSERT INTO team_session VALUES ('finsam-team', 'team-1', '2021-03-01', '09:00') ON CONFLICT DO NOTHING
)
INSERT INTO session_seat VALUES ($1, $2, 'finsam-team', 'team-1', '2021-03-01', '09:00')
"""
_APPEND = """
INSERT INTO event (event_id, stream_id, sequence, topic, type, recorded, value) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def test_seats_and_waiting_cases_of_an_earlier_version(postgres: PostgresServer, tmp_path: Path) -> None:
    for name in BEFORE:
        shutil.copy(FOLDER / name, tmp_path)
    pool = await open_pool(postgres.ensure_database(f"planning_old_{uuid4().hex[:8]}"), size=2)
    try:
        await migrate(pool, [("chassis", CHASSIS_MIGRATIONS), ("planning", tmp_path)])
        waits, returned, unanswered, elsewhere, booked, held = (uuid4() for _ in range(6))
        moved = mother.booked.model_copy(update={"meeting_id": mother.OTHER_MEETING})
        async with pool.acquire() as connection:
            await _lived(connection, waits, mother.at_acceptance)
            await _lived(connection, returned, (*mother.at_acceptance, mother.returned))
            await _lived(connection, unanswered, (mother.received, mother.consented))
            await _lived(connection, elsewhere, (mother.referred_to(mother.MIA), mother.consented, mother.accepted))
            await _lived(connection, booked, (*mother.at_acceptance, mother.booked))
            digital = mother.held.model_copy(update={"meeting_id": mother.OTHER_MEETING, "mode": MeetingMode.DIGITAL})
            await _lived(connection, held, (*mother.at_acceptance, moved, digital))
            await connection.execute(_SEAT, mother.MEETING, booked)
            await connection.execute(_SEAT, mother.OTHER_MEETING, held)
        await migrate(pool, [("chassis", CHASSIS_MIGRATIONS), ("planning", FOLDER)])
        seats = await pool.fetch("SELECT case_id, mode, held FROM session_seat")
        assert {tuple(row) for row in seats} == {(booked, "phone", False), (held, "digital", True)}
        waiting = await pool.fetch("SELECT * FROM awaiting_seat")
        assert [tuple(row) for row in waiting] == [
            (waits, mother.FINSAM, "rinkeby-kista", mother.REFERRED_ON, mother.ACCEPTED_ON)
        ]
    finally:
        await pool.close()


_BEFORE_SUPPORTS = (*BEFORE, "0004_sessions_declared.sql", "0005_calls.sql")


async def test_supports_of_an_earlier_version_have_the_rows_that_a_decision_would_write(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    for name in _BEFORE_SUPPORTS:
        shutil.copy(FOLDER / name, tmp_path)
    pool = await open_pool(postgres.ensure_database(f"planning_supports_{uuid4().hex[:8]}"), size=2)
    try:
        await migrate(pool, [("chassis", CHASSIS_MIGRATIONS), ("planning", tmp_path)])
        lives = _supported_lives()
        async with pool.acquire() as connection:
            for case_id, life in lives.items():
                await _logged(connection, case_id, life)
        await migrate(pool, [("chassis", CHASSIS_MIGRATIONS), ("planning", FOLDER)])
        rows = await pool.fetch("SELECT * FROM ongoing_support")
        assert {(row["case_id"], *list(row.values())[:1], *list(row.values())[2:]) for row in rows} == {
            (case_id, *astuple(each)) for case_id, life in lives.items() for each in ongoing_supports(life.case)
        }
        assert len(rows) == len(lives) - 2
        known = await pool.fetch("SELECT worker_id FROM supporter ORDER BY worker_id")
        assert [row["worker_id"] for row in known] == ["lots-1", "lots-2"]
    finally:
        await pool.close()


def _supported_lives() -> dict[UUID, Life]:
    """Cases with a lots: assigned, with a meeting booked, replaced, ended, ended in error, assigned in error, left,
    left and reopened, returned."""

    def life(*facts: Fact) -> Life:
        # Ids of supports are of one case.
        assigned = mother.lots_assigned.model_copy(update={"support_id": uuid4()})
        return mother.given(*mother.participating, assigned, *facts)

    def taken_back(lived: Life, kind: type[Fact], times: int) -> Life:
        wrong = lived.id_of(kind)
        for _ in range(times):
            lived.take_back(wrong)
            wrong = lived.log[-1].id
        return lived

    def asked(*commands: Command) -> Life:
        lived = life()
        for command in commands:
            lived.ask(command)
        return lived

    replaced = ask_.AssignSupport(uuid4(), "lots", "lots-2", mother.BEGUN_ON, mother.TODAY)
    coming = mother.booked.model_copy(update={"meeting_id": mother.OTHER_MEETING, "meets_on": date(2021, 12, 1)})
    returned = mother.given(*mother.with_plan, mother.lots_assigned)
    returned.hear(mother.returned)
    lives = (
        life(),
        life(coming),
        asked(replaced),
        asked(ask.end_support),
        taken_back(asked(ask.end_support), SupportEnded, 1),
        taken_back(life(), LotsAssigned, 1),
        taken_back(life(), LotsAssigned, 2),
        asked(ask.leave),
        asked(ask.leave, ask.reopen),
        returned,
    )
    return {uuid4(): each for each in lives}


async def _logged(connection: Any, case_id: UUID, life: Life) -> None:
    """Writes a log as the service that lived it would have."""
    ids = {each.id: uuid4() for each in life.log}
    for each in life.log:
        data = each.data
        if isinstance(data, RegisteredInError):
            data = data.model_copy(update={"event_id": ids[data.event_id]})
        event = each.model_copy(update={"id": ids[each.id], "subject": case_id, "data": data, "causationid": None})
        await _write(connection, event)


async def _write(connection: Any, event: AnyEvent) -> None:
    value = events.encode(event)
    if event.source.endswith("referral"):
        heard = HeardEvent(event.subject, event.source, event.sequence, topics.REFERRAL, value, learnt=True)
        await keep_heard(connection, [heard])
    else:
        stored = (event.id, event.subject, event.sequence, topics.PLANNING, event.type, event.recordedtime, value)
        await connection.execute(_APPEND, *stored)


async def _lived(connection: Any, case_id: UUID, facts: Sequence[Fact]) -> None:
    """Writes what was heard of a case and what was appended to it, as the earlier version did."""
    counted: dict[str, int] = {}
    for fact in facts:
        source = fact.sources[0]
        counted[source] = counted.get(source, 0) + 1
        event = events.event_of(
            fact,
            event_id=uuid4(),
            stream_id=case_id,
            sequence=counted[source],
            recorded=RECORDED + timedelta(minutes=counted[source]),
            actor=TIMER,
        )
        await _write(connection, event)
