"""Calls to a SIP in words: what a case worker reads in the case."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from contracts.codes import Member
from contracts.envelope import Fact
from contracts.followup import DeadlinePassed, FollowUpOpened
from contracts.planning import (
    CallDecidedAgainst,
    CalledMeetingHeld,
    CallWithdrawn,
    CoordinatedPlanClosed,
    CoordinatedPlanMade,
    MeetingCalled,
    NextFollowUpAgreed,
    PlannedActivity,
)
from contracts.referral import RuleRef
from services.reporting.web.sentences import sentence
from services.reporting.web.spoken import Context, Sentence, Weight

_DAY = date(2021, 3, 2)
_CALL, _PLAN, _LIMIT, _FOLLOW_UP = (UUID(int=number) for number in range(1, 5))
_SAMSIP = RuleRef(insats="samsip", version=1)
_CARE = PlannedActivity(activity_id=UUID(int=9), responsible=Member.REGION, kind="health_care_contact")


def _called(**changed: Any) -> MeetingCalled:
    fact = MeetingCalled(
        happened_on=_DAY,
        call_id=_CALL,
        kind="sip",
        rule=_SAMSIP,
        door="initierar",
        initiator="kommun",
        parties=(Member.REGION, Member.FORSAKRINGSKASSAN),
        meets_on=date(2021, 3, 16),
    )
    return fact.model_copy(update=changed)


def _said(fact: Fact) -> Sentence:
    return sentence(fact, Context(rules={_LIMIT: _SAMSIP, _FOLLOW_UP: _SAMSIP}))


def test_a_call_says_who_is_called_and_who_initiated_it() -> None:
    assert _said(_called()) == Sentence(
        "Kallelse till SIP-möte (SamSIP) den 16 mars 2021 skickad till regionen och Försäkringskassan.",
        ("Initierat av kommunen.",),
    )


def test_a_call_says_who_else_is_invited_and_that_a_guardian_agrees() -> None:
    said = _said(_called(initiator="insats", invited=("relative", "god_man"), guardian=True))
    assert said.details == (
        "Initierat av insatsen.",
        "Också inbjudna: anhörig och god man.",
        "Vårdnadshavaren samtycker också.",
    )


@pytest.mark.parametrize(
    ("reason", "why"), [("called_off", "avblåst"), ("consent_withdrawn", "samtycket återkallat")]
)
def test_a_call_that_ended(reason: str, why: str) -> None:
    fact = CallWithdrawn(happened_on=_DAY, call_id=_CALL, reason=reason)
    assert _said(fact).text == f"Kallelsen återtagen: {why}."


def test_nobody_was_called() -> None:
    fact = CallDecidedAgainst(happened_on=_DAY, rule=_SAMSIP, door="initierar", initiator="self", reason="not_needed")
    assert _said(fact) == Sentence(
        "Ingen kallades (SamSIP): ingen samordnad plan behövs.", ("Initierat av personen själv.",)
    )


def test_the_meeting_its_plan_and_the_follow_up() -> None:
    held = CalledMeetingHeld(happened_on=_DAY, call_id=_CALL, kind="sip", rule=_SAMSIP, attended=(Member.REGION,))
    made = CoordinatedPlanMade(happened_on=_DAY, plan_id=_PLAN, call_id=_CALL, activities=(_CARE,), rule=_SAMSIP)
    agreed = NextFollowUpAgreed(happened_on=_DAY, plan_id=_PLAN, follow_up_on=date(2021, 6, 15), rule=_SAMSIP)
    assert _said(held).text == "SIP-möte hållet. Kom: regionen."
    assert _said(made) == Sentence(
        "Samordnad individuell plan upprättad med 1 aktivitet: kontakt med vården (regionen).",
        weight=Weight.MILESTONE,
    )
    assert _said(agreed).text == "Nästa uppföljning av planen bestämd till 15 juni 2021."


@pytest.mark.parametrize(
    ("present", "details"), [(True, ("Med SIP-samordnare.",)), (False, ("Utan SIP-samordnare.",)), (None, ())]
)
def test_whether_the_coordinator_was_there(present: bool | None, details: tuple[str, ...]) -> None:
    held = CalledMeetingHeld(
        happened_on=_DAY,
        call_id=_CALL,
        kind="sip",
        rule=_SAMSIP,
        attended=(Member.REGION,),
        coordinator_present=present,
    )
    assert _said(held) == Sentence("SIP-möte hållet. Kom: regionen.", details)


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("goals_met", "målen uppfyllda och inget samordningsbehov"),
        ("consent_withdrawn", "samtycket återkallat"),
        (None, "utan samtycke"),
    ],
)
def test_the_end_of_the_plan_and_why(reason: str | None, why: str) -> None:
    fact = CoordinatedPlanClosed(happened_on=_DAY, plan_id=_PLAN, rule=_SAMSIP, reason=reason)
    assert _said(fact).text == f"Samordnad individuell plan avslutad. Orsak: {why}."


def test_a_limit_of_a_form_is_told_by_its_own_rule_with_the_party_and_whom_to_tell() -> None:
    passed = DeadlinePassed(
        happened_on=date(2021, 3, 24),
        deadline_id=_LIMIT,
        clock="tre-veckor",
        anchor=_CALL,
        party="forsakringskassan",
        limit_on=date(2021, 3, 23),
    )
    assert _said(passed) == Sentence(
        "Tidsgräns passerad: möte inom tre veckor från kallelsen, Försäkringskassan, 23 mars 2021.",
        ("Ska få veta det: ansvarig för planen och SIP-samordnare.",),
        Weight.OVERDUE,
    )


def test_a_follow_up_of_a_sip_is_called_so() -> None:
    opened = FollowUpOpened(
        happened_on=_DAY,
        follow_up_id=_FOLLOW_UP,
        point="uppfoljning-sip",
        anchor=_PLAN,
        due_on=date(2021, 6, 15),
    )
    assert _said(opened).text == "Dags för uppföljning SIP, senast 15 juni 2021."
