"""Every figure opens its cases: laws of the cases behind each declared figure, on invented cases."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from contracts.events import midnight
from contracts.indicators import Indicator
from contracts.indicators.declaration import Rows
from services.chassis.database import Connection
from services.reporting import store
from services.reporting.domain.counted import Counted
from services.reporting.domain.periods import year_period
from services.reporting.indicators import DECLARED, asked_for
from tests.integration.reporting.facts import cases, ingest

_ALL = asked_for("year")
_YEAR = year_period(2021)
_MOST = 1000
_BEFORE_ALL = UUID(int=0)


async def _behind(connection: Connection, indicator: Indicator, rows: Mapping[str, str]) -> list[UUID]:
    return await store.cases_behind(connection, indicator, _YEAR, rows, after=_BEFORE_ALL, limit=_MOST)


def _adds_up_by_rows(indicator: Indicator) -> bool:
    """Whether each counted row of a fact is one in the count."""
    return isinstance(indicator.measure, Rows)


async def test_a_cell_has_cases_if_and_only_if_it_counts_something_and_never_more_than_it_counts(
    connection: Connection,
) -> None:
    await ingest(connection, cases(seed=7, count=60))
    counts = await store.period_counts(connection, _YEAR)
    looked_at = 0
    for counted in counts.values():
        if not _adds_up_by_rows(counted.indicator):
            continue
        of_cells: set[UUID] = set()
        for group in counted.groups() if counted.breakdowns else ():
            found = await _behind(connection, counted.indicator, group)
            count = counted.total(**group)
            assert bool(found) == bool(count), (counted.indicator.id, group)
            assert len(found) <= count, (counted.indicator.id, group)
            of_cells.update(found)
            looked_at += bool(count)
        whole = await _behind(connection, counted.indicator, {})
        assert whole == sorted(whole)
        assert len(whole) <= counted.total()
        if counted.breakdowns:
            assert set(whole) == of_cells, counted.indicator.id
    assert looked_at > 50, "the invented cases fill many cells"


async def test_the_cases_of_a_stay_are_those_that_an_independent_question_finds(connection: Connection) -> None:
    await ingest(connection, cases(seed=8, count=60))
    by_hand = await connection.fetch(
        """
        SELECT DISTINCT case_id FROM participation JOIN referral USING (case_id)
        WHERE participation.started_on BETWEEN '2021-01-01' AND '2021-12-31' AND referral.sex = 'woman'
        ORDER BY case_id
        """
    )
    found = await _behind(connection, DECLARED.indicators["started"], {"sex": "woman"})
    assert found == [row["case_id"] for row in by_hand]
    assert found


async def test_pages_of_cases_go_on_where_the_one_before_ended(connection: Connection) -> None:
    await ingest(connection, cases(seed=9, count=40))
    indicator = DECLARED.indicators["referrals"]
    whole = await _behind(connection, indicator, {})
    assert len(whole) > 5
    paged: list[UUID] = []
    while page := await store.cases_behind(
        connection, indicator, _YEAR, {}, after=paged[-1] if paged else _BEFORE_ALL, limit=3
    ):
        paged += page
    assert paged == whole


async def test_as_of_a_later_day_the_cases_are_those_of_now(connection: Connection) -> None:
    await ingest(connection, cases(seed=10, count=15))
    counts = await store.period_counts(connection, _YEAR)
    for indicator in _ALL:
        now: Counted = counts[indicator.id]
        group = next((each for each in now.groups() if now.total(**each)), {}) if now.breakdowns else {}
        then = await store.cases_behind(
            connection, indicator, _YEAR, group, after=_BEFORE_ALL, limit=_MOST, as_of=midnight(date(2100, 1, 1))
        )
        assert then == await _behind(connection, indicator, group), indicator.id


async def test_before_anything_was_registered_nothing_is_behind_a_figure(connection: Connection) -> None:
    await ingest(connection, cases(seed=11, count=15))
    early = midnight(date(2000, 1, 1))
    indicator = DECLARED.indicators["referrals"]
    assert (
        await store.cases_behind(connection, indicator, _YEAR, {}, after=_BEFORE_ALL, limit=_MOST, as_of=early) == []
    )
    assert (await store.counted_in(connection, indicator, _YEAR, early)).total() == 0


async def test_a_row_that_no_breakdown_has_counts_nobody(connection: Connection) -> None:
    await ingest(connection, cases(seed=12, count=15))
    for row in ("nobody", "' OR true --", "%"):
        assert await _behind(connection, DECLARED.indicators["started"], {"sex": row}) == []
