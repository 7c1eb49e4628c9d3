"""An export as PDF on A4, tagged for screen readers (PDF/UA-1), set by Typst in this process.

Typst gets the export as data beside the template ``export.typ``; nothing in it is read as markup. Its own fonts are
used, so a file looks the same wherever it was made.
"""

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import typst

from contracts.events import STOCKHOLM
from services.chassis.http import Unavailable
from services.chassis.pages import swedish_date
from services.reporting.domain.definitions import Definition
from services.reporting.domain.exports import Export, ExportTable

_TEMPLATE: Final = (Path(__file__).parent / "templates" / "export.typ").read_bytes()
_LONGEST: Final = 30.0
"""Seconds that somebody waits for a PDF."""

# A thread that Typst is working in cannot be stopped. With two there are never more at work than that, however many
# files are asked for and given up.
_THREADS: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="pdf")


async def write_pdf(export: Export) -> bytes:
    """The file. Raises Unavailable if it takes too long, as when many are asked for at once."""
    return await set_pdf(_TEMPLATE, {"export": _data(export)}, export.counted_at)


async def set_pdf(template: bytes, inputs: Mapping[str, Any], moment: datetime) -> bytes:
    """A document of a template's and what it is given, each by its name. ``moment``: when it was made, as it says
    itself. Raises Unavailable if it takes too long, as when many are asked for at once."""
    setting = asyncio.get_running_loop().run_in_executor(_THREADS, _set, template, inputs, moment)
    try:
        return await asyncio.wait_for(setting, _LONGEST)
    except TimeoutError:
        raise Unavailable(
            "pdf_takes_too_long", "Det tog för lång tid att göra PDF-filen. Försök igen strax."
        ) from None


def _set(template: bytes, inputs: Mapping[str, Any], moment: datetime) -> bytes:
    written = typst.compile(
        template,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={name: json.dumps(each, ensure_ascii=False) for name, each in inputs.items()},
        pdf_standards="ua-1",
        timestamp=int(moment.timestamp()),
    )
    if not isinstance(written, bytes):
        raise TypeError("Typst set no single PDF")
    return written


def _data(export: Export) -> dict[str, Any]:
    counted_at = export.counted_at.astimezone(STOCKHOLM)
    return {
        "title": export.title,
        "period": f"Period: {swedish_date(export.period.first)}–{swedish_date(export.period.last)}",
        "known": f"Känt till och med {swedish_date(export.known_until)}",
        "counted": {"year": counted_at.year, "month": counted_at.month, "day": counted_at.day},
        "counted_at": f"Beräknat {swedish_date(counted_at.date())} klockan {counted_at:%H.%M}",
        "sections": [
            {"heading": section.heading, "tables": list(map(table_data, section.tables))}
            for section in export.sections
        ],
    }


def table_data(table: ExportTable) -> dict[str, Any]:
    """A table as templates take it."""
    rows = [
        {"labels": row.labels, "values": [value.text for value in row.values], "sums_up": row.sums_up}
        for row in table.rows
    ]
    return {
        "caption": table.caption,
        "label_columns": table.label_columns,
        "columns": table.columns,
        "rows": rows,
        "definitions": [{"label": each.label, "says": says(each)} for each in table.definitions],
    }


def says(definition: Definition) -> str:
    """How a figure is counted, as it stands below its table."""
    parts = [f"{definition.population}; {definition.period}. Räknat i {definition.unit}."]
    if definition.denominator:
        parts.append(f"Andelar av {definition.denominator}, avrundade till hela procent, halva uppåt.")
    parts.append(f"Källa: {definition.source}.")
    if definition.reading:
        parts.append(definition.reading)
    if definition.other_readings:
        parts.append(f"Annan läsning: {'; '.join(definition.other_readings)}.")
    return " ".join(parts)
