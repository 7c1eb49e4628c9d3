"""What a report's page shows: tables of figures, each beside the published number where there is one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.catalogue.results import Goal
from services.reporting.domain.definitions import Definition
from services.reporting.domain.figures import BySex, Figures, half_up
from services.reporting.domain.published import Line
from services.reporting.domain.values import Nothing, Number, Part, Share, Value, Words
from services.reporting.indicators import DECLARED

SEXES: Final = ("women", "men", "other", "unknown", "total")
BY_SEX: Final = ("Kvinnor", "Män", "Annat", "Uppgift saknas", "Totalt")
"""The columns of a table by sex, in the order of SEXES."""
_SEX_WORDS: Final = {"woman": "kvinnor", "man": "män"}


@dataclass(frozen=True)
class Cell:
    """A figure. ``line`` is the published number it stands beside; None where none was published. ``href``: where its
    cases are, in tables whose numbers lead there."""

    value: Value
    line: Line | None = None
    href: str | None = None

    @property
    def text(self) -> str:
        """The figure as it is read."""
        return self.value.text


@dataclass(frozen=True)
class Row:
    """``insats``: the id of the insats whose own page the label leads to."""

    label: str
    cells: tuple[Cell, ...]
    sums_up: bool = False
    insats: str | None = None


@dataclass(frozen=True)
class Table:
    """``definitions`` say how its figures are counted."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    definitions: tuple[Definition, ...]


class Tables:
    """Makes a report's tables of a year's figures, each figure beside the published line of the same id."""

    def __init__(self, figures: Figures, lines: Mapping[str, Line]) -> None:
        self.figures = figures
        self.lines = lines
        self._definitions = {definition.id: definition for definition in figures.definitions}

    def by_sex(self, name: str, line: str | None, counted: BySex, *, sums_up: bool = False) -> Row:
        """A row by sex. ``line``: what the ids of its published numbers begin with."""
        cells = [self.number(f"{line}.{sex}" if line else None, getattr(counted, sex)) for sex in SEXES]
        return Row(name, tuple(cells), sums_up)

    def broken_down(self, breakdown: str, line: str, counts: Mapping[str, BySex]) -> list[Row]:
        """A row by sex for each row of a breakdown; that of the unknown only if there are any."""
        return [self.by_sex(name, f"{line}.{row}", counted) for row, name, counted in rows_of(breakdown, counts)]

    def number(self, line: str | None, count: int) -> Cell:
        """A count."""
        return Cell(Number(number=count), self.lines.get(line) if line else None)

    def percent(self, line: str | None, percent: int | None) -> Cell:
        """A share in whole percent; a dash of nothing."""
        return percent_cell(percent, self.lines.get(line) if line else None)

    def share(self, line: str | None, part: int, whole: int) -> Cell:
        """A percent_cell; a dash of nothing."""
        return Cell(Share(part=part, whole=whole), self.lines.get(line) if line and whole else None)

    def goals(self, goals: Iterable[Goal], reached: Mapping[str, BySex], *defined: str) -> Iterable[Table]:
        """The goals of the year beside what was reached, by what they count; no table without one. A split by sex is
        shown and refuses nobody."""
        rows = [
            _goal_row(goal, counted)
            for goal in goals
            if goal.of is None and (counted := reached.get(goal.counts)) is not None
        ]
        if rows:
            columns = (*BY_SEX, "Mål", "Andel av målet")
            yield Table("Mål för året", columns, tuple(rows), self.defined(*defined))

    def label(self, name: str) -> str:
        """What an indicator is called."""
        return self._definitions[name].label

    def defined(self, *names: str) -> tuple[Definition, ...]:
        """How indicators are counted."""
        return tuple(self._definitions[name] for name in names)


def rows_of(breakdown: str, counts: Mapping[str, BySex]) -> Iterable[tuple[str, str, BySex]]:
    """The rows of a breakdown with their names; that of the unknown only if there are any."""
    declared = DECLARED.breakdowns[breakdown]
    for group in declared.groups:
        yield group.id, group.label.sv, counts[group.id]
    if counts[declared.rest.id].total:
        yield declared.rest.id, declared.rest.label.sv, counts[declared.rest.id]


def count_cell(number: int) -> Cell:
    """A count that was published nowhere."""
    return Cell(Number(number=number))


def percent_cell(percent: int | None, line: Line | None = None) -> Cell:
    """A share in whole percent; a dash of nothing."""
    return Cell(Nothing()) if percent is None else Cell(Number(number=percent, unit="%"), line)


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[0].upper() + text[1:]


def _goal_row(goal: Goal, counted: BySex) -> Row:
    cells = [Cell(Part(part=getattr(counted, sex), whole=counted.total)) for sex in SEXES[:-1]]
    target = goal.target if isinstance(goal.target, int) else None
    share = None if target is None else half_up(counted.total, target)
    return Row(capital(goal.text), (*cells, count_cell(counted.total), _planned(goal, target), percent_cell(share)))


def _planned(goal: Goal, target: int | None) -> Cell:
    """The target, and how it is split by sex where the plan says."""
    if goal.split is None:
        return Cell(Nothing()) if target is None else count_cell(target)
    split = (f"{percent} % {_SEX_WORDS[sex]}" for sex, percent in goal.split.sex.items())
    return Cell(Words(text=", ".join([*([] if target is None else [str(target)]), *split])))
