"""Amounts of budgets over HTTP: booked, taken back, and what they come to."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from contracts.budget import BUDGETS, Budget, Side
from contracts.codes import AmountKind, AmountUnit, Role
from contracts.events import local_date
from contracts.model import Code
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.http import Body, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day, Moment
from services.reporting import amount_store, commands
from services.reporting.domain.amounts import (
    MOST_KRONOR,
    AmountKey,
    Amounts,
    Booking,
    BudgetAmounts,
    ItemAmounts,
    NewAmount,
    history,
)
from services.reporting.domain.periods import Period
from services.reporting.period_parameter import PeriodInPath

_MOST_AMOUNTS = 500
_PERIOD_FORM = r"^[0-9hk-]{4,22}$"
Office = Annotated[User, Depends(signed_in(Role.OFFICE))]


class AmountIn(Body):
    """``amount``: whole, in ``given_in``. Income and costs are both positive."""

    budget: Code
    item: Code
    line: Code
    kind: AmountKind
    period: str = Field(pattern=_PERIOD_FORM)
    amount: int = Field(ge=-MOST_KRONOR, le=MOST_KRONOR)
    given_in: AmountUnit = AmountUnit.KRONOR
    booked_on: Day

    def new(self) -> NewAmount:
        """What is asked of the domain."""
        key = AmountKey(self.budget, self.item, self.line, self.kind, self.period)
        return NewAmount(key, self.amount, self.given_in, self.booked_on)


class NewAmounts(Body):
    """Amounts that are booked together."""

    model_config = examples(
        {
            "amounts": [
                {
                    "budget": "sundsvall",
                    "item": "psykolog",
                    "line": "loner",
                    "kind": "outcome",
                    "period": "2023",
                    "amount": 885680,
                    "booked_on": "2024-01-02",
                }
            ]
        }
    )
    amounts: list[AmountIn] = Field(min_length=1, max_length=_MOST_AMOUNTS)


class BookingOut(BaseModel):
    """A booking of an amount. ``counts``: whether it is the one that counts; ``taken_back``: it never was so."""

    booking_id: UUID
    kronor: int
    given_in: AmountUnit
    booked_on: date
    registered_at: datetime
    counts: bool
    taken_back: bool


class AmountOut(BaseModel):
    """An amount with its bookings, the first first."""

    amount_id: UUID
    budget: str
    item: str
    line: str
    kind: AmountKind
    period: str
    bookings: list[BookingOut]


class BookedOut(BaseModel):
    """The amounts that were sent, each with the booking that counts."""

    amounts: list[AmountOut]


class AmountsOut(BaseModel):
    """Whole kronor; null of what is not booked. ``deviation``: outcome less budget, null unless every line that has
    one of them has the other. ``deviation_percent``: of the budget, with one decimal."""

    budget: int | None
    outcome: int | None
    plan: int | None
    deviation: int | None
    deviation_percent: float | None


class LineOut(AmountsOut):
    """A line of an item."""

    line: str
    label: str
    side: Side


class ItemOut(BaseModel):
    """An item or insats, its lines, and what they come to. ``cost_per_participation``: the outcome by participations,
    in whole kronor, halves upwards; null where there were none, or where an outcome is not booked."""

    item: str
    lines: list[LineOut]
    sums: dict[Side, AmountsOut]
    participations: int | None
    cost_per_participation: int | None


class BudgetOut(BaseModel):
    """A budget's amounts of a period. Sums are computed; none is booked."""

    budget: str
    label: str
    period: Period
    items: list[ItemOut]
    sums: dict[Side, AmountsOut]


