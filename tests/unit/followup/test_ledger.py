"""The ledger's laws, over everything that can happen to a follow-up in any order and as late as may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import INSATSER
from contracts.catalogue.reminders import REMINDERS as CHAIN
from contracts.codes import FollowUpReason, FollowUpResult, Timeliness
from contracts.consent import Consents
from contracts.envelope import Fact
from contracts.followup import (
    FollowUpCompleted,
    FollowUpEscalated,
    FollowUpFact,
    FollowUpMissed,
    FollowUpOpened,
    FollowUpReminded,
    FollowUpScheduled,
    FollowUpSuperseded,
)
from contracts.planning import ParticipantExited
from contracts.problems import Refused
from contracts.referral import ReferralAccepted
from services.followup.domain.completion import CompleteFollowUp, FollowUpFinding, complete
from services.followup.domain.ledger import (
    DueStatus,
    FollowUp,
    ImpossibleFactError,
    Ledger,
    due_status,
    evolve,
    missed_from,
)
from services.followup.domain.time_limits import Catalogue
from tests.catalogue import superseded_by_exit
from tests.unit.followup.story import FINSAM, GIVEN, OPENS, SCHEDULED, conclusions, opened, plan

ORDER = (FollowUpScheduled, FollowUpOpened, FollowUpMissed, FollowUpCompleted, FollowUpSuperseded)
REMINDERS = (FollowUpReminded, FollowUpEscalated)
TAKES_AWAY: Catalogue = {"finsam-team": superseded_by_exit(INSATSER["finsam-team"])}


@dataclass(frozen=True)
class Step:
    """What was done on a day: a follow-up completed, an exit heard of, or (None) only the calendar looked at."""

    today: date
    done: CompleteFollowUp | ParticipantExited | None = None


@dataclass(frozen=True)
class Life:
    """A plan's day, the follow-up looked at (by months), and what is done about it."""

    planned_on: date
    months: int
    steps: Sequence[Step]


@st.composite
def lives(draw: st.DrawFn) -> Life:
    planned_on = draw(st.dates(date(2015, 1, 1), date(2035, 12, 31)))
    today, steps = planned_on, []
    for _ in range(draw(st.integers(0, 8))):
        today += timedelta(days=draw(st.integers(0, 120)))
        steps.append(Step(today, draw(_done(planned_on, today))))
    return Life(planned_on, draw(st.sampled_from([2, 6, 12])), steps)


def _done(planned_on: date, today: date) -> st.SearchStrategy[CompleteFollowUp | ParticipantExited | None]:
    findings = st.builds(
        FollowUpFinding,
        held_on=st.dates(planned_on - timedelta(days=3), today + timedelta(days=3)),
        result=st.sampled_from(FollowUpResult),
        reason=st.none() | st.sampled_from(FollowUpReason),
    )
    exits = st.builds(
        ParticipantExited,
        happened_on=st.dates(planned_on, today),
        insats=st.just("finsam-team"),
        rule=st.just(FINSAM),
        episode=st.just(1),
        reason=st.none(),
        national_code=st.none(),
    )
    completions = st.builds(
        CompleteFollowUp, findings, st.just(frozenset()), st.sampled_from([GIVEN, Consents()]), st.just(today)
    )
    return st.one_of(st.none(), completions, exits)


def _follow_up(ledger: Ledger, months: int) -> FollowUp:
    return next(each for each in ledger.follow_ups.values() if each.terms.months == months)


def appended(life: Life) -> list[FollowUpFact]:
    """Everything that is appended of the follow-up looked at, in order."""
    heard: list[Fact] = [plan(life.planned_on)]
    ledger, facts = Ledger(), list[FollowUpFact]()

    def append(new: Sequence[Fact]) -> None:
        nonlocal ledger
        for fact in new:
            ledger = evolve(ledger, fact, UUID(int=1))
            if isinstance(fact, FollowUpFact) and fact.months == life.months:
                facts.append(fact)

    def reconcile_on(today: date) -> None:
        append([each.fact for each in conclusions(heard, ledger, today, TAKES_AWAY)])

    reconcile_on(life.planned_on)
    for step in life.steps:
        match step.done:
            case CompleteFollowUp():
                try:
                    append(complete(step.done, _follow_up(ledger, life.months)))
                except Refused:
                    continue
            case ParticipantExited():
                if len(heard) == 1:
                    heard.append(step.done)
                reconcile_on(step.today)
            case _:
                reconcile_on(step.today)
    return facts


