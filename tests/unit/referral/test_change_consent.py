"""Consent may change at any time; the latest answer decides what travels."""

from datetime import timedelta

import pytest

from contracts.consent import ConsentStatus
from contracts.envelope import Fact
from tests.unit.referral.mother import (
    ASKED_ON,
    TODAY,
    accepted,
    answers,
    exited,
    given,
    refused,
    returned,
    waiting,
    withdrawn,
)

_GIVEN, _REFUSED, _WITHDRAWN = ConsentStatus.GIVEN, ConsentStatus.REFUSED, ConsentStatus.WITHDRAWN


def test_consent_after_refusal_brings_the_background() -> None:
    waiting(_REFUSED).given().when(answers(_GIVEN)).then(given)


def test_a_consent_is_withdrawn() -> None:
    waiting(_GIVEN).given().when(answers(_WITHDRAWN)).then(withdrawn)


def test_consent_again_after_withdrawal() -> None:
    waiting(_GIVEN).given(withdrawn).when(answers(_GIVEN)).then(given)


def test_refused_when_asked_again_after_withdrawal() -> None:
    waiting(_GIVEN).given(withdrawn).when(answers(_REFUSED)).then(refused)


@pytest.mark.parametrize("choice", [_GIVEN, _REFUSED, _WITHDRAWN])
def test_the_same_answer_again_is_no_news(choice: ConsentStatus) -> None:
    waiting(choice).given().when(answers(choice)).then_refused("consent_unchanged")


def test_a_consent_is_withdrawn_and_not_refused() -> None:
    waiting(_GIVEN).given().when(answers(_REFUSED)).then_refused("consent_holds")


def test_nothing_to_withdraw_after_refusal() -> None:
    waiting(_REFUSED).given().when(answers(_WITHDRAWN)).then_refused("no_consent")


@pytest.mark.parametrize(
    "happened", [(accepted,), (returned,), (accepted, exited)], ids=["accepted", "returned", "exited"]
)
def test_whatever_has_become_of_the_case(happened: tuple[Fact, ...]) -> None:
    waiting(_GIVEN).given(*happened).when(answers(_WITHDRAWN)).then(withdrawn)


def test_not_before_the_answer_it_changes() -> None:
    early = answers(_WITHDRAWN, ASKED_ON - timedelta(days=1))
    waiting(_GIVEN).given().when(early).then_refused("date_before_last_consent", field="stated_on")


def test_not_in_the_future() -> None:
    late = answers(_WITHDRAWN, TODAY + timedelta(days=1))
    waiting(_GIVEN).given().when(late).then_refused("date_in_the_future", field="stated_on")


def test_not_asked_is_no_answer() -> None:
    waiting(_GIVEN).given().when(answers(ConsentStatus.NOT_ASKED)).then_refused("not_an_answer", field="choice")
