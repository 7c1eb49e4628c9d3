"""Where a case stands, told by the facts of two streams: the referral service's and our own.

    NotReferred ─► Referred ─► Accepted ─► Participating ─► Exited
                      │         │    ▲
                      └──► Returned ─┘      until the start, the referral service's latest word counts

:func:`evolve` is total: a fact from the referral service is taken in whatever has happened here meanwhile, and one
that no longer changes anything leaves the case as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias, assert_never
from uuid import UUID

from pydantic import Field

from contracts.codes import ActivityExtent, MeetingMode, Member
from contracts.planning import (
    ActivityCompleted,
    ActivityStarted,
    InsatsStarted,
    LotsAssigned,
    ParticipantExited,
    PlanningEnded,
    SamplanUpprättad,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.referral import (
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    ReferralAccepted,
    ReferralReceived,
    ReferralReturned,
)

ReferralFact: TypeAlias = (
    ReferralReceived | ConsentGiven | ConsentRefused | ConsentWithdrawn | ReferralAccepted | ReferralReturned
)
PlanningFact: TypeAlias = (
    TeamMeetingBooked
    | TeamMeetingHeld
    | InsatsStarted
    | SamplanUpprättad
    | ActivityStarted
    | ActivityCompleted
    | LotsAssigned
    | ParticipantExited
    | PlanningEnded
)
Fact: TypeAlias = ReferralFact | PlanningFact


class Consent(StrEnum):
    """What the person last said about individual follow-up. Only GIVEN lets attributes leave the service."""

    NOT_STATED = "not_stated"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, order=True)
class Place:
    """A place in a session: one team, one day, one time. A session has few places (follow-up 2021, L243-244)."""

    insats: str
    team: str
    meets_on: date
    starts_at: time


@dataclass(frozen=True)
class Booked:
    """A team meeting that is to be held."""

    meeting_id: UUID
    booked_on: date
    team: str
    meets_on: date
    starts_at: time
    mode: MeetingMode
    state: Literal["booked"] = "booked"


@dataclass(frozen=True)
class Held:
    """A team meeting that was held."""

    booking: Booked
    held_on: date
    mode: MeetingMode
    state: Literal["held"] = "held"


Meeting = Annotated[Booked | Held, Field(discriminator="state")]


@dataclass(frozen=True)
class Planned:
    """An activity of the samplan that nobody has begun."""

    activity_id: UUID
    responsible: Member
    state: Literal["planned"] = "planned"


@dataclass(frozen=True)
class Ongoing:
    """An activity that has begun."""

    activity_id: UUID
    responsible: Member
    started_on: date
    state: Literal["ongoing"] = "ongoing"


@dataclass(frozen=True)
class Completed:
    """An activity that was carried out, fully or partly."""

    activity_id: UUID
    responsible: Member
    started_on: date
    completed_on: date
    extent: ActivityExtent
    state: Literal["completed"] = "completed"


Activity = Annotated[Planned | Ongoing | Completed, Field(discriminator="state")]


@dataclass(frozen=True)
class Samplan:
    """The joint plan."""

    samplan_id: UUID
    made_on: date
    activities: tuple[Activity, ...]

    def activity(self, activity_id: UUID) -> Activity | None:
        """The activity with this id, if the plan has it."""
        return next((each for each in self.activities if each.activity_id == activity_id), None)


@dataclass(frozen=True)
class LotsSupport:
    """The lots who supports the participant, since when."""

    lots_id: str
    assigned_on: date


@dataclass(frozen=True)
class Course:
    """What planning has come to, beside the participation itself."""

    meeting: Meeting | None = None
    samplan: Samplan | None = None
    lots: LotsSupport | None = None


@dataclass(frozen=True)
class Referral:
    """What planning needs to know of the referral."""

    insats: str
    referred_on: date
    consent: Consent = Consent.NOT_STATED


@dataclass(frozen=True)
class NotReferred:
    """Nothing has been told of the case yet."""

    stage: Literal["not_referred"] = "not_referred"


@dataclass(frozen=True)
class Referred:
    """Waits for the coordinator to accept or return the referral."""

    referral: Referral
    stage: Literal["referred"] = "referred"


@dataclass(frozen=True)
class Returned:
    """The referral went back before the person had started."""

    referral: Referral
    returned_on: date
    course: Course
    stage: Literal["returned"] = "returned"


@dataclass(frozen=True)
class Accepted:
    """Planning is under way; the person has not started."""

    referral: Referral
    accepted_on: date
    course: Course
    stage: Literal["accepted"] = "accepted"


@dataclass(frozen=True)
class Participating:
    """The person takes part in the insats."""

    referral: Referral
    accepted_on: date
    course: Course
    started_on: date
    stage: Literal["participating"] = "participating"


@dataclass(frozen=True)
class Exited:
    """The person has left the insats."""

    referral: Referral
    accepted_on: date
    course: Course
    started_on: date
    exited_on: date
    stage: Literal["exited"] = "exited"


Case = Annotated[NotReferred | Referred | Returned | Accepted | Participating | Exited, Field(discriminator="stage")]


def evolve(case: Case, fact: Fact) -> Case:
    """The case after one more fact."""
    match fact:
        case ReferralReceived():
            return _received(case, fact)
        case ConsentGiven() | ConsentRefused() | ConsentWithdrawn():
            return _consent(case, fact)
        case ReferralAccepted():
            return _accepted(case, fact)
        case ReferralReturned():
            return _returned(case, fact)
        case InsatsStarted():
            return _started(case, fact)
        case ParticipantExited():
            return _exited(case, fact)
        case PlanningEnded():
            return case  # follows from the return, which has been taken in
        case TeamMeetingBooked() | TeamMeetingHeld() | SamplanUpprättad() | LotsAssigned():
            return _on_course(case, lambda course: _further(course, fact))
        case ActivityStarted() | ActivityCompleted():
            return _on_course(case, lambda course: _with_activity(course, fact))
        case _:
            assert_never(fact)


def follows(before: Case, after: Case) -> tuple[PlanningFact, ...]:
    """What planning itself tells because of a fact it took in: that planning ended, if an accepted case was returned.

    Only planning knows whether a return came before the start, so the others hear from here that a plan has ended.
    """
    if isinstance(before, Accepted) and isinstance(after, Returned):
        return (PlanningEnded(happened_on=after.returned_on, insats=after.referral.insats),)
    return ()


def place(case: Case) -> Place | None:
    """The place the case takes up in a team's session, if any. A meeting that was held keeps its place."""
    match case:
        case NotReferred() | Referred():
            return None
        case Returned() | Accepted() | Participating() | Exited():
            booking = _booking(case.course.meeting)
            if booking is None:
                return None
            return Place(case.referral.insats, booking.team, booking.meets_on, booking.starts_at)
        case _:
            assert_never(case)


