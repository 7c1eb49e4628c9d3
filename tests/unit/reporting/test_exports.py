"""Every form of a file, read back by programs that did not write it, says what the export holds."""

import asyncio
import io
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pypdf import PdfReader

from contracts.catalogue import INSATSER
from services.chassis.http import Unavailable
from services.reporting.domain.definitions import Definition
from services.reporting.domain.exports import Export, ExportRow, ExportSection, ExportTable
from services.reporting.domain.periods import year_period
from services.reporting.domain.values import Nothing, Number, Part, Share, Value, Words
from services.reporting.web import pdf_writer
from services.reporting.web.csv_writer import write_csv
from services.reporting.web.exports import Counting, insats_export, report_export
from services.reporting.web.pdf_writer import write_pdf
from services.reporting.web.xlsx_writer import write_xlsx
from tests.exported import (
    assert_in_order,
    numbers_in_csv,
    numbers_in_xlsx,
    numbers_of,
    rows_in_csv,
    rows_of,
    sheet,
    text_of_pdf,
    texts_of,
)
from tests.unit.reporting.test_report import stay, year

AT = datetime(2022, 2, 1, 9, 30, tzinfo=UTC)
MARKUP = "*_#$@<b> \\ = `x` // [a] ~ --- /* \" '"
DEFINITION = Definition(
    id="started", version=2, label="Påbörjade", unit="deltagande", population="alla", period="startdagen", source="s"
)


def export(*rows: ExportRow, title: str = "Rapport", definitions: tuple[Definition, ...] = ()) -> Export:
    columns = tuple(f"Kolumn {place}" for place in range(len(rows[0].values)))
    labels = tuple(f"Rad {place}" for place in range(len(rows[0].labels)))
    table = ExportTable(caption="Tabell", label_columns=labels, columns=columns, rows=rows, definitions=definitions)
    section = ExportSection(heading="Avsnitt", tables=(table,))
    return Export(
        name="prov", title=title, period=year_period(2021), counted_at=AT, known_on=None, sections=(section,)
    )


COUNTS = st.integers(0, 10**6)
# Letters that Typst's own fonts have; a cell that is no number must not read as one.
TEXTS = st.text("abcåäöÅÄÖéü=+-@;'\"*_#$<>[]\\ ", max_size=20).map(lambda text: f"{text}x")
DECIMALS = st.integers(0, 10**5).map(lambda tenths: tenths / 10)
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.builds(Number, number=st.one_of(st.integers(-(10**6), 10**6), DECIMALS), unit=st.sampled_from(["", "%"])),
    st.builds(Share, part=COUNTS, whole=COUNTS, beside=st.sampled_from(["whole", "part"])),
    st.builds(Part, part=COUNTS, whole=COUNTS),
    st.builds(Words, text=TEXTS),
    st.just(Nothing()),
)


@st.composite
def exports(draw: st.DrawFn, most_rows: int = 6) -> Export:
    labels, columns = draw(st.integers(1, 3)), draw(st.integers(1, 5))
    row = st.builds(
        ExportRow,
        labels=st.tuples(*[TEXTS] * labels),
        values=st.tuples(*[VALUES] * columns),
        sums_up=st.booleans(),
    )
    return export(*draw(st.lists(row, min_size=1, max_size=most_rows)))


class TestReadBack:
    @given(exports())
    def test_xlsx_has_the_numbers_as_numbers_and_the_texts_as_texts(self, made: Export) -> None:
        written = write_xlsx(made)
        assert numbers_in_xlsx(written) == numbers_of(made)
        cells = {cell for row in sheet(written, "Siffror") for cell in row}
        assert {label for row in rows_of(made) for label in row.labels} <= cells

    @given(exports())
    def test_csv_has_a_row_for_each_value_and_begins_no_formula(self, made: Export) -> None:
        written = write_csv(made)
        assert numbers_in_csv(written) == numbers_of(made)
        rows = rows_in_csv(written)
        assert len(rows) == sum(len(row.values) for row in rows_of(made))
        for row in rows:
            for column, cell in row.items():
                assert column == "Värde" or not cell.startswith(("=", "+", "-", "@")), cell
            assert not row["Värde"].startswith(("=", "+", "@"))

    @given(exports())
    def test_json_is_the_export(self, made: Export) -> None:
        assert Export.model_validate_json(made.model_dump_json(indent=1)) == made

    @settings(max_examples=10, deadline=None)
    @given(exports(most_rows=4))
    async def test_pdf_has_every_value_in_its_order(self, made: Export) -> None:
        text = "".join(text_of_pdf(await write_pdf(made)).split())
        assert_in_order(text, [["".join(value.split())] for row in texts_of(made) for value in row])

    @given(exports())
    def test_the_same_content_is_the_same_bytes(self, made: Export) -> None:
        assert write_xlsx(made) == write_xlsx(made)
        assert write_csv(made) == write_csv(made)


