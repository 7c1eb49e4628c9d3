"""The case as this service knows it: with what its events left out for want of consent."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from services.planning.domain.activities import Activity, Attendance, Extent, Hindrance
from services.planning.domain.after_support import AfterSupports
from services.planning.domain.case import Case
from services.planning.domain.decision import PlannedDetails, Withheld
from services.planning.domain.enrolments import Attended, Enrolment
from services.planning.domain.livelihood import BenefitDecision, EmploymentDecision, Livelihood
from services.planning.domain.meetings import Meeting, Meetings
from services.planning.domain.plans import Plans
from services.planning.domain.steps import DocumentRequest, Reached, Steps

Details = Mapping[UUID, Withheld]
"""What events, by id, left out."""


def may_lack(case: Case) -> bool:
    """Whether an event of the case may have left something out: about a meeting, a plan, a step or the like."""
    livelihood, steps = case.livelihood, case.steps
    parts = (
        case.meetings.all,
        case.plans.all,
        case.participations.holds,
        livelihood.employments,
        livelihood.benefits,
    )
    return any((*parts, steps.reached, steps.requests, case.after_supports.all, case.enrolments.all))


def known_here(case: Case, withheld: Details) -> Case:
    """The case with what its events left out for want of consent filled in."""
    if not withheld:
        return case
    kinds = {each: kind for details in withheld.values() for each, kind in details.kinds.items()}
    planned = {each: said for details in withheld.values() for each, said in details.planned.items()}
    plans = tuple(
        replace(plan, activities=tuple(_activity(each, kinds, planned, withheld) for each in plan.activities))
        for plan in case.plans.all
    )
    holds = tuple(
        replace(each, reason=each.reason or _of(each.event_id, withheld).reason) for each in case.participations.holds
    )
    return replace(
        case,
        plans=Plans(plans),
        meetings=Meetings(tuple(_meeting(each, withheld) for each in case.meetings.all)),
        participations=replace(case.participations, holds=holds),
        livelihood=_livelihood(case.livelihood, withheld),
        steps=_steps(case.steps, withheld),
        enrolments=replace(case.enrolments, all=tuple(_enrolment(each, withheld) for each in case.enrolments.all)),
        after_supports=AfterSupports(
            tuple(
                replace(each, reason=each.reason or _of(each.ended_by, withheld).reason)
                for each in case.after_supports.all
            )
        ),
    )


def _meeting(meeting: Meeting, withheld: Details) -> Meeting:
    kept = _of(meeting.held_by, withheld).present
    return meeting if meeting.present is not None or kept is None else replace(meeting, present=kept)


def _livelihood(livelihood: Livelihood, withheld: Details) -> Livelihood:
    employments = tuple(
        replace(
            each,
            decisions=tuple(_employment_decision(decision, withheld) for decision in each.decisions),
            end=None
            if each.end is None
            else replace(each.end, reason=each.end.reason or _of(each.end.event_id, withheld).reason),
        )
        for each in livelihood.employments
    )
    return Livelihood(employments, tuple(_benefit(each, withheld) for each in livelihood.benefits))


def _employment_decision(decision: EmploymentDecision, withheld: Details) -> EmploymentDecision:
    details = _of(decision.event_id, withheld)
    return replace(
        decision,
        support=decision.support or details.support,
        extent_percent=decision.extent_percent or details.extent_percent,
        employer=decision.employer or details.employer,
    )


def _benefit(decision: BenefitDecision, withheld: Details) -> BenefitDecision:
    details = _of(decision.event_id, withheld)
    return replace(
        decision,
        benefit=decision.benefit or details.benefit,
        status=decision.status or details.status,
        extent_percent=decision.extent_percent or details.extent_percent,
    )


def _steps(steps: Steps, withheld: Details) -> Steps:
    return Steps(
        tuple(_reached(each, _of(each.event_id, withheld)) for each in steps.reached),
        tuple(_request(each, _of(each.asked_by, withheld), _of(each.ended_by, withheld)) for each in steps.requests),
    )


def _reached(reached: Reached, kept: Withheld) -> Reached:
    score = kept.score if reached.score is None else reached.score
    return replace(reached, document=reached.document or kept.document, score=score)


def _request(request: DocumentRequest, asked: Withheld, ended: Withheld) -> DocumentRequest:
    return replace(
        request,
        document=request.document or asked.document,
        asked_of=request.asked_of or asked.asked_of,
        reason=request.reason or ended.reason,
    )


def _activity(
    activity: Activity, kinds: Mapping[UUID, str], planned: Mapping[UUID, PlannedDetails], withheld: Details
) -> Activity:
    details = planned.get(activity.activity_id, PlannedDetails())
    begun, changed, ended = (
        _of(event_id, withheld) for event_id in (activity.started_by, activity.extent_by, activity.cancelled_by)
    )
    return replace(
        activity,
        kind=activity.kind or kinds.get(activity.activity_id),
        responsible_unit=activity.responsible_unit or details.responsible_unit,
        planned=_extent(activity.planned, details.extent_percent, details.hours_per_week),
        place_id=activity.place_id or begun.place_id,
        cost_bearer=activity.cost_bearer or begun.cost_bearer,
        current=_extent(activity.current, changed.extent_percent, changed.hours_per_week),
        cancel_reason=activity.cancel_reason or ended.reason,
        hindrance=_hindrance(activity.hindrance, withheld),
        attendance=tuple(_attendance(each, withheld) for each in activity.attendance),
    )


def _of(event_id: UUID | None, withheld: Details) -> Withheld:
    return Withheld() if event_id is None else withheld.get(event_id, Withheld())


def _extent(said: Extent, percent: int | None, hours: float | None) -> Extent:
    return Extent(said.percent or percent, said.hours or hours)


def _hindrance(hindrance: Hindrance | None, withheld: Details) -> Hindrance | None:
    if hindrance is None:
        return None
    return replace(hindrance, reason=hindrance.reason or _of(hindrance.event_id, withheld).reason)


def _attendance(recorded: Attendance, withheld: Details) -> Attendance:
    kept = withheld.get(recorded.event_id)
    if kept is None or recorded.offered is not None:
        return recorded
    return replace(recorded, offered=kept.hours_offered, attended=kept.hours_attended)


def _enrolment(enrolment: Enrolment, withheld: Details) -> Enrolment:
    return replace(
        enrolment,
        reason=enrolment.reason or _of(enrolment.ended_by, withheld).reason,
        attendance=tuple(_attended(each, withheld) for each in enrolment.attendance),
    )


def _attended(recorded: Attended, withheld: Details) -> Attended:
    known = _of(recorded.event_id, withheld).attended
    return recorded if recorded.attended is not None else replace(recorded, attended=known)
