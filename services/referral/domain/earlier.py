"""What a person's other cases say to the one that takes them in (genomlysning; MIA 2016, L58).

It is read while the person consents to ``earlier_history`` in the case that reads, and only then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from contracts.consent import Consents
from contracts.corrections import effective
from contracts.envelope import Event
from contracts.planning import CaseReopened, InsatsStarted, ParticipantExited
from services.referral.domain.case import Case, CaseState, fold

EARLIER_HISTORY: Final = "earlier_history"
"""The purpose of the consent that lets the person's other cases be read."""


@dataclass(frozen=True)
class Stay:
    """A time in an insats. ``until``: None while it lasts. ``reason``: of the exit, where it may be known."""

    since: date
    until: date | None = None
    reason: str | None = None


@dataclass(frozen=True)
class EarlierInsats:
    """One of the person's other cases: to which insats, when, how far it came."""

    case_id: UUID
    insats: str
    referred_on: date
    agency: str
    state: CaseState
    state_since: date
    stays: tuple[Stay, ...]


def may_be_read(consents: Consents, today: date) -> bool:
    """Whether the person lets the case read what was done earlier."""
    return consents.holds(EARLIER_HISTORY, today)


def earlier(case_id: UUID, log: Iterable[Event[Any]]) -> EarlierInsats:
    """What a case's log says of it. Raises LookupError of a log without a referral."""
    events = effective(log)
    case = fold(events)
    return EarlierInsats(
        case_id=case_id,
        insats=case.referral.insats,
        referred_on=case.referral.happened_on,
        agency=case.referral.agency,
        state=case.state,
        state_since=case.state_since,
        stays=_stays(events, case),
    )


def _stays(events: Iterable[Event[Any]], case: Case) -> tuple[Stay, ...]:
    """In order. A reason is left out once the person no longer consents to being followed up there."""
    facts = sorted(
        (each.data for each in events if isinstance(each.data, InsatsStarted | CaseReopened | ParticipantExited)),
        key=_episode,
    )
    stays: dict[int, Stay] = {}
    for fact in facts:
        episode, _ = _episode(fact)
        if isinstance(fact, ParticipantExited):
            begun = stays.get(episode, Stay(fact.happened_on))
            reason = fact.reason if case.consents.holds() else None
            stays[episode] = Stay(begun.since, fact.happened_on, reason)
        else:
            stays[episode] = Stay(fact.happened_on)
    return tuple(stays.values())


def _episode(fact: InsatsStarted | CaseReopened | ParticipantExited) -> tuple[int, bool]:
    """The number of the participation, its beginning before its end."""
    return (1 if isinstance(fact, InsatsStarted) else fact.episode), isinstance(fact, ParticipantExited)
