"""Which parties see a case: those with something to do in its plan, as far as the person lets them."""

from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from contracts.codes import Member
from contracts.consent import SHARING_BETWEEN_PARTIES
from contracts.envelope import Fact
from contracts.planning import CaseReopened, SamplanReviderad
from contracts.referral import Attributes, ConsentGiven, ConsentRefused, ConsentWithdrawn, PersonForgotten
from services.planning.domain.shared import sees, shared_cases
from tests.unit.planning import mother
from tests.unit.planning.mother import given

_DAY = mother.MEETS_ON
_RESPONSIBLE = {Member.KOMMUN, Member.REGION}


def _shared(**terms: Any) -> ConsentGiven:
    return ConsentGiven(happened_on=_DAY, purpose=SHARING_BETWEEN_PARTIES, attributes=Attributes(), **terms)


def _parties(*facts: Fact) -> set[str]:
    return {each.party for each in shared_cases(given(*facts).case)}


def test_those_responsible_for_an_activity_see_it_with_the_consent_and_nobody_without() -> None:
    assert _parties(*mother.participating) == set()
    assert _parties(*mother.participating, ConsentRefused(happened_on=_DAY, purpose=SHARING_BETWEEN_PARTIES)) == set()
    assert _parties(*mother.participating, _shared()) == {"kommun", "region"}
    assert _parties(*mother.participating, _shared(receivers=(Member.REGION,))) == {"region"}
    withdrawn = ConsentWithdrawn(happened_on=_DAY, purpose=SHARING_BETWEEN_PARTIES)
    assert _parties(*mother.participating, _shared(), withdrawn) == set()


def test_who_has_nothing_left_to_do_sees_it_no_more() -> None:
    ended = SamplanReviderad(
        happened_on=mother.STARTED_ON, samplan_id=mother.SAMPLAN, version=2, added=(), ended=(mother.WORK,)
    )
    assert _parties(*mother.participating, _shared(), ended) == {"region"}


@pytest.mark.parametrize(
    "facts",
    [
        (*mother.met, _shared()),
        (*mother.left, _shared()),
        (*mother.participating, _shared(), PersonForgotten(happened_on=mother.EXITED_ON, person_id=UUID(int=7))),
        (*mother.left, _shared(), CaseReopened(happened_on=mother.EXITED_ON + timedelta(1), episode=2)),
    ],
    ids=["without a plan", "after the exit", "forgotten", "reopened, without a plan of the new stay"],
)
def test_there_is_nothing_to_see(facts: tuple[Fact, ...]) -> None:
    assert _parties(*facts) == set()


_ANSWERS = st.one_of(
    st.builds(
        lambda days, receivers, lasts: ConsentGiven(
            happened_on=_DAY + timedelta(days),
            purpose=SHARING_BETWEEN_PARTIES,
            attributes=Attributes(),
            receivers=receivers,
            valid_until=None if lasts is None else _DAY + timedelta(days + lasts),
        ),
        st.integers(0, 9),
        st.none() | st.sets(st.sampled_from(Member), min_size=1).map(lambda each: tuple(sorted(each))),
        st.none() | st.integers(0, 9),
    ),
    st.builds(
        lambda days, kind: kind(happened_on=_DAY + timedelta(days), purpose=SHARING_BETWEEN_PARTIES),
        st.integers(0, 9),
        st.sampled_from([ConsentRefused, ConsentWithdrawn]),
    ),
)


@for_all(
    answers=st.lists(_ANSWERS, max_size=4).map(lambda each: sorted(each, key=lambda fact: fact.happened_on)),
    party=st.sampled_from(Member),
    later=st.integers(9, 30),
)
def test_the_list_of_a_party_and_the_page_of_a_case_agree_on_what_it_sees(
    answers: list[Fact], party: Member, later: int
) -> None:
    """On every day after the last answer; the list leaves out a row whose last day has passed."""
    assert all(one.happened_on <= other.happened_on for one, other in pairwise(answers))
    case, today = given(*mother.participating, *answers).case, _DAY + timedelta(later)
    listed = any(
        each.party == party and (each.shared_until is None or each.shared_until >= today)
        for each in shared_cases(case)
    )
    assert sees(party, case, today) == listed
    assert not listed or party in _RESPONSIBLE
