"""What has been appended of each obligation so far: the fold of this service's own events.

    Scheduled ──► Opened ──► Missed
        │            │          │
        └────────────┴──────────┴──► Completed, NotApplicable, or Superseded (and Reinstated if that was undone)

A miss is a fact of its own: what comes after it adds to it and never takes it back. Reminders, attempts and whose it
is change no state.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Literal, TypeAlias, assert_never
from uuid import UUID

from contracts import followup
from contracts.codes import Timeliness
from contracts.corrections import effective
from contracts.envelope import Event, Fact
from contracts.followup import (
    DeadlineFact,
    DeadlineMet,
    DeadlineSet,
    FollowUpAttempted,
    FollowUpCompleted,
    FollowUpDetailsReleased,
    FollowUpEscalated,
    FollowUpFact,
    FollowUpHandoverDeclined,
    FollowUpHandoverOffered,
    FollowUpMissed,
    FollowUpNotApplicable,
    FollowUpOpened,
    FollowUpReinstated,
    FollowUpReminded,
    FollowUpScheduled,
    FollowUpSuperseded,
    FollowUpTakenOver,
)

LoggedEvent: TypeAlias = Event[Any]


State: TypeAlias = Literal["owed", "completed", "not_applicable", "superseded"]


@dataclass(frozen=True)
class Taken:
    """Who took a follow-up over, and since when."""

    by: str
    since: date


Answer: TypeAlias = Literal["accepted", "declined", "taken_by_another"]


@dataclass(frozen=True)
class Offer:
    """The last time a colleague was asked to take a follow-up over: ``of`` whom (None where it was nobody's, and in
    events that did not say), and what became of it; ``answer`` is None while it waits."""

    of: str | None
    to: str
    on: date
    answer: Answer | None = None
    answered_on: date | None = None


@dataclass(frozen=True)
class FollowUp:
    """One follow-up. ``terms``: what it was scheduled with, which it keeps. ``opened``: FollowUpOpened was appended.

    ``missed_on`` keeps a miss whatever came later; ``ended_on`` is the day it was held, superseded or found not to be
    held, and ``ended_by`` the event that says so. ``reminded``: the reminders that were sent; ``escalated_to``: with
    whom it was last brought up. ``attempts``: how often somebody tried. ``taken``: who has taken it over, if anybody;
    ``offered_to``: who is asked to; ``offer``: whom it was of and what became of it, also when it is answered.
    """

    terms: FollowUpScheduled
    state: State = "owed"
    opened: bool = False
    missed_on: date | None = None
    ended_on: date | None = None
    ended_by: UUID | None = None
    timeliness: Timeliness | None = None
    details_released: bool = False
    reminded: frozenset[str] = frozenset()
    escalated_to: str | None = None
    attempts: int = 0
    taken: Taken | None = None
    offered_to: str | None = None
    offer: Offer | None = None

    @property
    def completed_by(self) -> UUID | None:
        """The event that says it was held, if it was."""
        return self.ended_by if self.state == "completed" else None


@dataclass(frozen=True)
class Deadline:
    """One time limit. ``state`` stays ``passed`` once it is, whatever comes later."""

    terms: DeadlineSet
    state: Literal["running", "met", "passed"] = "running"


@dataclass(frozen=True)
class Ledger:
    """All obligations of a case, by id."""

    follow_ups: Mapping[UUID, FollowUp] = field(default_factory=dict)
    deadlines: Mapping[UUID, Deadline] = field(default_factory=dict)


class ImpossibleFactError(Exception):
    """A fact of our own about an obligation that was never scheduled. Names types of facts, never values."""


def fold(log: Iterable[LoggedEvent]) -> Ledger:
    """The ledger folded from a case's log; events of other services are passed over.

    Raises ImpossibleFactError for a fact about nothing scheduled.
    """
    ledger = _Growing()
    for event in effective(log):
        if event.source == followup.SOURCE:
            ledger.add(event.data, event.id)
    return ledger.grown()


def evolve(ledger: Ledger, fact: Fact, event_id: UUID) -> Ledger:
    """The ledger after one more fact of ours. Raises ImpossibleFactError for one about nothing scheduled."""
    growing = _Growing(dict(ledger.follow_ups), dict(ledger.deadlines))
    growing.add(fact, event_id)
    return growing.grown()


@dataclass(frozen=True)
class _Growing:
    """A ledger while it is folded: copied for each fact, a long log would cost its square."""

    follow_ups: dict[UUID, FollowUp] = field(default_factory=dict)
    deadlines: dict[UUID, Deadline] = field(default_factory=dict)

    def add(self, fact: Fact, event_id: UUID) -> None:
        match fact:
            case FollowUpFact():
                before = self.follow_ups.get(fact.follow_up_id)
                self.follow_ups[fact.follow_up_id] = _follow_up(before, fact, event_id)
            case DeadlineFact():
                self.deadlines[fact.deadline_id] = _deadline(self.deadlines.get(fact.deadline_id), fact)
            case _:
                return

    def grown(self) -> Ledger:
        return Ledger(self.follow_ups, self.deadlines)


def _follow_up(before: FollowUp | None, fact: FollowUpFact, event_id: UUID) -> FollowUp:
    if isinstance(fact, FollowUpScheduled):
        return FollowUp(fact)
    if before is None:
        raise ImpossibleFactError(f"{fact.wire_name()} of a follow-up that was never scheduled")
    return _changed(before, fact, event_id)


def _deadline(before: Deadline | None, fact: DeadlineFact) -> Deadline:
    if isinstance(fact, DeadlineSet):
        return Deadline(fact)
    if before is None:
        raise ImpossibleFactError(f"{fact.wire_name()} of a time limit that was never set")
    if before.state == "passed":
        return before
    return replace(before, state="met" if isinstance(fact, DeadlineMet) else "passed")


def _changed(before: FollowUp, fact: FollowUpFact, event_id: UUID) -> FollowUp:
    match fact:
        case FollowUpOpened():
            return replace(before, opened=True)
        case FollowUpMissed():
            return replace(before, missed_on=fact.happened_on)
        case FollowUpReminded():
            return replace(before, reminded=before.reminded | {fact.step})
        case FollowUpEscalated():
            return replace(before, reminded=before.reminded | {fact.step}, escalated_to=fact.to)
        case FollowUpAttempted():
            return replace(before, attempts=before.attempts + 1)
        case FollowUpHandoverOffered():
            return replace(before, offered_to=fact.to, offer=Offer(fact.of, fact.to, fact.happened_on))
        case FollowUpHandoverDeclined():
            return replace(before, offered_to=None, offer=_answered(before, "declined", fact.happened_on))
        case FollowUpTakenOver():
            answer: Answer = "accepted" if before.offered_to == fact.by else "taken_by_another"
            offer = _answered(before, answer, fact.happened_on)
            return replace(before, taken=Taken(fact.by, fact.happened_on), offered_to=None, offer=offer)
        case FollowUpDetailsReleased():
            return replace(before, details_released=True)
        case _:
            return _ended(before, fact, event_id)


def _answered(before: FollowUp, answer: Answer, day: date) -> Offer | None:
    """The offer with its answer; one that had an answer already keeps it."""
    if before.offer is None or before.offer.answer is not None:
        return before.offer
    return replace(before.offer, answer=answer, answered_on=day)


def _ended(before: FollowUp, fact: FollowUpFact, event_id: UUID) -> FollowUp:
    match fact:
        case FollowUpCompleted():
            held = replace(before, timeliness=fact.timeliness, details_released=fact.result is not None)
            return replace(held, state="completed", ended_on=fact.happened_on, ended_by=event_id)
        case FollowUpNotApplicable():
            return replace(before, state="not_applicable", ended_on=fact.happened_on, ended_by=event_id)
        case FollowUpSuperseded():
            return replace(before, state="superseded", ended_on=fact.happened_on, ended_by=event_id)
        case FollowUpReinstated():
            return replace(before, state="owed", ended_on=None, ended_by=None)
        case _:
            raise ImpossibleFactError(f"{fact.wire_name()} is not known to the ledger")


def missed_from(terms: FollowUpScheduled) -> date:
    """The first day on which it counts as missed: the day after its window."""
    return terms.closes_on + timedelta(days=1)


class DueStatus(StrEnum):
    """How a follow-up stands on a given day."""

    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    COMPLETED = "completed"
    NOT_APPLICABLE = "not_applicable"
    SUPERSEDED = "superseded"


def due_status(follow_up: FollowUp, today: date) -> DueStatus:
    """The one definition of upcoming, due and overdue: for lists, badges, metrics and answers alike."""
    match follow_up.state:
        case "completed":
            return DueStatus.COMPLETED
        case "not_applicable":
            return DueStatus.NOT_APPLICABLE
        case "superseded":
            return DueStatus.SUPERSEDED
        case "owed":
            if today > follow_up.terms.due_on:
                return DueStatus.OVERDUE
            return DueStatus.UPCOMING if today < follow_up.terms.opens_on else DueStatus.DUE
        case _:
            assert_never(follow_up.state)
