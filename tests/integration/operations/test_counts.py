"""What is counted in each service's tables: the numbers, their age, and the indexes that serve them."""

import asyncio
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from prometheus_client import generate_latest

from contracts.catalogue.reminders import REMINDERS
from deploy.local.postgres import PostgresServer
from services.chassis import counting
from services.chassis.counting import SHOWN_SECONDS, Count, Counts
from services.chassis.database import CHASSIS_MIGRATIONS, Pool, migrate, open_pool
from services.chassis.metrics import Metrics
from services.followup import gauges as followup
from services.planning import gauges as planning
from services.referral import gauges as referral

NOW = datetime(2021, 9, 1, 10, tzinfo=UTC)
DAY = 86_400
COUNTS: Mapping[str, Count] = {"referral": referral.count, "planning": planning.count, "followup": followup.count}
ALL_COUNTS: Mapping[str, Sequence[Count]] = {
    "referral": [referral.count],
    "planning": [planning.count],
    "followup": [followup.count, followup.count_reminders, followup.count_time_limits, followup.digests(time(7))],
}
Sample = tuple[str, frozenset[str]]

_ROWS = {
    "followup": """
        INSERT INTO follow_up (follow_up_id, case_id, point, anchor, insats, rule_version, responsible, worked_by,
            anchored_on, nominal_on, due_on, opens_on, closes_on, state, opened, missed_on, ended_on,
            details_released)
        SELECT gen_random_uuid(), gen_random_uuid(), point, gen_random_uuid(), 'finsam-team', 1, 'lots', worked_by,
               due_on, due_on, due_on, due_on - 10, due_on + 20, state, false, missed_on, ended_on, false
        FROM (VALUES
            ('efter-tva', 'lots', date '2021-12-01', 'owed', NULL::date, NULL::date),
            ('efter-tva', 'lots', date '2021-09-11', 'owed', NULL, NULL),
            ('efter-tva', 'lots', date '2021-09-01', 'owed', NULL, NULL),
            ('efter-tva', 'lots', date '2021-08-31', 'owed', NULL, NULL),
            ('efter-tva', 'lots', date '2021-07-01', 'owed', date '2021-07-22', NULL),
            ('efter-tva', 'lots', date '2021-05-01', 'completed', date '2021-05-22', date '2021-06-01'),
            ('efter-sex', 'coordinator', date '2021-12-24', 'owed', NULL, NULL)
        ) AS made (point, worked_by, due_on, state, missed_on, ended_on);
        """,
    "planning": """
        INSERT INTO team_session VALUES
            ('finsam-team', 'team-1', '2021-08-31', '09:00', 3, 0, NULL, NULL, false, false),
            ('finsam-team', 'team-1', '2021-09-01', '09:00', 3, 0, NULL, NULL, false, false),
            ('finsam-team', 'team-1', '2021-09-28', '09:00', 2, 0, NULL, NULL, false, false),
            ('finsam-team', 'team-1', '2021-09-29', '09:00', 9, 0, NULL, NULL, false, false),
            ('finsam-team', 'team-2', '2021-09-02', '09:00', 9, 0, NULL, NULL, false, true),
            ('finsam-team', 'team-3', '2021-09-02', '09:00', NULL, NULL, NULL, NULL, NULL, NULL);
        INSERT INTO session_seat (meeting_id, case_id, insats, team, meets_on, starts_at, mode, held)
        SELECT gen_random_uuid(), gen_random_uuid(), 'finsam-team', 'team-1', day, '09:00', 'phone', false
        FROM (VALUES (date '2021-09-01'), ('2021-09-28'), ('2021-09-28'), ('2021-09-28')) AS taken (day);
        INSERT INTO place VALUES
            ('00000000-0000-0000-0000-000000000001', 'arbetstraning', 's', 'A', 4, '2021-01-01', false),
            ('00000000-0000-0000-0000-000000000002', 'arbetstraning', 's', 'B', 4, '2021-10-01', false);
        INSERT INTO taken_place VALUES
            (gen_random_uuid(), '00000000-0000-0000-0000-000000000001', gen_random_uuid(), NULL);
        INSERT INTO awaiting_seat VALUES
            (gen_random_uuid(), 'finsam-team', 'farsta', '2021-08-01', '2021-08-22'),
            (gen_random_uuid(), 'finsam-team', 'farsta', '2021-08-01', '2021-08-25');
        """,
    "referral": """
        WITH somebody AS (
            INSERT INTO person (person_id, known_since, forgotten_at)
            SELECT gen_random_uuid(), now(), now() FROM generate_series(1, 5) RETURNING person_id
        ), numbered AS (SELECT person_id, row_number() OVER () AS nth FROM somebody)
        INSERT INTO referral_case (case_id, person_id, insats, agency, unit, referred_on, received_at, state,
                                   state_since, consent)
        SELECT gen_random_uuid(), person_id, 'finsam-team', 'stockholms-stad', 'farsta', '2021-08-01', at, state,
               '2021-08-01', 'given'
        FROM numbered JOIN (VALUES
            (1, timestamptz '2021-08-31 10:00Z', 'waiting'),
            (2, timestamptz '2021-08-30 10:00Z', 'waiting'),
            (3, timestamptz '2021-08-29 10:00Z', 'incomplete'),
            (4, timestamptz '2021-01-01 10:00Z', 'accepted'),
            (5, timestamptz '2021-01-01 10:00Z', 'closed')
        ) AS made (nth, at, state) USING (nth);
        """,
}


