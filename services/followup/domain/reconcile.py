"""What must be said so that the ledger agrees with what is owed.

An exit, a reopening, a correction, a late registration, a month's stop: all are this one call. Calling it again
right away gives nothing. A rehearsal is the same call whose facts nobody appends; an audit is the same call, expected
to give nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.catalogue.reminders import REMINDERS, Reminder
from contracts.codes import SupersededBy
from contracts.envelope import Fact
from contracts.followup import (
    DeadlineMet,
    DeadlinePassed,
    FollowUpEscalated,
    FollowUpMissed,
    FollowUpOpened,
    FollowUpReinstated,
    FollowUpReminded,
    FollowUpScheduled,
    FollowUpSuperseded,
)
from services.followup.domain.dates import DAY
from services.followup.domain.facts import fact_about
from services.followup.domain.ledger import Deadline, FollowUp, Ledger, missed_from
from services.followup.domain.obligations import Obligation, Owed, Superseding
from services.followup.domain.time_limits import TimeLimit


@dataclass(frozen=True)
class Conclusion:
    """A fact to append, and the event that led to it; None for what the calendar alone made true."""

    fact: Fact
    cause: UUID | None = None


@dataclass(frozen=True)
class NotMoved:
    """A follow-up that stays on the due day it was scheduled for. ``would_be``: the due day by the rules asked."""

    terms: FollowUpScheduled
    would_be: date


def reconcile(ledger: Ledger, owed: Owed, today: date) -> tuple[Conclusion, ...]:
    """The facts that are missing, in the order they are to be appended."""
    return (
        *(each for wanted in _in_order(owed) for each in _follow_up(ledger, wanted, today)),
        *(each for gone in _no_longer_wanted(ledger, owed) for each in _superseded_by_error(gone, today)),
        *(each for limit in owed.time_limits.values() for each in _time_limit(ledger, limit, today)),
    )


def not_moved(ledger: Ledger, owed: Owed) -> tuple[NotMoved, ...]:
    """The follow-ups still owed whose rule has another due day for them than they were scheduled with."""
    return tuple(
        NotMoved(known.terms, wanted.terms.due_on)
        for follow_up_id, known in ledger.follow_ups.items()
        if known.state == "owed" and (wanted := owed.follow_ups.get(follow_up_id)) is not None
        if wanted.terms.due_on != known.terms.due_on
    )


def next_due(ledger: Ledger, owed: Owed, today: date) -> date | None:
    """The next day on which the calendar alone makes something true; None if nothing is waited for."""
    days = [day for wanted in owed.follow_ups.values() for day in _days_of(ledger, wanted)]
    days += [
        limit.terms.limit_on + DAY
        for limit_id, limit in owed.time_limits.items()
        if limit.met is None and (limit_id not in ledger.deadlines or ledger.deadlines[limit_id].state != "passed")
    ]
    return min((day for day in days if day > today), default=None)


def _days_of(ledger: Ledger, wanted: Obligation) -> tuple[date, ...]:
    known = ledger.follow_ups.get(wanted.terms.follow_up_id)
    if wanted.superseded is not None or (known is not None and known.state != "owed"):
        return ()
    terms = wanted.terms if known is None else known.terms
    reminders = (each.day(terms.due_on, terms.closes_on) for each in REMINDERS)
    return (terms.opens_on, missed_from(terms), *reminders)


def _in_order(owed: Owed) -> list[Obligation]:
    return sorted(owed.follow_ups.values(), key=lambda each: (each.terms.due_on, each.terms.follow_up_id))


def _follow_up(ledger: Ledger, wanted: Obligation, today: date) -> Iterator[Conclusion]:
    known = ledger.follow_ups.get(wanted.terms.follow_up_id)
    if known is None:
        if wanted.repeats and wanted.superseded is not None:
            return  # a row that ended with the stay is not scheduled any longer
        yield Conclusion(wanted.terms, wanted.terms.anchor)
        known = FollowUp(wanted.terms)
    if known.state in {"completed", "not_applicable"}:
        return
    if wanted.superseded is not None:
        yield from _supersede(known, wanted.superseded)
        return
    if known.state == "superseded":
        yield Conclusion(fact_about(FollowUpReinstated, known.terms, today), known.terms.anchor)
    yield from come_due(known, today)


def _supersede(known: FollowUp, superseded: Superseding) -> Iterator[Conclusion]:
    if known.state == "superseded":
        return
    # By the day it was superseded, not by today: if we hear of it late, nothing was owed in between.
    yield from come_due(known, superseded.day)
    fact = fact_about(FollowUpSuperseded, known.terms, superseded.day, cause=superseded.cause)
    yield Conclusion(fact, superseded.event_id)


def come_due(known: FollowUp, day: date) -> list[Conclusion]:
    """What the calendar alone has made true of an owed follow-up by a day and has not been said yet, day by day."""
    return sorted(_come_due(known, day), key=lambda each: each.fact.happened_on)


def _come_due(known: FollowUp, day: date) -> Iterator[Conclusion]:
    terms = known.terms
    if not known.opened and day >= terms.opens_on:
        yield Conclusion(fact_about(FollowUpOpened, terms, terms.opens_on, due_on=terms.due_on))
    if known.missed_on is None and day >= missed_from(terms):
        yield Conclusion(fact_about(FollowUpMissed, terms, missed_from(terms), due_on=terms.due_on))
    for reminder in REMINDERS:
        due = reminder.day(terms.due_on, terms.closes_on)
        if reminder.id not in known.reminded and day >= due:
            yield Conclusion(_reminded(terms, reminder, due))


def _reminded(terms: FollowUpScheduled, reminder: Reminder, day: date) -> Fact:
    about: dict[str, object] = {"due_on": terms.due_on, "step": reminder.id}
    if reminder.tells == "responsible":
        return fact_about(FollowUpReminded, terms, day, **about)
    return fact_about(FollowUpEscalated, terms, day, to=reminder.tells, **about)


def _no_longer_wanted(ledger: Ledger, owed: Owed) -> Iterator[FollowUp]:
    for follow_up_id, known in ledger.follow_ups.items():
        if known.state == "owed" and follow_up_id not in owed.follow_ups:
            yield known


def _superseded_by_error(known: FollowUp, today: date) -> Iterator[Conclusion]:
    cause = SupersededBy.REGISTERED_IN_ERROR
    yield Conclusion(fact_about(FollowUpSuperseded, known.terms, today, cause=cause), known.terms.anchor)


def _time_limit(ledger: Ledger, limit: TimeLimit, today: date) -> Iterator[Conclusion]:
    terms = limit.terms
    known = ledger.deadlines.get(terms.deadline_id)
    if known is None:
        yield Conclusion(terms, terms.anchor)
        known = Deadline(terms)
    if known.state == "passed":
        return
    about = {
        "deadline_id": terms.deadline_id,
        "clock": terms.clock,
        "anchor": terms.anchor,
        "party": terms.party,
    }
    if limit.met is not None:
        day, event_id = limit.met
        if known.state == "running":
            yield Conclusion(DeadlineMet(happened_on=day, met_by=event_id, **about), event_id)
    elif today > terms.limit_on:
        yield Conclusion(DeadlinePassed(happened_on=terms.limit_on + DAY, limit_on=terms.limit_on, **about))
