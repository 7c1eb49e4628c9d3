"""What may be asked of a case. Each command brings the day it is given (``today``) and any new ids; days are Swedish
calendar days."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import TypeAlias
from uuid import UUID

from contracts.codes import ActivityExtent, BenefitStatus, EmployerKind, EnrolmentOutcome, MeetingMode, Member
from services.planning.domain.activities import NO_EXTENT, Extent
from services.planning.domain.exits import NO_ANSWERS, ExitAnswers
from services.planning.domain.groups import NO_GROUP, GroupOccupancy
from services.planning.domain.meetings import Seat
from services.planning.domain.places import NOTHING_FOUND, PlaceOccupancy
from services.planning.domain.sessions import Occupancy
from services.planning.domain.step_commands import StepCommand


@dataclass(frozen=True)
class BookMeeting:
    """Books a meeting of a kind, or moves the one of that kind that is booked.

    ``kind``: the meeting's id in the insats' rule; None for the one the insats' gate needs. ``team``: whose session
    the seat is in, where the kind takes one. ``found``: that session while nobody else can take a seat there.
    """

    meeting_id: UUID
    booked_on: date
    kind: str | None
    team: str | None
    meets_on: date
    starts_at: time | None
    mode: MeetingMode
    found: Occupancy
    today: date


@dataclass(frozen=True)
class HoldMeeting:
    """A booked meeting was held, on its day and as booked unless the command says otherwise.

    ``present``: who was there, by role or kind; None where nobody says.
    """

    kind: str | None
    held_on: date | None
    mode: MeetingMode | None
    today: date
    present: tuple[str, ...] | None = None


@dataclass(frozen=True)
class CancelMeeting:
    """A booked meeting does not come about. ``not_attended``: the participant did not come."""

    kind: str | None
    cancelled_on: date
    not_attended: bool
    today: date


@dataclass(frozen=True)
class StartInsats:
    """The person begins to take part."""

    started_on: date
    today: date


@dataclass(frozen=True)
class NewActivity:
    """An activity as planned. ``unit``: the member's unit that is responsible."""

    activity_id: UUID
    responsible: Member
    kind: str
    unit: str | None = None
    starts_on: date | None = None
    due_on: date | None = None
    extent: Extent = NO_EXTENT


@dataclass(frozen=True)
class MakeSamplan:
    """The joint plan is made."""

    samplan_id: UUID
    made_on: date
    activities: tuple[NewActivity, ...]
    today: date


@dataclass(frozen=True)
class ReviseSamplan:
    """The joint plan is changed: activities come to it, others are no longer part of it.

    ``version``: the version it was read in, so that two who change the plan at once do not overwrite each other.
    """

    revised_on: date
    version: int
    added: tuple[NewActivity, ...]
    ended: tuple[UUID, ...]
    today: date


@dataclass(frozen=True)
class StartActivity:
    """An activity begins. ``found``: the place that it takes, while nobody else can take it."""

    activity_id: UUID
    started_on: date
    today: date
    place_id: UUID | None = None
    extent: Extent = NO_EXTENT
    cost_bearer: str | None = None
    found: PlaceOccupancy = NOTHING_FOUND


@dataclass(frozen=True)
class CompleteActivity:
    """An activity was carried out. If its start was never registered, it started on that day."""

    activity_id: UUID
    completed_on: date
    extent: ActivityExtent
    today: date


@dataclass(frozen=True)
class CancelActivity:
    """An activity is not done, whether it has begun or not."""

    activity_id: UUID
    cancelled_on: date
    reason: str
    today: date


@dataclass(frozen=True)
class BlockActivity:
    """An activity cannot go on since a day. ``waits_for``: the party that it waits for, if it is one of them."""

    activity_id: UUID
    since: date
    reason: str
    waits_for: Member | None
    today: date


@dataclass(frozen=True)
class UnblockActivity:
    """What the activity waited for has come."""

    activity_id: UUID
    ended_on: date
    today: date


@dataclass(frozen=True)
class ChangeExtent:
    """An activity under way has another extent from a day on."""

    activity_id: UUID
    changed_on: date
    extent: Extent
    today: date


@dataclass(frozen=True)
class RecordAttendance:
    """What was offered and attended from a day to another, both included.

    ``weeks``: those in which hours were offered. ``more_than_offered``: more was attended than was offered.
    """

    activity_id: UUID
    from_on: date
    to_on: date
    weeks: int
    offered: float
    attended: float
    more_than_offered: bool
    today: date


