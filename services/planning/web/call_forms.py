"""What the forms of a call and of a coordinated plan send."""

from datetime import date
from typing import Annotated, Final, TypeVar
from uuid import uuid4

from pydantic import BaseModel, BeforeValidator, Field

from contracts.codes import Member
from contracts.model import Code
from contracts.problems import Invalid
from services.chassis.inputs import ClockTime, Day
from services.planning.domain import command as ask

T = TypeVar("T")

ROWS: Final = 4
"""How many activities the form of a held meeting has room for."""


def _none_if_empty(sent: object) -> object:
    return None if sent == "" else sent


Empty = BeforeValidator(_none_if_empty)
"""A field that was left empty is sent as no text, and is None."""


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


class HoldForm(BaseModel):
    """Who came, and what was agreed. ``kind`` and ``responsible``: an activity in each row, empty for none."""

    held_on: Day
    attended: Annotated[list[Member], Field(max_length=4)] = []
    kind: Annotated[list[Annotated[Code | None, Empty]], Field(max_length=50)] = []
    responsible: Annotated[list[Annotated[Member | None, Empty]], Field(max_length=50)] = []
    follow_up_on: Annotated[Day | None, Empty] = None

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain. Raises Invalid if an activity has nobody responsible, or is none."""
        return ask.HoldCalledMeeting(
            self.held_on, tuple(self.attended), uuid4(), self._activities(), self.follow_up_on, today
        )

    def _activities(self) -> tuple[ask.NewActivity, ...]:
        if len(self.kind) != len(self.responsible):
            raise _half_filled()
        rows = zip(self.kind, self.responsible, strict=True)
        return tuple(
            ask.NewActivity(uuid4(), _known(responsible), _known(kind))
            for kind, responsible in rows
            if kind or responsible
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


def _known(value: T | None) -> T:
    if value is None:
        raise _half_filled()
    return value


def _half_filled() -> Invalid:
    message = "Ange för varje aktivitet både vad som ska göras och vem som ansvarar."
    return Invalid("activity_half_filled", message, "activities")