def _booking(meeting: Meeting | None) -> Booked | None:
    return meeting.booking if isinstance(meeting, Held) else meeting


def _received(case: Case, fact: ReferralReceived) -> Case:
    if not isinstance(case, NotReferred):
        return case
    return Referred(Referral(fact.insats, fact.happened_on))


def _consent(case: Case, fact: ConsentGiven | ConsentRefused | ConsentWithdrawn) -> Case:
    if isinstance(case, NotReferred):
        return case
    return replace(case, referral=replace(case.referral, consent=_stated(fact)))


def _stated(fact: ConsentGiven | ConsentRefused | ConsentWithdrawn) -> Consent:
    match fact:
        case ConsentGiven():
            return Consent.GIVEN
        case ConsentRefused():
            return Consent.REFUSED
        case ConsentWithdrawn():
            return Consent.WITHDRAWN
        case _:
            assert_never(fact)


def _accepted(case: Case, fact: ReferralAccepted) -> Case:
    match case:
        case Referred():
            return Accepted(case.referral, fact.happened_on, Course())
        case Returned():
            return Accepted(case.referral, fact.happened_on, case.course)
        case NotReferred() | Accepted() | Participating() | Exited():
            return case
        case _:
            assert_never(case)


def _returned(case: Case, fact: ReferralReturned) -> Case:
    match case:
        case Referred():
            return Returned(case.referral, fact.happened_on, Course())
        case Accepted():
            return Returned(case.referral, fact.happened_on, _without_booking(case.course))
        case NotReferred() | Returned() | Participating() | Exited():
            # The referral service had not heard of the start when it told the return. The start counts, here and in
            # every other service, so the participant leaves by an exit.
            return case
        case _:
            assert_never(case)


def _started(case: Case, fact: InsatsStarted) -> Case:
    if not isinstance(case, Accepted):
        return case
    return Participating(case.referral, case.accepted_on, case.course, fact.happened_on)


def _exited(case: Case, fact: ParticipantExited) -> Case:
    if not isinstance(case, Participating):
        return case
    course = _without_booking(case.course)
    return Exited(case.referral, case.accepted_on, course, case.started_on, fact.happened_on)


def _without_booking(course: Course) -> Course:
    """Gives back a place that will not be used."""
    return replace(course, meeting=None) if isinstance(course.meeting, Booked) else course


def _on_course(case: Case, change: Callable[[Course], Course]) -> Case:
    if not isinstance(case, Accepted | Participating):
        return case
    return replace(case, course=change(case.course))


def _further(course: Course, fact: TeamMeetingBooked | TeamMeetingHeld | SamplanUpprättad | LotsAssigned) -> Course:
    match fact:
        case TeamMeetingBooked():
            return replace(course, meeting=_booked(fact))
        case TeamMeetingHeld():
            return replace(course, meeting=_held(course.meeting, fact))
        case SamplanUpprättad():
            return replace(course, samplan=_plan(fact))
        case LotsAssigned():
            return replace(course, lots=LotsSupport(fact.lots_id, fact.happened_on))
        case _:
            assert_never(fact)


def _booked(fact: TeamMeetingBooked) -> Booked:
    return Booked(fact.meeting_id, fact.happened_on, fact.team, fact.meets_on, fact.starts_at, fact.mode)


def _held(meeting: Meeting | None, fact: TeamMeetingHeld) -> Meeting | None:
    return Held(meeting, fact.happened_on, fact.mode) if isinstance(meeting, Booked) else meeting


def _plan(fact: SamplanUpprättad) -> Samplan:
    activities = tuple(Planned(each.activity_id, each.responsible) for each in fact.activities)
    return Samplan(fact.samplan_id, fact.happened_on, activities)


def _with_activity(course: Course, fact: ActivityStarted | ActivityCompleted) -> Course:
    if course.samplan is None:
        return course
    activities = tuple(
        _progressed(each, fact) if each.activity_id == fact.activity_id else each
        for each in course.samplan.activities
    )
    return replace(course, samplan=replace(course.samplan, activities=activities))


def _progressed(activity: Activity, fact: ActivityStarted | ActivityCompleted) -> Activity:
    match activity, fact:
        case Planned(), ActivityStarted():
            return Ongoing(activity.activity_id, activity.responsible, fact.happened_on)
        case Ongoing(), ActivityCompleted():
            return Completed(
                activity.activity_id, activity.responsible, activity.started_on, fact.happened_on, fact.extent
            )
        case _:
            return activity