@dataclass(frozen=True)
class AssignSupport:
    """Somebody begins to support the participant in a role; whoever had the role is replaced.

    ``beyond_limit``: whoever assigns has seen that the worker's caseload is full. ``others``: how many other cases
    the worker supports in the role, while nobody else can assign them one.
    """

    support_id: UUID
    role: str
    worker_id: str
    assigned_on: date
    today: date
    beyond_limit: bool = False
    others: int = 0


@dataclass(frozen=True)
class EndSupport:
    """The support in a role ends. ``ended_on``: its last day."""

    role: str
    ended_on: date
    reason: str
    today: date


@dataclass(frozen=True)
class OfferHandover:
    """A colleague is asked to take over the support in a role. ``held_by``: whose it was in the list that was read;
    None where no list was."""

    role: str
    to: str
    offered_on: date
    today: date
    held_by: str | None = None


@dataclass(frozen=True)
class WithdrawHandover:
    """The colleague is asked no longer."""

    role: str
    withdrawn_on: date
    today: date


@dataclass(frozen=True)
class AcceptHandover:
    """The colleague takes the support over. ``by``: the user who accepts; ``support_id``: the support that begins."""

    role: str
    support_id: UUID
    by: str
    accepted_on: date
    today: date


@dataclass(frozen=True)
class DeclineHandover:
    """The colleague does not take the support over. ``by``: the user who declines."""

    role: str
    by: str
    reason: str
    declined_on: date
    today: date


@dataclass(frozen=True)
class ExitInsats:
    """The person leaves the insats. ``answers``: what is asked of the exit beside its reason.

    ``hand_back_id``: of the hand-back to the referrer, if one is owed. ``groups``: each group in which the person has
    a seat, as it is while nobody else can take one.
    """

    exited_on: date
    reason: str
    hand_back_id: UUID
    today: date
    answers: ExitAnswers = NO_ANSWERS
    groups: Mapping[UUID, GroupOccupancy] = field(default_factory=dict)


@dataclass(frozen=True)
class ReopenCase:
    """A person who left takes part again."""

    reopened_on: date
    today: date


@dataclass(frozen=True)
class PutOnHold:
    """The case waits for something outside the insats."""

    since: date
    reason: str
    today: date


@dataclass(frozen=True)
class Resume:
    """The case goes on after a hold."""

    resumed_on: date
    today: date


@dataclass(frozen=True)
class DecideEmployment:
    """An employment was decided, or the one with this id was prolonged. ``until_on``: None without a limit.

    ``prolongs`` may be true of one that was decided before anything was registered here. ``extent_percent``: of full
    time. ``support``: in the work, a word also for none.
    """

    decision_id: UUID
    employment_id: UUID
    decided_on: date
    from_on: date
    until_on: date | None
    today: date
    prolongs: bool = False
    kom_i_jobb: bool = False
    support: str | None = None
    extent_percent: int | None = None
    employer: EmployerKind | None = None


@dataclass(frozen=True)
class EndEmployment:
    """An employment ended."""

    employment_id: UUID
    ended_on: date
    reason: str
    today: date


@dataclass(frozen=True)
class DecideBenefit:
    """A benefit was applied for, granted or refused. ``extent_percent``: of a whole benefit."""

    decision_id: UUID
    decided_on: date
    benefit: str
    status: BenefitStatus
    today: date
    extent_percent: int | None = None


@dataclass(frozen=True)
class BeginAfterSupport:
    """Somebody who has left gets support for a further time."""

    begun_on: date
    today: date


@dataclass(frozen=True)
class EndAfterSupport:
    """The support after the exit is over."""

    ended_on: date
    reason: str
    today: date


@dataclass(frozen=True)
class CallParties:
    """Parties are called to a meeting at which they make a plan together (SIP).

    ``initiator``: the kind of unit that initiates, or self, relative or insats. ``consents_to``: those of the called
    and the invited to whom the person agrees. ``minor``: the person is too young to agree without a guardian.
    """

    call_id: UUID
    initiator: str
    parties: tuple[Member, ...]
    invited: tuple[str, ...]
    consents_to: frozenset[str]
    minor: bool
    guardian_agrees: bool
    sent_on: date
    meets_on: date
    starts_at: time | None
    today: date


