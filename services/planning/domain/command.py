"""What may be asked of a case. Each command brings the day it is given (``today``) and any new ids; days are Swedish
calendar days."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import TypeAlias
from uuid import UUID

from contracts.codes import ActivityExtent, MeetingMode, Member
from services.planning.domain.meetings import Seat
from services.planning.domain.sessions import Occupancy


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
    """A booked meeting was held, on its day and as booked unless the command says otherwise."""

    kind: str | None
    held_on: date | None
    mode: MeetingMode | None
    today: date


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
    """An activity as planned."""

    activity_id: UUID
    responsible: Member
    kind: str


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
    """An activity begins."""

    activity_id: UUID
    started_on: date
    today: date


@dataclass(frozen=True)
class CompleteActivity:
    """An activity was carried out. If its start was never registered, it started on that day."""

    activity_id: UUID
    completed_on: date
    extent: ActivityExtent
    today: date


@dataclass(frozen=True)
class AssignSupport:
    """Somebody begins to support the participant in a role, in place of whoever had it."""

    support_id: UUID
    role: str
    worker_id: str
    assigned_on: date
    today: date


@dataclass(frozen=True)
class EndSupport:
    """The support in a role ends; ``ended_on`` is its last day."""

    role: str
    ended_on: date
    reason: str
    today: date


@dataclass(frozen=True)
class ExitInsats:
    """The person leaves the insats."""

    exited_on: date
    reason: str
    today: date


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
    """

    held_on: date
    attended: tuple[Member, ...]
    plan_id: UUID
    activities: tuple[NewActivity, ...]
    follow_up_on: date | None
    today: date


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
class RegisterInError:
    """Something registered earlier never happened.

    ``found``: each session in which the correction may give a seat back, as it is while nobody else can take one.
    """

    event_id: UUID
    reason: str
    today: date
    found: Mapping[Seat, Occupancy] = field(default_factory=dict)


Command: TypeAlias = (
    BookMeeting
    | HoldMeeting
    | CancelMeeting
    | StartInsats
    | MakeSamplan
    | ReviseSamplan
    | StartActivity
    | CompleteActivity
    | AssignSupport
    | EndSupport
    | ExitInsats
    | ReopenCase
    | PutOnHold
    | Resume
    | CallParties
    | DecideAgainstCall
    | WithdrawCall
    | HoldCalledMeeting
    | AgreeFollowUp
    | CloseCoordinatedPlan
    | WithdrawSipConsent
)
