"""A case's timeline: its facts in the order they happened, by month, and what they come to today. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final, TypeAlias, assert_never
from uuid import UUID

from pydantic import ValidationError

from contracts import followup, planning, referral
from contracts.codes import Sex
from contracts.consent import ConsentStatus, consents_of
from contracts.envelope import Fact
from contracts.events import FACT_OF, local_date
from contracts.followup import (
    DeadlineSet,
    FollowUpCompleted,
    FollowUpDetailsReleased,
    FollowUpMissed,
    FollowUpReinstated,
    FollowUpScheduled,
    FollowUpSuperseded,
)
from contracts.labels import event_label, label
from contracts.planning import (
    CasePutOnHold,
    CaseReopened,
    CaseResumed,
    CoordinatedPlanClosed,
    CoordinatedPlanMade,
    DocumentRequested,
    DocumentRequestEnded,
    InsatsStarted,
    LotsAssigned,
    ParticipantExited,
    PlannedActivity,
    PlanningDetailsReleased,
    SamplanReviderad,
    SamplanUpprättad,
    StepReached,
    SupportAssigned,
)
from contracts.referral import (
    CompletionReceived,
    CompletionRequested,
    ReferralAccepted,
    ReferralReceived,
    ReferralReturned,
    ReferrerChanged,
)
from services.chassis.pages import swedish_date
from services.reporting.web.exit_sentences import with_details
from services.reporting.web.follow_up_sentences import follow_up_name
from services.reporting.web.sentences import CASE_FACTS, sentence
from services.reporting.web.spoken import WITHHELD_UNIT, Context, Sentence, insats_name, rule_of, unit_name
from services.reporting.web.step_sentences import with_released

# A case goes from source to source in this order: what was registered at the same moment is listed in it.
_FLOW: Final = (referral.SOURCE, planning.SOURCE, followup.SOURCE)


@dataclass(frozen=True)
class Unreadable:
    """An event that breaks its contract or is not learnt, and was stored all the same: only its place is known."""

    happened_on: date


@dataclass(frozen=True)
class DetailsWithheld:
    """A fact that is nothing but details, which may not be shown without consent. ``type``: of the fact."""

    type: str
    happened_on: date


Shown: TypeAlias = Fact | Unreadable | DetailsWithheld


@dataclass(frozen=True)
class Registered:
    """One event of the case: its fact, when it was registered, and its place among its source's events.

    ``taken_back``: it was registered in error and counts no more.
    """

    fact: Shown
    source: str
    recorded: datetime
    sequence: int
    event_id: UUID | None = None
    taken_back: bool = False


@dataclass(frozen=True)
class Line:
    """One line of the timeline. ``registered_on`` only where it is another day than it happened. ``taken_back``: it
    was registered in error."""

    happened_on: date
    registered_on: date | None
    sentence: Sentence
    taken_back: bool = False


@dataclass(frozen=True)
class Month:
    """The lines of one month."""

    first: date
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Owed:
    """A follow-up that is neither held nor superseded. ``name``: which one, as "efter 6 månader"."""

    name: str
    due_on: date
    overdue: bool
    missed: bool


@dataclass(frozen=True)
class Situation:
    """Where the case stands: what a case worker wants to know before reading on."""

    insats: str
    referred_by: str
    sex: Sex
    state: str
    consent: str
    owed: tuple[Owed, ...]


def read(kind: str, data: Mapping[str, Any]) -> Fact | DetailsWithheld | None:
    """The fact of an event; None for a type that no case has.

    Raises ValueError for data that lack what no consent withholds.
    """
    fact = FACT_OF.get(kind)
    if fact is None or fact not in CASE_FACTS:
        return None
    try:
        return fact.model_validate(data, extra="ignore")
    except ValidationError:
        return DetailsWithheld(kind, date.fromisoformat(data["happened_on"]))


def without_place(registered: Sequence[Registered]) -> list[Registered]:
    """The events without the unit that referred, which may say where the person lives."""
    return [
        replace(each, fact=each.fact.model_copy(update={"unit": WITHHELD_UNIT}))
        if isinstance(each.fact, ReferralReceived | ReferrerChanged)
        else each
        for each in registered
    ]


def months(registered: Sequence[Registered]) -> tuple[Month, ...]:
    """The timeline, oldest first. What was registered in error stays in it."""
    context = _context(registered)
    released = _released(registered)
    lines = [
        Line(
            each.fact.happened_on,
            _registered_on(each),
            _sentence(_with_details(each, released, context), context),
            each.taken_back,
        )
        for each in _in_order(registered)
    ]
    return tuple(
        Month(first, tuple(group)) for first, group in groupby(lines, lambda line: line.happened_on.replace(day=1))
    )


def _sentence(fact: Shown, context: Context) -> Sentence:
    match fact:
        case Unreadable():
            return Sentence("Händelsen kan inte visas.")
        case DetailsWithheld():
            return Sentence(f"{event_label(fact.type)}.")
        case _:
            return sentence(fact, context)


def situation(registered: Sequence[Registered], today: date) -> Situation | None:
    """Where the case stands; None as long as its referral is not known here."""
    counting = [each for each in registered if not each.taken_back]
    facts = [each.fact for each in _in_order(counting) if isinstance(each.fact, Fact)]
    received = next((fact for fact in facts if isinstance(fact, ReferralReceived)), None)
    if received is None:
        return None
    return Situation(
        insats=insats_name(received.insats),
        referred_by=unit_name(received.agency, received.unit),
        sex=received.sex,
        state=_state(facts),
        consent=_consent(counting),
        owed=_owed(facts, _context(counting), today),
    )


def _in_order(registered: Sequence[Registered]) -> list[Registered]:
    def place(each: Registered) -> tuple[date, datetime, int, int]:
        return each.fact.happened_on, each.recorded, _FLOW.index(each.source), each.sequence

    return sorted(registered, key=place)


def _registered_on(registered: Registered) -> date | None:
    day = local_date(registered.recorded)
    return None if day == registered.fact.happened_on else day


def _facts(registered: Sequence[Registered]) -> list[Fact]:
    return [each.fact for each in _in_order(registered) if isinstance(each.fact, Fact)]


def _context(registered: Sequence[Registered]) -> Context:
    facts = _facts(registered)
    received = next((fact for fact in facts if isinstance(fact, ReferralReceived)), None)
    started = next((fact for fact in reversed(facts) if isinstance(fact, InsatsStarted | SamplanUpprättad)), None)
    reference = started or received
    supports = {fact.support_id: fact.lots_id for fact in facts if isinstance(fact, LotsAssigned)} | {
        fact.support_id: fact.worker_id for fact in facts if isinstance(fact, SupportAssigned)
    }
    types = {
        each.event_id: each.fact.wire_name()
        for each in registered
        if each.event_id is not None and isinstance(each.fact, Fact)
    }
    rules = {fact.follow_up_id: fact.rule for fact in facts if isinstance(fact, FollowUpScheduled)} | {
        fact.deadline_id: fact.rule for fact in facts if isinstance(fact, DeadlineSet)
    }
    return Context(_activities(facts), rule_of(reference.rule) if reference else None, supports, types, rules)


def _activities(facts: Sequence[Fact]) -> dict[UUID, PlannedActivity]:
    activities: dict[UUID, PlannedActivity] = {}
    kinds: dict[UUID, str] = {}
    for fact in facts:
        match fact:
            case SamplanUpprättad() | CoordinatedPlanMade():
                activities |= {each.activity_id: each for each in fact.activities}
            case SamplanReviderad():
                activities |= {each.activity_id: each for each in fact.added}
            case PlanningDetailsReleased():
                kinds |= {each.activity_id: each.kind for each in fact.activities}
            case _:
                pass
    return {
        activity_id: each.model_copy(update={"kind": each.kind or kinds.get(activity_id)})
        for activity_id, each in activities.items()
    }


def _released(registered: Sequence[Registered]) -> Mapping[UUID, Fact]:
    """What was released later, by the event or the follow-up that had left it out."""
    released: dict[UUID, Fact] = {}
    for fact in _facts([each for each in registered if not each.taken_back]):
        match fact:
            case PlanningDetailsReleased():
                released[fact.event_id] = fact
            case FollowUpDetailsReleased():
                released[fact.follow_up_id] = fact
            case _:
                pass
    return released


def _with_details(registered: Registered, released: Mapping[UUID, Fact], context: Context) -> Shown:
    """The fact with what it left out for want of consent, where that was released later."""
    fact = registered.fact
    match fact:
        case ParticipantExited(reason=None) if isinstance(
            later := released.get(registered.event_id or UUID(int=0)), PlanningDetailsReleased
        ):
            return with_details(fact, later)
        case FollowUpCompleted(result=None) if isinstance(
            later := released.get(fact.follow_up_id), FollowUpDetailsReleased
        ):
            details = {"result": later.result, "reason": later.reason, "activities": later.activities}
            return fact.model_copy(update=details)
        case CoordinatedPlanClosed(reason=None) if isinstance(
            later := released.get(registered.event_id or UUID(int=0)), PlanningDetailsReleased
        ):
            return fact.model_copy(update={"reason": later.reason})
        case StepReached() | DocumentRequested() | DocumentRequestEnded() if isinstance(
            later := released.get(registered.event_id or UUID(int=0)), PlanningDetailsReleased
        ):
            return with_released(fact, later)
        case SamplanUpprättad() | CoordinatedPlanMade():
            known = tuple(context.activities.get(each.activity_id, each) for each in fact.activities)
            return fact.model_copy(update={"activities": known})
        case SamplanReviderad():
            known = tuple(context.activities.get(each.activity_id, each) for each in fact.added)
            return fact.model_copy(update={"added": known})
        case _:
            return fact


def _state(facts: Sequence[Fact]) -> str:
    state = _stay(facts) or _before_start(facts)
    holds = [fact for fact in facts if isinstance(fact, CasePutOnHold | CaseResumed)]
    if holds and isinstance(holds[-1], CasePutOnHold):
        return f"{state}, vilande sedan {swedish_date(holds[-1].happened_on)}"
    return state


def _stay(facts: Sequence[Fact]) -> str | None:
    """The last of the participations, and whether it has ended; None before the first."""
    started = [fact for fact in facts if isinstance(fact, InsatsStarted)]
    reopened = {fact.episode: fact for fact in facts if isinstance(fact, CaseReopened)}
    exited = {fact.episode: fact for fact in facts if isinstance(fact, ParticipantExited)}
    episodes = {*reopened, *exited, *({1} if started else set())}
    if not episodes:
        return None
    last = max(episodes)
    if last in exited:
        return f"avslutad {swedish_date(exited[last].happened_on)}"
    if last in reopened:
        return f"deltar igen sedan {swedish_date(reopened[last].happened_on)}"
    return f"deltar sedan {swedish_date(started[-1].happened_on)}"


def _before_start(facts: Sequence[Fact]) -> str:
    latest = {type(fact): fact for fact in facts}
    for kind, words in (
        (ReferralReturned, "återremitterad"),
        (SamplanUpprättad, "har samplan sedan"),
        (ReferralAccepted, "antagen"),
    ):
        if kind in latest:
            fact = latest[kind]
            said = label(fact.returned_by) if isinstance(fact, ReferralReturned) else words
            return f"{said} {swedish_date(fact.happened_on)}"
    asked, came = latest.get(CompletionRequested), latest.get(CompletionReceived)
    if isinstance(asked, CompletionRequested) and (
        not isinstance(came, CompletionReceived) or came.completion_id != asked.completion_id
    ):
        return f"väntar på komplettering sedan {swedish_date(asked.happened_on)}"
    return "väntar på svar"


def _consent(registered: Sequence[Registered]) -> str:
    in_order = sorted((each for each in registered if each.source == referral.SOURCE), key=lambda each: each.sequence)
    answer = consents_of(each.fact for each in in_order if isinstance(each.fact, Fact)).latest()
    if answer is None:
        return "inte tillfrågad"
    match answer.status:
        case ConsentStatus.GIVEN:
            return f"lämnat {swedish_date(answer.stated_on)}"
        case ConsentStatus.WITHDRAWN:
            return f"återkallat {swedish_date(answer.stated_on)}"
        case ConsentStatus.REFUSED:
            return "lämnas inte"
        case ConsentStatus.NOT_ASKED:
            return "inte tillfrågad"
        case _:
            assert_never(answer.status)


def _owed(facts: Sequence[Fact], context: Context, today: date) -> tuple[Owed, ...]:
    held = {fact.follow_up_id for fact in facts if isinstance(fact, FollowUpCompleted)}
    missed = {fact.follow_up_id for fact in facts if isinstance(fact, FollowUpMissed)}
    superseded = {
        fact.follow_up_id: isinstance(fact, FollowUpSuperseded)
        for fact in facts
        if isinstance(fact, FollowUpSuperseded | FollowUpReinstated)
    }
    scheduled = [
        fact
        for fact in facts
        if isinstance(fact, FollowUpScheduled)
        and fact.follow_up_id not in held
        and not superseded.get(fact.follow_up_id, False)
    ]
    return tuple(
        Owed(
            follow_up_name(fact, rule_of(fact.rule) or context.rule).removeprefix("uppföljning "),
            fact.due_on,
            overdue=today > fact.due_on,
            missed=fact.follow_up_id in missed,
        )
        for fact in sorted(scheduled, key=lambda fact: fact.due_on)
    )
