"""Facts of the planning service: from the first meeting to exit."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.codes import ActivityExtent, MeetingMode, Member, NationalExitCode
from contracts.envelope import Fact
from contracts.model import Code, LocalTime, Model
from contracts.referral import RuleRef

SOURCE = "/samspel/planning"


class PlanningFact(Fact):
    """What the planning service says of a case."""

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)


class PlannedActivity(Model):
    """One activity of a plan and the member responsible for it."""

    activity_id: UUID
    responsible: Member
    kind: Code | None = Field(default=None, description="The insats' own code. Absent without consent.")


# Meetings


class TeamMeetingBooked(PlanningFact):
    """The case has a place in a team's session. ``happened_on``: the day it was booked."""

    meeting_id: UUID
    team: str
    meets_on: date
    starts_at: LocalTime
    mode: MeetingMode


class TeamMeetingHeld(PlanningFact):
    """The team met the person and the referrer."""

    meeting_id: UUID
    team: str
    mode: MeetingMode


class MeetingBooked(PlanningFact):
    """A meeting of a kind other than the team's is to be held. ``happened_on``: the day it was booked."""

    meeting_id: UUID
    kind: Code = Field(description="The meeting's id in the insats' rule.")
    meets_on: date
    starts_at: LocalTime | None = None
    mode: MeetingMode


class MeetingHeld(PlanningFact):
    """A meeting of a kind other than the team's was held. It need not have been booked."""

    meeting_id: UUID
    kind: Code = Field(description="The meeting's id in the insats' rule.")
    mode: MeetingMode


class MeetingCancelled(PlanningFact):
    """A booked meeting, of any kind, did not come about. Its seat is free again."""

    meeting_id: UUID
    reason: Code = Field(description="called_off, not_attended, participant_exited or referral_returned.")


# Participation


class InsatsStarted(PlanningFact):
    """The person is a participant from this day."""

    insats: str
    rule: RuleRef


class ParticipantExited(PlanningFact):
    """The participant left the insats."""

    insats: str
    episode: int = Field(default=1, ge=1, description="1 for the first participation, 2 after a reopening …")
    reason: Code | None = Field(default=None, description="The insats' own code. Absent without consent.")
    national_code: NationalExitCode | None = Field(default=None, description="Absent without consent.")
    rule: RuleRef


class PlanningEnded(PlanningFact):
    """An accepted referral was returned before the person started, so the plan made for it is followed up no more.

    Appended by planning, which alone knows whether the return came before the start. ``happened_on``: its day.
    """

    insats: str


class CaseReopened(PlanningFact):
    """A participant who had left takes part again. The earlier exit stays."""

    episode: int = Field(ge=2, description="The number of the participation that begins.")


class CasePutOnHold(PlanningFact):
    """The case waits for something outside the insats; waiting times do not run meanwhile."""

    reason: Code


class CaseResumed(PlanningFact):
    """The case goes on."""


# Plans and activities


class SamplanUpprättad(PlanningFact):
    """The joint plan was made. ``happened_on``: the plan's date, from which follow-ups are counted."""

    samplan_id: UUID
    insats: str
    meeting_id: UUID | None = None
    activities: tuple[PlannedActivity, ...] = Field(min_length=1)
    rule: RuleRef


class SamplanReviderad(PlanningFact):
    """The joint plan was changed. What it said before stays in the stream."""

    samplan_id: UUID
    version: int = Field(ge=2, description="2 for the first revision.")
    added: tuple[PlannedActivity, ...] = ()
    ended: tuple[UUID, ...] = Field(default=(), description="Activities that are no longer part of the plan.")


class ActivityStarted(PlanningFact):
    """Somebody began an activity of the plan."""

    samplan_id: UUID
    activity_id: UUID


class ActivityCompleted(PlanningFact):
    """An activity of the plan was carried out, fully or partly."""

    samplan_id: UUID
    activity_id: UUID
    extent: ActivityExtent


# Support


class LotsAssigned(PlanningFact):
    """A lots (guide) supports the participant in carrying out the plan (follow-up 2021, L163-173)."""

    support_id: UUID
    lots_id: str


class SupportAssigned(PlanningFact):
    """Somebody in another role than lots supports the participant: a case manager, an arbetsspecialist …"""

    support_id: UUID
    role: Code
    worker_id: str


class SupportEnded(PlanningFact):
    """The support, a lots' or another's, ended on ``happened_on``, which was its last day."""

    support_id: UUID
    reason: Code


class ReleasedKind(Model):
    """What an activity is about, appended once the person consents."""

    activity_id: UUID
    kind: Code


class PlanningDetailsReleased(PlanningFact):
    """The person has consented after all: what ``event_id`` left out for want of consent. ``happened_on``: the day
    of the consent."""

    event_id: UUID = Field(description="The event that would have carried it.")
    activities: tuple[ReleasedKind, ...] = ()
    reason: Code | None = None
    national_code: NationalExitCode | None = None


