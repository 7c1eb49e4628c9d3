"""Commands to ask for, each with what its test does not care about filled in."""

from datetime import date, time
from uuid import UUID

from contracts.codes import ActivityExtent, MeetingMode
from services.planning.domain import command as ask
from services.planning.domain.sessions import Occupancy
from tests.unit.planning import mother


def book(
    kind: str | None = None,
    *,
    team: str | None = "team-1",
    meets_on: date = mother.MEETS_ON,
    starts_at: time | None = mother.NINE,
    mode: MeetingMode = MeetingMode.PHONE,
    others: int = 0,
    found: Occupancy | None = None,
    meeting_id: UUID = mother.MEETING,
    booked_on: date = mother.BOOKED_ON,
    today: date = mother.TODAY,
) -> ask.BookMeeting:
    occupancy = found or Occupancy(others)
    return ask.BookMeeting(meeting_id, booked_on, kind, team, meets_on, starts_at, mode, occupancy, today)


def hold(kind: str | None = None, today: date = mother.TODAY) -> ask.HoldMeeting:
    return ask.HoldMeeting(kind, None, None, today)


def cancel(kind: str | None = None, *, not_attended: bool = False, on: date = mother.MEETS_ON) -> ask.CancelMeeting:
    return ask.CancelMeeting(kind, on, not_attended, mother.TODAY)


start = ask.StartInsats(mother.STARTED_ON, mother.TODAY)
make_plan = ask.MakeSamplan(mother.SAMPLAN, mother.MEETS_ON, mother.NEW_ACTIVITIES, mother.TODAY)
revise = ask.ReviseSamplan(mother.COMPLETED_ON, 1, (), (mother.CARE,), mother.TODAY)
start_activity = ask.StartActivity(mother.WORK, mother.BEGUN_ON, mother.TODAY)
complete_activity = ask.CompleteActivity(mother.WORK, mother.COMPLETED_ON, ActivityExtent.FULLY, mother.TODAY)
assign = ask.AssignSupport(mother.SUPPORT, "lots", "lots-1", mother.STARTED_ON, mother.TODAY)
end_support = ask.EndSupport("lots", mother.EXITED_ON, "no_longer_needed", mother.TODAY)
leave = ask.ExitInsats(mother.EXITED_ON, "studies", mother.TODAY)
reopen = ask.ReopenCase(mother.TODAY, mother.TODAY)
put_on_hold = ask.PutOnHold(mother.STARTED_ON, "illness", mother.TODAY)
resume = ask.Resume(mother.BEGUN_ON, mother.TODAY)
