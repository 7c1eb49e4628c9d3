"""Whether a declaration holds together: what it names is declared, and what it compares has the right kind."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, assert_never

from contracts.catalogue.vocabulary import report_of, reports
from contracts.catalogue.yaml_files import Finding, Place
from contracts.indicators.declaration import (
    AnyPeriod,
    Average,
    Between,
    Breakdown,
    Condition,
    DaysBetween,
    Distinct,
    Empty,
    EventPeriod,
    Exists,
    Has,
    Indicator,
    Is,
    Known,
    LargestGroup,
    Measure,
    NoneOf,
    OnDay,
    OneOf,
    Period,
    Population,
    Rows,
    Scalar,
    StockPeriod,
    Sum,
    SumPerCase,
)

CASE: Final = "case_id"
_INTEGERS: Final = ("integer", "smallint")
_NUMBERS: Final = (*_INTEGERS, "numeric")
_SEVERAL_TIMES: Final = (
    "only rows and cases can be broken down: what is in several rows would be counted several times"
)


@dataclass(frozen=True)
class FactColumns:
    """The columns of a fact that reporting keeps, with their SQL types. ``one_per_case``: it has one row a case, so
    that the declarations of other facts may name its columns."""

    columns: Mapping[str, str]
    one_per_case: bool


@dataclass(frozen=True)
class Declared:
    """All indicators and breakdowns by id, in the order of their files. ``indicators``: the latest version of each;
    ``earlier``: the other versions."""

    indicators: Mapping[str, Indicator]
    breakdowns: Mapping[str, Breakdown]
    earlier: tuple[Indicator, ...] = ()

    def versions(self, indicator_id: str) -> tuple[Indicator, ...]:
        """All versions of an indicator, the first first. Raises KeyError if there is no such indicator."""
        found = (self.indicators[indicator_id], *(each for each in self.earlier if each.id == indicator_id))
        return tuple(sorted(found, key=lambda each: each.version))

    def on(self, day: date) -> "Declared":
        """What holds for a period that ends on a day: the latest version of each indicator that is valid then, and
        none of one that has no such version."""
        held = {}
        for indicator_id in self.indicators:
            valid = [each for each in self.versions(indicator_id) if each.valid_on(day)]
            if valid:
                held[indicator_id] = valid[-1]
        return replace(self, indicators=held)

    def lineage(self, indicator: Indicator) -> tuple[Indicator, ...]:
        """The indicator and those it is of, itself first. Raises ValueError if that goes round in a circle or ends
        at one that is not declared."""
        line = [indicator]
        while (of := line[-1].of) is not None:
            if of not in self.indicators:
                raise ValueError(f"there is no indicator {of!r}")
            if any(each.id == of for each in line):
                raise ValueError(f"{of!r} is of itself")
            line.append(self.indicators[of])
        return tuple(line)

    def population(self, indicator: Indicator) -> Population:
        """The population that the indicator is counted in."""
        population = self.lineage(indicator)[-1].population
        if population is None:
            raise ValueError(f"{indicator.id}: no population")
        return population

    def is_withheld(self, indicator: Indicator) -> bool:
        """Whether no public form gives the indicator, because it, or one that it is of, says so."""
        return any(each.withheld is not None for each in self.lineage(indicator))

    def narrowed(self, indicator: Indicator) -> tuple[Condition, ...]:
        """What holds of the counted, besides what holds of the whole population."""
        return tuple(condition for each in reversed(self.lineage(indicator)) for condition in each.where)

    def broken_down(self, indicator: Indicator) -> tuple[Breakdown, ...]:
        """The indicator's breakdowns, or those of the one it is of."""
        given = next((each.by for each in self.lineage(indicator) if each.by is not None), ())
        return tuple(self.breakdowns[each] for each in given)


