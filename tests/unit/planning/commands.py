"""Commands to ask for, each with what its test does not care about filled in."""

from datetime import date, time
from uuid import UUID

from contracts.codes import ActivityExtent, BenefitStatus, EmployerKind, EnrolmentOutcome, MeetingMode
from services.planning.domain import command as ask
from services.planning.domain import step_commands as step
from services.planning.domain.activities import Extent
from services.planning.domain.exits import ExitAnswers
from services.planning.domain.sessions import Occupancy
from tests.unit.planning import groups, mother


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
cancel_activity = ask.CancelActivity(mother.WORK, mother.COMPLETED_ON, "health", mother.TODAY)
block_activity = ask.BlockActivity(mother.WORK, mother.BEGUN_ON, "place_full", None, mother.TODAY)
unblock_activity = ask.UnblockActivity(mother.WORK, mother.COMPLETED_ON, mother.TODAY)
change_extent = ask.ChangeExtent(mother.WORK, mother.COMPLETED_ON, Extent(percent=50), mother.TODAY)
attend = ask.RecordAttendance(
    mother.WORK, mother.BEGUN_ON, mother.COMPLETED_ON, 5, 20.0, 10.0, more_than_offered=False, today=mother.TODAY
)
assign = ask.AssignSupport(mother.SUPPORT, "lots", "lots-1", mother.STARTED_ON, mother.TODAY)
end_support = ask.EndSupport("lots", mother.EXITED_ON, "no_longer_needed", mother.TODAY)
leave = ask.ExitInsats(
    mother.EXITED_ON, "studies", mother.HAND_BACK, mother.TODAY, answers=ExitAnswers(extent_percent=100)
)
employ = ask.DecideEmployment(
    decision_id=mother.UNKNOWN,
    employment_id=mother.EMPLOYMENT,
    decided_on=mother.COMPLETED_ON,
    from_on=mother.COMPLETED_ON,
    until_on=mother.EXITED_ON,
    today=mother.TODAY,
    support="wage_subsidy",
    extent_percent=75,
    employer=EmployerKind.PRIVATE,
)
begin_after_support = ask.BeginAfterSupport(mother.EXITED_ON, mother.TODAY)
end_after_support = ask.EndAfterSupport(mother.TODAY, "no_longer_needed", mother.TODAY)
end_employment = ask.EndEmployment(mother.EMPLOYMENT, mother.EXITED_ON, "term_over", mother.TODAY)
grant = ask.DecideBenefit(
    mother.UNKNOWN, mother.COMPLETED_ON, "sickness_compensation", BenefitStatus.GRANTED, mother.TODAY, 50
)
reach_step = step.ReachStep(mother.STEP, "forberedd", mother.BOOKED_ON, mother.TODAY)
ask_for_document = step.AskForDocument(mother.REQUEST, "forberedd", "health_care", mother.BOOKED_ON, mother.TODAY)
end_request = step.EndDocumentRequest(mother.REQUEST, "not_needed", mother.BOOKED_ON, mother.TODAY)
offer = ask.OfferHandover("lots", "lots-2", mother.BEGUN_ON, mother.TODAY)
withdraw_offer = ask.WithdrawHandover("lots", mother.COMPLETED_ON, mother.TODAY)
accept_offer = ask.AcceptHandover("lots", mother.OTHER_SUPPORT, "lots-2", mother.COMPLETED_ON, mother.TODAY)
decline_offer = ask.DeclineHandover("lots", "lots-2", "caseload_full", mother.COMPLETED_ON, mother.TODAY)
reopen = ask.ReopenCase(mother.TODAY, mother.TODAY)
put_on_hold = ask.PutOnHold(mother.STARTED_ON, "illness", mother.TODAY)
resume = ask.Resume(mother.BEGUN_ON, mother.TODAY)
enrol = ask.Enrol(groups.SEAT, groups.GROUP.group_id, mother.STARTED_ON, mother.TODAY, groups.found())
end_enrolment = ask.EndEnrolment(
    groups.SEAT, mother.COMPLETED_ON, EnrolmentOutcome.COMPLETED, mother.TODAY, found=groups.found()
)
come = ask.RecordSessionAttendance(
    groups.SEAT, mother.BEGUN_ON, attended=True, today=mother.TODAY, found=groups.found()
)
join_reserve = ask.JoinReserve(None, mother.STARTED_ON, mother.TODAY)
leave_reserve = ask.LeaveReserve(mother.BEGUN_ON, mother.TODAY)
