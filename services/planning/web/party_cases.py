"""Partens ärenden: what a party's representative in the teams sees, of the cases whose people let the party."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, assert_never
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from contracts.codes import Member, Role
from contracts.events import local_date
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day
from services.chassis.names import Names, NamesOf
from services.chassis.pages import Pages, swedish_date, token_of
from services.planning import shared_store
from services.planning.domain.activities import Activity
from services.planning.domain.case import Case
from services.planning.domain.checks import known
from services.planning.domain.decide_activities import holding_plan
from services.planning.domain.meetings import Meeting
from services.planning.domain.shared import sees
from services.planning.web import labels
from services.planning.web.asked import AskedOf
from services.planning.web.case_words import (
    activity_label,
    kind_of,
    meeting_label,
    plan_label,
    rule_of,
    stage_words,
)

SHOWN: Final = 50
_PAGES: Final = Pages(Path(__file__).parent / "templates")


async def _represented(user: Annotated[User, Depends(signed_in(Role.TEAM_REPRESENTATIVE))]) -> Member:
    """The party that the signed-in user represents. Raises NotFound."""
    if user.member is None:
        raise NotFound("party_missing", "Din inloggning säger inte vilken part du företräder. Be om en ny.")
    return user.member


_Represented = Annotated[Member, Depends(_represented)]

router = APIRouter(prefix="/partens-arenden", include_in_schema=False)


@router.get("")
async def cases(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    party: _Represented,
    sedan: Day | None = None,
    efter: UUID | None = None,
) -> Response:
    """The party's cases by name. ``sedan`` and ``efter``: the day of the plan and the case that were shown last.

    The vault decides once more who may be named: where it does not answer, and of protected people, nothing is shown.
    """
    last = None if sedan is None or efter is None else (sedan, efter)
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        found = await shared_store.of_party(connection, party, today, SHOWN + 1, last)
    shown = found[:SHOWN]
    names_of = await names.of([each.case_id for each in shown], token_of(request))
    values = {
        "party": party,
        "rows": [
            {
                "case_id": each.case_id,
                "name": names_of[each.case_id],
                "insats": labels.insats_label(each.shared.insats),
                "planned_on": each.shared.planned_on,
            }
            for each in shown
            if names_of.shows_place(each.case_id)
        ],
        "silent": bool(shown) and not names_of,
        "more": shown[-1] if len(found) > SHOWN else None,
    }
    return _PAGES.page(request, "party_cases.html", values)


@router.get("/{case_id}")
async def case(asked: AskedOf, party: _Represented) -> Response:
    """One case: where it stands, its plan and what is booked. Raises NotFound for one that the party does not see,
    as for one that does not exist."""
    found = (await asked.case()).case
    names_of = await asked.name() if sees(party, found, asked.today) else Names({})
    if not names_of.shows_place(asked.case_id):
        raise NotFound("case_unknown", "Ärendet finns inte bland dem som din part får se.")
    values = {"party": party, "name": names_of[asked.case_id], **_shown(found, party, asked.today)}
    return _PAGES.page(asked.request, "party_case.html", values)


def _shown(case: Case, party: Member, today: date) -> dict[str, Any]:
    """What a party sees: no unit, place or district, no reason of a wait, and nothing of other parts of the case."""
    referral, plan = known(case), holding_plan(case)
    rule = rule_of(referral, today)
    activities = () if plan is None else tuple(each for each in plan.activities if each.ended_in is None)
    return {
        "insats": labels.insats_label(referral.insats),
        "standing": stage_words(case),
        "plan_label": plan_label(rule),
        "planned_on": None if plan is None else plan.made_on,
        "activities": [
            {
                "label": activity_label(each.kind, rule),
                "responsible": each.responsible,
                "own": each.responsible is party,
                "state": _state(each),
                "due_on": each.due_on,
            }
            for each in activities
        ],
        "meetings": [
            {"label": meeting_label(kind_of(each, rule), rule), **_when(each)}
            for each in case.meetings.all
            if each.state == "booked"
        ],
    }


def _state(activity: Activity) -> str:
    """How far an activity has come, without what it waits for and why it is not carried out."""
    match activity.state:
        case "planned":
            return "inte påbörjad"
        case "ongoing":
            return "pågår" if activity.started_on is None else f"pågår sedan {swedish_date(activity.started_on)}"
        case "completed":
            return "klar" if activity.ended_on is None else f"klar {swedish_date(activity.ended_on)}"
        case "cancelled":
            return "blir inte av"
        case _:
            assert_never(activity.state)


def _when(meeting: Meeting) -> dict[str, Any]:
    booking = meeting.booking
    if booking is None:
        raise LookupError("a meeting that is booked has a booking")
    clock = None if booking.starts_at is None else labels.clock(booking.starts_at)
    return {"meets_on": booking.meets_on, "clock": clock, "mode": booking.mode}
