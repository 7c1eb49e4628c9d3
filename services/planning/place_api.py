"""Planning's HTTP API for places at suppliers: declare them, change or withdraw them, and see where one is free."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from contracts.codes import Role
from contracts.events import local_date
from contracts.model import Code
from contracts.planning import SupplierName
from services.chassis.auth import User
from services.chassis.http import AppendedEvent, Body, Done, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequest, CommandRequestOf
from services.chassis.inputs import Day
from services.planning import commands, place_store
from services.planning.carrying_out import Coordinator
from services.planning.domain.decide_places import DeclarePlaces, PlacesCommand, WithdrawPlaces
from services.planning.domain.places import Supplier
from services.planning.place_store import ListedPlaces

_MOST: Final = 200

Looking = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]


class SupplierOf(Body):
    """Which supplier, and the insats whose places they are."""

    model_config = examples({"insats": "arbetstraning", "supplier": "verkstaden"})
    insats: Code
    supplier: Code

    @property
    def of(self) -> Supplier:
        return Supplier(self.insats, self.supplier)


class PlacesDeclared(SupplierOf):
    """How many places a supplier has from now on; what was declared before is replaced.

    ``free_from``: the first day on which somebody may begin there; today unless given.
    """

    model_config = examples({"insats": "arbetstraning", "supplier": "verkstaden", "name": "Verkstaden", "seats": 4})
    name: SupplierName
    seats: int = Field(ge=1, le=500)
    free_from: Day | None = None


class PlacesDone(BaseModel):
    """The answer to a command about places: their stream, which an activity names, and what was appended to it."""

    place_id: UUID
    events: list[AppendedEvent]


class PlacesListed(BaseModel):
    """A supplier's places. ``free``: how many may be taken today; ``free_from``: when the next one is free, as far as
    is known."""

    place_id: UUID
    insats: str
    supplier: str
    name: str
    seats: int
    taken: int
    free: int
    free_from: date | None


class AllPlaces(BaseModel):
    """Suppliers by name."""

    items: list[PlacesListed]


router = APIRouter(prefix="/api/planning/places", tags=["places"])


@router.get("")
async def places(
    runtime: RuntimeOf,
    _user: Looking,
    insats: Annotated[Code, Query()],
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
) -> AllPlaces:
    """The suppliers' places: how many, how many are free today, and when the next one is."""
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        found = await place_store.listed(connection, insats, limit)
    return AllPlaces(items=[_listed(each, today) for each in found])


@router.post("", status_code=201)
async def declare(body: PlacesDeclared, request: CommandRequestOf, user: Coordinator) -> PlacesDone:
    """Declares a supplier's places, or changes them. 409 ``places_taken`` when more are taken than there would be."""
    return await _carry_out(
        request,
        user,
        lambda today: DeclarePlaces(body.of, body.name, body.seats, body.free_from or today, today),
    )


@router.post("/withdraw", status_code=201)
async def withdraw(body: SupplierOf, request: CommandRequestOf, user: Coordinator) -> PlacesDone:
    """A supplier has no places any more. 409 ``places_taken`` while an activity has one."""
    return await _carry_out(request, user, lambda today: WithdrawPlaces(body.of, today))


async def _carry_out(request: CommandRequest, user: User, command_on: Callable[[date], PlacesCommand]) -> PlacesDone:
    async with request.unit(user.actor) as unit:
        command = command_on(unit.today)
        appended = await commands.carry_out_on_places(unit, command)
        answer = PlacesDone(place_id=command.of.place_id, events=Done.appended(appended))
        return await request.answered(unit, answer)


def _listed(found: ListedPlaces, today: date) -> PlacesListed:
    terms = found.terms
    return PlacesListed(
        place_id=found.place_id,
        insats=terms.of.insats,
        supplier=terms.of.supplier,
        name=terms.name,
        seats=terms.seats,
        taken=found.taken,
        free=found.free(today),
        free_from=found.free_from(today),
    )
