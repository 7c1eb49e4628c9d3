"""An activity of the samplan begins."""

from dataclasses import replace
from datetime import timedelta

from services.planning.domain import StartActivity
from tests.unit.planning.mother import (
    BEGUN_ON,
    MEETS_ON,
    TODAY,
    UNKNOWN,
    WORK,
    activity_started,
    left,
    met,
    received,
    returned,
    spec,
    with_plan,
    work_begun,
    work_done,
)

start = StartActivity(activity_id=WORK, started_on=BEGUN_ON, today=TODAY)


def test_begins() -> None:
    spec.given(*with_plan).when(start).then(work_begun)


def test_on_the_day_of_the_plan() -> None:
    expected = activity_started(happened_on=MEETS_ON, activity_id=WORK)
    spec.given(*with_plan).when(replace(start, started_on=MEETS_ON)).then(expected)


def test_not_before_the_plan() -> None:
    early = replace(start, started_on=MEETS_ON - timedelta(days=1))
    spec.given(*with_plan).when(early).then_refused("before_plan", field="started_on")


def test_not_in_the_future() -> None:
    late = replace(start, started_on=TODAY + timedelta(days=1))
    spec.given(*with_plan).when(late).then_refused("in_future", field="started_on")


def test_not_twice() -> None:
    spec.given(*with_plan, work_begun).when(start).then_refused("already_started")


def test_not_once_it_is_completed() -> None:
    spec.given(*with_plan, work_begun, work_done).when(start).then_refused("already_completed")


def test_not_one_the_plan_does_not_have() -> None:
    spec.given(*with_plan).when(replace(start, activity_id=UNKNOWN)).then_refused("activity_unknown")


def test_not_without_a_plan() -> None:
    spec.given(*met).when(start).then_refused("activity_unknown")


def test_not_before_the_referral_is_accepted() -> None:
    spec.given(received).when(start).then_refused("not_accepted")


def test_not_for_a_returned_referral() -> None:
    spec.given(*with_plan, returned).when(start).then_refused("returned")


def test_not_after_the_exit() -> None:
    spec.given(*left).when(start).then_refused("exited")
