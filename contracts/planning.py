"""Facts of the planning service: from the first meeting to exit."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from contracts.codes import (
    ActivityExtent,
    Benefit,
    BenefitStatus,
    EmployerKind,
    EnrolmentOutcome,
    MeetingMode,
    Member,
    NationalExitCode,
    StepKind,
)
from contracts.envelope import Fact
from contracts.model import Code, LocalTime, Model
from contracts.referral import RuleRef

SOURCE = "/samspel/planning"

Percent = Annotated[int, Field(ge=1, le=100)]
"""How much of full time an activity takes up."""

HoursPerWeek = Annotated[float, Field(gt=0, le=60, multiple_of=0.25)]
"""Hours of a week, in quarters of an hour, which binary numbers hold exactly."""

Hours = Annotated[float, Field(ge=0, le=2_000, multiple_of=0.25)]
"""Hours of a period, in quarters of an hour."""

Score = Annotated[float, Field(ge=0, le=1_000, multiple_of=0.25)]
"""What an instrument measured, in quarters, which binary numbers hold exactly."""

SupplierName = Annotated[str, Field(pattern=r"^[A-Za-zÅÄÖåäöÉéÜü][A-Za-zÅÄÖåäöÉéÜü .,&/-]{1,59}$")]
"""What an organisation that has places is called: never a person, and without digits, so that no number is."""

GroupName = Annotated[str, Field(pattern=r"^[A-Za-zÅÄÖåäöÉéÜü][A-Za-zÅÄÖåäöÉéÜü .,&/-]{1,59}$")]
"""What a group is called: never a person, and without digits, so that no number is."""


Present = Annotated[
    tuple[Code, ...] | None,
    Field(
        description="Who was there: roles of the insats' rule, and words of the catalogue's actors, such as "
        "interpreter. Absent without consent, and where nobody has said."
    ),
]
"""Who was at a meeting, as kinds and never as people."""


class PlanningFact(Fact):
    """What the planning service says of a case."""

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)


class PlannedActivity(Model):
    """One activity of a plan and the member responsible for it."""

    activity_id: UUID
    responsible: Member
    kind: Code | None = Field(default=None, description="The insats' own code. Absent without consent.")
    responsible_unit: Code | None = Field(
        default=None, description="The member's unit that is responsible. Absent without consent."
    )
    starts_on: date | None = Field(default=None, description="The day on which it is planned to begin.")
    due_on: date | None = Field(default=None, description="The day by which it is planned to be done.")
    extent_percent: Percent | None = Field(default=None, description="Planned extent. Absent without consent.")
    hours_per_week: HoursPerWeek | None = Field(default=None, description="Planned extent. Absent without consent.")


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
    present: Present = None


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
    present: Present = None


class MeetingCancelled(PlanningFact):
    """A booked meeting, of any kind, did not come about. Its seat is free again."""

    meeting_id: UUID
    reason: Code = Field(
        description="called_off, not_attended, participant_exited, referral_returned or acceptance_taken_back."
    )


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
    destination: Code | None = Field(
        default=None, description="Where to: a word of the catalogue's list destinations. Absent without consent."
    )
    extent_percent: int | None = Field(
        default=None, ge=1, le=100, description="Of full time, the work's or the studies'. Absent without consent."
    )
    support: Code | None = Field(
        default=None, description="In the work: a word of exit_supports, also for none. Absent without consent."
    )
    livelihood: tuple[Benefit, ...] | None = Field(
        default=None, description="The benefits that are kept; empty for none. Absent without consent."
    )
    why: Code | None = Field(default=None, description="A word of exit_whys. Absent without consent.")
    continued_planning: bool | None = Field(
        default=None, description="Whether ordinary services go on with a plan. Absent without consent."
    )
    rule: RuleRef


class CaseHandedBack(PlanningFact):
    """The case is the referrer's again, whatever the reason of the exit (återföring; MIA 2016, L48).

    Appended with the exit, whose consequence it is. The referrer acknowledges it: ``HandBackAcknowledged``.
    ``happened_on``: the exit's day.
    """

    hand_back_id: UUID
    insats: str
    episode: int = Field(ge=1, description="The number of the participation that ended.")
    to: Code = Field(description="Who takes over: a role or a kind of unit of the insats' rule.")
    rule: RuleRef


class PlanningEnded(PlanningFact):
    """An accepted referral was returned before the start, or accepted by mistake: its plan is followed up no more.

    Appended by planning, which alone knows whether the return came before the start. ``happened_on``: its day.
    """

    insats: str


class CaseReopened(PlanningFact):
    """A participant who had left takes part again. The earlier exit stays."""

    episode: int = Field(ge=2, description="The number of the participation that begins.")


class CasePutOnHold(PlanningFact):
    """The case waits for something outside the insats; waiting times do not run meanwhile."""

    reason: Code | None = Field(default=None, description="A word of hold_reasons. Absent without consent.")


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
    """Somebody began an activity of the plan. What says what it is about is absent without consent."""

    samplan_id: UUID
    activity_id: UUID
    place_id: UUID | None = Field(default=None, description="Whose place it takes: a stream of PlacesDeclared.")
    extent_percent: Percent | None = None
    hours_per_week: HoursPerWeek | None = None
    cost_bearer: Code | None = Field(default=None, description="The association that pays for the place.")


class ActivityCompleted(PlanningFact):
    """An activity of the plan was carried out, fully or partly."""

    samplan_id: UUID
    activity_id: UUID
    extent: ActivityExtent


class ActivityCancelled(PlanningFact):
    """An activity of the plan is not done: it never began, or ended before it was carried out. Its place is free."""

    samplan_id: UUID
    activity_id: UUID
    reason: Code | None = Field(default=None, description="Absent without consent, unless the case itself ended.")


class ActivityBlocked(PlanningFact):
    """An activity cannot go on, since ``happened_on``: it waits for a party, or for what it needs."""

    samplan_id: UUID
    activity_id: UUID
    reason: Code | None = Field(default=None, description="Absent without consent.")
    waits_for: Member | None = Field(default=None, description="The party that it waits for, if it is one of them.")


class ActivityUnblocked(PlanningFact):
    """What an activity waited for has come. Its beginning, completion or cancellation ends the wait too."""

    samplan_id: UUID
    activity_id: UUID


class ActivityExtentChanged(PlanningFact):
    """An activity under way has another extent from now on, as a step up. Both numbers are absent without consent."""

    samplan_id: UUID
    activity_id: UUID
    extent_percent: Percent | None = None
    hours_per_week: HoursPerWeek | None = None


class AttendanceRecorded(PlanningFact):
    """How much of an activity was offered in a period, and attended. ``happened_on``: the period's last day.

    Periods of one activity do not overlap. The hours are absent without consent.
    """

    samplan_id: UUID
    activity_id: UUID
    from_on: date = Field(description="The period's first day.")
    weeks: int = Field(ge=1, le=60, description="Weeks of the period in which hours were offered.")
    hours_offered: Hours | None = None
    hours_attended: Hours | None = None
    more_than_offered: bool = Field(default=False, description="True where more was attended than was offered.")


# Employment and benefits


class EmploymentDecided(PlanningFact):
    """An employment was decided, or one was prolonged (Sundsvall 2023, L528). ``happened_on``: the decision's day.

    It may come after the exit: what became of somebody is known later. Support, extent and employer are absent
    without consent.
    """

    decision_id: UUID
    employment_id: UUID = Field(description="The same in the decisions that prolong it.")
    prolongs: bool = Field(default=False, description="True where the employment was there before.")
    from_on: date = Field(description="The first day of what was decided.")
    until_on: date | None = Field(default=None, description="Its last day; absent without a limit.")
    kom_i_jobb: bool = Field(
        default=False,
        description="The municipality's own employment with support. Its time limit runs for everybody, so this is "
        "in the event without consent too; it is counted with consent only.",
    )
    support: Code | None = Field(default=None, description="A word of exit_supports, also for none.")
    extent_percent: Percent | None = None
    employer: EmployerKind | None = None


class EmploymentEnded(PlanningFact):
    """An employment ended, before or on the last day that was decided."""

    employment_id: UUID
    reason: Code | None = Field(default=None, description="A word of employment_ends. Absent without consent.")


class BenefitDecided(PlanningFact):
    """A benefit was applied for, granted or refused: three facts at different times (Sundsvall 2023, L128, L921).

    It may come after the exit. What it says is absent without consent.
    """

    decision_id: UUID
    benefit: Code | None = Field(default=None, description="A word of the catalogue's benefits.")
    status: BenefitStatus | None = None
    extent_percent: Percent | None = Field(default=None, description="Of a whole benefit.")


# After the exit


class AfterSupportBegun(PlanningFact):
    """Somebody who has left gets support for a further time (efterstöd), which is no ongoing case.

    Sundsvall 2023, L913. ``happened_on``: its first day.
    """

    episode: int = Field(ge=1, description="The number of the participation that it comes after.")
    rule: RuleRef


class AfterSupportEnded(PlanningFact):
    """The support after the exit is over."""

    episode: int = Field(ge=1)
    reason: Code | None = Field(
        default=None, description="Absent without consent, unless the person takes part again."
    )


# Steps: what the insats' file, or that of a form of plan, says is reached beside meetings, plans and activities


class StepReached(PlanningFact):
    """A step of a rule was reached on ``happened_on``. Several times where the rule does not say ``once``.

    Of questions it says that they were asked, never whether somebody answered. An assignment is recorded by
    ``LotsAssigned`` or ``SupportAssigned``, and the phase a participation begins in by ``InsatsStarted``.
    """

    step_id: UUID
    step: Code = Field(description="The step's id in the rule.")
    kind: StepKind
    rule: RuleRef = Field(description="Whose step it is: the insats' or the form of plan's, and the version.")
    document: Code | None = Field(
        default=None, description="Which of the step's papers, where it has several. Absent without consent."
    )
    request_id: UUID | None = Field(default=None, description="The request that the paper answers.")
    registered_in: Code | None = Field(default=None, description="Where it was registered, of a registration.")
    score: Score | None = Field(default=None, description="What was rated. Absent without consent.")


class DocumentRequested(PlanningFact):
    """A paper was asked for. It is awaited until a ``StepReached`` names the request, or it is ended."""

    request_id: UUID
    step: Code = Field(description="The step's id in the rule.")
    rule: RuleRef = Field(description="Whose step it is: the insats' or the form of plan's, and the version.")
    document: Code | None = Field(
        default=None, description="Which of the step's papers, where it has several. Absent without consent."
    )
    asked_of: Code | None = Field(
        default=None, description="The kind of unit that was asked: a word of unit_kinds. Absent without consent."
    )


class DocumentRequestEnded(PlanningFact):
    """A paper that was asked for is awaited no longer, and has not come."""

    request_id: UUID
    reason: Code | None = Field(
        default=None, description="A word of the catalogue's document_request_ends. Absent without consent."
    )


# Groups and courses, as a case takes part in them. What is declared of a group is a fact of the group's stream.


class GroupEnrolled(PlanningFact):
    """The person has a seat in a group or course. Told without consent too: it says when, and takes a seat."""

    enrolment_id: UUID
    group_id: UUID = Field(description="The stream of the group's GroupDeclared.")
    insats: str = Field(description="Whose group it is.")
    starts_on: date = Field(
        description="The first session that the person may come to, as it was declared on the day of the enrolment."
    )


class GroupEnrolmentEnded(PlanningFact):
    """The person has no seat in the group any more: it was completed, or left. The seat is free for others.

    Told without consent too: that something was carried out or not is (as of activities); why is not.
    """

    enrolment_id: UUID
    outcome: EnrolmentOutcome
    reason: Code | None = Field(
        default=None,
        description="A word of the catalogue's enrolment_ends. Absent without consent, unless the case itself ended.",
    )


class SessionAttendanceRecorded(PlanningFact):
    """Whether the person came to a session of the group. One event a session; ``happened_on``: the session's day."""

    enrolment_id: UUID
    session_on: date
    attended: bool | None = Field(default=None, description="Absent without consent.")


