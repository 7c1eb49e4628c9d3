"""What a figure is: a declaration of which facts it counts, among whom, when, and by what it is broken down.

A declaration names columns of the facts that reporting keeps and a few comparisons; it holds no SQL. Where the source
leaves open what is counted, ``reading`` says what we chose and ``other_readings`` which indicators count the rest.
"""

from datetime import date
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from contracts.catalogue.fields import Id, Sources, Text, Texts
from contracts.catalogue.vocabulary import words
from contracts.model import Model

IndicatorId = Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$", max_length=60)]
ColumnName = Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)?$", max_length=60)]
"""A column of the fact that is counted, or ``fact.column`` of a fact that has one row a case, as ``referral.sex``."""

FactName = Annotated[str, Field(pattern=r"^[a-z_]+$", max_length=40)]
Scalar: TypeAlias = str | int | bool


def _scalar(value: Any) -> Scalar:
    if isinstance(value, bool | int):
        return value
    # The pattern is what lets a word stand in SQL as it is: it can hold no quote.
    if (
        isinstance(value, str)
        and value
        and all(letter.isascii() and (letter.isalnum() or letter in "_-") for letter in value)
    ):
        return value
    raise ValueError("give a code, a whole number, true or false")


Value = Annotated[Any, BeforeValidator(_scalar)]

DayRule: TypeAlias = Literal[
    "before_period",
    "in_period",
    "first_half",
    "second_half",
    "by_end",
    "before_last_day",
    "over_30_days_before_end",
    "over_90_days_before_end",
    "over_180_days_before_end",
    "after_period_or_never",
]
"""Where a day lies: before the period's first day; in the period; in its first six months; in the period after them;
not after its last day; before its last day; more than so many days before its last day; after its last day or not
known at all."""


class Labels(Model):
    """A name in Swedish, for case workers, and in English, for who builds on it."""

    sv: Text
    en: Text


# Conditions -----------------------------------------------------------------------------------------------------


class Is(Model):
    """The column has this value. A value that is not known is no value."""

    column: ColumnName
    value: Value = Field(alias="is")


class OneOf(Model):
    """The column has one of these values."""

    column: ColumnName
    values: tuple[Value, ...] = Field(alias="in", min_length=1)


class NoneOf(Model):
    """The column has none of these values. A value that is not known is none of them."""

    column: ColumnName
    values: tuple[Value, ...] = Field(alias="not_in", min_length=1)


class Known(Model):
    """The column has a value, or (``known: false``) has none."""

    column: ColumnName
    known: bool


class OnDay(Model):
    """The day in the column lies so in relation to the period."""

    column: ColumnName
    day: DayRule


class Between(Model):
    """The number in the column is at least and at most so much; one of the two may be left out."""

    column: ColumnName
    at_least: int | None = None
    at_most: int | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give at_least, at_most or both")
        return self


class Has(Model):
    """The list in the column has this word."""

    column: ColumnName
    has: Value


class Empty(Model):
    """The list in the column has no word, or (``empty: false``) has one. A list that is not known is neither."""

    column: ColumnName
    empty: bool


class Exists(Model):
    """The case also has a row of another fact of which all this holds. ``where`` names that fact's own columns."""

    exists: FactName
    where: tuple["Simple", ...] = ()


_WORDS: Final = ("exists", "day", "known", "not_in", "in", "is", "at_least", "at_most", "has", "empty")


def _word_of(value: Any) -> str | None:
    """By which comparison a condition of a file is distinguished from others."""
    found = next((word for word in _WORDS if isinstance(value, dict) and word in value), None)
    return "at_least" if found == "at_most" else found


_BY_WORD = Discriminator(
    _word_of,
    custom_error_type="no_comparison",
    custom_error_message="a condition has one of is, in, not_in, known, day, at_least, at_most, has, empty, exists",
)
Simple = Annotated[
    Annotated[Is, Tag("is")]
    | Annotated[OneOf, Tag("in")]
    | Annotated[NoneOf, Tag("not_in")]
    | Annotated[Known, Tag("known")]
    | Annotated[OnDay, Tag("day")]
    | Annotated[Between, Tag("at_least")]
    | Annotated[Has, Tag("has")]
    | Annotated[Empty, Tag("empty")],
    _BY_WORD,
]
Condition = Annotated[
    Annotated[Is, Tag("is")]
    | Annotated[OneOf, Tag("in")]
    | Annotated[NoneOf, Tag("not_in")]
    | Annotated[Known, Tag("known")]
    | Annotated[OnDay, Tag("day")]
    | Annotated[Between, Tag("at_least")]
    | Annotated[Has, Tag("has")]
    | Annotated[Empty, Tag("empty")]
    | Annotated[Exists, Tag("exists")],
    _BY_WORD,
]


# Population and breakdowns --------------------------------------------------------------------------------------


class EventPeriod(Model):
    """A row belongs to the period in which the day lies."""

    kind: Literal["event"]
    day: ColumnName


class StockPeriod(Model):
    """A row belongs to every period it was there on some day of: from ``since`` to ``until``, both included."""

    kind: Literal["stock"]
    since: ColumnName
    until: ColumnName


class AnyPeriod(Model):
    """Rows belong to the period that their conditions say, which may be any."""

    kind: Literal["any"]


Period = Annotated[EventPeriod | StockPeriod | AnyPeriod, Field(discriminator="kind")]


