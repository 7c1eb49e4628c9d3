"""A lots begins to support the participant (follow-up 2021, L163-173)."""

from dataclasses import replace
from datetime import date, timedelta

from services.planning.domain import AssignLots
from tests.unit.planning.mother import (
    MEETS_ON,
    MIA,
    TODAY,
    accepted,
    at_acceptance,
    booked,
    left,
    lots_assigned,
    met,
    received,
    referred_to,
    returned,
    spec,
    with_plan,
)

assign = AssignLots(lots_id="lots-1", assigned_on=MEETS_ON, today=TODAY)


def test_at_the_team_meeting() -> None:
    spec.given(*met).when(assign).then(lots_assigned)


def test_in_connection_with_a_follow_up() -> None:
    two_months_later = date(2021, 5, 3)
    expected = lots_assigned.model_copy(update={"happened_on": two_months_later})
    spec.given(*with_plan).when(replace(assign, assigned_on=two_months_later)).then(expected)


def test_another_takes_over() -> None:
    another = replace(assign, lots_id="lots-2", assigned_on=MEETS_ON + timedelta(days=30))
    expected = lots_assigned.model_copy(update={"lots_id": "lots-2", "happened_on": another.assigned_on})
    spec.given(*met, lots_assigned).when(another).then(expected)


def test_another_does_not_take_over_before_the_first_began() -> None:
    later = lots_assigned.model_copy(update={"happened_on": MEETS_ON + timedelta(days=30)})
    spec.given(*met, later).when(replace(assign, lots_id="lots-2")).then_refused(
        "before_earlier_lots", field="assigned_on"
    )


def test_the_same_again_is_refused() -> None:
    spec.given(*met, lots_assigned).when(assign).then_refused("already_assigned")


def test_only_where_the_insats_has_lotsar() -> None:
    spec.given(referred_to(MIA), accepted).when(assign).then_refused("no_lots")


def test_needs_a_held_meeting() -> None:
    spec.given(*at_acceptance, booked).when(assign).then_refused("team_meeting_missing")


def test_not_before_the_meeting() -> None:
    early = replace(assign, assigned_on=MEETS_ON - timedelta(days=1))
    spec.given(*met).when(early).then_refused("before_meeting", field="assigned_on")


def test_not_in_the_future() -> None:
    late = replace(assign, assigned_on=TODAY + timedelta(days=1))
    spec.given(*met).when(late).then_refused("in_future", field="assigned_on")


def test_not_on_a_day_without_rules() -> None:
    spec.given(*met).when(replace(assign, assigned_on=date(2019, 6, 1))).then_refused("no_rule", field="assigned_on")


def test_not_before_the_referral_is_accepted() -> None:
    spec.given(received).when(assign).then_refused("not_accepted")


def test_not_for_a_returned_referral() -> None:
    spec.given(*met, returned).when(assign).then_refused("returned")


def test_not_after_the_exit() -> None:
    spec.given(*left).when(assign).then_refused("exited")
