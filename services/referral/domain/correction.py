"""Taking back that a referral ended before the start, or that it lacks something: it then stands as before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from contracts.corrections import RegisteredInError, effective
from contracts.envelope import Event, Fact
from contracts.problems import Conflict, NotFound
from contracts.referral import SOURCE, CompletionRequested, ReferralReturned
from services.referral.domain.case import CaseState, fold
from services.referral.domain.permissions import Act, require


@dataclass(frozen=True)
class OpenElsewhere:
    """What else is open of the person to the insats: by the same agency, and taken on, by any agency."""

    referred_again: bool = False
    taken_on: bool = False


@dataclass(frozen=True)
class TakeBack:
    """A return, or a question for completion, never happened. ``reason``: a code for why it was registered."""

    event_id: UUID
    reason: str
    today: date
    elsewhere: OpenElsewhere = OpenElsewhere()


def return_that_counts(log: Iterable[Event[Any]]) -> Event[Any] | None:
    """The latest return of a case that no correction took back; None if there is none."""
    return _latest(log, ReferralReturned)


def question_that_counts(log: Iterable[Event[Any]]) -> Event[Any] | None:
    """The latest question for completion of a case that no correction took back; None if there is none."""
    return _latest(log, CompletionRequested)


def _latest(log: Iterable[Event[Any]], kind: type[Fact]) -> Event[Any] | None:
    found = [event for event in effective(log) if event.source == SOURCE and isinstance(event.data, kind)]
    return max(found, key=lambda event: event.sequence, default=None)


def take_back(command: TakeBack, log: Iterable[Event[Any]]) -> RegisteredInError:
    """The correction. Raises Conflict, and NotFound for an event that is no return or question that counts."""
    known = list(log)
    state = fold(known).state
    require(Act.TAKE_BACK, state)
    # In these two states nothing of ours came after it, so nothing depends on it.
    latest = return_that_counts(known) if state is CaseState.RETURNED else question_that_counts(known)
    if latest is None or latest.id != command.event_id:
        raise NotFound("event_unknown", "Ärendet har ingen sådan händelse som kan tas tillbaka.")
    if state is CaseState.RETURNED:
        _require_not_open_elsewhere(fold(event for event in known if event.id != latest.id).state, command.elsewhere)
    return RegisteredInError(happened_on=command.today, event_id=latest.id, reason=command.reason)


def _require_not_open_elsewhere(after: CaseState, elsewhere: OpenElsewhere) -> None:
    if after is CaseState.ACCEPTED and elsewhere.taken_on:
        raise Conflict("already_taken_on", "Personen är redan antagen till insatsen genom en annan anmälan.")
    if elsewhere.referred_again:
        raise Conflict(
            "referred_again",
            "Myndigheten har anmält personen till insatsen igen. Återremittera den nya anmälan först.",
        )