@pytest_asyncio.fixture(scope="module")
async def pools(postgres: PostgresServer) -> AsyncIterator[Mapping[str, Pool]]:
    """A database of each service that counts, with a few rows."""
    opened: dict[str, Pool] = {}
    for name, rows in _ROWS.items():
        opened[name] = await open_pool(postgres.ensure_database(f"{name}_{uuid4().hex[:8]}"), size=2)
        folder = CHASSIS_MIGRATIONS.parents[1] / name / "migrations"
        await migrate(opened[name], [("chassis", CHASSIS_MIGRATIONS), (name, folder)])
        await opened[name].execute(rows)
    yield opened
    for pool in opened.values():
        await pool.close()


def _samples(counts: Counts) -> dict[Sample, float]:
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for metric in counts.collect()
        for sample in metric.samples
    }


async def _counted(pools: Mapping[str, Pool], name: str) -> dict[Sample, float]:
    counts = Counts([COUNTS[name]])
    await counts.count(pools[name], NOW)
    return _samples(counts)


async def test_what_is_owed_is_counted_by_insats_point_and_due_status(pools: Mapping[str, Pool]) -> None:
    counted = await _counted(pools, "followup")
    two = {"finsam-team", "efter-tva", "lots"}
    assert counted["samspel_obligations", frozenset({*two, "upcoming"})] == 1
    assert counted["samspel_obligations", frozenset({*two, "due"})] == 2
    assert counted["samspel_obligations", frozenset({*two, "overdue"})] == 2
    assert counted["samspel_obligations_missed", frozenset(two)] == 1
    assert counted["samspel_obligations_oldest_overdue_seconds", frozenset(two)] == 62 * DAY
    six = {"finsam-team", "efter-sex", "coordinator"}
    assert counted["samspel_obligations", frozenset({*six, "upcoming"})] == 1
    assert counted["samspel_obligations_oldest_overdue_seconds", frozenset(six)] == 0


async def test_reminders_whose_day_has_come_are_counted_as_the_chain_of_the_catalogue_says(
    pools: Mapping[str, Pool],
) -> None:
    pool, today = pools["followup"], date(2021, 9, 1)
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute("UPDATE follow_up SET reminded = 'due overdue' WHERE due_on = '2021-07-01'")
            rows = await connection.fetch("SELECT * FROM follow_up WHERE ended_on IS NULL")
            [metric] = await followup.count_reminders(connection, NOW)
        finally:
            await transaction.rollback()
    wanted: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        for each in REMINDERS:
            if each.day(row["due_on"], row["closes_on"]) <= today:
                state = "sent" if each.id in row["reminded"].split() else "late"
                wanted[row["insats"], row["point"], each.id, state] += 1
    found = {tuple(sample.labels.values()): sample.value for sample in metric.samples if sample.value}
    assert found == wanted
    assert {state for *_, state in wanted} == {"sent", "late"}


