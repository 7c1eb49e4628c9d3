"""Planning's tables: what is stored comes back, and hot queries find their rows by an index."""

from datetime import date, time
from functools import reduce
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.planning import store
from services.planning.domain import Case, Fact, Kept, NotReferred, Place, evolve
from tests.integration.planning.planning import Planning
from tests.unit.planning import mother


@pytest.mark.parametrize(
    "facts",
    [
        (mother.received,),
        mother.without_consent,
        (*mother.met, mother.returned),
        (*mother.participating, mother.work_begun, mother.work_done, mother.lots_assigned),
        mother.left,
    ],
    ids=["referred", "accepted", "returned", "participating", "exited"],
)
async def test_a_case_comes_back_as_it_was_stored(planning: Planning, facts: tuple[Fact, ...]) -> None:
    nothing: Case = NotReferred()
    case, case_id = reduce(evolve, facts, nothing), uuid4()
    kept = Kept(kinds={each.activity_id: each.kind for each in mother.NEW_ACTIVITIES})
    async with planning.runtime.unit() as unit:
        await store.save(unit.conn, case_id, case, kept)
        assert await store.load(unit.conn, case_id) == (case, kept)


async def test_a_case_never_heard_of(planning: Planning) -> None:
    async with planning.runtime.unit() as unit:
        assert await store.load(unit.conn, uuid4()) == (NotReferred(), Kept())


async def test_others_are_the_other_cases_of_the_same_session(planning: Planning) -> None:
    here = Place("finsam-team", "team-3", date(2023, 1, 9), time(9))
    elsewhere = Place("finsam-team", "team-4", date(2023, 1, 9), time(9))
    async with planning.runtime.unit() as unit:
        mine, others, away = uuid4(), [uuid4(), uuid4()], uuid4()
        for case_id, wanted in [(mine, here), *((each, here) for each in others), (away, elsewhere)]:
            await store.save(unit.conn, case_id, NotReferred(), Kept())
            await store.others_in(unit.conn, wanted, case_id)
            await store.move(unit.conn, case_id, wanted)
        assert await store.others_in(unit.conn, here, mine) == 2
        assert await store.others_in(unit.conn, elsewhere, mine) == 1
        await store.move(unit.conn, away, None)
        assert await store.others_in(unit.conn, elsewhere, mine) == 0


_FILL = """
WITH filled AS (
    INSERT INTO planning_case (case_id, state, kept)
    SELECT gen_random_uuid(), '{"stage": "not_referred"}', '{"kinds": {}}' FROM generate_series(1, 20000)
    RETURNING case_id
), numbered AS (
    SELECT case_id, row_number() OVER () AS nth FROM filled
), sessions AS (
    INSERT INTO team_session
    SELECT 'finsam-team', 'team-' || team, date '2030-01-01' + day, '09:00'
    FROM generate_series(0, 9) AS team, generate_series(0, 999) AS day
)
INSERT INTO session_place
SELECT case_id, 'finsam-team', 'team-' || (nth % 10), date '2030-01-01' + (nth / 20 % 1000)::integer, '09:00'
FROM numbered
"""


@pytest.mark.parametrize(
    ("query", "values", "index"),
    [
        (store.LOAD, (UUID(int=1),), "planning_case_pkey"),
        (store.GIVE_UP_PLACE, (UUID(int=1),), "session_place_pkey"),
        (
            store.OTHERS,
            ("finsam-team", "team-1", date(2030, 3, 1), time(9), UUID(int=1)),
            "session_place_by_session",
        ),
    ],
    ids=["a case", "its place", "a session's other cases"],
)
async def test_hot_queries_use_their_index_on_filled_tables(
    planning: Planning, query: str, values: tuple[Any, ...], index: str
) -> None:
    async with planning.runtime.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(_FILL)
            await connection.execute("ANALYZE planning_case, team_session, session_place")
            rows = await connection.fetch(f"EXPLAIN {query}", *values)
        finally:
            await transaction.rollback()
    plan = "\n".join(row[0] for row in rows)
    assert index in plan, plan
    assert "Seq Scan" not in plan, plan
