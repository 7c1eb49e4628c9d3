"""The rows' SQL: it says what the domain says, and finds the work list by its index."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.codes import ActivityOutcome, FollowUpReason, FollowUpResult, Role, Timeliness
from contracts.followup import ActivityFinding
from deploy.local.postgres import PostgresServer
from services.chassis.database import CHASSIS_MIGRATIONS, Pool, migrate, open_pool
from services.chassis.log import READ_LOG
from services.followup import absence_store, handover_store, notice_store, store, time_limit_store
from services.followup.app import MIGRATIONS
from services.followup.domain.absences import Absence, Absences
from services.followup.domain.completion import FollowUpFinding
from services.followup.domain.ledger import DueStatus, FollowUp, Offer, Taken, due_status, missed_from
from services.followup.store import Entry
from services.followup.work import worked_by
from tests.integration.followup.place import ACTIVITIES
from tests.unit.followup.story import scheduled

FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2021, 12, 31)
LIMIT = 10_000
WORKERS = (None, "karin", "kim")


@pytest_asyncio.fixture(scope="module")
async def pool(postgres: PostgresServer) -> AsyncIterator[Pool]:
    pool = await open_pool(postgres.ensure_database(f"followup_{uuid4().hex[:8]}"), size=2)
    await migrate(pool, [("chassis", CHASSIS_MIGRATIONS), ("followup", MIGRATIONS)])
    yield pool
    await pool.close()


@pytest_asyncio.fixture(scope="module")
async def ledger(pool: Pool) -> dict[UUID, Entry]:
    """Follow-ups of 150 plans in every state, as the store was given them, by id."""
    chance = Random(2021)
    kept: dict[UUID, Entry] = {}
    for _ in range(150):
        case_id = uuid4()
        planned_on = FIRST_DAY + timedelta(days=chance.randrange((LAST_DAY - FIRST_DAY).days))
        new = [Entry(case_id, FollowUp(replace_id(terms))) for terms in scheduled(planned_on).values()]
        lived = [Entry(case_id, _lived(each.follow_up, chance), chance.choice(WORKERS)) for each in new]
        await store.write_rows(pool, new)
        await store.write_rows(pool, lived)
        kept |= {each.follow_up.terms.follow_up_id: each for each in lived}
    return kept


def replace_id(terms: Any) -> Any:
    """The same terms for another person's follow-up."""
    return terms.model_copy(update={"follow_up_id": uuid4(), "anchor": uuid4()})


def _lived(follow_up: FollowUp, chance: Random) -> FollowUp:
    """A follow-up after some of what can happen to it."""
    terms = follow_up.terms
    state = chance.choice(["new", "opened", "missed", "completed", "superseded", "not_applicable"])
    if chance.random() < 0.4:
        follow_up = replace(follow_up, reminded=frozenset({"due", "overdue"}), attempts=2, escalated_to="coordinator")
    if chance.random() < 0.2:
        offer = Offer("kim", "karin", terms.due_on)
        follow_up = replace(follow_up, taken=Taken("kim", terms.due_on), offered_to="karin", offer=offer)
        if chance.random() < 0.5:
            offer = replace(offer, answer="declined", answered_on=terms.due_on)
            follow_up = replace(follow_up, offered_to=None, offer=offer)
    if state != "new":
        follow_up = replace(follow_up, opened=True)
    if state in {"missed", "completed"}:
        follow_up = replace(follow_up, missed_on=chance.choice([None, missed_from(terms)]))
    if state == "completed":
        return replace(
            follow_up,
            state="completed",
            ended_on=terms.due_on,
            timeliness=Timeliness.IN_TIME,
            ended_by=uuid4(),
            details_released=chance.random() < 0.5,
        )
    if state == "superseded":
        return replace(follow_up, state="superseded", ended_on=terms.opens_on, ended_by=uuid4())
    if state == "not_applicable":
        return replace(follow_up, state="not_applicable", ended_on=terms.opens_on, ended_by=uuid4())
    return follow_up


async def test_what_is_read_is_what_was_written(pool: Pool, ledger: dict[UUID, Entry]) -> None:
    states = {entry.follow_up.state for entry in ledger.values()}
    assert states == {"owed", "completed", "superseded", "not_applicable"}
    assert {each: await store.find(pool, each) for each in ledger} == ledger