# Calls to a plan that parties make together (SIP). Their rule is the plan form's, not that of the case's insats.


class MeetingCalled(PlanningFact):
    """Parties were called to a meeting at which a coordinated plan is made. The person consents to each of them.

    ``happened_on``: the day the call was sent. The form's time limits run from it, for each party that is called.
    """

    call_id: UUID
    kind: Code = Field(description="The meeting's id in the form's rule.")
    rule: RuleRef = Field(description="The form of plan, and the version of its rule.")
    door: Code = Field(description="By which of the form's doors: who may initiate differs between them.")
    initiator: Code = Field(description="The kind of unit that initiates, or self, relative or insats.")
    parties: tuple[Member, ...] = Field(min_length=1, description="Those who are to come.")
    invited: tuple[Code, ...] = Field(default=(), description="Others who may come: a relative, a god man.")
    guardian: bool | None = Field(default=None, description="True if a guardian of somebody under 18 agrees too.")
    meets_on: date
    starts_at: LocalTime | None = None


class CallWithdrawn(PlanningFact):
    """The call holds no longer for the parties that have not come."""

    call_id: UUID
    reason: Code = Field(description="called_off or consent_withdrawn.")


class CallDecidedAgainst(PlanningFact):
    """Somebody initiated a coordinated plan, and it was decided to call nobody."""

    rule: RuleRef = Field(description="The form of plan, and the version of its rule.")
    door: Code
    initiator: Code
    reason: Code = Field(description="consent_refused or not_needed.")


class CalledMeetingHeld(PlanningFact):
    """The meeting that parties were called to was held. Parties that did not come are awaited still."""

    call_id: UUID
    kind: Code = Field(description="The meeting's id in the form's rule.")
    rule: RuleRef = Field(description="The form of plan, and the version of its rule.")
    attended: tuple[Member, ...] = Field(min_length=1, description="The called parties that came.")


class CoordinatedPlanMade(PlanningFact):
    """The parties made a coordinated plan (SIP): who does what. It is the person's, beside any samplan."""

    plan_id: UUID
    call_id: UUID
    activities: tuple[PlannedActivity, ...] = Field(min_length=1)
    rule: RuleRef = Field(description="The form of plan, and the version of its rule.")


class NextFollowUpAgreed(PlanningFact):
    """It was agreed when a coordinated plan is followed up next. A day agreed later replaces one not held yet."""

    plan_id: UUID
    follow_up_on: date
    rule: RuleRef = Field(description="The form of plan, and the version of its rule.")


class CoordinatedPlanClosed(PlanningFact):
    """The coordinated plan ended."""

    plan_id: UUID
    rule: RuleRef = Field(description="The form of plan, and the version of its rule.")
    reason: Code | None = Field(default=None, description="A reason of the form's rule. Absent without consent.")


# Capacity: streams of their own, one for each session


class CapacityDeclared(PlanningFact):
    """So many places a team's session has from now on. A later one of the same stream replaces it whole.

    ``happened_on``: the day it was declared. The stream is the session's, not a case's.
    """

    kind: Code = Field(description="What can be full: session.")
    insats: str
    resource: Code = Field(description="Whose session it is: a team of the insats.")
    meets_on: date
    starts_at: LocalTime
    seats: int = Field(ge=1, le=50, description="Places in all, those held back included.")
    reserved: int = Field(default=0, ge=0, le=50, description="Places of these that are held back.")
    reserved_for: MeetingMode | None = Field(
        default=None, description="Who may take a place held back: cases that meet in this way. Absent: nobody."
    )
    area: Code | None = Field(default=None, description="The district whose people it is meant for first.")
    extra: bool = Field(default=False, description="A session beyond those planned.")


class CapacityWithdrawn(PlanningFact):
    """A declared session does not come about. Nobody had a place in it. It may be declared again."""

    kind: Code = Field(description="What can be full: session.")
    insats: str
    resource: Code
    meets_on: date
    starts_at: LocalTime


CAPACITY_FACTS: tuple[type[Fact], ...] = (CapacityDeclared, CapacityWithdrawn)
"""Facts of planning that are of a session and of no case."""

PLANNING_FACTS: tuple[type[Fact], ...] = (
    TeamMeetingBooked,
    TeamMeetingHeld,
    MeetingBooked,
    MeetingHeld,
    MeetingCancelled,
    InsatsStarted,
    ParticipantExited,
    PlanningEnded,
    CaseReopened,
    CasePutOnHold,
    CaseResumed,
    SamplanUpprättad,
    SamplanReviderad,
    ActivityStarted,
    ActivityCompleted,
    LotsAssigned,
    SupportAssigned,
    SupportEnded,
    PlanningDetailsReleased,
    MeetingCalled,
    CallWithdrawn,
    CallDecidedAgainst,
    CalledMeetingHeld,
    CoordinatedPlanMade,
    NextFollowUpAgreed,
    CoordinatedPlanClosed,
)
