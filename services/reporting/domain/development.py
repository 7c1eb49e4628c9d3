"""A figure over time: which can be read month by month or year by year, and two periods beside each other. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from contracts.indicators import Declared, Indicator
from contracts.indicators.declaration import Condition, EventPeriod, Exists, OnDay, Rows
from services.reporting.domain.counted import Counted
from services.reporting.domain.periods import FIRST_YEAR, Period, months_of, year_period

_YEARS: Final = 5


class OverTime(StrEnum):
    """What a figure's months say of its year."""

    ADDS_UP = "adds_up"
    """Each counted row belongs to one month: the months sum to the year."""
    BY_ITSELF = "by_itself"
    """What is counted happens in a month, but the same may be counted in several, or each is rounded by itself."""
    STOCK = "stock"
    """What is counted is there in many months: it is no series of events."""


class Span(StrEnum):
    """What one step of a development is."""

    MONTH = "manad"
    YEAR = "ar"


@dataclass(frozen=True)
class Step:
    """A count of a month or year. ``beside``: of the same month or year in the period compared with."""

    period: Period
    count: int
    beside: int | None = None


@dataclass(frozen=True)
class Difference:
    """A cell in two periods. ``group``: the row of each breakdown; of none for the whole."""

    group: Mapping[str, str]
    count: int
    beside: int

    @property
    def change(self) -> int:
        """How many more than in the period compared with."""
        return self.count - self.beside


def over_time(indicator: Indicator, declared: Declared) -> OverTime:
    """What the months of an indicator say, by its declaration."""
    population = declared.population(indicator)
    conditions = (*population.where, *declared.narrowed(indicator))
    days = {each.day for each in conditions if isinstance(each, OnDay)}
    happens = isinstance(population.period, EventPeriod) or "in_period" in days
    if not happens or days - {"in_period"} or any(map(_looks_at_another_day, conditions)):
        return OverTime.STOCK
    counts_rows = isinstance(indicator.measure, Rows)
    return OverTime.ADDS_UP if counts_rows else OverTime.BY_ITSELF


def steps_of(period: Period, span: Span, today: date) -> tuple[Period, ...]:
    """The months of a period, or the five years of which its last is the last, that have begun. A period that is a
    month, or is called by its days, has no months."""
    match span:
        case Span.MONTH:
            found = months_of(period)
        case Span.YEAR:
            years = range(max(FIRST_YEAR, period.last.year - _YEARS + 1), period.last.year + 1)
            found = tuple(map(year_period, years))
    return tuple(each for each in found if each.first <= today)


def beside_steps(period: Period, other: Period, today: date) -> tuple[Period, ...]:
    """The months of another period that stand beside those of a period: none unless both have the same, as two years
    have, or the springs of two years."""
    names = [[month.first.month for month in months_of(each)] for each in (period, other)]
    return (
        steps_of(other, Span.MONTH, today)[: len(steps_of(period, Span.MONTH, today))] if names[0] == names[1] else ()
    )


def development(periods: Sequence[Period], counts: Sequence[int], beside: Sequence[int]) -> tuple[Step, ...]:
    """The counts of periods, each beside the one in the same place of those compared with. ``beside`` may be shorter,
    or empty where nothing is compared."""
    padded = (*beside, *([None] * len(periods)))
    return tuple(Step(*each) for each in zip(periods, counts, padded, strict=False))


def differences(counted: Counted, other: Counted) -> Iterator[Difference]:
    """The cells that count something in either period, and the whole last. ``other``: the same indicator."""
    groups = {tuple(group.items()): group for each in (counted, other) if each.breakdowns for group in each.groups()}
    for group in groups.values():
        count, beside = counted.total(**group), other.total(**group)
        if count or beside:
            yield Difference(group, count, beside)
    yield Difference({}, counted.total(), other.total())


def _looks_at_another_day(condition: Condition) -> bool:
    """Whether it asks for another fact on a day of the period: that may be of several months."""
    return isinstance(condition, Exists) and any(isinstance(each, OnDay) for each in condition.where)