async def test_time_limits_waited_for_are_counted_by_clock_and_those_that_have_passed_with_their_age(
    pools: Mapping[str, Pool],
) -> None:
    counts = Counts([followup.count_time_limits])
    await pools["followup"].execute(
        """
        INSERT INTO time_limit
        SELECT gen_random_uuid(), gen_random_uuid(), 'samsip', 1, 'tre-veckor', NULL, day - 21, day, state, stopped
        FROM (VALUES
            (date '2021-09-01', 'running', NULL::date),
            ('2021-08-31', 'passed', NULL), ('2021-08-01', 'passed', NULL),
            ('2021-07-01', 'passed', '2021-08-01'), ('2021-07-01', 'met', '2021-06-20')
        ) AS made (day, state, stopped)
        """
    )
    await counts.count(pools["followup"], NOW)
    counted = _samples(counts)
    of = {"samsip", "tre-veckor"}
    assert counted["samspel_time_limits", frozenset({*of, "running"})] == 1
    assert counted["samspel_time_limits", frozenset({*of, "passed"})] == 2
    assert counted["samspel_time_limits_oldest_passed_seconds", frozenset(of)] == 31 * DAY


async def test_the_digest_that_is_due_longest_is_counted_from_its_time_of_the_first_day(
    pools: Mapping[str, Pool],
) -> None:
    counts = Counts([followup.digests(time(7))])
    await counts.count(pools["followup"], NOW)
    assert _samples(counts)["samspel_notices_oldest_due_seconds", frozenset()] == 0
    await pools["followup"].execute(
        """
        INSERT INTO daily_digest (worker_id, role, address, settled_on, refused) VALUES
            ('karin', 'coordinator', 'karin@example.se', '2021-08-27', NULL),
            ('lova', 'lots', 'lova@example.se', '2021-09-01', NULL),
            ('kim', 'lots', 'kim@example.se', '2021-01-01', 550)
        """
    )
    await counts.count(pools["followup"], NOW)
    # Monday 30 August, 07:00 in Sweden.
    assert _samples(counts)["samspel_notices_oldest_due_seconds", frozenset()] == 2 * DAY + 5 * 3600


async def test_seats_are_those_of_the_next_four_weeks_and_an_overfull_session_takes_none_from_others(
    pools: Mapping[str, Pool],
) -> None:
    counted = await _counted(pools, "planning")
    assert counted["samspel_seats_declared", frozenset({"finsam-team", "session"})] == 5
    assert counted["samspel_seats_free", frozenset({"finsam-team", "session"})] == 2
    assert counted["samspel_seats_free", frozenset({"arbetstraning", "place"})] == 3
    assert counted["samspel_awaiting_seat_cases", frozenset({"finsam-team"})] == 2
    assert counted["samspel_awaiting_seat_oldest_seconds", frozenset({"finsam-team"})] == 10 * DAY


async def test_queues_hold_those_who_wait_complete_or_not(pools: Mapping[str, Pool]) -> None:
    counted = await _counted(pools, "referral")
    assert counted["samspel_queue_referrals", frozenset({"finsam-team"})] == 3
    assert counted["samspel_queue_oldest_wait_seconds", frozenset({"finsam-team"})] == 3 * DAY
    assert counted["samspel_queue_referrals", frozenset({"mia-vidare"})] == 0
    assert counted["samspel_referrals", frozenset({"finsam-team", "incomplete"})] == 1
    assert counted["samspel_referrals", frozenset({"finsam-team", "closed"})] == 1


