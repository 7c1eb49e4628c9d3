"""An export as an XLSX workbook: a sheet of its tables and one of how the figures are counted. Pure.

Written of the same export it is the same bytes: the workbook's moment of creation is when the figures were counted.
Texts are written as texts, so none is ever a formula.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC
from itertools import chain
from typing import Final, assert_never

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from contracts.events import STOCKHOLM
from services.reporting.domain.exports import Export, ExportTable
from services.reporting.domain.values import Number, Part, Share, Value, Words, numbers

FIGURES: Final = "Siffror"
DEFINITIONS: Final = "Definitioner"
DEFINITION_COLUMNS: Final = (
    *("Siffra", "Räknat i", "Vad som räknas", "Period", "Andelar av", "Källa"),
    *("Så läser vi källan", "Andra läsningar", "Definition", "Version"),
)
_A4: Final = 9
_LABEL_WIDTH: Final = 48
_WIDTH: Final = 16


def write_xlsx(export: Export) -> bytes:
    """The workbook. A column of shares is three: the part, the whole, and whole percent."""
    written = io.BytesIO()
    with Workbook(written, {"in_memory": True}) as workbook:
        created = export.counted_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        workbook.set_properties({"title": export.title, "created": created})
        _FigureSheet(workbook).write(export)
        _definitions(workbook, export)
    return written.getvalue()


class _FigureSheet:
    """The sheet of figures, written from the top down."""

    def __init__(self, workbook: Workbook) -> None:
        self._sheet = _sheet(workbook, FIGURES)
        self._sheet.set_column(0, 0, _LABEL_WIDTH)
        self._sheet.set_column(1, 40, _WIDTH)
        self._plain = workbook.add_format({})
        self._bold = workbook.add_format({"bold": True})
        self._heading = workbook.add_format({"bold": True, "font_size": 14})
        self._percent = workbook.add_format({"num_format": '0" %"'})
        self._percent_with_tenths = workbook.add_format({"num_format": '0.0" %"'})
        self._kronor = workbook.add_format({"num_format": "#,##0"})
        self._line = 0

    def write(self, export: Export) -> None:
        """The head, and the tables of each section below each other."""
        counted_at = export.counted_at.astimezone(STOCKHOLM)
        self._texts([export.title], self._heading)
        self._texts(["Period", f"{export.period.first} till {export.period.last}"], self._plain)
        self._texts(["Känt till och med", export.known_until.isoformat()], self._plain)
        self._texts(["Beräknat", counted_at.isoformat(sep=" ", timespec="seconds")], self._plain)
        for section in export.sections:
            self._line += 1
            self._texts([section.heading], self._heading)
            for table in section.tables:
                self._table(table)

    def _table(self, table: ExportTable) -> None:
        widths = [_width(row.values[place] for row in table.rows) for place in range(len(table.columns))]
        columns = (_columns(name, width) for name, width in zip(table.columns, widths, strict=True))
        self._line += 1
        self._texts([table.caption], self._bold)
        self._texts([*table.label_columns, *chain.from_iterable(columns)], self._bold)
        for row in table.rows:
            place = self._texts(row.labels, self._bold if row.sums_up else self._plain)
            for value, width in zip(row.values, widths, strict=True):
                self._value(place, value)
                place += width

    def _texts(self, texts: Sequence[str], style: Format) -> int:
        """Writes a line of texts; returns the place after them."""
        for place, text in enumerate(texts):
            self._sheet.write_string(self._line, place, text, style)
        self._line += 1
        return len(texts)

    def _value(self, place: int, value: Value) -> None:
        """In the line of the labels that were written last. Where there is no number the cell is empty."""
        line = self._line - 1
        number, whole, percent = numbers(value)
        if isinstance(value, Words):
            self._sheet.write_string(line, place, value.text)
        if number is not None:
            style = self._style(value) if isinstance(value, Number) else self._plain
            self._sheet.write_number(line, place, number, style)
        if whole is not None:
            self._sheet.write_number(line, place + 1, whole)
        if percent is not None:
            self._sheet.write_number(line, place + 2, percent, self._percent)

    def _style(self, value: Number) -> Format:
        match value.unit:
            case "":
                return self._plain
            case "%":
                return self._percent_with_tenths if isinstance(value.number, float) else self._percent
            case "kr":
                return self._kronor
            case _:
                assert_never(value.unit)


def _width(values: Iterable[Value]) -> int:
    """How many columns a column of these values takes."""
    return 3 if any(isinstance(value, Share | Part) for value in values) else 1


def _columns(name: str, width: int) -> tuple[str, ...]:
    return (name,) if width == 1 else (f"{name}: antal", f"{name}: av", f"{name}: procent")


def _definitions(workbook: Workbook, export: Export) -> None:
    sheet, bold = _sheet(workbook, DEFINITIONS), workbook.add_format({"bold": True})
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, len(DEFINITION_COLUMNS) - 1, _LABEL_WIDTH)
    for place, name in enumerate(DEFINITION_COLUMNS):
        sheet.write_string(0, place, name, bold)
    for line, each in enumerate(export.definitions(), start=1):
        texts = (
            *(each.label, each.unit, each.population, each.period, each.denominator or "", each.source),
            *(each.reading or "", "; ".join(each.other_readings), each.id),
        )
        for place, text in enumerate(texts):
            sheet.write_string(line, place, text, wrapped)
        sheet.write_number(line, len(texts), each.version, wrapped)


def _sheet(workbook: Workbook, name: str) -> Worksheet:
    """A sheet that prints on A4 across, as wide as the paper."""
    sheet: Worksheet = workbook.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    return sheet
