"""Aktiviteter: the activities of a case's plan, how far they have come, and what may be registered of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from contracts.codes import Role
from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.pages import Pages
from services.planning import commands, place_store
from services.planning.carrying_out import CaseWorker, Coordinator
from services.planning.domain import command as ask
from services.planning.domain.checks import known
from services.planning.domain.places import taken_places
from services.planning.place_store import ListedPlaces
from services.planning.web import labels
from services.planning.web.activity_forms import (
    AttendanceForm,
    BlockForm,
    CancelForm,
    CompleteForm,
    ExtentForm,
    StartForm,
    UnblockForm,
)
from services.planning.web.activity_values import activity_values, choices, owners_of
from services.planning.web.asked import Asked, AskedOf

_MOST_PLACES: Final = 100
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_DONE: Final = {
    "borjat": "Det är registrerat att aktiviteten har börjat.",
    "omfattning": "Den nya omfattningen är registrerad.",
    "narvaro": "Närvaron är registrerad.",
    "vantar": "Det är registrerat vad aktiviteten väntar på.",
    "vantar-inte": "Det är registrerat att aktiviteten inte väntar längre.",
    "genomford": "Det är registrerat att aktiviteten är genomförd.",
    "inte-genomford": "Det är registrerat att aktiviteten inte blir genomförd.",
    "tillbaka": "Det senaste är taget tillbaka. Det står kvar i historiken och räknas inte.",
}

CommandOn: TypeAlias = Callable[[date], ask.Command]

router = APIRouter(prefix="/arenden/{case_id}/aktiviteter", include_in_schema=False)


@dataclass(frozen=True)
class Refusal:
    """What was refused: of which activity, by which form, and what it was filled in with."""

    activity_id: UUID
    act: str
    refused: Refused
    filled: Mapping[str, Any]


@router.get("")
async def activities(user: CaseWorker, asked: AskedOf, klar: str = "") -> Response:
    """The activities of the plan, with what may be registered of each."""
    return await _page(asked, user, done=_DONE.get(klar))


@router.post("/{activity_id}/borjat")
async def started(
    user: CaseWorker,
    asked: AskedOf,
    activity_id: UUID,
    filled: Annotated[StartForm, Form()],
) -> Response:
    """The activity has begun, in the place that was chosen."""
    return await _carry_out(asked, user, activity_id, filled, filled.command, "borjat")


@router.post("/{activity_id}/omfattning")
async def extent_changed(
    user: CaseWorker,
    asked: AskedOf,
    activity_id: UUID,
    filled: Annotated[ExtentForm, Form()],
) -> Response:
    """The activity takes up more, or less, from now on."""
    return await _carry_out(asked, user, activity_id, filled, filled.command, "omfattning")


@router.post("/{activity_id}/narvaro")
async def attendance_recorded(
    user: CaseWorker,
    asked: AskedOf,
    activity_id: UUID,
    filled: Annotated[AttendanceForm, Form()],
) -> Response:
    """Hours of a week, a month or another period."""
    return await _carry_out(asked, user, activity_id, filled, filled.command, "narvaro")


@router.post("/{activity_id}/vantar")
async def blocked(
    user: CaseWorker,
    asked: AskedOf,
    activity_id: UUID,
    filled: Annotated[BlockForm, Form()],
) -> Response:
    """The activity cannot go on."""
    return await _carry_out(asked, user, activity_id, filled, filled.command, "vantar")


@router.post("/{activity_id}/vantar-inte")
async def unblocked(
    user: CaseWorker,
    asked: AskedOf,
    activity_id: UUID,
    filled: Annotated[UnblockForm, Form()],
) -> Response:
    """What the activity waited for has come."""
    return await _carry_out(asked, user, activity_id, filled, filled.command, "vantar-inte")


@router.post("/{activity_id}/genomford")
async def completed(
    user: CaseWorker,
    asked: AskedOf,
    activity_id: UUID,
    filled: Annotated[CompleteForm, Form()],
) -> Response:
    """The activity was carried out, fully or partly."""
    return await _carry_out(asked, user, activity_id, filled, filled.command, "genomford")


@router.post("/{activity_id}/inte-genomford")
async def cancelled(
    user: CaseWorker,
    asked: AskedOf,
    activity_id: UUID,
    filled: Annotated[CancelForm, Form()],
) -> Response:
    """The activity is not done."""
    return await _carry_out(asked, user, activity_id, filled, filled.command, "inte-genomford")


@router.post("/{activity_id}/tillbaka")
async def taken_back(
    user: Coordinator,
    asked: AskedOf,
    activity_id: UUID,
    event_id: Annotated[UUID, Form()],
) -> Response:
    """What was registered last of the activity never happened."""
    try:
        async with asked.runtime.unit(user.actor) as unit:
            command = ask.RegisterInError(event_id, "registered_by_mistake", unit.today)
            await commands.register_in_error(unit, asked.case_id, command)
    except Refused as refused:
        refusal = Refusal(activity_id, "tillbaka", refused, {})
        return await _page(asked, user, refusal=refusal)
    return _to_the_page(asked.case_id, "tillbaka")


async def _carry_out(
    asked: Asked,
    user: User,
    activity_id: UUID,
    filled: BaseModel,
    command_on: Callable[[UUID, date], ask.Command],
    act: str,
) -> Response:
    try:
        await asked.carry_out(user, lambda today: command_on(activity_id, today))
    except Refused as refused:
        refusal = Refusal(activity_id, act, refused, filled.model_dump(mode="json"))
        return await _page(asked, user, refusal=refusal)
    return _to_the_page(asked.case_id, act)


def _to_the_page(case_id: UUID, done: str) -> Response:
    return RedirectResponse(f"/arenden/{case_id}/aktiviteter?klar={done}", status_code=303)


async def _page(asked: Asked, user: User, *, done: str | None = None, refusal: Refusal | None = None) -> Response:
    case_id, today = asked.case_id, asked.today
    names_of = await asked.name()
    async with asked.runtime.pool.acquire() as connection:
        case = (await commands.load(connection, case_id)).case
        places: dict[str, Sequence[ListedPlaces]] = {
            owner: await place_store.listed(connection, owner, _MOST_PLACES) for owner in owners_of(case, today)
        }
        taken = {activity_id: place.place_id for activity_id, place in taken_places(case).items()}
        suppliers = await place_store.names_of(connection, list(taken.values()))
    shows_place = names_of.shows_place(case_id)
    plan = case.plans.latest
    values = {
        "case_id": case_id,
        "name": names_of.get(case_id),
        "insats": labels.insats_label(known(case).insats),
        "today": today,
        "done": done,
        "refusal": refusal,
        "activities": []
        if plan is None
        else [
            activity_values(each, case, today, places, suppliers, shows_place=shows_place) for each in plan.activities
        ],
        "may_take_back": user.has(Role.COORDINATOR),
        **choices(),
    }
    return _PAGES.page(
        asked.request, "activities.html", values, status=200 if refusal is None else refusal.refused.status
    )
