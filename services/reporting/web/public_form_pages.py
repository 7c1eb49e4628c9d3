"""Siffror för publicering: what of a frozen report may leave the house, as a page and as a file."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from contracts.codes import Role
from contracts.events import local_date
from contracts.problems import Conflict, NotFound, Refused
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.reporting import commands, public_store
from services.reporting.domain import public_form
from services.reporting.domain.disclosure import SMALLEST_PUBLISHED
from services.reporting.domain.public_form import Figure, PublicContent, PublicCount, ShownFigure
from services.reporting.frozen_api import Office, kept
from services.reporting.indicators import DECLARED
from services.reporting.web.row_labels import row_label

LEFT_OUT: Final = ".."
"""How Swedish statistics show a count that is not given."""

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_Reader = Annotated[User, Depends(signed_in(Role.OFFICE, Role.OPERATIONS))]


@dataclass(frozen=True)
class CountRow:
    """A count as it is shown. ``rows``: what the rows are called that are counted together; none of the total."""

    rows: tuple[str, ...]
    count: str


def public_form_router() -> APIRouter:
    """The pages under /rapport/frysta/<report>/publicering."""
    router = APIRouter(prefix="/rapport/frysta/{report_id}/publicering", include_in_schema=False)

    @router.get("")
    async def one(request: Request, report_id: UUID, runtime: RuntimeOf, user: _Reader) -> Response:
        return await _page(request, report_id, runtime, user)

    async def _page(
        request: Request, report_id: UUID, runtime: Runtime, user: User, refused: Refused | None = None
    ) -> Response:
        report, _ = await kept(runtime, report_id)
        async with runtime.pool.acquire() as connection:
            asked = await public_store.find(connection, report_id)
        public = None if asked is None or asked.content is None else public_form.read(asked.content)
        values = {
            "report": report,
            "known_on": local_date(report.known_until),
            "place": f"/rapport/frysta/{report_id}",
            "made": public is not None,
            "making": asked is not None and public is None and asked.failed_at is None,
            "failed": asked is not None and asked.failed_at is not None,
            "refused": refused,
            "may_make": user.has(Role.OFFICE),
            "smallest": SMALLEST_PUBLISHED,
            "left_out": LEFT_OUT,
            "figures": [] if public is None else [(each.definition, _rows(each)) for each in public.figures],
        }
        return _PAGES.page(request, "public_form.html", values, status=200 if refused is None else refused.status)

    @router.post("")
    async def make(request: Request, report_id: UUID, runtime: RuntimeOf, user: Office) -> Response:
        _, content = await kept(runtime, report_id)
        try:
            async with runtime.unit(user.actor) as unit:
                await commands.ask_for_public_form(unit, report_id, content)
        except Conflict as refused:
            return await _page(request, report_id, runtime, user, refused)
        return RedirectResponse(f"/rapport/frysta/{report_id}/publicering", status_code=303)

    @router.get("/siffror.csv")
    async def as_file(report_id: UUID, runtime: RuntimeOf, _user: _Reader) -> Response:
        report, _ = await kept(runtime, report_id)
        async with runtime.pool.acquire() as connection:
            asked = await public_store.find(connection, report_id)
        if asked is None or asked.content is None:
            raise NotFound(
                "no_public_form",
                "Siffrorna är inte gjorda klara för publicering än. Kansliet gör det på den frysta rapportens sida.",
            )
        name = f"publicering-{report.period.id}-kanda-{local_date(report.known_until)}.csv"
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response(_csv(public_form.read(asked.content)), media_type="text/csv", headers=headers)

    return router


def _rows(figure: Figure) -> tuple[CountRow, ...]:
    """The counts of a figure as they are shown; none of one that is withheld."""
    if not isinstance(figure, ShownFigure):
        return ()
    shown = figure.counts or (PublicCount(group={}, count=0),)
    return tuple(CountRow(tuple(_labels(each)), _as_text(each.count)) for each in shown)


def _labels(counted: PublicCount) -> Iterator[str]:
    for breakdown, row in counted.group.items():
        yield row_label(DECLARED.breakdowns[breakdown], row)


def _as_text(count: int | None) -> str:
    return LEFT_OUT if count is None else str(count)


def _csv(public: PublicContent) -> bytes:
    """As Excel opens it in Sweden: a line for each count, the rows that it counts together in one column."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";")
    writer.writerow(["Siffra", "Räknat i", "Period", "Rad", "Antal"])
    for figure in public.figures:
        said = (figure.definition.label, figure.definition.unit, public.period.label)
        for rows, count in _lines(_rows(figure)):
            writer.writerow([*said, rows, count])
    return written.getvalue().encode("utf-8-sig")


def _lines(rows: Iterable[CountRow]) -> Iterator[tuple[str, str]]:
    found = [(", ".join(each.rows) or "Totalt", each.count) for each in rows]
    yield from found or [("Totalt", LEFT_OUT)]
