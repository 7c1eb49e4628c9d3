"""A frozen report is what was registered by its moment: its bytes come again, and what has changed is found."""

from datetime import datetime
from random import Random
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis.database import Connection, Pool
from services.reporting import frozen_store, store
from services.reporting.domain import frozen
from services.reporting.domain.periods import Period, period_of
from services.reporting.indicators import DECLARED
from tests.bench.rebuild_events import AppendedEvent
from tests.integration.reporting.facts import cases, empty, ingest

_PERIODS = st.sampled_from(["2020", "2021", "2021-h2", "2021-k2", "2021-05-03--2022-02-28"]).map(period_of)
_LAW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_LAW
@given(seed=st.integers(0, 10**6), count=st.integers(1, 12), period=_PERIODS, chance=st.randoms())
async def test_late_registrations_leave_the_bytes_and_are_the_changes(
    pool: Pool, seed: int, count: int, period: Period, chance: Random
) -> None:
    appended = cases(seed, count)
    moment = chance.choice(appended).recorded
    async with pool.acquire() as connection:
        await empty(connection)
        await ingest(connection, [each for each in appended if each.recorded <= moment])
        known_then = await store.period_all(connection, period)
        content = frozen.content(period, moment, known_then)
        assert list(frozen.changes(frozen.read(content), known_then)) == []

        await ingest(connection, [each for each in appended if each.recorded > moment])
        assert frozen.content(period, moment, await store.period_all(connection, period, moment)) == content

        now = await store.period_all(connection, period)
        changes = list(frozen.changes(frozen.read(content), now))
    for change in changes:
        indicator = change.definition.id
        assert change.then == known_then.counts[indicator].total(**change.group) != change.now
        assert change.now == now.counts[indicator].total(**change.group)
    for average in frozen.changed_averages(frozen.read(content), now):
        before, since = (each.averages[average.definition.id].whole(**average.group) for each in (known_then, now))
        assert before != since
    changed = {each.definition.id for each in changes if not each.group}
    assert changed == {
        name for name, counted in now.counts.items() if counted.total() != known_then.counts[name].total()
    }


async def test_the_changed_cases_of_a_cell_are_those_of_which_something_was_registered_since(
    connection: Connection,
) -> None:
    appended = cases(seed=21, count=40)
    period, indicator = period_of("2021"), DECLARED.indicators["started"]
    moment = appended[len(appended) // 2].recorded
    await ingest(connection, appended)
    content = frozen.read(frozen.content(period, moment, await store.period_all(connection, period, moment)))
    figure = next(each for each in content.figures if each.definition.id == indicator.id)
    now = (await store.counted_in(connection, indicator, period)).total()

    found = await frozen_store.changed_cases(connection, indicator, period, {}, moment)

    assert sum(each.now for each in found) - sum(each.then for each in found) == now - figure.total > 0
    assert [each.case_id for each in found] == sorted(each.case_id for each in found)
    for each in found:
        assert [event.recorded for event in each.events] == _registered_after(appended, each.case_id, moment) != []


async def test_what_arrives_late_is_told_apart_from_what_was_registered_late(connection: Connection) -> None:
    """An event that was registered by the report's moment and reaches reporting after it: no event since says why."""
    appended = cases(seed=22, count=30)
    period, indicator = period_of("2021"), DECLARED.indicators["started"]
    moment = appended[-1].recorded
    [late, *_] = [each for each in appended if b"InsatsStarted" in each.value and b"2021-" in each.value]
    await ingest(connection, [each for each in appended if each.case_id != late.case_id])
    content = frozen.content(period, moment, await store.period_all(connection, period, moment))

    await ingest(connection, [each for each in appended if each.case_id == late.case_id])

    assert frozen.content(period, moment, await store.period_all(connection, period, moment)) != content
    [change] = [
        each
        for each in frozen.changes(frozen.read(content), await store.period_all(connection, period))
        if each.definition.id == indicator.id and not each.group
    ]
    assert change.now == change.then + 1
    assert await frozen_store.changed_cases(connection, indicator, period, {}, moment) == []


def _registered_after(appended: list[AppendedEvent], case_id: UUID, moment: datetime) -> list[datetime]:
    return sorted(each.recorded for each in appended if each.case_id == case_id and each.recorded > moment)
