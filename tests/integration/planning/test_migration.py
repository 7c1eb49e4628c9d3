"""A database from before sessions were declared: seats then know how they meet, and who waits is listed."""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from contracts import events, topics
from contracts.codes import MeetingMode
from contracts.envelope import TIMER, Fact
from deploy.local.postgres import PostgresServer
from services.chassis.database import CHASSIS_MIGRATIONS, migrate, open_pool
from services.chassis.log import HeardEvent, keep_heard
from services.planning import app
from tests.unit.planning import mother

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
        value = events.encode(event)
        if source.endswith("referral"):
            heard = HeardEvent(case_id, source, event.sequence, topics.REFERRAL, value, learnt=True)
            await keep_heard(connection, [heard])
        else:
            stored = (event.id, case_id, event.sequence, topics.PLANNING, event.type, event.recordedtime, value)
            await connection.execute(_APPEND, *stored)
