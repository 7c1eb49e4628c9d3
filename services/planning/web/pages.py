"""Tider: the sessions of the coming weeks with their seats, and who waits for one."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from contracts.catalogue import INSATSER, Insats
from contracts.codes import MeetingMode, Role
from contracts.events import local_date
from contracts.model import Code
from contracts.problems import NotFound, Refused
from services.chassis.auth import User
from services.chassis.database import Connection
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import ClockTime, Day
from services.chassis.names import PLACE_WITHHELD, Names, NamesOf
from services.chassis.pages import Pages, token_of
from services.planning import commands, session_store
from services.planning.domain.decide_sessions import DISTRICTS, CancelSession, DeclareSession, most_seats, teams_of
from services.planning.domain.meetings import Seat
from services.planning.session_store import BoardSession, FreeSession, LastWaiting, WaitingCase
from services.planning.web import labels
from services.planning.web.booking import router as booking
from services.planning.web.calls import router as calls
from services.planning.web.forms import Filled, SessionForm
from services.planning.web.groups import router as groups
from services.planning.web.places import router as places

_WEEKS: Final = 4
WAITING_SHOWN: Final = 50
_NEXT_FREE_SHOWN: Final = 5
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_DONE: Final[Mapping[str, str]] = {
    "upplagd": "Mötestiden är sparad.",
    "installd": "Mötestiden är inställd.",
}

Looking = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]
Coordinator = Annotated[User, Depends(signed_in(Role.COORDINATOR))]

router = APIRouter(prefix="/tider", include_in_schema=False)
router.include_router(booking)
router.include_router(calls)
router.include_router(places)
router.include_router(groups)


@router.get("")
async def board(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: Looking,
    insats: str = "",
    fran: Day | None = None,
    klar: str = "",
    antagen: Day | None = None,
    efter: UUID | None = None,
) -> Response:
    """The board: who waits, the next free places, and each team's sessions in four weeks.

    ``antagen`` and ``efter``: the last of those who wait that were shown; those who come after are.
    """
    today = local_date(runtime.clock.now())
    chosen = _chosen(insats, today)
    if chosen is None:
        return _PAGES.page(request, "board_empty.html", {})
    monday = _monday(fran or today)
    async with runtime.pool.acquire() as connection:
        sessions = await session_store.board(connection, chosen.id, monday, monday + timedelta(weeks=_WEEKS))
        last = None if antagen is None or efter is None else LastWaiting(antagen, efter)
        found = await session_store.waiting(connection, chosen.id, WAITING_SHOWN + 1, last)
        waiting = found[:WAITING_SHOWN]
        count = await session_store.count_waiting(connection, chosen.id)
        free = await session_store.free(connection, chosen.id, today, _NEXT_FREE_SHOWN)
    cases = [*(each.case_id for each in waiting), *(seat.case_id for each in sessions for seat in each.taken)]
    names_of = await names.of(cases, token_of(request))
    values = {
        "insats": chosen,
        "insatser": _with_sessions(today),
        "may_act": user.has(Role.COORDINATOR),
        "done": _DONE.get(klar),
        "waiting": [_waiting_values(each, names_of, today) for each in waiting],
        "count": count,
        "longest": last is None,
        "more": waiting[-1] if len(found) > WAITING_SHOWN else None,
        "free": [session_values(each.session, each) for each in free],
        "teams": _teams(chosen, sessions, names_of, today),
        **_period(monday),
    }
    return _PAGES.page(request, "board.html", values)


@router.get("/ny")
async def session_form(
    request: Request,
    runtime: RuntimeOf,
    _user: Coordinator,
    insats: str = "",
    team: str = "",
    dag: Day | None = None,
    tid: ClockTime | None = None,
) -> Response:
    """The form for a new session, or for another number of places in one that is there."""
    today = local_date(runtime.clock.now())
    chosen = _chosen(insats, today)
    if chosen is None:
        raise NotFound("no_sessions", "Ingen insats har mötestider med platser.")
    filled = Filled(insats=chosen.id, team=team, meets_on=dag, starts_at=tid)
    if team and dag is not None and tid is not None:
        async with runtime.pool.acquire() as connection:
            filled = await _as_declared(connection, filled, Seat(chosen.id, team, dag, tid))
    return _form(request, filled, today, None)


@router.post("/ny")
async def declare(
    request: Request, runtime: RuntimeOf, user: Coordinator, filled: Annotated[SessionForm, Form()]
) -> Response:
    """Declares a session or changes its places; a refusal is said in the form, which stays as it was filled in."""
    try:
        async with runtime.unit(user.actor) as unit:
            command = DeclareSession(
                session=filled.seat,
                seats=filled.seats,
                reserved=filled.reserved,
                reserved_for=filled.reserved_for or None,
                area=filled.area or None,
                extra=filled.extra,
                today=unit.today,
            )
            await commands.carry_out_on_session(unit, command)
    except Refused as refused:
        return _form(request, Filled(**filled.model_dump()), local_date(runtime.clock.now()), refused)
    return _to_the_board(filled.seat, "upplagd")


@router.post("/stall-in")
async def cancel(
    runtime: RuntimeOf,
    user: Coordinator,
    insats: Annotated[Code, Form()],
    team: Annotated[Code, Form()],
    meets_on: Annotated[Day, Form()],
    starts_at: Annotated[ClockTime, Form()],
) -> Response:
    """A session does not come about."""
    session = Seat(insats, team, meets_on, starts_at)
    async with runtime.unit(user.actor) as unit:
        await commands.carry_out_on_session(unit, CancelSession(session, unit.today))
    return _to_the_board(session, "installd")


def session_values(session: Seat, found: BoardSession | FreeSession) -> dict[str, Any]:
    """A session as a page shows it."""
    terms = found.terms
    return {
        "session": session,
        "team": labels.team_label(session.team),
        "starts_at": labels.clock(session.starts_at),
        "week": session.meets_on.isocalendar().week,
        "area": None if terms is None or terms.area is None else labels.unit_label(terms.area),
        "extra": terms is not None and terms.extra,
        "places": labels.places(found.occupancy),
        "full": found.occupancy.full,
        "declared": terms is not None and not terms.cancelled,
    }


def _to_the_board(session: Seat, done: Literal["upplagd", "installd"]) -> Response:
    address = f"/tider?insats={session.insats}&fran={_monday(session.meets_on)}&klar={done}"
    return RedirectResponse(address, status_code=303)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _period(monday: date) -> dict[str, Any]:
    return {
        "first": monday,
        "last": monday + timedelta(weeks=_WEEKS, days=-1),
        "earlier": monday - timedelta(weeks=_WEEKS),
        "later": monday + timedelta(weeks=_WEEKS),
    }


def _with_sessions(today: date) -> list[Insats]:
    """The insatser whose rule of today has sessions."""
    rules = ((insats, insats.rule_on(today)) for insats in INSATSER.values())
    return [insats for insats, rule in rules if rule is not None and rule.sessions]


def _chosen(insats_id: str, today: date) -> Insats | None:
    """The insats asked for, or the first that has sessions."""
    choices = _with_sessions(today)
    return next((each for each in choices if each.id == insats_id), choices[0] if choices else None)


def _waiting_values(waiting: WaitingCase, names_of: Names, today: date) -> dict[str, Any]:
    return {
        "case_id": waiting.case_id,
        "name": names_of.get(waiting.case_id),
        "unit": labels.unit_label(waiting.waits.unit) if names_of.shows_place(waiting.case_id) else PLACE_WITHHELD,
        "accepted_on": waiting.waits.accepted_on,
        "days": (today - waiting.waits.accepted_on).days,
    }


def _teams(insats: Insats, sessions: Sequence[BoardSession], names_of: Names, today: date) -> list[dict[str, Any]]:
    """The sessions by team: the teams of today's rule, and those that had sessions under another."""
    rule = insats.rule_on(today)
    own = teams_of(rule) if rule is not None else ()
    teams = dict.fromkeys((*own, *sorted({each.session.team for each in sessions})))
    return [
        {
            "id": team,
            "label": labels.team_label(team),
            "sessions": [_row(each, names_of, today) for each in sessions if each.session.team == team],
        }
        for team in teams
    ]


