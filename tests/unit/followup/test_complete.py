"""Deciding about a follow-up that was held."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from contracts.codes import ActivityOutcome, FollowUpReason, FollowUpResult, Timeliness
from contracts.consent import Consents, consents_of
from contracts.followup import ActivityFinding
from contracts.referral import Attributes, ConsentFact, ConsentGiven, ConsentRefused, ConsentWithdrawn
from services.followup.domain.completion import FollowUpFinding, released
from tests.unit.followup.story import (
    CLOSES,
    DUE,
    FIRST,
    MISSED_FROM,
    OPENS,
    PLAN_DAY,
    SCHEDULED,
    completed,
    folded,
    found,
    held,
    opened,
    spec,
    superseded,
    until,
)

DAY = timedelta(days=1)
ALL, SOME, NONE = FollowUpResult
FULLY, PARTLY, NOT_DONE = ActivityOutcome


def test_held_on_its_day_it_is_in_time() -> None:
    spec.given(*until(DUE)).when(held(DUE)).then(completed(DUE, Timeliness.IN_TIME, ALL))


def test_held_on_the_windows_last_day_it_is_still_in_time() -> None:
    spec.given(*until(CLOSES)).when(held(CLOSES)).then(completed(CLOSES, Timeliness.IN_TIME, ALL))


def test_held_after_a_miss_it_is_late_and_the_miss_stays() -> None:
    late = completed(MISSED_FROM, Timeliness.LATE, ALL)
    spec.given(*until(MISSED_FROM)).when(held(MISSED_FROM)).then(late)


def test_held_in_time_and_registered_after_the_miss_it_is_in_time_by_the_day_it_was_held() -> None:
    command = held(DUE, today=MISSED_FROM + 5 * DAY)
    spec.given(*until(MISSED_FROM)).when(command).then(completed(DUE, Timeliness.IN_TIME, ALL))


def test_what_the_calendar_has_brought_is_told_first_if_the_timers_lag() -> None:
    spec.given(SCHEDULED).when(held(OPENS)).then(opened(), completed(OPENS, Timeliness.IN_TIME, ALL))
    come_due = until(MISSED_FROM)[1:]
    spec.given(SCHEDULED).when(held(DUE, today=MISSED_FROM)).then(*come_due, completed(DUE, Timeliness.IN_TIME, ALL))


@pytest.mark.parametrize("reason", [None, *FollowUpReason])
def test_some_may_have_a_reason(reason: FollowUpReason | None) -> None:
    command = held(DUE, result=SOME, reason=reason)
    spec.given(*until(DUE)).when(command).then(completed(DUE, Timeliness.IN_TIME, SOME, reason))


@pytest.mark.parametrize("reason", FollowUpReason)
def test_none_has_a_reason(reason: FollowUpReason) -> None:
    command = held(DUE, result=NONE, reason=reason)
    spec.given(*until(DUE)).when(command).then(completed(DUE, Timeliness.IN_TIME, NONE, reason))


def test_none_without_a_reason_is_refused() -> None:
    spec.given(*until(DUE)).when(held(DUE, result=NONE)).then_refused("reason_required", field="reason")


def test_all_with_a_reason_is_refused() -> None:
    command = held(DUE, reason=FollowUpReason.UNDER_WAY)
    spec.given(*until(DUE)).when(command).then_refused("reason_not_allowed", field="reason")


@pytest.mark.parametrize(
    ("result", "reason", "findings"),
    [
        (ALL, None, found(FULLY, FULLY)),
        (SOME, None, found(FULLY, PARTLY)),
        (SOME, None, found(PARTLY, PARTLY)),
        (SOME, FollowUpReason.UNDER_WAY, found(FULLY, NOT_DONE)),
        (NONE, FollowUpReason.NOT_REACHABLE, found(NOT_DONE, NOT_DONE)),
    ],
)
def test_findings_of_the_activities_are_told(
    result: FollowUpResult, reason: FollowUpReason | None, findings: tuple[ActivityFinding, ...]
) -> None:
    command = held(DUE, result=result, reason=reason, findings=findings)
    told = completed(DUE, Timeliness.IN_TIME, result, reason, findings)
    spec.given(*until(DUE)).when(command).then(told)


@pytest.mark.parametrize(
    ("result", "reason", "findings"),
    [
        (ALL, None, found(FULLY, PARTLY)),
        (ALL, None, found(NOT_DONE, NOT_DONE)),
        (SOME, None, found(FULLY, FULLY)),
        (SOME, None, found(NOT_DONE, NOT_DONE)),
        (NONE, FollowUpReason.UNDER_WAY, found(PARTLY, NOT_DONE)),
    ],
)
def test_a_result_that_contradicts_the_activities_is_refused(
    result: FollowUpResult, reason: FollowUpReason | None, findings: tuple[ActivityFinding, ...]
) -> None:
    command = held(DUE, result=result, reason=reason, findings=findings)
    spec.given(*until(DUE)).when(command).then_refused("result_contradicts_activities", field="result")


@pytest.mark.parametrize(
    "findings",
    [
        found(FULLY, FULLY)[:1],
        (*found(FULLY, FULLY), ActivityFinding(activity_id=FIRST, outcome=FULLY)),
        (*found(FULLY, FULLY), ActivityFinding(activity_id=UUID(int=999), outcome=FULLY)),
        (ActivityFinding(activity_id=UUID(int=999), outcome=FULLY),),
    ],
    ids=["one missing", "one twice", "one more", "another plan's"],
)
def test_findings_are_of_the_plans_activities_each_once(findings: tuple[ActivityFinding, ...]) -> None:
    command = held(DUE, findings=findings)
    spec.given(*until(DUE)).when(command).then_refused("activities_not_those_of_the_plan", field="activities")


REFUSED = ConsentRefused(happened_on=PLAN_DAY)
CONSENTED = ConsentGiven(happened_on=DUE + DAY, attributes=Attributes())


@pytest.mark.parametrize(
    "said",
    [(), (REFUSED,), (CONSENTED, ConsentWithdrawn(happened_on=DUE + 2 * DAY))],
    ids=["not asked", "refused", "withdrawn"],
)
def test_without_consent_only_days_are_appended(said: tuple[ConsentFact, ...]) -> None:
    command = held(
        DUE,
        result=NONE,
        reason=FollowUpReason.NOT_REACHABLE,
        findings=found(NOT_DONE, NOT_DONE),
        consents=consents_of(said),
    )
    spec.given(*until(DUE)).when(command).then(completed(DUE, Timeliness.IN_TIME))


def test_consent_given_later_releases_what_was_found_once() -> None:
    finding = FollowUpFinding(DUE, SOME, None, found(FULLY, NOT_DONE))
    follow_up = folded(folded(None, SCHEDULED), completed(DUE, Timeliness.IN_TIME))
    consents = consents_of([REFUSED, CONSENTED])
    [fact] = released(follow_up, finding, consents)
    assert fact.happened_on == CONSENTED.happened_on
    assert fact.model_dump(include={"result", "reason", "activities"}) == {
        "result": SOME,
        "reason": None,
        "activities": tuple(each.model_dump() for each in found(FULLY, NOT_DONE)),
    }
    assert released(folded(follow_up, fact), finding, consents) == ()


@pytest.mark.parametrize("consents", [Consents(), consents_of([REFUSED])])
def test_without_consent_nothing_is_released(consents: Consents) -> None:
    follow_up = folded(folded(None, SCHEDULED), completed(DUE, Timeliness.IN_TIME))
    assert released(follow_up, FollowUpFinding(DUE, ALL), consents) == ()


def test_a_day_in_the_future_is_refused() -> None:
    command = held(DUE, today=DUE - DAY)
    spec.given(*until(DUE)).when(command).then_refused("held_in_the_future", field="held_on")


def test_held_before_its_window_it_is_early() -> None:
    early = completed(OPENS - DAY, Timeliness.EARLY, ALL)
    spec.given(SCHEDULED).when(held(OPENS - DAY)).then(early)
    spec.given(*until(DUE)).when(held(OPENS - DAY, today=DUE)).then(early)


def test_a_day_before_the_plan_is_refused() -> None:
    command = held(PLAN_DAY - DAY, today=DUE)
    spec.given(*until(DUE)).when(command).then_refused("held_before_plan", field="held_on")


def test_it_is_completed_once() -> None:
    before = completed(DUE, Timeliness.IN_TIME, ALL)
    spec.given(SCHEDULED, opened(), before).when(held(DUE)).then_refused("already_completed")


def test_one_that_is_no_longer_owed_is_not_completed() -> None:
    left = superseded(date(2021, 8, 20))
    spec.given(SCHEDULED, opened(), left).when(held(DUE)).then_refused("superseded")
