"""Ten years of a service that stops and whose clock steps, over leap days and summer times: each reminder once."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import followup, planning
from contracts.catalogue import INSATSER
from contracts.catalogue.reminders import REMINDERS
from contracts.envelope import TIMER, Event, Fact
from contracts.events import event_of, local_date
from contracts.followup import FollowUpEscalated, FollowUpMissed, FollowUpReminded, FollowUpScheduled
from services.followup.domain.ledger import fold
from services.followup.domain.obligations import owed
from services.followup.domain.reconcile import next_due, reconcile
from tests.unit.followup.story import CASE, plan

FIRST = datetime(2020, 1, 1, 12, tzinfo=UTC)
YEARS = timedelta(days=3653)
_EVENTS = CASE


def _event(fact: Fact, sequence: int, source: str, now: datetime) -> Event[Any]:
    return event_of(
        fact,
        event_id=uuid5(_EVENTS, f"{source}{sequence}"),
        stream_id=CASE,
        sequence=sequence,
        recorded=now,
        actor=TIMER,
        source=source,
    )


def _moments(chance: Random) -> list[datetime]:
    """When the service looked at the case: daily or after a stop, with a clock that now and then was set back; the
    last is ten years on."""
    now, moments = FIRST, []
    while now < FIRST + YEARS:
        now += timedelta(days=chance.choice([1, 1, 7, 30, 200]), hours=chance.randint(-11, 11))
        moments.append(now)
        if chance.random() < 0.5:
            moments.append(now - timedelta(hours=chance.randint(1, 40)))
    return [*moments, FIRST + YEARS]


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 2**32), st.lists(st.dates(date(2020, 1, 1), date(2028, 2, 29)), min_size=1, max_size=6))
def test_over_ten_years_what_was_sent_is_what_was_due_exactly(seed: int, made: list[date]) -> None:
    moments = _moments(Random(seed))
    log: list[Event[Any]] = []
    plans = sorted(made)
    for now in moments:
        today = local_date(now)
        while plans and plans[0] <= today:
            log.append(_event(_plan(plans.pop(0), len(log)), len(log) + 1, planning.SOURCE, now))
        ours = sum(each.source == followup.SOURCE for each in log)
        new = reconcile(fold(log), owed(log, INSATSER, today), today)
        log += [_event(each.fact, ours + nth, followup.SOURCE, now) for nth, each in enumerate(new, start=1)]
        following = next_due(fold(log), owed(log, INSATSER, today), today)
        assert following is None or following > today
    last = max(local_date(now) for now in moments)
    scheduled = [each.data for each in log if isinstance(each.data, FollowUpScheduled)]
    due = sorted(
        (str(terms.follow_up_id), reminder.id, day)
        for terms in scheduled
        for reminder in REMINDERS
        if (day := reminder.day(terms.due_on, terms.closes_on)) <= last
    )
    sent = sorted(
        (str(each.data.follow_up_id), each.data.step, each.data.happened_on)
        for each in log
        if isinstance(each.data, FollowUpReminded | FollowUpEscalated)
    )
    assert sent == due
    missed = [each for each in log if isinstance(each.data, FollowUpMissed)]
    assert len(missed) == sum(terms.closes_on < last for terms in scheduled)
    assert all(local_date(each.recordedtime) >= each.data.happened_on for each in missed)


def _plan(day: date, number: int) -> Fact:
    return plan(day).model_copy(update={"samplan_id": uuid5(_EVENTS, str(number))})
