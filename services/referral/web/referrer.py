"""The referrer's own pages: what became of each referral, and a new one."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from contracts.agency import ReferralAcknowledged, ReferralProgressed, ReferralRejected
from contracts.catalogue import AGENCIES, INSATSER, Agency
from contracts.catalogue.vocabulary import return_reason_label, word_label
from contracts.events import local_date
from contracts.labels import label
from contracts.problems import NotFound
from services.chassis.database import Connection
from services.chassis.http import RuntimeOf
from services.chassis.log import read_log
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.referral import drafts, protection_store, queue_store, referrer_store
from services.referral.domain import feedback
from services.referral.domain.case import CaseFile, CaseState
from services.referral.domain.permissions import PERMISSIONS, Act
from services.referral.domain.queue_order import by_priority, priority_texts
from services.referral.domain.waiting import Wait
from services.referral.fingerprints import file_field
from services.referral.intake import InboundRecord, Intake
from services.referral.referrer_store import OwnReferral
from services.referral.vault import Vault
from services.referral.web.drafts import listed
from services.referral.web.new_referral import Line, NewReferral, Referrer, agency_of
from services.referral.web.referral_form import form_page
from services.referral.web.shortcuts import shortcut_of

_SHOWN: Final = 50
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_FORGOTTEN: Final = "avidentifierad"

_STATES: Final[Mapping[CaseState, str]] = {
    CaseState.WAITING: "väntar på svar",
    CaseState.INCOMPLETE: "ofullständig",
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
            listed_rows = await shown_rows(connection, runtime, vault, shown)
        values = {
            "rows": listed_rows,
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
            record = InboundRecord(filled.message(agency), None, user.id)
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


async def shown_rows(
    connection: Connection, runtime: Runtime, vault: Vault, rows: Sequence[OwnReferral]
) -> list[dict[str, Any]]:
    """The agency's referrals as its lists show them."""
    waits = await _waits(connection, runtime, rows)
    return [{**_values(vault, row), "days": waits[row.case_id].days} for row in rows]


async def _course(runtime: Runtime, vault: Vault, agency: Agency, case_id: UUID) -> dict[str, Any]:
    async with runtime.pool.acquire() as connection:
        row = await referrer_store.one(connection, agency.id, case_id)
        if row is None:
            raise NotFound("referral_unknown", "Er myndighet har ingen sådan anmälan.")
        waits = await _waits(connection, runtime, [row])
        protected = case_id in await protection_store.of_cases(connection, [case_id])
        steps = feedback.course(await read_log(connection, feedback.stream_of(case_id)))
    reasons = _reasons(steps)
    return {
        **_values(vault, row),
        "agency": agency.name,
        "officer": "" if (file := _file(vault, row)) is None else file.officer.name,
        "protected": protected,
        "days": waits[case_id].days,
        "steps": [
            {"step": step, "reason": reasons.get(step.reason or ""), "missing": things_missing(step.missing or ())}
            for step in steps
        ],
        "mark": f"{len(steps)} {row.state} {row.position} {row.queued} {row.handed_back_on or ''}",
    }


def _values(vault: Vault, row: OwnReferral) -> dict[str, Any]:
    insats = INSATSER.get(row.insats)
    return {
        "case_id": row.case_id,
        "reference": reference_of(vault, row),
        "insats": row.insats if insats is None else insats.name,
        "shortcut": shortcut_of(row),
        "priorities": priority_texts(insats, row.priorities),
        "by_priority": row.priorities or by_priority(insats, row.referred_on),
        "unit": _unit_name(row.unit),
        "referred_on": row.referred_on,
        "waits": row.state in (CaseState.WAITING, CaseState.INCOMPLETE),
        "incomplete": row.state is CaseState.INCOMPLETE,
        "missing": things_missing(row.missing or ()),
        "may_change_referrer": row.sealed is not None and PERMISSIONS[Act.CHANGE_REFERRER].in_state(row.state),
        "may_withdraw": PERMISSIONS[Act.WITHDRAW].in_state(row.state),
        "handed_back_on": row.handed_back_on,
        "state": _state(row),
        "since": row.state_since,
        "position": row.position,
        "queued": row.queued,
    }


def things_missing(what: Iterable[str]) -> str:
    """What a referral lacks, in Swedish; empty if nothing."""
    return ", ".join(word_label("missing_things", each) for each in what)


def _state(row: OwnReferral) -> str:
    if row.state is CaseState.RETURNED and row.returned_by is not None:
        return label(row.returned_by)
    return _STATES[row.state]


def reference_of(vault: Vault, row: OwnReferral) -> str:
    """The agency's own reference, opened; what stands in its place once the person has been forgotten."""
    file = _file(vault, row)
    return _FORGOTTEN if file is None else file.reference


def _file(vault: Vault, row: OwnReferral) -> CaseFile | None:
    """What is sealed of the referral, opened; None once the person has been forgotten."""
    if row.wrapped_key is None or row.sealed is None:
        return None
    opened = vault.key(row.person_id, row.wrapped_key).open(file_field(row.case_id), row.sealed)
    return CaseFile.model_validate_json(opened)


def _unit_name(unit_id: str) -> str:
    names = (unit.name for agency in AGENCIES.values() for unit in agency.units if unit.id == unit_id)
    return next(names, unit_id)


def _reasons(steps: Iterable[ReferralProgressed]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for step in steps:
        if step.reason is not None:
            found[step.reason] = return_reason_label(step.reason)
    return found


async def _waits(connection: Connection, runtime: Runtime, rows: Iterable[OwnReferral]) -> Mapping[UUID, Wait]:
    referred = ((row.case_id, row.referred_on) for row in rows)
    return await queue_store.waits(connection, referred, local_date(runtime.clock.now()))
