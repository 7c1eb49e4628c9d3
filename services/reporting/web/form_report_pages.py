"""Insatsernas rapporter: begun and written by the project leader, signed, and answered by the office."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path as FilePath
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from contracts.catalogue import INSATSER
from contracts.catalogue.vocabulary import word_label
from contracts.codes import Role
from contracts.events import local_date
from contracts.problems import Invalid, NotFound, Refused
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day
from services.chassis.pages import Pages
from services.chassis.project_leaders import require_insats, seen_by
from services.chassis.runtime import Runtime
from services.reporting import form_report_commands
from services.reporting import form_report_store as reports
from services.reporting.domain import form_reports
from services.reporting.domain.drafts import Saving, Sent
from services.reporting.domain.form_reports import version_of
from services.reporting.filling import FORMS
from services.reporting.form_report_reading import draft_of, report_seen, revisions_of
from services.reporting.form_report_store import BegunReport, SignedReport
from services.reporting.web.pdf_writer import says
from services.reporting.web.periods import chosen_period, latest_year, today_of

FORM_REPORTS: Final = "/rapporter"

_PAGES: Final = Pages(FilePath(__file__).parent / "templates")
_LISTED: Final = 200
Reader = Annotated[User, Depends(signed_in(Role.OFFICE, Role.PROJECT_LEADER))]
_Leader = Annotated[User, Depends(signed_in(Role.PROJECT_LEADER))]
_Office = Annotated[User, Depends(signed_in(Role.OFFICE))]
Revision = Annotated[int, Path(ge=1, le=10_000)]
_DONE: Final = {"sparat": "Texterna är sparade.", "kand": "Siffrorna är räknade till och med den dagen."}
_CONFLICT: Final = (
    "någon annan har sparat en annan text sedan du öppnade sidan. Båda står nedan; spara igen för att din ska gälla."
)


class BeginForm(BaseModel):
    """Of which form and insats, the period's first and last day, and the cut-off."""

    mall: str
    insats: str
    fran: Day
    till: Day
    kand: Day


@dataclass(frozen=True)
class Problem:
    """A text that was not saved, and why."""

    field: str
    label: str
    message: str


def form_reports_router() -> APIRouter:
    """The pages under /rapporter, for the office and the project leaders of each insats."""
    router = APIRouter(prefix=FORM_REPORTS, include_in_schema=False)

    @router.get("")
    async def listed(request: Request, runtime: RuntimeOf, user: Reader) -> Response:
        return await _list(request, runtime, user)

    @router.post("")
    async def begin(
        request: Request, runtime: RuntimeOf, user: Reader, form: Annotated[BeginForm, Form()]
    ) -> Response:
        declared, insats = FORMS.get(form.mall), INSATSER.get(form.insats)
        if declared is None or insats is None:
            raise NotFound("form_or_insats_unknown", "Välj en mall och en insats i listan över rapporter.")
        require_insats(user, insats.id)
        try:
            period = chosen_period(form.fran, form.till, today_of(runtime))
            async with runtime.unit(user.actor) as unit:
                begun = await form_report_commands.begin(unit, declared, insats, period, form.kand)
        except Invalid as refused:
            return await _list(request, runtime, user, refused=refused, filled=form)
        return RedirectResponse(f"{FORM_REPORTS}/{begun.report_id}", status_code=303)

    _drafts(router)
    return router


