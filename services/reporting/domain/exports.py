"""What a file of figures holds, made once: XLSX, CSV, JSON and PDF are written from it, and cannot differ. Pure."""

from datetime import date, datetime
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from contracts.events import local_date
from contracts.model import Model
from services.reporting.domain.definitions import Definition
from services.reporting.domain.periods import Period
from services.reporting.domain.values import Value


class FileFormat(StrEnum):
    """The forms in which an export can be had, by the end of its file's name."""

    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"
    PDF = "pdf"


class ExportRow(Model):
    """A row of a table. ``labels``: one for each column of labels. ``sums_up``: whether it is the sum of others."""

    labels: tuple[str, ...] = Field(min_length=1)
    values: tuple[Value, ...]
    sums_up: bool = False


class ExportTable(Model):
    """A table. ``definitions`` say how its figures are counted."""

    caption: str
    label_columns: tuple[str, ...] = Field(min_length=1)
    columns: tuple[str, ...]
    rows: tuple[ExportRow, ...]
    definitions: tuple[Definition, ...]

    @model_validator(mode="after")
    def _rows_fill_the_columns(self) -> Self:
        for row in self.rows:
            if (len(row.labels), len(row.values)) != (len(self.label_columns), len(self.columns)):
                raise ValueError(f"a row of “{self.caption}” does not fill its columns: {row.labels}")
        return self


class ExportSection(Model):
    """Tables under a heading."""

    heading: str
    tables: tuple[ExportTable, ...]


class Export(Model):
    """What a file holds. ``name``: the file's, without its ending."""

    name: str = Field(pattern=r"^[a-z0-9åäö_.-]+$")
    title: str
    period: Period
    counted_at: datetime = Field(description="When the figures were counted.")
    known_on: date | None = Field(
        description="Only what had been registered by the end of this day counts. None: all that was known when it "
        "was counted."
    )
    sections: tuple[ExportSection, ...]

    @property
    def known_until(self) -> date:
        """The last day whose registrations count, so far as they had come when it was counted."""
        return self.known_on or local_date(self.counted_at)

    def definitions(self) -> tuple[Definition, ...]:
        """How its figures are counted, each once, in the order of the tables."""
        tables = (table for section in self.sections for table in section.tables)
        return tuple({each.id: each for table in tables for each in table.definitions}.values())