class Population(Model):
    """Rows of a fact, those of which all conditions hold, in a period."""

    fact: FactName
    where: tuple[Condition, ...] = ()
    period: Period


class Group(Model):
    """One row of a breakdown: the counted of which all conditions hold."""

    id: Id
    label: Labels
    where: tuple[Condition, ...] = Field(min_length=1)


class Rest(Model):
    """The last row of a breakdown: what no other row has taken, as "not known"."""

    id: Id
    label: Labels


class Breakdown(Model):
    """What counts are broken down by. Either ``groups``, of which the first that fits takes what is counted, or
    ``column``, whose every value is a row. ``rest`` takes all else, so the rows sum to the whole. ``words``: lists of
    the catalogue that have the column's words, by which its rows are called."""

    id: Id
    label: Labels
    groups: tuple[Group, ...] = ()
    column: ColumnName | None = None
    words: Texts = ()
    rest: Rest

    @model_validator(mode="after")
    def _groups_or_column(self) -> Self:
        if bool(self.groups) == (self.column is not None):
            raise ValueError("a breakdown has either groups or a column")
        for each in self.words:
            if self.column is None or each not in words():
                raise ValueError(f"{each!r} is no list of the catalogue for a column's words")
        return self


# The indicator --------------------------------------------------------------------------------------------------


class Rows(Model):
    """The rows are counted."""


class Distinct(Model):
    """The different known values of a column are counted."""

    distinct: ColumnName


class LargestGroup(Model):
    """The rows of the largest group that have the same values in all these columns are counted."""

    largest_group: tuple[ColumnName, ...] = Field(min_length=1)


class Sum(Model):
    """The values of a column are summed, together rounded to a whole number; what is not known adds nothing."""

    sum: ColumnName


class DaysBetween(Model):
    """Of a row: the whole days from one day to another. Not known where a day is not, or ``until`` is the earlier."""

    since: ColumnName
    until: ColumnName


class SumPerCase(Model):
    """Of a case: the sum of a column over the case's rows. Not known where no row has a value."""

    sum_per_case: ColumnName


class Average(Model):
    """The mean and the median, each to one decimal, of what is known of the rows or cases. Its cells do not sum: the
    whole is measured by itself, and each cell says how many it rests on."""

    average: DaysBetween | SumPerCase


_MEASURES: Final = ("distinct", "largest_group", "sum", "average")


def _measure_of(value: Any) -> str | None:
    """By which word a measure of a file is distinguished from others."""
    if isinstance(value, dict):
        return next((word for word in _MEASURES if word in value), None)
    return "rows" if isinstance(value, Rows) else next((word for word in _MEASURES if hasattr(value, word)), None)


Measure = Annotated[
    Annotated[Rows, Tag("rows")]
    | Annotated[Distinct, Tag("distinct")]
    | Annotated[LargestGroup, Tag("largest_group")]
    | Annotated[Sum, Tag("sum")]
    | Annotated[Average, Tag("average")],
    Discriminator(
        _measure_of,
        custom_error_type="no_measure",
        custom_error_message="a measure has one of distinct, largest_group, sum, average",
    ),
]


class Said(Model):
    """The declaration in Swedish, as it is printed below a table. ``share_of``: the whole of its shares."""

    population: Text
    period: Text
    share_of: Text | None = None


class OtherReading(Model):
    """Another way to read the source. ``indicator``: who counts it so; None where no fact tells it."""

    text: Text
    indicator: IndicatorId | None = None


class Indicator(Model):
    """One figure. It counts a population of its own, or those ``of`` another indicator's of which ``where`` holds;
    that other one is then the whole of its shares.

    ``measure``: what is measured of the counted; their rows, unless said. An average has a population of its own.
    ``by``: breakdowns; an indicator ``of`` another without any has the other's. ``source``: report and lines;
    ``derived``: how it follows from printed figures, or why it is counted though no report prints it. ``version`` is
    raised when what is counted changes; the version before it stays in its file, so that both can be counted beside
    each other. ``valid_from`` and ``valid_until``: the first and last day on which it is the figure that a period
    ending then is given. ``withheld``: why no public form gives it or its parts (ADR 0050). ``asked_for``: a year, or
    the year up to today (the start page).
    """

    id: IndicatorId
    version: int = Field(ge=1)
    label: Labels
    unit: Text
    says: Said
    population: Population | None = None
    of: IndicatorId | None = None
    where: tuple[Condition, ...] = ()
    measure: Measure = Rows()
    by: tuple[Id, ...] | None = None
    source: Sources = ()
    derived: Text | None = None
    reading: Text | None = None
    other_readings: tuple[OtherReading, ...] = ()
    withheld: Text | None = None
    asked_for: Literal["year", "today"] = "year"
    valid_from: date | None = None
    valid_until: date | None = None

    def valid_on(self, day: date) -> bool:
        """Whether a period that ends on this day is given this version."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.population is None) == (self.of is None):
            raise ValueError("an indicator has either a population or is of another indicator")
        if self.of is None and self.where:
            raise ValueError("where belongs to the population, or to an indicator of another")
        if self.of is not None and isinstance(self.measure, Average):
            raise ValueError("an average is no part of another indicator: give it a population of its own")
        if self.valid_from is not None and self.valid_until is not None and self.valid_until < self.valid_from:
            raise ValueError("valid_until is before valid_from")
        if not self.source and self.derived is None:
            raise ValueError("an indicator has a source, or says what it is derived from")
        return self
