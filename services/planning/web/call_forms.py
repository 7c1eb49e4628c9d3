"""What the forms of a call and of a coordinated plan send."""

from datetime import date
from typing import Annotated, Final
from uuid import uuid4

from pydantic import BaseModel, Field

from contracts.codes import Member
from contracts.model import Code
from services.chassis.inputs import ClockTime, Day, Empty
from services.planning.domain import command as ask
from services.planning.web.activity_rows import ActivityRows

ROWS: Final = 4
"""How many activities the form of a held meeting has room for."""


class CallForm(BaseModel):
    """Who is called and when the meeting is. ``consents_to``: to whom the person agrees, called or invited."""

    initiator: Code
    parties: Annotated[list[Member], Field(max_length=4)] = []
    invited: Annotated[list[Code], Field(max_length=20)] = []
    consents_to: Annotated[list[Code], Field(max_length=30)] = []
    minor: bool = False
    guardian_agrees: bool = False
    sent_on: Day
    meets_on: Day
    starts_at: Annotated[ClockTime | None, Empty] = None

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.CallParties(
            call_id=uuid4(),
            initiator=self.initiator,
            parties=tuple(self.parties),
            invited=tuple(self.invited),
            consents_to=frozenset(self.consents_to),
            minor=self.minor,
            guardian_agrees=self.guardian_agrees,
            sent_on=self.sent_on,
            meets_on=self.meets_on,
            starts_at=self.starts_at,
            today=today,
        )


class AgainstForm(BaseModel):
    """Who initiated, and why nobody is called."""

    initiator: Code
    reason: Code

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.DecideAgainstCall(self.initiator, self.reason, today, today)


class HoldForm(ActivityRows, BaseModel):
    """Who came, and what was agreed; an activity in each row."""

    held_on: Day
    attended: Annotated[list[Member], Field(max_length=4)] = []
    follow_up_on: Annotated[Day | None, Empty] = None
    coordinator_present: Annotated[bool | None, Empty] = None

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain. Raises Invalid if an activity has nobody responsible, or is none."""
        return ask.HoldCalledMeeting(
            self.held_on,
            tuple(self.attended),
            uuid4(),
            self.activities(),
            self.follow_up_on,
            today,
            self.coordinator_present,
        )


class AgreeForm(BaseModel):
    """The day on which the plan is followed up next."""

    follow_up_on: Day

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.AgreeFollowUp(today, self.follow_up_on, today)


class CloseForm(BaseModel):
    """Why the plan ends."""

    reason: Code

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.CloseCoordinatedPlan(today, self.reason, today)
