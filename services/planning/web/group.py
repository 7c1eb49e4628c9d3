"""Gruppen: who has a seat, who came to each session, how seats ended, and who waits for one."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from contracts.catalogue.vocabulary import words
from contracts.codes import Role
from contracts.events import local_date
from contracts.labels import label
from contracts.problems import NotFound, Refused
from services.chassis.auth import User
from services.chassis.database import Connection
from services.chassis.http import RuntimeOf
from services.chassis.inputs import Day
from services.chassis.names import NameClient, Names, NamesOf
from services.chassis.pages import Pages, token_of
from services.chassis.runtime import Runtime
from services.planning import commands, group_store
from services.planning.carrying_out import CaseWorker
from services.planning.domain import command as ask
from services.planning.domain.decide_enrolment import CHOSEN
from services.planning.domain.decide_groups import CancelGroupSession, HoldGroupSession
from services.planning.group_store import ListedGroup, Participant, Waiting
from services.planning.web import labels
from services.planning.web.group_forms import CallOffForm, EndForm, SessionAttendanceForm
from services.planning.web.group_values import group_values, session_values

_WAITING_SHOWN: Final = 50
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_DONE: Final = {
    "narvaro": "Träffen och närvaron är registrerade.",
    "installd": "Träffen är inställd.",
    "slut": "Platsen är avslutad.",
}

router = APIRouter(prefix="/{group_id}")


@router.get("")
async def group(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: CaseWorker,
    group_id: UUID,
    klar: str = "",
    dag: Day | None = None,
) -> Response:
    """The group, with the attendance of one session: ``dag``, or the first that is not registered."""
    return await _page(request, runtime, names, user, group_id, done=_DONE.get(klar), day=dag)


@router.post("/narvaro")
async def attendance(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: CaseWorker,
    group_id: UUID,
    filled: Annotated[SessionAttendanceForm, Form()],
) -> Response:
    """A session was held, and these came. Sent again with others marked, what was registered is corrected."""
    async with runtime.pool.acquire() as connection:
        found = await _found(connection, group_id)
        seats = await group_store.participants(connection, group_id)
    try:
        if filled.session_on not in found.terms.held:
            async with runtime.unit(user.actor) as unit:
                held = HoldGroupSession(found.terms.of, filled.session_on, unit.today)
                await commands.carry_out_on_group(unit, held)
        for seat in (each for each in seats if each.enrolment_id in set(filled.listed)):
            await _record(runtime, user, seat, filled.session_on, came=seat.enrolment_id in set(filled.came))
    except Refused as refused:
        return await _page(request, runtime, names, user, group_id, day=filled.session_on, refused=refused)
    return _to(group_id, "narvaro", filled.session_on)


@router.post("/stall-in")
async def call_off(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: CaseWorker,
    group_id: UUID,
    filled: Annotated[CallOffForm, Form()],
) -> Response:
    """A session is not held."""
    async with runtime.pool.acquire() as connection:
        of = (await _found(connection, group_id)).terms.of
    try:
        async with runtime.unit(user.actor) as unit:
            command = CancelGroupSession(of, filled.session_on, filled.reason, unit.today)
            await commands.carry_out_on_group(unit, command)
    except Refused as refused:
        return await _page(request, runtime, names, user, group_id, day=filled.session_on, refused=refused)
    return _to(group_id, "installd")


@router.post("/{enrolment_id}/slut")
async def end(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: CaseWorker,
    group_id: UUID,
    enrolment_id: UUID,
    filled: Annotated[EndForm, Form()],
) -> Response:
    """Somebody has completed the group, or has left it."""
    async with runtime.pool.acquire() as connection:
        seats = await group_store.participants(connection, group_id)
    seat = next((each for each in seats if each.enrolment_id == enrolment_id), None)
    if seat is None:
        raise NotFound("enrolment_unknown", "Gruppen har ingen sådan plats.")
    try:
        async with runtime.unit(user.actor) as unit:
            await commands.carry_out(unit, seat.case_id, filled.command(enrolment_id, unit.today))
    except Refused as refused:
        ending = (enrolment_id, filled.model_dump(mode="json"))
        return await _page(request, runtime, names, user, group_id, refused=refused, ending=ending)
    return _to(group_id, "slut")


async def _record(runtime: Runtime, user: User, seat: Participant, day: date, *, came: bool) -> None:
    """Registers whether somebody came. What was registered otherwise is taken back first, in the same unit."""
    before = seat.attendance.get(day)
    if before is came:
        return
    async with runtime.unit(user.actor) as unit:
        if before is not None:
            case = (await commands.load(unit.conn, seat.case_id)).case
            enrolment = case.enrolments.find(seat.enrolment_id)
            recorded = None if enrolment is None else enrolment.of_session(day)
            if recorded is not None:
                correction = ask.RegisterInError(recorded.event_id, "other", unit.today)
                await commands.register_in_error(unit, seat.case_id, correction)
        record = ask.RecordSessionAttendance(seat.enrolment_id, day, came, unit.today)
        await commands.carry_out(unit, seat.case_id, record)


def _to(group_id: UUID, done: str, day: date | None = None) -> Response:
    shown = "" if day is None else f"&dag={day}"
    return RedirectResponse(f"/tider/grupper/{group_id}?klar={done}{shown}", status_code=303)


async def _found(connection: Connection, group_id: UUID) -> ListedGroup:
    found = await group_store.one(connection, group_id)
    if found is None:
        raise NotFound("group_unknown", "Gruppen finns inte. Kontrollera adressen.")
    return found


async def _page(
    request: Request,
    runtime: Runtime,
    names: NameClient,
    user: User,
    group_id: UUID,
    *,
    done: str | None = None,
    day: date | None = None,
    refused: Refused | None = None,
    ending: tuple[UUID, dict[str, Any]] | None = None,
) -> Response:
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        found = await _found(connection, group_id)
        seats = await group_store.participants(connection, group_id)
        waiting = await group_store.reserve(connection, found.terms.of.insats, group_id, _WAITING_SHOWN)
    cases = [*(each.case_id for each in seats), *(each.case_id for each in waiting)]
    names_of = await names.of(cases, token_of(request))
    terms = found.terms
    chosen = day if day in terms.session_days else _to_register(found, today)
    values = {
        "group": group_values(found, today),
        "insats": labels.insats_label(terms.of.insats),
        "today": today,
        "done": done,
        "refused": refused,
        "ending": ending,
        "days": [session_values(terms, each, today) for each in terms.session_days],
        "chosen": None if chosen is None else session_values(terms, chosen, today),
        "listed": [] if chosen is None else _listed(seats, chosen, names_of),
        "participants": [_participant(each, names_of, number) for number, each in enumerate(seats, start=1)],
        "waiting": [_waiting(each, names_of) for each in waiting],
        "outcomes": {each.value: label(each) for each in CHOSEN},
        "end_reasons": words()["enrolment_ends"],
        "cancellations": words()["group_cancellations"],
        "may_change": user.has(Role.COORDINATOR),
    }
    return _PAGES.page(request, "group.html", values, status=200 if refused is None else refused.status)


def _to_register(found: ListedGroup, today: date) -> date | None:
    """The first session that should have been registered; else the last that was; None before the first."""
    terms = found.terms
    past = [day for day in terms.session_days if day <= today and day not in terms.called_off]
    return next((day for day in past if day not in terms.held), past[-1] if past else None)


def _listed(seats: Sequence[Participant], day: date, names_of: Names) -> list[dict[str, Any]]:
    """Who had a seat on the day of a session, with whether they came; before it is registered everybody is marked."""
    return [
        {**_participant(each, names_of, number), "came": each.attendance.get(day, True)}
        for number, each in enumerate(seats, start=1)
        if each.had_seat_on(day)
    ]


def _participant(seat: Participant, names_of: Names, number: int) -> dict[str, Any]:
    """A seat. ``number``: its place among the seats, which tells two apart whose names are withheld."""
    came = sum(seat.attendance.values())
    return {
        "id": seat.enrolment_id,
        **_person(seat.case_id, names_of),
        "number": number,
        "enrolled_on": seat.enrolled_on,
        "ended_on": seat.ended_on,
        "outcome": None if seat.outcome is None else label(seat.outcome),
        "came": came,
        "recorded": len(seat.attendance),
    }


def _waiting(waiting: Waiting, names_of: Names) -> dict[str, Any]:
    return {**_person(waiting.case_id, names_of), "since": waiting.since, "any_group": waiting.any_group}


def _person(case_id: UUID, names_of: Names) -> dict[str, Any]:
    # The group's place and times are beside them, so that of a protected person not even the case is named.
    withheld = case_id in names_of.withheld
    return {
        "case_id": None if withheld else case_id,
        "name": names_of.get(case_id) or f"Ärende {case_id.hex[:8]}",
    }
