"""Pauses of the intake over HTTP: which doors are shut, a door shut for a while, and opened again."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from contracts.catalogue import INSATSER
from contracts.codes import Role
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import AppendedEvent, Body, Done, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.referral import commands, pause_store
from services.referral.domain.pause import Pause, Resume

Decider = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.OFFICE))]
Reader = Annotated[User, Depends(signed_in(Role.AGENCY, Role.COORDINATOR, Role.LOTS, Role.OFFICE))]


class NewPause(Body):
    """``paused_on``: the first day, today unless given."""

    model_config = examples({"paused_on": "2021-09-01"}, {})
    paused_on: Day | None = None


class PauseEnded(Body):
    """A pause ends on the day it is said to."""

    model_config = examples({})


class PausedDoor(BaseModel):
    """A door that is shut, or will be from ``paused_on``."""

    insats: str
    door: str
    paused_on: date


class PausedDoors(BaseModel):
    items: list[PausedDoor]


class DoorChanged(BaseModel):
    """What was appended to the stream of the insats' doors."""

    events: list[AppendedEvent]


def pause_router() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/referral", tags=["doors"])

    @router.get("/pauses")
    async def pauses(runtime: RuntimeOf, _user: Reader) -> PausedDoors:
        """The doors that are shut for a while."""
        async with runtime.pool.acquire() as connection:
            found = await pause_store.paused(connection)
        return PausedDoors(
            items=[
                PausedDoor(insats=insats, door=door, paused_on=since)
                for insats, shut in sorted(found.items())
                for door, since in sorted(shut.items())
            ]
        )

    @router.post("/insatser/{insats_id}/doors/{door_id}/pause", status_code=201)
    async def pause(
        insats_id: Code, door_id: Code, body: NewPause, request: CommandRequestOf, user: Decider
    ) -> DoorChanged:
        """Shuts a door that the catalogue calls pausable. Referrals that come in meanwhile are refused with
        ``intake_paused``; those taken in before keep their places."""
        async with request.unit(user.actor) as unit:
            command = Pause(INSATSER.get(insats_id), door_id, body.paused_on or unit.today, unit.today)
            appended = await commands.change_door(unit, insats_id, command)
            return await request.answered(unit, DoorChanged(events=Done.appended(appended)))

    @router.post("/insatser/{insats_id}/doors/{door_id}/resume", status_code=201)
    async def resume(
        insats_id: Code, door_id: Code, _body: PauseEnded, request: CommandRequestOf, user: Decider
    ) -> DoorChanged:
        """Opens a door again."""
        async with request.unit(user.actor) as unit:
            command = Resume(INSATSER.get(insats_id), door_id, unit.today, unit.today)
            appended = await commands.change_door(unit, insats_id, command)
            return await request.answered(unit, DoorChanged(events=Done.appended(appended)))

    return router
