"""An exit asks what the insats asks and nothing else, and hands the case back to its referrer."""

from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from contracts.catalogue import INSATSER, Insats
from contracts.codes import Benefit
from contracts.planning import (
    CaseHandedBack,
    InsatsStarted,
    ParticipantExited,
    PlanningDetailsReleased,
)
from contracts.problems import Invalid
from contracts.referral import HandBackAcknowledged, PersonForgotten, ReferralAccepted, ReferralReceived, RuleRef
from services.planning.domain import command as ask_
from services.planning.domain.exits import ExitAnswers, check, choices, needed, optional
from tests.unit.planning import commands as ask
from tests.unit.planning import mother
from tests.unit.planning.mother import Life, given

_DAY: Final = date(2025, 3, 3)


def _participant(insats: str, on: date = _DAY, **referral: Any) -> Life:
    """Somebody who takes part in an insats from a day on."""
    received = mother.referred_to(insats, on).model_copy(update=referral)
    rule = INSATSER[insats].rule_on(on)
    assert rule is not None
    started = InsatsStarted(happened_on=on, insats=insats, rule=RuleRef(insats=insats, version=rule.version))
    agreed = mother.consented.model_copy(update={"happened_on": on})
    return given(received, agreed, ReferralAccepted(happened_on=on), started)


def _leave(reason: str, on: date = _DAY, **answers: Any) -> ask_.ExitInsats:
    return ask_.ExitInsats(on, reason, mother.HAND_BACK, on, ExitAnswers(**answers))


def test_what_is_needed_is_asked_for_and_goes_into_the_fact() -> None:
    life = _participant("arbetskonsulent-bred", date(2023, 3, 1))
    left, back = life.ask(
        _leave("studies", date(2023, 3, 1), extent_percent=50, livelihood=(Benefit.ACTIVITY_COMPENSATION,))
    )
    assert isinstance(left, ParticipantExited)
    assert (left.extent_percent, left.livelihood, left.support) == (50, (Benefit.ACTIVITY_COMPENSATION,), None)
    assert isinstance(back, CaseHandedBack)


@pytest.mark.parametrize(
    ("insats", "day", "reason", "answers", "code"),
    [
        ("finsam-team", date(2021, 3, 3), "work", {}, "extent_percent_missing"),
        ("finsam-team", date(2021, 3, 3), "work", {"extent_percent": 50}, "support_missing"),
        (
            "finsam-team",
            date(2021, 3, 3),
            "work",
            {"extent_percent": 101, "support": "none"},
            "extent_percent_missing",
        ),
        ("finsam-team", date(2021, 3, 3), "work", {"extent_percent": 50, "support": "a_lot"}, "support_unknown"),
        ("finsam-team", date(2021, 3, 3), "illness", {"extent_percent": 50}, "extent_percent_not_used"),
        ("finsam-team", date(2021, 3, 3), "illness", {"destination": "arbete"}, "destination_not_used"),
        ("arbetskonsulent-bred", date(2023, 3, 1), "studies", {"extent_percent": 50}, "livelihood_missing"),
        ("arbetskonsulent-bred", date(2023, 3, 1), "back_to_commissioner", {}, "why_missing"),
        ("novum", date(2024, 3, 4), "moved", {}, "continued_planning_missing"),
        ("ips-psykosvarden", date(2021, 3, 3), "jobseeking", {}, "destination_missing"),
        ("ips-psykosvarden", date(2021, 3, 3), "jobseeking", {"destination": "vard"}, "destination_unknown"),
    ],
)
def test_what_is_missing_or_not_asked_is_refused_at_its_field(
    insats: str, day: date, reason: str, answers: dict[str, Any], code: str
) -> None:
    life = _participant(insats, day)
    with pytest.raises(Invalid) as refused:
        life.ask(_leave(reason, day, **answers))
    assert (refused.value.code, refused.value.field) == (code, code.rpartition("_")[0].removesuffix("_not"))


def test_an_empty_list_of_benefits_is_an_answer() -> None:
    day = date(2023, 3, 1)
    left, _ = _participant("arbetskonsulent-bred", day).ask(_leave("studies", day, extent_percent=25, livelihood=()))
    assert isinstance(left, ParticipantExited)
    assert left.livelihood == ()


def test_a_destination_may_be_said_where_the_rule_lists_them_without_asking() -> None:
    day = date(2021, 3, 3)
    for answers in ({}, {"destination": "rehabiliteringssamverkan"}):
        left, _ = _participant("aktivitetsplatsen", day).ask(_leave("work", day, **answers))
        assert isinstance(left, ParticipantExited)
        assert left.destination == answers.get("destination")


_WITH_EXITS: Final[list[Insats]] = [each for each in INSATSER.values() if any(rule.exits for rule in each.versions)]


