"""The counts that follow from reports of different days and periods: what has changed, what lies between. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations, permutations

from contracts.indicators import Breakdown, Declared
from services.reporting.domain.editions import Edition, Equation, Holds, Term
from services.reporting.domain.narrowing import Across, across, depends_on_period
from services.reporting.domain.periods import Period


def between_reports(editions: Sequence[Edition], declared: Declared) -> Iterator[Equation]:
    """The equations between editions of one figure, at least one: of a period as known until different moments, and
    of periods that overlap."""
    rule = across(editions[0].indicator, declared)
    for one, other in combinations(editions, 2):
        if one.period == other.period:
            yield _equation((Term(1, other), Term(-1, one)), Holds.ANYTHING)
    for one, other in permutations(editions, 2):
        if one.period != other.period and one.period.last >= other.period.last:
            yield from _days_alike(one, other, rule)
    for whole in editions:
        yield from _parts(whole, editions, rule)


def _days_alike(one: Edition, other: Edition, rule: Across) -> Iterator[Equation]:
    """Of figures that one day decides."""
    pair = Term(1, one), Term(-1, other)
    match rule:
        case Across.FIRST_DAY if one.period.first == other.period.first:
            yield _equation(pair, _if_same_moment(pair, Holds.ZERO))
        case Across.LAST_DAY if one.period.last == other.period.last and one.period.first < other.period.first:
            yield _equation(pair, _if_same_moment(pair, Holds.ZERO))
        case Across.TO_DATE:
            same_day = one.period.last == other.period.last
            yield _equation(pair, _if_same_moment(pair, Holds.ZERO if same_day else Holds.NOT_NEGATIVE))


def _parts(whole: Edition, editions: Sequence[Edition], rule: Across) -> Iterator[Equation]:
    """What parts of a period leave of it."""
    inside = [each for each in editions if _inside(each.period, whole.period)]
    match rule:
        case Across.SUMS | Across.EXCEEDS:
            for each in inside:
                yield _left_over(whole, (each,), rule)
            for chosen in _choices(whole, inside):
                yield _left_over(whole, chosen, rule)
        case Across.COVERS:
            for each in inside:
                yield _left_over(whole, (each,), rule)
            for chosen in _choices(whole, inside):
                if _covers(whole.period, chosen):
                    terms = *(Term(1, each) for each in chosen), Term(-1, whole)
                    yield _equation(terms, _if_same_moment(terms, Holds.NOT_NEGATIVE))


def _left_over(whole: Edition, parts: Sequence[Edition], rule: Across) -> Equation:
    terms = Term(1, whole), *(Term(-1, each) for each in parts)
    all_of_it = rule is Across.SUMS and _covers(whole.period, parts)
    return _equation(terms, _if_same_moment(terms, Holds.ZERO if all_of_it else Holds.NOT_NEGATIVE))


def _choices(whole: Edition, inside: Sequence[Edition]) -> Iterator[tuple[Edition, ...]]:
    """Two or more parts that do not overlap: those that follow on each other from one day to another, the longest
    first; and all of one length. Of a part that is known until several moments, the whole's own, else the latest."""
    latest: dict[tuple[date, date], Edition] = {}
    for each in sorted(inside, key=lambda part: (part.known_until == whole.known_until, part.known_until)):
        latest[each.period.first, each.period.last] = each
    parts = sorted(latest.values(), key=lambda part: (part.period.first, -_days(part.period)))
    found: dict[tuple[Period, ...], tuple[Edition, ...]] = {}
    for day in sorted({each.period.first for each in parts}):
        for last in sorted({each.period.last for each in parts}):
            chain = _chain(parts, day, last)
            found[tuple(each.period for each in chain)] = chain
    for length in sorted({_months(each.period) for each in parts}):
        alike = _apart([each for each in parts if _months(each.period) == length])
        found[tuple(each.period for each in alike)] = alike
    yield from (chosen for chosen in found.values() if len(chosen) > 1)


def _chain(parts: Sequence[Edition], day: date, last: date) -> tuple[Edition, ...]:
    """Parts of which each begins the day after the one before it has ended, from a day to the last; () if there are
    none that reach it."""
    chain: list[Edition] = []
    for each in parts:
        if each.period.first == day and each.period.last <= last:
            chain.append(each)
            day = each.period.following
    return tuple(chain) if chain and chain[-1].period.last == last else ()


def _apart(parts: Sequence[Edition]) -> tuple[Edition, ...]:
    """The parts less those that overlap one before them."""
    chosen: list[Edition] = []
    for each in parts:
        if not chosen or chosen[-1].period.last < each.period.first:
            chosen.append(each)
    return tuple(chosen)


def _covers(whole: Period, parts: Sequence[Edition]) -> bool:
    return sum(_days(each.period) for each in parts) == _days(whole)


def _inside(part: Period, whole: Period) -> bool:
    return part != whole and whole.first <= part.first and part.last <= whole.last


def _days(period: Period) -> int:
    return (period.following - period.first).days


def _months(period: Period) -> int:
    """About how many months it has, which tells months, quarters, half-years and years apart."""
    return round(_days(period) / 30)


def _if_same_moment(terms: Sequence[Term], holds: Holds) -> Holds:
    """What holds of counts that are known until one moment. Between two moments anything may be registered or taken
    back."""
    return holds if len({term.edition.known_until for term in terms}) == 1 else Holds.ANYTHING


def _equation(terms: tuple[Term, ...], holds: Holds) -> Equation:
    """Counts by the breakdowns whose rows mean the same in all the periods."""
    first = terms[0].edition
    one_period = len({term.edition.period.id for term in terms}) == 1
    by = tuple(each.id for each in first.counted.breakdowns if one_period or not _of_the_period(each))
    return Equation(terms, by, holds)


def _of_the_period(breakdown: Breakdown) -> bool:
    return any(depends_on_period(group.where) for group in breakdown.groups)
