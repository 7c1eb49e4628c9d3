"""What the office does, from request to appended event."""

from datetime import date

from services.chassis.runtime import Runtime
from services.chassis.unit import Unit
from services.reporting import frozen_store, store
from services.reporting.domain import frozen
from services.reporting.domain.frozen import FrozenReport
from services.reporting.domain.periods import Period, end_of


async def count_to_freeze(runtime: Runtime, period: Period, known_on: date, today: date) -> bytes:
    """A period's figures as they were known at the end of a day, as a frozen report holds them. Raises Invalid."""
    frozen.require_freezable(period, known_on, today)
    known_until = end_of(known_on)
    async with runtime.pool.acquire() as connection:
        counts = await store.period_counts(connection, period, known_until)
    return frozen.content(period, known_until, counts)


async def freeze(unit: Unit, content: bytes) -> FrozenReport:
    """Keeps what was counted. A report of the same period and day that was frozen before stays as it is."""
    counted = frozen.read(content)
    report_id = frozen.report_id(counted.period, counted.known_until)
    await unit.lock(report_id)
    if (kept := await frozen_store.find(unit.conn, report_id)) is not None:
        return kept[0]
    fact = frozen.frozen(counted.period, counted.known_until, content, unit.today)
    report = FrozenReport(report_id, counted.period, counted.known_until, unit.now, fact.figures, fact.content_sha256)
    await unit.append(report_id, [fact])
    await frozen_store.add(unit.conn, report, content)
    return report
