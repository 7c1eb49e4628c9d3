"""Reports and figures as files, and the same content over the API.

A file's address is stable: ``/rapport/<period>/filer/<what>.<xlsx|csv|json|pdf>``. Each is counted anew when it is
asked for, as known now or (``kand``) at the end of a day.
"""

import asyncio
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, assert_never
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from contracts.catalogue import INSATSER
from contracts.codes import Role
from contracts.indicators.declaration import Average
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day
from services.chassis.pages import Pages
from services.reporting import store
from services.reporting.domain import frozen
from services.reporting.domain.exports import Export, FileFormat
from services.reporting.domain.periods import Period
from services.reporting.domain.published import Published, lines_beside
from services.reporting.frozen_api import Reader, kept
from services.reporting.indicators import DECLARED
from services.reporting.web import exports
from services.reporting.web.csv_writer import write_csv
from services.reporting.web.figure_pages import figure_named
from services.reporting.web.flow_pages import ALL, OfAll, OfOne, Page, export_of
from services.reporting.web.frozen_pages import FROZEN
from services.reporting.web.pdf_writer import write_pdf
from services.reporting.web.periods import asked_period, choices, known_day, known_until, today_of
from services.reporting.web.xlsx_writer import write_xlsx

FINSAM: Final = "uppfoljning-finsam"

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE, Role.OPERATIONS))]
_MEDIA_TYPES: Final = {
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.CSV: "text/csv",
    FileFormat.JSON: "application/json",
    FileFormat.PDF: "application/pdf",
}


@dataclass(frozen=True)
class Asked:
    """A period, when it is counted, and the last moment whose registrations count; None for all that are known."""

    period: Period
    counting: exports.Counting
    as_of: datetime | None


async def _asked(
    period_id: str,
    runtime: RuntimeOf,
    _user: _Reader,
    kand: Annotated[
        Day | None, Query(description="Only what had been registered by the end of this day counts.")
    ] = None,
) -> Asked:
    today = today_of(runtime)
    known_on = known_day(kand, today)
    return Asked(
        asked_period(period_id, today),
        exports.Counting(runtime.clock.now(), known_on),
        known_until(known_on),
    )


_Asked = Annotated[Asked, Depends(_asked)]


class Exports:
    """Counts what each file holds. Its methods are dependencies of routes."""

    def __init__(self, published: Published | None) -> None:
        self._published = published

    async def report(self, asked: _Asked, runtime: RuntimeOf) -> Export:
        """The report of a period: its tables, and the published figures of its year beside the computed ones."""
        async with runtime.pool.acquire() as connection:
            figures = await store.period_figures(connection, asked.period, asked.as_of)
        return exports.report_export(figures, lines_beside(figures, self._published), asked.counting)

    async def insats(self, insats_id: str, asked: _Asked, runtime: RuntimeOf) -> Export:
        """The report of one insats in a period."""
        if insats_id not in INSATSER:
            raise NotFound("insats_unknown", "Insatsen finns inte i katalogen. Se listan över insatser.")
        async with runtime.pool.acquire() as connection:
            figures = await store.period_figures(connection, asked.period, asked.as_of)
        lines = lines_beside(figures, self._published)
        return exports.insats_export(insats_id, figures, lines, asked.counting)

    async def figures(self, asked: _Asked, runtime: RuntimeOf) -> Export:
        """Every figure of a period with its cells."""
        async with runtime.pool.acquire() as connection:
            counts = await store.period_counts(connection, asked.period, asked.as_of)
            averages = await store.period_averages(connection, asked.period, asked.as_of)
        return await asyncio.to_thread(exports.figures_export, asked.period, counts, averages, asked.counting)

    async def figure(self, indicator: str, asked: _Asked, runtime: RuntimeOf) -> Export:
        """One figure of a period with its cells."""
        period = asked.period
        wanted = figure_named(indicator, period)
        async with runtime.pool.acquire() as connection:
            if isinstance(wanted.measure, Average):
                average = await store.averages_in(connection, wanted, period, asked.as_of)
                return exports.average_export(average, period, asked.counting)
            counts = await store.count(
                connection, DECLARED.lineage(wanted), period.first, period.following, asked.as_of
            )
        return exports.figure_export(indicator, period, counts, asked.counting)

    async def finsam(self, asked: _Asked, runtime: RuntimeOf) -> Export:
        """New participants by insats and sex in a calendar year, as Uppföljning Finsam takes them."""
        if not asked.period.is_year:
            raise NotFound("not_a_year", "Uppföljning Finsam gäller hela kalenderår. Välj ett år.")
        async with runtime.pool.acquire() as connection:
            started = await store.counted_in(connection, DECLARED.indicators["started"], asked.period, asked.as_of)
        return exports.finsam_export(asked.period, started, asked.counting)


