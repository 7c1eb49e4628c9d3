"""What is registered about a follow-up beside that it was held: attempts, that it is not to be held, whose it is,
and that something of this was registered in error."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias, assert_never
from uuid import UUID

from contracts.corrections import RegisteredInError, effective
from contracts.envelope import Fact
from contracts.followup import (
    SOURCE,
    FollowUpAttempted,
    FollowUpCompleted,
    FollowUpDetailsReleased,
    FollowUpFact,
    FollowUpHandoverDeclined,
    FollowUpHandoverOffered,
    FollowUpNotApplicable,
    FollowUpTakenOver,
)
from contracts.problems import Conflict, Forbidden, Invalid, NotFound
from services.followup.domain.checks import check_day, check_word, require_owed
from services.followup.domain.facts import fact_about
from services.followup.domain.ledger import FollowUp, LoggedEvent
from services.followup.domain.reconcile import come_due

TAKEN_BACK: Final = (FollowUpCompleted, FollowUpNotApplicable, FollowUpAttempted)
"""What people register and may take back. Reminders and misses were what they were; whose it is changes by taking
it over anew."""


@dataclass(frozen=True)
class RegisterAttempt:
    """Somebody tried to hold it and it was not held. ``outcome`` and ``channel`` are words of the catalogue."""

    tried_on: date
    outcome: str
    channel: str


@dataclass(frozen=True)
class CloseNotApplicable:
    """It is not to be held. ``reason``: a word of the catalogue's not_applicable_reasons."""

    decided_on: date
    reason: str


@dataclass(frozen=True)
class OfferFollowUp:
    """A colleague is asked to take it over. ``held_by``: whose it was in the list that was read; None where no list
    was."""

    to: str
    held_by: str | None = None


@dataclass(frozen=True)
class TakeFollowUp:
    """Somebody takes it over, asked or not. ``only_if_asked``: as an answer to an offer, which may be gone."""

    by: str
    only_if_asked: bool = False


@dataclass(frozen=True)
class DeclineFollowUp:
    """Who was asked does not take it over. ``reason``: a word of the catalogue's handover_declines."""

    by: str
    reason: str


Registration: TypeAlias = RegisterAttempt | CloseNotApplicable | OfferFollowUp | TakeFollowUp | DeclineFollowUp


def register(command: Registration, follow_up: FollowUp, worker: str | None, today: date) -> tuple[Fact, ...]:
    """The facts that a registration leads to. ``worker``: whose the follow-up is now. Raises Refused."""
    require_owed(follow_up)
    # The scheduler may lag behind the calendar; what is appended must not depend on by how much.
    due = tuple(each.fact for each in come_due(follow_up, today))
    return (*due, _registered(command, follow_up, worker, today))


def _registered(command: Registration, follow_up: FollowUp, worker: str | None, today: date) -> FollowUpFact:
    terms = follow_up.terms
    match command:
        case RegisterAttempt(tried_on, outcome, channel):
            check_day(terms, tried_on, today, "tried_on")
            check_word("attempt_outcomes", outcome, "outcome")
            check_word("contact_channels", channel, "channel")
            return fact_about(FollowUpAttempted, terms, tried_on, outcome=outcome, channel=channel)
        case CloseNotApplicable(decided_on, reason):
            check_day(terms, decided_on, today, "decided_on")
            check_word("not_applicable_reasons", reason, "reason")
            return fact_about(FollowUpNotApplicable, terms, decided_on, reason=reason)
        case OfferFollowUp():
            return _offered(command, follow_up, worker, today)
        case TakeFollowUp():
            return _taken(command, follow_up, worker, today)
        case DeclineFollowUp(by, reason):
            if follow_up.offered_to != by:
                raise Forbidden("offered_to_another", "Du är inte tillfrågad om att ta över den här uppföljningen.")
            check_word("handover_declines", reason, "reason")
            return fact_about(FollowUpHandoverDeclined, terms, today, reason=reason)
        case _:
            assert_never(command)


def _offered(command: OfferFollowUp, follow_up: FollowUp, worker: str | None, today: date) -> FollowUpFact:
    if command.held_by is not None and command.held_by != worker:
        raise Conflict("no_longer_theirs", f"Uppföljningen är någon annans nu: {worker or 'ingen särskilds'}.")
    if command.to in {worker, follow_up.offered_to}:
        raise Invalid("already_theirs", "Uppföljningen är redan den kollegans, eller erbjuden till den.", "to")
    return fact_about(FollowUpHandoverOffered, follow_up.terms, today, to=command.to, of=worker)


def _taken(command: TakeFollowUp, follow_up: FollowUp, worker: str | None, today: date) -> FollowUpFact:
    if command.by == worker:
        raise Conflict("already_yours", "Uppföljningen är redan din.")
    if command.only_if_asked and follow_up.offered_to != command.by:
        raise Forbidden("offered_to_another", "Du är inte längre tillfrågad om att ta över uppföljningen.")
    return fact_about(FollowUpTakenOver, follow_up.terms, today, by=command.by)


def take_back(event_id: UUID, reason: str, log: Sequence[LoggedEvent], today: date) -> tuple[Fact, ...]:
    """Takes back something that was registered about a follow-up, as registered in error. Raises Refused.

    What consent had released of a completion goes with it. Afterwards the follow-up stands as if it had never been
    registered: owed, and missed if its window has closed.
    """
    check_word("correction_reasons", reason, "reason")
    counted = [event for event in effective(log) if event.source == SOURCE]
    event = next((each for each in counted if each.id == event_id), None)
    if event is None or not isinstance(event.data, TAKEN_BACK):
        raise NotFound("event_unknown", "Det finns ingen sådan registrering att ångra. Den kan redan vara ångrad.")
    with_it = [each for each in counted if isinstance(event.data, FollowUpCompleted) and _released_by(each, event)]
    return tuple(RegisteredInError(happened_on=today, event_id=each.id, reason=reason) for each in (event, *with_it))


def _released_by(event: LoggedEvent, completed: LoggedEvent) -> bool:
    fact = event.data
    return (
        isinstance(fact, FollowUpDetailsReleased)
        and fact.follow_up_id == completed.data.follow_up_id
        and event.sequence > completed.sequence
    )
