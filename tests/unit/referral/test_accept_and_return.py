"""What a coordinator decides about a referral that waits."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from contracts.catalogue import INSATSER
from contracts.codes import ReturnStage
from contracts.consent import ConsentStatus
from contracts.referral import ReferralReturned
from services.referral.domain.return_reasons import return_reasons
from tests.unit.referral.mother import (
    DECIDED_ON,
    REFERRED_ON,
    TODAY,
    accept,
    accepted,
    exited,
    reopened,
    return_,
    returned,
    returned_once_accepted,
    started,
    waiting,
    withdrawn,
)

_WITHOUT_REASON = ReferralReturned(happened_on=DECIDED_ON, stage=ReturnStage.BEFORE_ACCEPTANCE)


def test_a_waiting_referral_is_accepted() -> None:
    waiting().given().when(accept).then(accepted)


def test_with_or_without_consent() -> None:
    waiting(ConsentStatus.REFUSED).given().when(accept).then(accepted)


def test_accepted_once() -> None:
    waiting().given(accepted).when(accept).then_refused("already_accepted")


def test_not_accepted_after_it_was_returned() -> None:
    waiting().given(returned).when(accept).then_refused("already_returned")


def test_not_accepted_after_the_exit() -> None:
    waiting().given(accepted, exited).when(accept).then_refused("already_closed")


def test_accepted_on_the_day_of_referral() -> None:
    on_the_day = replace(accept, accepted_on=REFERRED_ON)
    waiting().given().when(on_the_day).then(accepted.model_copy(update={"happened_on": REFERRED_ON}))


@pytest.mark.parametrize(
    ("day", "code"),
    [(REFERRED_ON - timedelta(days=1), "date_before_referral"), (TODAY + timedelta(days=1), "date_in_the_future")],
)
def test_days_that_cannot_be(day: date, code: str) -> None:
    waiting().given().when(replace(accept, accepted_on=day)).then_refused(code, field="accepted_on")
    waiting().given().when(replace(return_, returned_on=day)).then_refused(code, field="returned_on")


def test_a_return_tells_why_with_consent() -> None:
    waiting().given().when(return_).then(returned)


@pytest.mark.parametrize("answer", [ConsentStatus.REFUSED, ConsentStatus.WITHDRAWN])
def test_a_return_does_not_tell_why_without_consent(answer: ConsentStatus) -> None:
    waiting(answer).given().when(return_).then(_WITHOUT_REASON)


def test_a_return_does_not_tell_why_once_consent_is_withdrawn() -> None:
    waiting().given(withdrawn).when(return_).then(_WITHOUT_REASON)


def test_a_referral_taken_on_is_returned_until_the_start() -> None:
    waiting().given(accepted).when(return_).then(returned_once_accepted)
    waiting().given(accepted, started).when(return_).then_refused("already_started")


def test_not_returned_before_it_was_accepted() -> None:
    early = replace(return_, returned_on=DECIDED_ON - timedelta(days=1))
    waiting().given(accepted).when(early).then_refused("date_before_acceptance", field="returned_on")


def test_a_start_heard_after_the_return_counts() -> None:
    waiting().given(accepted, returned, started).when(return_).then_refused("already_started")
    waiting().given(accepted, returned, started, exited).when(return_).then_refused("already_closed")


def test_a_second_referral_is_not_accepted_while_another_is_taken_on() -> None:
    elsewhere = replace(accept, taken_on_elsewhere=True)
    waiting().given().when(elsewhere).then_refused("already_taken_on")
    waiting().given().when(return_).then(returned)


def test_returned_once() -> None:
    waiting().given(returned).when(return_).then_refused("already_returned")


def test_not_returned_after_the_exit() -> None:
    waiting().given(accepted, exited).when(return_).then_refused("already_closed")


def test_a_reopened_case_is_started_again() -> None:
    waiting().given(accepted, started, exited, reopened).when(return_).then_refused("already_started")


def test_returned_for_a_reason_of_the_insats() -> None:
    other = replace(return_, reason="labour_market_training")
    waiting().given().when(other).then_refused("reason_not_used", field="reason")


def test_reasons_are_those_of_the_rule_that_day_or_else_of_the_catalogue() -> None:
    listed = return_reasons(INSATSER["arbetstraning"], TODAY)
    assert list(listed) == ["labour_market_training", "insufficient_health", "other"]
    assert listed["other"] == "annat"
    assert "relapse" in return_reasons(INSATSER["finsam-team"], TODAY)
    assert return_reasons(None, TODAY) == return_reasons(INSATSER["finsam-team"], TODAY)