def files_router(published: Published | None) -> APIRouter:
    """The files, the page of Uppföljning Finsam, and what the files hold over the API."""
    made = Exports(published)
    router = APIRouter()
    files: dict[str, Callable[..., Awaitable[Export]]] = {
        "rapport": made.report,
        "insatser/{insats_id}": made.insats,
        "siffror": made.figures,
        "siffror/{indicator}": made.figure,
        FINSAM: made.finsam,
    }
    for page in ALL:
        files[page.name] = _of_all(page)
        files[f"{page.name}/{{insats_id}}"] = _of_one(page)
    for place, export in files.items():
        _serve(router, place, export)

    @router.get(f"/rapport/{{period_id}}/{FINSAM}", include_in_schema=False)
    async def finsam(request: Request, runtime: RuntimeOf, export: Export = Depends(made.finsam)) -> Response:
        """What is registered in the national system, to look at before it is."""
        [section] = export.sections
        [table] = section.tables
        values = {
            "choices": choices(export.period, today_of(runtime), f"/{FINSAM}", export.known_on),
            "table": table,
            "place": f"/rapport/{export.period.id}/filer/{FINSAM}",
        }
        return _PAGES.page(request, "finsam.html", values)

    return router


def _of_all(page: Page) -> Callable[..., Awaitable[Export]]:
    async def export(asked: OfAll, runtime: RuntimeOf) -> Export:
        return await export_of(page, asked, runtime)

    export.__doc__ = f"The page “{page.title}” of a period, of all insatser together."
    return export


def _of_one(page: Page) -> Callable[..., Awaitable[Export]]:
    async def export(asked: OfOne, runtime: RuntimeOf) -> Export:
        return await export_of(page, asked, runtime)

    export.__doc__ = f"The page “{page.title}” of a period, of one insats."
    return export


def frozen_files_router() -> APIRouter:
    """A frozen report as a file: asked for again it has the same content, and what it holds does not change."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{FROZEN}/{{report_id}}/filer/siffror.{{file_format}}")
    async def frozen_file(report_id: UUID, file_format: FileFormat, runtime: RuntimeOf, _user: Reader) -> Response:
        report, stored = await kept(runtime, report_id)
        return await as_file(exports.frozen_export(report, frozen.read(stored)), file_format)

    return router


def _serve(router: APIRouter, place: str, made: Callable[..., Awaitable[Export]]) -> None:
    """The routes of one export: as a file, and over the API."""

    @router.get(f"/rapport/{{period_id}}/filer/{place}.{{file_format}}", include_in_schema=False)
    async def export_file(file_format: FileFormat, export: Export = Depends(made)) -> Response:
        return await as_file(export, file_format)

    @router.get(f"/api/reporting/periods/{{period_id}}/exports/{place}", tags=["reporting"], description=made.__doc__)
    async def export_content(export: Export = Depends(made)) -> Export:
        return export


async def as_file(export: Export, file_format: FileFormat) -> Response:
    """An export as a file to be saved."""
    headers = {"content-disposition": attachment(f"{export.name}.{file_format}"), "cache-control": "no-store"}
    return Response(await _written(export, file_format), media_type=_MEDIA_TYPES[file_format], headers=headers)


async def _written(export: Export, file_format: FileFormat) -> bytes:
    """Off the event loop: all figures of a period may be thousands of rows."""
    match file_format:
        case FileFormat.XLSX:
            return await asyncio.to_thread(write_xlsx, export)
        case FileFormat.CSV:
            return await asyncio.to_thread(write_csv, export)
        case FileFormat.JSON:
            return (await asyncio.to_thread(export.model_dump_json, indent=1)).encode()
        case FileFormat.PDF:
            return await write_pdf(export)
        case _:
            assert_never(file_format)


def attachment(name: str) -> str:
    """The header that has a browser save a file by this name (RFC 6266); ASCII for one that reads no more."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
