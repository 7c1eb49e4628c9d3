"""Laws of every declared figure, tried on invented cases of which some events have not come yet."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.indicators import INDICATORS_FOLDER, Declared, load_indicators
from services.chassis.database import Connection, Pool
from services.reporting import store
from services.reporting.domain.counted import Counted, cells
from services.reporting.facts import COLUMNS
from services.reporting.indicators import DECLARED
from tests import recipes
from tests.bench.rebuild_events import AppendedEvent
from tests.integration.reporting.facts import cases, empty, ingest

_LAW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_ALL = tuple(DECLARED.indicators.values())
# The same figures, broken down by nothing: their totals as the database counts them.
_WHOLE = replace(
    DECLARED, indicators={each.id: each.model_copy(update={"by": ()}) for each in DECLARED.indicators.values()}
)
_YEAR = (date(2021, 1, 1), date(2022, 1, 1))


def _sums(counted: Counted) -> Iterator[int]:
    for breakdown in counted.breakdowns:
        yield sum(counted.total(**{breakdown.id: row}) for row in counted.rows(breakdown.id))


@_LAW
@given(
    seed=st.integers(0, 10**6), count=st.integers(1, 12), left_out=st.sampled_from([0.0, 0.3]), chance=st.randoms()
)
async def test_the_rows_of_every_breakdown_sum_to_the_whole_and_a_part_is_never_more_than_it(
    pool: Pool, seed: int, count: int, left_out: float, chance: Random
) -> None:
    come = [each for each in cases(seed, count) if chance.random() >= left_out]
    async with pool.acquire() as connection:
        await empty(connection)
        await ingest(connection, come)
        counts = await store.count(connection, _ALL, *_YEAR)
        whole = await store.count(connection, tuple(_WHOLE.indicators.values()), *_YEAR, declared=_WHOLE)
    for name, counted in counts.items():
        assert counted.total() == whole[name].total(), name
        assert set(_sums(counted)) <= {counted.total()}, name
    for cell in cells(counts):
        assert cell.of is None or cell.count <= cell.of or DECLARED.indicators[cell.indicator].count.distinct


async def test_what_is_not_known_is_a_row(connection: Connection) -> None:
    come = [each for each in cases(seed=20, count=100) if b"ReferralReceived" not in each.value]
    await ingest(connection, come)
    counts = await store.count(connection, _ALL, *_YEAR)
    for name, breakdown in (("participants", "sex"), ("finsam_team.plans", "sex")):
        assert counts[name].total(**{breakdown: "unknown"}) == counts[name].total()
    assert counts["participants"].total() > 0


async def test_every_breakdown_has_all_its_declared_rows_in_the_answer_even_if_nothing_was_counted(
    connection: Connection,
) -> None:
    counts = await store.count(connection, (DECLARED.indicators["finsam_team.plans"],), *_YEAR)
    found = {tuple(each.group.values()): each.count for each in cells(counts)}
    assert found == {("woman",): 0, ("man",): 0, ("other",): 0, ("unknown",): 0}


async def test_the_recipe_s_indicator_is_counted(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(recipes.block("An indicator", "yaml"), encoding="utf-8")
    declared: Declared = load_indicators(COLUMNS, INDICATORS_FOLDER, tmp_path)
    [new] = [each for each in declared.indicators if each not in DECLARED.indicators]
    appended: list[AppendedEvent] = cases(seed=20, count=200)
    await ingest(connection, appended)
    counts = await store.count(connection, (declared.indicators[new],), *_YEAR, declared=declared)
    by_hand = await connection.fetchval(
        "SELECT count(*) FROM meeting WHERE cancelled_on BETWEEN '2021-01-01' AND '2021-12-31' AND held_on IS NULL"
    )
    assert counts[new].total() == by_hand > 0
    assert sum(counts[new].total(referrer=row) for row in counts[new].rows("referrer")) == by_hand
