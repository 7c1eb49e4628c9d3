"""Every state of a case against every command and every fact heard: allowed, or refused with exactly this code."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest

from contracts.consent import ConsentStatus
from contracts.envelope import Fact
from services.referral.domain.case import Case, CaseState, Command, evolve
from tests.unit.referral.mother import (
    accept,
    accepted,
    answers,
    exited,
    reopened,
    return_,
    returned,
    started,
    waiting,
)

HISTORIES: Final[dict[CaseState, Sequence[Fact]]] = {
    CaseState.WAITING: (),
    CaseState.ACCEPTED: (accepted,),
    CaseState.STARTED: (accepted, started),
    CaseState.RETURNED: (accepted, returned),
    CaseState.CLOSED: (accepted, started, exited),
}
COMMANDS: Final[dict[str, Command]] = {
    "accept": accept,
    "accept, taken on elsewhere": replace(accept, taken_on_elsewhere=True),
    "return": return_,
    "withdraw consent": answers(ConsentStatus.WITHDRAWN),
}
ALLOWED: Final = "allowed"
# docs/states.md shows the same table.
TABLE: Final[dict[str, dict[CaseState, str]]] = {
    "accept": {
        CaseState.WAITING: ALLOWED,
        CaseState.ACCEPTED: "already_accepted",
        CaseState.STARTED: "already_started",
        CaseState.RETURNED: "already_returned",
        CaseState.CLOSED: "already_closed",
    },
    "accept, taken on elsewhere": {
        CaseState.WAITING: "already_taken_on",
        CaseState.ACCEPTED: "already_accepted",
        CaseState.STARTED: "already_started",
        CaseState.RETURNED: "already_returned",
        CaseState.CLOSED: "already_closed",
    },
    "return": {
        CaseState.WAITING: ALLOWED,
        CaseState.ACCEPTED: ALLOWED,
        CaseState.STARTED: "already_started",
        CaseState.RETURNED: "already_returned",
        CaseState.CLOSED: "already_closed",
    },
    "withdraw consent": dict.fromkeys(CaseState, ALLOWED),
}
HEARD: Final[dict[str, tuple[Fact, dict[CaseState, CaseState]]]] = {
    "start": (started, {**dict.fromkeys(CaseState, CaseState.STARTED), CaseState.CLOSED: CaseState.CLOSED}),
    "exit": (exited, dict.fromkeys(CaseState, CaseState.CLOSED)),
    "reopening": (reopened, dict.fromkeys(CaseState, CaseState.STARTED)),
}


def _case(state: CaseState) -> Case:
    return waiting().given(*HISTORIES[state]).state


def test_the_table_is_whole() -> None:
    assert TABLE.keys() == COMMANDS.keys()
    assert all(row.keys() == set(CaseState) for row in TABLE.values())
    assert [_case(state).state for state in CaseState] == list(CaseState)


@pytest.mark.parametrize("state", CaseState)
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_in_each_state(command: str, state: CaseState) -> None:
    outcome = waiting().given(*HISTORIES[state]).when(COMMANDS[command])
    assert (outcome.refused.code if outcome.refused else ALLOWED) == TABLE[command][state]


@pytest.mark.parametrize("state", CaseState)
@pytest.mark.parametrize("fact", HEARD)
def test_each_fact_heard_in_each_state(fact: str, state: CaseState) -> None:
    heard, becomes = HEARD[fact]
    assert evolve(_case(state), heard).state == becomes[state]


def test_whoever_comes_in_can_leave_from_every_state() -> None:
    """By a return, or, once started, by the exit that planning appends."""
    leaves = {state for state in CaseState if TABLE["return"][state] == ALLOWED}
    assert leaves == {CaseState.WAITING, CaseState.ACCEPTED}
    assert HEARD["exit"][1][CaseState.STARTED] is CaseState.CLOSED