def findings(indicator: Indicator, declared: Declared, facts: Mapping[str, FactColumns]) -> Iterator[Finding]:
    """What is wrong with an indicator, each with its place in it."""
    yield from _names(indicator, declared)
    if (of := declared.indicators.get(indicator.of or "")) is not None and not _covers(of, indicator):
        yield ("of",), f"{of.id} is not valid as long as this is"
    try:
        population = declared.population(indicator)
    except ValueError as error:
        yield ("of",), str(error)
        return
    if population.fact not in facts:
        yield ("population", "fact"), f"there is no fact {population.fact!r}"
        return
    names = _Columns(population.fact, facts)
    if indicator.population is not None:
        yield from _at(("population", "where"), names.conditions(population.where))
        yield from _at(("population", "period"), names.period(population.period))
    yield from _at(("where",), names.conditions(indicator.where))
    yield from _measure(indicator, declared, names)
    yield from _breakdowns(indicator, declared, names)


def _covers(of: Indicator, indicator: Indicator) -> bool:
    """Whether one indicator is valid on every day on which the other is."""
    begins = of.valid_from is None or (indicator.valid_from is not None and of.valid_from <= indicator.valid_from)
    ends = of.valid_until is None or (indicator.valid_until is not None and indicator.valid_until <= of.valid_until)
    return begins and ends


def _names(indicator: Indicator, declared: Declared) -> Iterator[Finding]:
    """Reports, breakdowns and indicators that do not exist."""
    for source in indicator.source:
        if report_of(source) not in reports():
            yield ("source",), f"{report_of(source)!r} is no report"
    for index, breakdown in enumerate(indicator.by or ()):
        if breakdown not in declared.breakdowns:
            yield ("by", index), f"there is no breakdown {breakdown!r}"
    for index, reading in enumerate(indicator.other_readings):
        if reading.indicator is not None and reading.indicator not in declared.indicators:
            yield ("other_readings", index), f"there is no indicator {reading.indicator!r}"


def _measure(indicator: Indicator, declared: Declared, names: "_Columns") -> Iterator[Finding]:
    of = declared.indicators.get(indicator.of or "")
    if of is not None and isinstance(of.measure, Average):
        yield ("of",), f"{of.id} is an average, which has no parts"
    match indicator.measure:
        case Rows():
            pass
        case Distinct(distinct=column):
            yield from _at(("measure",), names.column(column))
        case LargestGroup(largest_group=columns):
            for column in columns:
                yield from _at(("measure",), names.column(column))
        case Sum(sum=column):
            yield from _at(("measure",), names.column(column, *_NUMBERS))
        case Average(average=DaysBetween(since=since, until=until)):
            yield from _at(("measure",), names.column(since, "date"))
            yield from _at(("measure",), names.column(until, "date"))
        case Average(average=SumPerCase(sum_per_case=column)):
            yield from _at(("measure",), names.column(column, *_NUMBERS))


def _breakdowns(indicator: Indicator, declared: Declared, names: "_Columns") -> Iterator[Finding]:
    """Breakdowns that name what the fact lacks, or whose rows would not sum to the whole."""
    try:
        breakdowns = declared.broken_down(indicator)
    except KeyError:
        return  # reported by _names
    place: Place = ("by",) if indicator.by is not None else ("of",)
    for breakdown in breakdowns:
        for reason in _of_breakdown(breakdown, names):
            yield place, f"{breakdown.id}: {reason}"
    if breakdowns:
        for reason in _of_summing(indicator.measure, breakdowns, names):
            yield place, reason


def _of_summing(measure: Measure, breakdowns: Iterable[Breakdown], names: "_Columns") -> Iterator[str]:
    """Why the cells of a measure would not sum to the whole, or not be measured of different rows or cases."""
    match measure:
        case Rows():
            pass
        case Average(average=averaged):
            if isinstance(averaged, SumPerCase):
                yield from _of_the_case(breakdowns, names)
        case Sum(sum=column):
            if not names.whole_number(column):
                yield "a sum cannot be broken down: each row would be rounded by itself"
        case Distinct(distinct=column):
            if column == CASE:
                yield from _of_the_case(breakdowns, names)
            else:
                yield _SEVERAL_TIMES
        case LargestGroup():
            yield _SEVERAL_TIMES
        case _:
            assert_never(measure)


