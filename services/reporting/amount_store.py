"""Amounts of budgets as their own events say, as known now or at a moment."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from contracts.budget import Budget
from contracts.codes import AmountKind
from contracts.envelope import Event
from services.chassis.database import Connection
from services.chassis.log import read_log, read_logs
from services.reporting import store
from services.reporting.domain.amounts import AmountKey, Booking, BudgetAmounts, amounts_of, counting
from services.reporting.domain.periods import Period
from services.reporting.indicators import DECLARED

_ADD: Final = """
INSERT INTO amount (amount_id, period_id, budget, item, line, kind)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
ON CONFLICT (amount_id) DO NOTHING
"""
OF_PERIODS: Final = """
SELECT amount_id, period_id, budget, item, line, kind FROM amount WHERE period_id = ANY ($1::text[])
"""
_ONE: Final = "SELECT amount_id, period_id, budget, item, line, kind FROM amount WHERE amount_id = $1"
PERIODS: Final = "SELECT DISTINCT period_id FROM amount ORDER BY period_id"


async def add(connection: Connection, keys: Collection[AmountKey]) -> None:
    """Notes that amounts have been booked. Those noted before stay."""
    columns = [(key.amount_id, key.period_id, key.budget, key.item, key.line, str(key.kind)) for key in keys]
    if columns:
        await connection.execute(_ADD, *map(list, zip(*columns, strict=True)))


async def find(connection: Connection, amount_id: UUID) -> tuple[AmountKey, list[Event[Any]]] | None:
    """What an amount is of, and its events; None if none was booked with that id."""
    row = await connection.fetchrow(_ONE, amount_id)
    return None if row is None else (_key(row), await read_log(connection, amount_id))


async def periods(connection: Connection) -> list[str]:
    """The ids of the periods for which amounts have been booked, in order."""
    return [row["period_id"] for row in await connection.fetch(PERIODS)]


async def bookings(
    connection: Connection, period_ids: Collection[str], known_at: datetime | None = None
) -> dict[AmountKey, Booking]:
    """The booking that counts of each amount of some periods. ``known_at``: as had been registered by then."""
    keys = [_key(row) for row in await connection.fetch(OF_PERIODS, sorted(period_ids))]
    logs = await read_logs(connection, [key.amount_id for key in keys])
    found = {key: counting(logs[key.amount_id], known_at) for key in keys}
    return {key: booking for key, booking in found.items() if booking is not None}


async def kronor(
    connection: Connection, period_ids: Collection[str], known_at: datetime | None = None
) -> dict[AmountKey, int]:
    """The amounts that count of some periods, in whole kronor."""
    found = await bookings(connection, period_ids, known_at)
    return {key: booking.kronor for key, booking in found.items()}


async def participations(
    connection: Connection, period: Period, known_at: datetime | None = None, *, today: date
) -> Mapping[str, int] | None:
    """How many participated in each insats in a period, as the indicator ``participants`` counts; None of a period
    that has not begun. The connection must not be inside a transaction."""
    if period.first > today:
        return None
    counted = await store.counted_in(connection, DECLARED.indicators["participants"], period, known_at)
    return {insats: counted.total(insats=insats) for insats in counted.rows("insats")}


async def budget_amounts(
    connection: Connection, budget: Budget, period: Period, known_at: datetime | None = None, *, today: date
) -> BudgetAmounts:
    """A budget's amounts of a period as known at a moment, with sums and participations: ``.item(insats_id)`` gives
    those of one insats. The connection must not be inside a transaction."""
    amounts = await kronor(connection, [period.id], known_at)
    return amounts_of(budget, period.id, amounts, await participations(connection, period, known_at, today=today))


def _key(row: Mapping[str, Any]) -> AmountKey:
    return AmountKey(row["budget"], row["item"], row["line"], AmountKind(row["kind"]), row["period_id"])
