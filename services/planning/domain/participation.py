"""Participations: accepted, started, left. A reopened case has several, and none is overwritten."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from contracts.codes import NationalExitCode
from contracts.envelope import Fact
from contracts.planning import (
    CaseHandedBack,
    CasePutOnHold,
    CaseReopened,
    CaseResumed,
    InsatsStarted,
    ParticipantExited,
)
from contracts.referral import HandBackAcknowledged
from services.planning.domain.exits import NO_ANSWERS, ExitAnswers, answers_of
from services.planning.domain.impossible import ImpossibleFactError


@dataclass(frozen=True)
class Exit:
    """How a participation ended; ``event_id`` names the exit in the log. ``reason``, ``national_code`` and the
    answers are None where they were left out for want of consent."""

    event_id: UUID
    exited_on: date
    reason: str | None
    national_code: NationalExitCode | None
    answers: ExitAnswers = NO_ANSWERS


@dataclass(frozen=True)
class HandBack:
    """The case was handed back after the participation with this number. ``acknowledged_on``: None until the referrer
    has said that they go on with it."""

    hand_back_id: UUID
    episode: int
    handed_back_on: date
    to: str
    acknowledged_on: date | None = None


@dataclass(frozen=True)
class Participation:
    """One stay in the insats, from its start to its exit. ``episode``: 1 for the first, 2 after a reopening …"""

    episode: int
    started_on: date
    exit: Exit | None = None


@dataclass(frozen=True)
class Hold:
    """A time during which the case waits for something outside the insats; ``until`` is None while it lasts.

    ``event_id`` names its beginning in the log. ``reason`` is None where it was left out for want of consent."""

    since: date
    reason: str | None
    event_id: UUID
    until: date | None = None


@dataclass(frozen=True)
class Participations:
    """The case's stays, holds and hand-backs, in order. ``told_back``: also one whose exit alone was taken back."""

    stays: tuple[Participation, ...] = ()
    holds: tuple[Hold, ...] = ()
    told_back: tuple[HandBack, ...] = ()

    @property
    def hand_backs(self) -> tuple[HandBack, ...]:
        """Those of the exits that count."""
        left = {each.episode for each in self.stays if each.exit is not None}
        return tuple(each for each in self.told_back if each.episode in left)

    @property
    def latest(self) -> Participation | None:
        """The stay that goes on, or the last one that ended; None before the first start."""
        return self.stays[-1] if self.stays else None

    @property
    def ongoing(self) -> Participation | None:
        """The stay that goes on."""
        return self.latest if self.latest is not None and self.latest.exit is None else None

    @property
    def hold(self) -> Hold | None:
        """The hold that lasts."""
        return self.holds[-1] if self.holds and self.holds[-1].until is None else None


def evolve(before: Participations, fact: Fact, event_id: UUID) -> Participations:
    """The stays, holds and hand-backs after a fact; unchanged by facts about other things."""
    match fact:
        case InsatsStarted():
            return _started(before, fact)
        case ParticipantExited():
            return _exited(before, fact, event_id)
        case CaseHandedBack():
            # Not held against the exit: a correction asks first what the case is without the exit alone.
            back = HandBack(fact.hand_back_id, fact.episode, fact.happened_on, fact.to)
            return replace(before, told_back=(*before.told_back, back))
        case CaseReopened():
            return _reopened(before, fact)
        case CasePutOnHold():
            return _put_on_hold(before, fact, event_id)
        case CaseResumed():
            return _resumed(before, fact)
        case _:
            return before


def acknowledged(before: Participations, fact: HandBackAcknowledged) -> Participations:
    """The hand-backs after the referrer has acknowledged one. One that was taken back since is not there."""
    return replace(
        before,
        told_back=tuple(
            replace(each, acknowledged_on=fact.happened_on) if each.hand_back_id == fact.hand_back_id else each
            for each in before.told_back
        ),
    )


def _started(before: Participations, fact: InsatsStarted) -> Participations:
    """The first stay begins. Raises ImpossibleFactError if there has been one."""
    if before.stays:
        raise ImpossibleFactError("InsatsStarted in a case that was started")
    return replace(before, stays=(Participation(1, fact.happened_on),))


def _exited(before: Participations, fact: ParticipantExited, event_id: UUID) -> Participations:
    """The stay that goes on ends. Raises ImpossibleFactError if none does, or it is another one."""
    ongoing = before.ongoing
    if ongoing is None or ongoing.episode != fact.episode:
        raise ImpossibleFactError("ParticipantExited of a participation that is not going on")
    return replace(
        before,
        stays=(
            *before.stays[:-1],
            replace(
                ongoing,
                exit=Exit(event_id, fact.happened_on, fact.reason, fact.national_code, answers_of(fact)),
            ),
        ),
    )


def _reopened(before: Participations, fact: CaseReopened) -> Participations:
    """A new stay begins after one that ended. Raises ImpossibleFactError otherwise."""
    if before.latest is None or before.ongoing is not None or fact.episode != before.latest.episode + 1:
        raise ImpossibleFactError("CaseReopened of a case that has not been left")
    return replace(before, stays=(*before.stays, Participation(fact.episode, fact.happened_on)))


def _put_on_hold(before: Participations, fact: CasePutOnHold, event_id: UUID) -> Participations:
    """A hold begins. Raises ImpossibleFactError during another."""
    if before.hold is not None:
        raise ImpossibleFactError("CasePutOnHold during a hold")
    return replace(before, holds=(*before.holds, Hold(fact.happened_on, fact.reason, event_id)))


def _resumed(before: Participations, fact: CaseResumed) -> Participations:
    """The hold ends. Raises ImpossibleFactError if there is none."""
    if before.hold is None:
        raise ImpossibleFactError("CaseResumed without a hold")
    return replace(before, holds=(*before.holds[:-1], replace(before.hold, until=fact.happened_on)))