def _folded(facts: Sequence[FollowUpFact]) -> FollowUp:
    ledger = Ledger()
    for fact in facts:
        ledger = evolve(ledger, fact, UUID(int=1))
    [follow_up] = ledger.follow_ups.values()
    return follow_up


@given(lives())
def test_facts_come_in_the_ledgers_order_and_each_kind_at_most_once(life: Life) -> None:
    facts = appended(life)
    places = [ORDER.index(type(fact)) for fact in facts if not isinstance(fact, REMINDERS)]
    assert places == sorted(set(places))
    steps = [fact.step for fact in facts if isinstance(fact, REMINDERS)]
    assert steps == [each.id for each in CHAIN][: len(steps)]
    days = [fact.happened_on for fact in facts if not isinstance(fact, FollowUpCompleted | FollowUpSuperseded)]
    assert days == sorted(days)
    assert not {FollowUpCompleted, FollowUpSuperseded} <= {type(fact) for fact in facts}


@given(lives())
def test_a_miss_is_never_taken_back(life: Life) -> None:
    facts = appended(life)
    misses = [fact.happened_on for fact in facts if isinstance(fact, FollowUpMissed)]
    follow_up = _folded(facts)
    assert misses in ([], [missed_from(follow_up.terms)])
    assert follow_up.missed_on == (misses[0] if misses else None)


@given(lives())
def test_nothing_is_missed_or_reminded_of_before_it_opened(life: Life) -> None:
    kinds = [type(fact) for fact in appended(life)]
    if not {FollowUpMissed, *REMINDERS}.isdisjoint(kinds):
        assert FollowUpOpened in kinds


@given(lives())
def test_a_completion_says_whether_it_was_in_time_by_the_day_it_was_held(life: Life) -> None:
    facts = appended(life)
    terms = _folded(facts).terms
    for fact in facts:
        if isinstance(fact, FollowUpCompleted):
            assert (fact.timeliness is Timeliness.EARLY) == (fact.happened_on < terms.opens_on)
            assert (fact.timeliness is Timeliness.LATE) == (fact.happened_on > terms.closes_on)


@given(lives())
def test_after_reconciling_nothing_of_the_calendar_is_missing(life: Life) -> None:
    today = life.steps[-1].today if life.steps else life.planned_on
    after = _folded(appended(Life(life.planned_on, life.months, [*life.steps, Step(today)])))
    if due_status(after, today) in {DueStatus.UPCOMING, DueStatus.DUE, DueStatus.OVERDUE}:
        assert (after.missed_on is not None) == (today > after.terms.closes_on)
        assert after.opened == (today >= after.terms.opens_on)
        due = {each.id for each in CHAIN if each.day(after.terms.due_on, after.terms.closes_on) <= today}
        assert after.reminded == due


@given(lives())
def test_how_late_the_timers_are_changes_nothing_that_is_appended(life: Life) -> None:
    """Timers that fire on each day people register something, or only in the end, append the same."""
    by_people = [step for step in life.steps if isinstance(step.done, CompleteFollowUp)]
    prompt = [each for step in by_people for each in (Step(step.today), step)]
    in_the_end = Step(by_people[-1].today if by_people else life.planned_on)
    assert appended(Life(life.planned_on, life.months, [*by_people, in_the_end])) == appended(
        Life(life.planned_on, life.months, [*prompt, in_the_end])
    )


def test_a_fact_of_another_service_changes_nothing() -> None:
    assert evolve(Ledger(), ReferralAccepted(happened_on=OPENS), UUID(int=1)) == Ledger()


def test_a_fact_about_a_follow_up_that_was_never_scheduled_is_an_error() -> None:
    with pytest.raises(ImpossibleFactError, match="FollowUpOpened"):
        evolve(Ledger(), opened(SCHEDULED), UUID(int=1))
