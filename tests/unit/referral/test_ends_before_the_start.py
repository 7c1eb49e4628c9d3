"""The four ends before the start, their stage, reason and doer, and each of them taken back."""

from dataclasses import replace
from datetime import date, time
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import planning
from contracts.catalogue import INSATSER
from contracts.codes import MeetingMode, ReturnedBy, ReturnStage
from contracts.consent import ConsentStatus
from contracts.corrections import RegisteredInError
from contracts.envelope import Event, Fact
from contracts.planning import MeetingCancelled, MeetingHeld, TeamMeetingBooked
from contracts.problems import Refused
from contracts.referral import SOURCE, ReferralAccepted, ReferralReturned
from services.referral.domain.case import CaseState, Return, fold
from services.referral.domain.correction import OpenElsewhere, TakeBack, return_that_counts, take_back
from services.referral.domain.return_reasons import introduction_of, reasons_of
from tests.unit.referral.mother import (
    DECIDED_ON,
    TODAY,
    accepted,
    event_of_case,
    received,
    return_,
    returned,
    started,
    waiting,
    withdrawn,
)
from tests.unit.referral.mother import given as consented

DAY: Final = date(2021, 6, 1)
_METHOD: Final = INSATSER["mia-vidare"]
introduced: Final = MeetingHeld(
    happened_on=DECIDED_ON, meeting_id=UUID(int=3), kind="introduktionsmote", mode=MeetingMode.PHONE
)


def _returned(command: Return, *before: Fact, choice: ConsentStatus = ConsentStatus.GIVEN) -> ReferralReturned:
    [fact] = waiting(choice).given(*before).when(command).facts
    assert isinstance(fact, ReferralReturned)
    return fact


@pytest.mark.parametrize("by", ReturnedBy)
def test_an_end_says_whose_doing_it_was(by: ReturnedBy) -> None:
    assert _returned(replace(return_, by=by)).returned_by is by


@pytest.mark.parametrize("by", ReturnedBy)
def test_without_consent_an_end_still_says_who_and_when_and_not_why(by: ReturnedBy) -> None:
    fact = _returned(replace(return_, by=by), choice=ConsentStatus.REFUSED)
    assert (fact.returned_by, fact.stage, fact.reason) == (by, ReturnStage.BEFORE_ACCEPTANCE, None)


def test_the_stage_is_told_by_the_introduction_where_the_insats_says_so() -> None:
    """MIA Vidare's 28 returns of 2021 were "före eller efter introduktionsmötet" (uppfoljning-2021:729)."""
    command = replace(return_, introduction=introduction_of(_METHOD, DAY))
    assert _returned(command, accepted).stage is ReturnStage.BEFORE_INTRODUCTION
    assert _returned(command, accepted, introduced).stage is ReturnStage.AFTER_INTRODUCTION
    assert introduction_of(INSATSER["finsam-team"], DAY) is None
    assert introduction_of(None, DAY) is None


def test_to_an_ordinary_measure_is_said_with_consent_only() -> None:
    ordinary = replace(return_, reason="ordinary_measure", reasons=frozenset({"ordinary_measure"}))
    assert _returned(ordinary).to_ordinary is True
    assert _returned(ordinary, choice=ConsentStatus.REFUSED).to_ordinary is None
    assert _returned(return_).to_ordinary is None


def test_each_end_has_its_reasons() -> None:
    own = set(_METHOD.rule_on(DAY).gate.returns.reasons)  # type: ignore[union-attr]  # MIA Vidare lists its own
    assert set(reasons_of(ReturnedBy.INSATS, _METHOD, DAY)) == own
    assert set(reasons_of(ReturnedBy.REFERRER, _METHOD, DAY)) == own
    assert set(reasons_of(ReturnedBy.PARTICIPANT, _METHOD, DAY)) == own | {"declined"}
    assert reasons_of(ReturnedBy.EXPIRY, _METHOD, DAY) == {"expired": "tiden har gått ut"}


def _logged(fact: Fact, sequence: int) -> Event[Any]:
    return event_of_case(fact, sequence, SOURCE)


def _log(*facts: Fact) -> list[Event[Any]]:
    return [_logged(fact, nth) for nth, fact in enumerate((received, consented, *facts), start=1)]


