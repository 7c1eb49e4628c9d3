"""The SQL that counts indicators, made from their declarations in :mod:`contracts.indicators`. Pure.

A declaration holds names of columns, which loading has checked against the declared facts, and codes and numbers,
whose form lets them stand in SQL as they are. $1 is the period's first day, $2 the first day after it.

Indicators of one population that are broken down alike are counted in one reading of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Final, assert_never

from contracts.indicators import Breakdown, Declared, Indicator, load_goals, load_indicators
from contracts.indicators.declaration import (
    AnyPeriod,
    Average,
    Between,
    Condition,
    DaysBetween,
    Distinct,
    Empty,
    EventPeriod,
    Exists,
    Has,
    Is,
    Known,
    LargestGroup,
    NoneOf,
    OnDay,
    OneOf,
    Population,
    Rows,
    Scalar,
    StockPeriod,
    Sum,
    SumPerCase,
)
from services.reporting.facts import CASE_ID, COLUMNS

DECLARED: Final[Declared] = load_indicators(COLUMNS)
GOALS: Final = load_goals(DECLARED)

_FIRST: Final = "$1::date"
_FOLLOWING: Final = "$2::date"
_SECOND_HALF: Final = f"({_FIRST} + interval '6 months')"
_DAYS: Final[Mapping[str, str]] = {
    "before_period": f"{{0}} < {_FIRST}",
    "in_period": f"{{0}} >= {_FIRST} AND {{0}} < {_FOLLOWING}",
    "first_half": f"{{0}} >= {_FIRST} AND {{0}} < {_SECOND_HALF} AND {{0}} < {_FOLLOWING}",
    "second_half": f"{{0}} >= {_SECOND_HALF} AND {{0}} < {_FOLLOWING}",
    "by_end": f"{{0}} < {_FOLLOWING}",
    "before_last_day": f"{{0}} < {_FOLLOWING} - 1",
    **{f"over_{days}_days_before_end": f"{{0}} < {_FOLLOWING} - 1 - {days}" for days in (30, 90, 180)},
    "after_period_or_never": f"({{0}} IS NULL OR {{0}} >= {_FOLLOWING})",
}
# So that a statement that compares no day has the same parameters as all others.
_A_PERIOD: Final = f"{_FIRST} < {_FOLLOWING}"


def asked_for(when: str, declared: Declared = DECLARED) -> tuple[Indicator, ...]:
    """The indicators that are counted for a ``year`` or for ``today``: those whose cells sum."""
    return tuple(
        each
        for each in declared.indicators.values()
        if each.asked_for == when and not isinstance(each.measure, Average)
    )


class NotValid(LookupError):
    """There is no such figure, or none of its versions is valid when the period ends."""


def figure_of(indicator_id: str, last: date, version: int | None, declared: Declared = DECLARED) -> Indicator:
    """A figure of a period that ends on a day: the version that is valid then, or the one asked for.

    Raises NotValid.
    """
    if indicator_id in declared.indicators:
        for each in reversed(declared.versions(indicator_id)):
            if each.asked_for == "year" and (each.version == version or (version is None and each.valid_on(last))):
                return each
    raise NotValid(indicator_id)


def averages(declared: Declared = DECLARED) -> tuple[Indicator, ...]:
    """The indicators whose cells do not sum: means with their medians."""
    return tuple(each for each in declared.indicators.values() if isinstance(each.measure, Average))


def question(indicators: Iterable[Indicator], declared: Declared = DECLARED) -> str:
    """One statement that counts indicators: rows of (indicator, groups, count), a group for each breakdown.

    Raises ValueError for an average, which :func:`averages_question` asks for.
    """
    readings = groupby(sorted(indicators, key=_reading(declared)), key=_reading(declared))
    return "\nUNION ALL\n".join(_select(tuple(each), declared) for _, each in readings)


def statement(indicator: Indicator, declared: Declared = DECLARED) -> str:
    """The statement that counts or averages one indicator."""
    ask = averages_question if isinstance(indicator.measure, Average) else question
    return ask([indicator], declared)


def averages_question(indicators: Iterable[Indicator], declared: Declared = DECLARED) -> str:
    """One statement for averages: rows of (indicator, groups, mean, median, count, without).

    ``groups``: a row for each breakdown, NULL for all its rows together. ``count``: how many rows, or cases of a sum
    for each case, the two rest on; ``without``: how many others there are, of which it is not known. Mean and median
    are NULL where they would rest on none. Raises ValueError for an indicator that is counted.
    """
    return "\nUNION ALL\n".join(_average(each, declared) for each in indicators)


def cases_question(indicator: Indicator, parameter: int, declared: Declared = DECLARED) -> str:
    """One statement for the cases that an indicator counts, in the order of their ids.

    ``parameter``: the number of the first parameter after the period's and the moment's. There stand the wanted row
    of each breakdown, NULL for all rows; then the case after which to go on; then how many at most.
    """
    population = declared.population(indicator)
    sql = _Sql(population.fact)
    case_id = sql.column(CASE_ID)
    conditions = [sql.where(population), *map(sql.condition, declared.narrowed(indicator))]
    if isinstance(indicator.measure, Average):
        conditions.append(f"{sql.averaged(indicator.measure.average)} IS NOT NULL")
    for breakdown in declared.broken_down(indicator):
        wanted = f"${parameter}::text"
        conditions.append(f"({wanted} IS NULL OR {sql.breakdown(breakdown)} = {wanted})")
        parameter += 1
    conditions.append(f"{case_id} > ${parameter}::uuid")
    where = "\n  AND ".join(conditions)
    return (
        f"SELECT DISTINCT {case_id} AS case_id\nFROM {sql.tables()}\nWHERE {where}\n"
        f"ORDER BY case_id LIMIT ${parameter + 1}"
    )


class _Reading:
    """By what indicators are put together in one reading of their population."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared

    def __call__(self, indicator: Indicator) -> tuple[str, tuple[str, ...], str]:
        root = self._declared.lineage(indicator)[-1].id
        alone = indicator.id if isinstance(indicator.measure, LargestGroup) else ""
        return root, tuple(each.id for each in self._declared.broken_down(indicator)), alone