class TestTheReport:
    def test_its_numbers_are_in_every_table_format(self) -> None:
        made = report_export(year(stay()), (), Counting(AT, None))
        assert len(numbers_of(made)) > 100
        assert numbers_in_xlsx(write_xlsx(made)) == numbers_of(made)
        assert numbers_in_csv(write_csv(made)) == numbers_of(made)

    def test_the_workbook_says_how_each_figure_is_counted(self) -> None:
        made = report_export(year(stay()), (), Counting(AT, None))
        header, *rows = sheet(write_xlsx(made), "Definitioner")
        assert (header[0], header[-1]) == ("Siffra", "Version")
        assert [row[header.index("Definition")] for row in rows] == [each.id for each in made.definitions()]

    async def test_the_pdf_reads_as_the_page_row_by_row(self) -> None:
        made = report_export(year(stay()), (), Counting(AT, None))
        text = text_of_pdf(await write_pdf(made))
        assert_in_order(text, texts_of(made))
        for each in made.definitions():
            assert f"Källa: {each.source}" in text

    async def test_an_insats_without_figures_is_a_file_that_holds_none(self) -> None:
        insats = next(each for each in INSATSER.values() if "individual" not in each.kinds)
        made = insats_export(insats.id, year(stay()), (), Counting(AT, None))
        assert insats.name in text_of_pdf(await write_pdf(made))


class TestPdf:
    async def test_markup_in_a_name_is_text(self) -> None:
        made = export(ExportRow(labels=(MARKUP,), values=(Words(text="#panic()"), Number(number=7))), title=MARKUP)
        reader = PdfReader(io.BytesIO(await write_pdf(made)))
        text = reader.pages[0].extract_text()
        assert MARKUP in text
        assert "#panic() 7" in text
        assert reader.metadata is not None
        assert reader.metadata.title == MARKUP

    async def test_it_is_tagged_swedish_and_says_page_and_day(self) -> None:
        made = export(ExportRow(labels=("a",), values=(Number(number=1),)), definitions=(DEFINITION,))
        reader = PdfReader(io.BytesIO(await write_pdf(made)))
        root: Any = reader.trailer["/Root"]
        assert root["/Lang"] == "sv-SE"
        assert bool(root["/MarkInfo"]["/Marked"])
        assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
        assert (reader.pages[0].mediabox.width, reader.pages[0].mediabox.height) == pytest.approx((595, 842), abs=1)
        text = reader.pages[0].extract_text()
        assert "Sida 1 av 1" in text
        assert "Känt till och med 1 februari 2022" in text

    async def test_a_very_long_table_has_all_its_rows_and_its_heading_on_each_page(self) -> None:
        made = export(*(ExportRow(labels=(f"Rad {nth}",), values=(Number(number=nth),)) for nth in range(2000)))
        reader = PdfReader(io.BytesIO(await write_pdf(made)))
        pages = [page.extract_text() for page in reader.pages]
        assert len(pages) > 20
        assert all("Kolumn 0" in page for page in pages)
        assert_in_order(" ".join(" ".join(pages).split()), [[f"Rad {nth} {nth}"] for nth in range(2000)])

    async def test_two_at_once_are_each_their_own(self) -> None:
        one, other = (
            export(ExportRow(labels=(name,), values=(Number(number=number),)))
            for name, number in (("första", 111), ("andra", 222))
        )
        texts = [text_of_pdf(each) for each in await asyncio.gather(*map(write_pdf, (one, other)))]
        assert "första 111" in texts[0]
        assert "andra 222" in texts[1]
        assert "222" not in texts[0]

    async def test_one_that_takes_too_long_is_refused_and_the_loop_goes_on(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pdf_writer, "_LONGEST", 0.01)
        made = export(*(ExportRow(labels=(f"{nth}",), values=(Number(number=nth),)) for nth in range(2000)))
        with pytest.raises(Unavailable) as refused:
            await write_pdf(made)
        assert "Försök igen" in refused.value.message


def test_a_row_that_does_not_fill_its_columns_is_no_table() -> None:
    with pytest.raises(ValidationError, match="does not fill its columns"):
        ExportTable(
            caption="Tabell",
            label_columns=("Rad",),
            columns=("Antal", "Andel"),
            rows=(ExportRow(labels=("a",), values=(Number(number=1),)),),
            definitions=(),
        )


@pytest.mark.parametrize(("known_on", "until"), [(None, date(2022, 2, 1)), (date(2021, 6, 30), date(2021, 6, 30))])
def test_a_file_says_until_when_it_was_known(known_on: date | None, until: date) -> None:
    made = report_export(year(stay()), (), Counting(AT, known_on))
    assert made.known_until == until
    assert {row["Känt till och med"] for row in rows_in_csv(write_csv(made))} == {until.isoformat()}
    assert ["Känt till och med", until.isoformat()] in [row[:2] for row in sheet(write_xlsx(made), "Siffror")]
    assert json.loads(made.model_dump_json())["known_on"] == (None if known_on is None else known_on.isoformat())


def test_the_day_it_is_counted_is_the_swedish_one() -> None:
    made = report_export(year(stay()), (), Counting(datetime(2021, 12, 31, 23, 30, tzinfo=UTC), None))
    assert made.known_until == date(2022, 1, 1)
