"""Figures for publication: which counts of a report are given, so that no small count can be told from them. Pure.

A small count is left out. So that it cannot be calculated, others are left out as well: what is given leaves open an
interval as wide as PROTECTION_WIDTH for every small count; for the small rest of a part; for a small difference from
what has been published of the figure before; and for a small count in what parts of a period leave of it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from contracts.indicators import Declared, Indicator
from contracts.indicators.declaration import Distinct, Rows
from services.reporting.domain.counted import Counted
from services.reporting.domain.differences import between_reports
from services.reporting.domain.disclosure import PROTECTION_WIDTH, Disclosure, Place, PublicFigure, Shown, Withheld
from services.reporting.domain.editions import Edition, Equation, Group, groups_of
from services.reporting.domain.equations import within_report
from services.reporting.domain.periods import Period
from services.reporting.domain.stocks import carried_over

_Figures: TypeAlias = dict[Edition, PublicFigure]


@dataclass(frozen=True)
class Report:
    """Figures counted for a period from what was known until a moment."""

    period: Period
    known_until: datetime
    figures: Mapping[str, Counted]

    def edition(self, indicator: str) -> Edition:
        """One of its figures."""
        return Edition(self.figures[indicator], self.period, self.known_until)


@dataclass(frozen=True)
class Publication:
    """The public form of a report: of each figure what is given."""

    report: Report
    figures: Mapping[str, PublicFigure]

    def given(self, indicator: str) -> Mapping[Group, int]:
        """The counts of a figure that are given, by every group of rows of its breakdowns. Those of other groups are
        zero, unless they are left out or the figure is withheld."""
        match self.figures[indicator]:
            case Withheld():
                return {}
            case Shown(left_out=left_out):
                sums = _sums(self.report.edition(indicator))
                return {group: count for group, count in sums.items() if group not in left_out}


def public_form(report: Report, earlier: Sequence[Publication], declared: Declared) -> Publication:
    """What of a report may be given after all that has been published before, in that order.

    A figure that has been published with the same counts for the same period and moment is given as it was. Sums,
    averages and largest groups are withheld: how many people stand behind such a number is not in it. So is what its
    declaration withholds.
    """
    past: _Figures = {}
    for publication in earlier:
        past |= {publication.report.edition(name): figure for name, figure in publication.figures.items()}
    new = [report.edition(name) for name in report.figures]
    chosen = {edition: _without_choice(edition, past, declared) for edition in new}
    known = {edition: figure for edition, figure in past.items() if _counts_each(edition.indicator)}
    to_choose = [edition for edition, figure in chosen.items() if figure is None]
    figures = {edition: figure for edition, figure in chosen.items() if figure is not None}
    for editions, equations in _connected([*known, *to_choose], to_choose, declared):
        together = {edition: figure for edition, figure in known.items() if edition in editions}
        figures |= _chosen(together, [edition for edition in to_choose if edition in editions], equations)
    return Publication(report, {edition.indicator.id: figures[edition] for edition in new})


def _without_choice(
    edition: Edition, past: Mapping[Edition, PublicFigure], declared: Declared
) -> PublicFigure | None:
    """What is given of a figure whatever else is; None if that has to be chosen."""
    if not _counts_each(edition.indicator):
        return Withheld()
    what = (edition.indicator.id, edition.period, edition.known_until)
    for other, figure in past.items():
        if what == (other.indicator.id, other.period, other.known_until) and _sums(edition) == _sums(other):
            return figure
    return Withheld() if declared.is_withheld(edition.indicator) else None


def _counts_each(indicator: Indicator) -> bool:
    return isinstance(indicator.measure, Rows | Distinct)


def _sums(edition: Edition) -> Mapping[Group, int]:
    """The counts of every group of rows of a figure in which anything is counted."""
    sums: defaultdict[Group, int] = defaultdict(int)
    for cell, count in edition.cells():
        for group in groups_of(cell) if count else ():
            sums[group] += count
    return sums


# What hangs together --------------------------------------------------------------------------------------------


def _connected(
    editions: Sequence[Edition], new: Sequence[Edition], declared: Declared
) -> Iterator[tuple[set[Edition], list[Equation]]]:
    """The editions that equations connect, directly or by others, with those equations, where a new one is among
    them."""
    equations = list(_equations(editions, declared))
    connected = {edition: {edition} for edition in editions}
    for equation in equations:
        together = set[Edition]().union(*(connected[term.edition] for term in equation.terms))
        for edition in together:
            connected[edition] = together
    done: set[Edition] = set()
    for edition in new:
        if edition not in done:
            done |= connected[edition]
            yield connected[edition], [each for each in equations if each.terms[0].edition in connected[edition]]


def _equations(editions: Sequence[Edition], declared: Declared) -> Iterator[Equation]:
    """All that follows from the declarations, where the counts bear it out."""
    reports: defaultdict[object, list[Edition]] = defaultdict(list)
    figures: defaultdict[str, list[Edition]] = defaultdict(list)
    for edition in editions:
        reports[edition.period.id, edition.known_until].append(edition)
        figures[edition.indicator.id].append(edition)
    for together in reports.values():
        yield from filter(Equation.is_borne_out, within_report(together, declared))
    for alike in figures.values():
        yield from filter(Equation.is_borne_out, between_reports(alike, declared))
    yield from filter(Equation.is_borne_out, carried_over(editions, declared))


# The choice -----------------------------------------------------------------------------------------------------


def _chosen(past: _Figures, new: Sequence[Edition], equations: Sequence[Equation]) -> _Figures:
    """What is given of new editions. A figure is withheld where to leave out some of its counts does not protect.

    What earlier publications have told to a narrower interval than ours cannot be taken back; it is to be told to no
    narrower one by this.
    """
    widths: dict[Place, int] = {}
    withheld: set[Edition] = set()
    while True:
        shown = [edition for edition in new if edition not in withheld]
        public: _Figures = {edition: Withheld() if edition in withheld else Shown() for edition in new}
        disclosure = Disclosure(past | public, frozenset(shown), equations)
        left_out, told = disclosure.solved(dict.fromkeys(disclosure.places, PROTECTION_WIDTH) | widths)
        if not told:
            return public | {edition: Shown(left_out.get(edition, frozenset())) for edition in shown}
        if unmeasured := [place for place in told if place not in widths]:
            widths |= _widths_before(past, new, equations, unmeasured)
        else:
            withheld.update(disclosure.editions_of(told).intersection(shown) or shown)


def _widths_before(
    past: _Figures, new: Sequence[Edition], equations: Sequence[Equation], places: Sequence[Place]
) -> dict[Place, int]:
    """How wide the intervals of sums are, up to the usual width, when nothing new is given."""
    withheld: _Figures = {edition: Withheld() for edition in new}
    disclosure = Disclosure(past | withheld, frozenset(), equations)
    widths = dict.fromkeys(places, PROTECTION_WIDTH)
    for width in range(PROTECTION_WIDTH - 1, -1, -1):
        _, told = disclosure.solved(widths)
        widths |= dict.fromkeys(told, width)
    return widths
