"""Planning's HTTP API for sessions: declare one, change its places, cancel it, and see where there is room."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from contracts.codes import MeetingMode, Role
from contracts.events import local_date
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import AppendedEvent, Body, Done, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequest, CommandRequestOf
from services.chassis.inputs import ClockTime, Day
from services.planning import commands, session_store
from services.planning.domain.decide_sessions import CancelSession, DeclareSession, SessionCommand
from services.planning.domain.meetings import Seat
from services.planning.domain.sessions import stream_of

_MOST: Final = 200

Coordinator = Annotated[User, Depends(signed_in(Role.COORDINATOR))]
Looking = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]


class SessionPlace(Body):
    """Which session: one team, one day, one time."""

    model_config = examples(
        {"insats": "finsam-team", "team": "team-2", "meets_on": "2031-09-16", "starts_at": "09:00"}
    )
    insats: Code
    team: Code
    meets_on: Day
    starts_at: ClockTime

    @property
    def seat(self) -> Seat:
        return Seat(self.insats, self.team, self.meets_on, self.starts_at)


class SessionDeclared(SessionPlace):
    """How many places a session has from now on; what was declared of it before is replaced.

    ``reserved``: places held back, for cases that meet in the way ``reserved_for``, or for nobody. ``area``: the unit
    of the district it is meant for first.
    """

    model_config = examples(
        {
            "insats": "finsam-team",
            "team": "team-2",
            "meets_on": "2031-09-16",
            "starts_at": "09:00",
            "seats": 1,
            "area": "farsta",
        }
    )
    seats: int = Field(ge=1, le=50)
    reserved: int = Field(default=0, ge=0, le=50)
    reserved_for: MeetingMode | None = None
    area: Code | None = None
    extra: bool = False


class SessionDone(BaseModel):
    """The answer to a command about a session: its stream, and what was appended to it."""

    session_id: UUID
    events: list[AppendedEvent]


class SessionListed(BaseModel):
    """A declared session. ``taken``: places that cases have; ``free``: those that anybody may take."""

    insats: str
    team: str
    meets_on: date
    starts_at: ClockTime
    seats: int
    taken: int
    free: int
    reserved: int
    reserved_for: MeetingMode | None
    area: str | None
    extra: bool


class SessionsListed(BaseModel):
    """Sessions in the order of their days."""

    items: list[SessionListed]


router = APIRouter(prefix="/api/planning/sessions", tags=["sessions"])


@router.get("")
async def free_sessions(
    runtime: RuntimeOf,
    _user: Looking,
    insats: Annotated[Code, Query()],
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
) -> SessionsListed:
    """The next declared sessions, from today on, with a place that is not taken: any team's, any district's."""
    async with runtime.pool.acquire() as connection:
        found = await session_store.free(connection, insats, local_date(runtime.clock.now()), limit)
    return SessionsListed(items=[_listed(each) for each in found])


@router.post("", status_code=201)
async def declare(body: SessionDeclared, request: CommandRequestOf, user: Coordinator) -> SessionDone:
    """Declares a session, or changes its places. 409 ``places_taken`` when more are taken than there would be."""
    return await _carry_out(
        request,
        user,
        lambda today: DeclareSession(
            body.seat, body.seats, body.reserved, body.reserved_for, body.area, body.extra, today
        ),
    )


@router.post("/cancel", status_code=201)
async def cancel(body: SessionPlace, request: CommandRequestOf, user: Coordinator) -> SessionDone:
    """A declared session does not come about. 409 ``places_taken`` while a case has a place in it."""
    return await _carry_out(request, user, lambda today: CancelSession(body.seat, today))


async def _carry_out(
    request: CommandRequest, user: User, command_on: Callable[[date], SessionCommand]
) -> SessionDone:
    async with request.unit(user.actor) as unit:
        command = command_on(unit.today)
        appended = await commands.carry_out_on_session(unit, command)
        answer = SessionDone(session_id=stream_of(command.session), events=Done.appended(appended))
        return await request.answered(unit, answer)


def _listed(found: session_store.FreeSession) -> SessionListed:
    session, terms = found.session, found.terms
    return SessionListed(
        insats=session.insats,
        team=session.team,
        meets_on=session.meets_on,
        starts_at=session.starts_at,
        seats=terms.seats,
        taken=found.occupancy.others,
        free=found.occupancy.free,
        reserved=terms.reserved,
        reserved_for=terms.reserved_for,
        area=terms.area,
        extra=terms.extra,
    )
