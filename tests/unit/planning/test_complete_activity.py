"""An activity of the samplan was carried out, fully or partly (follow-up 2021, L91-92)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.codes import ActivityExtent
from services.planning.domain import CompleteActivity
from tests.unit.planning.mother import (
    BEGUN_ON,
    CARE,
    COMPLETED_ON,
    MEETS_ON,
    TODAY,
    UNKNOWN,
    WORK,
    activity_completed,
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

complete = CompleteActivity(activity_id=WORK, completed_on=COMPLETED_ON, extent=ActivityExtent.FULLY, today=TODAY)


@pytest.mark.parametrize("extent", ActivityExtent)
def test_is_completed(extent: ActivityExtent) -> None:
    expected = activity_completed(happened_on=COMPLETED_ON, activity_id=WORK, extent=extent)
    spec.given(*with_plan, work_begun).when(replace(complete, extent=extent)).then(expected)


def test_on_the_day_it_began() -> None:
    expected = activity_completed(happened_on=BEGUN_ON, activity_id=WORK)
    spec.given(*with_plan, work_begun).when(replace(complete, completed_on=BEGUN_ON)).then(expected)


def test_one_whose_start_was_never_told_started_that_day() -> None:
    spec.given(*with_plan).when(complete).then(
        activity_started(happened_on=COMPLETED_ON, activity_id=WORK), work_done
    )


def test_leaves_the_others_as_they_were() -> None:
    other = replace(complete, activity_id=CARE)
    spec.given(*with_plan, work_begun, work_done).when(other).then(
        activity_started(happened_on=COMPLETED_ON, activity_id=CARE),
        activity_completed(happened_on=COMPLETED_ON, activity_id=CARE),
    )


def test_not_before_it_began() -> None:
    early = replace(complete, completed_on=BEGUN_ON - timedelta(days=1))
    spec.given(*with_plan, work_begun).when(early).then_refused("before_activity_start", field="completed_on")


def test_not_before_the_plan() -> None:
    early = replace(complete, completed_on=MEETS_ON - timedelta(days=1))
    spec.given(*with_plan).when(early).then_refused("before_plan", field="completed_on")


def test_not_in_the_future() -> None:
    late = replace(complete, completed_on=TODAY + timedelta(days=1))
    spec.given(*with_plan).when(late).then_refused("in_future", field="completed_on")
    spec.given(*with_plan, work_begun).when(late).then_refused("in_future", field="completed_on")


def test_not_twice() -> None:
    spec.given(*with_plan, work_begun, work_done).when(complete).then_refused("already_completed")


def test_not_one_the_plan_does_not_have() -> None:
    spec.given(*with_plan).when(replace(complete, activity_id=UNKNOWN)).then_refused("activity_unknown")


def test_not_without_a_plan() -> None:
    spec.given(*met).when(complete).then_refused("activity_unknown")


def test_not_before_the_referral_is_accepted() -> None:
    spec.given(received).when(complete).then_refused("not_accepted")


def test_not_for_a_returned_referral() -> None:
    spec.given(*with_plan, returned).when(complete).then_refused("returned")


def test_not_after_the_exit() -> None:
    spec.given(*left).when(complete).then_refused("exited")
