"""Referrers who leave, the referrals they leave behind, and who takes each over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field, ValidationError

from contracts.agency import Officer
from contracts.catalogue import AGENCIES, INSATSER, Agency
from contracts.codes import ReferrerChangeCause, Role
from contracts.labels import label
from contracts.model import Code
from contracts.problems import Conflict, Invalid
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day, Text
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.referral import officers, officers_store, protection, store
from services.referral.domain.permissions import PERMISSIONS, Act
from services.referral.names import NAMELESS, read_name, read_names
from services.referral.officers_store import OpenOfOfficer, WithoutReferrer
from services.referral.vault import Vault
from services.referral.web.ending import own_referral
from services.referral.web.new_referral import Referrer, agency_of, filled_in

_SHOWN: Final = 200
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_PURPOSE: Final = "name on the page of referrals without a referrer"
_MINE: Final = "/mina-anmalningar/remittenter"
_WITHOUT: Final = "/anmalningar/utan-remittent"

_Coordinator = Annotated[User, Depends(signed_in(Role.COORDINATOR))]
_Line = Annotated[Text, Field(max_length=200)]


@dataclass(frozen=True)
class _Place:
    """Whose page the form stands on: what its address begins with, and the page that leads to it with its name."""

    prefix: str
    back: str
    called: str


_OF_AGENCY: Final = _Place("/mina-anmalningar", _MINE, "Remittenter")
_OF_COORDINATORS: Final = _Place("/anmalningar", _WITHOUT, "Anmälningar utan remittent")


class Filled(BaseModel):
    """The form for another referrer, as it was filled in."""

    unit: Code
    name: _Line = ""
    email: Annotated[Text, Field(max_length=254)] = ""
    phone: _Line = ""
    cause: ReferrerChangeCause = ReferrerChangeCause.LEFT

    def referrer(self) -> officers.NewReferrer:
        """Who refers from now on. Raises Invalid for what an officer cannot be."""
        try:
            officer = Officer.model_validate(filled_in({"name": self.name, "email": self.email, "phone": self.phone}))
        except ValidationError as error:
            [field, *_] = (str(each["loc"][0]) for each in error.errors())
            raise Invalid("officer_malformed", _MALFORMED[field], field) from error
        return officers.NewReferrer(self.unit, officer, self.cause)


_MALFORMED: Final = {
    "name": "Skriv den nya remittentens namn.",
    "email": "Skriv en e-postadress, som namn@example.org, eller lämna fältet tomt.",
    "phone": "Skriv ett telefonnummer med bara siffror, mellanslag och bindestreck, eller lämna fältet tomt.",
}


def officers_pages(vault: Vault) -> APIRouter:
    """The pages of the agency that refers, and of coordinators."""
    router = APIRouter(include_in_schema=False)
    router.include_router(_pages_of_agency(vault))
    router.include_router(_pages_of_coordinators(vault))
    return router


def _pages_of_agency(vault: Vault) -> APIRouter:
    router = APIRouter()

    @router.get(_MINE)
    async def mine(
        request: Request, runtime: RuntimeOf, user: Referrer, bytt: UUID | None = None, noterat: bool = False
    ) -> Response:
        agency = agency_of(user)
        async with runtime.unit(user.actor) as unit:
            found = await officers_store.officers(unit.conn, agency.id, _SHOWN)
            left = await officers_store.without_referrer(unit.conn, unit.today, _SHOWN, agency.id)
            today = unit.today
        values = {
            "agency": agency.name,
            "officers": _officers(vault, agency, found),
            "rows": [{**_left_behind(agency, each), **_who_left(vault, each)} for each in left],
            "today": today,
            "changed": bytt,
            "noted": noterat,
            "shown": _SHOWN,
        }
        return _PAGES.page(request, "my_officers.html", values)

    @router.post(_MINE)
    async def leave(
        runtime: RuntimeOf,
        user: Referrer,
        unit_id: Annotated[Code, Form(alias="unit")],
        name: Annotated[_Line, Form()],
        left_on: Annotated[Day, Form()],
    ) -> Response:
        async with runtime.unit(user.actor) as unit:
            await officers.leave(unit, vault, agency_of(user), unit_id, name, left_on, user)
        return RedirectResponse(f"{_MINE}?noterat=true", status_code=303)

    @router.post(f"{_MINE}/stannar")
    async def stay(
        runtime: RuntimeOf,
        user: Referrer,
        unit_id: Annotated[Code, Form(alias="unit")],
        name: Annotated[_Line, Form()],
    ) -> Response:
        async with runtime.unit(user.actor) as unit:
            await officers.stay(unit, vault, agency_of(user), unit_id, name)
        return RedirectResponse(_MINE, status_code=303)

    @router.get("/mina-anmalningar/{case_id}/remittent")
    async def ask_own(request: Request, case_id: UUID, runtime: RuntimeOf, user: Referrer) -> Response:
        row, reference = await own_referral(runtime, vault, user, case_id)
        heading = f"anmälan {reference}"
        return await _form(request, runtime, vault, case_id, heading, Filled(unit=row.unit), _OF_AGENCY)

    @router.post("/mina-anmalningar/{case_id}/remittent")
    async def change_own(
        request: Request, case_id: UUID, runtime: RuntimeOf, user: Referrer, filled: Annotated[Filled, Form()]
    ) -> Response:
        _, reference = await own_referral(runtime, vault, user, case_id)
        try:
            async with runtime.unit(user.actor) as unit:
                await officers.change(unit, vault, case_id, filled.referrer())
        except Invalid as wrong:
            heading = f"anmälan {reference}"
            return await _form(request, runtime, vault, case_id, heading, filled, _OF_AGENCY, wrong)
        return RedirectResponse(f"{_MINE}?bytt={case_id}", status_code=303)

    return router


def _pages_of_coordinators(vault: Vault) -> APIRouter:
    router = APIRouter()

    @router.get(_WITHOUT)
    async def without(request: Request, runtime: RuntimeOf, user: _Coordinator, bytt: UUID | None = None) -> Response:
        async with runtime.unit(user.actor) as unit:
            left = await officers_store.without_referrer(unit.conn, unit.today, _SHOWN, None)
            names = await read_names(unit, vault, [each.case_id for each in left], user, _PURPOSE)
        rows = [
            {
                **_left_behind(AGENCIES.get(each.agency), each),
                **(_who_left(vault, each) if names.shows_place(each.case_id) else _WITHHELD),
                "name": names.get(each.case_id, NAMELESS),
                "shows_place": names.shows_place(each.case_id),
            }
            for each in left
        ]
        values = {"rows": rows, "changed": bytt, "shown": _SHOWN}
        return _PAGES.page(request, "referrals_without_referrer.html", values)

    @router.get("/anmalningar/{case_id}/remittent")
    async def ask(request: Request, case_id: UUID, runtime: RuntimeOf, user: _Coordinator) -> Response:
        await _require_open(runtime, user, case_id)
        row, name = await store.row(runtime.pool, case_id), await _name(runtime, vault, user, case_id)
        filled = Filled(unit=row.unit)
        return await _form(request, runtime, vault, case_id, f"anmälan för {name}", filled, _OF_COORDINATORS)

    @router.post("/anmalningar/{case_id}/remittent")
    async def change(
        request: Request, case_id: UUID, runtime: RuntimeOf, user: _Coordinator, filled: Annotated[Filled, Form()]
    ) -> Response:
        await _require_open(runtime, user, case_id)
        try:
            async with runtime.unit(user.actor) as unit:
                await officers.change(unit, vault, case_id, filled.referrer())
        except Invalid as wrong:
            heading = f"anmälan för {await _name(runtime, vault, user, case_id)}"
            return await _form(request, runtime, vault, case_id, heading, filled, _OF_COORDINATORS, wrong)
        return RedirectResponse(f"{_WITHOUT}?bytt={case_id}", status_code=303)

    return router


async def _form(
    request: Request,
    runtime: Runtime,
    vault: Vault,
    case_id: UUID,
    heading: str,
    filled: Filled,
    place: _Place,
    wrong: Invalid | None = None,
) -> Response:
    async with runtime.pool.acquire() as connection:
        row = await store.row(connection, case_id)
        kept = await store.case_file(connection, case_id)
    agency = AGENCIES.get(row.agency)
    if agency is None:
        raise Conflict("no_referrer", "Personen har anmält sig själv, så det finns ingen remittent att byta.")
    values = {
        "case_id": case_id,
        "heading": heading,
        "agency": agency,
        "unit": _unit(agency, row.unit),
        "officer": None if kept is None else officers.officer_of(vault, kept),
        "filled": filled,
        "causes": {each: label(each) for each in ReferrerChangeCause},
        "may": kept is not None and PERMISSIONS[Act.CHANGE_REFERRER].in_state(row.state),
        "action": f"{place.prefix}/{case_id}/remittent",
        "back": (place.back, place.called),
        "wrong": wrong,
    }
    return _PAGES.page(request, "referrer_change.html", values, status=422 if wrong else 200)


def _officers(vault: Vault, agency: Agency, found: Iterable[OpenOfOfficer]) -> Sequence[dict[str, Any]]:
    shown = (
        {
            "name": officers.officer_of(vault, each.example).name,
            "unit": each.unit,
            "unit_name": _unit(agency, each.unit),
            "open": each.open_referrals,
            "left_on": each.left_on,
        }
        for each in found
    )
    return sorted(shown, key=lambda each: (each["unit_name"], each["name"]))


def _left_behind(agency: Agency | None, each: WithoutReferrer) -> dict[str, Any]:
    return {
        "case_id": each.case_id,
        "insats": INSATSER[each.insats].name if each.insats in INSATSER else each.insats,
        "unit": each.unit if agency is None else _unit(agency, each.unit),
        "referred_on": each.referred_on,
        "left_on": each.left_on,
    }


def _who_left(vault: Vault, each: WithoutReferrer) -> dict[str, Any]:
    return {
        "officer": officers.officer_of(vault, each.file).name,
        "reference": officers.reference_of(vault, each.file),
    }


_WITHHELD: Final = {"unit": "en enhet som inte visas", "officer": "visas inte", "reference": ""}
"""Of a protected person, for whoever is not named."""


def _unit(agency: Agency, unit_id: str) -> str:
    unit = agency.unit(unit_id)
    return unit_id if unit is None else unit.name


async def _require_open(runtime: Runtime, user: User, case_id: UUID) -> None:
    """The page shows the unit and the officer. Raises Forbidden if the person is protected from the user."""
    async with runtime.unit(user.actor) as unit:
        refused = await protection.refused(unit, case_id, user, _PURPOSE)
    if refused:
        raise protection.not_open()


async def _name(runtime: Runtime, vault: Vault, user: User, case_id: UUID) -> str:
    async with runtime.unit(user.actor) as unit:
        return await read_name(unit, vault, case_id, user, _PURPOSE)