def amount_api() -> APIRouter:
    """The routes about amounts under /api/reporting."""
    router = APIRouter(prefix="/api/reporting", tags=["amounts"])

    @router.post("/amounts", status_code=201)
    async def book(body: NewAmounts, request: CommandRequestOf, user: Office) -> BookedOut:
        """Books amounts, all or none. A later booking of the same replaces the one before, which stays as history;
        one that counts already is not booked again."""
        async with request.unit(user.actor) as unit:
            found = await commands.book_amounts(unit, [each.new() for each in body.amounts])
            answer = BookedOut(amounts=[_amount_out(key, (booking,)) for key, booking in found.items()])
            return await request.answered(unit, answer)

    @router.get("/amounts/{amount_id}")
    async def one(amount_id: UUID, runtime: RuntimeOf, _user: Office) -> AmountOut:
        """An amount with all its bookings."""
        async with runtime.pool.acquire() as connection:
            found = await amount_store.find(connection, amount_id)
        if found is None:
            raise unknown_amount()
        key, log = found
        return _amount_out(key, history(log))

    @router.post("/amounts/{amount_id}/bookings/{booking_id}/registered-in-error", status_code=201)
    async def take_back(amount_id: UUID, booking_id: UUID, request: CommandRequestOf, user: Office) -> AmountOut:
        """Registers that an amount never was booked so. The booking before it counts again, if there is one."""
        async with request.unit(user.actor) as unit:
            await commands.take_back_booking(unit, amount_id, booking_id)
            found = await amount_store.find(unit.conn, amount_id)
            if found is None:
                raise unknown_amount()
            return await request.answered(unit, _amount_out(found[0], history(found[1])))

    @router.get("/periods/{period_id}/budgets/{budget}")
    async def of_a_period(
        period: PeriodInPath,
        budget: str,
        runtime: RuntimeOf,
        _user: Office,
        as_of: Annotated[Moment | None, Query(description="Only what was registered by then is counted.")] = None,
    ) -> BudgetOut:
        """A budget's amounts of a period, also of one that has not begun, by item and line, with their sums."""
        wanted = budget_named(budget)
        async with runtime.pool.acquire() as connection:
            today = local_date(runtime.clock.now())
            found = await amount_store.budget_amounts(connection, wanted, period, as_of, today=today)
        return _budget_out(found, period)

    return router


def budget_named(budget_id: str) -> Budget:
    """The budget with an id. Raises NotFound."""
    found = BUDGETS.get(budget_id)
    if found is None:
        raise NotFound("budget_unknown", f"Det finns ingen sådan budget. De som finns: {', '.join(BUDGETS)}.")
    return found


def unknown_amount() -> NotFound:
    """The refusal of an amount that was never booked."""
    return NotFound("amount_unknown", "Beloppet är inte bokat. Se periodens ekonomi.")


def _amount_out(key: AmountKey, bookings: tuple[Booking, ...]) -> AmountOut:
    return AmountOut(
        amount_id=key.amount_id,
        budget=key.budget,
        item=key.item,
        line=key.line,
        kind=key.kind,
        period=key.period_id,
        bookings=[
            BookingOut(
                booking_id=each.booking_id,
                kronor=each.kronor,
                given_in=each.given_in,
                booked_on=each.booked_on,
                registered_at=each.registered_at,
                counts=each.counts,
                taken_back=each.taken_back,
            )
            for each in bookings
        ],
    )


def _budget_out(found: BudgetAmounts, period: Period) -> BudgetOut:
    return BudgetOut(
        budget=found.budget.id,
        label=found.budget.label,
        period=period,
        items=[_item_out(each) for each in found.items],
        sums={side: _amounts_out(amounts) for side, amounts in found.sums.items()},
    )


def _item_out(item: ItemAmounts) -> ItemOut:
    return ItemOut(
        item=item.item.id,
        lines=[
            LineOut(
                line=each.line.id,
                label=each.line.label,
                side=each.line.side,
                **_amounts_out(each.amounts).model_dump(),
            )
            for each in item.lines
        ],
        sums={side: _amounts_out(amounts) for side, amounts in item.sums.items()},
        participations=item.participations,
        cost_per_participation=item.cost_per_participation,
    )


def _amounts_out(amounts: Amounts) -> AmountsOut:
    return AmountsOut(
        budget=amounts.budget,
        outcome=amounts.outcome,
        plan=amounts.plan,
        deviation=amounts.deviation,
        deviation_percent=amounts.deviation_percent,
    )
