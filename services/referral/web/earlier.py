"""Tidigare insatser: a person's other cases, while the person consents to their being read. Each read is logged."""

from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from contracts.catalogue import AGENCIES, INSATSER
from contracts.catalogue.vocabulary import word_label
from contracts.codes import Role
from contracts.consent import ConsentStatus
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.log import read_log
from services.chassis.pages import Pages, swedish_date
from services.chassis.unit import Unit
from services.referral import commands, earlier_store, store
from services.referral.domain.case import CaseState, fold
from services.referral.domain.earlier import EARLIER_HISTORY, EarlierInsats, Stay, earlier, may_be_read
from services.referral.names import NAMELESS, read_names
from services.referral.vault import Vault

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_PURPOSE: Final = "name on the page of earlier insatser"
_READ: Final = "earlier insatser of the person"
_STATES: Final = {
    CaseState.WAITING: "väntar på svar",
    CaseState.INCOMPLETE: "ofullständig",
    CaseState.ACCEPTED: "antagen, har inte börjat",
    CaseState.STARTED: "deltar",
    CaseState.RETURNED: "återremitterad",
    CaseState.CLOSED: "avslutad",
}

_Coordinator = Annotated[User, Depends(signed_in(Role.COORDINATOR))]


def earlier_pages(vault: Vault) -> APIRouter:
    """The page /anmalningar/…/tidigare."""
    router = APIRouter(prefix="/anmalningar/{case_id}/tidigare", include_in_schema=False)

    @router.get("")
    async def show(request: Request, case_id: UUID, runtime: RuntimeOf, user: _Coordinator) -> Response:
        async with runtime.unit(user.actor) as unit:
            values = await _values(unit, vault, user, case_id)
        return _PAGES.page(request, "referral_earlier.html", values)

    return router


async def _values(unit: Unit, vault: Vault, user: User, case_id: UUID) -> dict[str, Any]:
    row = await store.row(unit.conn, case_id)
    names = await read_names(unit, vault, [case_id], user, _PURPOSE)
    case = fold(await read_log(unit.conn, case_id))
    common = {
        "case_id": case_id,
        "name": names.get(case_id, NAMELESS),
        "insats": INSATSER[row.insats].name if row.insats in INSATSER else row.insats,
        "asks": EARLIER_HISTORY in commands.choices_of(case).purposes,
        "answered": case.consents.status(EARLIER_HISTORY, unit.today) is not ConsentStatus.NOT_ASKED,
    }
    if row.forgotten or not names.shows_place(case_id):
        return {**common, "hidden": "forgotten" if row.forgotten else "protected", "cases": [], "more": False}
    if not may_be_read(case.consents, unit.today):
        return {**common, "hidden": "consent", "cases": [], "more": False}
    others = await earlier_store.others(unit.conn, case_id)
    shown = others[: earlier_store.MOST]
    await store.log_reads(unit.conn, shown, user.id, _READ, unit.now)
    cases = [earlier(each, await read_log(unit.conn, each)) for each in shown]
    return {**common, "hidden": None, "cases": [_shown(each) for each in cases], "more": len(others) > len(shown)}


def _shown(each: EarlierInsats) -> dict[str, Any]:
    return {
        "case_id": each.case_id,
        "insats": INSATSER[each.insats].name if each.insats in INSATSER else each.insats,
        "referred_on": each.referred_on,
        "agency": AGENCIES[each.agency].name if each.agency in AGENCIES else each.agency,
        "state": _STATES[each.state],
        "state_since": each.state_since,
        "stays": [_stay(stay) for stay in each.stays],
    }


def _stay(stay: Stay) -> str:
    until = "" if stay.until is None else f" till {swedish_date(stay.until)}"
    reason = "" if stay.reason is None else f": {word_label('exit_reasons', stay.reason)}"
    return f"från {swedish_date(stay.since)}{until}{reason}"
