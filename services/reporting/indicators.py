"""The SQL that counts indicators, made from their declarations in :mod:`contracts.indicators`. Pure.

A declaration holds names of columns, which loading has checked against the declared facts, and codes and numbers,
whose form lets them stand in SQL as they are. $1 is the period's first day, $2 the first day after it.

Indicators of one population that are broken down alike are counted in one reading of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final, assert_never

from contracts.indicators import Breakdown, Declared, Indicator, load_indicators
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
    Population,
    Scalar,
    StockPeriod,
)
from services.reporting.facts import CASE_ID, COLUMNS

DECLARED: Final[Declared] = load_indicators(COLUMNS)

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
    "after_period_or_never": f"({{0}} IS NULL OR {{0}} >= {_FOLLOWING})",
}
# So that a statement that compares no day has the same parameters as all others.
_A_PERIOD: Final = f"{_FIRST} < {_FOLLOWING}"


def asked_for(when: str, declared: Declared = DECLARED) -> tuple[Indicator, ...]:
    """The indicators that are counted for a ``year`` or for ``today``."""
    return tuple(each for each in declared.indicators.values() if each.asked_for == when)


def question(indicators: Iterable[Indicator], declared: Declared = DECLARED) -> str:
    """One statement that counts indicators: rows of (indicator, groups, count), a group for each breakdown."""
    readings = groupby(sorted(indicators, key=_reading(declared)), key=_reading(declared))
    return "\nUNION ALL\n".join(_select(tuple(each), declared) for _, each in readings)


def cases_question(indicator: Indicator, parameter: int, declared: Declared = DECLARED) -> str:
    """One statement for the cases that an indicator counts, in the order of their ids.

    ``parameter``: the number of the first parameter after the period's and the moment's. There stand the wanted row
    of each breakdown, NULL for all rows; then the case after which to go on; then how many at most.
    """
    population = declared.population(indicator)
    sql = _Sql(population.fact)
    case_id = sql.column(CASE_ID)
    conditions = [sql.where(population), *map(sql.condition, declared.narrowed(indicator))]
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
        alone = indicator.id if indicator.count.largest_group else ""
        return root, tuple(each.id for each in self._declared.broken_down(indicator)), alone


def _reading(declared: Declared) -> _Reading:
    return _Reading(declared)


def _select(indicators: Sequence[Indicator], declared: Declared) -> str:
    """The rows of indicators that have population and breakdowns in common."""
    population = declared.population(indicators[0])
    breakdowns = declared.broken_down(indicators[0])
    sql = _Sql(population.fact)
    inner = (
        _largest(indicators[0], declared, sql)
        if indicators[0].count.largest_group
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


def _largest(indicator: Indicator, declared: Declared, sql: "_Sql") -> str:
    same = ", ".join(sql.column(each) for each in indicator.count.largest_group)
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
        if indicator.count.sum is not None:
            return f"coalesce(round(sum({self.column(indicator.count.sum)}){only}), 0)::bigint"
        distinct = indicator.count.distinct
        counted = "*" if distinct is None else f"DISTINCT {self.column(distinct)}"
        return f"count({counted}){only}"

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
