"""A signed report as PDF, set by Typst, and as DOCX: both say what its page says, in the same order.

A DOCX is written with fixed moments, so the same report is the same bytes each time, as a PDF is.
"""

import asyncio
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, assert_never
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Cm, Pt
from docx.table import _Cell, _Row

from contracts.events import local_date, midnight
from services.chassis.pages import swedish_date
from services.reporting.domain.exports import ExportTable
from services.reporting.domain.form_reports import (
    Answer,
    Block,
    DocumentFormat,
    FilledReport,
    Heading,
    Known,
    Note,
    Signature,
    TableBlock,
)
from services.reporting.web.pdf_writer import set_pdf, table_data

_TEMPLATE: Final = (Path(__file__).parent / "templates" / "form_report.typ").read_bytes()
_EMPTY: Final = "–"
_FIRST_OF_ZIP: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest moment that a file in a ZIP archive can have."""


async def written(report: FilledReport, file_format: DocumentFormat) -> bytes:
    """A signed report as a file. Raises ValueError for a draft, and Unavailable if a PDF takes too long."""
    if report.signature is None:
        raise ValueError("a draft is no file")
    match file_format:
        case DocumentFormat.PDF:
            signed_on = report.signature.signed_on
            return await set_pdf(_TEMPLATE, {"report": _data(report, report.signature)}, midnight(signed_on))
        case DocumentFormat.DOCX:
            return await asyncio.to_thread(_write_docx, report, report.signature)
        case _:
            assert_never(file_format)


def _head(report: FilledReport) -> list[str]:
    return [
        f"Period: {swedish_date(report.period.first)}–{swedish_date(report.period.last)}",
        f"Siffrorna är kända till och med {swedish_date(local_date(report.known_until))}",
    ]


def _foot(report: FilledReport) -> str:
    return f"Mall: {'; '.join(report.sources)}, version {report.form_version}."


def _whole(report: FilledReport, signature: Signature) -> Iterator[Block]:
    """The report's parts, and the signature's below them."""
    yield from report.blocks
    yield Heading(text="Underskrift av insatsägare")
    yield Known(label="Organisation", text=signature.organisation)
    yield Known(label="Datum", text=swedish_date(signature.signed_on))
    yield Known(label="Underskrift", text=signature.name)


def _paragraphs(text: str) -> list[list[str]]:
    """Its paragraphs, each with its lines."""
    return [paragraph.split("\n") for paragraph in (text or _EMPTY).split("\n\n")]


# PDF ------------------------------------------------------------------------------------------------------------


def _data(report: FilledReport, signature: Signature) -> dict[str, Any]:
    day = signature.signed_on
    return {
        "title": report.heading,
        "signed": {"year": day.year, "month": day.month, "day": day.day},
        "head": _head(report),
        "blocks": [_block_data(each) for each in _whole(report, signature)],
        "foot": [_foot(report)],
    }


def _block_data(block: Block) -> dict[str, Any]:
    match block:
        case Heading(text=text) | Note(text=text):
            return {"kind": block.kind, "text": text}
        case Known(label=label, text=text):
            return {"kind": block.kind, "label": label, "text": text}
        case Answer(label=label, text=text):
            return {"kind": block.kind, "label": label, "paragraphs": _paragraphs(text)}
        case TableBlock(table=table):
            return {"kind": block.kind, "table": table_data(table)}
        case _:
            assert_never(block)


# DOCX -----------------------------------------------------------------------------------------------------------


def _write_docx(report: FilledReport, signature: Signature) -> bytes:
    document = docx.Document()
    _set_up(document, report, signature)
    document.add_heading(report.heading, level=0)
    for line in _head(report):
        document.add_paragraph(line)
    for block in _whole(report, signature):
        _add(document, block)
    document.add_paragraph(_foot(report)).runs[0].font.size = Pt(8)
    written_to = io.BytesIO()
    document.save(written_to)
    return _without_moments(written_to.getvalue())


def _set_up(document: Document, report: FilledReport, signature: Signature) -> None:
    """A4, Swedish, and what the file says of itself: nobody as its author."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    of_run = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    of_run.find(qn("w:lang")).set(qn("w:val"), "sv-SE")
    moment = datetime.combine(signature.signed_on, datetime.min.time(), UTC)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = report.heading, "", ""
    properties.language, properties.created, properties.modified = "sv-SE", moment, moment


def _add(document: Document, block: Block) -> None:
    match block:
        case Heading(text=text):
            document.add_heading(text, level=1)
        case Known(label=label, text=text):
            paragraph = document.add_paragraph()
            paragraph.add_run(f"{label}: ").bold = True
            paragraph.add_run(text)
        case Answer(label=label, text=text):
            document.add_heading(label, level=2)
            for lines in _paragraphs(text):
                document.add_paragraph("\n".join(lines))
        case Note(text=text):
            document.add_paragraph().add_run(text).italic = True
        case TableBlock(table=table):
            _add_table(document, table)
        case _:
            assert_never(block)


def _add_table(document: Document, table: ExportTable) -> None:
    document.add_heading(table.caption, level=2)
    names = (*table.label_columns, *table.columns)
    shown = document.add_table(rows=1, cols=len(names), style="Table Grid")
    _repeat_on_each_page(shown.rows[0])
    _fill(shown.rows[0].cells, names, len(table.label_columns), bold=True)
    for row in table.rows:
        texts = (*row.labels, *(value.text for value in row.values))
        _fill(shown.add_row().cells, texts, len(row.labels), bold=row.sums_up)
    for each in table_data(table)["definitions"]:
        paragraph = document.add_paragraph()
        for text, bold in ((f"{each['label']}. ", True), (each["says"], False)):
            run = paragraph.add_run(text)
            run.bold, run.font.size = bold, Pt(8)


def _repeat_on_each_page(row: _Row) -> None:
    """Makes a row a table's header, also for screen readers."""
    # python-docx has no name for it.
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001


def _fill(cells: Sequence[_Cell], texts: Sequence[str], labels: int, *, bold: bool) -> None:
    for place, (cell, text) in enumerate(zip(cells, texts, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.add_run(text).bold = bold
        if place >= labels:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _without_moments(archive: bytes) -> bytes:
    """The same archive with one moment for all its files, so that a report written again is the same bytes."""
    written_to = io.BytesIO()
    with ZipFile(io.BytesIO(archive)) as made, ZipFile(written_to, "w", ZIP_DEFLATED) as same:
        for name in made.namelist():
            same.writestr(ZipInfo(name, _FIRST_OF_ZIP), made.read(name), ZIP_DEFLATED)
    return written_to.getvalue()
