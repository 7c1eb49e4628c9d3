"""Platser: the places at suppliers, how many are free, and from when."""

import re
import unicodedata
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from contracts.catalogue import INSATSER, Insats
from contracts.codes import Role
from contracts.events import local_date
from contracts.model import Code
from contracts.planning import SupplierName
from contracts.problems import NotFound, Refused
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day
from services.chassis.pages import Pages
from services.planning import commands, place_store
from services.planning.carrying_out import Coordinator
from services.planning.domain.decide_places import DeclarePlaces, WithdrawPlaces
from services.planning.domain.places import Supplier, counts_places
from services.planning.place_store import ListedPlaces

_SHOWN: Final = 200
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_DONE: Final = {"sparade": "Platserna är sparade.", "borttagna": "Leverantörens platser är borttagna."}
_NO_WORD: Final = re.compile("[^a-z0-9]+")

Looking = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]

router = APIRouter(prefix="/platser")


class PlacesForm(BaseModel):
    """A supplier's places as they are to be. ``supplier``: empty for one that has none yet."""

    insats: Code
    supplier: Code | Annotated[str, Field(max_length=0)] = ""
    name: SupplierName
    seats: Annotated[int, Field(ge=0, le=1_000)]
    free_from: Day

    @property
    def of(self) -> Supplier:
        return Supplier(self.insats, self.supplier or code_of(self.name))


def code_of(name: str) -> str:
    """A supplier's name as a code: Återbruket as aterbruket."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return _NO_WORD.sub("-", plain).strip("-")


@router.get("")
async def places(request: Request, runtime: RuntimeOf, user: Looking, insats: str = "", klar: str = "") -> Response:
    """Every supplier of an insats, by name."""
    today = local_date(runtime.clock.now())
    chosen = _chosen(insats, today)
    async with runtime.pool.acquire() as connection:
        found = await place_store.listed(connection, chosen.id, _SHOWN)
    values = {
        "insats": chosen,
        "insatser": _with_places(today),
        "suppliers": [_row(each, today) for each in found],
        "free": sum(each.free(today) for each in found),
        "may_act": user.has(Role.COORDINATOR),
        "done": _DONE.get(klar),
    }
    return _PAGES.page(request, "places.html", values)


@router.get("/ny")
async def places_form(
    request: Request, runtime: RuntimeOf, _user: Coordinator, insats: str = "", leverantor: str = ""
) -> Response:
    """The form for a supplier's places, new or as they are."""
    today = local_date(runtime.clock.now())
    chosen = _chosen(insats, today)
    async with runtime.pool.acquire() as connection:
        found = await place_store.listed(connection, chosen.id, _SHOWN)
    terms = next((each.terms for each in found if each.terms.of.supplier == leverantor), None)
    filled: dict[str, Any] = {"insats": chosen.id, "supplier": "", "name": "", "seats": 1, "free_from": today}
    if terms is not None:
        filled |= {
            "supplier": terms.of.supplier,
            "name": terms.name,
            "seats": terms.seats,
            "free_from": terms.free_from,
        }
    return _form(request, filled, None)


@router.post("/ny")
async def declare(
    request: Request, runtime: RuntimeOf, user: Coordinator, filled: Annotated[PlacesForm, Form()]
) -> Response:
    """Declares a supplier's places or changes them; a refusal is said in the form, which stays filled in."""
    try:
        async with runtime.unit(user.actor) as unit:
            command = DeclarePlaces(filled.of, filled.name, filled.seats, filled.free_from, unit.today)
            await commands.carry_out_on_places(unit, command)
    except Refused as refused:
        return _form(request, filled.model_dump(), refused)
    return _to_the_list(filled.insats, "sparade")


@router.post("/ta-bort")
async def withdraw(
    runtime: RuntimeOf,
    user: Coordinator,
    insats: Annotated[Code, Form()],
    supplier: Annotated[Code, Form()],
) -> Response:
    """A supplier has no places any more."""
    async with runtime.unit(user.actor) as unit:
        await commands.carry_out_on_places(unit, WithdrawPlaces(Supplier(insats, supplier), unit.today))
    return _to_the_list(insats, "borttagna")


def _to_the_list(insats: str, done: str) -> Response:
    return RedirectResponse(f"/tider/platser?insats={insats}&klar={done}", status_code=303)


def _with_places(today: date) -> list[Insats]:
    """The insatser whose rule of today counts places."""
    return [insats for insats in INSATSER.values() if counts_places(insats.rule_on(today))]


def _chosen(insats_id: str, today: date) -> Insats:
    """The insats asked for, or the first that counts places. Raises NotFound if there is none."""
    choices = _with_places(today)
    if not choices:
        raise NotFound("no_places", "Ingen insats har platser hos leverantörer.")
    return next((each for each in choices if each.id == insats_id), choices[0])


def _row(found: ListedPlaces, today: date) -> dict[str, Any]:
    return {
        "supplier": found.terms.of.supplier,
        "name": found.terms.name,
        "seats": found.terms.seats,
        "taken": found.taken,
        "free": found.free(today),
        "free_from": found.free_from(today),
        "now": found.free(today) > 0,
        "may_withdraw": found.taken == 0,
    }


def _form(request: Request, filled: dict[str, Any], refused: Refused | None) -> Response:
    insats = INSATSER.get(filled["insats"])
    values = {
        "filled": filled,
        "insats": filled["insats"] if insats is None else insats.name,
        "refused": refused,
        "wrong": None if refused is None else refused.field,
    }
    return _PAGES.page(request, "places_form.html", values, status=200 if refused is None else refused.status)
