"""Feedback to the referring agency: each step of its referral, and each step that turns out never to have happened.

What feedback there must be follows from the case's log alone; what there is, is the log of the referral's feedback.
The difference is appended. So nothing is in it twice and nothing is left out, in whatever order events arrive and
whichever of them are taken back later.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid5

from contracts.agency import BookedMeeting, ReferralProgressed, ReferralProgressTakenBack
from contracts.codes import ReferralStep
from contracts.corrections import effective
from contracts.envelope import Event, Fact
from contracts.planning import (
    CaseHandedBack,
    CaseReopened,
    InsatsStarted,
    MeetingBooked,
    MeetingCancelled,
    MeetingHeld,
    ParticipantExited,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.referral import (
    CompletionReceived,
    CompletionRequested,
    HandBackAcknowledged,
    ReferralAccepted,
    ReferralReturned,
)

Log: TypeAlias = Iterable[Event[Any]]


@dataclass(frozen=True)
class Referral:
    """Whose referral it is: what all its feedback says."""

    case_id: UUID
    agency: str
    reference: str
    insats: str


@dataclass(frozen=True)
class NewFeedback:
    """A fact for the agency, and the event that it is about."""

    fact: ReferralProgressed | ReferralProgressTakenBack
    cause: UUID | None


def stream_of(case_id: UUID) -> UUID:
    """The stream of a case's feedback: one of its own, since the agency reads no other."""
    return uuid5(case_id, "feedback")


def missing(referral: Referral, log: Log, appended: Log, today: date) -> list[NewFeedback]:
    """The feedback that is to be appended. ``log``: the case's; ``appended``: its feedback so far; in any order."""
    steps = {
        event.id: step for event in _by_recording(effective(log)) if (step := _step(referral, event)) is not None
    }
    standing = _standing(appended)
    taken_back = [
        NewFeedback(
            ReferralProgressTakenBack(
                happened_on=today,
                agency=referral.agency,
                reference=referral.reference,
                case_id=referral.case_id,
                progress_id=progress_id,
            ),
            cause=None,
        )
        for cause, progress_id in standing.items()
        if cause not in steps
    ]
    return [*taken_back, *(NewFeedback(step, cause) for cause, step in steps.items() if cause not in standing)]


def _standing(appended: Log) -> dict[UUID, UUID]:
    """The steps in the feedback that were not taken back: by the event that each is about, the id of its feedback."""
    standing: dict[UUID, UUID] = {}
    for event in sorted(appended, key=lambda each: each.sequence):
        match event.data:
            case ReferralProgressed() if event.causationid is not None:
                standing[event.causationid] = event.id
            case ReferralProgressTakenBack(progress_id=progress_id):
                standing = {cause: each for cause, each in standing.items() if each != progress_id}
    return standing


def course(appended: Log) -> list[ReferralProgressed]:
    """The steps in the feedback that still hold, by day; of those of one day, in the order they were appended."""
    log = list(appended)
    standing = frozenset(_standing(log).values())
    steps = [event for event in sorted(log, key=lambda each: each.sequence) if event.id in standing]
    return sorted((event.data for event in steps), key=lambda step: step.happened_on)


def _by_recording(log: Log) -> Iterator[Event[Any]]:
    yield from sorted(log, key=lambda event: (event.recordedtime, event.source, event.sequence))


def _step(referral: Referral, event: Event[Any]) -> ReferralProgressed | None:
    """What an event of the case means to the referrer; None for what is not theirs to follow."""
    fact: Fact = event.data
    step = _STEPS.get(type(fact))
    if step is None:
        return None
    return ReferralProgressed(
        happened_on=fact.happened_on,
        agency=referral.agency,
        reference=referral.reference,
        case_id=referral.case_id,
        insats=referral.insats,
        step=step,
        meeting=_meeting(fact),
        **_of_return(fact),
        **({"missing": fact.what, "asked_of": fact.asked_of} if isinstance(fact, CompletionRequested) else {}),
    )


def _of_return(fact: Fact) -> dict[str, Any]:
    if not isinstance(fact, ReferralReturned):
        return {}
    return {
        "reason": fact.reason,
        "returned_by": fact.returned_by,
        "return_stage": fact.stage,
        "to_ordinary": fact.to_ordinary,
    }


def _meeting(fact: Fact) -> BookedMeeting | None:
    if not isinstance(fact, TeamMeetingBooked | MeetingBooked):
        return None
    return BookedMeeting(meets_on=fact.meets_on, starts_at=fact.starts_at, mode=fact.mode)


_STEPS: Final[dict[type[Fact], ReferralStep]] = {
    CompletionRequested: ReferralStep.INCOMPLETE,
    CompletionReceived: ReferralStep.COMPLETED,
    ReferralAccepted: ReferralStep.ACCEPTED,
    ReferralReturned: ReferralStep.RETURNED,
    TeamMeetingBooked: ReferralStep.MEETING_BOOKED,
    MeetingBooked: ReferralStep.MEETING_BOOKED,
    MeetingCancelled: ReferralStep.MEETING_CANCELLED,
    TeamMeetingHeld: ReferralStep.MEETING_HELD,
    MeetingHeld: ReferralStep.MEETING_HELD,
    InsatsStarted: ReferralStep.STARTED,
    ParticipantExited: ReferralStep.ENDED,
    CaseHandedBack: ReferralStep.HANDED_BACK,
    HandBackAcknowledged: ReferralStep.HAND_BACK_ACKNOWLEDGED,
    CaseReopened: ReferralStep.REOPENED,
}

OF_PLANNING: Final[tuple[type[Fact], ...]] = tuple(fact for fact in _STEPS if fact.__module__ == "contracts.planning")
"""The facts of planning that are steps."""
