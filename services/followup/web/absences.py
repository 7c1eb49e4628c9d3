"""Frånvaro: who is away and who stands in, and the forms that register it, end it and take it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from contracts.events import local_date
from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.http import RuntimeOf
from services.chassis.inputs import Day
from services.chassis.runtime import Runtime
from services.chassis.user_ids import TypedId, user_id
from services.followup import absence_commands, absence_store, handover_store
from services.followup.domain.absences import Absence, substitute_on
from services.followup.web.work_list import PAGES
from services.followup.work import COORDINATES, may_complete

_SHOWN: Final = 200

Completing = Annotated[User, Depends(may_complete)]

_DONE: Final[Mapping[str, str]] = {
    "sparad": "Frånvaron är sparad. Uppföljningarna syns även hos ersättaren så länge den varar.",
    "slut": "Sparat. Uppföljningarna är bara den ordinaries igen.",
}


class AbsenceForm(BaseModel):
    """Who is away, when, and who stands in."""

    worker_id: TypedId
    first_day: Day
    last_day: Day
    substitute: TypedId

    def absence(self) -> Absence:
        """What is to be registered. Raises Invalid."""
        worker_id, substitute = user_id(self.worker_id, "worker_id"), user_id(self.substitute, "substitute")
        return Absence(uuid4(), worker_id, substitute, self.first_day, self.last_day)


class BackForm(BaseModel):
    """The first day on which the worker is back."""

    back_on: Day


@dataclass(frozen=True)
class Row:
    """An absence as it is shown. ``stands_in``: who does on the first of its days that is left, where it is another
    than who was named."""

    absence: Absence
    begun: bool
    stands_in: str | None
    may_end: bool


router = APIRouter(prefix="/franvaro")


@router.get("")
async def page(request: Request, runtime: RuntimeOf, user: Completing, klar: str = "") -> Response:
    return await _page(request, runtime, user, done=_DONE.get(klar))


@router.post("")
async def register(
    request: Request, runtime: RuntimeOf, user: Completing, filled: Annotated[AbsenceForm, Form()]
) -> Response:
    try:
        async with runtime.unit(user.actor) as unit:
            await absence_commands.register_absence(unit, user, filled.absence())
    except Refused as refused:
        return await _page(request, runtime, user, refused=refused, filled=filled)
    return RedirectResponse("/uppfoljningar/franvaro?klar=sparad", status_code=303)


@router.post("/{absence_id}/slut")
async def end(
    request: Request, absence_id: UUID, runtime: RuntimeOf, user: Completing, filled: Annotated[BackForm, Form()]
) -> Response:
    try:
        async with runtime.unit(user.actor) as unit:
            await absence_commands.end_absence(unit, user, absence_id, filled.back_on)
    except Refused as refused:
        return await _page(request, runtime, user, refused=refused)
    return RedirectResponse("/uppfoljningar/franvaro?klar=slut", status_code=303)


async def _page(
    request: Request,
    runtime: Runtime,
    user: User,
    *,
    done: str | None = None,
    refused: Refused | None = None,
    filled: AbsenceForm | None = None,
) -> Response:
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        absences = await absence_store.not_over(connection, today, _SHOWN)
        workers = await handover_store.workers(connection)
    values: dict[str, Any] = {
        "rows": [_row(each, absences, user, today) for each in absences],
        "workers": workers,
        "for_others": user.has(COORDINATES),
        "me": user.worker_id,
        "filled": filled,
        "done": done,
        "refused": refused,
        "wrong": None if refused is None else refused.field,
    }
    return PAGES.page(request, "absences.html", values, status=refused.status if refused else 200)


def _row(absence: Absence, absences: Sequence[Absence], user: User, today: date) -> Row:
    stands_in = substitute_on(absences, absence.worker_id, max(absence.first_day, today))
    return Row(
        absence=absence,
        begun=absence.first_day <= today,
        stands_in=None if stands_in == absence.substitute else stands_in,
        may_end=user.has(COORDINATES) or absence.worker_id == user.worker_id,
    )