def _drafts(router: APIRouter) -> None:
    """The pages on which a report is written and signed."""

    @router.get("/{report_id}")
    async def one(request: Request, report_id: UUID, runtime: RuntimeOf, user: Reader, klar: str = "") -> Response:
        """The form of a draft; of a signed report what was signed."""
        begun = await report_seen(runtime, user, report_id)
        signed = await revisions_of(runtime, report_id)
        if signed and signed[-1].returned_at is None:
            return RedirectResponse(f"{FORM_REPORTS}/{report_id}/{signed[-1].revision}", status_code=303)
        return await _form(request, runtime, begun, done=_DONE.get(klar))

    @router.post("/{report_id}")
    async def save(
        request: Request, report_id: UUID, runtime: RuntimeOf, user: Reader, sedan: Annotated[str, Form()] = ""
    ) -> Response:
        """Saves the texts, each by itself. Who would write over another's text is shown both."""
        begun = await report_seen(runtime, user, report_id)
        sent = await _sent(request)
        async with runtime.unit(user.actor) as unit:
            saving = await form_report_commands.save(unit, begun, sent)
        if not saving.all_saved:
            return await _form(request, runtime, begun, sent=sent, saving=saving)
        place = f"{FORM_REPORTS}/{report_id}"
        return RedirectResponse(f"{place}/granska" if sedan == "granska" else f"{place}?klar=sparat", status_code=303)

    @router.post("/{report_id}/kand")
    async def choose_day(
        request: Request, report_id: UUID, runtime: RuntimeOf, user: Reader, kand: Annotated[Day, Form()]
    ) -> Response:
        begun = await report_seen(runtime, user, report_id)
        try:
            async with runtime.unit(user.actor) as unit:
                await form_report_commands.choose_day(unit, report_id, kand)
        except Invalid as refused:
            return await _form(request, runtime, begun, refused=refused)
        return RedirectResponse(f"{FORM_REPORTS}/{report_id}?klar=kand", status_code=303)

    @router.get("/{report_id}/granska")
    async def review(request: Request, report_id: UUID, runtime: RuntimeOf, user: Reader) -> Response:
        return await _review(request, runtime, user, await report_seen(runtime, user, report_id))

    @router.post("/{report_id}/underteckna")
    async def sign(
        request: Request, report_id: UUID, runtime: RuntimeOf, user: _Leader, sett: Annotated[str, Form()] = ""
    ) -> Response:
        begun = await report_seen(runtime, user, report_id)
        subject = await draft_of(runtime, begun)
        try:
            async with runtime.unit(user.actor) as unit:
                signed = await form_report_commands.sign(unit, report_id, subject, user.name, sett)
        except Refused as refused:
            return await _review(request, runtime, user, begun, refused=refused)
        return RedirectResponse(f"{FORM_REPORTS}/{report_id}/{signed.revision}", status_code=303)


async def _sent(request: Request) -> dict[str, Sent]:
    """The texts by field, each with the version it was written from. The form has been read, and can be."""
    form = await request.form()
    values = {name: value for name, value in form.items() if isinstance(value, str)}
    texts = {name.removeprefix("text."): text for name, text in values.items() if name.startswith("text.")}
    return {field: Sent(text, values.get(f"version.{field}", "")) for field, text in texts.items()}


# The pages ------------------------------------------------------------------------------------------------------


async def _list(
    request: Request,
    runtime: Runtime,
    user: User,
    *,
    refused: Refused | None = None,
    filled: BeginForm | None = None,
) -> Response:
    reported = {form.association for form in FORMS.values()}
    led = {each: INSATSER[each] for each in seen_by(user, INSATSER) if INSATSER[each].association in reported}
    theirs = {each.association for each in led.values()}
    async with runtime.pool.acquire() as connection:
        wanted = None if user.has(Role.OFFICE) else sorted(user.leads)
        begun = await reports.listed(connection, wanted, _LISTED)
        signed = await reports.revisions(connection, [each.report_id for each in begun])
    today = today_of(runtime)
    year, latest = latest_year(today), today - timedelta(days=1)
    values = {
        "reports": [_row(each, signed.get(each.report_id, [])) for each in begun],
        "forms": [
            {"id": form.id, "title": form.title, "where": word_label("associations", form.association)}
            for form in FORMS.values()
            if form.association in theirs
        ],
        "insatser": dict(sorted(((id_, each.name) for id_, each in led.items()), key=lambda named: named[1])),
        "latest": latest,
        "refused": refused,
        "filled": filled
        or {"mall": "", "insats": "", "fran": f"{year}-01-01", "till": f"{year}-12-31", "kand": latest},
    }
    return _PAGES.page(request, "form_reports.html", values, status=200 if refused is None else refused.status)


