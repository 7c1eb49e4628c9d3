"""What the forms of the case page send. Each says which command it asks for."""

from datetime import date
from typing import Annotated, Literal, Protocol
from uuid import UUID, uuid4

from pydantic import BaseModel, Field

from contracts.codes import ActivityExtent, MeetingMode
from contracts.model import Code
from services.chassis.inputs import ClockTime, Day, Empty
from services.planning.domain import command as ask
from services.planning.domain.sessions import Occupancy


class CaseForm(Protocol):
    """A form of the case page."""

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""

    def model_dump(self) -> dict[str, object]:
        """The form as it was filled in."""


class BookForm(BaseModel):
    """A meeting of a kind that takes no seat, or another time for the one that is booked."""

    kind: Code
    meets_on: Day
    starts_at: Annotated[ClockTime | None, Empty] = None
    mode: MeetingMode

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.BookMeeting(
            meeting_id=uuid4(),
            booked_on=today,
            kind=self.kind,
            team=None,
            meets_on=self.meets_on,
            starts_at=self.starts_at,
            mode=self.mode,
            found=Occupancy(),
            today=today,
        )


class HoldForm(BaseModel):
    """The booked meeting of a kind was held, on its day. ``present``: who was there; empty where nobody says."""

    kind: Code
    mode: MeetingMode
    present: Annotated[list[Code], Field(max_length=20)] = []

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.HoldMeeting(self.kind, None, self.mode, today, tuple(self.present) or None)


class CancelForm(BaseModel):
    """The booked meeting of a kind does not come about."""

    kind: Code
    cause: Literal["called_off", "not_attended"]

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.CancelMeeting(self.kind, today, self.cause == "not_attended", today)


class StartForm(BaseModel):
    """The person begins to take part."""

    started_on: Day

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.StartInsats(self.started_on, today)


class PutOnHoldForm(BaseModel):
    """The case waits for something outside the insats."""

    since: Day
    reason: Code

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.PutOnHold(self.since, self.reason, today)


class ResumeForm(BaseModel):
    """The case goes on after a hold."""

    resumed_on: Day

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.Resume(self.resumed_on, today)


class ReopenForm(BaseModel):
    """A participant who had left takes part again."""

    reopened_on: Day

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.ReopenCase(self.reopened_on, today)


class BeginForm(BaseModel):
    """An activity begins."""

    activity_id: UUID
    started_on: Day

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.StartActivity(self.activity_id, self.started_on, today)


class CompleteForm(BaseModel):
    """An activity was carried out."""

    activity_id: UUID
    completed_on: Day
    extent: ActivityExtent

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.CompleteActivity(self.activity_id, self.completed_on, self.extent, today)


class CorrectionForm(BaseModel):
    """Why an event is taken back."""

    reason: Code