def _taken_back(log: list[Event[Any]], elsewhere: OpenElsewhere | None = None) -> RegisteredInError:
    found = return_that_counts(log)
    event_id = uuid4() if found is None else found.id
    return take_back(TakeBack(event_id, "registered_in_error", TODAY, elsewhere or OpenElsewhere()), log)


def test_what_was_taken_back_stands_as_before_and_may_be_returned_again() -> None:
    log = _log(returned)
    log.append(_logged(_taken_back(log), 4))
    case = fold(log)
    assert (case.state, case.returned_by) == (CaseState.WAITING, None)
    log.append(_logged(replace_day(returned, TODAY), 5))
    again = return_that_counts(log)
    assert again is not None
    assert again.sequence == 5


def replace_day(fact: ReferralReturned, day: date) -> ReferralReturned:
    return fact.model_copy(update={"happened_on": day})


@pytest.mark.parametrize(
    ("before", "elsewhere", "code"),
    [
        ((returned,), OpenElsewhere(referred_again=True), "referred_again"),
        ((accepted, returned), OpenElsewhere(taken_on=True), "already_taken_on"),
        ((), OpenElsewhere(), "nothing_to_undo"),
    ],
)
def test_it_is_not_taken_back_into_another_open_referral(
    before: tuple[Fact, ...], elsewhere: OpenElsewhere, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        _taken_back(_log(*before), elsewhere)
    assert refused.value.code == code


_BOOKED = TeamMeetingBooked(
    happened_on=TODAY,
    meeting_id=uuid4(),
    team="team-1",
    meets_on=TODAY,
    starts_at=time(9),
    mode=MeetingMode.PHONE,
)
_CALLED_OFF = MeetingCancelled(happened_on=TODAY, meeting_id=_BOOKED.meeting_id, reason="called_off")


def _acceptance_taken_back(*heard: Fact) -> CaseState:
    """The state of a case once its acceptance is taken back, after planning has told this. Raises Refused."""
    log = [*_log(accepted), *(event_of_case(fact, nth, planning.SOURCE) for nth, fact in enumerate(heard, start=1))]
    accepted_id = next(each.id for each in log if isinstance(each.data, ReferralAccepted))
    fact = take_back(TakeBack(accepted_id, "registered_in_error", TODAY, OpenElsewhere()), log)
    return fold([*log, _logged(fact, 4)]).state


def test_an_acceptance_is_taken_back_while_no_meeting_builds_on_it() -> None:
    assert _acceptance_taken_back() is CaseState.WAITING
    assert _acceptance_taken_back(_BOOKED, _CALLED_OFF) is CaseState.WAITING
    with pytest.raises(Refused) as refused:
        _acceptance_taken_back(_BOOKED)
    assert refused.value.code == "planning_begun"


def test_a_start_heard_after_the_return_counts_and_is_not_taken_back_here() -> None:
    log = [*_log(accepted, returned), event_of_case(started, 1, planning.SOURCE)]
    with pytest.raises(Refused) as refused:
        _taken_back(log)
    assert refused.value.code == "already_started"


@given(
    st.lists(st.sampled_from(["accept", "meet", "consent", "withdraw consent"]), max_size=6),
    st.sampled_from(ReturnedBy),
    st.booleans(),
)
def test_in_any_life_every_end_has_a_stage_and_a_reason_as_consent_allows(
    steps: list[str], by: ReturnedBy, by_introduction: bool
) -> None:
    facts = {"accept": accepted, "meet": introduced, "consent": consented, "withdraw consent": withdrawn}
    before = [facts[step] for step in steps]
    command = replace(return_, by=by, introduction="introduktionsmote" if by_introduction else None)
    state = waiting().given(*before).state
    fact = _returned(command, *before)
    assert (fact.reason is not None) is state.consents.holds()
    assert fact.returned_by is by
    came_far = "meet" in steps if by_introduction else "accept" in steps
    stages = (
        (ReturnStage.BEFORE_INTRODUCTION, ReturnStage.AFTER_INTRODUCTION)
        if by_introduction
        else (ReturnStage.BEFORE_ACCEPTANCE, ReturnStage.AFTER_ACCEPTANCE)
    )
    assert fact.stage is stages[came_far]
