"""Taking back that a referral was taken on, ended before the start or lacks something: it then stands as before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from contracts.corrections import RegisteredInError, effective
from contracts.envelope import Event, Fact
from contracts.planning import MeetingBooked, MeetingCancelled, MeetingHeld, TeamMeetingBooked, TeamMeetingHeld
from contracts.problems import Conflict, NotFound
from contracts.referral import SOURCE, CompletionRequested, ReferralAccepted, ReferralReturned
from services.referral.domain.case import CaseState, fold
from services.referral.domain.permissions import Act, require

MeetingFact: TypeAlias = TeamMeetingBooked | MeetingBooked | TeamMeetingHeld | MeetingHeld | MeetingCancelled


@dataclass(frozen=True)
class OpenElsewhere:
    """What else is open of the person to the insats: by the same agency, and taken on, by any agency."""

    referred_again: bool = False
    taken_on: bool = False


@dataclass(frozen=True)
class TakeBack:
    """An acceptance, a return or a question for completion never happened. ``reason``: a code for why it was
    registered."""

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


def acceptance_that_counts(log: Iterable[Event[Any]]) -> Event[Any] | None:
    """The latest acceptance of a case that no correction took back; None if there is none."""
    return _latest(log, ReferralAccepted)


def _latest(log: Iterable[Event[Any]], kind: type[Fact]) -> Event[Any] | None:
    found = [event for event in effective(log) if event.source == SOURCE and isinstance(event.data, kind)]
    return max(found, key=lambda event: event.sequence, default=None)


def take_back(command: TakeBack, log: Iterable[Event[Any]]) -> RegisteredInError:
    """The correction. Raises Conflict, and NotFound for an event that is not the last step that counts."""
    known = list(log)
    state = fold(known).state
    require(Act.TAKE_BACK, state)
    # In these states nothing of ours came after it, so nothing of ours depends on it.
    latest = step_that_counts(state, known)
    if latest is None or latest.id != command.event_id:
        raise NotFound("event_unknown", "Ärendet har ingen sådan händelse som kan tas tillbaka.")
    if state is CaseState.ACCEPTED:
        _require_no_meeting(known)
    if state is not CaseState.INCOMPLETE:
        _require_not_open_elsewhere(fold(event for event in known if event.id != latest.id).state, command.elsewhere)
    return RegisteredInError(happened_on=command.today, event_id=latest.id, reason=command.reason)


def step_that_counts(state: CaseState, log: Iterable[Event[Any]]) -> Event[Any] | None:
    """The step that brought a case to its state, where that can be taken back; None in other states."""
    match state:
        case CaseState.RETURNED:
            return return_that_counts(log)
        case CaseState.INCOMPLETE:
            return question_that_counts(log)
        case CaseState.ACCEPTED:
            return acceptance_that_counts(log)
        case _:
            return None


def _require_no_meeting(log: Iterable[Event[Any]]) -> None:
    """What planning has made of the acceptance comes first. A meeting that is booked while the correction is on its
    way to planning is cancelled there."""
    of_meetings = [event.data for event in effective(log) if isinstance(event.data, MeetingFact)]
    cancelled = {fact.meeting_id for fact in of_meetings if isinstance(fact, MeetingCancelled)}
    if any(fact.meeting_id not in cancelled for fact in of_meetings):
        raise Conflict(
            "planning_begun",
            "Ett möte är bokat eller hållet. Avboka det först, eller återremittera anmälan i stället för att ångra.",
        )


def _require_not_open_elsewhere(after: CaseState, elsewhere: OpenElsewhere) -> None:
    if after is CaseState.ACCEPTED and elsewhere.taken_on:
        raise Conflict("already_taken_on", "Personen är redan antagen till insatsen genom en annan anmälan.")
    if elsewhere.referred_again:
        raise Conflict(
            "referred_again",
            "Myndigheten har anmält personen till insatsen igen. Återremittera den nya anmälan först.",
        )
