"""Steg: what the rules want done beside meetings, plan and activities, how far a case has come, and its forms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from contracts.codes import Role
from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.pages import Pages
from services.planning import commands
from services.planning.carrying_out import CaseWorker, Coordinator
from services.planning.domain import command as ask
from services.planning.domain.checks import known
from services.planning.web import labels
from services.planning.web.asked import Asked, AskedOf
from services.planning.web.step_forms import AskForm, EndForm, ReachForm
from services.planning.web.step_values import choices, sections

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_DONE: Final = {
    "natt": "Steget är registrerat.",
    "begard": "Det är registrerat att handlingen är begärd.",
    "inte-vantad": "Det är registrerat att handlingen inte väntas längre.",
    "tillbaka": "Det senaste är taget tillbaka. Det står kvar i historiken och räknas inte.",
}

router = APIRouter(prefix="/arenden/{case_id}/steg", include_in_schema=False)


@dataclass(frozen=True)
class Refusal:
    """What was refused: of which step and whose, by which form, and what it was filled in with."""

    of: str
    step: str
    act: str
    refused: Refused
    filled: Mapping[str, Any]


@router.get("")
async def steps(user: CaseWorker, asked: AskedOf, klar: str = "") -> Response:
    """The steps in the file's order, with what may be registered of each."""
    return await _page(asked, user, done=_DONE.get(klar))


@router.post("/{step}/natt")
async def reached(user: CaseWorker, asked: AskedOf, step: str, filled: Annotated[ReachForm, Form()]) -> Response:
    """The step was reached."""
    return await _carry_out(asked, user, step, filled, filled.command, "natt")


@router.post("/{step}/begard")
async def requested(user: CaseWorker, asked: AskedOf, step: str, filled: Annotated[AskForm, Form()]) -> Response:
    """A paper was asked for."""
    return await _carry_out(asked, user, step, filled, filled.command, "begard")


@router.post("/{step}/inte-vantad")
async def ended(user: CaseWorker, asked: AskedOf, step: str, filled: Annotated[EndForm, Form()]) -> Response:
    """A paper is awaited no longer."""
    return await _carry_out(asked, user, step, filled, filled.command, "inte-vantad")


@router.post("/{step}/tillbaka")
async def taken_back(
    user: Coordinator, asked: AskedOf, step: str, event_id: Annotated[UUID, Form()], of: Annotated[str, Form()]
) -> Response:
    """What was registered last of the step never happened."""
    try:
        async with asked.runtime.unit(user.actor) as unit:
            command = ask.RegisterInError(event_id, "registered_by_mistake", unit.today)
            await commands.register_in_error(unit, asked.case_id, command)
    except Refused as refused:
        return await _page(asked, user, refusal=Refusal(of, step, "tillbaka", refused, {}))
    return _to_the_page(asked.case_id, "tillbaka")


async def _carry_out(
    asked: Asked,
    user: User,
    step: str,
    filled: ReachForm | AskForm | EndForm,
    command_on: Callable[[str, date], ask.Command],
    act: str,
) -> Response:
    try:
        await asked.carry_out(user, lambda today: command_on(step, today))
    except Refused as refused:
        refusal = Refusal(filled.of, step, act, refused, filled.model_dump(mode="json"))
        return await _page(asked, user, refusal=refusal)
    return _to_the_page(asked.case_id, act)


def _to_the_page(case_id: UUID, done: str) -> Response:
    return RedirectResponse(f"/arenden/{case_id}/steg?klar={done}", status_code=303)


async def _page(asked: Asked, user: User, *, done: str | None = None, refusal: Refusal | None = None) -> Response:
    found = await asked.case()
    names_of = await asked.name()
    values = {
        "case_id": asked.case_id,
        "name": names_of.get(asked.case_id),
        "insats": labels.insats_label(known(found.case).insats),
        "today": asked.today,
        "done": done,
        "refusal": refusal,
        "sections": sections(found, user, asked.today),
        "may_take_back": user.has(Role.COORDINATOR),
        **choices(),
    }
    status = 200 if refusal is None else refusal.refused.status
    return _PAGES.page(asked.request, "steps.html", values, status=status)
