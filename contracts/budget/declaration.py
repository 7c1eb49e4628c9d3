"""What a budget is made of: items that money is for, the lines of each, and the tables that reports print of it."""

from collections.abc import Iterator
from typing import Literal, Self, TypeAlias

from pydantic import Field, model_validator

from contracts.catalogue.declarations import Declaration
from contracts.catalogue.fields import Sources, Text
from contracts.codes import AmountKind, AmountUnit
from contracts.model import Code, Model

Side: TypeAlias = Literal["cost", "income", "equity"]
"""What an amount of a line is: paid, received, or carried over from the years before."""


class BudgetLine(Model):
    """A line of a budget. Its amounts are positive on every side."""

    id: Code
    label: Text
    side: Side


class BudgetItem(Model):
    """What money is for. ``label``: None of an insats, which is called as in the catalogue.

    ``group``: items of the same group are summed together.
    """

    id: Code
    label: Text | None = None
    group: Code
    lines: tuple[Code, ...] = Field(min_length=1)

    @property
    def is_insats(self) -> bool:
        """Whether it is an insats of the catalogue."""
        return self.label is None


class BudgetGroup(Model):
    """Items that are shown and summed together."""

    id: Code
    label: Text


class Summand(Model):
    """Which amounts a printed row sums: those of an item, line, group and side, where it names them.

    ``minus``: they are taken from the sum.
    """

    item: Code | None = None
    line: Code | None = None
    group: Code | None = None
    side: Side | None = None
    minus: bool = False


class PrintedColumn(Model):
    """A column of a printed table."""

    label: Text
    kind: AmountKind
    period: Code


class PrintedRow(Model):
    """A row of a printed table: what is printed in each column, None where nothing is, and what it is the sum of.

    ``why``: why what is computed differs from what is printed; only of a row in which it does.
    """

    label: Text
    of: tuple[Summand, ...] = Field(min_length=1)
    printed: tuple[int | None, ...]
    source: Sources = ()
    why: Text | None = None

    @property
    def one_amount(self) -> tuple[str, str] | None:
        """The item and line of which its numbers are amounts that can be booked; None if they are sums of others."""
        first = self.of[0]
        if len(self.of) > 1 or first.item is None or first.line is None or first.minus:
            return None
        return first.item, first.line


class PrintedTable(Model):
    """A table of a budget as a report prints it, in the report's own unit."""

    id: Code
    label: Text
    unit: AmountUnit
    source: Sources
    columns: tuple[PrintedColumn, ...] = Field(min_length=1)
    rows: tuple[PrintedRow, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rows_fill_the_columns(self) -> Self:
        for row in self.rows:
            if len(row.printed) != len(self.columns):
                raise ValueError(f"{row.label!r} has {len(row.printed)} numbers for {len(self.columns)} columns")
        return self


class Budget(Declaration):
    """The budget of an association. A line or item is never taken away: amounts were booked of it."""

    label: Text
    association: Code
    source: Sources
    lines: tuple[BudgetLine, ...] = Field(min_length=1)
    groups: tuple[BudgetGroup, ...] = Field(min_length=1)
    items: tuple[BudgetItem, ...] = Field(min_length=1)
    printed: tuple[PrintedTable, ...] = ()
    reading: Text | None = None

    @model_validator(mode="after")
    def _names_what_it_has(self) -> Self:
        for of, ids in (
            ("line", [each.id for each in self.lines]),
            ("group", [each.id for each in self.groups]),
            ("item", [each.id for each in self.items]),
            ("printed table", [each.id for each in self.printed]),
        ):
            if len(set(ids)) < len(ids):
                raise ValueError(f"a {of}'s id is used twice")
        self._require("line", {each.id for each in self.lines}, {line for each in self.items for line in each.lines})
        self._require("group", {each.id for each in self.groups}, {each.group for each in self.items})
        for table in self.printed:
            for row in table.rows:
                for summand in row.of:
                    if not any(True for _ in self.summed(summand)):
                        raise ValueError(f"{row.label!r} sums what the budget does not have")
        return self

    @staticmethod
    def _require(of: str, known: set[str], named: set[str]) -> None:
        if unknown := named - known:
            raise ValueError(f"no such {of}: {', '.join(sorted(unknown))}")

    def line(self, line_id: str) -> BudgetLine | None:
        """The line with an id; None if there is none."""
        return next((each for each in self.lines if each.id == line_id), None)

    def item(self, item_id: str) -> BudgetItem | None:
        """The item with an id; None if there is none."""
        return next((each for each in self.items if each.id == item_id), None)

    def lines_of(self, item: BudgetItem) -> tuple[BudgetLine, ...]:
        """The lines of an item, in the order of the budget."""
        return tuple(each for each in self.lines if each.id in item.lines)

    def summed(self, summand: Summand) -> Iterator[tuple[BudgetItem, BudgetLine]]:
        """The items and lines whose amounts a summand stands for."""
        for item in self.items:
            for line in self.lines_of(item):
                if (
                    summand.item in (None, item.id)
                    and summand.line in (None, line.id)
                    and summand.group in (None, item.group)
                    and summand.side in (None, line.side)
                ):
                    yield item, line
