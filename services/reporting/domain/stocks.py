"""Who goes on from one period to another: equations between the stocks of different periods. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import permutations, product

from contracts.indicators import Declared
from contracts.indicators.declaration import DayRule, OnDay, Rows, StockPeriod
from services.reporting.domain.editions import Edition, Equation, Holds, Term
from services.reporting.domain.equations import Slice, equation_of, slices_of
from services.reporting.domain.narrowing import Across, across


def carried_over(editions: Sequence[Edition], declared: Declared) -> Iterator[Equation]:
    """The equations between the stocks of reports that are known until one moment.

    Where a period follows on another, those who had not ended are those who had begun before. Where a period begins,
    or ends, with a longer one, those who are missing from it came, or left, in the rest of the longer one.
    """
    reports: defaultdict[object, list[Slice]] = defaultdict(list)
    for edition in editions:
        reports[edition.period.id, edition.known_until].extend(slices_of(edition, declared))
    for some, others in permutations(reports.values(), 2):
        if some[0].edition.known_until == others[0].edition.known_until:
            for one, other in product(_stocks(some, declared), _stocks(others, declared)):
                if one.edition.indicator.id == other.edition.indicator.id:
                    yield from _between(one, other)


def _stocks(report: Sequence[Slice], declared: Declared) -> Iterator["_Stock"]:
    """The figures of a report of all who were there in its period."""
    for each in report:
        period, indicator = each.population.period, each.edition.indicator
        goes_on = indicator.measure == Rows() and across(indicator, declared) is Across.COVERS
        if isinstance(period, StockPeriod) and goes_on and not each.row:
            yield _Stock(each, period, report)


class _Stock:
    """A figure of those who were there in a period, and the figures of the same report."""

    def __init__(self, whole: Slice, period: StockPeriod, report: Sequence[Slice]) -> None:
        self.edition = whole.edition
        self._whole = whole
        self._period = period
        self._report = report

    def less(self, others: tuple[Term, ...], factor: int) -> tuple[Term, ...]:
        """All who were there, with the factor, and those others; () if there are no others."""
        return (Term(factor, self.edition), *others) if others else ()

    def began(self, day: DayRule, factor: int) -> tuple[Term, ...]:
        """Those whose first day lies so, as a figure or as a row of one; () if the report has neither."""
        return self._whose(OnDay(column=self._period.since, day=day), factor)

    def ended(self, day: DayRule, factor: int) -> tuple[Term, ...]:
        """Those whose last day lies so, in the same way."""
        return self._whose(OnDay(column=self._period.until, day=day), factor)

    def _whose(self, day: OnDay, factor: int) -> tuple[Term, ...]:
        wanted = (*self._whole.conditions, day)
        for each in self._report:
            if each.counts == self._whole.counts and each.has_just(wanted):
                return (Term(factor, each.edition, each.row),)
        return ()


def _between(one: _Stock, other: _Stock) -> Iterator[Equation]:
    first, second = one.edition.period, other.edition.period
    if first.following == second.first:
        stayed = one.ended("after_period_or_never", 1) or one.less(one.ended("in_period", -1), 1)
        came = other.began("before_period", -1) or other.less(other.began("in_period", 1), -1)
        yield from _known(stayed, came)
    elif first.first < second.first and first.last == second.last:
        yield from _known(one.less(one.ended("in_period", -1), 1), other.less(other.ended("in_period", 1), -1))
    elif first.first == second.first and first.last > second.last:
        yield from _known(one.less(one.began("in_period", -1), 1), other.less(other.began("in_period", 1), -1))


def _known(some: tuple[Term, ...], others: tuple[Term, ...]) -> Iterator[Equation]:
    if some and others:
        equation = equation_of((*some, *others), Holds.ZERO)
        yield Equation(equation.terms, equation.by, equation.holds, protected=False)
