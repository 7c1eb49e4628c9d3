"""Amounts of budgets: what may be booked, what is known of each at a moment, and the sums that follow. Pure.

Sums are computed of the lines and never booked. Their source's own may differ: a typed sum of Sundsvall's report is
27 000 kronor too low (sundsvall-2023:189), and the plan of 2025 prints whole thousands whose sums are of amounts that
are not rounded (plan-2025:1174-1290).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final
from uuid import UUID, uuid5

from contracts.budget import Budget, BudgetItem, BudgetLine, PrintedColumn, PrintedRow, PrintedTable, Side, Summand
from contracts.codes import AmountKind, AmountUnit
from contracts.corrections import effective
from contracts.envelope import Event
from contracts.office import AmountBooked
from contracts.problems import Invalid
from services.reporting.domain.periods import NoPeriod, period_of

MOST_KRONOR: Final = 10**12
"""A thousand thousand millions: no association has as much."""

SIDES: Final[tuple[Side, ...]] = ("income", "cost", "equity")

_STREAMS: Final = UUID("0e6f1a0b-6c55-4c0b-8a52-3d8f3f0c7a61")
_KRONOR_OF: Final = {AmountUnit.KRONOR: 1, AmountUnit.THOUSANDS: 1000}


@dataclass(frozen=True, order=True)
class AmountKey:
    """What an amount is of. Of one key one amount counts at a time."""

    budget: str
    item: str
    line: str
    kind: AmountKind
    period_id: str

    @property
    def amount_id(self) -> UUID:
        """The stream in which it is booked: it follows from what the amount is of."""
        return uuid5(_STREAMS, "/".join((self.budget, self.item, self.line, self.kind, self.period_id)))


@dataclass(frozen=True)
class NewAmount:
    """An amount to book. ``amount``: in ``given_in``, whole."""

    key: AmountKey
    amount: int
    given_in: AmountUnit
    booked_on: date


def booked(budgets: Mapping[str, Budget], new: NewAmount, today: date) -> AmountBooked:
    """The fact. Raises Invalid with the field that is wrong."""
    key = new.key
    budget = budgets.get(key.budget)
    if budget is None:
        raise Invalid("budget_unknown", f"Ange en budget som finns: {', '.join(budgets)}.", "budget")
    item = budget.item(key.item)
    if item is None:
        raise Invalid("item_unknown", f"Posten finns inte i budgeten för {budget.label}.", "item")
    if key.line not in item.lines:
        lines = ", ".join(each.label for each in budget.lines_of(item))
        raise Invalid("line_unknown", f"Posten har ingen sådan rad. De som finns: {lines}.", "line")
    try:
        period = period_of(key.period_id)
    except NoPeriod as error:
        raise Invalid("period_unknown", "Ange perioden som ett år, till exempel 2025.", "period") from error
    if new.booked_on > today:
        raise Invalid("booked_on_invalid", "Ange en bokningsdag som inte ligger i framtiden.", "booked_on")
    kronor = new.amount * _KRONOR_OF[new.given_in]
    if abs(kronor) > MOST_KRONOR:
        raise Invalid("amount_too_large", "Beloppet är större än något förbund har. Kontrollera enheten.", "amount")
    return AmountBooked(
        happened_on=new.booked_on,
        budget=budget.id,
        item=item.id,
        line=key.line,
        kind=key.kind,
        period=period.id,
        kronor=kronor,
        given_in=new.given_in,
    )


def booked_at(budgets: Mapping[str, Budget], new: NewAmount, place: int, today: date) -> AmountBooked:
    """The fact of an amount in a list. Raises Invalid with its place, from 0, and the field that is wrong."""
    try:
        return booked(budgets, new, today)
    except Invalid as refused:
        raise Invalid(refused.code, refused.message, f"amounts.{place}.{refused.field}") from refused


def changes(counts: "Booking | None", fact: AmountBooked) -> bool:
    """Whether a booking says something else than the one that counts."""
    if counts is None:
        return True
    return (counts.kronor, counts.given_in, counts.booked_on) != (fact.kronor, fact.given_in, fact.happened_on)


# What is known of an amount ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Booking:
    """One booking of an amount. ``counts``: whether it is the one that counts at the moment asked about.

    ``taken_back``: whether it had been registered in error by then.
    """

    booking_id: UUID
    kronor: int
    given_in: AmountUnit
    booked_on: date
    registered_at: datetime
    actor: str
    counts: bool
    taken_back: bool


def history(log: Iterable[Event[Any]], known_at: datetime | None = None) -> tuple[Booking, ...]:
    """The bookings of one amount, the first first. ``known_at``: only what had been registered by then."""
    events = sorted(log, key=lambda each: each.sequence)
    known = [each for each in events if known_at is None or each.recordedtime <= known_at]
    standing = [each.id for each in effective(known) if isinstance(each.data, AmountBooked)]
    return tuple(
        Booking(
            booking_id=each.id,
            kronor=each.data.kronor,
            given_in=each.data.given_in,
            booked_on=each.data.happened_on,
            registered_at=each.recordedtime,
            actor=str(each.actor),
            counts=standing[-1:] == [each.id],
            taken_back=each.id not in standing,
        )
        for each in known
        if isinstance(each.data, AmountBooked)
    )


def counting(log: Iterable[Event[Any]], known_at: datetime | None = None) -> Booking | None:
    """The booking that counts: the one registered last that was not taken back. None if there is none."""
    return next((each for each in history(log, known_at) if each.counts), None)


# A budget's tables ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Amounts:
    """The amounts of one line, or the sums of several. None of what is not booked; each in whole kronor.

    ``whole``: whether every line that has a budget has an outcome, and the other way round. Only then do budget and
    outcome speak of the same, and a deviation can be said.
    """

    budget: int | None
    outcome: int | None
    plan: int | None
    whole: bool

    @property
    def deviation(self) -> int | None:
        """Outcome less budget, in kronor: of a cost more than nothing is more than was decided."""
        if self.budget is None or self.outcome is None or not self.whole:
            return None
        return self.outcome - self.budget

    @property
    def deviation_percent(self) -> float | None:
        """Of the budget, with one decimal, halves away from zero; None of no budget."""
        if self.deviation is None or not self.budget:
            return None
        tenths = half_up_whole(Fraction(1000 * abs(self.deviation), abs(self.budget)))
        return (tenths if self.deviation >= 0 else -tenths) / 10

    @property
    def booked(self) -> bool:
        """Whether anything is booked."""
        return (self.budget, self.outcome, self.plan) != (None, None, None)


@dataclass(frozen=True)
class LineAmounts:
    """A line of an item with its amounts. ``keys``: what each kind of amount is of."""

    line: BudgetLine
    amounts: Amounts
    keys: Mapping[AmountKind, AmountKey]


@dataclass(frozen=True)
class ItemAmounts:
    """An item with the lines of which something is booked, and their sums by side.

    ``participations``: of an insats in the period; None of an item that is none.
    """

    item: BudgetItem
    lines: tuple[LineAmounts, ...]
    participations: int | None

    def sum_of(self, side: Side) -> Amounts:
        """The sums of its lines on one side."""
        return summed(each.amounts for each in self.lines if each.line.side == side)

    @property
    def sums(self) -> Mapping[Side, Amounts]:
        """The sums by side, of those of which something is booked."""
        return {side: amounts for side in SIDES if (amounts := self.sum_of(side)).booked}

    @property
    def cost_per_participation(self) -> int | None:
        """What each participation cost by the outcome, in whole kronor, halves upwards. None where there was none, or
        where the outcome of a line is not booked."""
        cost = self.sum_of("cost")
        if cost.outcome is None or not cost.whole or not self.participations:
            return None
        return half_up_whole(Fraction(cost.outcome, self.participations))


@dataclass(frozen=True)
class BudgetAmounts:
    """A budget's items of which something is booked for a period, as known at a moment."""

    budget: Budget
    period_id: str
    items: tuple[ItemAmounts, ...]

    def sum_of(self, side: Side, group: str | None = None) -> Amounts:
        """The sums of a side, of all items or those of a group."""
        return summed(
            line.amounts
            for each in self.items
            if group in (None, each.item.group)
            for line in each.lines
            if line.line.side == side
        )

    @property
    def sums(self) -> Mapping[Side, Amounts]:
        """The sums by side, of those of which something is booked."""
        return {side: amounts for side in SIDES if (amounts := self.sum_of(side)).booked}

    def item(self, item_id: str) -> ItemAmounts | None:
        """The amounts of an item or insats; None if nothing is booked of it."""
        return next((each for each in self.items if each.item.id == item_id), None)


