"""A case handed back to its referrer waits until they say that they go on with it."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from contracts.referral import HandBackAcknowledged, PersonForgotten
from services.referral.domain.case import row_of
from tests.unit.referral.mother import (
    CASE_ID,
    PERSON_ID,
    accepted,
    acknowledge,
    exited,
    handed_back,
    reopened,
    started,
    waiting,
)

_BACK = (accepted, started, exited, handed_back)
_ACKNOWLEDGED = HandBackAcknowledged(happened_on=date(2021, 2, 27), hand_back_id=handed_back.hand_back_id)


def test_the_referrer_acknowledges_the_hand_back_once() -> None:
    outcome = waiting().given(*_BACK).when(acknowledge)
    assert outcome.facts == (_ACKNOWLEDGED,)
    again = waiting().given(*_BACK, _ACKNOWLEDGED).when(acknowledge)
    assert again.refused is not None
    assert again.refused.code == "already_acknowledged"


def test_an_exit_that_handed_nothing_back_has_nothing_to_acknowledge() -> None:
    refused = waiting().given(accepted, started, exited).when(acknowledge).refused
    assert refused is not None
    assert refused.code == "not_handed_back"


@pytest.mark.parametrize(
    ("day", "code"), [(date(2021, 3, 2), "date_in_the_future"), (date(2021, 2, 25), "date_before_hand_back")]
)
def test_a_day_that_cannot_be_is_refused(day: date, code: str) -> None:
    refused = waiting().given(*_BACK).when(replace(acknowledge, acknowledged_on=day)).refused
    assert refused is not None
    assert refused.code == code


def test_the_row_says_since_when_it_waits_until_it_is_acknowledged() -> None:
    assert row_of(CASE_ID, waiting().given(*_BACK).state).handed_back_on == handed_back.happened_on
    assert row_of(CASE_ID, waiting().given(*_BACK, _ACKNOWLEDGED).state).handed_back_on is None


def test_a_reopened_case_is_not_the_referrer_s_any_more() -> None:
    assert row_of(CASE_ID, waiting().given(*_BACK, reopened).state).handed_back_on is None


def test_the_acknowledgement_of_an_earlier_hand_back_is_not_of_the_latest() -> None:
    left_again = exited.model_copy(update={"episode": 2})
    back_again = handed_back.model_copy(update={"episode": 2, "hand_back_id": UUID(int=14)})
    facts = (*_BACK, _ACKNOWLEDGED, reopened, left_again, back_again)
    assert row_of(CASE_ID, waiting().given(*facts).state).handed_back_on == handed_back.happened_on
    outcome = waiting().given(*facts).when(acknowledge)
    assert [fact.hand_back_id for fact in outcome.facts if isinstance(fact, HandBackAcknowledged)] == [UUID(int=14)]


def test_of_a_forgotten_person_no_hand_back_waits() -> None:
    forgotten = PersonForgotten(happened_on=date(2021, 3, 1), person_id=PERSON_ID)
    assert row_of(CASE_ID, waiting().given(*_BACK, forgotten).state).handed_back_on is None