class GroupReserveJoined(PlanningFact):
    """The person waits for a seat in a group, behind those who joined before them."""

    insats: str
    group_id: UUID | None = Field(default=None, description="The group; absent: any group of the insats.")


class GroupReserveLeft(PlanningFact):
    """The person waits no more. A seat in the group, and the end of the case, end the wait too."""

    insats: str


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


class SupportHandoverOffered(PlanningFact):
    """A colleague is asked to take over the support of a participant. Until they accept, nothing changes.

    ``happened_on``: the day of the offer.
    """

    support_id: UUID
    to: str = Field(description="The colleague's user id.")


class SupportHandoverDeclined(PlanningFact):
    """The colleague does not take the support over. It stays with whoever has it."""

    support_id: UUID
    reason: Code = Field(description="A word of the catalogue's handover_declines.")


class SupportHandoverWithdrawn(PlanningFact):
    """The offer holds no longer. The support stays with whoever has it."""

    support_id: UUID


class SupportHandedOver(PlanningFact):
    """The colleague accepted: the support ends for the one and begins for the other, on ``happened_on``.

    Led to by it, in the same transaction: a SupportEnded of ``support_id`` with the reason ``handed_over``, and a
    LotsAssigned or SupportAssigned of ``continued_by``. Who has the support follows from these two alone.
    """

    support_id: UUID
    to: str = Field(description="The user id of the one who has the support from now on.")
    continued_by: UUID = Field(description="The support that begins.")


