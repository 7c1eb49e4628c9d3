"""Tables of which each number leads to the page of its figure, and so to the cases it counts. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from contracts.codes import Sex
from contracts.indicators import Breakdown
from services.reporting.domain.counted import Counted
from services.reporting.domain.definitions import definition
from services.reporting.domain.figures import BySex
from services.reporting.domain.periods import Period
from services.reporting.domain.report import by_sex
from services.reporting.domain.values import Number, Value
from services.reporting.web.row_labels import row_label
from services.reporting.web.tables import BY_SEX, SEXES, Cell, Row, Table

_SEX_OF: Final[Mapping[str, Mapping[str, str]]] = {
    "women": {"sex": Sex.WOMAN},
    "men": {"sex": Sex.MAN},
    "other": {"sex": Sex.OTHER},
    "unknown": {"sex": Sex.UNKNOWN},
    "total": {},
}
"""The row of the breakdown by sex that each column of a table by sex counts."""


@dataclass(frozen=True)
class Places:
    """Where the cases of figures are listed. ``insats``: the one that all shown is of; None for all together."""

    period: Period
    known_on: date | None
    insats: str | None

    @property
    def within(self) -> Mapping[str, str]:
        """The row of the breakdown by insats."""
        return {} if self.insats is None else {"insats": self.insats}

    def of(self, indicator: str, **group: str) -> str:
        """The page of a figure, with the cases of some rows of its breakdowns."""
        known = {} if self.known_on is None else {"kand": self.known_on.isoformat()}
        rows = {**self.within, **group} or {"alla": "true"}
        return f"/rapport/{self.period.id}/siffror/{indicator}?{urlencode({**known, **rows})}#arenden"


class LinkedTables:
    """Makes tables of counts; of nothing a number leads nowhere."""

    def __init__(self, counts: Mapping[str, Counted], places: Places) -> None:
        self.counts = counts
        self.places = places

    def row(self, label: str, indicator: str, **group: str) -> Row:
        """A row by sex of an indicator, or of one row of a breakdown of it."""
        counted = by_sex(self.counts[indicator], **self.places.within, **group)
        return Row(
            label,
            tuple(
                self._linked(Number(number=getattr(counted, sex)), indicator, **group, **_SEX_OF[sex])
                for sex in SEXES
            ),
        )

    def rows(self, indicator: str, breakdown: str) -> Iterator[Row]:
        """A row by sex for each row of a breakdown in which anything is counted."""
        for row, label in self.rows_of(indicator, breakdown):
            if self.count(indicator, **{breakdown: row}):
                yield self.row(label, indicator, **{breakdown: row})

    def rows_of(self, indicator: str, breakdown: str) -> Iterator[tuple[str, str]]:
        """The rows of a breakdown with what they are called."""
        declared = self._breakdown(indicator, breakdown)
        for row in self.counts[indicator].rows(breakdown):
            yield row, row_label(declared, row)

    def count(self, indicator: str, **group: str) -> int:
        """What is counted in some rows of breakdowns."""
        return self.counts[indicator].total(**self.places.within, **group)

    def cell(self, indicator: str, **group: str) -> Cell:
        """A count that leads to its cases."""
        return self._linked(Number(number=self.count(indicator, **group)), indicator, **group)

    def by_sex(self, caption: str, rows: Iterable[Row], *defined: str) -> Table:
        """A table by sex."""
        return self.table(caption, BY_SEX, rows, *defined)

    def table(self, caption: str, columns: tuple[str, ...], rows: Iterable[Row], *defined: str) -> Table:
        """A table with the definitions of its figures."""
        return Table(
            caption, columns, tuple(rows), tuple(definition(self.counts[each].indicator) for each in defined)
        )

    def _breakdown(self, indicator: str, breakdown: str) -> Breakdown:
        return next(each for each in self.counts[indicator].breakdowns if each.id == breakdown)

    def _linked(self, value: Value, indicator: str, **group: str) -> Cell:
        return Cell(value, href=None if value == _NONE else self.places.of(indicator, **group))


_NONE: Final = Number(number=0)


def sum_row(label: str, counted: BySex) -> Row:
    """The sum of the rows above it, which is a figure by itself only where a row of its own says so."""
    return Row(label, tuple(Cell(Number(number=getattr(counted, sex))) for sex in SEXES), sums_up=True)
