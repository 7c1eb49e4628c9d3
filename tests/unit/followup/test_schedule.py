"""Deciding which follow-ups a samplan owes."""

from datetime import date
from uuid import UUID

import pytest

from contracts.codes import Role
from contracts.followup import FollowUpScheduled
from contracts.referral import RuleRef
from services.followup.domain import points_of, schedule
from tests.unit.followup.story import FINSAM, plan

IDS = [UUID(int=number) for number in (2, 6, 12)]


def test_a_plan_is_owed_follow_ups_after_two_six_and_twelve_months() -> None:
    two, six, twelve = schedule(plan(date(2021, 3, 1)), IDS)
    assert six == FollowUpScheduled(
        happened_on=date(2021, 3, 1),
        follow_up_id=UUID(int=6),
        samplan_id=UUID(int=7),
        months=6,
        nominal_on=date(2021, 9, 1),
        due_on=date(2021, 9, 1),
        opens_on=date(2021, 8, 18),
        closes_on=date(2021, 10, 16),
        responsible=Role.COORDINATOR,
        rule=FINSAM,
    )
    assert (two.months, two.responsible, two.nominal_on, two.due_on) == (
        2,
        Role.LOTS,
        date(2021, 5, 1),
        date(2021, 5, 3),
    )
    assert (twelve.months, twelve.responsible, twelve.due_on) == (12, Role.COORDINATOR, date(2022, 3, 1))


def test_a_plan_made_before_the_steering_groups_decision_is_not_followed_for_a_year() -> None:
    """L218-220: the twelve-month follow-up came later; a plan keeps the rule it was made under."""
    made = plan(date(2020, 11, 2), RuleRef(insats="finsam-team", version=1))
    assert [terms.months for terms in schedule(made, IDS[:2])] == [2, 6]


def test_an_insats_without_follow_up_points_owes_none() -> None:
    assert schedule(plan(rule=RuleRef(insats="mia-vidare", version=1)), []) == ()


def test_each_point_needs_its_id() -> None:
    with pytest.raises(ValueError, match="shorter"):
        schedule(plan(), IDS[:2])


@pytest.mark.parametrize("rule", [RuleRef(insats="finsam-team", version=99), RuleRef(insats="finns-inte", version=1)])
def test_a_rule_the_catalogue_does_not_have_is_an_error(rule: RuleRef) -> None:
    with pytest.raises(KeyError):
        points_of(plan(rule=rule))
