"""Planning's tables: what is stored comes back, and hot queries find their rows by an index."""

from datetime import date, time
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.codes import NationalExitCode
from contracts.envelope import TIMER
from services.chassis.log import READ_LOG
from services.planning import store
from services.planning.domain.decision import Withheld
from services.planning.domain.meetings import Seat
from tests.integration.planning.planning import Planning

HERE = Seat("finsam-team", "team-3", date(2023, 1, 9), time(9))
ELSEWHERE = Seat("finsam-team", "team-4", date(2023, 1, 9), time(9))


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
            await store.others_in(unit.conn, seat, case_id)
            await store.write_seats(unit.conn, case_id, {}, {meeting_of[case_id]: seat})
        assert await store.others_in(unit.conn, HERE, mine) == 2
        assert await store.others_in(unit.conn, ELSEWHERE, mine) == 1
        await store.write_seats(unit.conn, away, {meeting_of[away]: ELSEWHERE}, {})
        assert await store.others_in(unit.conn, ELSEWHERE, mine) == 0


async def test_two_seats_of_one_case_are_one_other_case(planning: Planning) -> None:
    async with planning.runtime.unit(TIMER) as unit:
        seat = Seat("finsam-team", "team-5", date(2023, 1, 9), time(9))
        await store.others_in(unit.conn, seat, uuid4())
        await store.write_seats(unit.conn, uuid4(), {}, {uuid4(): seat, uuid4(): seat})
        assert await store.others_in(unit.conn, seat, uuid4()) == 1


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
), sessions AS (
    INSERT INTO team_session
    SELECT 'finsam-team', 'team-' || team, date '2030-01-01' + day, '09:00'
    FROM generate_series(0, 9) AS team, generate_series(0, 999) AS day
)
INSERT INTO session_seat (meeting_id, case_id, insats, team, meets_on, starts_at)
SELECT gen_random_uuid(), case_id, 'finsam-team', 'team-' || (nth % 10),
       date '2030-01-01' + (nth / 20 % 1000)::integer, '09:00'
FROM cases
"""
_SOME = UUID(int=1)


@pytest.mark.parametrize(
    ("query", "values", "indexes"),
    [
        (READ_LOG, (_SOME,), ("event_case_id_sequence_key", "heard_event_pkey")),
        (store.READ_WITHHELD, (_SOME,), ("withheld_details_by_case",)),
        (store.FREE_SEATS, ([_SOME],), ("session_seat_pkey",)),
        (store.OTHERS, ("finsam-team", "team-1", date(2030, 3, 1), time(9), _SOME), ("session_seat_by_session",)),
    ],
    ids=["a case's log", "its withheld details", "its seats", "a session's other cases"],
)
async def test_hot_queries_use_their_index_on_filled_tables(
    planning: Planning, query: str, values: tuple[Any, ...], indexes: tuple[str, ...]
) -> None:
    async with planning.runtime.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(_FILL)
            await connection.execute("ANALYZE event, heard_event, withheld_details, team_session, session_seat")
            rows = await connection.fetch(f"EXPLAIN {query}", *values)
        finally:
            await transaction.rollback()
    plan = "\n".join(row[0] for row in rows)
    for index in indexes:
        assert index in plan, plan
    assert "Seq Scan" not in plan, plan
