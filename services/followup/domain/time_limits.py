"""Time limits of a case by the clocks of its rules: computed anew from what happened, with the same ids every time.

A clock of the case's insats is started and stopped by what happens in the insats; one of a form of plan (SIP) by
calls, meetings and plans of that form. Where a clock counts by party, each called party has a limit of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid5

from contracts.catalogue import AGENCIES, Insats, Rule
from contracts.catalogue.course import AssignmentStep, PhaseStep
from contracts.catalogue.timing import ClockRule, limit_after
from contracts.codes import StepKind
from contracts.envelope import Event, Fact
from contracts.followup import DeadlineSet
from contracts.planning import (
    AfterSupportBegun,
    AfterSupportEnded,
    CalledMeetingHeld,
    CallWithdrawn,
    CaseReopened,
    CoordinatedPlanClosed,
    EmploymentDecided,
    EmploymentEnded,
    InsatsStarted,
    LotsAssigned,
    MeetingBooked,
    MeetingCalled,
    MeetingHeld,
    NextFollowUpAgreed,
    ParticipantExited,
    StepReached,
    SupportAssigned,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.referral import (
    CompletionReceived,
    CompletionRequested,
    ReferralReceived,
    ReferralReturned,
    RuleRef,
    WaitingPersonContacted,
)

Catalogue: TypeAlias = Mapping[str, Insats]
LoggedEvent: TypeAlias = Event[Any]

NAMESPACE: Final = UUID("5b3d6d0e-4d0c-5d6d-9a55-0a7a3c1f6a10")
"""The ids of obligations are made in it."""


@dataclass(frozen=True)
class TimeLimit:
    """A time limit that the rules set. ``stopped``: the day and the event that stopped the clock, if one did, within
    the limit or after it."""

    terms: DeadlineSet
    stopped: tuple[date, UUID] | None = None

    @property
    def met(self) -> tuple[date, UUID] | None:
        """What stopped the clock within the limit."""
        in_time = self.stopped is not None and self.stopped[0] <= self.terms.limit_on
        return self.stopped if in_time else None


@dataclass(frozen=True)
class Named:
    """An event by the catalogue's word for it.

    ``parties``: those it is about. ``about``: its call or its employment. ``counted_from``: the day from which a
    limit that it starts is counted, where that is not its own.
    """

    name: str
    event: LoggedEvent
    parties: tuple[str, ...] = ()
    about: UUID | None = None
    counted_from: date | None = None

    def may_stop(self, start: "Named", party: str | None) -> bool:
        """Whether it is about the same call or employment as the start, and about the party whose limit it is."""
        if self.event is start.event or self.about not in {None, start.about}:
            return False
        return party is None or not self.parties or party in self.parties


def time_limits(events: Sequence[LoggedEvent], catalogue: Catalogue) -> Iterator[TimeLimit]:
    """Those of a case, by the events that count."""
    yield from _of_insats(events, catalogue)
    yield from _of_forms(events, catalogue)


def _of_insats(events: Sequence[LoggedEvent], catalogue: Catalogue) -> Iterator[TimeLimit]:
    referral = next((event.data for event in events if isinstance(event.data, ReferralReceived)), None)
    insats = None if referral is None else catalogue.get(referral.insats)
    if insats is not None:
        named = [Named(name, event) for event in events for name in _names_of(event, insats)]
        yield from _of(insats, [*named, *(each for event in events for each in _employments(event))])


def _of_forms(events: Sequence[LoggedEvent], catalogue: Catalogue) -> Iterator[TimeLimit]:
    forms = {event.data.rule.insats for event in events if isinstance(event.data, MeetingCalled)}
    for form in sorted(forms):
        insats = catalogue.get(form)
        if insats is not None:
            calls = {
                event.data.call_id
                for event in events
                if isinstance(event.data, MeetingCalled) and event.data.rule.insats == form
            }
            yield from _of(insats, [each for event in events for each in _called(event, form, calls)])


def _of(insats: Insats, named: Sequence[Named]) -> Iterator[TimeLimit]:
    """The limits by the clocks of an insats or a form, each by the rule of the day on which it starts."""
    for start in named:
        rule = insats.rule_on(start.event.data.happened_on)
        for clock in () if rule is None else rule.running_clocks:
            if rule is None or clock.limit is None or not _starts(clock, start, named):
                continue
            ref = RuleRef(insats=insats.id, version=rule.version)
            for party in start.parties if clock.counts_by == "party" else (None,):
                limit = _limit(clock, start, party, named, ref)
                if limit is not None:
                    yield limit


def _starts(clock: ClockRule, start: Named, named: Sequence[Named]) -> bool:
    """True for what starts the clock, and for a stop after which it starts again, while nothing else has ended it."""
    if start.name in clock.starts:
        return True
    if start.name not in clock.restarts_after:
        return False
    day = start.event.data.happened_on
    before = {each.name for each in named if each.event.data.happened_on <= day}
    ends = set(clock.stops) - set(clock.restarts_after)
    return not before.isdisjoint(clock.starts) and before.isdisjoint(ends)


def _limit(
    clock: ClockRule, start: Named, party: str | None, named: Sequence[Named], rule: RuleRef
) -> TimeLimit | None:
    started_on = start.event.data.happened_on
    limit_on = None if clock.limit is None else limit_after(start.counted_from or started_on, clock.limit)
    if limit_on is None:
        return None
    of_party = "" if party is None else f"/{party}"
    terms = DeadlineSet(
        happened_on=started_on,
        deadline_id=uuid5(NAMESPACE, f"{start.event.id}/{clock.id}{of_party}"),
        clock=clock.id,
        anchor=start.event.id,
        party=party,
        limit_on=limit_on,
        rule=rule,
    )
    stops = [
        (each.event.data.happened_on, each.event.id)
        for each in named
        if each.name in clock.stops and started_on <= each.event.data.happened_on and each.may_stop(start, party)
    ]
    return TimeLimit(terms, min(stops, default=None))


def _names_of(event: LoggedEvent, insats: Insats) -> Iterator[str]:
    """The catalogue's words for what happened in the insats: those that its clocks start, stop and pause by."""
    rule = insats.rule_on(event.data.happened_on)
    yield from _steps_of(event.data, insats, rule)
    match event.data:
        case ReferralReceived() as received:
            yield "referral"
            yield from _doors(received, rule)
        case WaitingPersonContacted(reached=True):
            yield "contact"
        case LotsAssigned():
            yield from _assignments("lots", rule)
        case SupportAssigned(role=role):
            yield from _assignments(role, rule)
        case MeetingBooked():
            yield f"booked.{event.data.kind}"
        case MeetingHeld():
            yield f"held.{event.data.kind}"
        case fact if type(fact) in _NAMES:
            yield _NAMES[type(fact)]
        case _:
            return


