"""Calls to a SIP: who may be called by whom, with which consent, who came, and what becomes of the plan."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from contracts.catalogue import INSATSER
from contracts.codes import Member
from contracts.envelope import Fact
from contracts.planning import (
    CallDecidedAgainst,
    CallWithdrawn,
    CoordinatedPlanClosed,
    MeetingCalled,
    NextFollowUpAgreed,
)
from contracts.problems import Refused
from contracts.referral import PersonForgotten
from services.planning.domain.case import Case
from services.planning.domain.command import Command
from services.planning.domain.decide import decide
from services.planning.domain.decide_calls import CallCommand, LaterCommand, form_of
from services.planning.domain.decision import Withheld
from tests.examples import examples
from tests.unit.planning import calls, mother
from tests.unit.planning.mother import Life, given

DAY = timedelta(days=1)


def _facts(command: Command, *happened: Fact) -> Sequence[Fact]:
    return decide(command, given(*happened).case, INSATSER).facts


def _refusal(command: Command, *happened: Fact) -> Refused:
    with pytest.raises(Refused) as refused:
        _facts(command, *happened)
    return refused.value


CELLS = [
    pytest.param(command, place, code, id=f"{type(command).__name__}-{place}")
    for command, row in calls.TABLE
    for place, code in zip(calls.AT, row, strict=True)
]


@pytest.mark.parametrize(("command", "place", "code"), CELLS)
def test_each_command_however_far_it_has_come(command: Command, place: str, code: str | None) -> None:
    assert given(*calls.AT[place]).refusal(command) == code


def test_the_table_has_every_command_about_calls() -> None:
    assert {type(command) for command, _ in calls.TABLE} == {*get_args(CallCommand), *get_args(LaterCommand)}


# The call


def test_the_municipality_calls_care_and_forsakringskassan() -> None:
    assert _facts(calls.call, *calls.at_acceptance) == (calls.called,)


@pytest.mark.parametrize(
    ("initiator", "door"),
    [
        ("kommun", "initierar"),
        ("health_care", "initierar"),
        ("self", "initierar"),
        ("relative", "initierar"),
        ("arbetsformedlingen", "initierar-samsip"),
        ("forsakringskassan", "initierar-samsip"),
        ("insats", "initierar-samsip"),
    ],
)
def test_who_initiates_says_by_which_door(initiator: str, door: str) -> None:
    """By law Arbetsförmedlingen and Försäkringskassan may attend and not initiate (MIA 2016, L26)."""
    (fact,) = _facts(replace(calls.call, initiator=initiator), *calls.at_acceptance)
    assert isinstance(fact, MeetingCalled)
    assert (fact.door, fact.initiator) == (door, initiator)


def test_nobody_else_initiates() -> None:
    refused = _refusal(replace(calls.call, initiator="jobbtorg"), *calls.at_acceptance)
    assert (refused.code, refused.field) == ("initiator_unknown", "initiator")
    assert "Försäkringskassan" in refused.message


@for_all(st.sets(st.sampled_from(Member), min_size=1), st.sets(st.sampled_from(Member)))
@settings(max_examples=examples(50))
def test_all_that_are_called_are_consented_to(called: set[Member], consents: set[Member]) -> None:
    command = replace(calls.call, parties=tuple(sorted(called)), consents_to=frozenset(consents))
    life = given(*calls.at_acceptance)
    assert life.refusal(command) == (None if called <= consents else "consent_missing")


def test_the_refusal_names_whom_the_person_does_not_consent_to() -> None:
    command = replace(
        calls.call, parties=(calls.CARE, calls.FK), invited=("god_man",), consents_to=frozenset({calls.CARE})
    )
    refused = _refusal(command, *calls.at_acceptance)
    assert (refused.code, refused.field) == ("consent_missing", "consents_to")
    assert "Försäkringskassan och god man" in refused.message
    assert "regionen" not in refused.message


def test_a_guardian_agrees_for_somebody_under_eighteen() -> None:
    minor = replace(calls.call, minor=True)
    assert _refusal(minor, *calls.at_acceptance).code == "guardian_missing"
    (fact,) = _facts(replace(minor, guardian_agrees=True), *calls.at_acceptance)
    assert fact == calls.called.model_copy(update={"guardian": True})


@pytest.mark.parametrize(
    ("command", "code", "field"),
    [
        (replace(calls.call, parties=()), "no_party", "parties"),
        (replace(calls.call, parties=(calls.FK, calls.FK)), "party_unknown", "parties"),
        (replace(calls.call, invited=("employer",)), "invited_unknown", "invited"),
        (replace(calls.call, sent_on=calls.TODAY + DAY), "in_future", "sent_on"),
        (replace(calls.call, sent_on=mother.ACCEPTED_ON - DAY), "before_acceptance", "sent_on"),
        (replace(calls.call, meets_on=calls.SENT_ON - DAY), "meets_before_call", "meets_on"),
    ],
)
def test_what_is_wrong_is_said_by_field(command: Command, code: str, field: str) -> None:
    refused = _refusal(command, *calls.at_acceptance)
    assert (refused.code, refused.field) == (code, field)


def test_nobody_is_called_about_a_forgotten_person() -> None:
    forgotten = PersonForgotten(happened_on=mother.ACCEPTED_ON, person_id=mother.received.person_id)
    assert _refusal(calls.call, *calls.at_acceptance, forgotten).code == "person_forgotten"


def test_one_who_takes_part_still_may_be_called_about_and_one_who_has_left_not() -> None:
    started = mother.started.model_copy(update={"insats": mother.MIA})
    left = mother.exited.model_copy(update={"insats": mother.MIA})
    assert _facts(calls.call, *calls.at_acceptance, started) == (calls.called,)
    assert _refusal(calls.call, *calls.at_acceptance, started, left).code == "exited"


def test_a_person_who_refuses_gets_no_sip() -> None:
    assert _facts(calls.against, *calls.at_acceptance) == (
        CallDecidedAgainst(
            happened_on=calls.SENT_ON,
            rule=calls.SAMSIP,
            door="initierar",
            initiator="kommun",
            reason="consent_refused",
        ),
    )
    assert _refusal(replace(calls.against, reason="tired"), *calls.at_acceptance).code == "reason_unknown"


# Which form an insats uses


@pytest.mark.parametrize(
    ("insats", "form"),
    [
        ("mia-vidare", "samsip"),
        ("mia-hbs", "samsip"),
        ("samordnat-stod", "samsip"),
        ("finsam-team", None),
        ("arbetstraning", None),
    ],
)
def test_an_insats_uses_the_form_that_its_rule_names(insats: str, form: str | None) -> None:
    found = form_of(insats, INSATSER[insats].versions[0].valid_from, INSATSER)
    assert (None if found is None else found.id) == form


def test_an_insats_of_the_forms_own_association_uses_it_without_naming_it() -> None:
    """All that the association finances may use it (MIA 2016, L108)."""
    own = INSATSER["finsam-team"].model_copy(update={"association": "samspelet"})
    found = form_of("finsam-team", date(2023, 5, 2), {**INSATSER, "finsam-team": own})
    assert found is not None
    assert found.id == "samsip"


# The meeting


def test_all_came_made_a_plan_and_agreed_on_a_follow_up() -> None:
    assert _facts(calls.hold, *calls.at_acceptance, calls.called) == (calls.all_came, calls.made, calls.agreed)


def test_a_party_that_did_not_come_is_awaited_until_it_comes() -> None:
    life = given(*calls.at_acceptance, calls.called)
    life.ask(replace(calls.hold, attended=(calls.CARE,)))
    assert _open_parties(life.case) == (calls.FK,)
    life.ask(replace(calls.hold_without_plan, held_on=calls.LATER_ON, attended=(calls.FK,)))
    assert life.case.coordination.open_call is None
    assert life.case.coordination.open_plan is not None


def _open_parties(case: Case) -> tuple[Member, ...]:
    call = case.coordination.open_call
    return () if call is None else call.awaited


@pytest.mark.parametrize("present", [True, False, None])
def test_whether_the_coordinator_was_there_is_said_or_left_open(present: bool | None) -> None:
    (held, *_) = _facts(replace(calls.hold, coordinator_present=present), *calls.at_acceptance, calls.called)
    assert held == calls.all_came.model_copy(update={"coordinator_present": present})


def test_a_form_without_a_coordinator_has_nobody_who_could_have_been_there() -> None:
    (rule,) = INSATSER["samsip"].versions
    roles = tuple(each for each in rule.roles if each.id != "sip-samordnare")
    samsip = INSATSER["samsip"].model_copy(update={"versions": (rule.model_copy(update={"roles": roles}),)})
    case = given(*calls.at_acceptance, calls.called).case
    with pytest.raises(Refused) as refused:
        decide(replace(calls.hold, coordinator_present=True), case, {**INSATSER, "samsip": samsip})
    assert (refused.value.code, refused.value.field) == ("no_coordinator", "coordinator_present")


def test_a_follow_up_is_of_a_plan() -> None:
    refused = _refusal(replace(calls.hold, activities=()), *calls.at_acceptance, calls.called)
    assert (refused.code, refused.field) == ("no_activities", "activities")


@pytest.mark.parametrize("day", [calls.MET_ON, calls.MET_ON - DAY])
def test_a_follow_up_comes_after_the_meeting_that_agrees_on_it(day: date) -> None:
    refused = _refusal(replace(calls.hold, follow_up_on=day), *calls.at_acceptance, calls.called)
    assert (refused.code, refused.field) == ("follow_up_not_later", "follow_up_on")


@pytest.mark.parametrize("attended", [(), (calls.KOMMUN,)])
def test_only_the_called_can_have_come(attended: tuple[Member, ...]) -> None:
    refused = _refusal(replace(calls.hold, attended=attended), *calls.at_acceptance, calls.called)
    assert (refused.code, refused.field) == ("attended_unknown", "attended")


def test_a_meeting_is_not_held_before_its_call() -> None:
    refused = _refusal(replace(calls.hold, held_on=calls.SENT_ON - DAY), *calls.at_acceptance, calls.called)
    assert refused.code == "before_call"


def test_what_the_activities_are_about_is_kept_here_without_consent() -> None:
    without = (calls.at_acceptance[0], mother.refused, calls.at_acceptance[2], calls.called)
    decision = decide(calls.hold, given(*without).case, INSATSER)
    assert decision.withheld == {1: Withheld(kinds={mother.CARE: "health_care_contact"})}
    assert decision.facts[1] == calls.made.model_copy(
        update={"activities": (calls.PLANNED[0].model_copy(update={"kind": None}),)}
    )


# What becomes of the plan


def test_another_day_is_agreed() -> None:
    happened = (*calls.at_acceptance, calls.called, calls.all_came, calls.made, calls.agreed)
    later = calls.agree.follow_up_on
    assert _facts(calls.agree, *happened) == (
        NextFollowUpAgreed(happened_on=calls.LATER_ON, plan_id=calls.PLAN, follow_up_on=later, rule=calls.SAMSIP),
    )
    assert _refusal(replace(calls.agree, follow_up_on=calls.FOLLOW_UP_ON), *happened).code == "already_agreed"


def test_a_plan_is_closed_for_a_reason_of_the_form() -> None:
    happened = (*calls.at_acceptance, calls.called, calls.all_came, calls.made)
    assert _facts(calls.close, *happened) == (calls.closed,)
    assert _refusal(replace(calls.close, reason="work"), *happened).code == "reason_unknown"
    assert _refusal(replace(calls.close, closed_on=calls.MET_ON - DAY), *happened).code == "before_plan"


def test_the_reason_stays_here_without_consent() -> None:
    without = (calls.at_acceptance[0], mother.refused, calls.at_acceptance[2])
    decision = decide(calls.close, given(*without, calls.called, calls.all_came, calls.made).case, INSATSER)
    assert decision.facts == (calls.closed.model_copy(update={"reason": None}),)
    assert decision.withheld == {0: Withheld(reason="goals_met")}


def test_a_withdrawn_consent_closes_the_plan_and_ends_the_call() -> None:
    """ "Den kan också avslutas om samtycket dras tillbaka" (MIA 2016, L108)."""
    life = given(*calls.at_acceptance, calls.called, calls.care_came, calls.made)
    closed = CoordinatedPlanClosed(
        happened_on=calls.CLOSED_ON, plan_id=calls.PLAN, rule=calls.SAMSIP, reason="consent_withdrawn"
    )
    ended = CallWithdrawn(happened_on=calls.CLOSED_ON, call_id=calls.CALL, reason="consent_withdrawn")
    assert life.ask(calls.withdraw_consent) == (closed, ended)
    assert (life.case.coordination.open_call, life.case.coordination.open_plan) == (None, None)


def test_closing_because_consent_is_withdrawn_is_the_same() -> None:
    happened = (*calls.at_acceptance, calls.called, calls.care_came, calls.made)
    closing = replace(calls.close, reason="consent_withdrawn")
    assert _facts(closing, *happened) == _facts(calls.withdraw_consent, *happened)
    assert _refusal(closing, *calls.at_acceptance, calls.called).code == "no_open_plan"


def test_consent_is_withdrawn_before_the_meeting() -> None:
    ended = CallWithdrawn(happened_on=calls.CLOSED_ON, call_id=calls.CALL, reason="consent_withdrawn")
    assert _facts(calls.withdraw_consent, *calls.at_acceptance, calls.called) == (ended,)


def test_the_plan_is_the_persons_and_goes_on_after_the_exit() -> None:
    started = mother.started.model_copy(update={"insats": mother.MIA, "happened_on": calls.LATER_ON})
    left = mother.exited.model_copy(update={"insats": mother.MIA, "happened_on": calls.LATER_ON})
    happened = (*calls.at_acceptance, calls.called, calls.all_came, calls.made, started, left)
    assert _facts(calls.close, *happened) == (calls.closed,)


# Corrections


def _lived() -> Life:
    life = given(*calls.at_acceptance)
    life.ask(calls.call)
    life.ask(calls.hold)
    return life


def test_a_plan_noted_by_mistake_is_taken_back_from_its_end() -> None:
    life = _lived()
    with pytest.raises(Refused) as refused:
        life.take_back(life.id_of(MeetingCalled))
    assert refused.value.code == "later_events_depend"
    for kind in (NextFollowUpAgreed, type(calls.made), type(calls.all_came), MeetingCalled):
        life.take_back(life.id_of(kind))
    assert life.case.coordination.calls == ()


def test_a_withdrawal_stands_once_parties_were_called_anew() -> None:
    life = given(*calls.at_acceptance)
    life.ask(calls.call)
    life.ask(calls.withdraw)
    life.ask(replace(calls.call, call_id=calls.OTHER_CALL, sent_on=calls.LATER_ON, meets_on=calls.FOLLOW_UP_ON))
    with pytest.raises(Refused) as refused:
        life.take_back(life.id_of(CallWithdrawn))
    assert refused.value.code == "later_events_depend"
