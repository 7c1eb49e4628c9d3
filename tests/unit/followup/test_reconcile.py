"""The ledger agrees with what is owed, whatever order events arrive in and however late."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from contracts import planning, referral
from contracts.catalogue import INSATSER
from contracts.codes import Member, Sex
from contracts.corrections import RegisteredInError
from contracts.envelope import TIMER, Event, Fact
from contracts.events import event_of
from contracts.planning import (
    CaseReopened,
    InsatsStarted,
    ParticipantExited,
    PlannedActivity,
    PlanningEnded,
    SamplanUpprättad,
)
from contracts.referral import ReferralReceived, RuleRef
from services.followup.domain.ledger import Ledger, evolve, fold
from services.followup.domain.obligations import owed
from services.followup.domain.reconcile import Conclusion, next_due, reconcile

CASE = UUID(int=7)
SPACE = UUID(int=99)
DAY = date(2021, 2, 1)
RULE = RuleRef(insats="finsam-team", version=2)
PLAN = SamplanUpprättad(
    happened_on=DAY,
    samplan_id=UUID(int=1),
    insats="finsam-team",
    activities=(PlannedActivity(activity_id=UUID(int=2), responsible=Member.KOMMUN),),
    rule=RULE,
)


def wrap(fact: Fact, sequence: int, source: str, day: date | None = None) -> Event[Any]:
    recorded = datetime.combine(day or fact.happened_on, datetime.min.time(), UTC) + timedelta(hours=12)
    return event_of(
        fact,
        event_id=uuid5(SPACE, f"{source}{sequence}"),
        stream_id=CASE,
        sequence=sequence,
        recorded=recorded,
        actor=TIMER,
        source=source,
    )


def conclusions(log: list[Event[Any]], today: date) -> tuple[Conclusion, ...]:
    return reconcile(fold(log), owed(log, INSATSER, today), today)


def appended(log: list[Event[Any]], today: date) -> list[Event[Any]]:
    """The log with what reconciling appends."""
    own = [event for event in log if event.source == "/samspel/followup"]
    made = [
        wrap(each.fact, len(own) + nth, "/samspel/followup", today)
        for nth, each in enumerate(conclusions(log, today), start=1)
    ]
    return [*log, *made]


def names(found: tuple[Conclusion, ...]) -> list[str]:
    return [each.fact.wire_name() for each in found]


def test_a_plan_owes_its_follow_ups_once() -> None:
    log = [wrap(PLAN, 1, planning.SOURCE)]
    after = appended(log, DAY)
    assert names(conclusions(log, DAY)) == ["FollowUpScheduled"] * 3
    assert conclusions(after, DAY) == ()


def test_what_the_calendar_made_true_during_a_stop_is_said_once_with_its_own_day() -> None:
    after = appended([wrap(PLAN, 1, planning.SOURCE)], DAY)
    late = date(2021, 5, 20)
    found = conclusions(after, late)
    reminders = ["FollowUpReminded", "FollowUpReminded", "FollowUpEscalated"]
    assert names(found) == ["FollowUpOpened", *reminders, "FollowUpMissed", "FollowUpEscalated"]
    assert all(each.fact.happened_on < late for each in found)


def test_an_exit_takes_no_follow_up_away_unless_the_rule_says_so() -> None:
    log = [
        wrap(PLAN, 1, planning.SOURCE),
        wrap(InsatsStarted(happened_on=DAY, insats="finsam-team", rule=RULE), 2, planning.SOURCE),
    ]
    after = appended(log, DAY)
    left = wrap(ParticipantExited(happened_on=DAY, insats="finsam-team", rule=RULE), 3, planning.SOURCE)
    assert conclusions([*after, left], DAY) == ()


def test_a_planning_that_came_to_nothing_is_followed_up_no_more() -> None:
    after = appended([wrap(PLAN, 1, planning.SOURCE)], DAY)
    ended = wrap(PlanningEnded(happened_on=DAY, insats="finsam-team"), 2, planning.SOURCE)
    assert names(conclusions([*after, ended], DAY)) == ["FollowUpSuperseded"] * 3


def test_a_plan_registered_in_error_is_followed_up_no_more_and_again_if_that_was_the_error() -> None:
    plan = wrap(PLAN, 1, planning.SOURCE)
    after = appended([plan], DAY)
    wrong = wrap(RegisteredInError(happened_on=DAY, event_id=plan.id, reason="wrong_person"), 2, planning.SOURCE)
    taken_away = appended([*after, wrong], DAY)
    assert names(conclusions([*after, wrong], DAY)) == ["FollowUpSuperseded"] * 3
    back = wrap(RegisteredInError(happened_on=DAY, event_id=wrong.id, reason="wrong_person"), 3, planning.SOURCE)
    assert names(conclusions([*taken_away, back], DAY)) == ["FollowUpReinstated"] * 3


@st.composite
def lives(draw: st.DrawFn) -> list[Event[Any]]:
    """What planning and referral say of one case: plan, start, exits, reopenings, corrections, with their days."""
    received = ReferralReceived(
        happened_on=DAY,
        person_id=UUID(int=5),
        insats="finsam-team",
        agency="stockholms-stad",
        unit="sodermalm",
        unit_kind="district",
        sex=Sex.WOMAN,
        rule=RULE,
    )
    facts: list[Fact] = [PLAN, InsatsStarted(happened_on=DAY + timedelta(3), insats="finsam-team", rule=RULE)]
    day, episode = DAY + timedelta(10), 1
    for _ in range(draw(st.integers(0, 2))):
        day += timedelta(draw(st.integers(0, 200)))
        facts.append(ParticipantExited(happened_on=day, insats="finsam-team", episode=episode, rule=RULE))
        if not draw(st.booleans()):
            break
        day += timedelta(draw(st.integers(0, 60)))
        episode += 1
        facts.append(CaseReopened(happened_on=day, episode=episode))
    log = [wrap(fact, nth, planning.SOURCE) for nth, fact in enumerate(facts, start=1)]
    for _ in range(draw(st.integers(0, 2))):
        wrong = draw(st.sampled_from(log))
        error = RegisteredInError(happened_on=day, event_id=wrong.id, reason="wrong_person")
        log.append(wrap(error, len(log) + 1, planning.SOURCE))
    return [wrap(received, 1, referral.SOURCE), *log]


@given(lives(), st.data())
def test_for_any_life_in_any_order_of_arrival_reconciling_twice_says_nothing_the_second_time(
    life: list[Event[Any]], data: st.DataObject
) -> None:
    today = DAY
    log: list[Event[Any]] = []
    for event in data.draw(st.permutations(life)):
        today += timedelta(data.draw(st.integers(0, 40)))
        log = appended([*log, event], today)
        assert conclusions(log, today) == ()


@given(lives(), st.integers(0, 900))
def test_after_a_stop_of_any_length_everything_is_as_if_there_had_been_none(
    life: list[Event[Any]], days: int
) -> None:
    end = DAY + timedelta(days)
    at_once = fold(appended(life, end))
    daily = life
    today: date | None = DAY
    while today is not None and today <= end:
        daily = appended(daily, today)
        today = next_due(fold(daily), owed(daily, INSATSER, today), today)
    stepwise = fold(appended(daily, end))
    assert {each: (f.state, f.missed_on, f.opened, f.reminded) for each, f in at_once.follow_ups.items()} == {
        each: (f.state, f.missed_on, f.opened, f.reminded) for each, f in stepwise.follow_ups.items()
    }


@given(lives(), st.integers(0, 900))
def test_a_miss_is_never_taken_back(life: list[Event[Any]], days: int) -> None:
    log = appended(life, DAY + timedelta(days))
    missed = {key for key, each in fold(log).follow_ups.items() if each.missed_on is not None}
    later = fold(appended(log, DAY + timedelta(days + 400)))
    assert missed <= {key for key, each in later.follow_ups.items() if each.missed_on is not None}


def test_the_ledger_is_the_same_event_by_event_as_folded_whole() -> None:
    log = appended([wrap(PLAN, 1, planning.SOURCE)], date(2022, 6, 1))
    step = Ledger()
    for event in log:
        if event.source == "/samspel/followup":
            step = evolve(step, event.data, event.id)
    assert step == fold(log)
