"""Tables that look alike: which counts must be left out so that a sum of counts cannot be told. Pure.

A sum is protected when two sets of whole counts exist that agree with everything published and with all that is known
to hold of the counts, and in which the sum differs by a width or more. Whoever has only what is published cannot tell
which of the two is true. The two are found by linear programming, in whole numbers where its answer is not whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import highspy

_EPSILON: Final = 1e-6
_INFINITY: Final = highspy.kHighsInf


@dataclass(frozen=True)
class Unknown:
    """A count that is nowhere given by itself. ``least``: what everybody knows it to be at least."""

    value: int
    least: int


@dataclass(frozen=True)
class Sum:
    """Unknowns, each with the factor it is added with, and what they sum to."""

    factors: Mapping[int, int]
    value: int

    def of(self, values: Sequence[int]) -> int:
        """What it sums to where the unknowns have other values."""
        return sum(factor * values[unknown] for unknown, factor in self.factors.items())


@dataclass(frozen=True)
class Knowledge:
    """What is known of the unknowns besides what may still be left out: sums that are given, and sums that cannot be
    negative."""

    unknowns: Sequence[Unknown]
    given: Sequence[Sum]
    not_negative: Sequence[Sum]


@dataclass(frozen=True)
class Candidate:
    """A sum that is given unless it is left out, and what it costs to leave it out."""

    sum: Sum
    cost: int


@dataclass(frozen=True)
class Protected:
    """A sum, and how wide the interval is at least that it may be told to."""

    sum: Sum
    width: int


@dataclass(frozen=True)
class Choice:
    """``left_out``: the numbers of the candidates that are not to be given. ``told``: the numbers of the protected
    sums that can be told all the same, because what is given elsewhere tells them."""

    left_out: frozenset[int]
    told: frozenset[int]


def choose(
    knowledge: Knowledge, candidates: Sequence[Candidate], left_out: Iterable[int], protected: Sequence[Protected]
) -> Choice:
    """Which candidates to leave out, besides those of ``left_out``, so that nobody can tell any of the protected sums
    to an interval narrower than its width.

    The sums are taken one after the other. Leaving out more never makes a sum easier to tell, so what has been
    protected stays so.
    """
    pair = _Pair(knowledge, candidates, left_out)
    seen = [(each.sum.value, each.sum.value) for each in protected]
    told = set()
    for number, each in enumerate(protected):
        lowest, highest = seen[number]
        if highest - lowest >= each.width:
            continue
        found = pair.differing(each)
        if found is None:
            told.add(number)
            continue
        for values in found:
            seen = [_widened(span, other.sum.of(values)) for span, other in zip(seen, protected, strict=True)]
    return Choice(frozenset(pair.left_out), frozenset(told))


def _widened(span: tuple[int, int], value: int) -> tuple[int, int]:
    return min(span[0], value), max(span[1], value)


class _Silent(highspy.Highs):
    """Writes nothing: a service's output is its log, and the solver would announce itself there."""

    def enableCallbacks(self) -> None:  # noqa: N802  # as the solver calls it, when it is made
        self.silent()


class _Pair:
    """Two sets of counts that may be the true one, as one linear program.

    Of each candidate the program may depart, at its cost; those it departs from are left out from then on.
    """

    def __init__(self, knowledge: Knowledge, candidates: Sequence[Candidate], left_out: Iterable[int]) -> None:
        self.left_out = set(left_out)
        self._size = len(knowledge.unknowns)
        self._program = _Silent()  # type: ignore[no-untyped-call]  # the solver declares no types of its own there
        # To find the cheapest in whole numbers takes long: at most twice its cost will do.
        self._program.setOptionValue("mip_rel_gap", 0.5)
        for unknown in [*knowledge.unknowns, *knowledge.unknowns]:
            self._program.addVar(unknown.least, _INFINITY)
        for first in (0, self._size):
            for each in knowledge.given:
                self._row(each.value, each.value, self._terms(each, first))
            for each in knowledge.not_negative:
                self._row(0, _INFINITY, self._terms(each, first))
        self._departures: dict[int, list[int]] = {}
        for number, candidate in enumerate(candidates):
            if number not in self.left_out:
                self._departures[number] = list(self._departing(candidate))

    def differing(self, protected: Protected) -> tuple[list[int], list[int]] | None:
        """Two sets of counts in which a sum differs by its width, with as little left out as was found; None if there
        are none whatever is left out."""
        lower = {unknown: -factor for unknown, factor in protected.sum.factors.items()}
        difference = self._terms(protected.sum, 0) | self._terms(Sum(lower, 0), self._size)
        self._row(protected.width, _INFINITY, difference)
        values = self._solved()
        self._program.deleteRows(1, [self._program.getNumRow() - 1])
        if values is None:
            return None
        for number, columns in list(self._departures.items()):
            if any(values[column] for column in columns):
                self._leave_out(number)
        return values[: self._size], values[self._size : 2 * self._size]

    def _departing(self, candidate: Candidate) -> Iterator[int]:
        """The columns by how much either set of counts departs from a candidate, upward and downward."""
        for first in (0, self._size):
            up = self._program.getNumCol()
            for _ in range(2):
                self._program.addVar(0, _INFINITY)
                self._program.changeColCost(self._program.getNumCol() - 1, candidate.cost)
            value = candidate.sum.value
            self._row(value, value, self._terms(candidate.sum, first) | {up: -1, up + 1: 1})
            yield from (up, up + 1)

    def _leave_out(self, number: int) -> None:
        self.left_out.add(number)
        for column in self._departures.pop(number):
            self._program.changeColCost(column, 0)

    def _solved(self) -> list[int] | None:
        """The values of all columns; None if none fit."""
        values = self._values()
        if values is None or all(abs(each - round(each)) < _EPSILON for each in values[: 2 * self._size]):
            return None if values is None else list(map(round, values))
        self._integral(highspy.HighsVarType.kInteger)
        values = self._values()
        self._integral(highspy.HighsVarType.kContinuous)
        return None if values is None else list(map(round, values))

    def _values(self) -> list[float] | None:
        """The values of all columns; None if none fit. Raises RuntimeError if the program ended otherwise."""
        self._program.run()
        match self._program.getModelStatus():
            case highspy.HighsModelStatus.kOptimal:
                return list(self._program.getSolution().col_value)
            case highspy.HighsModelStatus.kInfeasible:
                return None
            case status:
                raise RuntimeError(f"the linear program ended with {self._program.modelStatusToString(status)}")

    def _integral(self, kind: highspy.HighsVarType) -> None:
        for column in range(2 * self._size):
            self._program.changeColIntegrality(column, kind)

    def _terms(self, each: Sum, first: int) -> dict[int, int]:
        return {first + unknown: factor for unknown, factor in each.factors.items()}

    def _row(self, lower: float, upper: float, terms: Mapping[int, int]) -> None:
        self._program.addRow(lower, upper, len(terms), list(terms), list(map(float, terms.values())))
