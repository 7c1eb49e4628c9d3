"""Who goes on from one period to another: equations between the stocks of different periods. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations, product

from contracts.indicators import Declared
from contracts.indicators.declaration import Condition, OnDay, Rows, StockPeriod
from services.reporting.domain.editions import Edition, Equation, Holds, Term
from services.reporting.domain.equations import Slice, equation_of, slices_of
from services.reporting.domain.narrowing import Across, across, narrower


def carried_over(editions: Sequence[Edition], declared: Declared) -> Iterator[Equation]:
    """The equations between the stocks of reports that are known until one moment.

    Where a period follows on another, those who had not ended are those who had begun before. Where a period begins,
    or ends, with a longer one, those who are missing from it came, or left, in the rest of the longer one. Where a
    report does not count just those, what it counts still bounds them.
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

    def stayed(self) -> "_Bounds":
        """Those who had not ended when the period ended."""
        after = self._just(OnDay(column=self._period.until, day="after_period_or_never"))
        return self._without(OnDay(column=self._period.until, day="in_period"), after)

    def came_before(self) -> "_Bounds":
        """Those who had begun before the period."""
        before = self._just(OnDay(column=self._period.since, day="before_period"))
        return self._without(OnDay(column=self._period.since, day="in_period"), before)

    def _just(self, day: OnDay) -> tuple[Term, ...]:
        """Those of whom this holds, as a figure or as a row of one; () if the report has neither."""
        wanted = (*self._whole.conditions, day)
        return next(((Term(1, each.edition, each.row),) for each in self._alike() if each.has_just(wanted)), ())

    def _without(self, day: OnDay, rest: tuple[Term, ...]) -> "_Bounds":
        """All but those of whom it holds. ``rest``: the same as a figure of its own, if there is one.

        A figure that counts them and others too gives a lower bound, and all together are an upper one.
        """
        wanted = (*self._whole.conditions, day)
        whole = Term(1, self.edition)
        wider = [each for each in self._alike() if narrower(wanted, each.conditions)]
        less = [(whole, Term(-1, each.edition, each.row)) for each in wider if not self._whole.narrows(each)]
        exact = rest or next(((whole, each) for each in self._taken(wanted)), ())
        return _Bounds([exact], [exact]) if exact else _Bounds([*less], [(whole,)])

    def _taken(self, wanted: Sequence[Condition]) -> Iterator[Term]:
        yield from (Term(-1, each.edition, each.row) for each in self._alike() if each.has_just(wanted))

    def _alike(self) -> Iterator[Slice]:
        return (each for each in self._report if each.counts == self._whole.counts)


@dataclass(frozen=True)
class _Bounds:
    """Sums of counts between which a number of people lies that may be no figure: at least, at most."""

    least: Sequence[tuple[Term, ...]]
    most: Sequence[tuple[Term, ...]]


def _between(one: _Stock, other: _Stock) -> Iterator[Equation]:
    first, second = one.edition.period, other.edition.period
    if first.following == second.first:
        yield from _same(one.stayed(), other.came_before())
    elif first.first < second.first and first.last == second.last:
        yield from _same(one.stayed(), other.stayed())
    elif first.first == second.first and first.last > second.last:
        yield from _same(one.came_before(), other.came_before())


def _same(some: _Bounds, others: _Bounds) -> Iterator[Equation]:
    """What is known because two bounded numbers are the same."""
    if some.least == some.most and others.least == others.most:
        yield _known(some.least[0], others.least[0], Holds.ZERO)
        return
    for most, least in (*product(some.most, others.least), *product(others.most, some.least)):
        yield _known(most, least, Holds.NOT_NEGATIVE)


def _known(some: tuple[Term, ...], others: tuple[Term, ...], holds: Holds) -> Equation:
    less = (Term(-each.factor, each.edition, each.row) for each in others)
    equation = equation_of((*some, *less), holds)
    return Equation(equation.terms, equation.by, equation.holds, protected=False)
