"""What the forms of an activity send."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from contracts.codes import ActivityExtent, Member
from contracts.model import Code
from services.chassis.inputs import Day, Empty
from services.planning.amounts import HoursOfAPeriod, HoursOfAWeek, PercentOfFullTime, Weeks
from services.planning.domain import command as ask
from services.planning.domain.activities import Extent


class StartForm(BaseModel):
    """When the activity began, and what its kind asks for."""

    started_on: Day
    place_id: Annotated[UUID | None, Empty] = None
    extent_percent: Annotated[PercentOfFullTime | None, Empty] = None
    hours_per_week: Annotated[HoursOfAWeek | None, Empty] = None
    cost_bearer: Annotated[Code | None, Empty] = None

    def command(self, activity_id: UUID, today: date) -> ask.Command:
        """What is asked of the domain."""
        extent = Extent(self.extent_percent, self.hours_per_week)
        return ask.StartActivity(activity_id, self.started_on, today, self.place_id, extent, self.cost_bearer)


class ExtentForm(BaseModel):
    """The extent from a day on."""

    changed_on: Day
    extent_percent: Annotated[PercentOfFullTime | None, Empty] = None
    hours_per_week: Annotated[HoursOfAWeek | None, Empty] = None

    def command(self, activity_id: UUID, today: date) -> ask.Command:
        """What is asked of the domain."""
        extent = Extent(self.extent_percent, self.hours_per_week)
        return ask.ChangeExtent(activity_id, self.changed_on, extent, today)


class AttendanceForm(BaseModel):
    """Hours offered and attended in a period."""

    from_on: Day
    to_on: Day
    weeks: Weeks
    hours_offered: HoursOfAPeriod
    hours_attended: HoursOfAPeriod
    more_than_offered: bool = False

    def command(self, activity_id: UUID, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.RecordAttendance(
            activity_id,
            self.from_on,
            self.to_on,
            self.weeks,
            self.hours_offered,
            self.hours_attended,
            self.more_than_offered,
            today,
        )


class BlockForm(BaseModel):
    """Why the activity cannot go on, and since when."""

    since: Day
    reason: Code
    waits_for: Annotated[Member | None, Empty] = None

    def command(self, activity_id: UUID, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.BlockActivity(activity_id, self.since, self.reason, self.waits_for, today)


class UnblockForm(BaseModel):
    """The day on which what the activity waited for came."""

    ended_on: Day

    def command(self, activity_id: UUID, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.UnblockActivity(activity_id, self.ended_on, today)


class CompleteForm(BaseModel):
    """When the activity was carried out, and how far."""

    completed_on: Day
    extent: ActivityExtent

    def command(self, activity_id: UUID, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.CompleteActivity(activity_id, self.completed_on, self.extent, today)


class CancelForm(BaseModel):
    """Why the activity is not done."""

    cancelled_on: Day
    reason: Code

    def command(self, activity_id: UUID, today: date) -> ask.Command:
        """What is asked of the domain."""
        return ask.CancelActivity(activity_id, self.cancelled_on, self.reason, today)
