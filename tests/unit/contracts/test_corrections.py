"""What is left of a stream after its corrections: the same whatever order its events arrived in."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from contracts import planning, referral
from contracts.corrections import RegisteredInError, effective
from contracts.envelope import TIMER, Event, Fact
from contracts.events import event_of
from contracts.planning import CasePutOnHold, CaseResumed
from contracts.referral import ReferralAccepted

DAY = date(2021, 5, 3)
STREAM = UUID(int=1)


def event(fact: Fact, sequence: int, source: str = planning.SOURCE) -> Event[Any]:
    first = 1000 if source == planning.SOURCE else 2000
    return event_of(
        fact,
        event_id=UUID(int=first + sequence),
        stream_id=STREAM,
        sequence=sequence,
        recorded=datetime(2021, 5, 3, 8, tzinfo=UTC) + timedelta(minutes=sequence),
        actor=TIMER,
        source=source,
    )


def hold(sequence: int) -> Event[Any]:
    return event(CasePutOnHold(happened_on=DAY, reason="waits_for_other_party"), sequence)


def error(sequence: int, of: Event[Any], source: str = planning.SOURCE) -> Event[Any]:
    return event(RegisteredInError(happened_on=DAY, event_id=of.id, reason="wrong_person"), sequence, source)


def test_what_was_registered_in_error_no_longer_counts_and_the_rest_does() -> None:
    first, second = hold(1), event(CaseResumed(happened_on=DAY), 2)
    assert effective([first, second, error(3, first)]) == [second]


def test_a_correction_that_was_itself_an_error_gives_back_what_it_took() -> None:
    first = hold(1)
    mistaken = error(2, first)
    assert effective([first, mistaken, error(3, mistaken)]) == [first]


def test_a_correction_reaches_only_events_of_its_own_service() -> None:
    first = hold(1)
    assert effective([first, error(1, first, referral.SOURCE)]) == [first]


def test_as_it_was_known_before_the_correction_the_event_still_counts() -> None:
    first = hold(1)
    correction = error(2, first)
    assert effective([first, correction], known_at=correction.recordedtime - timedelta(seconds=1)) == [first]
    assert effective([first, correction], known_at=correction.recordedtime) == []


@st.composite
def streams(draw: st.DrawFn) -> list[Event[Any]]:
    """Two sources; each event a fact or a correction of an earlier event of the same source."""
    log: list[Event[Any]] = []
    for source, fact in (
        (planning.SOURCE, CaseResumed(happened_on=DAY)),
        (referral.SOURCE, ReferralAccepted(happened_on=DAY)),
    ):
        own: list[Event[Any]] = []
        for sequence in range(1, draw(st.integers(0, 6)) + 1):
            corrected = draw(st.none() | st.sampled_from(own)) if own else None
            made = event(fact, sequence, source) if corrected is None else error(sequence, corrected, source)
            own.append(made)
        log += own
    return log


@given(streams(), st.data())
def test_any_order_and_any_repetition_leave_the_same(log: list[Event[Any]], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(log + data.draw(st.lists(st.sampled_from(log)) if log else st.just([]))))
    assert effective(shuffled) == effective(log)


@given(streams(), st.integers(0, 8))
def test_the_past_does_not_change_when_more_becomes_known(log: list[Event[Any]], minutes: int) -> None:
    moment = datetime(2021, 5, 3, 8, tzinfo=UTC) + timedelta(minutes=minutes)
    known_then = [each for each in log if each.recordedtime <= moment]
    assert effective(log, moment) == effective(known_then)