def _row(begun: BegunReport, signed: Sequence[SignedReport]) -> Mapping[str, Any]:
    form, insats = FORMS.get(begun.form), INSATSER.get(begun.insats)
    return {
        "place": f"{FORM_REPORTS}/{begun.report_id}",
        "title": begun.form if form is None else form.title,
        "insats": begun.insats if insats is None else insats.name,
        "period": begun.period.heading,
        "stage": stage_of(signed[-1]) if signed else "Utkast",
        "signed_on": local_date(signed[-1].signed_at) if signed else None,
    }


def stage_of(signed: SignedReport) -> str:
    """How far a signed revision has come, in words."""
    if signed.approved_at is not None:
        return "Godkänd"
    return "Väntar på kansliet" if signed.returned_at is None else "Återlämnad"


async def _form(
    request: Request,
    runtime: Runtime,
    begun: BegunReport,
    *,
    sent: Mapping[str, Sent] | None = None,
    saving: Saving | None = None,
    done: str | None = None,
    refused: Refused | None = None,
) -> Response:
    """The form with what is saved, or with what was sent and could not be saved."""
    subject = await draft_of(runtime, begun)
    async with runtime.pool.acquire() as connection:
        texts = await reports.texts(connection, begun.report_id)
    signed = await revisions_of(runtime, begun.report_id)
    asked = {each.field: each for each in subject.questions()}
    saving = Saving() if saving is None else saving
    left = {field: sent[field].text for field in (*saving.conflicts, *saving.refused)} if sent else {}
    wrong = _wrong(saving, {field: each.label for field, each in asked.items()})
    values = {
        "report": subject.filled(texts),
        "says": says,
        "place": f"{FORM_REPORTS}/{begun.report_id}",
        "questions": asked,
        "written": {field: left.get(field, texts.get(field, "")) for field in asked},
        # A text that could not be saved was written from what it is shown beside now.
        "versions": {
            field: sent[field].version if sent and field in saving.refused else version_of(texts.get(field, ""))
            for field in asked
        },
        "conflicts": saving.conflicts,
        "wrong": wrong,
        "problems": list(wrong.values()),
        "saved": bool(saving.writes),
        "returned": signed[-1] if signed and signed[-1].returned_at is not None else None,
        "revisions": signed,
        "known_on": begun.known_on,
        "latest": today_of(runtime) - timedelta(days=1),
        "done": done,
        "refused": refused,
    }
    status = refused.status if refused else 409 if saving.conflicts else 422 if saving.refused else 200
    return _PAGES.page(request, "form_report_draft.html", values, status=status)


def _wrong(saving: Saving, labels: Mapping[str, str]) -> dict[str, Problem]:
    """What was not saved of the fields that the form has, in its order."""
    messages = dict.fromkeys(saving.conflicts, _CONFLICT)
    messages |= {field: refused.message for field, refused in saving.refused.items()}
    return {field: Problem(field, labels[field], messages[field]) for field in labels if field in messages}


async def _review(
    request: Request, runtime: Runtime, user: User, begun: BegunReport, *, refused: Refused | None = None
) -> Response:
    """The draft as it would be signed, and what is missing."""
    subject = await draft_of(runtime, begun)
    async with runtime.pool.acquire() as connection:
        texts = await reports.texts(connection, begun.report_id)
    signed = await revisions_of(runtime, begun.report_id)
    report = subject.filled(texts)
    values = {
        "report": report,
        "says": says,
        "place": f"{FORM_REPORTS}/{begun.report_id}",
        "known_on": begun.known_on,
        "over": report.period.last <= begun.known_on,
        "faults": form_reports.faults(subject.questions(), texts),
        "may_sign": user.has(Role.PROJECT_LEADER) and (not signed or signed[-1].returned_at is not None),
        "seen": form_reports.content_hash(form_reports.content(report)),
        "refused": refused,
    }
    return _PAGES.page(request, "form_report_review.html", values, status=200 if refused is None else refused.status)