def amounts_of(
    budget: Budget, period_id: str, kronor: Mapping[AmountKey, int], participations: Mapping[str, int]
) -> BudgetAmounts:
    """A budget's amounts of a period. ``kronor``: of each amount that counts. ``participations``: by insats."""
    items = (_item(budget, item, period_id, kronor, participations) for item in budget.items)
    return BudgetAmounts(budget, period_id, tuple(each for each in items if each.lines))


def summed(amounts: Iterable[Amounts]) -> Amounts:
    """The sums of amounts; None of a kind of which nothing is booked."""
    known = [each for each in amounts if each.booked]
    return Amounts(
        budget=_sum(each.budget for each in known),
        outcome=_sum(each.outcome for each in known),
        plan=_sum(each.plan for each in known),
        whole=all(each.whole for each in known),
    )


def half_up_whole(amount: Fraction) -> int:
    """A whole number, halves upwards."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def _item(
    budget: Budget,
    item: BudgetItem,
    period_id: str,
    kronor: Mapping[AmountKey, int],
    participations: Mapping[str, int],
) -> ItemAmounts:
    lines = (_line(budget, item, line, period_id, kronor) for line in budget.lines_of(item))
    taken_part = participations.get(item.id, 0) if item.is_insats else None
    return ItemAmounts(item, tuple(each for each in lines if each.amounts.booked), taken_part)


def _line(
    budget: Budget, item: BudgetItem, line: BudgetLine, period_id: str, kronor: Mapping[AmountKey, int]
) -> LineAmounts:
    keys = {kind: AmountKey(budget.id, item.id, line.id, kind, period_id) for kind in AmountKind}
    amounts = {kind: kronor.get(key) for kind, key in keys.items()}
    budgeted, outcome = amounts[AmountKind.BUDGET], amounts[AmountKind.OUTCOME]
    whole = (budgeted is None) == (outcome is None)
    return LineAmounts(line, Amounts(budgeted, outcome, amounts[AmountKind.PLAN], whole), keys)


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [each for each in amounts if each is not None]
    return sum(known) if known else None


# Beside what is printed -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PrintedCell:
    """A printed number in the table's own unit, and what is computed of what is booked; None of nothing.

    Where nothing is printed, nothing is computed.
    """

    printed: int | None
    computed: int | None

    @property
    def equal(self) -> bool:
        """Whether they are the same. What is not printed is the same as anything."""
        return self.printed is None or self.printed == self.computed


@dataclass(frozen=True)
class ComparedRow:
    """A row of a printed table beside what is computed."""

    row: PrintedRow
    cells: tuple[PrintedCell, ...]

    @property
    def equal(self) -> bool:
        """Whether every printed number is the computed one."""
        return all(each.equal for each in self.cells)


def beside(budget: Budget, table: PrintedTable, kronor: Mapping[AmountKey, int]) -> tuple[ComparedRow, ...]:
    """The rows of a printed table, each number beside what is computed. ``kronor``: of every period."""
    return tuple(
        ComparedRow(
            row,
            tuple(
                PrintedCell(printed, None if printed is None else _computed(budget, table, column, row, kronor))
                for column, printed in zip(table.columns, row.printed, strict=True)
            ),
        )
        for row in table.rows
    )


def periods_printed(tables: Sequence[PrintedTable]) -> frozenset[str]:
    """The periods that printed tables speak of."""
    return frozenset(column.period for table in tables for column in table.columns)


def _computed(
    budget: Budget,
    table: PrintedTable,
    column: PrintedColumn,
    row: PrintedRow,
    kronor: Mapping[AmountKey, int],
) -> int | None:
    """The sum in the table's unit, halves upwards; None if nothing of it is booked."""
    found = [
        -amount if summand.minus else amount
        for summand in row.of
        for amount in _amounts(budget, summand, column, kronor)
    ]
    return half_up_whole(Fraction(sum(found), _KRONOR_OF[table.unit])) if found else None


def _amounts(
    budget: Budget, summand: Summand, column: PrintedColumn, kronor: Mapping[AmountKey, int]
) -> Iterator[int]:
    for item, line in budget.summed(summand):
        amount = kronor.get(AmountKey(budget.id, item.id, line.id, column.kind, column.period))
        if amount is not None:
            yield amount
