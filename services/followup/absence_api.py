"""The HTTP API of absences: who is away and who stands in, and one's own work list with those stood in for."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from contracts.events import local_date
from services.chassis.auth import User
from services.chassis.http import AppendedEvent, Body, Done, RuntimeOf, examples
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.chassis.user_ids import WorkerId
from services.followup import absence_commands, absence_store
from services.followup.domain.absences import Absence
from services.followup.work import may_complete

_MOST: Final = 500

Completing = Annotated[User, Depends(may_complete)]


class AbsenceBody(Body):
    """A worker is away, first and last day included. ``worker_id``: the signed-in user unless given; another only by
    a coordinator."""

    model_config = examples({"first_day": "2021-07-05", "last_day": "2021-08-01", "substitute": "lo-lots"})
    worker_id: WorkerId | None = None
    first_day: Day
    last_day: Day
    substitute: WorkerId


class BackBody(Body):
    """``back_on``: the first day back, today unless given. The absence's own first day takes it back whole."""

    model_config = examples({"back_on": "2021-07-26"})
    back_on: Day | None = None


class AbsenceOut(BaseModel):
    """An absence of today or to come."""

    absence_id: UUID
    worker_id: str
    substitute: str
    first_day: date
    last_day: date


class AbsencesOut(BaseModel):
    """The earliest first. ``stood_in_for``: those who are away today and whom the signed-in user stands in for, also
    where their own substitute is away."""

    items: list[AbsenceOut]
    stood_in_for: list[str]


class AbsenceDone(BaseModel):
    """The answer to a command about an absence: its id, and what was appended to the worker's stream."""

    absence_id: UUID
    events: list[AppendedEvent]


router = APIRouter(prefix="/api/followup/absences", tags=["absences"])


@router.get("")
async def absences(runtime: RuntimeOf, user: Completing) -> AbsencesOut:
    """Who is away now and ahead, and who stands in."""
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        found = await absence_store.not_over(connection, today, _MOST)
        mine = await absence_commands.stand_ins(connection, user.worker_id, today)
    return AbsencesOut(
        items=[AbsenceOut(**vars(each)) for each in found],
        stood_in_for=[each.worker_id for each in mine.absences],
    )


@router.post("", status_code=201)
async def register(body: AbsenceBody, request: CommandRequestOf, user: Completing) -> AbsenceDone:
    """Registers that a worker is away. 409 ``absence_overlaps`` when they are already on one of the days; 422
    ``substitutes_in_a_circle`` when they stand in for their substitute themselves."""
    wanted = Absence(uuid4(), body.worker_id or user.worker_id, body.substitute, body.first_day, body.last_day)
    async with request.unit(user.actor) as unit:
        appended = await absence_commands.register_absence(unit, user, wanted)
        return await request.answered(unit, AbsenceDone(absence_id=wanted.absence_id, events=Done.appended(appended)))


@router.post("/{absence_id}/end", status_code=201)
async def end(absence_id: UUID, body: BackBody, request: CommandRequestOf, user: Completing) -> AbsenceDone:
    """Registers that the worker is back before the last day, or that the absence never comes about."""
    async with request.unit(user.actor) as unit:
        appended = await absence_commands.end_absence(unit, user, absence_id, body.back_on or unit.today)
        return await request.answered(unit, AbsenceDone(absence_id=absence_id, events=Done.appended(appended)))
