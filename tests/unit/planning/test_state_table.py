"""Every stage of a case against every command and every fact of the referral service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, get_args

import pytest

from contracts.codes import ActivityExtent, ExitReason, MeetingMode
from services.planning.domain import (
    AssignLots,
    BookMeeting,
    Command,
    CompleteActivity,
    ExitInsats,
    Fact,
    HoldMeeting,
    MakeSamplan,
    StartActivity,
    StartInsats,
    evolve,
    follows,
)
from tests.unit.planning.mother import (
    BEGUN_ON,
    BOOKED_ON,
    COMPLETED_ON,
    EXITED_ON,
    MEETING,
    MEETS_ON,
    NEW_ACTIVITIES,
    NINE,
    SAMPLAN,
    STARTED_ON,
    TODAY,
    WORK,
    accepted,
    at_acceptance,
    booked,
    consented,
    exited,
    held,
    planned,
    received,
    returned,
    spec,
    started,
    withdrawn,
)

HISTORIES: Final[dict[str, Sequence[Fact]]] = {
    "not_referred": (),
    "referred": (received, consented),
    "returned": (*at_acceptance, returned),
    "accepted": at_acceptance,
    "participating": (*at_acceptance, booked, held, planned, started),
    "exited": (*at_acceptance, booked, held, planned, started, exited),
}
STAGES: Final = tuple(HISTORIES)


@dataclass(frozen=True)
class Row:
    """A command, what it needs before the start, what is said without that, and what comes of it when taking part."""

    command: Command
    needs: Sequence[Fact] = ()
    without: str = "allowed"
    participating: str = "allowed"


ROWS: Final[dict[str, Row]] = {
    "book": Row(
        BookMeeting(MEETING, BOOKED_ON, "team-1", MEETS_ON, NINE, MeetingMode.PHONE, 0, TODAY),
        participating="meeting_already_held",
    ),
    "hold": Row(HoldMeeting(None, None, TODAY), (booked,), "no_meeting_booked", "already_held"),
    "start": Row(StartInsats(STARTED_ON, TODAY), (booked, held), "team_meeting_missing", "already_started"),
    "samplan": Row(
        MakeSamplan(SAMPLAN, MEETS_ON, NEW_ACTIVITIES, TODAY),
        (booked, held),
        "team_meeting_missing",
        "samplan_exists",
    ),
    "start activity": Row(StartActivity(WORK, BEGUN_ON, TODAY), (booked, held, planned), "activity_unknown"),
    "complete activity": Row(
        CompleteActivity(WORK, COMPLETED_ON, ActivityExtent.FULLY, TODAY), (booked, held, planned), "activity_unknown"
    ),
    "lots": Row(AssignLots("lots-1", MEETS_ON, TODAY), (booked, held), "team_meeting_missing"),
}
ELSEWHERE: Final = {
    "not_referred": "case_unknown",
    "referred": "not_accepted",
    "returned": "returned",
    "exited": "exited",
}


def _code(history: Sequence[Fact], command: Command) -> str:
    outcome = spec.given(*history).when(command)
    return outcome.refused.code if outcome.refused else "allowed"


def test_every_command_has_a_row() -> None:
    assert {type(row.command) for row in ROWS.values()} | {ExitInsats} == set(get_args(Command))


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("stage", STAGES)
def test_each_command_in_each_stage(stage: str, name: str) -> None:
    row = ROWS[name]
    if stage == "accepted":
        assert _code(at_acceptance, row.command) == row.without
        assert _code((*at_acceptance, *row.needs), row.command) == "allowed"
        return
    expected = row.participating if stage == "participating" else ELSEWHERE[stage]
    assert _code(HISTORIES[stage], row.command) == expected


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("not_referred", "case_unknown"),
        ("referred", "not_accepted"),
        ("returned", "returned"),
        ("accepted", "not_started"),  # leaves by a return: a break-off before the start is not a stay
        ("participating", "allowed"),
        ("exited", "already_exited"),
    ],
)
def test_an_exit_in_each_stage(stage: str, expected: str) -> None:
    assert _code(HISTORIES[stage], ExitInsats(EXITED_ON, ExitReason.ILLNESS, TODAY)) == expected


@pytest.mark.parametrize(
    ("stage", "received_", "accepted_", "returned_"),
    [
        ("not_referred", "referred", "not_referred", "not_referred"),
        ("referred", "referred", "accepted", "returned"),
        ("returned", "returned", "accepted", "returned"),
        ("accepted", "accepted", "accepted", "returned"),
        ("participating", "participating", "participating", "participating"),
        ("exited", "exited", "exited", "exited"),
    ],
)
def test_each_fact_of_the_referral_service_in_each_stage(
    stage: str, received_: str, accepted_: str, returned_: str
) -> None:
    case = spec.given(*HISTORIES[stage]).state
    heard = [evolve(case, fact).stage for fact in (received, accepted, returned)]
    assert heard == [received_, accepted_, returned_]
    assert evolve(case, withdrawn).stage == stage


@pytest.mark.parametrize("stage", STAGES)
def test_planning_tells_that_it_ended_where_an_accepted_case_is_returned_and_nowhere_else(stage: str) -> None:
    before = spec.given(*HISTORIES[stage]).state
    told = follows(before, evolve(before, returned))
    assert [(fact.happened_on, fact.wire_name()) for fact in told] == (
        [(returned.happened_on, "PlanningEnded")] if stage == "accepted" else []
    )
    again = evolve(before, returned)
    assert follows(again, evolve(again, replace_day(returned))) == ()


def replace_day(fact: Fact) -> Fact:
    """The same fact told a day later."""
    return fact.model_copy(update={"happened_on": fact.happened_on + timedelta(days=1)})
