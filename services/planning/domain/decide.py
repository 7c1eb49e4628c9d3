"""What may be done with a case, and the facts it leads to.

Rules of an insats come from the catalogue's version valid on the day that matters: the start's, the plan's, the
meeting's, the exit's. Its number goes into the fact. A command repeated is refused with a code that says so
(``already_booked``, ``already_held``, ``already_started``, ``samplan_exists``, ``already_exited`` …).
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import TypeAlias, assert_never
from uuid import UUID

from contracts.envelope import Fact
from contracts.planning import PlanningDetailsReleased, PlanningEnded, ReleasedKind
from services.planning.domain import (
    decide_activities,
    decide_after_support,
    decide_calls,
    decide_enrolment,
    decide_handover,
    decide_livelihood,
    decide_meetings,
    decide_participation,
    decide_progress,
    decide_steps,
    decide_support,
)
from services.planning.domain.case import Case, Stage
from services.planning.domain.checks import known
from services.planning.domain.command import (
    AcceptHandover,
    AgreeFollowUp,
    AssignSupport,
    BeginAfterSupport,
    BlockActivity,
    BookMeeting,
    CallParties,
    CancelActivity,
    CancelMeeting,
    ChangeExtent,
    CloseCoordinatedPlan,
    Command,
    CompleteActivity,
    DecideAgainstCall,
    DecideBenefit,
    DecideEmployment,
    DeclineHandover,
    EndAfterSupport,
    EndEmployment,
    EndEnrolment,
    EndSupport,
    Enrol,
    ExitInsats,
    HoldCalledMeeting,
    HoldMeeting,
    JoinReserve,
    LeaveReserve,
    MakeSamplan,
    OfferHandover,
    PutOnHold,
    RecordAttendance,
    RecordSessionAttendance,
    ReopenCase,
    Resume,
    ReviseSamplan,
    StartActivity,
    StartInsats,
    UnblockActivity,
    WithdrawCall,
    WithdrawHandover,
    WithdrawSipConsent,
)
from services.planning.domain.decision import Catalogue, Decision, PlannedDetails, Withheld
from services.planning.domain.groups import GroupOccupancy
from services.planning.domain.step_commands import AskForDocument, EndDocumentRequest, ReachStep, StepCommand

BesideThePlan: TypeAlias = (
    StepCommand
    | decide_livelihood.LivelihoodCommand
    | decide_after_support.AfterSupportCommand
    | decide_enrolment.EnrolmentCommand
)


def decide(command: Command, case: Case, catalogue: Catalogue) -> Decision:
    """What a command leads to. Raises contracts.problems.Refused."""
    known(case)
    match command:
        case BookMeeting() | HoldMeeting() | CancelMeeting():
            return decide_meetings.decide(command, case, catalogue)
        case MakeSamplan() | ReviseSamplan():
            return decide_activities.decide(command, case, catalogue)
        case (
            StartActivity()
            | CompleteActivity()
            | CancelActivity()
            | BlockActivity()
            | UnblockActivity()
            | ChangeExtent()
            | RecordAttendance()
        ):
            return decide_progress.decide(command, case, catalogue)
        case AssignSupport() | EndSupport():
            return decide_support.decide(command, case, catalogue)
        case OfferHandover() | WithdrawHandover() | AcceptHandover() | DeclineHandover():
            return decide_handover.decide(command, case)
        case StartInsats() | ExitInsats() | ReopenCase() | PutOnHold() | Resume():
            return decide_participation.decide(command, case, catalogue)
        case CallParties() | DecideAgainstCall():
            return decide_calls.decide_call(command, case, catalogue)
        case WithdrawCall() | HoldCalledMeeting() | AgreeFollowUp() | CloseCoordinatedPlan() | WithdrawSipConsent():
            return decide_calls.decide(command, case, catalogue)
        case _:
            return _beside_the_plan(command, case, catalogue)


def _beside_the_plan(command: BesideThePlan, case: Case, catalogue: Catalogue) -> Decision:
    """Of steps and groups, and of what may be registered, or happens, after the exit."""
    match command:
        case Enrol() | EndEnrolment() | RecordSessionAttendance() | JoinReserve() | LeaveReserve():
            return decide_enrolment.decide(command, case, catalogue)
        case ReachStep() | AskForDocument() | EndDocumentRequest():
            return decide_steps.decide(command, case, catalogue)
        case DecideEmployment() | EndEmployment() | DecideBenefit():
            return decide_livelihood.decide(command, case, catalogue)
        case BeginAfterSupport() | EndAfterSupport():
            return decide_after_support.decide(command, case, catalogue)
        case _:
            assert_never(command)


def concluded(
    before: Case, after: Case, heard_on: date, groups: Mapping[UUID, GroupOccupancy] = MappingProxyType({})
) -> tuple[Fact, ...]:
    """What planning itself appends because of an event it heard: that planning ended, if an accepted case was
    returned before the start, which only planning knows, or its acceptance was registered in error. Its seats and its
    places are free.

    ``heard_on``: the day of the event. ``groups``: each group in which the person has a seat, as it is.
    """
    if before.stage is not Stage.ACCEPTED or after.referral is None:
        return ()
    match after.stage:
        case Stage.RETURNED:
            day, reason = after.referral.returned_on or heard_on, "referral_returned"
        case Stage.REFERRED:
            day, reason = heard_on, "acceptance_taken_back"
        case _:
            return ()
    return (
        PlanningEnded(happened_on=day, insats=after.referral.insats),
        *decide_meetings.cancel_booked(after, day, reason),
        *decide_progress.cancel_placed(after, day, reason),
        *decide_enrolment.end_with_case(after, day, reason, groups),
    )


def released(case: Case, withheld: Mapping[UUID, Withheld]) -> tuple[Fact, ...]:
    """What the person's consent releases: the details that events (by id) left out, less those released since."""
    answer = case.consents.latest()
    if answer is None or not case.consents.holds():
        return ()
    return tuple(
        PlanningDetailsReleased(
            happened_on=answer.stated_on,
            event_id=event_id,
            activities=tuple(_kind_released(each, kind, details) for each, kind in details.kinds.items()),
            reason=details.reason,
            national_code=details.national_code,
            **{
                "extent_percent": details.extent_percent,
                "hours_per_week": details.hours_per_week,
                "place_id": details.place_id,
                "cost_bearer": details.cost_bearer,
                "hours_offered": details.hours_offered,
                "hours_attended": details.hours_attended,
                "support": details.support,
                "employer": details.employer,
                "benefit": details.benefit,
                "status": details.status,
                "document": details.document,
                "asked_of": details.asked_of,
                "score": details.score,
                "attended": details.attended,
                "present": details.present,
                **details.answers.given(),
            },
        )
        for event_id, details in withheld.items()
        if event_id not in case.released
    )


def _kind_released(activity_id: UUID, kind: str, details: Withheld) -> ReleasedKind:
    planned = details.planned.get(activity_id, PlannedDetails())
    return ReleasedKind(
        activity_id=activity_id,
        kind=kind,
        responsible_unit=planned.responsible_unit,
        extent_percent=planned.extent_percent,
        hours_per_week=planned.hours_per_week,
    )
