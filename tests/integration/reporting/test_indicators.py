"""Laws of every declared figure, tried on invented cases of which some events have not come yet."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from statistics import mean, median
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.indicators import INDICATORS_FOLDER, Declared, load_indicators
from contracts.indicators.declaration import Average, Distinct
from services.chassis.database import Connection, Pool
from services.reporting import store
from services.reporting.domain.averages import Measured
from services.reporting.domain.counted import Counted, cells
from services.reporting.domain.periods import year_period
from services.reporting.facts import COLUMNS
from services.reporting.indicators import DECLARED, averages
from tests import recipes
from tests.bench.rebuild_events import AppendedEvent
from tests.integration.reporting.facts import cases, empty, ingest

_LAW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_ALL = tuple(each for each in DECLARED.indicators.values() if not isinstance(each.measure, Average))
_AVERAGES = averages()
# The same figures, broken down by nothing: their totals as the database counts them.
_WHOLE = replace(DECLARED, indicators={each.id: each.model_copy(update={"by": ()}) for each in _ALL})
_ROUNDED = Decimal("0.1")
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
        measure = DECLARED.indicators[cell.indicator].measure
        assert cell.of is None or cell.count <= cell.of or isinstance(measure, Distinct)


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


@_LAW
@given(seed=st.integers(0, 10**6), count=st.integers(1, 12), chance=st.randoms())
async def test_an_average_rests_on_its_cells_and_lies_between_theirs(
    pool: Pool, seed: int, count: int, chance: Random
) -> None:
    come = [each for each in cases(seed, count) if chance.random() >= 0.1]
    async with pool.acquire() as connection:
        await empty(connection)
        await ingest(connection, come)
        measured = await store.averages(connection, _AVERAGES, *_YEAR)
    for name, each in measured.items():
        whole = each.whole()
        for breakdown in each.breakdowns:
            cells_of = [each.whole(**{breakdown.id: row}) for row in each.rows(breakdown.id)]
            assert sum(cell.count for cell in cells_of) == whole.count, name
            assert sum(cell.without for cell in cells_of) == whole.without, name
            _lies_between(whole, [cell for cell in cells_of if cell.count])


def _lies_between(whole: Measured, cells_of: list[Measured]) -> None:
    """A mean and a median of all lie between those of the parts, to the rounding of a decimal."""
    assert (whole.mean is None) == (whole.median is None) == (not cells_of)
    for all_of_them, parts in (
        (whole.mean, [cell.mean for cell in cells_of if cell.mean is not None]),
        (whole.median, [cell.median for cell in cells_of if cell.median is not None]),
    ):
        assert len(parts) == len(cells_of)
        assert all_of_them is None or min(parts) - _ROUNDED <= all_of_them <= max(parts) + _ROUNDED


async def test_days_are_those_that_python_counts_from_the_facts(connection: Connection) -> None:
    await ingest(connection, cases(seed=21, count=120))
    rows = await connection.fetch(
        """
        SELECT participation.started_on, exited_on, referral.sex FROM participation LEFT JOIN referral USING (case_id)
        WHERE exited_on BETWEEN '2021-01-01' AND '2021-12-31'
        """
    )
    days: dict[str, list[int]] = {row["sex"]: [] for row in rows}
    for row in rows:
        if row["started_on"] is not None and row["started_on"] <= row["exited_on"]:
            days[row["sex"]].append((row["exited_on"] - row["started_on"]).days)
    measured = await store.averages(connection, _AVERAGES, *_YEAR)
    found = measured["days.of_participation"]
    assert len(days["woman"]) > 5
    for sex in ("woman", "man"):
        cell = found.whole(sex=sex)
        assert cell.count == len(days[sex])
        assert float(cell.mean or 0) == pytest.approx(mean(days[sex]), abs=0.051)
        assert float(cell.median or 0) == pytest.approx(median(days[sex]), abs=0.051)
    assert found.whole().count + found.whole().without == len(rows)


async def test_an_average_of_nothing_is_no_number(connection: Connection) -> None:
    measured = await store.averages(connection, _AVERAGES, *_YEAR)
    assert {each.whole() for each in measured.values()} == {Measured(None, None, 0, 0)}
    assert all(len(each.cells()) == 1 for each in measured.values())


async def test_the_cases_behind_an_average_are_those_it_rests_on(connection: Connection) -> None:
    await ingest(connection, cases(seed=22, count=60))
    period = year_period(2021)
    for indicator in _AVERAGES:
        measured = await store.averages_in(connection, indicator, period)
        for group in measured.groups() if measured.breakdowns else ():
            found = await store.cases_behind(connection, indicator, period, group, after=UUID(int=0), limit=1000)
            assert bool(found) == bool(measured.whole(**group).count), (indicator.id, group)
            assert len(found) <= measured.whole(**group).count
