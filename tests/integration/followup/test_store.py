"""The ledger's SQL: it says what the domain says, and finds the work list by its index."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.codes import FollowUpResult, Role
from contracts.problems import Refused
from deploy.local.postgres import PostgresServer
from services.chassis.database import CHASSIS_MIGRATIONS, Pool, migrate, open_pool
from services.followup import store
from services.followup.app import MIGRATIONS
from services.followup.domain import (
    Command,
    Complete,
    Consent,
    FollowUp,
    LookAtCalendar,
    NoteReturn,
    Report,
    Scheduled,
    Standing,
    decide,
    evolved,
    schedule,
    standing,
)
from tests.integration.followup.place import ACTIVITIES, plan

FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2021, 12, 31)
LIMIT = 10_000


@pytest_asyncio.fixture(scope="module")
async def pool(postgres: PostgresServer) -> AsyncIterator[Pool]:
    pool = await open_pool(postgres.ensure_database(f"followup_{uuid4().hex[:8]}"), size=2)
    await migrate(pool, [("chassis", CHASSIS_MIGRATIONS), ("followup", MIGRATIONS)])
    yield pool
    await pool.close()


@pytest_asyncio.fixture(scope="module")
async def ledger(pool: Pool) -> dict[UUID, FollowUp]:
    """Follow-ups of 150 plans in every state, as the store was given them, by id."""
    chance = Random(2021)
    kept: dict[UUID, FollowUp] = {}
    for _ in range(150):
        made = plan(FIRST_DAY + timedelta(days=chance.randrange((LAST_DAY - FIRST_DAY).days)))
        owed = schedule(made, [uuid4(), uuid4(), uuid4()])
        after = [_lived(Scheduled(terms), chance) for terms in owed]
        await store.add(pool, uuid4(), made, owed)
        await store.save(pool, after)
        kept |= {follow_up.terms.follow_up_id: follow_up for follow_up in after}
    return kept


def _lived(follow_up: FollowUp, chance: Random) -> FollowUp:
    """A follow-up after some of what can happen to it."""
    today = follow_up.terms.opens_on + timedelta(days=chance.randrange(-40, 120))
    report = Report(today, FollowUpResult.ALL)
    commands: list[Command] = [
        LookAtCalendar(today),
        Complete(report, frozenset(ACTIVITIES), Consent.GIVEN, today),
        NoteReturn(today),
    ]
    for command in chance.sample(commands, k=chance.randrange(3)):
        try:
            follow_up = evolved(follow_up, decide(command, follow_up))
        except Refused:
            continue  # held before its window: nothing happened
    return follow_up


async def test_what_is_read_is_what_was_written(pool: Pool, ledger: dict[UUID, FollowUp]) -> None:
    assert {type(follow_up).__name__ for follow_up in ledger.values()} == {
        "Scheduled",
        "Opened",
        "Missed",
        "Completed",
        "Superseded",
    }
    assert {each: await store.load(pool, each) for each in ledger} == ledger


@given(today=st.dates(FIRST_DAY, LAST_DAY + timedelta(days=500)), role=st.sampled_from([Role.LOTS, Role.COORDINATOR]))
@example(today=date(2021, 9, 1), role=Role.COORDINATOR)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_lists_and_counts_say_what_the_one_definition_says(
    pool: Pool, ledger: dict[UUID, FollowUp], today: date, role: Role
) -> None:
    stands: dict[Standing, set[UUID]] = {each: set() for each in Standing}
    for follow_up_id, follow_up in ledger.items():
        if follow_up.terms.responsible is role:
            stands[standing(follow_up, today)].add(follow_up_id)
    counts = await store.counts(pool, [role], today)
    assert counts == {role: {each: len(stands[each]) for each in store.OWED}}
    for each in store.OWED:
        listed = await store.work_list(pool, role, each, today, LIMIT)
        assert [entry.follow_up.terms.due_on for entry in listed] == sorted(
            entry.follow_up.terms.due_on for entry in listed
        )
        assert {entry.follow_up.terms.follow_up_id for entry in listed} == stands[each]
        assert len(listed) == len(stands[each])
    whole = await store.whole_work_list(pool, role, LIMIT)
    owed = {standing for standing in stands if standing in store.OWED}
    assert {entry.follow_up.terms.follow_up_id for entry in whole} == set().union(*(stands[each] for each in owed))


async def test_a_follow_up_nobody_owes_is_not_there(pool: Pool) -> None:
    assert await store.case_of(pool, uuid4()) is None
    with pytest.raises(LookupError):
        await store.load(pool, uuid4())
    with pytest.raises(LookupError):
        await store.question(pool, uuid4())
    assert await store.of_case(pool, uuid4()) == []


# Query plans, on a ledger of ten years: 60 000 follow-ups of which one in twenty is still owed ---------------------

_FILL = """
INSERT INTO samplan (samplan_id, case_id, activities)
SELECT md5('samplan' || n)::uuid, md5('case' || n)::uuid, '[]' FROM generate_series(1, 20000) AS n;

