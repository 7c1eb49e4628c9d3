"""Facts of the planning service: from team meeting to exit."""

from datetime import date, time
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, WithJsonSchema

from contracts.codes import ActivityExtent, ActivityKind, ExitReason, MeetingMode, Member, NationalExitCode
from contracts.envelope import Envelope, Fact
from contracts.model import Model
from contracts.referral import RuleRef

SOURCE = "/samspel/planning"

# JSON Schema's own format "time" demands an offset, which a time on the wall has not.
LocalTime = Annotated[
    time,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$",
            "description": "Time of day, Europe/Stockholm.",
        }
    ),
]


class PlannedActivity(Model):
    """One activity of a samplan and the member responsible for it."""

    activity_id: UUID
    responsible: Member
    kind: ActivityKind | None = Field(default=None, description="Absent without consent.")


class TeamMeetingBooked(Fact):
    """The case has a place in a team's session. ``happened_on``: the day it was booked."""

    source: ClassVar[str] = SOURCE
    meeting_id: UUID
    team: str
    meets_on: date
    starts_at: LocalTime
    mode: MeetingMode


class TeamMeetingHeld(Fact):
    """The team met the person and the referrer."""

    source: ClassVar[str] = SOURCE
    meeting_id: UUID
    team: str
    mode: MeetingMode


class InsatsStarted(Fact):
    """The person is a participant from this day."""

    source: ClassVar[str] = SOURCE
    insats: str
    rule: RuleRef


class SamplanUpprättad(Fact):
    """The joint plan was made. ``happened_on``: the plan's date, from which follow-ups are counted."""

    source: ClassVar[str] = SOURCE
    samplan_id: UUID
    insats: str
    meeting_id: UUID | None = None
    activities: tuple[PlannedActivity, ...] = Field(min_length=1)
    rule: RuleRef


class ActivityStarted(Fact):
    """Somebody began an activity of the samplan."""

    source: ClassVar[str] = SOURCE
    samplan_id: UUID
    activity_id: UUID


class ActivityCompleted(Fact):
    """An activity of the samplan was carried out, fully or partly."""

    source: ClassVar[str] = SOURCE
    samplan_id: UUID
    activity_id: UUID
    extent: ActivityExtent


class LotsAssigned(Fact):
    """A lots (guide) supports the participant in carrying out the plan (follow-up 2021, L163-173)."""

    source: ClassVar[str] = SOURCE
    lots_id: str


class ParticipantExited(Fact):
    """The participant left the insats."""

    source: ClassVar[str] = SOURCE
    insats: str
    reason: ExitReason | None = Field(default=None, description="Absent without consent.")
    national_code: NationalExitCode | None = Field(default=None, description="Absent without consent.")
    rule: RuleRef


class PlanningEnded(Fact):
    """An accepted referral was returned before the person started. Its plan is no longer followed up.

    Told by planning, which alone knows whether the return came before the start. ``happened_on``: the day of return.
    """

    source: ClassVar[str] = SOURCE
    insats: str


class TeamMeetingBookedEvent(Envelope):
    type: Literal["TeamMeetingBooked"] = "TeamMeetingBooked"
    data: TeamMeetingBooked


class TeamMeetingHeldEvent(Envelope):
    type: Literal["TeamMeetingHeld"] = "TeamMeetingHeld"
    data: TeamMeetingHeld


class InsatsStartedEvent(Envelope):
    type: Literal["InsatsStarted"] = "InsatsStarted"
    data: InsatsStarted


class SamplanUpprättadEvent(Envelope):
    type: Literal["SamplanUpprättad"] = "SamplanUpprättad"
    data: SamplanUpprättad


class ActivityStartedEvent(Envelope):
    type: Literal["ActivityStarted"] = "ActivityStarted"
    data: ActivityStarted


class ActivityCompletedEvent(Envelope):
    type: Literal["ActivityCompleted"] = "ActivityCompleted"
    data: ActivityCompleted


class LotsAssignedEvent(Envelope):
    type: Literal["LotsAssigned"] = "LotsAssigned"
    data: LotsAssigned


class ParticipantExitedEvent(Envelope):
    type: Literal["ParticipantExited"] = "ParticipantExited"
    data: ParticipantExited


class PlanningEndedEvent(Envelope):
    type: Literal["PlanningEnded"] = "PlanningEnded"
    data: PlanningEnded


PlanningEvent = Annotated[
    TeamMeetingBookedEvent
    | TeamMeetingHeldEvent
    | InsatsStartedEvent
    | SamplanUpprättadEvent
    | ActivityStartedEvent
    | ActivityCompletedEvent
    | LotsAssignedEvent
    | ParticipantExitedEvent
    | PlanningEndedEvent,
    Field(discriminator="type"),
]
