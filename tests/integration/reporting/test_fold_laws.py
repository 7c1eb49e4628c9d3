"""Laws of the fold, tried on invented cases: facts depend on which events are known, and on nothing else."""

from datetime import UTC, datetime
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis.database import Pool
from services.reporting import store
from services.reporting.domain.periods import year_period
from tests.bench.rebuild_events import AppendedEvent
from tests.integration.reporting.facts import cases, empty, facts, fold_anew, ingest

_SEEDS = st.integers(min_value=0, max_value=10**6)
_LAW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def _batches(appended: list[AppendedEvent], chance: Random) -> list[list[AppendedEvent]]:
    """The events shuffled, some of them several times, cut into batches."""
    repeated = appended + chance.choices(appended, k=chance.randint(0, len(appended)))
    chance.shuffle(repeated)
    cuts = sorted(chance.choices(range(len(repeated) + 1), k=chance.randint(0, 5)))
    return [repeated[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(repeated)], strict=True)]


@_LAW
@given(seed=_SEEDS, count=st.integers(1, 6), chance=st.randoms(use_true_random=False))
async def test_order_repetition_and_batches_make_no_difference(
    pool: Pool, seed: int, count: int, chance: Random
) -> None:
    appended = cases(seed, count)
    async with pool.acquire() as connection:
        await empty(connection)
        await ingest(connection, appended)
        expected = await facts(connection)

        await empty(connection)
        for batch in _batches(appended, chance):
            await ingest(connection, batch)

        assert await facts(connection) == expected
        assert await connection.fetchval("SELECT count(*) FROM event_row") == len(appended)


@_LAW
@given(seed=_SEEDS, count=st.integers(1, 10), chance=st.randoms(use_true_random=False))
async def test_any_part_of_the_events_folds_alike_live_and_at_once(
    pool: Pool, seed: int, count: int, chance: Random
) -> None:
    appended = cases(seed, count)
    part = chance.sample(appended, k=chance.randint(1, len(appended)))
    async with pool.acquire() as connection:
        await empty(connection)
        for batch in _batches(part, chance):
            await ingest(connection, batch)
        live = await facts(connection)
        checksums = await store.checksums(connection)

        await fold_anew(connection)

        assert await facts(connection) == live
        assert await store.checksums(connection) == checksums


@_LAW
@given(seed=_SEEDS, count=st.integers(1, 12), year=st.sampled_from([2020, 2021, 2022]), chance=st.randoms())
async def test_as_of_a_moment_is_what_was_registered_by_then(
    pool: Pool, seed: int, count: int, year: int, chance: Random
) -> None:
    appended = cases(seed, count)
    moment = chance.choice(appended).recorded
    async with pool.acquire() as connection:
        await empty(connection)
        await ingest(connection, appended)
        earlier = await store.period_figures(connection, year_period(year), moment)
        latest = await store.period_figures(connection, year_period(year), _LATEST)
        live = await store.period_figures(connection, year_period(year))

        await empty(connection)
        await ingest(connection, [each for each in appended if each.recorded <= moment])
        known_then = await store.period_figures(connection, year_period(year))

    assert latest.model_copy(update={"as_of": None}) == live
    assert earlier.model_copy(update={"as_of": None}) == known_then
