"""Figures as they stand in reports, and how their counts hang together: an equation of counts. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import cached_property
from itertools import chain, combinations
from typing import TypeAlias

from contracts.indicators import Indicator
from services.reporting.domain.counted import Counted
from services.reporting.domain.periods import Period

Group: TypeAlias = tuple[tuple[str, str], ...]
"""Which counts are taken together: (breakdown, row) of some breakdowns, all rows of the others; () of them all."""


@dataclass(frozen=True, eq=False)
class Edition:
    """A figure as it stands in a report: counted for a period, from what was known until a moment."""

    counted: Counted
    period: Period
    known_until: datetime

    @property
    def indicator(self) -> Indicator:
        """What it counts."""
        return self.counted.indicator

    @cached_property
    def breakdowns(self) -> tuple[str, ...]:
        """The ids of its breakdowns, in the order in which its counts name their rows."""
        return tuple(each.id for each in self.counted.breakdowns)

    def cells(self) -> Iterator[tuple[Group, int]]:
        """Its counts by a row of each breakdown, in their order."""
        for rows, count in sorted(self.counted.counts.items()):
            yield tuple(zip(self.breakdowns, rows, strict=True)), count

    def rows(self, breakdown: str) -> frozenset[str]:
        """The rows of a breakdown: those declared, and those that count something."""
        place = self.breakdowns.index(breakdown)
        declared = self.counted.breakdowns[place]
        counted = {rows[place] for rows, count in self.counted.counts.items() if count}
        return frozenset(counted | {declared.rest.id} | {group.id for group in declared.groups})


class Holds(Enum):
    """What everybody knows of what an equation comes to."""

    ANYTHING = auto()
    NOT_NEGATIVE = auto()
    ZERO = auto()


@dataclass(frozen=True)
class Term:
    """The counts of an edition, those of one row if ``row`` names it, added with a factor."""

    factor: int
    edition: Edition
    row: Group = ()

    def rows_of(self, cell: Group) -> Mapping[str, str] | None:
        """The rows of a cell by their breakdowns; None if it is not of the term's row."""
        rows = dict(cell)
        return rows if all(rows[name] == row for name, row in self.row) else None


@dataclass(frozen=True, eq=False)
class Equation:
    """Counts that are added and taken away, for each group of the rows of the breakdowns ``by``. What they come to is
    a count that no report gives and that, if ``protected``, must not be told either where it is small."""

    terms: tuple[Term, ...]
    by: tuple[str, ...]
    holds: Holds
    protected: bool = True

    def results(self) -> Mapping[Group, int]:
        """What it comes to by a row of each of its breakdowns, where anything is counted."""
        results: defaultdict[Group, int] = defaultdict(int)
        for term in self.terms:
            for cell, count in term.edition.cells():
                if (rows := term.rows_of(cell)) is not None:
                    results[tuple((name, rows[name]) for name in self.by)] += term.factor * count
        return results

    def is_borne_out(self) -> bool:
        """Whether the counts are as they are known to be. A declaration does not say all: in a breakdown an earlier
        row may have taken what also fits a later one."""
        match self.holds:
            case Holds.ANYTHING:
                return True
            case Holds.NOT_NEGATIVE:
                return all(result >= 0 for result in self.results().values())
            case Holds.ZERO:
                return not any(self.results().values())


def groups_of(cell: Group) -> Iterator[Group]:
    """The groups that a cell is counted in: by every choice of its breakdowns, none and all among them."""
    return chain.from_iterable(combinations(cell, size) for size in range(len(cell) + 1))