async def test_a_finding_is_kept_and_replaced(pool: Pool) -> None:
    case_id, follow_up_id = uuid4(), uuid4()
    first = FollowUpFinding(FIRST_DAY, FollowUpResult.NONE, FollowUpReason.UNDER_WAY)
    activities = tuple(
        ActivityFinding(activity_id=each, outcome=outcome)
        for each, outcome in zip(ACTIVITIES, (ActivityOutcome.PARTLY, ActivityOutcome.FULLY), strict=True)
    )
    second = FollowUpFinding(LAST_DAY, FollowUpResult.SOME, None, activities)
    for finding in (first, second):
        await store.keep_finding(pool, case_id, follow_up_id, finding, "test-user")
        assert await store.findings_of(pool, case_id) == {follow_up_id: finding}


LISTS: tuple[store.WorkList, ...] = (
    store.RoleList(Role.LOTS),
    store.RoleList(Role.COORDINATOR),
    store.WorkerList("karin"),
    store.WorkerList("karin", ("kim", "nobody")),
)


def _in_list(entry: Entry, whose: store.WorkList) -> bool:
    match whose:
        case store.RoleList(role):
            return worked_by(entry.follow_up.terms) is role
        case store.WorkerList(worker_id, stands_in_for):
            return entry.worker_id in {worker_id, *stands_in_for}


@given(today=st.dates(FIRST_DAY, LAST_DAY + timedelta(days=500)), whose=st.sampled_from(LISTS))
@example(today=date(2021, 9, 1), whose=LISTS[1])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_lists_and_counts_say_what_the_one_definition_says(
    pool: Pool, ledger: dict[UUID, Entry], today: date, whose: store.WorkList
) -> None:
    stands: dict[DueStatus, set[UUID]] = {each: set() for each in DueStatus}
    for follow_up_id, entry in ledger.items():
        if _in_list(entry, whose):
            stands[due_status(entry.follow_up, today)].add(follow_up_id)
    counts = await store.count(pool, whose, today)
    assert counts == {each: len(stands[each]) for each in store.OWED}
    for each in store.OWED:
        listed = await store.work_list(pool, whose, each, today, LIMIT)
        assert [entry.follow_up.terms.due_on for entry in listed] == sorted(
            entry.follow_up.terms.due_on for entry in listed
        )
        assert {entry.follow_up.terms.follow_up_id for entry in listed} == stands[each]
        assert len(listed) == len(stands[each])
    if isinstance(whose, store.RoleList):
        whole = await store.whole_work_list(pool, whose.role, LIMIT)
        owed = set().union(*(stands[each] for each in store.OWED))
        assert {entry.follow_up.terms.follow_up_id for entry in whole} == owed
        assert (await store.counts(pool, [whose.role], today)) == {whose.role: counts}


async def test_what_is_offered_and_what_was_brought_up_is_listed_while_it_is_owed(
    pool: Pool, ledger: dict[UUID, Entry]
) -> None:
    owed = {key: each.follow_up for key, each in ledger.items() if each.follow_up.state == "owed"}
    offered = await store.offered(pool, "karin", LIMIT)
    escalated = await store.escalated(pool, "coordinator", LIMIT)
    assert {each.follow_up.terms.follow_up_id for each in offered} == {
        key for key, each in owed.items() if each.offered_to == "karin"
    }
    assert {each.follow_up.terms.follow_up_id for each in escalated} == {
        key for key, each in owed.items() if each.escalated_to == "coordinator"
    }
    assert offered
    assert await store.count_offered(pool, "karin") == len(offered)
    assert await store.escalated_counts(pool) == {"coordinator": len(escalated)}


async def test_what_somebody_has_taken_over_and_offered_is_found(pool: Pool, ledger: dict[UUID, Entry]) -> None:
    def ids(found: Sequence[Entry]) -> set[UUID]:
        return {each.follow_up.terms.follow_up_id for each in found}

    mine = {
        key
        for key, each in ledger.items()
        if each.worker_id == "kim" and each.follow_up.taken and each.follow_up.state == "owed"
    }
    answered = {key for key, each in ledger.items() if each.follow_up.offer and each.follow_up.offer.answer}
    assert mine
    assert answered
    assert ids(await handover_store.taken(pool, "kim", LIMIT)) == mine
    assert await handover_store.taken_count(pool, "kim") == len(mine)
    assert ids(await handover_store.answered(pool, "kim", LIMIT)) == answered
    assert await handover_store.workers(pool) == ["karin", "kim"]


async def test_absences_are_kept_and_shortened(pool: Pool) -> None:
    leave = Absence(uuid4(), "karin", "kim", FIRST_DAY, FIRST_DAY + timedelta(days=9))
    await absence_store.write(pool, Absences((leave,)))
    assert await absence_store.find(pool, leave.absence_id) == leave
    assert await absence_store.overlapping(pool, leave.last_day, LAST_DAY) == [leave]
    assert await absence_store.overlapping(pool, leave.last_day + timedelta(days=1), LAST_DAY) == []
    shorter = replace(leave, last_day=FIRST_DAY)
    await absence_store.write(pool, Absences((shorter,)))
    assert await absence_store.not_over(pool, FIRST_DAY, LIMIT) == [shorter]
    assert await absence_store.not_over(pool, FIRST_DAY + timedelta(days=1), LIMIT) == []


