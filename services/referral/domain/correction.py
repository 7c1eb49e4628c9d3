"""Taking back that a referral ended before the start: it then stands as it did before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from contracts.corrections import RegisteredInError, effective
from contracts.envelope import Event
from contracts.problems import Conflict, NotFound
from contracts.referral import SOURCE, ReferralReturned
from services.referral.domain.case import CaseState, fold
from services.referral.domain.permissions import Act, require


@dataclass(frozen=True)
class OpenElsewhere:
    """What else is open of the person to the insats: by the same agency, and taken on, by any agency."""

    referred_again: bool = False
    taken_on: bool = False


@dataclass(frozen=True)
class TakeBack:
    """A return that was registered never happened. ``reason``: a code for why it was registered."""

    event_id: UUID
    reason: str
    today: date
    elsewhere: OpenElsewhere = OpenElsewhere()


def return_that_counts(log: Iterable[Event[Any]]) -> Event[Any] | None:
    """The latest return of a case that no correction took back; None if there is none."""
    returns = [
        event for event in effective(log) if event.source == SOURCE and isinstance(event.data, ReferralReturned)
    ]
    return max(returns, key=lambda event: event.sequence, default=None)


def take_back(command: TakeBack, log: Iterable[Event[Any]]) -> RegisteredInError:
    """The correction. Raises Conflict, and NotFound for an event that is no return that counts."""
    known = list(log)
    require(Act.TAKE_BACK, fold(known).state)
    returned = return_that_counts(known)
    if returned is None or returned.id != command.event_id:
        raise NotFound("event_unknown", "Ärendet har ingen sådan återremiss som kan tas tillbaka.")
    after = fold(event for event in known if event.id != returned.id)
    if after.state is CaseState.ACCEPTED and command.elsewhere.taken_on:
        raise Conflict("already_taken_on", "Personen är redan antagen till insatsen genom en annan anmälan.")
    if command.elsewhere.referred_again:
        raise Conflict(
            "referred_again",
            "Myndigheten har anmält personen till insatsen igen. Återremittera den nya anmälan först.",
        )
    return RegisteredInError(happened_on=command.today, event_id=returned.id, reason=command.reason)
