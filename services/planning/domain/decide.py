"""What may be done with a case, and the facts it leads to.

Rules of an insats come from the catalogue's version valid on the day that matters: the start's, the plan's, the
meeting's, the exit's. Its number goes into the fact. A command repeated is refused with a code that says so
(``already_booked``, ``already_held``, ``already_started``, ``samplan_exists``, ``already_exited`` …).
"""

from collections.abc import Mapping
from typing import assert_never
from uuid import UUID

from contracts.envelope import Fact
from contracts.planning import PlanningDetailsReleased, PlanningEnded, ReleasedKind
from services.planning.domain import (
    decide_activities,
    decide_calls,
    decide_meetings,
    decide_participation,
    decide_support,
)
from services.planning.domain.case import Case, Stage
from services.planning.domain.checks import known
from services.planning.domain.command import (
    AgreeFollowUp,
    AssignSupport,
    BookMeeting,
    CallParties,
    CancelMeeting,
    CloseCoordinatedPlan,
    Command,
    CompleteActivity,
    DecideAgainstCall,
    EndSupport,
    ExitInsats,
    HoldCalledMeeting,
    HoldMeeting,
    MakeSamplan,
    PutOnHold,
    ReopenCase,
    Resume,
    ReviseSamplan,
    StartActivity,
    StartInsats,
    WithdrawCall,
    WithdrawSipConsent,
)
from services.planning.domain.decision import Catalogue, Decision, Withheld


def decide(command: Command, case: Case, catalogue: Catalogue) -> Decision:
    """What a command leads to. Raises contracts.problems.Refused."""
    known(case)
    match command:
        case BookMeeting() | HoldMeeting() | CancelMeeting():
            return Decision(decide_meetings.decide(command, case, catalogue))
        case MakeSamplan() | ReviseSamplan() | StartActivity() | CompleteActivity():
            return decide_activities.decide(command, case, catalogue)
        case AssignSupport() | EndSupport():
            return Decision(decide_support.decide(command, case, catalogue))
        case StartInsats() | ExitInsats() | ReopenCase() | PutOnHold() | Resume():
            return decide_participation.decide(command, case, catalogue)
        case CallParties() | DecideAgainstCall():
            return decide_calls.decide_call(command, case, catalogue)
        case WithdrawCall() | HoldCalledMeeting() | AgreeFollowUp() | CloseCoordinatedPlan() | WithdrawSipConsent():
            return decide_calls.decide(command, case, catalogue)
        case _:
            assert_never(command)


def concluded(before: Case, after: Case) -> tuple[Fact, ...]:
    """What planning itself appends because of an event it heard: that planning ended, if an accepted case was
    returned before the start, which only planning knows. Seats that were booked are free."""
    if before.stage is Stage.ACCEPTED and after.stage is Stage.RETURNED and after.referral is not None:
        day = after.referral.returned_on
        if day is not None:
            ended = PlanningEnded(happened_on=day, insats=after.referral.insats)
            return (ended, *decide_meetings.cancel_booked(after, day, "referral_returned"))
    return ()


def released(case: Case, withheld: Mapping[UUID, Withheld]) -> tuple[Fact, ...]:
    """What the person's consent releases: the details that events (by id) left out, less those released since."""
    answer = case.consents.latest()
    if answer is None or not case.consents.holds():
        return ()
    return tuple(
        PlanningDetailsReleased(
            happened_on=answer.stated_on,
            event_id=event_id,
            activities=tuple(ReleasedKind(activity_id=each, kind=kind) for each, kind in details.kinds.items()),
            reason=details.reason,
            national_code=details.national_code,
        )
        for event_id, details in withheld.items()
        if event_id not in case.released
    )