async def test_what_waits_in_the_tables_of_every_service(pools: Mapping[str, Pool]) -> None:
    pool = pools["planning"]
    await pool.execute(
        """
        INSERT INTO timer (key, stream_id, kind, due_at) VALUES
            ('late', gen_random_uuid(), 'x', '2021-09-01 09:00Z'), ('ahead', gen_random_uuid(), 'x', '2022-01-01Z');
        INSERT INTO stream (stream_id) VALUES ('00000000-0000-0000-0000-000000000009');
        INSERT INTO event (event_id, stream_id, sequence, topic, type, recorded, value)
        SELECT md5(n::text)::uuid, '00000000-0000-0000-0000-000000000009', n, 't', 'T', now(), ''
        FROM generate_series(1, 2) AS n;
        INSERT INTO outbox (partition_no, event_id, queued_at)
        SELECT 0, md5(n::text)::uuid, now() - interval '2 minutes' / n FROM generate_series(1, 2) AS n;
        INSERT INTO parked_event (stream_id, source, sequence, value, parked_at, topic, partition, record_offset)
        SELECT '00000000-0000-0000-0000-000000000009', 's', n, '', now() - interval '1 hour', 'read', 0, n
        FROM generate_series(2, 4) AS n;
        INSERT INTO dead_letter
            (dead_letter_id, topic, partition, record_offset, reason, dead_lettered_at, replayed_at)
        SELECT gen_random_uuid(), 'read', 0, n, 'why', now(), CASE WHEN n = 3 THEN now() END
        FROM generate_series(1, 3) AS n;
        """
    )
    counted = await _counted(pools, "planning")
    nothing: frozenset[str] = frozenset()
    assert counted["samspel_timers_due", nothing] == 1
    assert counted["samspel_timers_oldest_due_seconds", nothing] == 3600
    assert counted["samspel_outbox_unsent", nothing] == 2
    assert 120 <= counted["samspel_outbox_oldest_seconds", nothing] < 600
    assert counted["samspel_parked_streams", frozenset({"read"})] == 1
    assert counted["samspel_parked_oldest_seconds", frozenset({"read"})] >= 3600
    assert counted["samspel_dead_letters_open", frozenset({"read"})] == 2


async def test_a_count_that_cannot_be_made_anew_is_shown_for_a_while_and_then_only_its_age(
    pools: Mapping[str, Pool],
) -> None:
    moment = [1_000_000.0]
    counts = Counts([followup.count], now=lambda: moment[0])
    stamp = ("samspel_counted_timestamp_seconds", frozenset[str]())
    assert _samples(counts)[stamp] == 0
    assert not [name for name, _ in _samples(counts) if name.startswith("samspel_obligations")]

    await counts.count(pools["followup"], NOW)
    before = _samples(counts)
    assert before[stamp] == 1_000_000
    moment[0] += SHOWN_SECONDS
    # The tables are not the service's own: the database is there, and says that it lacks what is asked for.
    with pytest.raises(asyncpg.UndefinedTableError):
        await counts.count(pools["planning"], NOW)
    assert _samples(counts) == before
    moment[0] += 1
    assert _samples(counts).keys() == {stamp, ("samspel_counting_seconds", frozenset())}
    assert _samples(counts)[stamp] == 1_000_000


async def test_what_is_gone_at_the_next_count_is_gone_from_the_metrics(pools: Mapping[str, Pool]) -> None:
    counts = Counts([planning.count])
    async with pools["planning"].acquire() as connection:
        await counts.count(pools["planning"], NOW)
        gone = ("samspel_awaiting_seat_cases", frozenset({"finsam-team"}))
        assert _samples(counts)[gone] == 2
        await connection.execute("CREATE TABLE kept AS SELECT * FROM awaiting_seat; DELETE FROM awaiting_seat")
        await counts.count(pools["planning"], NOW)
        assert gone not in _samples(counts)
        await connection.execute("INSERT INTO awaiting_seat SELECT * FROM kept; DROP TABLE kept")


@pytest.mark.parametrize("name", COUNTS)
async def test_promtool_finds_nothing_to_say_about_names_and_units(pools: Mapping[str, Pool], name: str) -> None:
    metrics = Metrics()
    counts = Counts(ALL_COUNTS[name])
    await counts.count(pools[name], NOW)
    metrics.registry.register(counts)
    metrics.watch_pool(pools[name])
    _use_every_metric(metrics)
    assert await asyncio.to_thread(_checked, generate_latest(metrics.registry)) == (0, b"", b"")


def _checked(exposed: bytes) -> tuple[int, bytes, bytes]:
    said = subprocess.run(["promtool", "check", "metrics"], input=exposed, capture_output=True, check=False)
    return said.returncode, said.stdout, said.stderr


def _use_every_metric(metrics: Metrics) -> None:
    """So that one with labels has a series to look at."""
    for each in vars(metrics).values():
        names = getattr(each, "_labelnames", ())
        if names:
            each.labels(*("x" for _ in names))


