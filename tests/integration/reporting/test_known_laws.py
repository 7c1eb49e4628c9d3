"""Laws of every kind of fact: corrections, late registration, reopening, and what was known at a moment."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import events
from contracts.corrections import RegisteredInError
from contracts.envelope import TIMER, Fact
from contracts.planning import SOURCE as PLANNING
from contracts.planning import CaseReopened
from services.chassis.database import Connection, Pool
from services.reporting import folds
from services.reporting.facts import FACTS
from tests.bench.rebuild_events import TOPIC_OF, AppendedEvent
from tests.integration.reporting.facts import Facts, cases, empty, facts, ingest

_SEEDS = st.integers(min_value=0, max_value=10**6)
_COUNTS = st.integers(min_value=1, max_value=8)
_LAW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_NAMES = [fact.name for fact in FACTS]
_LATEST = datetime(2090, 1, 1, tzinfo=UTC)


@_LAW
@given(seed=_SEEDS, count=_COUNTS, chance=st.randoms(use_true_random=False))
async def test_known_at_a_moment_is_the_fold_of_what_was_registered_by_then(
    pool: Pool, seed: int, count: int, chance: Random
) -> None:
    registered = cases(seed, count)
    moment = chance.choice(registered).recorded
    async with pool.acquire() as connection:
        known_then = await _fold(connection, [each for each in registered if each.recorded <= moment])
        latest = await _fold(connection, registered)
        assert await _known_at(connection, moment) == known_then
        assert await _known_at(connection, _LATEST) == latest


@_LAW
@given(seed=_SEEDS, count=_COUNTS, chance=st.randoms(use_true_random=False))
async def test_what_was_registered_in_error_is_as_if_it_never_was(
    pool: Pool, seed: int, count: int, chance: Random
) -> None:
    registered = cases(seed, count)
    wrong = chance.choice(registered)
    event = events.parse(wrong.value)
    error = RegisteredInError(happened_on=_LATEST.date(), event_id=event.id, reason="wrong_person")
    correction = one_more(registered, wrong.case_id, event.source, error)
    async with pool.acquire() as connection:
        without = await _fold(connection, [each for each in registered if each is not wrong])
        before = await _fold(connection, registered)
        assert await _fold(connection, [*registered, correction]) == without
        # Until the day of the correction the wrong event was taken for true.
        assert await _known_at(connection, correction.recorded - timedelta(seconds=1)) == before


@_LAW
@given(seed=_SEEDS, count=_COUNTS, chance=st.randoms(use_true_random=False))
async def test_late_registration_changes_nothing_in_what_was_known_before(
    pool: Pool, seed: int, count: int, chance: Random
) -> None:
    registered = cases(seed, count)
    late = chance.choice(registered)
    others = [each for each in registered if each is not late]
    async with pool.acquire() as connection:
        known_before = await _fold(connection, others)
        on_time = await _fold(connection, registered)
        assert await _fold(connection, [*others, _registered_at(late, _LATEST)]) == on_time
        assert await _known_at(connection, _LATEST - timedelta(seconds=1)) == known_before


@_LAW
@given(seed=_SEEDS, count=_COUNTS, chance=st.randoms(use_true_random=False))
async def test_reopening_adds_one_stay_and_changes_nothing_else(
    pool: Pool, seed: int, count: int, chance: Random
) -> None:
    registered = cases(seed, count)
    case_id = chance.choice(registered).case_id
    reopened = one_more(registered, case_id, PLANNING, CaseReopened(happened_on=_LATEST.date(), episode=99))
    async with pool.acquire() as connection:
        before = await _fold(connection, registered)
        after = await _fold(connection, [*registered, reopened])
        assert await _known_at(connection, reopened.recorded - timedelta(seconds=1)) == before
    [more] = [row for row in after.pop("participation") if row not in before["participation"]]
    assert more[:2] == (case_id, 99)
    del before["participation"]
    assert after == before


async def _fold(connection: Connection, registered: Sequence[AppendedEvent]) -> Facts:
    """The rows of every kind of fact that follow from these events."""
    await empty(connection)
    await ingest(connection, registered)
    rows = await facts(connection)
    return {name: rows[name] for name in _NAMES}


async def _known_at(connection: Connection, moment: datetime) -> Facts:
    """The rows of every kind of fact as they were known at a moment, from all events that are stored."""
    known: Facts = {}
    async with connection.transaction():
        await connection.execute("SET LOCAL enable_nestloop = off")
        for name in _NAMES:
            asked = f"{folds.as_of()}\nSELECT {name}.* FROM {name} WHERE $1::date IS NULL AND $2::date IS NULL"
            known[name] = sorted((tuple(row) for row in await connection.fetch(asked, None, None, moment)), key=repr)
    return known


def one_more(registered: Sequence[AppendedEvent], case_id: UUID, source: str, fact: Fact) -> AppendedEvent:
    """A fact registered after everything else, as the next event of its case and service."""
    known = (events.header(each.value) for each in registered if each.case_id == case_id)
    sequence = 1 + max((header.sequence for header in known if header.source == source), default=0)
    event = events.event_of(
        fact,
        event_id=UUID(int=7, version=4),
        stream_id=case_id,
        sequence=sequence,
        recorded=_LATEST,
        actor=TIMER,
        source=source,
        association="stockholm",
    )
    return AppendedEvent(case_id, TOPIC_OF[source], _LATEST, events.encode(event))


def _registered_at(event: AppendedEvent, recorded: datetime) -> AppendedEvent:
    """The same event, had it been registered at another moment."""
    value = json.dumps({**json.loads(event.value), "recordedtime": recorded.isoformat()}, ensure_ascii=False).encode()
    return AppendedEvent(event.case_id, event.topic, recorded, value)