INSERT INTO follow_up (follow_up_id, case_id, samplan_id, insats, rule_version, months, responsible,
                       planned_on, nominal_on, due_on, opens_on, closes_on, state, ended_on, timeliness)
SELECT md5('follow-up' || n || '-' || months)::uuid, md5('case' || n)::uuid, md5('samplan' || n)::uuid,
       'finsam-team', 2, months, CASE months WHEN 2 THEN 'lots' ELSE 'coordinator' END,
       due_on - 30 * months, due_on, due_on, due_on - 14, due_on + 30,
       CASE WHEN ended THEN 'completed' ELSE 'scheduled' END,
       CASE WHEN ended THEN due_on END,
       CASE WHEN ended THEN 'in_time' END
FROM generate_series(1, 20000) AS n,
     unnest(ARRAY[2, 6, 12]) AS months,
     LATERAL (SELECT date '2012-01-01' + n % 3650 AS due_on, n % 20 <> 0 AS ended) AS day;

ANALYZE follow_up;
"""


@pytest_asyncio.fixture(scope="module")
async def filled(postgres: PostgresServer) -> AsyncIterator[Pool]:
    pool = await open_pool(postgres.ensure_database(f"followup_{uuid4().hex[:8]}"), size=2)
    await migrate(pool, [("chassis", CHASSIS_MIGRATIONS), ("followup", MIGRATIONS)])
    await pool.execute(_FILL)
    await pool.execute("VACUUM follow_up")
    yield pool
    await pool.close()


async def _plan(pool: Pool, sql: str, *values: Any) -> str:
    return "\n".join(row[0] for row in await pool.fetch(f"EXPLAIN (COSTS OFF) {sql}", *values))


@pytest.mark.parametrize("each", store.OWED)
async def test_the_work_list_is_bounded_by_its_index(filled: Pool, each: Standing) -> None:
    plan_ = await _plan(filled, store.WORK_LIST[each], Role.COORDINATOR, date(2021, 9, 1), 100)
    assert "follow_up_owed" in plan_
    assert "Index Cond: ((responsible = 'coordinator'::text) AND (due_on" in plan_
    assert "Seq Scan" not in plan_


async def test_the_whole_work_list_is_read_from_its_index_in_order(filled: Pool) -> None:
    plan_ = await _plan(filled, store.WHOLE_WORK_LIST, Role.COORDINATOR, 100)
    assert "Index Scan using follow_up_owed" in plan_
    assert "Sort" not in plan_


async def test_counting_needs_the_index_alone(filled: Pool) -> None:
    plan_ = await _plan(filled, store.COUNTS, [Role.COORDINATOR, Role.LOTS], date(2021, 9, 1))
    assert "Index Only Scan using follow_up_owed" in plan_


async def test_a_case_and_a_follow_up_are_found_by_their_keys(filled: Pool) -> None:
    assert "follow_up_by_case" in await _plan(filled, store.OF_CASE, UUID(int=1))
    assert "follow_up_pkey" in await _plan(filled, store.QUESTION, UUID(int=1))
    assert "Seq Scan" not in await _plan(filled, store.QUESTION, UUID(int=1))
