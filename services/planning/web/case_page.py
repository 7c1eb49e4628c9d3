"""The case page: what is shown of a case, and of what can be done next."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi.responses import Response

from contracts.catalogue import INSATSER, Rule
from contracts.catalogue.vocabulary import words
from contracts.codes import ActivityExtent, MeetingMode, Role
from contracts.labels import label
from contracts.problems import Invalid, Refused
from services.chassis.auth import User
from services.chassis.names import PLACE_WITHHELD
from services.chassis.pages import Pages
from services.planning.commands import KnownCase
from services.planning.domain.case import Case
from services.planning.domain.checks import known
from services.planning.domain.decide_activities import holding_plan
from services.planning.domain.decide_meetings import may_be_present
from services.planning.domain.meetings import Meeting
from services.planning.domain.next_steps import NextSteps, next_steps
from services.planning.view import ActivityView, view
from services.planning.web import labels
from services.planning.web.activity_values import standing_of
from services.planning.web.asked import Asked
from services.planning.web.case_events import registered
from services.planning.web.case_links import links_of
from services.planning.web.case_words import (
    activity_label,
    consent_label,
    kind_of,
    meeting_label,
    plan_label,
    role_label,
    rule_of,
    standing,
)
from services.planning.web.step_values import reminded

PAGES: Final = Pages(Path(__file__).parent / "templates")


@dataclass(frozen=True)
class Refusal:
    """A form that was refused. ``form``: its id on the page; ``filled``: what it was filled in with."""

    form: str
    refused: Refused
    filled: Mapping[str, Any]


async def case_page(asked: Asked, user: User, *, done: str | None = None, refusal: Refusal | None = None) -> Response:
    """The page, after something was ``done`` or refused, if anything was."""
    found = await asked.case()
    names_of = await asked.name()
    case, today = found.case, asked.today
    referral = known(case)
    rule = rule_of(referral, today)
    booked = {each.meeting_id: each for each in case.meetings.all if each.state == "booked"}
    kinds = {meeting_id: kind_of(each, rule) or "" for meeting_id, each in booked.items()}
    steps = next_steps(case, [] if rule is None else [each.id for each in rule.meetings], kinds, today, INSATSER)
    values = {
        "case_id": asked.case_id,
        "name": names_of.get(asked.case_id),
        "insats": labels.insats_label(referral.insats),
        "shortcut": None if referral.shortcut is None else labels.shortcut_label(referral.shortcut, rule),
        "unit": labels.unit_label(referral.unit) if names_of.shows_place(asked.case_id) else PLACE_WITHHELD,
        "standing": standing(case),
        "consent": consent_label(case.consents),
        "supports": _supports(case, rule),
        "links": links_of(asked.case_id, case, user, today),
        "is_coordinator": user.has(Role.COORDINATOR),
        "may_act": user.has(Role.COORDINATOR, Role.LOTS),
        "steps": steps,
        "begun": case.participations.latest is not None,
        "meetings": [_meeting(each, kinds[meeting_id], rule, steps) for meeting_id, each in booked.items()],
        "reminders": reminded(case, today),
        "bookable": _bookable(rule, set(kinds.values()), steps),
        "modes": {each.value: each for each in MeetingMode},
        **_plan(asked, found, rule, steps),
        "extents": list(ActivityExtent),
        "hold_reasons": words()["hold_reasons"],
        "groups": _groups(case, steps),
        "events": registered(asked.case_id, found, rule),
        "done": done,
        "refused": None if refusal is None else refusal.refused,
        "opened": "" if refusal is None else refusal.form,
        "filled": {} if refusal is None else refusal.filled,
    }
    status = 200 if refusal is None else refusal.refused.status
    return PAGES.page(asked.request, "case.html", values, status=status)


def _groups(case: Case, steps: NextSteps) -> dict[str, Any] | None:
    """What the case has of groups: how many seats, and whether it waits for one; None where there are none."""
    if not (case.enrolments.all or case.enrolments.reserve) and steps.enrol is not None:
        return None
    last = case.enrolments.all[-1].outcome if case.enrolments.all else None
    return {
        "seats": len(case.enrolments.under_way),
        "waits": case.enrolments.reserve is not None,
        "last": None if last is None else label(last),
    }


def _supports(case: Case, rule: Rule | None) -> list[dict[str, Any]]:
    return [
        {"role": role_label(each.role, rule), "worker": each.worker_id, "since": each.since}
        for each in case.supports.all
        if each.ended_on is None
    ]


def _meeting(meeting: Meeting, kind: str, rule: Rule | None, steps: NextSteps) -> dict[str, Any]:
    booking = meeting.booking
    if booking is None:
        raise LookupError("a meeting that is booked has a booking")
    return {
        "kind": kind,
        "label": meeting_label(kind or None, rule),
        "team": None if booking.team is None else labels.team_label(booking.team),
        "seated": booking.team is not None,
        "meets_on": booking.meets_on,
        "starts_at": booking.starts_at,
        "clock": None if booking.starts_at is None else labels.clock(booking.starts_at),
        "mode": booking.mode,
        "attendees": _attendees(kind, rule),
        "hold": steps.hold[meeting.meeting_id],
        "cancel": steps.cancel[meeting.meeting_id],
    }


def _attendees(kind: str, rule: Rule | None) -> dict[str, str]:
    """Who may be said to have been at a meeting of a kind."""
    meeting = None if rule is None else rule.meeting(kind)
    return {} if rule is None or meeting is None else {each: rule.who(each) for each in may_be_present(meeting)}


def _bookable(rule: Rule | None, booked: set[str], steps: NextSteps) -> list[dict[str, Any]]:
    """The kinds of meetings that may be booked; those that are booked are moved beside their booking."""
    meetings = () if rule is None else rule.meetings
    return [
        {"kind": each.id, "label": each.label, "seated": each.seat_in is not None, "modes": list(each.modes)}
        for each in meetings
        if each.id not in booked and steps.book[each.id] is None
    ]


def _plan(asked: Asked, found: KnownCase, rule: Rule | None, steps: NextSteps) -> dict[str, Any]:
    plan = holding_plan(found.case)
    plans = view(asked.case_id, found).plans
    shown = [] if plan is None else [each for each in plans if each.samplan_id == plan.samplan_id]
    activities = [each for plan_shown in shown for each in plan_shown.activities if each.ended_in is None]
    return {
        "plan_label": plan_label(rule),
        "plan": None if plan is None else {"made_on": plan.made_on, "version": plan.version},
        "activities": [_activity(each, found.case, rule, steps) for each in activities],
    }


def _activity(activity: ActivityView, case: Case, rule: Rule | None, steps: NextSteps) -> dict[str, Any]:
    planned = case.plans.of_activity(activity.activity_id)
    begin = steps.begin[activity.activity_id]
    return {
        "id": activity.activity_id,
        "label": activity_label(activity.kind, rule),
        "responsible": activity.responsible,
        "standing": "" if planned is None else standing_of(planned[1]),
        "may_begin": begin is None,
        # It begins on the page of activities, where a place and an extent are chosen.
        "asks_more": isinstance(begin, Invalid),
        "may_complete": steps.complete[activity.activity_id] is None,
    }
