"""What publications disclose: all that is given and known to hold, and which small sums can be told from it. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias

from services.reporting.domain.editions import Edition, Equation, Group, Holds, groups_of
from services.reporting.domain.lookalikes import Candidate, Knowledge, Protected, Sum, Unknown, choose

SMALLEST_PUBLISHED: Final = 5
"""The smallest count that is given, besides zero: usual in Swedish statistics of care and of social services."""

PROTECTION_WIDTH: Final = SMALLEST_PUBLISHED - 1
"""How far apart the ends of the interval are at least that a small count can be told to: wider than 1 to 4, so that
nobody can tell of a count that is left out whether it is small."""


@dataclass(frozen=True)
class Shown:
    """A figure of which all counts are given but those of some groups, which are not zero."""

    left_out: frozenset[Group] = frozenset()


@dataclass(frozen=True)
class Withheld:
    """A figure of which no count is given, not even that it is zero."""


PublicFigure: TypeAlias = Shown | Withheld

Place: TypeAlias = tuple[Edition | Equation, Group]
"""Where a sum stands: in which figure, or in which equation of figures, and for which group of rows."""


class Disclosure:
    """Figures, each as it is given, and the equations that hold between their counts. Of those in ``open`` more may
    still be left out."""

    def __init__(
        self,
        figures: Mapping[Edition, PublicFigure],
        open_figures: frozenset[Edition],
        equations: Sequence[Equation],
    ) -> None:
        self._figures = figures
        self._unknowns: list[Unknown] = []
        self._editions: list[Edition] = []
        self._rows: defaultdict[str, set[str]] = defaultdict(set)
        for edition in figures:
            for name in edition.breakdowns:
                self._rows[name] |= edition.rows(name)
        self._cells = {edition: self._numbered(edition, figure) for edition, figure in figures.items()}
        self._values = [each.value for each in self._unknowns]
        self._given: list[Sum] = []
        self._not_negative: list[Sum] = []
        self._small: dict[Place, Sum] = {}
        self._candidates: list[Candidate] = []
        self._groups: list[tuple[Edition, list[Group]]] = []
        for edition in figures:
            self._add_figure(edition, may_leave_out=edition in open_figures)
        for equation in equations:
            self._add_equation(equation)

    @property
    def places(self) -> tuple[Place, ...]:
        """Where small sums stand."""
        return tuple(self._small)

    def solved(self, widths: Mapping[Place, int]) -> tuple[dict[Edition, frozenset[Group]], list[Place]]:
        """The groups to leave out of each open figure so that the sums of these places are told to no interval
        narrower than their widths, and the places of those that are told all the same."""
        protected = [Protected(self._small[place], width) for place, width in widths.items()]
        knowledge = Knowledge(self._unknowns, self._given, self._not_negative)
        small = [number for number, each in enumerate(self._candidates) if is_small(each.sum.value)]
        choice = choose(knowledge, self._candidates, small, protected)
        left_out: defaultdict[Edition, list[Group]] = defaultdict(list)
        for number in choice.left_out:
            edition, groups = self._groups[number]
            left_out[edition] += groups
        told = [place for number, place in enumerate(widths) if number in choice.told]
        return {edition: frozenset(groups) for edition, groups in left_out.items()}, told

    def editions_of(self, places: Iterable[Place]) -> set[Edition]:
        """The figures whose counts are in the sums of these places."""
        return {self._editions[unknown] for place in places for unknown in self._small[place].factors}

    def _numbered(self, edition: Edition, figure: PublicFigure) -> dict[Group, int]:
        """The number of each count that everybody may wonder about. Where a figure is shown, its zeros are known;
        where it is withheld, every cell may count something."""
        counts = {cell: count for cell, count in edition.cells() if count}
        match figure:
            case Shown():
                least = 1
            case Withheld():
                least = 0
                counts = {cell: counts.get(cell, 0) for cell in self._every_cell(edition)}
        first = len(self._unknowns)
        self._unknowns += [Unknown(count, least) for count in counts.values()]
        self._editions += [edition] * len(counts)
        return {cell: first + number for number, cell in enumerate(counts)}

    def _every_cell(self, edition: Edition) -> Iterator[Group]:
        rows = ([(name, row) for row in sorted(self._rows[name])] for name in edition.breakdowns)
        return product(*rows)

    def _add_figure(self, edition: Edition, *, may_leave_out: bool) -> None:
        figure = self._figures[edition]
        for groups, each in self._sums(edition):
            if is_small(each.value):
                self._small[edition, groups[0]] = each
            if may_leave_out:
                # A sum of many counts is worth more than one of few.
                self._candidates.append(Candidate(each, len(groups) * len(each.factors)))
                self._groups.append((edition, groups))
            elif isinstance(figure, Shown) and not figure.left_out.intersection(groups):
                self._given.append(each)

    def _add_equation(self, equation: Equation) -> None:
        for group, each in self._results(equation).items():
            if len(group) == len(equation.by):
                match equation.holds:
                    case Holds.ZERO:
                        self._given.append(each)
                    case Holds.NOT_NEGATIVE:
                        self._not_negative.append(each)
                    case Holds.ANYTHING:
                        pass
            if equation.protected and is_small(each.value):
                self._small[equation, group] = each

    def _sums(self, edition: Edition) -> Iterator[tuple[list[Group], Sum]]:
        """The sums of an edition's counts by its groups, each with all groups that have it: where the other rows of a
        breakdown count nothing, several have the same."""
        unknowns: defaultdict[Group, list[int]] = defaultdict(list)
        for cell, unknown in self._cells[edition].items():
            for group in groups_of(cell):
                unknowns[group].append(unknown)
        same: defaultdict[tuple[int, ...], list[Group]] = defaultdict(list)
        for group, numbers in unknowns.items():
            same[tuple(numbers)].append(group)
        for added, groups in same.items():
            yield groups, self._sum(dict.fromkeys(added, 1))

    def _results(self, equation: Equation) -> Mapping[Group, Sum]:
        """What an equation comes to, for each group of rows of its breakdowns."""
        factors: defaultdict[Group, Counter[int]] = defaultdict(Counter)
        for term in equation.terms:
            for cell, unknown in self._cells[term.edition].items():
                if (rows := term.rows_of(cell)) is not None:
                    for group in groups_of(tuple((name, rows[name]) for name in equation.by)):
                        factors[group][unknown] += term.factor
        return {group: self._sum(each) for group, each in factors.items()}

    def _sum(self, factors: Mapping[int, int]) -> Sum:
        return Sum(factors, Sum(factors, 0).of(self._values))


def is_small(value: int) -> bool:
    """Whether a count, or a difference of counts, is one that must not be told."""
    return 0 < abs(value) < SMALLEST_PUBLISHED
