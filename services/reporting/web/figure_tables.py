"""The table of a figure: its cells, each with a count that leads to the cases behind it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from contracts.indicators import Breakdown
from services.reporting.domain.averages import AverageOf, Measured
from services.reporting.domain.counted import Counted
from services.reporting.web.row_labels import row_label

Address: TypeAlias = Callable[[Mapping[str, str]], str]
"""Where the cases of some rows of breakdowns are listed."""


NONE: Final[Mapping[str, str]] = {}

AVERAGE_COLUMNS: Final = ("Medelvärde", "Median", "Uppgift saknas", "Vilar på")
WHOLE_OF_AVERAGES: Final = "Alla tillsammans"


@dataclass(frozen=True)
class CellRow:
    """A cell: what its rows are called, its values where it is an average, its count, and where its cases are."""

    labels: tuple[str, ...]
    values: tuple[str, ...]
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True)
class FigureTable:
    """``columns``: what stands after the breakdowns; the last is the count. ``values`` and ``count``: of the whole.
    ``whole``: what its row is called; only the whole of counts is their total."""

    breakdowns: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[CellRow, ...]
    values: tuple[str, ...]
    count: int
    whole: str


def table_of_counts(
    counted: Counted, address: Address, chosen: Mapping[str, str] = NONE, within: Mapping[str, str] = NONE
) -> FigureTable:
    """The cells that count something, and their total. ``chosen``: the cell whose cases are listed. ``within``: the
    rows of breakdowns that all shown is of; none for everything."""

    def rows() -> Iterator[CellRow]:
        for group in counted.groups() if counted.breakdowns else ():
            if within.items() <= group.items() and (count := counted.total(**group)):
                yield CellRow(_labels(counted.breakdowns, group), (), count, address(group), group == chosen)

    breakdowns = tuple(each.label.sv for each in counted.breakdowns)
    return FigureTable(breakdowns, ("Antal",), tuple(rows()), (), counted.total(**within), "Totalt")


def table_of_averages(
    averages: AverageOf, address: Address, chosen: Mapping[str, str] = NONE, within: Mapping[str, str] = NONE
) -> FigureTable:
    """The cells that rest on something, and the whole, which is measured by itself. As :func:`table_of_counts`."""

    def rows() -> Iterator[CellRow]:
        for group in averages.groups() if averages.breakdowns else ():
            measured = averages.whole(**group)
            if within.items() <= group.items() and (measured.count or measured.without):
                labels = _labels(averages.breakdowns, group)
                yield CellRow(labels, average_texts(measured), measured.count, address(group), group == chosen)

    breakdowns = tuple(each.label.sv for each in averages.breakdowns)
    whole = averages.whole(**within)
    texts = average_texts(whole)
    return FigureTable(breakdowns, AVERAGE_COLUMNS, tuple(rows()), texts, whole.count, WHOLE_OF_AVERAGES)


def decimal(value: Decimal | None) -> str:
    """One decimal, with a comma; a dash where there is no value."""
    return "–" if value is None else f"{value:.1f}".replace(".", ",")


def _labels(breakdowns: tuple[Breakdown, ...], group: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row_label(each, group[each.id]) for each in breakdowns)


def average_texts(measured: Measured) -> tuple[str, ...]:
    """Mean, median, and of how many it is not known."""
    return decimal(measured.mean), decimal(measured.median), str(measured.without)
