"""What was counted of indicators: cells that sum to their whole, because the whole is their sum. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from pydantic import Field

from contracts.indicators import Breakdown, Declared, Indicator
from contracts.model import Model


class Cell(Model):
    """One count. ``group``: the row of each breakdown. ``of``: the count of the whole that it is a share of."""

    kind: Literal["count"] = "count"
    indicator: str
    group: dict[str, str]
    count: int
    of: int | None = Field(default=None, description="None of an indicator that is no part of another.")


@dataclass(frozen=True)
class Counted:
    """An indicator's counts by the rows of its breakdowns, in the order in which it names them."""

    indicator: Indicator
    breakdowns: tuple[Breakdown, ...]
    counts: Mapping[tuple[str, ...], int]
    _sums: dict[tuple[int, ...], Mapping[tuple[str, ...], int]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def total(self, **group: str) -> int:
        """The count of these rows of breakdowns, with all rows of the others together; of none, of everything.

        Raises ValueError if the indicator has no such breakdown.
        """
        names = [each.id for each in self.breakdowns]
        wanted = sorted((names.index(breakdown), row) for breakdown, row in group.items())
        return self._summed(tuple(place for place, _ in wanted)).get(tuple(row for _, row in wanted), 0)

    def _summed(self, places: tuple[int, ...]) -> Mapping[tuple[str, ...], int]:
        """The sums by the rows of the breakdowns in these places. Kept, because a report asks for hundreds."""
        if places not in self._sums:
            sums: Counter[tuple[str, ...]] = Counter()
            for rows, count in self.counts.items():
                sums[tuple(rows[place] for place in places)] += count
            self._sums[places] = sums
        return self._sums[places]

    def rows(self, breakdown: str) -> tuple[str, ...]:
        """The rows of a breakdown: those declared, or of a column the values that were counted, and the rest.

        Raises KeyError if the indicator has no such breakdown.
        """
        place, declared = {each.id: (place, each) for place, each in enumerate(self.breakdowns)}[breakdown]
        if declared.column is None:
            return (*(group.id for group in declared.groups), declared.rest.id)
        return tuple(sorted({rows[place] for rows, count in self.counts.items() if count}))

    def groups(self) -> Iterator[dict[str, str]]:
        """Every combination of the rows of all breakdowns."""
        names = [each.id for each in self.breakdowns]
        for rows in product(*map(self.rows, names)):
            yield dict(zip(names, rows, strict=True))


def counted(
    indicators: Iterable[Indicator], rows: Iterable[tuple[str, tuple[str, ...], int]], declared: Declared
) -> dict[str, Counted]:
    """The counts by indicator, from (indicator, rows of its breakdowns, count)."""
    counts: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    for indicator, groups, count in rows:
        counts[indicator][groups] = count
    return {each.id: Counted(each, declared.broken_down(each), counts[each.id]) for each in indicators}


def cells(counts: Mapping[str, Counted]) -> tuple[Cell, ...]:
    """Every cell of every indicator, with the count of what it is a share of where that was counted too."""
    return tuple(
        Cell(
            indicator=each.indicator.id,
            group=group,
            count=each.total(**group),
            of=_whole(counts.get(each.indicator.of or ""), group),
        )
        for each in counts.values()
        for group in each.groups()
    )


def _whole(whole: Counted | None, group: Mapping[str, str]) -> int | None:
    if whole is None:
        return None
    shared = {each.id for each in whole.breakdowns}
    return whole.total(**{breakdown: row for breakdown, row in group.items() if breakdown in shared})
