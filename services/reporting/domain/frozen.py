"""Frozen reports: a period's figures as they were known at a moment, kept as bytes that come again. Pure.

The content follows from the events registered by the moment and from the declarations, and holds nothing of when or
by whom it was made: counted again it is the same bytes, and has the same hash.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid5

from pydantic import Field, TypeAdapter
from pydantic_core import to_json

from contracts.indicators import Indicator
from contracts.model import Model
from contracts.office import ReportFrozen
from contracts.problems import Invalid
from services.reporting.domain.averages import AverageCell, AverageOf
from services.reporting.domain.counted import Counted
from services.reporting.domain.definitions import Definition, definition
from services.reporting.domain.periods import Period

_REPORTS: Final = UUID("5b7f6a38-0f0e-4f36-8f2c-0c6b3c1a9d52")


class FrozenCell(Model):
    """One count. ``group``: the row of each breakdown."""

    group: dict[str, str]
    count: int


class FrozenFigure(Model):
    """A figure, how it was counted, and its cells that are not zero."""

    definition: Definition
    total: int
    cells: tuple[FrozenCell, ...]


class FrozenAverage(Model):
    """An average, how it was measured, and what was: the whole first, then the rows of its breakdowns."""

    definition: Definition
    cells: tuple[AverageCell, ...]


class Content(Model):
    """What a frozen report holds."""

    period: Period
    known_until: datetime = Field(description="The last moment whose registrations are counted.")
    figures: tuple[FrozenFigure, ...]
    averages: tuple[FrozenAverage, ...]


@dataclass(frozen=True)
class FrozenReport:
    """A frozen report in a list. ``content_sha256``: in hex."""

    report_id: UUID
    period: Period
    known_until: datetime
    frozen_at: datetime
    figures: int
    content_sha256: str


@dataclass(frozen=True)
class Change:
    """A cell that is counted otherwise than when the report was frozen. ``group`` is empty for a figure's total."""

    definition: Definition
    group: Mapping[str, str]
    then: int
    now: int


@dataclass(frozen=True)
class AverageChange:
    """An average that is another now. ``group`` is empty for the whole; None: there was or is nothing of that row."""

    definition: Definition
    group: Mapping[str, str]
    then: AverageCell | None
    now: AverageCell | None


@dataclass(frozen=True)
class Figures:
    """What is counted and what is averaged of a period, by the indicators' ids."""

    counts: Mapping[str, Counted]
    averages: Mapping[str, AverageOf]

    def indicator(self, indicator_id: str) -> Indicator | None:
        """The declaration by which a figure is counted or averaged; None if it is not."""
        found = self.counts.get(indicator_id) or self.averages.get(indicator_id)
        return None if found is None else found.indicator


_CONTENT: Final = TypeAdapter(Content)


def require_freezable(period: Period, known_on: date, today: date) -> None:
    """Raises Invalid for a day that is not over, when more may yet be registered, or one before the period begins."""
    if known_on >= today:
        raise Invalid(
            "day_not_over",
            "Ange en dag som är slut: i dag kan mer registreras, och då kan rapporten inte räknas om.",
            "known_on",
        )
    if known_on < period.first:
        raise Invalid("before_the_period", "Ange en dag i perioden eller efter den.", "known_on")


def report_id(period: Period, known_until: datetime) -> UUID:
    """The id of the report of a period as known at a moment: frozen again it is the same report."""
    return uuid5(_REPORTS, f"{period.id} {known_until.isoformat()}")


def content(period: Period, known_until: datetime, figures: Figures) -> bytes:
    """The report as JSON, the same bytes for the same figures."""
    counted = tuple(_figure(figures.counts[indicator]) for indicator in sorted(figures.counts))
    averaged = tuple(_average(figures.averages[indicator]) for indicator in sorted(figures.averages))
    whole = Content(period=period, known_until=known_until, figures=counted, averages=averaged)
    return to_json(whole, indent=1) + b"\n"


def read(stored: bytes) -> Content:
    """The content that was kept. Raises pydantic.ValidationError for what is none."""
    return _CONTENT.validate_json(stored)


def content_hash(stored: bytes) -> str:
    """The SHA-256 of a content, in hex."""
    return sha256(stored).hexdigest()


def frozen(period: Period, known_until: datetime, stored: bytes, today: date) -> ReportFrozen:
    """The fact that a report was frozen."""
    counted = read(stored)
    return ReportFrozen(
        happened_on=today,
        period=period.id,
        first=period.first,
        last=period.last,
        known_until=known_until,
        figures=len(counted.figures) + len(counted.averages),
        content_sha256=content_hash(stored),
    )


def changes(then: Content, now: Figures) -> Iterator[Change]:
    """The figures that are counted otherwise now: of each its total, where that differs, and the cells that do.

    A figure that is not declared any more, or that is by another version, cannot be compared and is left out; see
    :func:`no_longer_counted`.
    """
    for figure in then.figures:
        if _comparable(figure.definition, now):
            yield from _changed(figure, now.counts[figure.definition.id])


def changed_averages(then: Content, now: Figures) -> Iterator[AverageChange]:
    """The averages that are others now, as :func:`changes`: the whole and the rows that differ."""
    for average in then.averages:
        if _comparable(average.definition, now):
            before = {_key(cell.group): cell for cell in average.cells}
            since = {_key(cell.group): cell for cell in now.averages[average.definition.id].cells()}
            for group in sorted(before.keys() | since.keys()):
                if (was := before.get(group)) != (is_now := since.get(group)):
                    yield AverageChange(average.definition, dict(group), was, is_now)


def no_longer_counted(then: Content, now: Figures) -> tuple[Definition, ...]:
    """The figures of a report that are counted by another version of their declaration now, or not at all."""
    definitions = [each.definition for each in then.figures] + [each.definition for each in then.averages]
    return tuple(each for each in definitions if not _comparable(each, now))


def _comparable(definition: Definition, now: Figures) -> bool:
    indicator = now.indicator(definition.id)
    return indicator is not None and indicator.version == definition.version


def _changed(figure: FrozenFigure, counted: Counted) -> Iterator[Change]:
    if figure.total != counted.total():
        yield Change(figure.definition, {}, figure.total, counted.total())
    if not counted.breakdowns:
        return
    before = {_key(cell.group): cell.count for cell in figure.cells}
    now = {_key(cell.group): cell.count for cell in _cells(counted)}
    for group in sorted(before.keys() | now.keys()):
        if (then := before.get(group, 0)) != (since := now.get(group, 0)):
            yield Change(figure.definition, dict(group), then, since)


def _key(group: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(group.items()))


def _figure(counted: Counted) -> FrozenFigure:
    return FrozenFigure(definition=definition(counted.indicator), total=counted.total(), cells=tuple(_cells(counted)))


def _average(average: AverageOf) -> FrozenAverage:
    return FrozenAverage(definition=definition(average.indicator), cells=average.cells())


def _cells(counted: Counted) -> Iterator[FrozenCell]:
    if not counted.breakdowns:
        return
    for group in counted.groups():
        if count := counted.total(**group):
            yield FrozenCell(group=group, count=count)