def _reading(declared: Declared) -> _Reading:
    return _Reading(declared)


def _select(indicators: Sequence[Indicator], declared: Declared) -> str:
    """The rows of indicators that have population and breakdowns in common."""
    population = declared.population(indicators[0])
    breakdowns = declared.broken_down(indicators[0])
    sql = _Sql(population.fact)
    measure = indicators[0].measure
    inner = (
        _largest(indicators[0], measure, declared, sql)
        if isinstance(measure, LargestGroup)
        else _counts(indicators, breakdowns, declared, sql)
    )
    groups = ", ".join(f"by_{number}" for number in range(len(breakdowns)))
    rows = ", ".join(f"('{each.id}', count_{number})" for number, each in enumerate(indicators))
    return (
        f"SELECT counted.indicator, ARRAY[{groups}]::text[] AS groups, counted.count\n"
        f"FROM (\n{inner}\n) AS grouped\n"
        f"CROSS JOIN LATERAL (VALUES {rows}) AS counted (indicator, count)"
    )


def _counts(indicators: Sequence[Indicator], breakdowns: Sequence[Breakdown], declared: Declared, sql: "_Sql") -> str:
    population = declared.population(indicators[0])
    by = [f"{sql.breakdown(each)} AS by_{number}" for number, each in enumerate(breakdowns)]
    counts = [
        f"{sql.count(each, declared.narrowed(each))} AS count_{number}" for number, each in enumerate(indicators)
    ]
    grouped = f"\nGROUP BY {', '.join(str(number + 1) for number in range(len(by)))}" if by else ""
    columns = ",\n       ".join((*by, *counts))
    where = sql.where(population)
    return f"SELECT {columns}\nFROM {sql.tables()}\nWHERE {where}{grouped}"


def _average(indicator: Indicator, declared: Declared) -> str:
    """The rows of one average: of each cell, of the rows of each breakdown, and of the whole."""
    population = declared.population(indicator)
    sql = _Sql(population.fact)
    breakdowns = declared.broken_down(indicator)
    names = [f"by_{number}" for number in range(len(breakdowns))]
    by = [f"{sql.breakdown(each)} AS {name}" for each, name in zip(breakdowns, names, strict=True)]
    inner = _valued(_averaged(indicator), population, by, sql)
    grouped = f"\nGROUP BY CUBE ({', '.join(names)})" if names else ""
    return (
        f"SELECT '{indicator.id}' AS indicator, ARRAY[{', '.join(names)}]::text[] AS groups,\n"
        "       round(avg(value), 1) AS mean,\n"
        "       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY value))::numeric, 1) AS median,\n"
        "       count(value) AS count, count(*) - count(value) AS without\n"
        f"FROM (\n{inner}\n) AS valued{grouped}"
    )


def _averaged(indicator: Indicator) -> DaysBetween | SumPerCase:
    match indicator.measure:
        case Average(average=averaged):
            return averaged
        case _:
            raise ValueError(f"{indicator.id} is counted, and no average")


def _valued(averaged: DaysBetween | SumPerCase, population: Population, by: Sequence[str], sql: "_Sql") -> str:
    """What is averaged, with the breakdowns' rows: a value of each row, or of each case."""
    match averaged:
        case DaysBetween():
            columns = ",\n       ".join((*by, f"{sql.averaged(averaged)} AS value"))
            where = sql.where(population)
            return f"SELECT {columns}\nFROM {sql.tables()}\nWHERE {where}"
        case SumPerCase():
            columns = ",\n       ".join((sql.column(CASE_ID), *by, f"sum({sql.averaged(averaged)}) AS value"))
            where = sql.where(population)
            grouped = ", ".join(str(number + 1) for number in range(1 + len(by)))
            return f"SELECT {columns}\nFROM {sql.tables()}\nWHERE {where}\nGROUP BY {grouped}"
        case _:
            assert_never(averaged)


