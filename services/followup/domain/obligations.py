"""What a case owes by the rules: computed anew from what happened, with the same ids every time.

An obligation's id follows from its anchor (an event), its point in the rule and its number, so computing it again
never makes a second one. Nothing here knows what has been said of it; that is the ledger.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from uuid import UUID, uuid5

from contracts import followup
from contracts.catalogue import Rule
from contracts.catalogue.timing import AgreedFollowUp, CountedFollowUp
from contracts.codes import SupersededBy
from contracts.corrections import effective
from contracts.followup import FollowUpScheduled
from contracts.planning import (
    CaseReopened,
    CoordinatedPlanClosed,
    InsatsStarted,
    NextFollowUpAgreed,
    ParticipantExited,
    PlanningEnded,
    SamplanUpprättad,
)
from contracts.referral import RuleRef
from services.followup.domain.dates import agreed_dates, due_dates
from services.followup.domain.time_limits import NAMESPACE, Catalogue, LoggedEvent, TimeLimit, time_limits

MOST_MONTHS: Final = 120
"""No follow-up is counted farther from its anchor; the contract's bound of ``months``."""


@dataclass(frozen=True)
class Anchor:
    """An event that follow-ups are counted from, and the rule it happened under."""

    event_id: UUID
    kind: Literal["plan", "start", "exit"]
    day: date
    rule: RuleRef
    samplan_id: UUID | None = None


@dataclass(frozen=True)
class End:
    """Something that may take follow-ups away: ``name`` is the catalogue's word for it (superseded_by)."""

    name: Literal["exit", "return"]
    day: date
    event_id: UUID


@dataclass(frozen=True)
class Superseding:
    """Why a follow-up is not owed, since when, and the event that says so."""

    cause: SupersededBy
    day: date
    event_id: UUID


@dataclass(frozen=True)
class Obligation:
    """A follow-up that the rules ask for. ``superseded``: why it is not owed, if so. ``repeats``: it is one of a row
    that lasts as long as the stay."""

    terms: FollowUpScheduled
    superseded: Superseding | None = None
    repeats: bool = False


@dataclass(frozen=True)
class Owed:
    """All that a case owes, by id."""

    follow_ups: Mapping[UUID, Obligation]
    time_limits: Mapping[UUID, TimeLimit]


def owed(log: Iterable[LoggedEvent], catalogue: Catalogue, today: date) -> Owed:
    """What the case owes by what is known of it. Follow-ups that repeat are computed until one is ahead of today."""
    events = [event for event in effective(log) if event.source != followup.SOURCE]
    ends = tuple(_ends(events))
    obligations = {
        each.terms.follow_up_id: each for anchor in _anchors(events) for each in _of(anchor, catalogue, ends, today)
    }
    obligations |= {each.terms.follow_up_id: each for each in _agreed(events, catalogue)}
    limits = {each.terms.deadline_id: each for each in time_limits(events, catalogue)}
    return Owed(obligations, limits)


def unknown_rules(log: Iterable[LoggedEvent], catalogue: Catalogue) -> frozenset[tuple[str, int]]:
    """The rules, by insats and version, that the case's anchors name and this catalogue lacks: such an anchor owes
    nothing until the catalogue has its rule."""
    events = [event for event in effective(log) if event.source != followup.SOURCE]
    agreed = (event.data.rule for event in events if isinstance(event.data, NextFollowUpAgreed))
    rules = (*(anchor.rule for anchor in _anchors(events)), *agreed)
    return frozenset((rule.insats, rule.version) for rule in rules if _rule(catalogue, rule) is None)


# Follow-ups


def _anchors(events: Iterable[LoggedEvent]) -> Iterator[Anchor]:
    for event in events:
        fact = event.data
        match fact:
            case SamplanUpprättad():
                yield Anchor(event.id, "plan", fact.happened_on, fact.rule, fact.samplan_id)
            case InsatsStarted():
                yield Anchor(event.id, "start", fact.happened_on, fact.rule)
            case ParticipantExited():
                yield Anchor(event.id, "exit", fact.happened_on, fact.rule)
            case _:
                continue


def _ends(events: Sequence[LoggedEvent]) -> Iterator[End]:
    """The exits that no reopening has followed, and the end of a planning that never led to a start."""
    reopened_after = [event.sequence for event in events if isinstance(event.data, CaseReopened)]
    for event in events:
        match event.data:
            case ParticipantExited() if not any(later > event.sequence for later in reopened_after):
                yield End("exit", event.data.happened_on, event.id)
            case PlanningEnded():
                yield End("return", event.data.happened_on, event.id)
            case _:
                continue


