"""An insats's signed report: as a page and as files, counted anew, and what the office answers."""

from pathlib import Path as FilePath
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from contracts.catalogue import INSATSER
from contracts.codes import Role
from contracts.events import local_date
from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.reporting import filling, form_report_commands
from services.reporting.domain import form_reports
from services.reporting.domain.form_reports import DocumentFormat, FilledReport
from services.reporting.domain.signing import MOST_LETTERS
from services.reporting.filling import FORMS
from services.reporting.form_report_reading import report_seen, revision_seen, revisions_of
from services.reporting.web.file_pages import attachment
from services.reporting.web.form_report_files import written
from services.reporting.web.form_report_pages import FORM_REPORTS, Reader, stage_of
from services.reporting.web.pdf_writer import says

_PAGES: Final = Pages(FilePath(__file__).parent / "templates")
_Office = Annotated[User, Depends(signed_in(Role.OFFICE))]
_Revision = Annotated[int, Path(ge=1, le=10_000)]
_MEDIA_TYPES: Final = {
    DocumentFormat.PDF: "application/pdf",
    DocumentFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def signed_reports_router() -> APIRouter:
    """The pages and files under /rapporter/<report>/<revision>."""
    router = APIRouter(prefix=FORM_REPORTS, include_in_schema=False)
    _shown(router)
    _answered(router)
    return router


def _shown(router: APIRouter) -> None:
    """What was signed, as a page and as files."""

    @router.get("/{report_id}/{revision}")
    async def signed_report(
        request: Request,
        report_id: UUID,
        revision: _Revision,
        runtime: RuntimeOf,
        user: Reader,
        omraknad: bool = False,
    ) -> Response:
        """``omraknad``: the report is also counted anew from the events registered by its moment."""
        await report_seen(runtime, user, report_id)
        return await _signed(request, runtime, user, report_id, revision, recount=omraknad)

    @router.get("/{report_id}/{revision}/innehall.json")
    async def content(report_id: UUID, revision: _Revision, runtime: RuntimeOf, user: Reader) -> Response:
        """The bytes that were signed, of which the hash is."""
        _, stored = await revision_seen(runtime, user, report_id, revision)
        headers = {"content-disposition": attachment("rapport.json"), "cache-control": "no-store"}
        return Response(stored, media_type="application/json", headers=headers)

    @router.get("/{report_id}/{revision}/rapport.{file_format}")
    async def file(
        report_id: UUID, revision: _Revision, file_format: DocumentFormat, runtime: RuntimeOf, user: Reader
    ) -> Response:
        signed, stored = await revision_seen(runtime, user, report_id, revision)
        name = f"rapport-{signed.insats}-{signed.period.id}-version-{revision}.{file_format}"
        headers = {"content-disposition": attachment(name), "cache-control": "no-store"}
        content = await written(form_reports.read(stored), file_format)
        return Response(content, media_type=_MEDIA_TYPES[file_format], headers=headers)


def _answered(router: APIRouter) -> None:
    """The office approves a report, or returns it."""

    @router.post("/{report_id}/{revision}/godkann")
    async def approve(
        request: Request, report_id: UUID, revision: _Revision, runtime: RuntimeOf, user: _Office
    ) -> Response:
        await revision_seen(runtime, user, report_id, revision)
        try:
            async with runtime.unit(user.actor) as unit:
                await form_report_commands.approve(unit, report_id, revision)
        except Refused as refused:
            return await _signed(request, runtime, user, report_id, revision, refused=refused)
        return RedirectResponse(f"{FORM_REPORTS}/{report_id}/{revision}", status_code=303)

    @router.post("/{report_id}/{revision}/aterlamna")
    async def give_back(
        request: Request,
        report_id: UUID,
        revision: _Revision,
        runtime: RuntimeOf,
        user: _Office,
        skal: Annotated[str, Form()] = "",
    ) -> Response:
        await revision_seen(runtime, user, report_id, revision)
        try:
            async with runtime.unit(user.actor) as unit:
                await form_report_commands.give_back(unit, report_id, revision, skal)
        except Refused as refused:
            return await _signed(request, runtime, user, report_id, revision, refused=refused, reason=skal)
        return RedirectResponse(f"{FORM_REPORTS}/{report_id}/{revision}", status_code=303)


async def _signed(
    request: Request,
    runtime: Runtime,
    user: User,
    report_id: UUID,
    revision: int,
    *,
    recount: bool = False,
    refused: Refused | None = None,
    reason: str = "",
) -> Response:
    signed, stored = await revision_seen(runtime, user, report_id, revision)
    report = form_reports.read(stored)
    answered_at = signed.returned_at or signed.approved_at
    known_on = local_date(signed.known_until)
    place = f"{FORM_REPORTS}/{report_id}"
    values = {
        "report": report,
        "says": says,
        "signed": signed,
        "stage": stage_of(signed),
        "place": place,
        "own": f"{place}/{revision}",
        "others": [each for each in await revisions_of(runtime, report_id) if each.revision != revision],
        "known_on": known_on,
        "over": report.period.last <= known_on,
        "recounted": await _recounted(runtime, report, stored) if recount else None,
        "answered_on": None if answered_at is None else local_date(answered_at),
        "may_answer": user.has(Role.OFFICE) and answered_at is None,
        "most": MOST_LETTERS,
        "reason": reason,
        "refused": refused,
    }
    return _PAGES.page(request, "signed_report.html", values, status=200 if refused is None else refused.status)


async def _recounted(runtime: Runtime, report: FilledReport, stored: bytes) -> str:
    """Whether counting anew gives the same content; or that it cannot be counted by another version of its form."""
    form, insats = FORMS.get(report.form), INSATSER.get(report.insats)
    if form is None or insats is None or form.version != report.form_version:
        return "not"
    async with runtime.pool.acquire() as connection:
        subject = await filling.counted(connection, form, insats, report.period, report.known_until)
    again = subject.filled(report.texts()).model_copy(update={"signature": report.signature})
    return "same" if form_reports.content(again) == stored else "other"
