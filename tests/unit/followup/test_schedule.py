"""Which follow-ups and time limits a case owes."""

from datetime import date, timedelta

import pytest

from contracts.catalogue import INSATSER
from contracts.catalogue.timing import ClockRule, Limit
from contracts.codes import Sex
from contracts.corrections import RegisteredInError
from contracts.envelope import Fact
from contracts.followup import FollowUpScheduled
from contracts.planning import InsatsStarted
from contracts.referral import ReferralReceived, RuleRef
from services.followup.domain.ledger import Ledger
from services.followup.domain.obligations import owed, unknown_rules
from services.followup.domain.reconcile import next_due
from services.followup.domain.time_limits import Catalogue
from tests.unit.followup.story import FINSAM, after, conclusions, logged, plan, scheduled

DAY = timedelta(days=1)
REFERRED = date(2021, 3, 1)


def test_a_plan_is_owed_follow_ups_after_two_six_and_twelve_months() -> None:
    two, six, twelve = scheduled().values()
    assert six == FollowUpScheduled(
        happened_on=date(2021, 3, 1),
        follow_up_id=six.follow_up_id,
        point="uppfoljning-6",
        anchor=logged(plan())[0].id,
        samplan_id=plan().samplan_id,
        months=6,
        nominal_on=date(2021, 9, 1),
        due_on=date(2021, 9, 1),
        opens_on=date(2021, 8, 18),
        closes_on=date(2021, 10, 16),
        responsible="koordinator",
        rule=FINSAM,
    )
    assert (two.responsible, two.nominal_on, two.due_on) == ("lots", date(2021, 5, 1), date(2021, 5, 3))
    assert (twelve.responsible, twelve.due_on) == ("koordinator", date(2022, 3, 1))
    assert len({two.follow_up_id, six.follow_up_id, twelve.follow_up_id}) == 3


def test_a_plan_made_before_the_steering_groups_decision_is_not_followed_for_a_year() -> None:
    """L218-220: the twelve-month follow-up came later; a plan keeps the rule it was made under."""
    assert list(scheduled(date(2020, 11, 2), RuleRef(insats="finsam-team", version=1))) == [2, 6]


def test_from_2025_the_coordinator_holds_all_three() -> None:
    found = scheduled(date(2025, 3, 3), RuleRef(insats="finsam-team", version=3))
    assert {months: terms.responsible for months, terms in found.items()} == dict.fromkeys((2, 6, 12), "koordinator")


@pytest.mark.parametrize("rule", [RuleRef(insats="finsam-team", version=99), RuleRef(insats="finns-inte", version=1)])
def test_a_rule_the_catalogue_does_not_have_owes_nothing_until_it_does(rule: RuleRef) -> None:
    log = logged(plan(rule=rule))
    assert owed(log, INSATSER, REFERRED).follow_ups == {}
    assert unknown_rules(log, INSATSER) == {(rule.insats, rule.version)}
    assert unknown_rules(logged(plan()), INSATSER) == frozenset()


# Time limits

TIMED: Catalogue = {
    "finsam-team": INSATSER["finsam-team"].model_copy(
        update={
            "versions": tuple(
                rule.model_copy(
                    update={
                        "clocks": (
                            ClockRule(
                                id="till-start",
                                label="till start",
                                starts=("referral",),
                                stops=("start",),
                                limit=Limit(weeks=3),
                            ),
                        )
                    }
                )
                for rule in INSATSER["finsam-team"].versions
            )
        }
    )
}
LAST = REFERRED + timedelta(weeks=3)
RECEIVED = ReferralReceived(
    happened_on=REFERRED,
    person_id=plan().samplan_id,
    insats="finsam-team",
    agency="stockholms-stad",
    unit="sodermalm",
    unit_kind="district",
    sex=Sex.WOMAN,
    rule=FINSAM,
)


def _started(day: date) -> InsatsStarted:
    return InsatsStarted(happened_on=day, insats="finsam-team", rule=FINSAM)


def _said(facts: list[Fact], known: Ledger, today: date) -> list[tuple[str, date]]:
    return [(each.fact.wire_name(), each.fact.happened_on) for each in conclusions(facts, known, today, TIMED)]


def _known(facts: list[Fact], today: date) -> Ledger:
    return after(Ledger(), conclusions(facts, Ledger(), today, TIMED))


def test_a_time_limit_is_set_and_passes_on_the_day_after_it() -> None:
    known = _known([RECEIVED], REFERRED)
    assert [each.terms.limit_on for each in known.deadlines.values()] == [LAST]
    assert next_due(known, owed(logged(RECEIVED), TIMED, REFERRED), REFERRED) == LAST + DAY
    assert _said([RECEIVED], known, LAST) == []
    assert _said([RECEIVED], known, LAST + 50 * DAY) == [("DeadlinePassed", LAST + DAY)]


def test_what_stops_the_clock_within_the_limit_meets_it_also_when_heard_of_late() -> None:
    facts: list[Fact] = [RECEIVED, _started(LAST)]
    assert _said(facts, _known([RECEIVED], REFERRED), LAST + 50 * DAY) == [("DeadlineMet", LAST)]


def test_what_comes_after_the_limit_does_not_meet_it() -> None:
    facts: list[Fact] = [RECEIVED, _started(LAST + DAY)]
    assert _said(facts, _known([RECEIVED], REFERRED), LAST + DAY) == [("DeadlinePassed", LAST + DAY)]


def test_a_passed_limit_stays_passed_when_a_start_within_it_is_registered_late() -> None:
    known = _known([RECEIVED], LAST + DAY)
    assert _said([RECEIVED, _started(LAST)], known, LAST + 2 * DAY) == []


def test_a_limit_met_by_what_never_happened_runs_again() -> None:
    start = logged(RECEIVED, _started(LAST))[1]
    error = RegisteredInError(happened_on=LAST, event_id=start.id, reason="wrong_person")
    facts: list[Fact] = [RECEIVED, _started(LAST), error]
    known = _known(facts[:2], LAST)
    assert _said(facts, known, LAST) == []
    assert next_due(known, owed(logged(*facts), TIMED, LAST), LAST) == LAST + DAY
    assert _said(facts, known, LAST + DAY) == [("DeadlinePassed", LAST + DAY)]