@dataclass(frozen=True)
class DecideAgainstCall:
    """Somebody initiated a plan, and nobody is called: the person does not agree, or no plan is needed."""

    initiator: str
    reason: str
    decided_on: date
    today: date


@dataclass(frozen=True)
class WithdrawCall:
    """The call that is open is called off."""

    withdrawn_on: date
    today: date


@dataclass(frozen=True)
class HoldCalledMeeting:
    """The meeting that was called was held. ``attended``: the called parties that came.

    ``activities``: who does what by the plan that was made; none if no plan was made, or one is there already.
    ``follow_up_on``: the day on which the plan is followed up next; None if none was agreed.
    ``coordinator_present``: whether the form's coordinator took part; None if nobody says.
    """

    held_on: date
    attended: tuple[Member, ...]
    plan_id: UUID
    activities: tuple[NewActivity, ...]
    follow_up_on: date | None
    today: date
    coordinator_present: bool | None = None


@dataclass(frozen=True)
class AgreeFollowUp:
    """It is agreed when the coordinated plan is followed up next."""

    agreed_on: date
    follow_up_on: date
    today: date


@dataclass(frozen=True)
class CloseCoordinatedPlan:
    """The coordinated plan ends."""

    closed_on: date
    reason: str
    today: date


@dataclass(frozen=True)
class WithdrawSipConsent:
    """The person no longer agrees to the coordinated plan: an open call is withdrawn and an open plan closed."""

    withdrawn_on: date
    today: date


@dataclass(frozen=True)
class Enrol:
    """The person gets a seat in a group. ``found``: the group while nobody else can take a seat there."""

    enrolment_id: UUID
    group_id: UUID
    enrolled_on: date
    today: date
    found: GroupOccupancy = NO_GROUP


@dataclass(frozen=True)
class EndEnrolment:
    """The person has completed the group, or has left it. ``found``: the group as it is."""

    enrolment_id: UUID
    ended_on: date
    outcome: EnrolmentOutcome
    today: date
    reason: str | None = None
    found: GroupOccupancy = NO_GROUP


@dataclass(frozen=True)
class RecordSessionAttendance:
    """Whether the person came to a session of the group. ``found``: the group as it is."""

    enrolment_id: UUID
    session_on: date
    attended: bool
    today: date
    found: GroupOccupancy = NO_GROUP


@dataclass(frozen=True)
class JoinReserve:
    """The person waits for a seat, in a group or (None) in any of the insats. ``found``: that group as it is."""

    group_id: UUID | None
    since: date
    today: date
    found: GroupOccupancy = NO_GROUP


@dataclass(frozen=True)
class LeaveReserve:
    """The person waits for no seat any more."""

    left_on: date
    today: date


@dataclass(frozen=True)
class RegisterInError:
    """Something registered earlier never happened.

    ``found``: each session in which the correction may give a seat back, as it is while nobody else can take one;
    ``places``: likewise each supplier's places; ``groups``: likewise each group.
    """

    event_id: UUID
    reason: str
    today: date
    found: Mapping[Seat, Occupancy] = field(default_factory=dict)
    places: Mapping[UUID, PlaceOccupancy] = field(default_factory=dict)
    groups: Mapping[UUID, GroupOccupancy] = field(default_factory=dict)


Command: TypeAlias = (
    BookMeeting
    | HoldMeeting
    | CancelMeeting
    | StartInsats
    | MakeSamplan
    | ReviseSamplan
    | StartActivity
    | CompleteActivity
    | CancelActivity
    | BlockActivity
    | UnblockActivity
    | ChangeExtent
    | RecordAttendance
    | Enrol
    | EndEnrolment
    | RecordSessionAttendance
    | JoinReserve
    | LeaveReserve
    | AssignSupport
    | EndSupport
    | OfferHandover
    | WithdrawHandover
    | AcceptHandover
    | DeclineHandover
    | ExitInsats
    | ReopenCase
    | PutOnHold
    | Resume
    | DecideEmployment
    | EndEmployment
    | DecideBenefit
    | BeginAfterSupport
    | EndAfterSupport
    | CallParties
    | DecideAgainstCall
    | WithdrawCall
    | HoldCalledMeeting
    | AgreeFollowUp
    | CloseCoordinatedPlan
    | WithdrawSipConsent
    | StepCommand
)
