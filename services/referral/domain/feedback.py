"""What the referring agency is told of its referral: each step, and each step that turns out never to have happened.

What must have been told follows from the case's log alone, and what was told is the log of the referral's feedback;
the difference is what is to be told now. So nothing is told twice and nothing is left out, in whatever order events
arrive and whichever of them are taken back later.
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
    CaseReopened,
    InsatsStarted,
    MeetingBooked,
    MeetingCancelled,
    MeetingHeld,
    ParticipantExited,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.referral import ReferralAccepted, ReferralReturned

Log: TypeAlias = Iterable[Event[Any]]


@dataclass(frozen=True)
class Referral:
    """Whose referral it is: what all its feedback says."""

    case_id: UUID
    agency: str
    reference: str
    insats: str


@dataclass(frozen=True)
class Told:
    """A fact for the agency, and the event that it is about."""

    fact: ReferralProgressed | ReferralProgressTakenBack
    cause: UUID | None


def stream_of(case_id: UUID) -> UUID:
    """The stream of a case's feedback: one of its own, since the agency reads no other."""
    return uuid5(case_id, "feedback")


def untold(referral: Referral, log: Log, told: Log, today: date) -> list[Told]:
    """What is to be told now. ``log``: the case's; ``told``: that of its feedback, in any order."""
    steps = {
        event.id: step for event in _by_recording(effective(log)) if (step := _step(referral, event)) is not None
    }
    standing = _standing(told)
    taken_back = [
        Told(
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
    return [*taken_back, *(Told(step, cause) for cause, step in steps.items() if cause not in standing)]


def _standing(told: Log) -> dict[UUID, UUID]:
    """The steps that were told and not taken back: by the event that each is about, the id of what was said."""
    standing: dict[UUID, UUID] = {}
    for event in sorted(told, key=lambda each: each.sequence):
        match event.data:
            case ReferralProgressed() if event.causationid is not None:
                standing[event.causationid] = event.id
            case ReferralProgressTakenBack(progress_id=progress_id):
                standing = {cause: each for cause, each in standing.items() if each != progress_id}
    return standing


def course(told: Log) -> list[ReferralProgressed]:
    """What was told and still holds, by the day of each step; of those of one day, in the order they were told."""
    log = list(told)
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
        reason=fact.reason if isinstance(fact, ReferralReturned) else None,
        meeting=_meeting(fact),
    )


def _meeting(fact: Fact) -> BookedMeeting | None:
    if not isinstance(fact, TeamMeetingBooked | MeetingBooked):
        return None
    return BookedMeeting(meets_on=fact.meets_on, starts_at=fact.starts_at, mode=fact.mode)


_STEPS: Final[dict[type[Fact], ReferralStep]] = {
    ReferralAccepted: ReferralStep.ACCEPTED,
    ReferralReturned: ReferralStep.RETURNED,
    TeamMeetingBooked: ReferralStep.MEETING_BOOKED,
    MeetingBooked: ReferralStep.MEETING_BOOKED,
    MeetingCancelled: ReferralStep.MEETING_CANCELLED,
    TeamMeetingHeld: ReferralStep.MEETING_HELD,
    MeetingHeld: ReferralStep.MEETING_HELD,
    InsatsStarted: ReferralStep.STARTED,
    ParticipantExited: ReferralStep.ENDED,
    CaseReopened: ReferralStep.REOPENED,
}

OF_PLANNING: Final[tuple[type[Fact], ...]] = tuple(fact for fact in _STEPS if fact.__module__ == "contracts.planning")
"""The facts of planning that are steps."""
