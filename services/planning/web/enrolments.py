"""Grupp: a case's seats in groups and courses, what can be enrolled in, and the wait for a seat."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from contracts.catalogue import INSATSER
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import EnrolmentOutcome, Role
from contracts.labels import label
from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.names import PLACE_WITHHELD
from services.chassis.pages import Pages
from services.planning import commands, group_store
from services.planning.carrying_out import CaseWorker
from services.planning.domain import command as ask
from services.planning.domain.case import Case, Stage
from services.planning.domain.checks import known
from services.planning.domain.decide_enrolment import CHOSEN
from services.planning.domain.enrolments import Enrolment
from services.planning.domain.groups import is_course
from services.planning.domain.next_steps import hindrance
from services.planning.group_store import ListedGroup
from services.planning.web import labels
from services.planning.web.asked import Asked, AskedOf
from services.planning.web.group_forms import EndForm, EnrolForm, ReserveForm
from services.planning.web.group_values import group_values

_SHOWN: Final = 100
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_DONE: Final = {
    "plats": "Deltagaren har fått plats i gruppen.",
    "slut": "Platsen i gruppen är avslutad.",
    "reserv": "Deltagaren står på reservlistan.",
    "inte-reserv": "Deltagaren står inte på reservlistan längre.",
}

CommandOn: TypeAlias = Callable[[date], ask.Command]

router = APIRouter(prefix="/arenden/{case_id}/grupp", include_in_schema=False)


@router.get("")
async def enrolments(user: CaseWorker, asked: AskedOf, klar: str = "") -> Response:
    """The case's seats in groups, with what may be done."""
    return await _page(asked, user, done=_DONE.get(klar))


@router.post("/plats")
async def enrol(user: CaseWorker, asked: AskedOf, filled: Annotated[EnrolForm, Form()]) -> Response:
    """The participant gets a seat in a group."""
    return await _carry_out(asked, user, filled, filled.command, "plats", filled.group_id)


@router.post("/reserv")
async def join(user: CaseWorker, asked: AskedOf, filled: Annotated[ReserveForm, Form()]) -> Response:
    """The participant waits for a seat."""
    return await _carry_out(asked, user, filled, filled.command, "reserv", filled.group_id)


@router.post("/inte-reserv")
async def leave(user: CaseWorker, asked: AskedOf) -> Response:
    """The participant waits no more."""
    return await _carry_out(asked, user, None, lambda today: ask.LeaveReserve(today, today), "inte-reserv", None)


@router.post("/{enrolment_id}/slut")
async def end(user: CaseWorker, asked: AskedOf, enrolment_id: UUID, filled: Annotated[EndForm, Form()]) -> Response:
    """The participant has completed the group, or has left it."""
    return await _carry_out(
        asked, user, filled, lambda today: filled.command(enrolment_id, today), "slut", enrolment_id
    )


async def _carry_out(
    asked: Asked,
    user: User,
    filled: BaseModel | None,
    command_on: CommandOn,
    act: str,
    about: UUID | None,
) -> Response:
    try:
        await asked.carry_out(user, command_on)
    except Refused as refused:
        sent = {} if filled is None else filled.model_dump(mode="json")
        return await _page(asked, user, refusal={"refused": refused, "act": act, "about": about, "filled": sent})
    return RedirectResponse(f"/arenden/{asked.case_id}/grupp?klar={act}", status_code=303)


async def _page(
    asked: Asked, user: User, *, done: str | None = None, refusal: Mapping[str, Any] | None = None
) -> Response:
    case_id, today = asked.case_id, asked.today
    names_of = await asked.name()
    async with asked.runtime.pool.acquire() as connection:
        case = (await commands.load(connection, case_id)).case
        open_groups = await group_store.listed(connection, known(case).insats, today, _SHOWN)
        of_case = {each.group_id: await group_store.one(connection, each.group_id) for each in case.enrolments.all}
    shows = names_of.shows_place(case_id)
    reserve = case.enrolments.reserve
    hindered = hindrance(ask.JoinReserve(None, today, today), case, INSATSER, frozenset({"since"}))
    waits_for = next((each for each in open_groups if reserve and each.terms.of.group_id == reserve.group_id), None)
    values = {
        "case_id": case_id,
        "name": names_of.get(case_id),
        "insats": labels.insats_label(known(case).insats),
        "today": today,
        "done": done,
        "refusal": refusal,
        "seats": [_seat(each, of_case[each.group_id], today, shows=shows) for each in reversed(case.enrolments.all)],
        "reserve": reserve,
        "waits_for": waits_for.terms.name if waits_for is not None and shows else None,
        "hindered": None if hindered is None or hindered.code == "already_waiting" else hindered,
        "groups": _others(case, open_groups, today),
        "outcomes": {each.value: label(each) for each in CHOSEN},
        "end_reasons": words()["enrolment_ends"],
        "may_take_back": user.has(Role.COORDINATOR),
        "leaves": _leaves(case) if user.has(Role.COORDINATOR) else None,
    }
    status = 200 if refusal is None else refusal["refused"].status
    return _PAGES.page(asked.request, "enrolments.html", values, status=status)


def _others(case: Case, groups: Sequence[ListedGroup], today: date) -> list[dict[str, Any]]:
    """The groups in which the participant has no seat."""
    return [group_values(each, today) for each in groups if case.enrolments.in_group(each.terms.of.group_id) is None]


def _seat(seat: Enrolment, found: ListedGroup | None, today: date, *, shows: bool) -> dict[str, Any]:
    held = () if found is None else sorted(found.terms.held)
    while_seated = [day for day in held if seat.had_on(day)]
    recorded = {each.session_on: each.attended for each in seat.attendance}
    return {
        "id": seat.enrolment_id,
        # When and where somebody is at a known time is not said of a protected person.
        "group": group_values(found, today) if found is not None and shows else None,
        "name": found.terms.name if found is not None and shows else PLACE_WITHHELD,
        "enrolled_on": seat.enrolled_on,
        "ended_on": seat.ended_on,
        "outcome": None if seat.outcome is None else label(seat.outcome),
        "reason": None if seat.reason is None else _why(seat.reason),
        "attendance": [{"day": day, "came": recorded.get(day)} for day in while_seated] if shows else [],
        "came": sum(1 for came in recorded.values() if came),
        "held": len(while_seated),
        "under_way": seat.under_way,
        "latest": seat.latest,
    }


def _why(reason: str) -> str:
    list_name = "activity_ends" if reason in words()["activity_ends"] else "enrolment_ends"
    return word_label(list_name, reason)


def _leaves(case: Case) -> dict[str, Any] | None:
    """The exit that follows from the end of a course: its reason is how the seat ended. None where none follows."""
    if case.stage is not Stage.PARTICIPATING or not is_course(INSATSER.get(known(case).insats)):
        return None
    last = case.enrolments.all[-1] if case.enrolments.all else None
    if last is None or last.outcome not in (EnrolmentOutcome.COMPLETED, EnrolmentOutcome.DROPPED_OUT):
        return None
    return {"reason": last.outcome.value, "on": last.ended_on, "label": label(last.outcome)}
