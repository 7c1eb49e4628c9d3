"""What happens to one referred person, as a plan: days and decisions, no service and no clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from contracts.agency import ConsentChoice, ReferralSubmitted, RejectionCode
from contracts.catalogue import AGENCIES
from contracts.codes import (
    ActivityExtent,
    ActivityKind,
    ActivityOutcome,
    ExitReason,
    FollowUpReason,
    FollowUpResult,
    MeetingMode,
    Member,
    ReturnReason,
    Sex,
    UnitKind,
)


@dataclass(frozen=True)
class ConsentChange:
    """The person changed their mind after the referral."""

    stated_on: date
    choice: Literal["given", "withdrawn"]


@dataclass(frozen=True)
class Session:
    """A team's time for telephone meetings; it has room for two cases."""

    team: str
    meets_on: date
    starts_at: time


@dataclass(frozen=True)
class Meeting:
    booked_on: date
    session: Session
    mode: MeetingMode
    held: bool


@dataclass(frozen=True)
class Activity:
    """One activity of the samplan and how far it came; ``extent`` belongs to ``completed_on``."""

    responsible: Member
    kind: ActivityKind
    started_on: date | None = None
    completed_on: date | None = None
    extent: ActivityExtent = ActivityExtent.FULLY

    def outcome(self, day: date) -> ActivityOutcome:
        """What a follow-up held on that day finds."""
        if self.completed_on is None or self.completed_on > day:
            return ActivityOutcome.NOT_DONE
        return ActivityOutcome.FULLY if self.extent is ActivityExtent.FULLY else ActivityOutcome.PARTLY


@dataclass(frozen=True)
class Samplan:
    made_on: date
    activities: tuple[Activity, ...]


@dataclass(frozen=True)
class LotsAssignment:
    assigned_on: date
    lots_id: str


@dataclass(frozen=True)
class HeldFollowUp:
    months: int
    held_on: date
    result: FollowUpResult
    reason: FollowUpReason | None


@dataclass(frozen=True)
class Exit:
    exited_on: date
    reason: ExitReason


@dataclass(frozen=True)
class Returned:
    returned_on: date
    reason: ReturnReason


@dataclass(frozen=True)
class Life:
    """One participation: from the referral to wherever the person stands at the turn of 2021/22."""

    agency: str
    referral: ReferralSubmitted
    accepted_on: date | None = None
    returned: Returned | None = None
    consent_changes: tuple[ConsentChange, ...] = ()
    meeting: Meeting | None = None
    samplan: Samplan | None = None
    started_on: date | None = None
    lots: LotsAssignment | None = None
    follow_ups: tuple[HeldFollowUp, ...] = ()
    exit: Exit | None = None

    @property
    def sex(self) -> Sex:
        return self.referral.person.sex

    @property
    def consents(self) -> bool:
        """The latest statement decides."""
        if self.consent_changes:
            return self.consent_changes[-1].choice == "given"
        return self.referral.consent.choice is ConsentChoice.GIVEN

    @property
    def unit_kind(self) -> UnitKind:
        unit = AGENCIES[self.agency].unit(self.referral.referrer.unit)
        if unit is None:
            raise ValueError(f"{self.agency} has no unit {self.referral.referrer.unit}")
        return unit.kind


@dataclass(frozen=True)
class FaultyReferral:
    """What an agency got wrong: the record it writes, and a code its receipt must name."""

    agency: str
    sent_on: date
    value: bytes
    code: RejectionCode


@dataclass(frozen=True)
class Refer:
    pass


@dataclass(frozen=True)
class Accept:
    pass


@dataclass(frozen=True)
class Return:
    reason: ReturnReason


@dataclass(frozen=True)
class StateConsent:
    choice: Literal["given", "withdrawn"]


@dataclass(frozen=True)
class BookMeeting:
    meeting: Meeting


@dataclass(frozen=True)
class HoldMeeting:
    mode: MeetingMode


@dataclass(frozen=True)
class Start:
    pass


@dataclass(frozen=True)
class MakePlan:
    samplan: Samplan


@dataclass(frozen=True)
class BeginActivity:
    number: int


@dataclass(frozen=True)
class CompleteActivity:
    number: int
    extent: ActivityExtent


@dataclass(frozen=True)
class AssignLots:
    lots_id: str


@dataclass(frozen=True)
class HoldFollowUp:
    held: HeldFollowUp
    outcomes: tuple[ActivityOutcome, ...]


@dataclass(frozen=True)
class Leave:
    reason: ExitReason


AtTheDoor = Refer | Accept | Return | StateConsent
WithTheTeam = BookMeeting | HoldMeeting | MakePlan | Start
WithThePlan = BeginActivity | CompleteActivity | AssignLots | HoldFollowUp | Leave
Action = AtTheDoor | WithTheTeam | WithThePlan


@dataclass(frozen=True)
class Step:
    """Something somebody does on a day."""

    on: date
    action: Action


def steps(life: Life) -> tuple[Step, ...]:
    """A life as what people do, in order. Steps of one day keep the order in which the rules allow them."""
    return tuple(sorted(_steps(life), key=lambda step: step.on))


def _steps(life: Life) -> Iterator[Step]:
    yield Step(life.referral.referred_on, Refer())
    if life.returned:
        yield Step(life.returned.returned_on, Return(life.returned.reason))
    if life.accepted_on:
        yield Step(life.accepted_on, Accept())
    for change in life.consent_changes:
        yield Step(change.stated_on, StateConsent(change.choice))
    if life.meeting:
        yield Step(life.meeting.booked_on, BookMeeting(life.meeting))
        if life.meeting.held:
            yield Step(life.meeting.session.meets_on, HoldMeeting(life.meeting.mode))
    if life.samplan:
        yield Step(life.samplan.made_on, MakePlan(life.samplan))
    if life.started_on:
        yield Step(life.started_on, Start())
    if life.lots:
        yield Step(life.lots.assigned_on, AssignLots(life.lots.lots_id))
    yield from _plan_steps(life)
    if life.exit:
        yield Step(life.exit.exited_on, Leave(life.exit.reason))


def _plan_steps(life: Life) -> Iterator[Step]:
    activities = life.samplan.activities if life.samplan else ()
    for number, activity in enumerate(activities):
        if activity.started_on:
            yield Step(activity.started_on, BeginActivity(number))
        if activity.completed_on:
            yield Step(activity.completed_on, CompleteActivity(number, activity.extent))
    for held in life.follow_ups:
        outcomes = tuple(activity.outcome(held.held_on) for activity in activities)
        yield Step(held.held_on, HoldFollowUp(held, outcomes))