def _row(found: BoardSession, names_of: Names, today: date) -> dict[str, Any]:
    values = session_values(found.session, found)
    taken = [
        {
            "case_id": each.case_id,
            "name": names_of.get(each.case_id),
            # The session's district is beside it, so that not even the case is named.
            "withheld": each.case_id in names_of.withheld,
            "mode": each.mode,
            "held": each.held,
            "unregistered": not each.held and found.session.meets_on < today,
        }
        for each in found.taken
    ]
    may_change = values["declared"] and found.session.meets_on >= today
    return {**values, "taken": taken, "may_change": may_change, "may_cancel": may_change and not taken}


async def _as_declared(connection: Connection, filled: Filled, session: Seat) -> Filled:
    """The form filled in with what was declared of a session."""
    sessions = await session_store.board(
        connection, session.insats, session.meets_on, session.meets_on + timedelta(days=1)
    )
    terms = next((each.terms for each in sessions if each.session == session), None)
    if terms is None:
        return filled
    return filled.model_copy(
        update={
            "seats": terms.seats,
            "reserved": terms.reserved,
            "reserved_for": terms.reserved_for or "",
            "area": terms.area or "",
            "extra": terms.extra,
        }
    )


def _form(request: Request, filled: Filled, today: date, refused: Refused | None) -> Response:
    insats = INSATSER.get(filled.insats)
    rule = None if insats is None else insats.rule_on(filled.meets_on or today)
    values = {
        "filled": filled,
        "insats": labels.insats_label(filled.insats),
        "teams": {} if rule is None else {team: labels.team_label(team) for team in teams_of(rule)},
        "most": 0 if rule is None else most_seats(rule),
        "may_be_extra": rule is not None and any(session.extra for session in rule.sessions),
        "districts": DISTRICTS,
        "modes": list(MeetingMode),
        "refused": refused,
        "wrong": None if refused is None else refused.field,
    }
    return _PAGES.page(request, "session_form.html", values, status=200 if refused is None else refused.status)
