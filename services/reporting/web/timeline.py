"""A case's timeline: its facts in the order they happened, by month, and what they come to today. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final, assert_never
from uuid import UUID

from contracts import followup, planning, referral
from contracts.codes import Sex
from contracts.events import FACT_OF, local_date
from contracts.followup import FollowUpCompleted, FollowUpMissed, FollowUpScheduled, FollowUpSuperseded
from contracts.planning import InsatsStarted, ParticipantExited, PlannedActivity, SamplanUpprättad
from contracts.referral import (
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    ReferralAccepted,
    ReferralReceived,
    ReferralReturned,
)
from services.chassis.pages import swedish_date
from services.reporting.web.sentences import Activities, CaseFact, Sentence, insats_name, sentence, unit_name

# A case goes from source to source in this order: what happened at the same moment is told in it.
_FLOW: Final = (referral.SOURCE, planning.SOURCE, followup.SOURCE)


@dataclass(frozen=True)
class Unreadable:
    """An event that breaks its contract and was stored all the same: only its place in the case is known."""

    happened_on: date
    source: str


@dataclass(frozen=True)
class Told:
    """One event of the case: its fact, when it was registered, and its place among its source's events."""

    fact: CaseFact | Unreadable
    recorded: datetime
    sequence: int


@dataclass(frozen=True)
class Line:
    """One line of the timeline. ``registered_on`` only where it is another day than it happened."""

    happened_on: date
    registered_on: date | None
    sentence: Sentence


@dataclass(frozen=True)
class Month:
    """The lines of one month."""

    first: date
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Owed:
    """A follow-up that is neither held nor superseded."""

    months: int
    due_on: date
    overdue: bool
    missed: bool


@dataclass(frozen=True)
class Standing:
    """Where the case stands: what a case worker wants to know before reading on."""

    insats: str
    referred_by: str
    sex: Sex
    state: str
    consent: str
    owed: tuple[Owed, ...]


def read(kind: str, data: Mapping[str, Any]) -> CaseFact | None:
    """The fact of an event; None for a type we have no words for, as a newer producer may tell one."""
    if kind not in FACT_OF:
        return None
    fact = FACT_OF[kind].model_validate(data, extra="ignore")
    return fact if isinstance(fact, CaseFact) else None


def months(told: Sequence[Told]) -> tuple[Month, ...]:
    """The timeline, oldest first."""
    activities = _activities(told)
    lines = [
        Line(each.fact.happened_on, _registered_on(each), _sentence(each.fact, activities))
        for each in _in_order(told)
    ]
    return tuple(
        Month(first, tuple(group)) for first, group in groupby(lines, lambda line: line.happened_on.replace(day=1))
    )


def _sentence(fact: CaseFact | Unreadable, activities: Activities) -> Sentence:
    return Sentence("Händelsen kan inte visas.") if isinstance(fact, Unreadable) else sentence(fact, activities)


def standing(told: Sequence[Told], today: date) -> Standing | None:
    """Where the case stands; None as long as its referral is not known here."""
    facts = [each.fact for each in _in_order(told) if not isinstance(each.fact, Unreadable)]
    received = next((fact for fact in facts if isinstance(fact, ReferralReceived)), None)
    if received is None:
        return None
    return Standing(
        insats=insats_name(received.insats),
        referred_by=unit_name(received.agency, received.unit),
        sex=received.sex,
        state=_state(facts),
        consent=_consent(told),
        owed=_owed(facts, today),
    )


def _in_order(told: Sequence[Told]) -> list[Told]:
    def place(each: Told) -> tuple[date, datetime, int, int]:
        return each.fact.happened_on, each.recorded, _FLOW.index(each.fact.source), each.sequence

    return sorted(told, key=place)


def _registered_on(told: Told) -> date | None:
    day = local_date(told.recorded)
    return None if day == told.fact.happened_on else day


def _activities(told: Sequence[Told]) -> dict[UUID, PlannedActivity]:
    plans = [each.fact for each in told if isinstance(each.fact, SamplanUpprättad)]
    return {activity.activity_id: activity for plan in plans for activity in plan.activities}


def _state(facts: Sequence[CaseFact]) -> str:
    latest = {type(fact): fact for fact in facts}
    for kind, words in (
        (ParticipantExited, "avslutad"),
        (InsatsStarted, "deltar sedan"),
        (ReferralReturned, "återremitterad"),
        (SamplanUpprättad, "har samplan sedan"),
        (ReferralAccepted, "antagen"),
    ):
        if kind in latest:
            return f"{words} {swedish_date(latest[kind].happened_on)}"
    return "väntar på svar"


def _latest_consent(told: Sequence[Told]) -> ConsentGiven | ConsentRefused | ConsentWithdrawn | None:
    # The latest registered counts, which its sequence tells: a late registration may speak of an earlier day.
    said = ((each.sequence, each.fact) for each in told)
    stated = {
        number: fact for number, fact in said if isinstance(fact, ConsentGiven | ConsentRefused | ConsentWithdrawn)
    }
    return stated[max(stated)] if stated else None


def _consent(told: Sequence[Told]) -> str:
    match latest := _latest_consent(told):
        case ConsentGiven():
            return f"lämnat {swedish_date(latest.happened_on)}"
        case ConsentWithdrawn():
            return f"återkallat {swedish_date(latest.happened_on)}"
        case ConsentRefused():
            return "lämnas inte"
        case None:
            return "inte tillfrågad"
        case _:
            assert_never(latest)


def _owed(facts: Sequence[CaseFact], today: date) -> tuple[Owed, ...]:
    ended = {fact.follow_up_id for fact in facts if isinstance(fact, FollowUpCompleted | FollowUpSuperseded)}
    missed = {fact.follow_up_id for fact in facts if isinstance(fact, FollowUpMissed)}
    scheduled = [fact for fact in facts if isinstance(fact, FollowUpScheduled) and fact.follow_up_id not in ended]
    return tuple(
        Owed(fact.months, fact.due_on, overdue=today > fact.due_on, missed=fact.follow_up_id in missed)
        for fact in sorted(scheduled, key=lambda fact: fact.due_on)
    )
