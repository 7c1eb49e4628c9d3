"""CSV files as Excel opens them in Sweden."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

Cell: TypeAlias = str | int | float | None

# What a cell begins with that a spreadsheet takes for a formula, or passes over on its way to one.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def swedish_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a byte order mark, semicolons between cells, decimal commas.

    A text that a spreadsheet would take for a formula gets an apostrophe before it. A number is no formula, also
    where it is negative.
    """
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";")
    writer.writerow(list(map(_written, header)))
    writer.writerows(list(map(_written, row)) for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _written(cell: Cell) -> str:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    return "" if cell is None else str(cell).replace(".", ",")
