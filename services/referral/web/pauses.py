"""The page of the doors that may be shut for a while: which are, since when, and by one button shut or open."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from contracts.catalogue import INSATSER
from contracts.codes import Role
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day
from services.chassis.pages import Pages
from services.referral import commands, pause_store
from services.referral.domain.pause import Pause, Paused, Resume
from services.referral.pause_api import Decider

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_PLACE: Final = "/anmalningar/uppehall"

_Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]


def pauses_router() -> APIRouter:
    """The pages under /anmalningar/uppehall."""
    router = APIRouter(prefix=_PLACE, include_in_schema=False)

    @router.get("")
    async def whole(request: Request, runtime: RuntimeOf, user: _Reader, klar: bool = False) -> Response:
        async with runtime.unit(user.actor) as unit:
            paused, today = await pause_store.paused(unit.conn), unit.today
        values = {
            "doors": _doors(paused, today),
            "today": today,
            "may": user.has(Role.COORDINATOR) or user.has(Role.OFFICE),
            "done": klar,
        }
        return _PAGES.page(request, "intake_pauses.html", values)

    @router.post("")
    async def pause(
        runtime: RuntimeOf,
        user: Decider,
        insats: Annotated[Code, Form()],
        door: Annotated[Code, Form()],
        paused_on: Annotated[Day, Form()],
    ) -> Response:
        async with runtime.unit(user.actor) as unit:
            await commands.change_door(unit, insats, Pause(INSATSER.get(insats), door, paused_on, unit.today))
        return RedirectResponse(f"{_PLACE}?klar=true", status_code=303)

    @router.post("/oppna")
    async def resume(
        runtime: RuntimeOf, user: Decider, insats: Annotated[Code, Form()], door: Annotated[Code, Form()]
    ) -> Response:
        async with runtime.unit(user.actor) as unit:
            await commands.change_door(unit, insats, Resume(INSATSER.get(insats), door, unit.today, unit.today))
        return RedirectResponse(f"{_PLACE}?klar=true", status_code=303)

    return router


def _doors(paused: Mapping[str, Paused], today: date) -> Sequence[Mapping[str, Any]]:
    """The doors that may be shut today, and those that are, by insats."""
    found = (
        (insats, door, paused.get(insats.id, {}).get(door.id))
        for insats in INSATSER.values()
        if (rule := insats.rule_on(today)) is not None
        for door in rule.doors
    )
    shown = [
        {
            "insats": insats.name,
            "insats_id": insats.id,
            "door": door.label,
            "door_id": door.id,
            "since": since,
            "begun": since is not None and since <= today,
        }
        for insats, door, since in found
        if door.pausable or since is not None
    ]
    return sorted(shown, key=lambda each: (each["insats"], each["door"]))
