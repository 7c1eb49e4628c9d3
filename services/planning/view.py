"""What a case worker sees of a case's planning."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, time
from uuid import UUID

from pydantic import BaseModel

from contracts.codes import ActivityExtent, Benefit, MeetingMode, Member, NationalExitCode
from contracts.consent import ConsentStatus
from services.planning.commands import KnownCase
from services.planning.domain.activities import Activity
from services.planning.domain.after_support import AfterSupport
from services.planning.domain.case import Case, Stage
from services.planning.domain.coordination import Call, CoordinatedPlan
from services.planning.domain.decision import Withheld
from services.planning.domain.livelihood import BenefitDecision, Employment
from services.planning.domain.meetings import Meeting
from services.planning.domain.participation import Participation
from services.planning.domain.plans import Samplan
from services.planning.enrolment_view import EnrolmentView, ReserveView, enrolment_view, reserve_view


class MeetingView(BaseModel):
    """A meeting. ``kind``: its id in the insats' rule; None for a team meeting. ``ended_on``: the day it was held,
    called off or not attended."""

    meeting_id: UUID
    kind: str | None
    state: str
    team: str | None = None
    booked_on: date | None = None
    meets_on: date | None = None
    starts_at: time | None = None
    mode: MeetingMode | None = None
    ended_on: date | None = None
    present: tuple[str, ...] | None = None


class HindranceView(BaseModel):
    """Why an activity cannot go on, and since when."""

    since: date
    reason: str | None
    waits_for: Member | None


class AttendanceView(BaseModel):
    """Hours offered and attended in a period. ``event_id``: the event to take back if it is wrong."""

    event_id: UUID
    from_on: date
    to_on: date
    weeks: int
    hours_offered: float | None
    hours_attended: float | None
    more_than_offered: bool


class ActivityView(BaseModel):
    """An activity of a plan and how far it has come. ``ended_in``: the version of the plan that took it away.

    Which unit is responsible and whose place it takes say where somebody is: they are on the page of the activities,
    which asks who may see that. ``latest_event``: the last event about the activity.
    """

    activity_id: UUID
    responsible: Member
    kind: str | None
    state: str
    started_on: date | None = None
    completed_on: date | None = None
    extent: ActivityExtent | None = None
    ended_in: int | None = None
    starts_on: date | None = None
    due_on: date | None = None
    extent_percent: int | None = None
    hours_per_week: float | None = None
    cost_bearer: str | None = None
    cancelled_on: date | None = None
    cancel_reason: str | None = None
    waits: HindranceView | None = None
    attendance: list[AttendanceView] = []
    latest_event: UUID | None = None


class SamplanView(BaseModel):
    """A joint plan in its latest version."""

    samplan_id: UUID
    made_on: date
    version: int
    activities: list[ActivityView]


class PlannedView(BaseModel):
    """What is to be done by a coordinated plan, and who does it."""

    activity_id: UUID
    responsible: Member
    kind: str | None


class SupportView(BaseModel):
    """Who supports the participant in which role; ``ended_on`` is the last day. ``offered_to``: the colleague who is
    asked to take it over, since ``offered_on``."""

    support_id: UUID
    role: str
    worker_id: str
    since: date
    ended_on: date | None = None
    offered_to: str | None = None
    offered_on: date | None = None


class ExitView(BaseModel):
    """When and why the participant left. The reason and the answers are known here with or without consent."""

    event_id: UUID
    exited_on: date
    reason: str | None
    national_code: NationalExitCode | None
    destination: str | None = None
    extent_percent: int | None = None
    support: str | None = None
    livelihood: tuple[Benefit, ...] | None = None
    why: str | None = None
    continued_planning: bool | None = None


class HandBackView(BaseModel):
    """The case went back to its referrer. ``acknowledged_on``: None until the referrer has said that they go on."""

    hand_back_id: UUID
    episode: int
    handed_back_on: date
    to: str
    acknowledged_on: date | None


class ParticipationView(BaseModel):
    """One stay in the insats."""

    episode: int
    started_on: date
    exit: ExitView | None = None


class HoldView(BaseModel):
    """A time during which the case waits for something outside the insats."""

    since: date
    reason: str | None
    until: date | None = None


class CallView(BaseModel):
    """Parties called to a coordinated plan. ``awaited``: those that have not come."""

    call_id: UUID
    form: str
    initiator: str
    sent_on: date
    parties: list[Member]
    invited: list[str]
    meets_on: date
    starts_at: time | None
    awaited: list[Member]
    held_on: date | None
    withdrawn_on: date | None


class CoordinatedPlanView(BaseModel):
    """A coordinated plan. The reason of its end is known here with or without consent."""

    plan_id: UUID
    form: str
    made_on: date
    activities: list[PlannedView]
    follow_up_on: date | None
    closed_on: date | None
    reason: str | None


class CaseView(BaseModel):
    """A case's planning, with what only the service's own users may see: kinds of activities, reasons of exits."""

    case_id: UUID
    stage: Stage
    insats: str
    referred_on: date
    consent: ConsentStatus
    accepted_on: date | None = None
    returned_on: date | None = None
    person_forgotten: bool = False
    participations: list[ParticipationView]
    hand_backs: list[HandBackView]
    meetings: list[MeetingView]
    plans: list[SamplanView]
    supports: list[SupportView]
    holds: list[HoldView]
    calls: list[CallView]
    coordinated_plans: list[CoordinatedPlanView]
    employments: list[Employment]
    benefits: list[BenefitDecision]
    after_supports: list[AfterSupport]
    enrolments: list[EnrolmentView]
    group_reserve: ReserveView | None


def view(case_id: UUID, known: KnownCase) -> CaseView:
    """The case as its workers see it. Raises LookupError for one that was never referred."""
    case, withheld = known.case, known.withheld
    if case.referral is None:
        raise LookupError("a case that was never referred has no view")
    kinds = {activity: kind for details in withheld.values() for activity, kind in details.kinds.items()}
    return CaseView(
        case_id=case_id,
        stage=case.stage,
        insats=case.referral.insats,
        referred_on=case.referral.referred_on,
        consent=case.consents.status(),
        accepted_on=case.referral.accepted_on,
        returned_on=case.referral.returned_on,
        person_forgotten=case.referral.forgotten,
        participations=[_participation(each, withheld) for each in case.participations.stays],
        hand_backs=[HandBackView(**asdict(each)) for each in case.participations.hand_backs],
        meetings=[_meeting(each) for each in case.meetings.all],
        plans=[_plan(each) for each in case.plans.all],
        supports=_supports(case),
        holds=[
            HoldView(since=each.since, reason=each.reason, until=each.until) for each in case.participations.holds
        ],
        calls=[_call(each) for each in case.coordination.calls],
        coordinated_plans=[_coordinated(each, kinds, withheld) for each in case.coordination.plans],
        employments=list(case.livelihood.employments),
        benefits=list(case.livelihood.benefits),
        after_supports=list(case.after_supports.all),
        enrolments=[enrolment_view(each) for each in case.enrolments.all],
        group_reserve=reserve_view(case),
    )


def _participation(stay: Participation, withheld: Mapping[UUID, Withheld]) -> ParticipationView:
    left = stay.exit
    if left is None:
        return ParticipationView(episode=stay.episode, started_on=stay.started_on)
    kept = withheld.get(left.event_id, Withheld())
    exit_ = ExitView(
        event_id=left.event_id,
        exited_on=left.exited_on,
        reason=left.reason or kept.reason,
        national_code=left.national_code or kept.national_code,
        **{**kept.answers.given(), **left.answers.given()},
    )
    return ParticipationView(episode=stay.episode, started_on=stay.started_on, exit=exit_)


def _meeting(meeting: Meeting) -> MeetingView:
    booking = meeting.booking
    return MeetingView(
        meeting_id=meeting.meeting_id,
        kind=meeting.kind,
        state=meeting.state,
        team=None if booking is None else booking.team,
        booked_on=None if booking is None else booking.booked_on,
        meets_on=None if booking is None else booking.meets_on,
        starts_at=None if booking is None else booking.starts_at,
        mode=meeting.mode or (None if booking is None else booking.mode),
        ended_on=meeting.ended_on,
        present=meeting.present,
    )


def _plan(plan: Samplan) -> SamplanView:
    activities = [_activity(each) for each in plan.activities]
    return SamplanView(samplan_id=plan.samplan_id, made_on=plan.made_on, version=plan.version, activities=activities)


def _activity(activity: Activity) -> ActivityView:
    extent = activity.planned if activity.state == "planned" else activity.current
    waits = activity.hindrance
    return ActivityView(
        activity_id=activity.activity_id,
        responsible=activity.responsible,
        kind=activity.kind,
        state=activity.state,
        started_on=activity.started_on,
        completed_on=activity.completed_on,
        extent=activity.extent,
        ended_in=activity.ended_in,
        starts_on=activity.starts_on,
        due_on=activity.due_on,
        extent_percent=extent.percent,
        hours_per_week=extent.hours,
        cost_bearer=activity.cost_bearer,
        cancelled_on=activity.cancelled_on,
        cancel_reason=activity.cancel_reason,
        waits=None
        if waits is None
        else HindranceView(since=waits.since, reason=waits.reason, waits_for=waits.waits_for),
        attendance=[
            AttendanceView(
                event_id=each.event_id,
                from_on=each.from_on,
                to_on=each.to_on,
                weeks=each.weeks,
                hours_offered=each.offered,
                hours_attended=each.attended,
                more_than_offered=each.more_than_offered,
            )
            for each in activity.attendance
        ],
        latest_event=activity.latest,
    )


def _supports(case: Case) -> list[SupportView]:
    return [
        SupportView(
            support_id=each.support_id,
            role=each.role,
            worker_id=each.worker_id,
            since=each.since,
            ended_on=each.ended_on,
            offered_to=None if each.offer is None else each.offer.to,
            offered_on=None if each.offer is None else each.offer.offered_on,
        )
        for each in case.supports.all
    ]


def _call(call: Call) -> CallView:
    return CallView(
        call_id=call.call_id,
        form=call.rule.insats,
        initiator=call.initiator,
        sent_on=call.sent_on,
        parties=list(call.parties),
        invited=list(call.invited),
        meets_on=call.meets_on,
        starts_at=call.starts_at,
        awaited=list(call.awaited),
        held_on=call.held_on,
        withdrawn_on=call.withdrawn_on,
    )


def _coordinated(
    plan: CoordinatedPlan, kinds: Mapping[UUID, str], withheld: Mapping[UUID, Withheld]
) -> CoordinatedPlanView:
    kept = Withheld() if plan.closed_by is None else withheld.get(plan.closed_by, Withheld())
    return CoordinatedPlanView(
        plan_id=plan.plan_id,
        form=plan.rule.insats,
        made_on=plan.made_on,
        activities=[
            PlannedView(
                activity_id=each.activity_id,
                responsible=each.responsible,
                kind=each.kind or kinds.get(each.activity_id),
            )
            for each in plan.activities
        ],
        follow_up_on=plan.follow_up_on,
        closed_on=plan.closed_on,
        reason=plan.reason or kept.reason,
    )
