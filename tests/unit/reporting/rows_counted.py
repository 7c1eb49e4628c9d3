"""Counts indicators from rows of a fact that stand in a test, as the SQL made of their declarations would."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias, assert_never

from contracts.indicators import Breakdown, Declared, Indicator
from contracts.indicators.declaration import (
    AnyPeriod,
    Condition,
    EventPeriod,
    Is,
    Known,
    NoneOf,
    OnDay,
    OneOf,
    StockPeriod,
)
from services.reporting.domain.counted import Counted
from services.reporting.domain.periods import Period

Row: TypeAlias = Mapping[str, Any]
"""The columns of a fact's row, those of other facts by their whole names; and from when until when it is known:
``registered`` and ``taken_back``."""


def counted(
    indicator: Indicator, declared: Declared, rows: Iterable[Row], period: Period, until: datetime
) -> Counted:
    """What an indicator counts of the rows in a period that were known at a moment."""
    breakdowns = declared.broken_down(indicator)
    conditions = (*declared.population(indicator).where, *declared.narrowed(indicator))
    counts: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        if not _is_known(row, until) or not _in_period(row, indicator, declared, period):
            continue
        if not all(_holds(each, row, period) for each in conditions):
            continue
        counts[tuple(_row_of(each, row, period) for each in breakdowns)] += 1
    return Counted(indicator, breakdowns, counts)


def _is_known(row: Row, until: datetime) -> bool:
    taken_back = row["taken_back"]
    return bool(row["registered"] <= until and (taken_back is None or taken_back > until))


def _in_period(row: Row, indicator: Indicator, declared: Declared, period: Period) -> bool:
    match declared.population(indicator).period:
        case EventPeriod(day=day):
            return row[day] is not None and bool(period.first <= row[day] <= period.last)
        case StockPeriod(since=since, until=until):
            return (
                row[since] is not None
                and row[since] <= period.last
                and not (row[until] and row[until] < period.first)
            )
        case AnyPeriod():
            return True
        case never:
            assert_never(never)


def _row_of(breakdown: Breakdown, row: Row, period: Period) -> str:
    if breakdown.column is not None:
        return str(row[breakdown.column] or breakdown.rest.id)
    fitting = (group.id for group in breakdown.groups if all(_holds(each, row, period) for each in group.where))
    return next(fitting, breakdown.rest.id)


def _holds(condition: Condition, row: Row, period: Period) -> bool:
    match condition:
        case Is(column=column, value=value):
            return bool(row[column] == value)
        case OneOf(column=column, values=values):
            return row[column] in values
        case NoneOf(column=column, values=values):
            return row[column] not in values
        case Known(column=column, known=known):
            return (row[column] is not None) == known
        case OnDay(column=column, day=rule):
            return _lies(row[column], rule, period)
        case _:
            raise NotImplementedError(f"no row in a test has this: {condition}")


def _lies(day: date | None, rule: str, period: Period) -> bool:
    if day is None:
        return rule == "after_period_or_never"
    match rule:
        case "before_period":
            return day < period.first
        case "in_period":
            return period.first <= day <= period.last
        case "by_end":
            return day <= period.last
        case "first_half":
            return period.first <= day <= period.last and _months_since(day, period.first) < 6
        case "second_half":
            return day <= period.last and _months_since(day, period.first) >= 6
        case "after_period_or_never":
            return day > period.last
        case _:
            raise NotImplementedError(rule)


def _months_since(day: date, first: date) -> int:
    """Months from the first of a month."""
    return 12 * (day.year - first.year) + day.month - first.month
