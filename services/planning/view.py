"""What a case worker sees of a case's planning."""

from datetime import date
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from pydantic import BaseModel

from contracts.codes import (
    NATIONAL_EXIT_CODE,
    ActivityExtent,
    ActivityKind,
    ExitReason,
    MeetingMode,
    Member,
    NationalExitCode,
)
from contracts.planning import LocalTime
from services.planning.domain import (
    Accepted,
    Activity,
    Booked,
    Case,
    Completed,
    Consent,
    Course,
    Exited,
    Held,
    Kept,
    LotsSupport,
    NotReferred,
    Participating,
    Planned,
    Referred,
    Returned,
    Samplan,
)

Stage: TypeAlias = Literal["referred", "returned", "accepted", "participating", "exited"]


class MeetingView(BaseModel):
    """The team meeting; ``held_on`` is absent until it was held."""

    meeting_id: UUID
    booked_on: date
    team: str
    meets_on: date
    starts_at: LocalTime
    mode: MeetingMode
    held_on: date | None = None


class ActivityView(BaseModel):
    """An activity of the samplan and how far it has come."""

    activity_id: UUID
    responsible: Member
    kind: ActivityKind
    state: Literal["planned", "ongoing", "completed"]
    started_on: date | None = None
    completed_on: date | None = None
    extent: ActivityExtent | None = None


class SamplanView(BaseModel):
    """The joint plan."""

    samplan_id: UUID
    made_on: date
    activities: list[ActivityView]


class LotsView(BaseModel):
    """The lots who supports the participant."""

    lots_id: str
    assigned_on: date


class ExitView(BaseModel):
    """When and why the participant left."""

    exited_on: date
    reason: ExitReason
    national_code: NationalExitCode


class CaseView(BaseModel):
    """A case's planning, with what only the service's own users may see: kinds of activities, reason of the exit."""

    case_id: UUID
    state: Stage
    insats: str
    referred_on: date
    consent: Consent
    accepted_on: date | None = None
    returned_on: date | None = None
    started_on: date | None = None
    meeting: MeetingView | None = None
    samplan: SamplanView | None = None
    lots: LotsView | None = None
    exit: ExitView | None = None


def view(case_id: UUID, case: Case, kept: Kept) -> CaseView | None:
    """The case as its workers see it; None if nothing has been heard of it."""
    if isinstance(case, NotReferred):
        return None
    course = Course() if isinstance(case, Referred) else case.course
    return CaseView(
        case_id=case_id,
        state=case.stage,
        insats=case.referral.insats,
        referred_on=case.referral.referred_on,
        consent=case.referral.consent,
        accepted_on=case.accepted_on if isinstance(case, Accepted | Participating | Exited) else None,
        returned_on=case.returned_on if isinstance(case, Returned) else None,
        started_on=case.started_on if isinstance(case, Participating | Exited) else None,
        meeting=_meeting(course.meeting),
        samplan=_samplan(course.samplan, kept),
        lots=_lots(course.lots),
        exit=_exit(case, kept) if isinstance(case, Exited) else None,
    )


def _meeting(meeting: Booked | Held | None) -> MeetingView | None:
    match meeting:
        case None:
            return None
        case Booked():
            return _booking(meeting, meeting.mode, None)
        case Held():
            return _booking(meeting.booking, meeting.mode, meeting.held_on)
        case _:
            assert_never(meeting)


def _booking(booking: Booked, mode: MeetingMode, held_on: date | None) -> MeetingView:
    return MeetingView(
        meeting_id=booking.meeting_id,
        booked_on=booking.booked_on,
        team=booking.team,
        meets_on=booking.meets_on,
        starts_at=booking.starts_at,
        mode=mode,
        held_on=held_on,
    )


def _samplan(plan: Samplan | None, kept: Kept) -> SamplanView | None:
    if plan is None:
        return None
    activities = [_activity(each, kept.kinds[each.activity_id]) for each in plan.activities]
    return SamplanView(samplan_id=plan.samplan_id, made_on=plan.made_on, activities=activities)


def _activity(activity: Activity, kind: ActivityKind) -> ActivityView:
    return ActivityView(
        activity_id=activity.activity_id,
        responsible=activity.responsible,
        kind=kind,
        state=activity.state,
        started_on=None if isinstance(activity, Planned) else activity.started_on,
        completed_on=activity.completed_on if isinstance(activity, Completed) else None,
        extent=activity.extent if isinstance(activity, Completed) else None,
    )


def _lots(lots: LotsSupport | None) -> LotsView | None:
    return LotsView(lots_id=lots.lots_id, assigned_on=lots.assigned_on) if lots else None


def _exit(case: Exited, kept: Kept) -> ExitView:
    if kept.exit_reason is None:
        raise ValueError("an exit was told whose reason was not kept")
    return ExitView(
        exited_on=case.exited_on,
        reason=kept.exit_reason,
        national_code=NATIONAL_EXIT_CODE[kept.exit_reason],
    )
