"""What is owed when planning takes back what follow-ups are counted from, or what had ended them."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from contracts.catalogue import INSATSER
from contracts.codes import SupersededBy, Timeliness
from contracts.corrections import RegisteredInError
from contracts.envelope import Fact
from contracts.followup import FollowUpReinstated, FollowUpSuperseded
from contracts.planning import CaseReopened, InsatsStarted, ParticipantExited, PlanningEnded
from contracts.referral import RuleRef
from services.followup.domain.ledger import Ledger
from services.followup.domain.obligations import owed
from services.followup.domain.reconcile import next_due
from services.followup.domain.time_limits import Catalogue
from tests.catalogue import superseded_by_exit
from tests.unit.followup.story import (
    FINSAM,
    MISSED_FROM,
    OPENS,
    PLAN_DAY,
    SCHEDULED,
    after,
    completed,
    conclusions,
    folded,
    logged,
    plan,
    scheduled,
    superseded,
)

DAY = timedelta(days=1)
TAKES_AWAY: Catalogue = {**INSATSER, "finsam-team": superseded_by_exit(INSATSER["finsam-team"])}
LEFT = OPENS - 10 * DAY
TODAY = OPENS - 5 * DAY


def taken_back(facts: Sequence[Fact], nth: int, today: date = TODAY) -> list[Fact]:
    """The facts, and that the nth of them (from 0) never happened."""
    error = RegisteredInError(happened_on=today, event_id=logged(*facts)[nth].id, reason="wrong_person")
    return [*facts, error]


def left(day: date = LEFT, rule: RuleRef = FINSAM) -> ParticipantExited:
    return ParticipantExited(happened_on=day, insats=rule.insats, rule=rule)


def known(*histories: Sequence[Fact], today: date = TODAY) -> Ledger:
    """What has been appended when the case's facts were, one after the other, these."""
    ledger = Ledger()
    for facts in histories:
        ledger = after(ledger, conclusions(facts, ledger, today, TAKES_AWAY))
    return ledger


def appended(facts: Sequence[Fact], ledger: Ledger, today: date = TODAY) -> list[Fact]:
    return [each.fact for each in conclusions(facts, ledger, today, TAKES_AWAY)]


def states(ledger: Ledger) -> set[str]:
    return {each.state for each in ledger.follow_ups.values()}


def test_a_plan_taken_back_ends_what_is_owed_because_it_was_registered_in_error() -> None:
    facts = [plan()]
    ledger = known(facts, today=PLAN_DAY)
    wrong = taken_back(facts, 0, PLAN_DAY + DAY)
    assert appended(wrong, ledger, PLAN_DAY + DAY) == [
        superseded(PLAN_DAY + DAY, terms, SupersededBy.REGISTERED_IN_ERROR) for terms in scheduled().values()
    ]
    ended = known(facts, wrong, today=PLAN_DAY + DAY)
    assert appended(wrong, ended, MISSED_FROM) == [], "nothing comes due of a plan that never was"
    assert next_due(ended, owed(logged(*wrong), TAKES_AWAY, TODAY), TODAY) is None


def test_a_follow_up_that_was_held_stays_so_when_its_plan_is_taken_back() -> None:
    facts = [plan()]
    held = folded(folded(None, SCHEDULED), completed(OPENS, Timeliness.IN_TIME))
    ledger = Ledger({**known(facts, today=OPENS).follow_ups, SCHEDULED.follow_up_id: held})
    ended = {
        fact.follow_up_id
        for fact in appended(taken_back(facts, 0, OPENS), ledger, OPENS)
        if isinstance(fact, FollowUpSuperseded)
    }
    assert ended == {terms.follow_up_id for terms in scheduled().values()} - {SCHEDULED.follow_up_id}


def test_an_exit_taken_back_makes_what_it_took_away_owed_again() -> None:
    facts = [plan(), left()]
    ledger = known(facts[:1], facts)
    assert states(ledger) == {"superseded"}
    wrong = taken_back(facts, 1)
    found = appended(wrong, ledger)
    again = [fact for fact in found if isinstance(fact, FollowUpReinstated)]
    assert [(fact.follow_up_id, fact.happened_on) for fact in again] == [
        (terms.follow_up_id, TODAY) for terms in scheduled().values()
    ]
    reinstated = known(facts[:1], facts, wrong)
    assert states(reinstated) == {"owed"}
    assert appended(wrong, reinstated) == []
    assert next_due(reinstated, owed(logged(*wrong), TAKES_AWAY, TODAY), TODAY) == OPENS


def test_an_exit_that_was_right_after_all_takes_follow_ups_away_again_from_its_own_day() -> None:
    facts = [plan(), left()]
    wrong = taken_back(facts, 1)
    right = taken_back(wrong, 2)
    ledger = known(facts[:1], facts, wrong)
    assert appended(right, ledger) == [superseded(LEFT, terms) for terms in scheduled().values()]


def test_what_came_due_before_an_exit_was_taken_back_is_said_with_its_own_day() -> None:
    facts = [plan(), left()]
    wrong = taken_back(facts, 1, MISSED_FROM)
    ledger = known(facts[:1], facts, wrong, today=MISSED_FROM)
    assert ledger.follow_ups[SCHEDULED.follow_up_id].missed_on == MISSED_FROM


def test_a_reopening_taken_back_lets_the_exit_count_again() -> None:
    facts = [plan(), left(), CaseReopened(happened_on=LEFT + DAY, episode=2)]
    ledger = known(facts[:1], facts[:2], facts)
    assert states(ledger) == {"owed"}
    assert appended(taken_back(facts, 2), ledger) == [superseded(LEFT, terms) for terms in scheduled().values()]


def test_an_end_of_planning_taken_back_makes_the_plan_followed_up_again() -> None:
    facts = [plan(), PlanningEnded(happened_on=LEFT, insats="finsam-team")]
    ledger = known(facts[:1], facts)
    assert states(ledger) == {"superseded"}
    assert states(after(ledger, conclusions(taken_back(facts, 1), ledger, TODAY, TAKES_AWAY))) == {"owed"}


def counted_from(kind: str) -> Catalogue:
    """FINSAM-team's rules, with follow-ups counted from a start or an exit instead of from the plan."""
    versions = tuple(
        rule.model_copy(
            update={"follow_ups": tuple(each.model_copy(update={"anchor": kind}) for each in rule.follow_ups)}
        )
        for rule in INSATSER["finsam-team"].versions
    )
    return {"finsam-team": INSATSER["finsam-team"].model_copy(update={"versions": versions})}


@pytest.mark.parametrize("kind", ["start", "exit"])
def test_a_start_or_an_exit_taken_back_ends_what_is_counted_from_it(kind: str) -> None:
    catalogue = counted_from(kind)
    start = InsatsStarted(happened_on=PLAN_DAY, insats="finsam-team", rule=FINSAM)
    facts: list[Fact] = [start, left(PLAN_DAY)] if kind == "exit" else [start]
    ledger = after(Ledger(), conclusions(facts, Ledger(), PLAN_DAY, catalogue))
    assert states(ledger) == {"owed"}
    found = conclusions(taken_back(facts, len(facts) - 1), ledger, PLAN_DAY, catalogue)
    ended = [each.fact for each in found if isinstance(each.fact, FollowUpSuperseded)]
    assert {fact.follow_up_id for fact in ended} == set(ledger.follow_ups)
    assert {fact.cause for fact in ended} == {SupersededBy.REGISTERED_IN_ERROR}
