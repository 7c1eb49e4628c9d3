"""Planning's tables: what is stored comes back, and hot queries find their rows by an index."""

from datetime import date, time
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.codes import MeetingMode, NationalExitCode
from contracts.envelope import TIMER
from services.chassis.log import READ_LOG
from services.planning import session_store, store
from services.planning.domain.decision import Withheld
from services.planning.domain.meetings import Seat, TakenSeat
from tests.integration.planning.planning import Planning

HERE = Seat("finsam-team", "team-3", date(2023, 1, 9), time(9))
ELSEWHERE = Seat("finsam-team", "team-4", date(2023, 1, 9), time(9))


def _booked(seat: Seat) -> TakenSeat:
    return TakenSeat(seat, MeetingMode.PHONE, held=False)


async def test_details_withheld_come_back_by_the_event_that_left_them_out(planning: Planning) -> None:
    case_id, plan, left = uuid4(), uuid4(), uuid4()
    withheld = {
        plan: Withheld(kinds={uuid4(): "studies"}),
        left: Withheld(reason="illness", national_code=NationalExitCode.THREE),
    }
    async with planning.runtime.unit(TIMER) as unit:
        await store.withhold(unit.conn, case_id, withheld)
        assert await store.withheld_of(unit.conn, case_id) == withheld
        assert await store.withheld_of(unit.conn, uuid4()) == {}


async def test_others_are_the_other_cases_of_the_same_session(planning: Planning) -> None:
    async with planning.runtime.unit(TIMER) as unit:
        mine, others, away = uuid4(), [uuid4(), uuid4()], uuid4()
        meeting_of = {case_id: uuid4() for case_id in (mine, *others, away)}
        for case_id, seat in [(mine, HERE), *((each, HERE) for each in others), (away, ELSEWHERE)]:
            await session_store.lock_session(unit.conn, seat)
            await store.write_seats(unit.conn, case_id, {}, {meeting_of[case_id]: _booked(seat)})
        assert await session_store.others(unit.conn, HERE, mine, MeetingMode.PHONE) == (2, 2)
        assert await session_store.others(unit.conn, HERE, None, MeetingMode.DIGITAL) == (3, 0)
        assert await session_store.others(unit.conn, ELSEWHERE, mine, None) == (1, 0)
        await store.write_seats(unit.conn, away, {meeting_of[away]: _booked(ELSEWHERE)}, {})
        assert await session_store.others(unit.conn, ELSEWHERE, mine, None) == (0, 0)


async def test_two_seats_of_one_case_are_one_other_case(planning: Planning) -> None:
    async with planning.runtime.unit(TIMER) as unit:
        seat = Seat("finsam-team", "team-5", date(2023, 1, 9), time(9))
        await session_store.lock_session(unit.conn, seat)
        await store.write_seats(unit.conn, uuid4(), {}, {uuid4(): _booked(seat), uuid4(): _booked(seat)})
        assert await session_store.others(unit.conn, seat, uuid4(), None) == (1, 0)


_FILL = """
WITH cases AS (
    SELECT gen_random_uuid() AS case_id, nth FROM generate_series(1, 20000) AS nth
), streams AS (
    INSERT INTO stream (stream_id, last_sequence) SELECT case_id, 1 FROM cases
), appended AS (
    INSERT INTO event (event_id, stream_id, sequence, topic, type, recorded, value)
    SELECT gen_random_uuid(), case_id, 1, 'planning', 'InsatsStarted', now(), '{}' FROM cases
), heard AS (
    INSERT INTO heard_event (stream_id, source, sequence, topic, learnt, value)
    SELECT case_id, '/samspel/referral', 1, 'referral', true, '{}' FROM cases
), withheld AS (
    INSERT INTO withheld_details (event_id, case_id, details) SELECT gen_random_uuid(), case_id, '{}' FROM cases
), waiting AS (
    INSERT INTO awaiting_seat
    SELECT case_id, 'finsam-team', 'farsta', date '2029-12-01', date '2029-12-01' + (nth / 20)::integer FROM cases
), sessions AS (
    INSERT INTO team_session
    SELECT 'finsam-team', 'team-' || team, date '2030-01-01' + day, '09:00', 3, 0, NULL, NULL, false, false
    FROM generate_series(0, 9) AS team, generate_series(0, 999) AS day
)
INSERT INTO session_seat (meeting_id, case_id, insats, team, meets_on, starts_at, mode, held)
SELECT gen_random_uuid(), case_id, 'finsam-team', 'team-' || (nth % 10),
       date '2030-01-01' + (nth / 20 % 1000)::integer, '09:00', 'phone', false
FROM cases
"""
_SOME = UUID(int=1)


@pytest.mark.parametrize(
    ("query", "values", "indexes"),
    [
        (READ_LOG, (_SOME,), ("event_case_id_sequence_key", "heard_event_pkey")),
        (store.READ_WITHHELD, (_SOME,), ("withheld_details_by_case",)),
        (store.FREE_SEATS, ([_SOME],), ("session_seat_pkey",)),
        (
            session_store.OTHERS,
            ("finsam-team", "team-1", date(2030, 3, 1), time(9), _SOME, "phone"),
            ("session_seat_by_session",),
        ),
        (
            session_store.BOARD,
            ("finsam-team", date(2030, 3, 4), date(2030, 3, 18)),
            ("team_session_by_day", "session_seat_by_session"),
        ),
        (
            session_store.FREE,
            ("finsam-team", date(2030, 3, 4), 20, "farsta", False),
            ("team_session_by_day", "session_seat_by_session"),
        ),
        (session_store.WAITING, ("finsam-team", 50), ("awaiting_seat_oldest",)),
        (session_store.WAITING_AFTER, ("finsam-team", 50, date(2021, 2, 1), uuid4()), ("awaiting_seat_oldest",)),
    ],
    ids=[
        "a case's log",
        "its withheld details",
        "its seats",
        "a session's other cases",
        "the board",
        "free sessions",
        "who waits",
        "who waits after somebody",
    ],
)
async def test_hot_queries_use_their_index_on_filled_tables(
    planning: Planning, query: str, values: tuple[Any, ...], indexes: tuple[str, ...]
) -> None:
    async with planning.runtime.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(_FILL)
            await connection.execute(
                "ANALYZE event, heard_event, withheld_details, team_session, session_seat, awaiting_seat"
            )
            rows = await connection.fetch(f"EXPLAIN {query}", *values)
        finally:
            await transaction.rollback()
    plan = "\n".join(row[0] for row in rows)
    for index in indexes:
        assert index in plan, plan
    assert "Seq Scan" not in plan, plan
