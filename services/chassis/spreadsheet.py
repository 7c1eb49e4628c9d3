"""A spreadsheet as people make them: XLSX or CSV, the first row naming the columns in Swedish."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from contracts.problems import Invalid

MOST_ROWS: Final = 500
_MOST_UNPACKED: Final = 20 * 1024 * 1024
_CHUNK: Final = 64 * 1024


@dataclass(frozen=True)
class Columns:
    """``fields``: the columns, and the field that each fills. ``optional``: columns that need not be there."""

    fields: Mapping[str, str]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SheetRow:
    """A row with something in it. ``number``: as the spreadsheet counts, the header being 1. ``cells``: by field."""

    number: int
    cells: Mapping[str, str]


def read_sheet(content: bytes, columns: Columns) -> list[SheetRow]:
    """The rows of the first sheet. Raises Invalid, with what to do, if it has not these columns."""
    lines = _xlsx(content) if content.startswith(b"PK") else _csv(content)
    if not lines:
        raise Invalid("sheet_empty", "Filen är tom. Utgå från mallen.", "file")
    fields = _fields(lines[0], columns)
    rows = [
        SheetRow(number, dict(zip(fields, cells, strict=False)))
        for number, cells in enumerate(lines[1:], start=2)
        if any(cells)
    ]
    rows = [SheetRow(row.number, {name: cell for name, cell in row.cells.items() if name}) for row in rows]
    if not rows:
        raise Invalid("sheet_empty", "Filen har inga rader under rubrikerna.", "file")
    if len(rows) > MOST_ROWS:
        raise Invalid("sheet_too_long", f"Filen har fler än {MOST_ROWS} rader. Dela upp den.", "file")
    return rows


def csv_template(rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file as Excel opens it in Sweden."""
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows(rows)
    return written.getvalue().encode("utf-8-sig")


def _fields(header: Sequence[str], columns: Columns) -> list[str]:
    known = {name.casefold(): field for name, field in columns.fields.items()}
    fields = [known.get(name.casefold(), "") for name in header]
    missing = [name for name, field in columns.fields.items() if field not in fields and name not in columns.optional]
    if missing:
        message = f"Filens första rad saknar kolumnerna {', '.join(missing)}. Utgå från mallen."
        raise Invalid("sheet_columns_missing", message, "file")
    twice = sorted({name for name in header if fields.count(known.get(name.casefold(), "-")) > 1})
    if twice:
        raise Invalid("sheet_column_twice", f"Filen har samma kolumn två gånger: {', '.join(twice)}.", "file")
    return fields


def _csv(content: bytes) -> list[list[str]]:
    text = _decoded(content)
    try:
        separator = max(";,\t", key=text.partition("\n")[0].count)
        return [
            [cell.strip() for cell in line] for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        ]
    except csv.Error as error:
        raise _not_read() from error


def _decoded(content: bytes) -> str:
    """UTF-8, or what Excel in Sweden writes unless another encoding is chosen."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _not_read()


def _xlsx(content: bytes) -> list[list[str]]:
    try:
        _require_small(content)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        # The library leaves out empty rows before the first and counts from there.
        rows = [[_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    except (
        CalamineError,
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
        EOFError,
    ) as error:
        raise _not_read() from error
    return rows


def _require_small(content: bytes) -> None:
    """An XLSX file is a ZIP archive, and a small one may unpack to gigabytes, whatever size it says it has."""
    unpacked = 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            for size in _chunks(archive, name):
                unpacked += size
                if unpacked > _MOST_UNPACKED:
                    raise Invalid("sheet_too_large", "Filen är för stor när den packas upp. Dela upp den.", "file")


def _chunks(archive: zipfile.ZipFile, name: str) -> Iterator[int]:
    with archive.open(name) as member:
        while chunk := member.read(_CHUNK):
            yield len(chunk)


def _cell(value: Any) -> str:
    """As people would write it: days as YYYY-MM-DD, numbers without a decimal point."""
    match value:
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value).strip()


def _not_read() -> Invalid:
    return Invalid(
        "sheet_not_read", "Filen går inte att läsa. Spara den som XLSX eller CSV och välj den igen.", "file"
    )
