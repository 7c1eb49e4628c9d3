"""The economy of one insats, as the table of its report: each line's budget, outcome and deviation, and sums. Pure.

Sums are computed: one that Sundsvall's reports print is 27 000 kronor too low (sundsvall-2023:189).
"""

from collections.abc import Iterator, Mapping
from typing import Final

from contracts.budget import Side
from services.reporting.domain.amounts import Amounts, ItemAmounts
from services.reporting.domain.exports import ExportRow, ExportTable
from services.reporting.domain.form_reports import Economy
from services.reporting.domain.periods import Period
from services.reporting.domain.values import Nothing, Number, Value

_SUMS: Final[Mapping[Side, str]] = {
    "income": "Summa intäkter",
    "cost": "Summa kostnader",
    "equity": "Summa eget kapital",
}


def economy_of(item: ItemAmounts | None, period: Period) -> Economy | None:
    """What a report says of the amounts of an insats; None where nothing is booked of it."""
    if item is None:
        return None
    table = ExportTable(
        caption=f"Ekonomi {period.label}",
        label_columns=("Kostnadsslag",),
        columns=("Budget, kr", "Utfall, kr", "Avvikelse, kr", "Avvikelse, %"),
        rows=tuple(_rows(item)),
        definitions=(),
    )
    amounts = (*(each.amounts for each in item.lines), *item.sums.values())
    return Economy(table, item.sum_of("cost").budget, deviates=any(each.deviation for each in amounts))


def _rows(item: ItemAmounts) -> Iterator[ExportRow]:
    for each in item.lines:
        yield ExportRow(labels=(each.line.label,), values=_values(each.amounts))
    for side, amounts in item.sums.items():
        yield ExportRow(labels=(_SUMS[side],), values=_values(amounts), sums_up=True)


def _values(amounts: Amounts) -> tuple[Value, ...]:
    percent = amounts.deviation_percent
    kronor = (amounts.budget, amounts.outcome, amounts.deviation)
    return (
        *(Nothing() if each is None else Number(number=each, unit="kr") for each in kronor),
        Nothing() if percent is None else Number(number=percent, unit="%"),
    )