class ReleasedKind(Model):
    """What an activity is about, appended once the person consents."""

    activity_id: UUID
    kind: Code
    responsible_unit: Code | None = None
    extent_percent: Percent | None = None
    hours_per_week: HoursPerWeek | None = None


class PlanningDetailsReleased(PlanningFact):
    """The person has consented after all: what ``event_id`` left out for want of consent. ``happened_on``: the day
    of the consent."""

    event_id: UUID = Field(description="The event that would have carried it.")
    activities: tuple[ReleasedKind, ...] = ()
    reason: Code | None = None
    national_code: NationalExitCode | None = None
    destination: Code | None = None
    extent_percent: Percent | None = None
    support: Code | None = None
    livelihood: tuple[Benefit, ...] | None = None
    why: Code | None = None
    continued_planning: bool | None = None
    place_id: UUID | None = None
    hours_per_week: HoursPerWeek | None = None
    cost_bearer: Code | None = None
    hours_offered: Hours | None = None
    hours_attended: Hours | None = None
    employer: EmployerKind | None = None
    benefit: Code | None = None
    status: BenefitStatus | None = None
    document: Code | None = None
    asked_of: Code | None = None
    score: Score | None = None
    attended: bool | None = None
    present: Present = None


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
    coordinator_present: bool | None = Field(
        default=None, description="Whether the form's coordinator took part; absent where nobody has said."
    )


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