_FILL = {
    "followup": """
        INSERT INTO follow_up (follow_up_id, case_id, point, anchor, insats, rule_version, responsible, worked_by,
            anchored_on, nominal_on, due_on, opens_on, closes_on, state, opened, ended_on, details_released)
        SELECT gen_random_uuid(), gen_random_uuid(), 'p' || n % 3, gen_random_uuid(), 'i' || n % 20, 1, 'lots',
               'lots', day, day, day, day, day, CASE WHEN n % 20 = 0 THEN 'owed' ELSE 'completed' END, false,
               CASE WHEN n % 20 > 0 THEN day END, false
        FROM (SELECT n, date '2015-01-01' + n % 3000 AS day FROM generate_series(1, 20000) AS n) AS made;
        INSERT INTO time_limit
        SELECT gen_random_uuid(), gen_random_uuid(), 'i' || n % 20, 1, 'c', NULL, day, day, 'passed',
               CASE WHEN n % 20 > 0 THEN day END
        FROM (SELECT n, date '2015-01-01' + n % 3000 AS day FROM generate_series(1, 20000) AS n) AS made
        """,
    "planning": """
        INSERT INTO team_session
        SELECT 'finsam-team', 'team-' || team, date '2030-01-01' + day, '09:00', 3, 0, NULL, NULL, false, false
        FROM generate_series(0, 9) AS team, generate_series(0, 1999) AS day
        """,
    "referral": """
        WITH somebody AS (
            INSERT INTO person (person_id, known_since, forgotten_at)
            SELECT gen_random_uuid(), now(), now() FROM generate_series(1, 20000) RETURNING person_id
        )
        INSERT INTO referral_case (case_id, person_id, insats, agency, unit, referred_on, received_at, state,
                                   state_since, consent, file)
        SELECT gen_random_uuid(), person_id, 'another', 'a', 'u', '2021-08-01', now(), 'closed', '2021-08-01',
               'given', decode(repeat('5a', 400), 'hex')
        FROM somebody
        """,
}


_FILL_CHASSIS = """
    INSERT INTO timer (key, stream_id, kind, due_at)
    SELECT n::text, gen_random_uuid(), 'x', '2030-01-01Z' FROM generate_series(1, 5000) AS n;
    INSERT INTO dead_letter (dead_letter_id, topic, partition, record_offset, reason, dead_lettered_at, replayed_at)
    SELECT gen_random_uuid(), 'many', 0, n, 'why', now(), now() FROM generate_series(1, 5000) AS n;
    """


@pytest_asyncio.fixture(scope="module")
async def filled(pools: Mapping[str, Pool]) -> Mapping[str, Pool]:
    """The same databases with many rows more, of other insatser and other years."""
    for name, fill in _FILL.items():
        await pools[name].execute(fill)
        await pools[name].execute(_FILL_CHASSIS)
        await pools[name].execute("VACUUM ANALYZE")
    return pools


@pytest.mark.parametrize(
    ("name", "table", "query", "values", "index"),
    [
        ("followup", "follow_up", followup.OWED, (date(2021, 9, 1),), "follow_up_counted"),
        (
            "followup",
            "follow_up",
            followup.REMINDED,
            (date(2021, 9, 1), ["due"], ["due"], [0]),
            "follow_up_counted",
        ),
        ("followup", "time_limit", followup.TIME_LIMITS, (date(2021, 9, 1),), "time_limit_counted"),
        ("referral", "referral_case", referral.BY_STATE, (NOW,), "referral_case_by_insats"),
        (
            "planning",
            "team_session",
            planning.SEATS,
            (["finsam-team"], date(2030, 3, 1), date(2030, 3, 29)),
            "team_session_by_day",
        ),
        ("planning", "timer", counting.WAITING, (NOW,), "timer_by_due"),
        ("planning", "dead_letter", counting.DEAD_LETTERS, (), "dead_letter_open"),
    ],
)
async def test_counting_reads_an_index(
    filled: Mapping[str, Pool], name: str, table: str, query: str, values: tuple[Any, ...], index: str
) -> None:
    plan = "\n".join(row[0] for row in await filled[name].fetch(f"EXPLAIN (COSTS OFF) {query}", *values))
    assert index in plan
    assert f"Seq Scan on {table}" not in plan