def _largest(indicator: Indicator, measure: LargestGroup, declared: Declared, sql: "_Sql") -> str:
    same = ", ".join(sql.column(each) for each in measure.largest_group)
    conditions = (sql.where(declared.population(indicator)), *map(sql.condition, declared.narrowed(indicator)))
    where = "\n  AND ".join(conditions)
    return (
        "SELECT coalesce(max(size), 0) AS count_0\nFROM (\n"
        f"SELECT count(*) AS size\nFROM {sql.tables()}\nWHERE {where}\nGROUP BY {same}\n) AS alike"
    )


class _Sql:
    """The words of a declaration as SQL, where a fact is counted. Notes which other facts are named."""

    def __init__(self, fact: str) -> None:
        self._fact = fact
        self._joined: dict[str, None] = {}

    def tables(self) -> str:
        """The fact and the facts of the case that have been named: a case that lacks one still counts."""
        return self._fact + "".join(f"\nLEFT JOIN {each} USING ({CASE_ID})" for each in self._joined)

    def column(self, name: str) -> str:
        fact, _, column = name.rpartition(".")
        if fact and fact != self._fact:
            self._joined[fact] = None
        return f"{fact or self._fact}.{column}"

    def where(self, population: Population) -> str:
        """What holds of a population's rows."""
        conditions = (*map(self.condition, population.where), self._period(population))
        return "\n  AND ".join(conditions)

    def count(self, indicator: Indicator, narrowed: Sequence[Condition]) -> str:
        conditions = " AND ".join(map(self.condition, narrowed))
        only = f" FILTER (WHERE {conditions})" if conditions else ""
        match indicator.measure:
            case Rows():
                return f"count(*){only}"
            case Distinct(distinct=column):
                return f"count(DISTINCT {self.column(column)}){only}"
            case Sum(sum=column):
                return f"coalesce(round(sum({self.column(column)}){only}), 0)::bigint"
            case LargestGroup() | Average():
                raise ValueError(f"{indicator.id} is not counted beside others")
            case _:
                assert_never(indicator.measure)

    def averaged(self, averaged: DaysBetween | SumPerCase) -> str:
        """The value of a row; of a sum for each case, what the row adds to it."""
        match averaged:
            case DaysBetween(since=since, until=until):
                first, last = self.column(since), self.column(until)
                return f"CASE WHEN {last} >= {first} THEN {last} - {first} END"
            case SumPerCase(sum_per_case=column):
                return self.column(column)
            case _:
                assert_never(averaged)

    def breakdown(self, breakdown: Breakdown) -> str:
        rest = breakdown.rest.id
        if breakdown.column is not None:
            return f"coalesce({self.column(breakdown.column)}::text, '{rest}')"
        groups = (
            f"WHEN {' AND '.join(map(self.condition, group.where))} THEN '{group.id}'" for group in breakdown.groups
        )
        return f"CASE {' '.join(groups)} ELSE '{rest}' END"

    def condition(self, condition: Condition) -> str:
        match condition:
            case Is(column=column, value=value):
                return f"{self.column(column)} = {_literal(value)}"
            case OneOf(column=column, values=values):
                return f"{self.column(column)} IN ({', '.join(map(_literal, values))})"
            case NoneOf(column=column, values=values):
                listed = ", ".join(map(_literal, values))
                return f"({self.column(column)} IS NULL OR {self.column(column)} NOT IN ({listed}))"
            case Known(column=column, known=known):
                return f"{self.column(column)} IS {'NOT ' if known else ''}NULL"
            case OnDay(column=column, day=day):
                return _DAYS[day].format(self.column(column))
            case Between(column=column, at_least=at_least, at_most=at_most):
                bounds = ((">=", at_least), ("<=", at_most))
                return " AND ".join(f"{self.column(column)} {sign} {n}" for sign, n in bounds if n is not None)
            case Has(column=column, has=value):
                return f"{self.column(column)} ? {_literal(value)}"
            case Empty(column=column, empty=empty):
                return f"{self.column(column)} {'=' if empty else '<>'} '[]'::jsonb"
            case Exists(exists=fact, where=where):
                return self._exists(fact, where)
            case _:
                assert_never(condition)

    def _exists(self, fact: str, where: Sequence[Condition]) -> str:
        other = _Sql(fact)
        conditions = (f"{fact}.{CASE_ID} = {self._fact}.{CASE_ID}", *map(other.condition, where))
        return f"EXISTS (SELECT FROM {fact} WHERE {' AND '.join(conditions)})"

    def _period(self, population: Population) -> str:
        match population.period:
            case EventPeriod(day=day):
                return _DAYS["in_period"].format(self.column(day))
            case StockPeriod(since=since, until=until):
                gone = self.column(until)
                return f"{self.column(since)} < {_FOLLOWING} AND ({gone} IS NULL OR {gone} >= {_FIRST})"
            case AnyPeriod():
                return _A_PERIOD


def _literal(value: Scalar) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    return f"'{value}'"
