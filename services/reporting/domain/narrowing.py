"""What follows from declarations alone: of two conditions whether one implies the other, or both cannot hold; and how
the counts of an indicator in two periods hang together. Pure."""

from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import Final

from contracts.indicators import Declared, Indicator
from contracts.indicators.declaration import (
    AnyPeriod,
    Condition,
    EventPeriod,
    Exists,
    Is,
    Known,
    NoneOf,
    OnDay,
    OneOf,
    Rows,
    StockPeriod,
)

# Days that lie in one of these lie in none of the others.
_APART: Final = frozenset({"before_period", "in_period", "after_period_or_never"})


def conditions(indicator: Indicator, declared: Declared) -> tuple[Condition, ...]:
    """All that holds of what an indicator counts, besides its period."""
    return (*declared.population(indicator).where, *declared.narrowed(indicator))


def narrower(some: Iterable[Condition], others: Iterable[Condition]) -> bool:
    """Whether all the other conditions hold wherever ``some`` hold."""
    given = tuple(some)
    return all(any(_implies(each, other) for each in given) for other in others)


def apart(one: Condition, other: Condition) -> bool:
    """Whether the two never hold of the same row, because one column would need two values."""
    match one, other:
        case (Is() | OneOf(), Is() | OneOf()):
            return one.column == other.column and not _values(one) & _values(other)
        case OnDay(), OnDay():
            return one.column == other.column and {one.day, other.day} <= _APART and one.day != other.day
        case (Is() | OneOf(), NoneOf()):
            return one.column == other.column and _values(one) <= frozenset(other.values)
        case (NoneOf(), Is() | OneOf()):
            return apart(other, one)
        case Known(), Known():
            return one.column == other.column and one.known != other.known
        case _:
            return False


def _implies(one: Condition, other: Condition) -> bool:
    if one == other:
        return True
    match one, other:
        case (Is() | OneOf(), OneOf()):
            return one.column == other.column and _values(one) <= _values(other)
        case (Is() | OneOf(), NoneOf()):
            return one.column == other.column and not _values(one) & frozenset(other.values)
        case (Is() | OneOf(), Known(known=True)):
            return one.column == other.column
        case _:
            return False


def _values(condition: Is | OneOf) -> frozenset[object]:
    return frozenset([condition.value]) if isinstance(condition, Is) else frozenset(condition.values)


class Across(Enum):
    """How an indicator's counts in periods hang together."""

    SUMS = auto()
    """What parts of a period count sums to what the whole counts: events, each on its day."""

    COVERS = auto()
    """The whole counts no less than any part, and no more than parts that cover it: what goes on, and cases that are
    counted once however many events they have."""

    EXCEEDS = auto()
    """The whole counts no less than parts that do not overlap, and perhaps more: events of which something is also
    asked that may come after the part."""

    FIRST_DAY = auto()
    """Only the period's first day matters."""

    LAST_DAY = auto()
    """Only the period's last day matters."""

    TO_DATE = auto()
    """All until the period's last day: a later one counts no less."""

    NOTHING = auto()
    """Nothing is known."""


def across(indicator: Indicator, declared: Declared) -> Across:
    """How an indicator's counts in different periods hang together."""
    days = frozenset(_days(conditions(indicator, declared)))
    counts_rows = indicator.measure == Rows()
    match declared.population(indicator).period:
        case EventPeriod() if not days:
            return Across.SUMS if counts_rows else Across.COVERS
        case EventPeriod() if days == {"by_end"}:
            return Across.EXCEEDS
        case StockPeriod() if not days:
            return Across.COVERS
        case StockPeriod() | AnyPeriod() if days == {"in_period"}:
            return Across.SUMS if counts_rows else Across.COVERS
        case StockPeriod() if days == {"before_period"}:
            return Across.FIRST_DAY
        case StockPeriod() if days == {"after_period_or_never"}:
            return Across.LAST_DAY
        case AnyPeriod() if days == {"by_end"}:
            return Across.TO_DATE
        case AnyPeriod() if days <= {"by_end", "before_last_day", "after_period_or_never"}:
            return Across.LAST_DAY
        case _:
            return Across.NOTHING


def _days(given: Iterable[Condition]) -> Iterator[str]:
    for each in given:
        if isinstance(each, OnDay):
            yield each.day
        elif isinstance(each, Exists):
            yield from _days(each.where)


def depends_on_period(breakdown_conditions: Iterable[Condition]) -> bool:
    """Whether what stands in a row changes with the period, as the spring of a year and of a quarter differ."""
    return any(True for _ in _days(breakdown_conditions))
