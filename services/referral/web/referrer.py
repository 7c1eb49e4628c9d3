"""The referrer's own pages: what became of each referral, and a new one."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from contracts.agency import ReferralAcknowledged, ReferralProgressed, ReferralRejected
from contracts.catalogue import AGENCIES, INSATSER, Agency
from contracts.events import local_date
from contracts.problems import NotFound
from services.chassis.http import RuntimeOf
from services.chassis.log import read_log
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.referral import drafts, referrer_store
from services.referral.domain import feedback
from services.referral.domain.case import CaseFile, CaseState
from services.referral.domain.return_reasons import return_reasons
from services.referral.intake import InboundRecord, Intake, file_field
from services.referral.referrer_store import OwnReferral
from services.referral.vault import Vault
from services.referral.web.drafts import listed
from services.referral.web.new_referral import Line, NewReferral, Referrer, agency_of
from services.referral.web.referral_form import form_page

_SHOWN: Final = 50
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_FORGOTTEN: Final = "avidentifierad"

_STATES: Final[Mapping[CaseState, str]] = {
    CaseState.WAITING: "väntar på svar",
    CaseState.ACCEPTED: "antagen",
    CaseState.STARTED: "deltar i insatsen",
    CaseState.RETURNED: "återremitterad",
    CaseState.CLOSED: "har slutat i insatsen",
}


def referrer_router(vault: Vault, intake: Intake) -> APIRouter:
    """The pages under /mina-anmalningar."""
    router = APIRouter(prefix="/mina-anmalningar", include_in_schema=False)

    @router.get("")
    async def mine(request: Request, runtime: RuntimeOf, user: Referrer, efter: UUID | None = None) -> Response:
        agency = agency_of(user)
        async with runtime.pool.acquire() as connection:
            rows = await referrer_store.newest(connection, agency.id, _SHOWN + 1, efter)
            owner = drafts.Owner(user.id, agency.id)
            begun = [] if efter else await drafts.own(connection, vault, owner, runtime.clock.now())
        shown = rows[:_SHOWN]
        values = {
            "rows": [{**_values(vault, row), "days": _days(runtime, row.referred_on)} for row in shown],
            "agency": agency.name,
            "next": shown[-1].case_id if len(rows) > _SHOWN else None,
            "first_page": efter is None,
            "drafts": [listed(each) for each in begun],
        }
        return _PAGES.page(request, "my_referrals.html", values)

    @router.get("/ny")
    async def new(request: Request, runtime: RuntimeOf, user: Referrer) -> Response:
        today = local_date(runtime.clock.now()).isoformat()
        empty = NewReferral(message_id=str(uuid4()), referred_on=today, stated_on=today)
        return form_page(request, runtime, agency_of(user), empty)

    @router.post("/ny")
    async def refer(
        request: Request, runtime: RuntimeOf, user: Referrer, filled: Annotated[NewReferral, Form()]
    ) -> Response:
        agency = agency_of(user)
        async with runtime.unit(user.actor) as unit:
            record = InboundRecord(filled.message(agency), place=None)
            [receipt] = await intake.ingest(unit, agency, [record])
            if isinstance(receipt.data, ReferralAcknowledged) and filled.draft is not None:
                await drafts.discard(unit, drafts.Owner(user.id, agency.id), filled.draft)
        if isinstance(receipt.data, ReferralAcknowledged):
            return RedirectResponse(f"/mina-anmalningar/{receipt.data.case_id}?mottagen=1", status_code=303)
        # The id has been used for the message that was refused; what is sent once it has been mended is another one.
        again = filled.model_copy(update={"message_id": str(uuid4())})
        errors = receipt.data.errors if isinstance(receipt.data, ReferralRejected) else ()
        return form_page(request, runtime, agency, again, errors, status=422)

    @router.post("/ny/kontroll")
    async def check(
        request: Request, runtime: RuntimeOf, user: Referrer, filled: Annotated[NewReferral, Form()]
    ) -> Response:
        """What the intake would say of the form as it is. Nothing is sent, and no message id is used up."""
        agency = agency_of(user)
        async with runtime.unit(user.actor) as unit:
            checked = await intake.check(unit, agency, InboundRecord(filled.message(agency), place=None))
        return form_page(request, runtime, agency, filled, checked.errors, checked=checked)

    @router.get("/{case_id}")
    async def one(
        request: Request, runtime: RuntimeOf, user: Referrer, case_id: UUID, mottagen: bool = False
    ) -> Response:
        values = await _course(runtime, vault, agency_of(user), case_id)
        return _PAGES.page(request, "my_referral.html", {**values, "acknowledged": mottagen})

    @router.get("/{case_id}/forlopp")
    async def course(
        request: Request, runtime: RuntimeOf, user: Referrer, case_id: UUID, shown: Line = ""
    ) -> Response:
        """What became of it, for an open page; nothing while it is what is shown."""
        values = await _course(runtime, vault, agency_of(user), case_id)
        if shown == values["mark"]:
            return Response(status_code=204)
        return _PAGES.page(request, "my_referral_course.html", values)

    return router


async def _course(runtime: Runtime, vault: Vault, agency: Agency, case_id: UUID) -> dict[str, Any]:
    async with runtime.pool.acquire() as connection:
        row = await referrer_store.one(connection, agency.id, case_id)
        if row is None:
            raise NotFound("referral_unknown", "Er myndighet har ingen sådan anmälan.")
        steps = feedback.course(await read_log(connection, feedback.stream_of(case_id)))
    reasons = _reasons(row, steps)
    return {
        **_values(vault, row),
        "agency": agency.name,
        "days": _days(runtime, row.referred_on),
        "steps": [{"step": step, "reason": reasons.get(step.reason or "")} for step in steps],
        "mark": f"{len(steps)} {row.state} {row.position} {row.queued}",
    }


def _values(vault: Vault, row: OwnReferral) -> dict[str, Any]:
    insats = INSATSER.get(row.insats)
    return {
        "case_id": row.case_id,
        "reference": _reference(vault, row),
        "insats": row.insats if insats is None else insats.name,
        "unit": _unit_name(row.unit),
        "referred_on": row.referred_on,
        "waits": row.state is CaseState.WAITING,
        "state": _STATES[row.state],
        "since": row.state_since,
        "position": row.position,
        "queued": row.queued,
    }


def _reference(vault: Vault, row: OwnReferral) -> str:
    if row.wrapped_key is None or row.sealed is None:
        return _FORGOTTEN
    opened = vault.key(row.person_id, row.wrapped_key).open(file_field(row.case_id), row.sealed)
    return CaseFile.model_validate_json(opened).reference


def _unit_name(unit_id: str) -> str:
    names = (unit.name for agency in AGENCIES.values() for unit in agency.units if unit.id == unit_id)
    return next(names, unit_id)


def _reasons(row: OwnReferral, steps: Iterable[ReferralProgressed]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for step in steps:
        found |= return_reasons(INSATSER.get(row.insats), step.happened_on)
    return found


def _days(runtime: Runtime, since: date) -> int:
    return (local_date(runtime.clock.now()) - since).days
