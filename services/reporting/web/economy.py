"""What the page of a period's economy shows: tables of amounts with their sums, and what is printed beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final
from uuid import UUID

from contracts.budget import Budget, BudgetGroup, BudgetItem, PrintedTable, Side
from contracts.codes import AmountKind
from services.reporting.domain.amounts import SIDES, AmountKey, Amounts, BudgetAmounts, ItemAmounts, beside
from services.reporting.domain.exports import Export, ExportRow, ExportSection, ExportTable
from services.reporting.domain.periods import Period
from services.reporting.domain.report import insats_name
from services.reporting.domain.values import Nothing, Number, Value
from services.reporting.web.exports import Counting

AMOUNT_COLUMNS: Final = ("Budget, kr", "Utfall, kr", "Plan, kr", "Avvikelse, kr", "Avvikelse, %")
COST_COLUMNS: Final = ("Utfall, kr", "Deltaganden", "Kronor per deltagande")
_KINDS: Final = (AmountKind.BUDGET, AmountKind.OUTCOME, AmountKind.PLAN)
_SUMS: Final[Mapping[Side, str]] = {
    "income": "Summa intäkter",
    "cost": "Summa kostnader",
    "equity": "Summa eget kapital",
}


@dataclass(frozen=True)
class EconomyRow:
    """A row of a table. ``amounts``: the ids of the amounts whose values stand first, None of what is not booked."""

    labels: tuple[str, ...]
    values: tuple[Value, ...]
    amounts: tuple[UUID | None, ...] = ()
    sums_up: bool = False

    @property
    def cells(self) -> tuple[tuple[Value, UUID | None], ...]:
        """Each value, and the amount whose history it leads to."""
        return tuple(zip_longest(self.values, self.amounts[: len(self.values)]))


@dataclass(frozen=True)
class EconomyTable:
    """A table of amounts, in kronor."""

    caption: str
    label_columns: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[EconomyRow, ...]


@dataclass(frozen=True)
class PrintedRowShown:
    """A row of a printed table: each number beside the computed one, and why they differ where they do."""

    label: str
    cells: tuple[tuple[Value, Value], ...]
    differs: bool
    why: str | None


@dataclass(frozen=True)
class PrintedShown:
    """A printed table beside what is computed, the columns of one period. ``unit``: what its numbers are in."""

    table: PrintedTable
    columns: tuple[str, ...]
    rows: tuple[PrintedRowShown, ...]

    @property
    def differing(self) -> int:
        """How many rows differ."""
        return sum(row.differs for row in self.rows)


@dataclass(frozen=True)
class BudgetShown:
    """A budget of a period as its page shows it. ``costs``: of each insats; None where there is none."""

    budget: Budget
    amounts: EconomyTable
    costs: EconomyTable | None
    printed: tuple[PrintedShown, ...]


def item_name(item: BudgetItem) -> str:
    """What an item is called."""
    return item.label or insats_name(item.id)


def shown(found: BudgetAmounts, period: Period, kronor: Mapping[AmountKey, int]) -> BudgetShown:
    """A budget as the page shows it. ``kronor``: the amounts that count, of the same moment."""
    costs = tuple(_cost_row(each) for each in found.items if each.participations is not None)
    return BudgetShown(
        budget=found.budget,
        amounts=EconomyTable(
            caption=f"{found.budget.label} {period.label}",
            label_columns=("Post", "Rad"),
            columns=AMOUNT_COLUMNS,
            rows=(*_rows(found), *_totals(found)),
        ),
        costs=EconomyTable(
            caption=f"Kostnad per deltagande {period.label}",
            label_columns=("Insats",),
            columns=COST_COLUMNS,
            rows=costs,
        )
        if costs
        else None,
        printed=tuple(_printed(found.budget, period, kronor)),
    )


def economy_export(period: Period, budgets: Sequence[BudgetShown], counting: Counting) -> Export:
    """The economy of a period, as its page shows it."""
    return Export(
        name=f"ekonomi-{period.id}",
        title=f"Ekonomi {period.label}",
        period=period,
        counted_at=counting.at,
        known_on=counting.known_on,
        sections=tuple(
            ExportSection(
                heading=each.budget.label,
                tables=tuple(map(_export_table, (each.amounts, *([each.costs] if each.costs else [])))),
            )
            for each in budgets
        ),
    )


def kronor_value(amount: int | None) -> Value:
    """Whole kronor; a dash of nothing."""
    return Nothing() if amount is None else Number(number=amount, unit="kr")


# The table of amounts ---------------------------------------------------------------------------------------------


def _rows(found: BudgetAmounts) -> Iterator[EconomyRow]:
    for group in found.budget.groups:
        items = [each for each in found.items if each.item.group == group.id]
        for each in items:
            yield from _item_rows(each)
        if len(items) > 1 and len(found.budget.groups) > 1:
            yield from _group_sums(found, group)


def _item_rows(item: ItemAmounts) -> Iterator[EconomyRow]:
    name = item_name(item.item)
    for each in item.lines:
        amounts = tuple(
            each.keys[kind].amount_id if getattr(each.amounts, kind) is not None else None for kind in _KINDS
        )
        yield EconomyRow((name, each.line.label), _values(each.amounts), amounts)
    if len(item.lines) > 1:
        for side, amounts_of_side in item.sums.items():
            yield EconomyRow((name, _SUMS[side]), _values(amounts_of_side), sums_up=True)


def _group_sums(found: BudgetAmounts, group: BudgetGroup) -> Iterator[EconomyRow]:
    for side in SIDES:
        amounts = found.sum_of(side, group.id)
        if amounts.booked:
            yield EconomyRow((group.label, _SUMS[side]), _values(amounts), sums_up=True)


def _totals(found: BudgetAmounts) -> Iterator[EconomyRow]:
    for side, amounts in found.sums.items():
        yield EconomyRow(("Hela budgeten", _SUMS[side]), _values(amounts), sums_up=True)


def _values(amounts: Amounts) -> tuple[Value, ...]:
    percent = amounts.deviation_percent
    return (
        *map(kronor_value, (amounts.budget, amounts.outcome, amounts.plan, amounts.deviation)),
        Nothing() if percent is None else Number(number=percent, unit="%"),
    )


def _cost_row(item: ItemAmounts) -> EconomyRow:
    cost = item.sum_of("cost")
    outcome = cost.outcome if cost.whole else None
    values = (
        kronor_value(outcome),
        Number(number=item.participations or 0),
        kronor_value(item.cost_per_participation),
    )
    return EconomyRow((item_name(item.item),), values)


def _export_table(table: EconomyTable) -> ExportTable:
    rows = (ExportRow(labels=row.labels, values=row.values, sums_up=row.sums_up) for row in table.rows)
    return ExportTable(
        caption=table.caption,
        label_columns=table.label_columns,
        columns=table.columns,
        rows=tuple(rows),
        definitions=(),
    )


# Beside what is printed -------------------------------------------------------------------------------------------


def _printed(budget: Budget, period: Period, kronor: Mapping[AmountKey, int]) -> Iterator[PrintedShown]:
    for table in budget.printed:
        places = [place for place, column in enumerate(table.columns) if column.period == period.id]
        rows = []
        for compared in beside(budget, table, kronor):
            cells = [compared.cells[place] for place in places]
            if any(cell.printed is not None for cell in cells):
                differs = not all(cell.equal for cell in cells)
                values = tuple((kronor_value(cell.printed), kronor_value(cell.computed)) for cell in cells)
                rows.append(
                    PrintedRowShown(compared.row.label, values, differs, compared.row.why if differs else None)
                )
        if rows:
            yield PrintedShown(table, tuple(table.columns[place].label for place in places), tuple(rows))
