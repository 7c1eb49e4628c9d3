"""What has been appended of each obligation so far: the fold of this service's own events.

    Scheduled ──► Opened ──► Missed
        │            │          │
        └────────────┴──────────┴──► Completed, or Superseded (and Scheduled again if that was undone)

A miss is a fact of its own: what comes after it adds to it and never takes it back.
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
    DeadlineMet,
    DeadlinePassed,
    DeadlineSet,
    FollowUpCompleted,
    FollowUpDetailsReleased,
    FollowUpFact,
    FollowUpMissed,
    FollowUpOpened,
    FollowUpReinstated,
    FollowUpScheduled,
    FollowUpSuperseded,
)

LoggedEvent: TypeAlias = Event[Any]


@dataclass(frozen=True)
class FollowUp:
    """One follow-up. ``terms``: what it was scheduled with, which it keeps. ``opened``: FollowUpOpened was appended.

    ``missed_on`` keeps a miss whatever came later; ``ended_on`` is the day it was held or superseded.
    """

    terms: FollowUpScheduled
    state: Literal["owed", "completed", "superseded"] = "owed"
    opened: bool = False
    missed_on: date | None = None
    ended_on: date | None = None
    timeliness: Timeliness | None = None
    completed_by: UUID | None = None
    details_released: bool = False


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
    """The ledger folded from a case's log; events of other services are passed over."""
    ledger = Ledger()
    for event in effective(log):
        if event.source == followup.SOURCE:
            ledger = evolve(ledger, event.data, event.id)
    return ledger


def evolve(ledger: Ledger, fact: Fact, event_id: UUID) -> Ledger:
    """The ledger after one more fact of ours. Raises ImpossibleFactError for one about nothing scheduled."""
    match fact:
        case FollowUpScheduled():
            return _with(ledger, FollowUp(fact))
        case FollowUpFact():
            before = ledger.follow_ups.get(fact.follow_up_id)
            if before is None:
                raise ImpossibleFactError(f"{fact.wire_name()} of a follow-up that was never scheduled")
            return _with(ledger, _changed(before, fact, event_id))
        case DeadlineSet():
            return replace(ledger, deadlines={**ledger.deadlines, fact.deadline_id: Deadline(fact)})
        case DeadlineMet() | DeadlinePassed():
            running = ledger.deadlines.get(fact.deadline_id)
            if running is None:
                raise ImpossibleFactError(f"{fact.wire_name()} of a time limit that was never set")
            if running.state == "passed":
                return ledger
            state: Literal["met", "passed"] = "met" if isinstance(fact, DeadlineMet) else "passed"
            return replace(ledger, deadlines={**ledger.deadlines, fact.deadline_id: replace(running, state=state)})
        case _:
            return ledger


def _with(ledger: Ledger, follow_up: FollowUp) -> Ledger:
    return replace(ledger, follow_ups={**ledger.follow_ups, follow_up.terms.follow_up_id: follow_up})


def _changed(before: FollowUp, fact: FollowUpFact, event_id: UUID) -> FollowUp:
    match fact:
        case FollowUpOpened():
            return replace(before, opened=True)
        case FollowUpMissed():
            return replace(before, missed_on=fact.happened_on)
        case FollowUpCompleted():
            return replace(
                before,
                state="completed",
                ended_on=fact.happened_on,
                timeliness=fact.timeliness,
                completed_by=event_id,
                details_released=fact.result is not None,
            )
        case FollowUpSuperseded():
            return replace(before, state="superseded", ended_on=fact.happened_on)
        case FollowUpReinstated():
            return replace(before, state="owed", ended_on=None)
        case FollowUpDetailsReleased():
            return replace(before, details_released=True)
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
    SUPERSEDED = "superseded"


def due_status(follow_up: FollowUp, today: date) -> DueStatus:
    """The one definition of upcoming, due and overdue: for lists, badges, metrics and answers alike."""
    match follow_up.state:
        case "completed":
            return DueStatus.COMPLETED
        case "superseded":
            return DueStatus.SUPERSEDED
        case "owed":
            if today > follow_up.terms.due_on:
                return DueStatus.OVERDUE
            return DueStatus.UPCOMING if today < follow_up.terms.opens_on else DueStatus.DUE
        case _:
            assert_never(follow_up.state)