# Places at suppliers: streams of their own, one for each supplier


class PlacesDeclared(PlanningFact):
    """A supplier has so many places from a day on. A later one of the same stream replaces it whole.

    ``happened_on``: the day it was declared. The stream is the supplier's, not a case's.
    """

    insats: str = Field(description="Whose places they are; activities of other insatser may take them.")
    supplier: Code
    supplier_name: SupplierName
    seats: int = Field(ge=1, le=500, description="Places in all, those taken included.")
    free_from: date = Field(description="The first day on which somebody may begin there.")


class PlacesWithdrawn(PlanningFact):
    """A supplier has no places any more. Nobody had one. They may be declared again."""

    insats: str
    supplier: Code


# Groups and courses: streams of their own, one for each group


class GroupDeclared(PlanningFact):
    """A group or course is to be held, for the first time or anew. A later one of the same stream replaces it whole;
    what was held stays held. ``happened_on``: the day it was declared. The stream is the group's, not a case's.
    """

    insats: str
    group: Code
    group_name: GroupName
    capacity: Code = Field(description="The group's terms in the insats' rule: the id of a capacity.")
    seats: int = Field(ge=1, le=200, description="Places in all, those taken included.")
    session_days: tuple[date, ...] = Field(min_length=1, max_length=200, description="When it meets, in order.")
    starts_on: date = Field(description="The first of the session days.")
    ends_on: date = Field(description="The last of the session days.")
    starts_at: LocalTime | None = None
    minutes: int | None = Field(default=None, ge=5, le=720, description="How long a session is.")
    site: Code | None = None
    leader_id: str | None = Field(default=None, description="The leader's user id, never a name.")
    opens_on: date | None = Field(default=None, description="The first day on which one can be enrolled.")
    closes_on: date | None = Field(default=None, description="The last day on which one can be enrolled.")
    reserved_for: tuple[Code, ...] = Field(default=(), description="The kinds of units whose referred it is for.")


