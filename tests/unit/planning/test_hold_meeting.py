"""Registering that the booked team meeting was held."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from contracts.codes import MeetingMode
from services.planning.domain import HoldMeeting
from tests.unit.planning.mother import (
    MEETS_ON,
    OTHER_MEETING,
    TODAY,
    at_acceptance,
    booked,
    held,
    left,
    met,
    received,
    returned,
    spec,
)

hold = HoldMeeting(held_on=None, mode=None, today=TODAY)


def test_as_booked_unless_told_otherwise() -> None:
    spec.given(*at_acceptance, booked).when(hold).then(held)


def test_in_another_way_than_booked() -> None:
    physically = replace(hold, mode=MeetingMode.PHYSICAL)
    spec.given(*at_acceptance, booked).when(physically).then(held.model_copy(update={"mode": MeetingMode.PHYSICAL}))


def test_on_the_day_itself() -> None:
    spec.given(*at_acceptance, booked).when(replace(hold, held_on=MEETS_ON, today=MEETS_ON)).then(held)


@pytest.mark.parametrize("days", [-1, 1])
def test_on_no_other_day_than_booked(days: int) -> None:
    elsewhen = replace(hold, held_on=MEETS_ON + timedelta(days=days))
    spec.given(*at_acceptance, booked).when(elsewhen).then_refused("not_the_booked_day", field="held_on")


def test_in_the_session_it_was_moved_to() -> None:
    day = date(2021, 3, 8)
    moved = booked.model_copy(update={"meeting_id": OTHER_MEETING, "team": "team-2", "meets_on": day})
    expected = held.model_copy(update={"meeting_id": OTHER_MEETING, "team": "team-2", "happened_on": day})
    spec.given(*at_acceptance, booked, moved).when(hold).then(expected)


def test_not_before_its_day_has_come() -> None:
    early = replace(hold, today=MEETS_ON - timedelta(days=1))
    spec.given(*at_acceptance, booked).when(early).then_refused("in_future", field="held_on")


def test_not_without_a_booking() -> None:
    spec.given(*at_acceptance).when(hold).then_refused("no_meeting_booked")


def test_not_twice() -> None:
    spec.given(*met).when(hold).then_refused("already_held")


def test_not_before_the_referral_is_accepted() -> None:
    spec.given(received).when(hold).then_refused("not_accepted")


def test_not_for_a_returned_referral() -> None:
    spec.given(*at_acceptance, booked, returned).when(hold).then_refused("returned")


def test_not_after_the_exit() -> None:
    spec.given(*left).when(hold).then_refused("exited")
