"""What is read of a spreadsheet, and what is said of one that is none."""

import csv
import io
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.problems import Invalid
from services.chassis.spreadsheet import MOST_ROWS
from services.referral.spreadsheet import COLUMNS, read_sheet, template
from tests.spreadsheets import Cell, xlsx

HEADER = list(COLUMNS)
ROW = (
    "SOC-1", "FINSAM-team", "farsta", "2021-03-15", "Rut", "", "", "198703149818", "Påhitta", "Felpostsson",
    "kvinna", "", "kommunen, regionen", "ja", "2021-03-12", "nej",
)  # fmt: skip


def _csv(rows: list[list[str]], separator: str = ";", encoding: str = "utf-8-sig") -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=separator).writerows(rows)
    return written.getvalue().encode(encoding)


def _code(content: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        read_sheet(content)
    return refused.value.code


def test_the_template_is_what_is_read() -> None:
    [row] = read_sheet(template())
    assert row.number == 2
    assert row.cells["officer"] == "Ödla Remittentsson"
    assert set(row.cells) == set(COLUMNS.values())


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_csv_as_different_programs_write_it(separator: str, encoding: str) -> None:
    [row] = read_sheet(_csv([HEADER, list(ROW)], separator, encoding))
    assert row.cells["given_name"] == "Påhitta"
    assert row.cells["needs"] == "kommunen, regionen"


def test_xlsx_with_days_and_numbers_as_excel_keeps_them() -> None:
    cells: list[Cell] = list(ROW)
    cells[3], cells[7], cells[14] = date(2021, 3, 15), 198703149818, date(2021, 3, 12)
    [row] = read_sheet(xlsx([HEADER, cells]))
    assert row.cells == dict(zip(COLUMNS.values(), ROW, strict=True))


def test_empty_rows_are_passed_over_and_the_others_keep_their_numbers() -> None:
    rows = [HEADER, ["" for _ in ROW], list(ROW), list(ROW)]
    assert [row.number for row in read_sheet(_csv(rows))] == [3, 4]
    assert [row.number for row in read_sheet(xlsx([HEADER, [], list(ROW)]))] == [3]


def test_columns_stand_in_any_order_and_capitals_and_others_are_passed_over() -> None:
    header = ["Kommentar", *(name.upper() for name in reversed(HEADER))]
    [row] = read_sheet(_csv([header, ["hej", *reversed(ROW)]]))
    assert row.cells == dict(zip(COLUMNS.values(), ROW, strict=True))


def test_what_is_no_sheet_of_ours_is_refused_with_what_to_do() -> None:
    assert _code(b"") == "sheet_empty"
    assert _code(_csv([HEADER])) == "sheet_empty"
    assert _code(_csv([HEADER[1:], list(ROW[1:])])) == "sheet_columns_missing"
    assert _code(_csv([[*HEADER, "beteckning"], [*ROW, "x"]])) == "sheet_column_twice"
    assert _code(_csv([HEADER, *([list(ROW)] * (MOST_ROWS + 1))])) == "sheet_too_long"
    assert _code(b"PK\x03\x04 no archive") == "sheet_not_read"
    assert _code(xlsx([HEADER, list(ROW)])[:-40]) == "sheet_not_read"
    assert _code(b"\x81\x8d\x8f") == "sheet_not_read"


def test_a_small_file_that_unpacks_to_much_is_not_unpacked() -> None:
    bomb = xlsx([HEADER, list(ROW)], padding=30 * 1024 * 1024)
    assert len(bomb) < 64 * 1024
    assert _code(bomb) == "sheet_too_large"


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda content: b"PK\x03\x04" + content))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(Invalid):
        assert read_sheet(content)
