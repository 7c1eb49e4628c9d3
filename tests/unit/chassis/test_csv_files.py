"""CSV files are read back as they were written, and no text in them is a formula."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.csv_files import swedish_csv

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


def _read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=5))
def test_texts_come_back_and_begin_no_formula(rows: list[list[str]]) -> None:
    [_, *read] = _read(swedish_csv(("a", "b"), rows))
    for given_row, read_row in zip(rows, read, strict=True):
        for text, cell in zip(given_row, read_row, strict=True):
            assert cell in (text, f"'{text}")
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_numbers_are_numbers_in_sweden() -> None:
    assert _read(swedish_csv(("a",), [(-3,), (2.5,), (None,)])) == [["a"], ["-3"], ["2,5"], [""]]
