"""The ledger's laws, over everything that can happen to a follow-up in any order and as late as may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import FollowUpReason, FollowUpResult, Timeliness
from contracts.envelope import Fact
from contracts.followup import (
    FollowUpCompleted,
    FollowUpMissed,
    FollowUpOpened,
    FollowUpScheduled,
    FollowUpSuperseded,
)
from contracts.problems import Refused
from contracts.referral import ReferralAccepted
from services.followup.domain import (
    Command,
    Complete,
    Consent,
    FollowUp,
    LookAtCalendar,
    Missed,
    NoteExit,
    Report,
    Scheduled,
    Standing,
    decide,
    evolve,
    evolved,
    missed_from,
    missed_on,
    standing,
)
from tests.unit.followup.story import OPENS, SCHEDULED, owed

ORDER = (FollowUpScheduled, FollowUpOpened, FollowUpMissed, FollowUpCompleted, FollowUpSuperseded)


@dataclass(frozen=True)
class Step:
    """Something asked on a day; days before it may be meant."""

    today: date
    command: Command


@st.composite
def _lives(draw: st.DrawFn) -> tuple[FollowUpScheduled, list[Step]]:
    terms = owed(draw(st.dates(date(2015, 1, 1), date(2035, 12, 31))))[draw(st.sampled_from([2, 6, 12]))]
    today = terms.happened_on
    steps = []
    for _ in range(draw(st.integers(0, 8))):
        today += timedelta(days=draw(st.integers(0, 120)))
        steps.append(Step(today, draw(_commands(terms.happened_on, today))))
    return terms, steps


def _commands(planned_on: date, today: date) -> st.SearchStrategy[Command]:
    reports = st.builds(
        Report,
        held_on=st.dates(planned_on - timedelta(days=3), today + timedelta(days=3)),
        result=st.sampled_from(FollowUpResult),
        reason=st.none() | st.sampled_from(FollowUpReason),
    )
    return st.one_of(
        st.just(LookAtCalendar(today)),
        st.builds(Complete, reports, st.just(frozenset()), st.sampled_from(Consent), st.just(today)),
        st.builds(NoteExit, st.dates(planned_on, today)),
    )


def _told(terms: FollowUpScheduled, steps: Sequence[Step]) -> list[Fact]:
    facts: list[Fact] = [terms]
    for step in steps:
        try:
            facts.extend(decide(step.command, evolved(Scheduled(terms), facts)))
        except Refused:
            assert isinstance(step.command, Complete), "only people are refused"
    return facts


@given(_lives())
def test_facts_come_in_the_ledgers_order_and_each_kind_at_most_once(
    life: tuple[FollowUpScheduled, list[Step]],
) -> None:
    places = [ORDER.index(type(fact)) for fact in _told(*life)]
    assert places == sorted(set(places))
    assert not {FollowUpCompleted, FollowUpSuperseded} <= {type(fact) for fact in _told(*life)}


@given(_lives())
def test_a_miss_is_never_taken_back(life: tuple[FollowUpScheduled, list[Step]]) -> None:
    terms, steps = life
    facts = _told(terms, steps)
    misses = [fact.happened_on for fact in facts if isinstance(fact, FollowUpMissed)]
    assert misses in ([], [missed_from(terms)])
    assert missed_on(evolved(Scheduled(terms), facts)) == (misses[0] if misses else None)


@given(_lives())
def test_nothing_is_held_or_missed_before_it_opened(life: tuple[FollowUpScheduled, list[Step]]) -> None:
    kinds = [type(fact) for fact in _told(*life)]
    if FollowUpCompleted in kinds or FollowUpMissed in kinds:
        assert FollowUpOpened in kinds


@given(_lives())
def test_a_completion_says_whether_it_was_in_time_by_the_day_it_was_held(
    life: tuple[FollowUpScheduled, list[Step]],
) -> None:
    terms, _ = life
    for fact in _told(*life):
        if isinstance(fact, FollowUpCompleted):
            assert terms.opens_on <= fact.happened_on
            assert (fact.timeliness is Timeliness.LATE) == (fact.happened_on > terms.closes_on)


@given(_lives())
def test_after_a_look_at_the_calendar_nothing_waits_untold(life: tuple[FollowUpScheduled, list[Step]]) -> None:
    terms, steps = life
    today = steps[-1].today if steps else terms.happened_on
    after = evolved(Scheduled(terms), _told(terms, [*steps, Step(today, LookAtCalendar(today))]))
    assert decide(LookAtCalendar(today), after) == ()
    if standing(after, today) in {Standing.UPCOMING, Standing.DUE, Standing.OVERDUE}:
        assert isinstance(after, Missed) == (today > terms.closes_on)
        assert isinstance(after, Scheduled) == (today < terms.opens_on)


@given(_lives())
def test_how_late_the_timers_are_changes_nothing_that_is_told(life: tuple[FollowUpScheduled, list[Step]]) -> None:
    """Timers that fire on each day people register something, or only in the end, tell the same."""
    terms, steps = life
    by_people = [step for step in steps if isinstance(step.command, Complete)]
    prompt = [each for step in by_people for each in (Step(step.today, LookAtCalendar(step.today)), step)]
    today = by_people[-1].today if by_people else terms.happened_on
    in_the_end = Step(today, LookAtCalendar(today))
    assert _told(terms, [*by_people, in_the_end]) == _told(terms, [*prompt, in_the_end])


@pytest.mark.parametrize("follow_up", [None, Scheduled(SCHEDULED)])
def test_a_fact_that_is_not_about_a_follow_up_is_an_error(follow_up: FollowUp | None) -> None:
    with pytest.raises(ValueError, match="ReferralAccepted"):
        evolve(follow_up, ReferralAccepted(happened_on=OPENS))
