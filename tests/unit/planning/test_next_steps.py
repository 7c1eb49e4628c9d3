"""What can be done next is what the decisions say, at every stage."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from contracts.catalogue import INSATSER
from contracts.envelope import Fact
from services.planning.domain import command as ask
from services.planning.domain.decide_correction import depending
from services.planning.domain.next_steps import NextSteps, hindrance, next_steps
from tests.unit.planning import mother
from tests.unit.planning.mother import given

_KINDS = ("team-mote",)


def _steps(*facts: Fact, booked: Sequence[UUID] = ()) -> NextSteps:
    return next_steps(given(*facts).case, _KINDS, dict.fromkeys(booked, "team-mote"), mother.TODAY, INSATSER)


def _possible(steps: NextSteps) -> set[str]:
    """The steps that can be taken, of those there is one of."""
    named = ("start", "put_on_hold", "resume", "reopen", "make_plan", "revise_plan")
    return {name for name in named if getattr(steps, name) is None} | {
        f"book {kind}" for kind, refused in steps.book.items() if refused is None
    }


@pytest.mark.parametrize(
    ("facts", "possible"),
    [
        ((mother.received,), set()),
        ((mother.received, mother.returned), set()),
        (mother.at_acceptance, {"book team-mote", "put_on_hold"}),
        (mother.met, {"book team-mote", "put_on_hold", "start", "make_plan"}),
        (mother.with_plan, {"book team-mote", "put_on_hold", "start", "revise_plan"}),
        (mother.participating, {"book team-mote", "put_on_hold", "revise_plan"}),
        (mother.left, {"reopen"}),
    ],
    ids=["referred", "returned", "accepted", "met", "planned", "participating", "left"],
)
def test_what_can_be_done_at_each_stage(facts: tuple[Fact, ...], possible: set[str]) -> None:
    steps = _steps(*facts)
    assert _possible(steps) == possible
    assert (steps.hindered is None) == bool(possible - {"reopen"})


def test_what_is_missing_is_said_in_the_words_of_the_decision() -> None:
    steps = _steps(*mother.at_acceptance)
    assert steps.start is not None
    assert steps.start == steps.make_plan
    assert steps.start.code == "meeting_missing"


def test_an_activity_begins_once_and_is_carried_out_once() -> None:
    steps = [
        _steps(*mother.participating, *facts)
        for facts in ((), (mother.work_begun,), (mother.work_begun, mother.work_done))
    ]
    assert [each.begin[mother.WORK] is None for each in steps] == [True, False, False]
    assert [each.complete[mother.WORK] is None for each in steps] == [True, True, False]
    assert {each.begin[mother.CARE] for each in steps} == {None}


def test_a_booked_meeting_is_held_when_its_day_has_come() -> None:
    to_come = mother.booked.model_copy(update={"meets_on": date(2021, 10, 20)})
    for booked, held in ((mother.booked, None), (to_come, "in_future")):
        steps = _steps(*mother.at_acceptance, booked, booked=[mother.MEETING])
        refused = steps.hold[mother.MEETING]
        assert (refused and refused.code) == held
        assert steps.cancel[mother.MEETING] is None


def test_what_is_wrong_in_a_field_of_the_form_is_no_hindrance() -> None:
    case = given(*mother.met).case
    early = ask.StartInsats(mother.REFERRED_ON, mother.TODAY)
    assert hindrance(early, case, INSATSER, frozenset({"started_on"})) is None
    refused = hindrance(early, case, INSATSER, frozenset())
    assert refused is not None
    assert refused.code == "before_meeting"
    again = replace(early, started_on=mother.TODAY)
    assert hindrance(again, given(*mother.participating).case, INSATSER, frozenset({"started_on"})) is not None


def test_what_builds_on_an_event_is_all_that_could_not_have_happened_without_it() -> None:
    life = given(*mother.participating, mother.work_begun, mother.work_done, mother.lots_assigned)
    plan = next(each for each in life.log if each.data == mother.planned)
    booked = next(each for each in life.log if each.data == mother.booked)
    lots = next(each for each in life.log if each.data == mother.lots_assigned)
    assert [each.data for each in depending(plan, life.log)] == [mother.work_begun, mother.work_done]
    assert [each.data for each in depending(booked, life.log)] == [mother.held]
    assert depending(lots, life.log) == []
