"""Facts of the follow-up service: the obligation ledger of a samplan."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.codes import (
    ActivityOutcome,
    FollowUpReason,
    FollowUpResult,
    Role,
    SupersededBy,
    Timeliness,
)
from contracts.envelope import Envelope, Fact
from contracts.model import Model
from contracts.referral import RuleRef

SOURCE = "/samspel/followup"


class ActivityFinding(Model):
    """What the follow-up found of one activity."""

    activity_id: UUID
    outcome: ActivityOutcome


class FollowUpFact(Fact):
    """What every fact about a follow-up says."""

    source: ClassVar[str] = SOURCE
    follow_up_id: UUID
    samplan_id: UUID
    months: int = Field(ge=1, le=60, description="Which point: 2, 6 or 12 months after the plan's date.")


class FollowUpScheduled(FollowUpFact):
    """A follow-up is owed. ``happened_on``: the plan's date."""

    nominal_on: date = Field(description="The plan's date plus calendar months.")
    due_on: date = Field(description="nominal_on, moved to the next working day.")
    opens_on: date
    closes_on: date
    responsible: Role
    rule: RuleRef


class FollowUpOpened(FollowUpFact):
    """Its window opened. ``happened_on``: the first day of the window."""

    due_on: date


class FollowUpMissed(FollowUpFact):
    """Its window closed and it was not held. ``happened_on``: the day after the window. Never taken back."""

    due_on: date


class FollowUpCompleted(FollowUpFact):
    """It was held on ``happened_on``. Result and reason are absent without consent."""

    due_on: date
    timeliness: Timeliness
    result: FollowUpResult | None = None
    reason: FollowUpReason | None = None
    activities: tuple[ActivityFinding, ...] = ()


class FollowUpSuperseded(FollowUpFact):
    """It is no longer owed."""

    cause: SupersededBy


class FollowUpScheduledEvent(Envelope):
    type: Literal["FollowUpScheduled"] = "FollowUpScheduled"
    data: FollowUpScheduled


class FollowUpOpenedEvent(Envelope):
    type: Literal["FollowUpOpened"] = "FollowUpOpened"
    data: FollowUpOpened


class FollowUpMissedEvent(Envelope):
    type: Literal["FollowUpMissed"] = "FollowUpMissed"
    data: FollowUpMissed


class FollowUpCompletedEvent(Envelope):
    type: Literal["FollowUpCompleted"] = "FollowUpCompleted"
    data: FollowUpCompleted


class FollowUpSupersededEvent(Envelope):
    type: Literal["FollowUpSuperseded"] = "FollowUpSuperseded"
    data: FollowUpSuperseded


FollowUpEvent = Annotated[
    FollowUpScheduledEvent
    | FollowUpOpenedEvent
    | FollowUpMissedEvent
    | FollowUpCompletedEvent
    | FollowUpSupersededEvent,
    Field(discriminator="type"),
]
