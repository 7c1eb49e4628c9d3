"""What was measured of averages: means and medians, which do not sum, each with what it rests on. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Final, Literal, TypeAlias

from pydantic import Field

from contracts.indicators import Breakdown, Declared, Indicator
from contracts.model import Model

Rows: TypeAlias = tuple[str | None, ...]
"""The row of each breakdown; None for all its rows together."""


class AverageCell(Model):
    """A mean with its median. ``group``: the rows of breakdowns; one that it does not name is measured whole."""

    kind: Literal["average"] = "average"
    indicator: str
    group: dict[str, str]
    mean: float | None = Field(description="To one decimal. None where it would rest on nothing.")
    median: float | None = Field(description="To one decimal. None where it would rest on nothing.")
    count: int = Field(description="How many rows or cases it rests on.")
    without: int = Field(description="How many others there are, of which it is not known.")


@dataclass(frozen=True)
class Measured:
    """Mean and median, None of nothing. They rest on ``count`` rows or cases, beside ``without`` of which it is not
    known."""

    mean: Decimal | None
    median: Decimal | None
    count: int
    without: int


_NOTHING: Final = Measured(None, None, 0, 0)


@dataclass(frozen=True)
class AverageOf:
    """An indicator's means and medians, by the rows of its breakdowns."""

    indicator: Indicator
    breakdowns: tuple[Breakdown, ...]
    measured: Mapping[Rows, Measured]

    def whole(self, **group: str) -> Measured:
        """Of these rows of breakdowns, with all rows of the others together; of none, of everything.

        Raises ValueError if the indicator has no such breakdown.
        """
        names = [each.id for each in self.breakdowns]
        if unknown := group.keys() - set(names):
            raise ValueError(f"{self.indicator.id} is not broken down by {', '.join(sorted(unknown))}")
        return self.measured.get(tuple(group.get(name) for name in names), _NOTHING)

    def rows(self, breakdown: str) -> tuple[str, ...]:
        """The rows of a breakdown of which there is anything: in the order declared, or of a column sorted.

        Raises KeyError if the indicator has no such breakdown.
        """
        place, declared = {each.id: (place, each) for place, each in enumerate(self.breakdowns)}[breakdown]
        found = {rows[place] for rows in self.measured}
        if declared.column is None:
            ordered = (*(group.id for group in declared.groups), declared.rest.id)
            return tuple(row for row in ordered if row in found)
        return tuple(sorted(row for row in found if row is not None))

    def groups(self) -> Iterator[dict[str, str]]:
        """Every combination of the rows of all breakdowns."""
        names = [each.id for each in self.breakdowns]
        for rows in product(*map(self.rows, names)):
            yield dict(zip(names, rows, strict=True))

    def cells(self) -> tuple[AverageCell, ...]:
        """Everything that was measured, the whole first."""
        names = [each.id for each in self.breakdowns]
        return tuple(
            AverageCell(
                indicator=self.indicator.id,
                group={name: row for name, row in zip(names, rows, strict=True) if row is not None},
                mean=None if each.mean is None else float(each.mean),
                median=None if each.median is None else float(each.median),
                count=each.count,
                without=each.without,
            )
            for rows, each in sorted(self.measured.items(), key=_whole_first)
        )


def _whole_first(measured: tuple[Rows, Measured]) -> tuple[int, tuple[str, ...]]:
    rows, _ = measured
    return sum(row is not None for row in rows), tuple(row or "" for row in rows)


def averages(
    indicators: Iterable[Indicator], rows: Iterable[tuple[str, Rows, Measured]], declared: Declared
) -> dict[str, AverageOf]:
    """The averages by indicator, from (indicator, rows of its breakdowns, what was measured)."""
    found: dict[str, dict[Rows, Measured]] = {}
    for indicator, groups, measured in rows:
        found.setdefault(indicator, {})[groups] = measured
    return {each.id: AverageOf(each, declared.broken_down(each), found.get(each.id, {})) for each in indicators}