def _of(anchor: Anchor, catalogue: Catalogue, ends: Sequence[End], today: date) -> Iterator[Obligation]:
    rule = _rule(catalogue, anchor.rule)
    for point in () if rule is None else rule.follow_ups:
        if not isinstance(point, CountedFollowUp) or point.anchor != anchor.kind:
            continue
        for number, months in _times(anchor, point, today):
            terms = _terms(anchor, point, number, months)
            superseded = _superseded(point, anchor, ends, terms.nominal_on)
            yield Obligation(terms, superseded, repeats=point.every_months is not None)


def _times(anchor: Anchor, point: CountedFollowUp, today: date) -> Iterator[tuple[int, int]]:
    """The number and the months of each time a follow-up is owed: once, or again and again until one is ahead.

    Those after the stay's end are computed too: they may have been scheduled before the end was known.
    """
    if point.months is not None:
        yield 1, point.months
        return
    number, every = 1, point.every_months or 1
    while True:
        yield number, number * every
        if due_dates(anchor.day, number * every, point).opens_on > today or (number + 1) * every > MOST_MONTHS:
            return
        number += 1


def _terms(anchor: Anchor, point: CountedFollowUp, number: int, months: int) -> FollowUpScheduled:
    dates = due_dates(anchor.day, months, point)
    return FollowUpScheduled(
        happened_on=anchor.day,
        follow_up_id=uuid5(NAMESPACE, f"{anchor.event_id}/{point.id}/{number}"),
        point=point.id,
        anchor=anchor.event_id,
        samplan_id=anchor.samplan_id,
        months=months,
        nominal_on=dates.nominal_on,
        due_on=dates.due_on,
        opens_on=dates.opens_on,
        closes_on=dates.closes_on,
        responsible=point.responsible,
        rule=anchor.rule,
    )


def _agreed(events: Sequence[LoggedEvent], catalogue: Catalogue) -> Iterator[Obligation]:
    """The follow-ups of coordinated plans, each on the day that was agreed.

    Only one is owed of a plan at a time: a day agreed later takes the place of one that was not held, and none is
    owed once the plan is closed. An exit from the insats changes nothing, for the plan is the person's.
    """
    for event in events:
        fact = event.data
        if not isinstance(fact, NextFollowUpAgreed):
            continue
        rule = _rule(catalogue, fact.rule)
        superseded = _agreed_no_more(event, events)
        for point in () if rule is None else rule.follow_ups:
            if isinstance(point, AgreedFollowUp):
                yield Obligation(_agreed_terms(event.id, fact, point), superseded)


def _agreed_terms(event_id: UUID, fact: NextFollowUpAgreed, point: AgreedFollowUp) -> FollowUpScheduled:
    dates = agreed_dates(fact.happened_on, fact.follow_up_on, point)
    return FollowUpScheduled(
        happened_on=fact.happened_on,
        follow_up_id=uuid5(NAMESPACE, f"{event_id}/{point.id}/1"),
        point=point.id,
        anchor=event_id,
        samplan_id=fact.plan_id,
        nominal_on=dates.nominal_on,
        due_on=dates.due_on,
        opens_on=dates.opens_on,
        closes_on=dates.closes_on,
        responsible=point.responsible,
        rule=fact.rule,
    )


def _agreed_no_more(agreed: LoggedEvent, events: Sequence[LoggedEvent]) -> Superseding | None:
    """What ended an agreement: a later one about the same plan, or the plan's end; the first of them."""
    for event in events:
        fact = event.data
        if event.sequence <= agreed.sequence or event.source != agreed.source:
            continue
        match fact:
            case NextFollowUpAgreed() if fact.plan_id == agreed.data.plan_id:
                return Superseding(SupersededBy.AGREED_ANEW, fact.happened_on, event.id)
            case CoordinatedPlanClosed() if fact.plan_id == agreed.data.plan_id:
                return Superseding(SupersededBy.PLAN_CLOSED, fact.happened_on, event.id)
            case _:
                continue
    return None


def _superseded(point: CountedFollowUp, anchor: Anchor, ends: Sequence[End], nominal_on: date) -> Superseding | None:
    """An exit takes a follow-up away only where the catalogue says so, or where it is one of a row that lasts as long
    as the stay; the end of a planning that came to nothing always does."""
    for end in ends:
        if end.day < anchor.day or (anchor.kind == "exit" and end.name == "exit"):
            continue
        if end.name == "return":
            return Superseding(SupersededBy.RETURN, end.day, end.event_id)
        if end.name in point.superseded_by or (point.every_months is not None and nominal_on > end.day):
            return Superseding(SupersededBy.EXIT, end.day, end.event_id)
    return None


def _rule(catalogue: Catalogue, ref: RuleRef) -> Rule | None:
    insats = catalogue.get(ref.insats)
    try:
        return None if insats is None else insats.rule(ref.version)
    except KeyError:
        return None  # appended under a newer catalogue than ours; computed once we have it
