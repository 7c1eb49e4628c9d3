"""An export as CSV: one row a value, with all that says which it is, to be sorted, filtered and pivoted. Pure."""

from collections.abc import Iterator
from typing import Final

from contracts.events import STOCKHOLM
from services.chassis.csv_files import Cell, swedish_csv
from services.reporting.domain.exports import Export, ExportRow, ExportTable
from services.reporting.domain.values import Number, Value, Words, numbers

COLUMNS_BEFORE: Final = ("Period", "Känt till och med", "Beräknat", "Tabell")
COLUMNS_AFTER: Final = ("Kolumn", "Värde", "Enhet", "Helhet", "Procent", "Definitioner")
"""``Helhet`` and ``Procent`` of a share, of which ``Värde`` is the part. ``Definitioner``: by id and version."""


def write_csv(export: Export) -> bytes:
    """The file. Between the columns of every file stand those of its tables' labels, each once."""
    tables = [table for section in export.sections for table in section.tables]
    labels = tuple(dict.fromkeys(label for table in tables for label in table.label_columns))
    header = (*COLUMNS_BEFORE, *labels, *COLUMNS_AFTER)
    return swedish_csv(header, (row for table in tables for row in _rows(export, table, labels)))


def _rows(export: Export, table: ExportTable, labels: tuple[str, ...]) -> Iterator[tuple[Cell, ...]]:
    counted_at = export.counted_at.astimezone(STOCKHOLM).isoformat(sep=" ", timespec="seconds")
    before = (export.period.id, export.known_until.isoformat(), counted_at, table.caption)
    defined = ", ".join(f"{each.id} v{each.version}" for each in table.definitions)
    for row in table.rows:
        named = _labels(table, row, labels)
        for column, value in zip(table.columns, row.values, strict=True):
            yield *before, *named, column, *_cells(value), defined


def _labels(table: ExportTable, row: ExportRow, labels: tuple[str, ...]) -> tuple[str, ...]:
    own = dict(zip(table.label_columns, row.labels, strict=True))
    return tuple(own.get(label, "") for label in labels)


def _cells(value: Value) -> tuple[Cell, ...]:
    number, whole, percent = numbers(value)
    unit = value.unit if isinstance(value, Number) else ""
    return value.text if isinstance(value, Words) else number, unit, whole, percent
