"""Reports on forms over HTTP: begun, written, signed, answered, and read byte for byte."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field

from contracts.catalogue import INSATSER
from contracts.codes import Role
from contracts.model import Code
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.http import Body, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.chassis.project_leaders import require_insats
from services.reporting import form_report_commands as commands
from services.reporting import form_report_store as reports
from services.reporting.domain import form_reports
from services.reporting.domain.drafts import Sent
from services.reporting.domain.form_reports import FilledReport, version_of
from services.reporting.filling import FORMS
from services.reporting.form_report_reading import draft_of, report_seen, revision_seen, revisions_of
from services.reporting.form_report_store import SignedReport
from services.reporting.period_parameter import period_named

_MOST_FIELDS = 100
_HASH = r"^[0-9a-f]{64}$"
Writer = Annotated[User, Depends(signed_in(Role.OFFICE, Role.PROJECT_LEADER))]
_Leader = Annotated[User, Depends(signed_in(Role.PROJECT_LEADER))]
_Office = Annotated[User, Depends(signed_in(Role.OFFICE))]
RevisionInPath = Annotated[int, Path(ge=1, le=10_000)]


class NewFormReport(Body):
    """``known_on``: the cut-off, the last day whose registrations its figures count; a day that is over."""

    model_config = examples(
        {"form": "uppfoljning-2021", "insats": "mia-vidare", "period": "2021", "known_on": "2022-01-02"}
    )
    form: Code
    insats: Code
    period: str = Field(max_length=22)
    known_on: Day


class TextIn(BaseModel):
    """``version``: that of the text it was written from, as the draft gives it."""

    field: Code
    text: str = Field(max_length=form_reports.MOST_LETTERS)
    version: str = Field(pattern=_HASH)


class Texts(Body):
    model_config = examples({"texts": [{"field": "inflode", "text": "Enligt plan.", "version": version_of("")}]})
    texts: list[TextIn] = Field(min_length=1, max_length=_MOST_FIELDS)


class Signing(Body):
    """``draft_sha256``: of the draft that was read, as it gives it. Another draft is not signed."""

    model_config = examples({"draft_sha256": "0" * 64})
    draft_sha256: str = Field(pattern=_HASH)


class Returning(Body):
    """``reason``: what has to be changed."""

    model_config = examples({"reason": "Skriv mer om inflödet."})
    reason: str = Field(max_length=form_reports.MOST_LETTERS)


class Approving(Body):
    model_config = examples({})


class FieldOut(BaseModel):
    """A question with its text. ``required``: the report is not signed without it."""

    field: str
    label: str
    guidance: str | None
    required: bool
    text: str
    version: str


class DraftOut(BaseModel):
    """A report as it would be signed. ``missing``: the fields that have to be answered first."""

    report_id: UUID
    known_on: date
    report: FilledReport
    fields: list[FieldOut]
    missing: list[str]
    draft_sha256: str


class ConflictOut(BaseModel):
    """A text that was not saved: ``text`` is what somebody else has saved since."""

    field: str
    text: str


class RefusedOut(BaseModel):
    """A text that was not saved, and why."""

    field: str
    code: str
    message: str


class SavedOut(BaseModel):
    """Which texts were saved, and which were not."""

    saved: list[str]
    conflicts: list[ConflictOut]
    refused: list[RefusedOut]


class RevisionOut(BaseModel):
    """A signed revision. ``content_sha256``: of the bytes that ``…/content`` answers, in hex."""

    report_id: UUID
    revision: int
    form: str
    insats: str
    period: str
    known_until: datetime
    signed_at: datetime
    content_sha256: str
    returned_at: datetime | None
    reason: str | None
    approved_at: datetime | None

    @staticmethod
    def of(signed: SignedReport) -> "RevisionOut":
        """As it is answered."""
        return RevisionOut(**{**vars(signed), "period": signed.period.id})


class FormReportOut(BaseModel):
    """A report: what it is of, and what was signed, the first revision first."""

    report_id: UUID
    form: str
    insats: str
    period: str
    known_on: date
    revisions: list[RevisionOut]


def form_report_api() -> APIRouter:
    """The routes under /api/reporting/form-reports."""
    router = APIRouter(prefix="/api/reporting/form-reports", tags=["form reports"])
    _writing(router)
    _reading(router)
    _answering(router)
    return router


def _writing(router: APIRouter) -> None:
    @router.post("", status_code=201)
    async def begin(body: NewFormReport, request: CommandRequestOf, user: Writer) -> FormReportOut:
        """Begins a report of a form, an insats and a period. One begun before stays as it is."""
        form, insats = FORMS.get(body.form), INSATSER.get(body.insats)
        if form is None or insats is None:
            raise NotFound("form_or_insats_unknown", "Mallen eller insatsen finns inte.")
        require_insats(user, insats.id)
        period = period_named(body.period)
        async with request.unit(user.actor) as unit:
            begun = await commands.begin(unit, form, insats, period, body.known_on)
            signed = (await reports.revisions(unit.conn, [begun.report_id])).get(begun.report_id, [])
            return await request.answered(unit, _report(begun, signed))

    @router.post("/{report_id}/texts", status_code=201)
    async def save(report_id: UUID, body: Texts, request: CommandRequestOf, user: Writer) -> SavedOut:
        """Saves texts of a draft, each by itself. One that somebody else has changed meanwhile is not saved over."""
        begun = await report_seen(request.runtime, user, report_id)
        sent = {each.field: Sent(each.text, each.version) for each in body.texts}
        async with request.unit(user.actor) as unit:
            saving = await commands.save(unit, begun, sent)
            saved = SavedOut(
                saved=sorted(saving.writes),
                conflicts=[ConflictOut(field=field, text=text) for field, text in saving.conflicts.items()],
                refused=[
                    RefusedOut(field=field, code=each.code, message=each.message)
                    for field, each in saving.refused.items()
                ],
            )
            return await request.answered(unit, saved)

    @router.post("/{report_id}/signatures", status_code=201)
    async def sign(report_id: UUID, body: Signing, request: CommandRequestOf, user: _Leader) -> RevisionOut:
        """Signs the draft that was read: its texts and figures are locked."""
        subject = await draft_of(request.runtime, await report_seen(request.runtime, user, report_id))
        async with request.unit(user.actor) as unit:
            signed = await commands.sign(unit, report_id, subject, user.name, body.draft_sha256)
            return await request.answered(unit, RevisionOut.of(signed))


def _reading(router: APIRouter) -> None:
    @router.get("/{report_id}")
    async def one(report_id: UUID, runtime: RuntimeOf, user: Writer) -> FormReportOut:
        """A report: what it is of, and what was signed."""
        begun = await report_seen(runtime, user, report_id)
        return _report(begun, await revisions_of(runtime, report_id))

    @router.get("/{report_id}/draft")
    async def draft(report_id: UUID, runtime: RuntimeOf, user: Writer) -> DraftOut:
        """The report as it would be signed now."""
        begun = await report_seen(runtime, user, report_id)
        subject = await draft_of(runtime, begun)
        async with runtime.pool.acquire() as connection:
            texts = await reports.texts(connection, report_id)
        asked, filled = subject.questions(), subject.filled(texts)
        fields = [
            FieldOut(**vars(each), text=texts.get(each.field, ""), version=version_of(texts.get(each.field, "")))
            for each in asked
        ]
        return DraftOut(
            report_id=report_id,
            known_on=begun.known_on,
            report=filled,
            fields=fields,
            missing=[each.field for each in form_reports.faults(asked, texts)],
            draft_sha256=form_reports.content_hash(form_reports.content(filled)),
        )

    @router.get("/{report_id}/revisions/{revision}/content", response_model=FilledReport)
    async def content(report_id: UUID, revision: RevisionInPath, runtime: RuntimeOf, user: Writer) -> Response:
        """The bytes that were signed."""
        _, stored = await revision_seen(runtime, user, report_id, revision)
        return Response(stored, media_type="application/json")


def _answering(router: APIRouter) -> None:
    @router.post("/{report_id}/revisions/{revision}/approval", status_code=201)
    async def approve(
        report_id: UUID, revision: RevisionInPath, _body: Approving, request: CommandRequestOf, user: _Office
    ) -> RevisionOut:
        """Approves a signed revision."""
        await revision_seen(request.runtime, user, report_id, revision)
        async with request.unit(user.actor) as unit:
            answered = await commands.approve(unit, report_id, revision)
            return await request.answered(unit, RevisionOut.of(answered))

    @router.post("/{report_id}/revisions/{revision}/return", status_code=201)
    async def give_back(
        report_id: UUID, revision: RevisionInPath, body: Returning, request: CommandRequestOf, user: _Office
    ) -> RevisionOut:
        """Returns a signed revision, so that another can be written."""
        await revision_seen(request.runtime, user, report_id, revision)
        async with request.unit(user.actor) as unit:
            answered = await commands.give_back(unit, report_id, revision, body.reason)
            return await request.answered(unit, RevisionOut.of(answered))


def _report(begun: reports.BegunReport, signed: list[SignedReport]) -> FormReportOut:
    return FormReportOut(
        report_id=begun.report_id,
        form=begun.form,
        insats=begun.insats,
        period=begun.period.id,
        known_on=begun.known_on,
        revisions=[RevisionOut.of(each) for each in signed],
    )
