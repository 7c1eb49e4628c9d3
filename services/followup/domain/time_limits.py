"""Time limits of a case by the clocks of its rules: computed anew from what happened, with the same ids every time.

A clock of the case's insats is started and stopped by what happens in the insats; one of a form of plan (SIP) by
calls, meetings and plans of that form. Where a clock counts by party, each called party has a limit of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid5

from contracts.catalogue import Insats
from contracts.catalogue.timing import ClockRule, limit_after
from contracts.envelope import Event, Fact
from contracts.followup import DeadlineSet
from contracts.planning import (
    CalledMeetingHeld,
    CallWithdrawn,
    CoordinatedPlanClosed,
    InsatsStarted,
    MeetingBooked,
    MeetingCalled,
    MeetingHeld,
    NextFollowUpAgreed,
    ParticipantExited,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.referral import CompletionReceived, CompletionRequested, ReferralReceived, ReferralReturned, RuleRef

Catalogue: TypeAlias = Mapping[str, Insats]
LoggedEvent: TypeAlias = Event[Any]

NAMESPACE: Final = UUID("5b3d6d0e-4d0c-5d6d-9a55-0a7a3c1f6a10")
"""The ids of obligations are made in it."""


@dataclass(frozen=True)
class TimeLimit:
    """A time limit that the rules set. ``met``: the day and the event that stopped the clock, if one did."""

    terms: DeadlineSet
    met: tuple[date, UUID] | None = None


@dataclass(frozen=True)
class Named:
    """An event by the catalogue's word for it. ``parties``: those it is about; ``call_id``: its call."""

    name: str
    event: LoggedEvent
    parties: tuple[str, ...] = ()
    call_id: UUID | None = None

    def may_stop(self, start: "Named", party: str | None) -> bool:
        """Whether it is about the same call as the start, and about the party whose limit it is."""
        if self.event is start.event or self.call_id not in {None, start.call_id}:
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
        yield from _of(insats, [Named(name, event) for event in events for name in _names_of(event)])


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
        for clock in () if rule is None else rule.clocks:
            if rule is None or start.name not in clock.starts or clock.limit is None:
                continue
            ref = RuleRef(insats=insats.id, version=rule.version)
            for party in start.parties if clock.counts_by == "party" else (None,):
                limit = _limit(clock, start, party, named, ref)
                if limit is not None:
                    yield limit


def _limit(
    clock: ClockRule, start: Named, party: str | None, named: Sequence[Named], rule: RuleRef
) -> TimeLimit | None:
    started_on = start.event.data.happened_on
    limit_on = None if clock.limit is None else limit_after(started_on, clock.limit)
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
        if each.name in clock.stops
        and started_on <= each.event.data.happened_on <= limit_on
        and each.may_stop(start, party)
    ]
    return TimeLimit(terms, min(stops, default=None))


def _names_of(event: LoggedEvent) -> Iterator[str]:
    """The catalogue's words for what happened in the insats: those that its clocks start, stop and pause by."""
    match event.data:
        case MeetingBooked():
            yield f"booked.{event.data.kind}"
        case MeetingHeld():
            yield f"held.{event.data.kind}"
        case fact if type(fact) in _NAMES:
            yield _NAMES[type(fact)]
        case _:
            return


_NAMES: Final[Mapping[type[Fact], str]] = {
    ReferralReceived: "referral",
    ReferralReturned: "return",
    CompletionRequested: "incomplete",
    CompletionReceived: "completed",
    InsatsStarted: "start",
    ParticipantExited: "exit",
    TeamMeetingBooked: "booked.team-mote",
    TeamMeetingHeld: "held.team-mote",
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
        case _:
            return