@for_all(st.data())
def test_answering_exactly_what_is_needed_is_always_enough(data: st.DataObject) -> None:
    insats = data.draw(st.sampled_from(_WITH_EXITS))
    rule = data.draw(st.sampled_from([each for each in insats.versions if each.exits]))
    assert rule.exits is not None
    reason = data.draw(st.sampled_from([each.code for each in rule.exits.reasons]))
    values: dict[str, Any] = {"extent_percent": 100, "livelihood": (), "continued_planning": False}
    asked = needed(rule.exits, reason)
    answers: dict[str, Any] = {
        field: values[field] if field in values else choices(rule.exits, field)[0] for field in asked
    }
    check(ExitAnswers(**answers), rule, reason)
    for field in asked:
        with pytest.raises(Invalid):
            check(replace(ExitAnswers(**answers), **{field: None}), rule, reason)
    for field in values.keys() - {*asked, *optional(rule.exits, reason)}:
        with pytest.raises(Invalid):
            check(replace(ExitAnswers(**answers), **{field: values[field]}), rule, reason)


def test_answers_are_withheld_without_consent_and_released_with_it() -> None:
    life = given(*mother.without_consent, mother.booked, mother.held)
    life.ask(ask.start)
    left, _ = life.ask(replace(ask.leave, reason="work", answers=ExitAnswers(extent_percent=75, support="none")))
    assert isinstance(left, ParticipantExited)
    assert (left.reason, left.extent_percent, left.support) == (None, None, None)
    (released,) = life.hear(mother.consented.model_copy(update={"happened_on": mother.TODAY}))
    assert isinstance(released, PlanningDetailsReleased)
    assert (released.reason, released.extent_percent, released.support) == ("work", 75, "none")


# Hand-backs


@pytest.mark.parametrize("reason", ["illness", "moved", "broke_off", "jobseeking", "other"])
def test_the_case_is_handed_back_whatever_the_reason(reason: str) -> None:
    life = given(*mother.participating)
    _, back = life.ask(ask_.ExitInsats(mother.EXITED_ON, reason, mother.HAND_BACK, mother.TODAY))
    assert back == CaseHandedBack(
        happened_on=mother.EXITED_ON,
        hand_back_id=mother.HAND_BACK,
        insats=mother.FINSAM,
        episode=1,
        to="anmalare",
        rule=mother.FINSAM_2021,
    )
    assert life.log[-1].causationid == life.log[-2].id


@pytest.mark.parametrize("kind", ["self", "relative"])
def test_whoever_came_without_a_referrer_is_handed_back_to_nobody(kind: str) -> None:
    day = date(2024, 3, 4)
    life = _participant("novum", day, unit=kind, unit_kind=kind)
    assert len(life.ask(_leave("moved", day, continued_planning=True))) == 1
    referred = _participant("novum", day)
    assert len(referred.ask(_leave("moved", day, continued_planning=True))) == 2


def test_where_the_rule_names_no_hand_back_none_is_owed() -> None:
    day = date(2022, 3, 1)
    assert len(_participant("djarva-socialpsykiatri", day).ask(_leave("moved", day))) == 1


def test_of_a_forgotten_person_nobody_could_find_the_referral_any_more() -> None:
    life = given(*mother.participating)
    life.hear(PersonForgotten(happened_on=mother.STARTED_ON, person_id=UUID(int=7)))
    assert len(life.ask(ask.leave)) == 1


def test_each_exit_of_a_reopened_case_hands_it_back_and_the_acknowledgement_is_of_one() -> None:
    life = given(*mother.participating)
    life.ask(ask.leave)
    life.ask(ask.reopen)
    life.ask(ask_.ExitInsats(mother.TODAY, "illness", mother.OTHER_HAND_BACK, mother.TODAY))
    life.hear(HandBackAcknowledged(happened_on=mother.TODAY, hand_back_id=mother.HAND_BACK))
    seen = [(each.episode, each.acknowledged_on) for each in life.case.participations.hand_backs]
    assert seen == [(1, mother.TODAY), (2, None)]


def test_an_exit_registered_in_error_takes_its_hand_back_with_it_and_keeps_the_history() -> None:
    life = given(*mother.participating)
    life.ask(ask.leave)
    length = len(life.log)
    life.take_back(life.id_of(ParticipantExited))
    assert life.case.participations.hand_backs == ()
    assert len(life.log) == length + 2, "two corrections, and nothing removed"
    assert life.refusal(ask.leave) is None


def test_nobody_is_handed_back_who_never_started() -> None:
    life = given(*mother.at_acceptance)
    assert life.refusal(ask.leave) == "not_started"
    received = [each.data for each in life.log if isinstance(each.data, ReferralReceived)]
    assert len(received) == 1