def _employments(event: LoggedEvent) -> Iterator[Named]:
    """The municipality's own employments: their time is counted from the first day, anew when one is prolonged."""
    match event.data:
        case EmploymentDecided(kom_i_jobb=True) as fact:
            yield Named("kom_i_jobb_decided", event, (), fact.employment_id, fact.from_on)
            if fact.prolongs:
                yield Named("kom_i_jobb_prolonged", event, (), fact.employment_id)
        case EmploymentEnded() as fact:
            yield Named("kom_i_jobb_ended", event, (), fact.employment_id)
        case _:
            return


def _doors(received: ReferralReceived, rule: Rule | None) -> Iterator[str]:
    """The door by which the referral came: the first that is for such a unit or its member."""
    agency = AGENCIES.get(received.agency)
    kinds = (received.unit_kind,) if agency is None else (received.unit_kind, agency.member)
    doors = () if rule is None else rule.doors_for(*kinds)
    yield from (door.id for door in doors[:1])


def _assignments(role: str, rule: Rule | None) -> Iterator[str]:
    """The steps that somebody's assignment to a role is."""
    steps = () if rule is None else rule.steps
    yield from (step.id for step in steps if isinstance(step, AssignmentStep) and step.role == role)


def _steps_of(fact: Fact, insats: Insats, rule: Rule | None) -> Iterator[str]:
    """The steps of the insats that were reached, and the phase that a participation begins in with its start."""
    match fact:
        case StepReached() if fact.rule.insats == insats.id:
            yield from _steps(fact)
        case InsatsStarted() | CaseReopened():
            yield from _first_phase(rule)
        case _:
            return


def _steps(reached: StepReached) -> Iterator[str]:
    """A step by its id; a phase also by ``phase.`` and its id."""
    yield reached.step
    if reached.kind is StepKind.PHASE:
        yield f"phase.{reached.step}"


def _first_phase(rule: Rule | None) -> Iterator[str]:
    """The phase that a participation begins in: no event of its own records it."""
    steps = () if rule is None else rule.steps
    for first in (step.id for step in steps if isinstance(step, PhaseStep) and step.first):
        yield first
        yield f"phase.{first}"


_NAMES: Final[Mapping[type[Fact], str]] = {
    InsatsStarted: "start",
    ReferralReturned: "return",
    CompletionRequested: "incomplete",
    CompletionReceived: "completed",
    ParticipantExited: "exit",
    TeamMeetingBooked: "booked.team-mote",
    TeamMeetingHeld: "held.team-mote",
    AfterSupportBegun: "after_support_begun",
    AfterSupportEnded: "after_support_ended",
}


def _called(event: LoggedEvent, form: str, calls: set[UUID]) -> Iterator[Named]:
    """The catalogue's words for what happened by a form of plan. ``calls``: those of the form."""
    match event.data:
        case MeetingCalled() as fact if fact.call_id in calls:
            yield Named(f"called.{fact.kind}", event, fact.parties, fact.call_id)
        case CalledMeetingHeld() as fact if fact.call_id in calls:
            yield Named(f"held.{fact.kind}", event, fact.attended, fact.call_id)
        case CallWithdrawn() as fact if fact.call_id in calls:
            yield Named(fact.reason, event, (), fact.call_id)
        case NextFollowUpAgreed() as fact if fact.rule.insats == form:
            yield Named("agreed_follow_up", event)
        case CoordinatedPlanClosed() as fact if fact.rule.insats == form:
            yield Named("plan_closed", event)
        case StepReached() as fact if fact.rule.insats == form:
            yield from (Named(name, event) for name in _steps(fact))
        case _:
            return