class GroupCancelled(PlanningFact):
    """The group does not come about, or meets no more. Nobody had a seat. It may be declared again."""

    insats: str
    group: Code
    reason: Code = Field(description="A word of the catalogue's group_cancellations.")


class GroupSessionHeld(PlanningFact):
    """A session of the group was held. ``happened_on``: its day."""

    insats: str
    group: Code
    session_on: date
    seats: int = Field(ge=1, le=200, description="The group's seats that day.")
    enrolled: int = Field(ge=0, le=200, description="How many of them somebody had, as known when it was registered.")


class GroupSessionCancelled(PlanningFact):
    """A session is not held, or was registered as held by mistake. The latest of the two facts of a session holds.

    ``happened_on``: the day it was decided.
    """

    insats: str
    group: Code
    session_on: date
    reason: Code = Field(description="A word of the catalogue's group_cancellations.")


GROUP_FACTS: tuple[type[Fact], ...] = (GroupDeclared, GroupCancelled, GroupSessionHeld, GroupSessionCancelled)
"""Facts of planning that are of a group or course, and of no case."""

CAPACITY_FACTS: tuple[type[Fact], ...] = (
    CapacityDeclared,
    CapacityWithdrawn,
    PlacesDeclared,
    PlacesWithdrawn,
    *GROUP_FACTS,
)
"""Facts of planning that are of a session, of a supplier's places or of a group, and of no case."""

PLANNING_FACTS: tuple[type[Fact], ...] = (
    TeamMeetingBooked,
    TeamMeetingHeld,
    MeetingBooked,
    MeetingHeld,
    MeetingCancelled,
    InsatsStarted,
    ParticipantExited,
    CaseHandedBack,
    PlanningEnded,
    CaseReopened,
    CasePutOnHold,
    CaseResumed,
    SamplanUpprättad,
    SamplanReviderad,
    ActivityStarted,
    ActivityCompleted,
    ActivityCancelled,
    ActivityBlocked,
    ActivityUnblocked,
    ActivityExtentChanged,
    AttendanceRecorded,
    EmploymentDecided,
    EmploymentEnded,
    BenefitDecided,
    AfterSupportBegun,
    AfterSupportEnded,
    StepReached,
    DocumentRequested,
    DocumentRequestEnded,
    GroupEnrolled,
    GroupEnrolmentEnded,
    SessionAttendanceRecorded,
    GroupReserveJoined,
    GroupReserveLeft,
    LotsAssigned,
    SupportAssigned,
    SupportEnded,
    SupportHandoverOffered,
    SupportHandoverDeclined,
    SupportHandoverWithdrawn,
    SupportHandedOver,
    PlanningDetailsReleased,
    MeetingCalled,
    CallWithdrawn,
    CallDecidedAgainst,
    CalledMeetingHeld,
    CoordinatedPlanMade,
    NextFollowUpAgreed,
    CoordinatedPlanClosed,
)
