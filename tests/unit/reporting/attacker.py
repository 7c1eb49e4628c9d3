"""Somebody who wants to tell small counts from publications, and knows what is published and what everybody knows.

The attacker does not know our equations. It imagines every kind of row that there can be, as many of each as may be
(a whole number), and knows of each kind which figures count it. So whatever hangs together hangs together here.
"""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Final

import highspy

from contracts.indicators import Declared
from services.reporting.domain.disclosure import Shown
from services.reporting.domain.editions import Group, groups_of
from services.reporting.domain.suppression import Publication, Report
from tests.unit.reporting.rows_counted import Row, counted

_MOST: Final = 10_000
"""More rows of one kind than there are in any test."""

Counts = Mapping[int, int]
"""A number that is added up from kinds of rows, each with its factor."""


class Attacker:
    """Has read publications. ``kinds``: the kinds of rows there can be."""

    def __init__(self, kinds: Sequence[Row], publications: Sequence[Publication], declared: Declared) -> None:
        self._kinds = kinds
        self._declared = declared
        self._program = highspy.Highs()  # type: ignore[no-untyped-call]
        self._program.silent()
        for kind in range(len(kinds)):
            self._program.addVar(0, _MOST)
            self._program.changeColIntegrality(kind, highspy.HighsVarType.kInteger)
        for publication in publications:
            for name in publication.figures:
                self._read(publication, name)

    def interval(self, wanted: Counts) -> tuple[int, int]:
        """The least and the greatest that a number can be."""
        return self._end(wanted, highspy.ObjSense.kMinimize), self._end(wanted, highspy.ObjSense.kMaximize)

    def _read(self, publication: Publication, name: str) -> None:
        figure = publication.figures[name]
        if not isinstance(figure, Shown):
            return
        given = publication.given(name)
        for group, kinds in by_group(self._kinds, publication.report, name, self._declared).items():
            if group in figure.left_out:
                self._know(kinds, 1, inf)
            else:
                self._know(kinds, given.get(group, 0), given.get(group, 0))

    def _know(self, counts: Counts, least: float, most: float) -> None:
        self._program.addRow(least, most, len(counts), list(counts), list(map(float, counts.values())))

    def _end(self, wanted: Counts, sense: highspy.ObjSense) -> int:
        costs = [float(wanted.get(kind, 0)) for kind in range(len(self._kinds))]
        self._program.changeColsCost(len(costs), list(range(len(costs))), costs)
        self._program.changeObjectiveSense(sense)
        self._program.run()
        status = self._program.getModelStatus()
        assert status == highspy.HighsModelStatus.kOptimal, f"what is published contradicts itself: {status}"
        return round(self._program.getInfo().objective_function_value)


def by_group(kinds: Sequence[Row], report: Report, name: str, declared: Declared) -> dict[Group, dict[int, int]]:
    """The kinds of rows that each group of a figure counts."""
    found: dict[Group, dict[int, int]] = {}
    for number, kind in enumerate(kinds):
        for cell in _cells(kind, report, name, declared):
            for group in groups_of(cell):
                found.setdefault(group, {})[number] = 1
    return found


def _cells(kind: Row, report: Report, name: str, declared: Declared) -> list[Group]:
    one = counted(declared.indicators[name], declared, [kind], report.period, report.known_until)
    names = [each.id for each in one.breakdowns]
    return [tuple(zip(names, rows, strict=True)) for rows, count in one.counts.items() if count]