def _of_the_case(breakdowns: Iterable[Breakdown], names: "_Columns") -> Iterator[str]:
    if not all(names.of_the_case(column) for breakdown in breakdowns for column in _named(breakdown)):
        yield "cases can be broken down only by what is one for each case"


def _of_breakdown(breakdown: Breakdown, names: "_Columns") -> Iterator[str]:
    if breakdown.column is not None:
        yield from (reason for _, reason in names.column(breakdown.column))
    for group in breakdown.groups:
        yield from (reason for _, reason in names.conditions(group.where))


def _named(breakdown: Breakdown) -> Iterator[str]:
    if breakdown.column is not None:
        yield breakdown.column
    for group in breakdown.groups:
        for condition in group.where:
            yield CASE if isinstance(condition, Exists) else condition.column


@dataclass(frozen=True)
class _Columns:
    """The columns that may be named where a fact is counted."""

    fact: str
    facts: Mapping[str, FactColumns]
    joined: bool = True

    def conditions(self, conditions: Iterable[Condition]) -> Iterator[Finding]:
        for index, condition in enumerate(conditions):
            yield from _at((index,), self._condition(condition))

    def period(self, period: Period) -> Iterator[Finding]:
        match period:
            case EventPeriod(day=day):
                yield from _at(("day",), self.column(day, "date"))
            case StockPeriod(since=since, until=until):
                yield from _at(("since",), self.column(since, "date"))
                yield from _at(("until",), self.column(until, "date"))
            case AnyPeriod():
                pass

    def column(self, name: str, *kinds: str) -> Iterator[Finding]:
        """What is wrong with a column's name, or with its kind if it must have one of some."""
        kind = self._kind(name)
        if kind is None:
            yield (), f"there is no column {name!r} where {self.fact} is counted"
        elif kinds and kind not in kinds:
            yield (), f"{name} is of the kind {kind}, not {' or '.join(kinds)}"

    def whole_number(self, name: str) -> bool:
        """Whether the column holds whole numbers, whose sums are not rounded."""
        return self._kind(name) in _INTEGERS

    def of_the_case(self, name: str) -> bool:
        """Whether the column has one value for each case."""
        fact, _, column = name.rpartition(".")
        return column == CASE or self.facts[fact or self.fact].one_per_case

    def _kind(self, name: str) -> str | None:
        fact, _, column = name.rpartition(".")
        owner = self.facts.get(fact or self.fact)
        reachable = fact in ("", self.fact) or (self.joined and owner is not None and owner.one_per_case)
        return owner.columns.get(column) if owner is not None and reachable else None

    def _condition(self, condition: Condition) -> Iterator[Finding]:
        match condition:
            case Is(column=column, value=value):
                yield from self.column(column, *_kinds_of(value))
            case OneOf(column=column, values=values) | NoneOf(column=column, values=values):
                for value in values:
                    yield from self.column(column, *_kinds_of(value))
            case Known(column=column):
                yield from self.column(column)
            case OnDay(column=column):
                yield from self.column(column, "date")
            case Between(column=column):
                yield from self.column(column, *_NUMBERS)
            case Has(column=column) | Empty(column=column):
                yield from self.column(column, "jsonb")
            case Exists(exists=fact) if fact not in self.facts:
                yield ("exists",), f"there is no fact {fact!r}"
            case Exists(exists=fact, where=where):
                yield from _at(("where",), _Columns(fact, self.facts, joined=False).conditions(where))


def _kinds_of(value: Scalar) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("boolean",)
    return _INTEGERS if isinstance(value, int) else ("text",)


def _at(place: Place, found: Iterable[Finding]) -> Iterator[Finding]:
    for inner, reason in found:
        yield (*place, *inner), reason
