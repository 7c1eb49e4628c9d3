"""Contact with somebody who waits."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.referral import WaitingPersonContacted
from services.referral.domain.case import row_of
from tests.unit.referral.mother import CASE_ID, DECIDED_ON, note_contact, waiting


def test_who_was_reached_has_been_contacted() -> None:
    outcome = waiting().given().when(note_contact)
    assert outcome.facts == (WaitingPersonContacted(happened_on=DECIDED_ON, channel="phone", reached=True),)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"channel": "pigeon"}, "channel_unknown"),
        ({"contacted_on": date(2021, 3, 2)}, "date_in_the_future"),
        ({"contacted_on": date(2021, 2, 7)}, "date_before_referral"),
    ],
)
def test_what_is_wrong_is_said(changed: dict[str, Any], code: str) -> None:
    refused = waiting().given().when(replace(note_contact, **changed)).refused
    assert refused is not None
    assert refused.code == code


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=8))
def test_the_latest_day_on_which_the_person_was_reached_is_kept_whatever_the_order(
    contacts: list[tuple[int, bool]],
) -> None:
    facts = [
        WaitingPersonContacted(happened_on=DECIDED_ON + timedelta(days=days), channel="phone", reached=reached)
        for days, reached in contacts
    ]
    case = waiting().given(*facts).state
    reached_on = [fact.happened_on for fact in facts if fact.reached]
    assert row_of(CASE_ID, case).contacted_on == max(reached_on, default=None)
