"""Hand-backs: the referrer acknowledges one on the referral's page, coordinators see those that nobody has."""

from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from contracts.catalogue import AGENCIES, INSATSER
from contracts.codes import Role
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.pages import Pages
from services.referral import commands, hand_back_store
from services.referral.domain.hand_back import AcknowledgeHandBack
from services.referral.hand_back_store import HandedBack
from services.referral.names import NAMELESS, read_names
from services.referral.vault import Vault
from services.referral.web.ending import own_referral
from services.referral.web.new_referral import Referrer

PATH: Final = "/anmalningar/aterforda"
_SHOWN: Final = 200
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_PURPOSE: Final = "name on the page of hand-backs that are not acknowledged"

_Coordinator = Annotated[User, Depends(signed_in(Role.COORDINATOR))]


def hand_back_pages(vault: Vault) -> APIRouter:
    """The pages."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def not_acknowledged(request: Request, runtime: RuntimeOf, user: _Coordinator) -> Response:
        async with runtime.unit(user.actor) as unit:
            found = await hand_back_store.not_acknowledged(unit.conn, _SHOWN)
            names = await read_names(unit, vault, [each.case_id for each in found], user, _PURPOSE)
            today = unit.today
        rows = [
            {
                **_values(each),
                "days": (today - each.handed_back_on).days,
                "name": names.get(each.case_id, NAMELESS),
                "shows_place": names.shows_place(each.case_id),
            }
            for each in found
        ]
        return _PAGES.page(request, "referrals_handed_back.html", {"rows": rows, "shown": _SHOWN})

    @router.post("/mina-anmalningar/{case_id}/aterforing")
    async def acknowledge(case_id: UUID, runtime: RuntimeOf, user: Referrer) -> Response:
        await own_referral(runtime, vault, user, case_id)
        async with runtime.unit(user.actor) as unit:
            await commands.carry_out(unit, vault, case_id, AcknowledgeHandBack(unit.today, unit.today))
        return RedirectResponse(f"/mina-anmalningar/{case_id}", status_code=303)

    return router


def _values(found: HandedBack) -> dict[str, Any]:
    agency, insats = AGENCIES.get(found.agency), INSATSER.get(found.insats)
    unit = None if agency is None else agency.unit(found.unit)
    return {
        "case_id": found.case_id,
        "insats": found.insats if insats is None else insats.name,
        "agency": found.agency if agency is None else agency.name,
        "unit": found.unit if unit is None else unit.name,
        "handed_back_on": found.handed_back_on,
    }
