"""Consent may change at any time; the latest answer decides what travels."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.codes import Member
from contracts.consent import INDIVIDUAL_FOLLOW_UP, ConsentStatus
from contracts.envelope import Event, Fact
from contracts.referral import SOURCE, Attributes, ConsentGiven, ConsentRefused, ConsentWithdrawn
from services.referral.domain.consents import ChangeConsent, Choices, Terms, run_out
from tests.unit.referral.mother import (
    ASKED_ON,
    DECIDED_ON,
    TODAY,
    accepted,
    answers,
    event_of_case,
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


_CHOICES = Choices(frozenset({INDIVIDUAL_FOLLOW_UP, "final_documentation"}), frozenset({"paper", "digital"}))
_DOCUMENTATION = ConsentGiven(happened_on=DECIDED_ON, purpose="final_documentation", attributes=Attributes())


def _about_documentation(choice: ConsentStatus, **terms: Any) -> ChangeConsent:
    return replace(answers(choice), purpose="final_documentation", terms=Terms(**terms), choices=_CHOICES)


def test_another_purpose_releases_no_background_and_leaves_the_first_answer_alone() -> None:
    outcome = waiting(_REFUSED).given().when(_about_documentation(_GIVEN))
    outcome.then(_DOCUMENTATION)
    case = waiting(_REFUSED).given(_DOCUMENTATION).state
    assert not case.consents.holds()
    assert case.consents.holds("final_documentation")


def test_what_is_said_with_the_answer_is_kept() -> None:
    receivers = (Member.REGION, Member.KOMMUN, Member.REGION)
    command = _about_documentation(_GIVEN, how="paper", receivers=receivers, valid_until=TODAY, guardian=True)
    waiting().given().when(command).then(
        _DOCUMENTATION.model_copy(
            update={
                "how": "paper",
                "receivers": (Member.KOMMUN, Member.REGION),
                "valid_until": TODAY,
                "guardian": True,
            }
        )
    )


@pytest.mark.parametrize(
    ("command", "code", "field"),
    [
        (replace(_about_documentation(_GIVEN), purpose="research"), "purpose_unknown", "purpose"),
        (_about_documentation(_GIVEN, how="pigeon"), "form_unknown", "how"),
        (_about_documentation(_GIVEN, valid_until=TODAY - timedelta(days=1)), "already_run_out", "valid_until"),
        (replace(_about_documentation(_GIVEN), minor=True), "guardian_not_asked", "guardian"),
        (_about_documentation(_WITHDRAWN), "no_consent", None),
    ],
)
def test_what_is_wrong_with_an_answer_is_said(command: ChangeConsent, code: str, field: str | None) -> None:
    waiting().given().when(command).then_refused(code, field=field)


def test_a_minor_may_say_no_alone() -> None:
    no = ConsentRefused(happened_on=DECIDED_ON, purpose="final_documentation")
    waiting().given().when(replace(_about_documentation(_REFUSED), minor=True)).then(no)


def _log(*facts: Fact) -> list[Event[Any]]:
    return [event_of_case(fact, nth, SOURCE) for nth, fact in enumerate(facts, start=1)]


def test_a_consent_that_ran_out_is_withdrawn_unless_another_answer_came() -> None:
    until = _DOCUMENTATION.model_copy(update={"valid_until": TODAY})
    log = _log(until)
    day_after = TODAY + timedelta(days=1)
    ended = ConsentWithdrawn(happened_on=day_after, purpose="final_documentation")
    assert run_out(log[0].id, log, day_after) == ended
    assert run_out(log[0].id, log, TODAY) is None
    other = _log(until, _DOCUMENTATION.model_copy(update={"happened_on": TODAY}))
    assert run_out(other[0].id, other, day_after) is None
    assert run_out(other[1].id, other, day_after) is None
