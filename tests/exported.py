"""What a reader finds in a file of figures, by programs that did not write it."""

import csv
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import TypeAlias

from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from services.reporting.domain.exports import Export, ExportRow
from services.reporting.domain.values import numbers

Numbers: TypeAlias = list[float]


def rows_of(export: Export) -> Iterator[ExportRow]:
    """Every row, in the order of the file."""
    for section in export.sections:
        for table in section.tables:
            yield from table.rows


def numbers_of(export: Export) -> Numbers:
    """Every number, of a share its part, whole and percent."""
    return [
        float(number)
        for row in rows_of(export)
        for value in row.values
        for number in numbers(value)
        if number is not None
    ]


def texts_of(export: Export) -> list[list[str]]:
    """The values of each row as they are read."""
    return [[value.text for value in row.values] for row in rows_of(export)]


def sheet(content: bytes, name: str) -> list[list[object]]:
    """The cells of a workbook's sheet."""
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [list(row) for row in workbook.get_sheet_by_name(name).to_python()]


def numbers_in_xlsx(content: bytes) -> Numbers:
    """Every cell of the sheet of figures that a spreadsheet calculates with."""
    return [cell for row in sheet(content, "Siffror") for cell in row if isinstance(cell, float)]


def rows_in_csv(content: bytes) -> list[dict[str, str]]:
    """The rows by the names of their columns."""
    assert content.startswith(b"\xef\xbb\xbf"), "Excel takes a file without the mark for Windows' own encoding"
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def numbers_in_csv(content: bytes) -> Numbers:
    """Every number in the columns of values."""
    cells = (row[column] for row in rows_in_csv(content) for column in ("Värde", "Helhet", "Procent"))
    return [float(cell.replace(",", ".")) for cell in cells if re.fullmatch(r"-?\d+(,\d+)?", cell)]


def text_of_pdf(content: bytes) -> str:
    """The text of all pages, with one space where there was any white space."""
    pages = (page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return re.sub(r"\s+", " ", " ".join(pages))


def assert_in_order(text: str, rows: list[list[str]]) -> None:
    """Each row of values stands in the text, after the one before it."""
    place = 0
    for row in rows:
        values = " ".join(row)
        found = text.find(values, place)
        assert found >= 0, f"{values} stands nowhere after {text[max(0, place - 80) : place]!r}"
        place = found + len(values)


class _Cells(HTMLParser):
    """Gathers the cells of numbers of a page's tables."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self._inside = ("class", "num") in attrs
            if self._inside:
                self.rows[-1].append("")
        elif tag == "span" and ("class", "visually-hidden") in attrs:
            self._inside = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.rows[-1][-1] += data


def texts_on_page(page: str) -> list[list[str]]:
    """The values of each row of the page's tables, without what only a screen reader reads."""
    reader = _Cells()
    reader.feed(page)
    return [[cell.strip() for cell in row] for row in reader.rows if row]