async def test_a_follow_up_nobody_owes_is_not_there(pool: Pool) -> None:
    assert await store.find(pool, uuid4()) is None
    assert await store.of_case(pool, uuid4()) == []
    assert await store.findings_of(pool, uuid4()) == {}


# Query plans, on ten years: 60 000 follow-ups of which one in twenty is still owed ---------------------------------

_FILL = """
INSERT INTO follow_up (follow_up_id, case_id, point, anchor, months, insats, rule_version, responsible, worked_by,
                       anchored_on, nominal_on, due_on, opens_on, closes_on, state, opened, ended_on, timeliness,
                       details_released, worker_id)
SELECT md5('follow-up' || n || '-' || months)::uuid, md5('case' || n)::uuid, 'uppfoljning-' || months,
       md5('plan' || n)::uuid, months, 'finsam-team', 2,
       CASE months WHEN 2 THEN 'lots' ELSE 'koordinator' END, CASE months WHEN 2 THEN 'lots' ELSE 'coordinator' END,
       due_on - 30 * months, due_on, due_on, due_on - 14, due_on + 30,
       CASE WHEN ended THEN 'completed' ELSE 'owed' END, ended,
       CASE WHEN ended THEN due_on END,
       CASE WHEN ended THEN 'in_time' END,
       false, 'karin-' || n % 40
FROM generate_series(1, 20000) AS n,
     unnest(ARRAY[2, 6, 12]) AS months,
     LATERAL (SELECT date '2012-01-01' + n % 3650 AS due_on, n % 20 <> 0 AS ended) AS day;

INSERT INTO follow_up_finding (follow_up_id, case_id, held_on, result, activity_ids, outcomes, registered_by)
SELECT follow_up_id, case_id, due_on, 'all', '{}', '{}', 'test-user' FROM follow_up WHERE ended_on IS NOT NULL;

INSERT INTO time_limit (deadline_id, case_id, insats, rule_version, clock, started_on, limit_on, state, stopped_on)
SELECT md5('limit' || n)::uuid, md5('case' || n)::uuid, 'mia-vidare', 1, 'utan-stod', due_on - 30, due_on,
       CASE WHEN n % 20 = 0 THEN 'passed' ELSE 'met' END, CASE WHEN n % 20 = 0 THEN NULL ELSE due_on END
FROM generate_series(1, 20000) AS n, LATERAL (SELECT date '2012-01-01' + n % 3650 AS due_on) AS day;

INSERT INTO heard_event (stream_id, source, sequence, topic, learnt, value)
SELECT md5('case' || n)::uuid, '/samspel/planning', sequence, 'topic', true, ''
FROM generate_series(1, 20000) AS n, generate_series(1, 3) AS sequence;

ANALYZE follow_up;
ANALYZE time_limit;
ANALYZE follow_up_finding;
ANALYZE heard_event;
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
async def test_one_persons_list_is_bounded_by_its_index(filled: Pool, each: DueStatus) -> None:
    for whose in (["karin-7"], ["karin-7", "karin-8", "karin-9"]):
        plan_ = await _plan(filled, store.WORK_LIST[store.WorkerList, each], whose, date(2021, 9, 1), 100)
        assert "follow_up_of_worker" in plan_
        assert "Seq Scan" not in plan_


async def test_what_who_leaves_has_is_found_by_its_indexes(filled: Pool) -> None:
    await filled.execute(
        """
        UPDATE follow_up SET taken_by = worker_id, asked_of = worker_id, asked_to = 'kim', asked_on = due_on,
               answer = 'declined', answered_on = due_on
        WHERE ended_on IS NULL AND due_on < '2013-01-01'
        """
    )
    await filled.execute("ANALYZE follow_up")
    for sql in (handover_store.TAKEN, handover_store.ANSWERED):
        assert "Seq Scan" not in await _plan(filled, sql, "karin-7", 100)
    assert "follow_up_of_worker" in await _plan(filled, handover_store.TAKEN, "karin-7", 100)
    assert "follow_up_asked_of" in await _plan(filled, handover_store.ANSWERED, "karin-7", 100)
    assert "follow_up_of_worker" in await _plan(filled, handover_store.WORKERS, 500)


async def test_the_absences_of_a_day_are_found_by_their_index(filled: Pool) -> None:
    await filled.execute(
        """
        INSERT INTO absence SELECT md5('absence' || n)::uuid, 'karin-' || n % 40, 'kim', day, day + 14
        FROM generate_series(1, 2000) AS n, LATERAL (SELECT date '2012-01-01' + n AS day) AS first_day;
        ANALYZE absence;
        """
    )
    assert "absence_by_last_day" in await _plan(filled, absence_store.OVERLAPPING, date(2017, 6, 1), date(2017, 6, 1))
    assert "absence_by_last_day" in await _plan(filled, absence_store.NOT_OVER, date(2017, 6, 1), 100)


async def test_what_was_brought_up_is_read_and_counted_by_its_index(filled: Pool) -> None:
    await filled.execute(
        "UPDATE follow_up SET escalated_to = 'manager' WHERE ended_on IS NULL AND due_on < '2015-01-01'"
    )
    await filled.execute("ANALYZE follow_up")
    assert "follow_up_escalated" in await _plan(filled, store.ESCALATED, "manager", 100)
    assert "follow_up_escalated" in await _plan(filled, store.ESCALATED_COUNTS)
    assert "follow_up_offered" in await _plan(filled, store.OFFERED, "karin", 100)
    assert "follow_up_offered" in await _plan(filled, store.COUNT_OFFERED, "karin")


async def test_the_time_limits_waited_for_are_read_from_their_index(filled: Pool) -> None:
    for sql in (time_limit_store.PASSED, time_limit_store.RUNNING):
        plan_ = await _plan(filled, sql, date(2021, 9, 1), 100)
        assert "time_limit_waited_for" in plan_
        assert "Seq Scan" not in plan_


@pytest.mark.parametrize("each", store.OWED)
async def test_the_work_list_is_bounded_by_its_index(filled: Pool, each: DueStatus) -> None:
    plan_ = await _plan(filled, store.WORK_LIST[store.RoleList, each], Role.COORDINATOR, date(2021, 9, 1), 100)
    assert "follow_up_owed" in plan_
    assert "Index Cond: ((worked_by = 'coordinator'::text) AND (due_on" in plan_
    assert "Seq Scan" not in plan_


async def test_the_whole_work_list_is_read_from_its_index_in_order(filled: Pool) -> None:
    plan_ = await _plan(filled, store.WHOLE_WORK_LIST, Role.COORDINATOR, 100)
    assert "Index Scan using follow_up_owed" in plan_
    assert "Sort" not in plan_


async def test_counting_needs_the_index_alone(filled: Pool) -> None:
    plan_ = await _plan(filled, store.COUNTS[store.RoleList], [Role.COORDINATOR, Role.LOTS], date(2021, 9, 1))
    assert "Index Only Scan using follow_up_" in plan_


async def test_a_calendar_is_read_by_the_index_of_its_worker(filled: Pool) -> None:
    plan_ = await _plan(filled, store.WHOLE_OF_WORKER, "karin-7", 500)
    assert "follow_up_of_worker" in plan_
    assert "Seq Scan" not in plan_


async def test_owed_digests_and_feeds_are_found_by_their_indexes(filled: Pool) -> None:
    await filled.execute(
        """
        INSERT INTO daily_digest (worker_id, role, address, settled_on)
        SELECT 'worker-' || n, 'lots', 'w' || n || '@example.se', '2021-09-01' FROM generate_series(1, 5000) AS n;
        INSERT INTO calendar_feed (worker_id, token_hash, made_at)
        SELECT 'worker-' || n, sha256(convert_to(n::text, 'UTF8')), now() FROM generate_series(1, 5000) AS n;
        ANALYZE daily_digest;
        ANALYZE calendar_feed;
        """
    )
    assert "daily_digest_owed" in await _plan(filled, notice_store.TAKE, date(2021, 9, 1), timedelta(seconds=70))
    assert "daily_digest_owed" in await _plan(filled, notice_store.OLDEST)
    assert "calendar_feed_token_hash_key" in await _plan(
        filled, notice_store.ASK_FEED, bytes(32), datetime(2021, 3, 4, tzinfo=UTC)
    )


async def test_a_case_and_a_follow_up_are_found_by_their_keys(filled: Pool) -> None:
    assert "follow_up_by_case" in await _plan(filled, store.OF_CASE, UUID(int=1))
    assert "follow_up_pkey" in await _plan(filled, store.ONE, UUID(int=1))
    assert "follow_up_finding_by_case" in await _plan(filled, store.FINDINGS, UUID(int=1))


async def test_a_log_and_the_next_cases_are_read_by_index(filled: Pool) -> None:
    assert "Seq Scan on heard_event" not in await _plan(filled, READ_LOG, UUID(int=1))
    assert "Index Only Scan using heard_event_pkey" in await _plan(filled, store.CASES, UUID(int=1), 200)
