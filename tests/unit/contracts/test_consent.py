"""Consent as a timeline: what holds on a day is what was answered last by then."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import Member
from contracts.consent import SHARING_BETWEEN_PARTIES, Consents, ConsentStatus, consents_of
from contracts.referral import Attributes, ConsentGiven, ConsentRefused, ConsentWithdrawn, ReferralAccepted

JAN, MAY, SEP = date(2021, 1, 10), date(2021, 5, 10), date(2021, 9, 10)


def given_on(day: date, **fields: Any) -> ConsentGiven:
    return ConsentGiven(happened_on=day, attributes=Attributes(), **fields)


def test_nothing_holds_before_the_person_was_asked() -> None:
    assert Consents().status() is ConsentStatus.NOT_ASKED
    assert not Consents().holds()


def test_an_answer_holds_from_its_day_until_the_next() -> None:
    consents = consents_of([given_on(JAN), ReferralAccepted(happened_on=JAN), ConsentWithdrawn(happened_on=MAY)])
    assert [consents.holds(on=day) for day in (JAN - timedelta(1), JAN, MAY - timedelta(1), MAY)] == [
        False,
        True,
        True,
        False,
    ]
    assert consents.status() is ConsentStatus.WITHDRAWN


def test_an_answer_registered_late_counts_from_the_day_it_was_given() -> None:
    consents = consents_of([ConsentWithdrawn(happened_on=SEP), given_on(MAY)])
    assert consents.status() is ConsentStatus.WITHDRAWN
    assert consents.holds(on=MAY)


def test_of_two_answers_on_a_day_the_one_registered_last_counts() -> None:
    assert consents_of([ConsentRefused(happened_on=JAN), given_on(JAN)]).holds()
    assert not consents_of([given_on(JAN), ConsentRefused(happened_on=JAN)]).holds()


def test_answers_about_different_purposes_do_not_touch_each_other() -> None:
    consents = consents_of([given_on(JAN), ConsentRefused(happened_on=MAY, purpose="plan")])
    assert consents.holds()
    assert consents.status("plan") is ConsentStatus.REFUSED


@given(st.lists(st.sampled_from([given_on(JAN), ConsentRefused(happened_on=MAY), ConsentWithdrawn(happened_on=SEP)])))
def test_on_any_day_exactly_one_status_holds_and_it_is_that_of_an_answer_given_by_then(
    facts: list[ConsentGiven | ConsentRefused | ConsentWithdrawn],
) -> None:
    consents = consents_of(facts)
    for day in (JAN - timedelta(1), JAN, MAY, SEP):
        by_then = [fact for fact in facts if fact.happened_on <= day]
        assert (consents.status(on=day) is ConsentStatus.NOT_ASKED) == (not by_then)


@given(
    receivers=st.none() | st.sets(st.sampled_from(Member), min_size=1).map(lambda each: tuple(sorted(each))),
    valid_until=st.none() | st.sampled_from([JAN, MAY]),
    withdrawn_on=st.none() | st.sampled_from([JAN, MAY, SEP]),
    party=st.sampled_from(Member),
    on=st.sampled_from([JAN - timedelta(1), JAN, MAY, MAY + timedelta(1), SEP]),
)
def test_a_party_sees_the_case_only_while_a_consent_for_it_holds(
    receivers: tuple[Member, ...] | None, valid_until: date | None, withdrawn_on: date | None, party: Member, on: date
) -> None:
    answers: list[ConsentGiven | ConsentWithdrawn] = [
        given_on(JAN, purpose=SHARING_BETWEEN_PARTIES, receivers=receivers, valid_until=valid_until)
    ]
    if withdrawn_on is not None:
        answers.append(ConsentWithdrawn(happened_on=withdrawn_on, purpose=SHARING_BETWEEN_PARTIES))
    until = min((day for day in (withdrawn_on, valid_until and valid_until + timedelta(1)) if day), default=date.max)
    allowed = JAN <= on < until and (receivers is None or party in receivers)
    assert consents_of(answers).shares_with(party, on) == allowed


def test_no_other_purpose_lets_the_parties_see_anything() -> None:
    consents = consents_of([given_on(JAN), given_on(JAN, purpose="sip")])
    assert not any(consents.shares_with(party, MAY) for party in Member)
