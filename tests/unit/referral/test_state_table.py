"""Every state of a case against every command and every fact heard: allowed, or refused with exactly this code."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

from contracts import planning
from contracts.codes import ReturnedBy, Role
from contracts.consent import ConsentStatus
from contracts.envelope import Event, Fact
from contracts.planning import PlanningFact
from contracts.problems import Refused
from contracts.referral import SOURCE
from services.referral.domain.case import Case, CaseState, Command, evolve, fold
from services.referral.domain.completion import Complete
from services.referral.domain.correction import TakeBack, take_back
from services.referral.domain.permissions import ACT_OF, PERMISSIONS, Act, may
from tests.unit.referral.mother import (
    DECIDED_ON,
    TODAY,
    accept,
    accepted,
    acknowledge,
    answers,
    ask_for_completion,
    change_referrer,
    event_of_case,
    exited,
    handed_back,
    incomplete,
    note_contact,
    received,
    reopened,
    return_,
    returned,
    started,
    waiting,
)
from tests.unit.referral.mother import given as consented

HISTORIES: Final[dict[CaseState, Sequence[Fact]]] = {
    CaseState.WAITING: (),
    CaseState.INCOMPLETE: (incomplete,),
    CaseState.ACCEPTED: (accepted,),
    CaseState.STARTED: (accepted, started),
    CaseState.RETURNED: (accepted, returned),
    CaseState.CLOSED: (accepted, started, exited, handed_back),
}
COMMANDS: Final[dict[str, Command]] = {
    "ask for completion": ask_for_completion,
    "complete": Complete(DECIDED_ON, TODAY),
    "accept": accept,
    "accept, taken on elsewhere": replace(accept, taken_on_elsewhere=True),
    "return": return_,
    "withdraw the referral": replace(return_, by=ReturnedBy.REFERRER),
    "decline": replace(return_, by=ReturnedBy.PARTICIPANT),
    "expire": replace(return_, by=ReturnedBy.EXPIRY),
    "note a contact": note_contact,
    "change the referrer": change_referrer,
    "withdraw consent": answers(ConsentStatus.WITHDRAWN),
    "acknowledge the hand-back": acknowledge,
}
ACTS: Final[dict[str, Act]] = {
    "ask for completion": Act.ASK_FOR_COMPLETION,
    "complete": Act.COMPLETE,
    "accept": Act.ACCEPT,
    "accept, taken on elsewhere": Act.ACCEPT,
    "return": Act.RETURN,
    "withdraw the referral": Act.WITHDRAW,
    "decline": Act.DECLINE,
    "expire": Act.EXPIRE,
    "note a contact": Act.NOTE_CONTACT,
    "change the referrer": Act.CHANGE_REFERRER,
    "withdraw consent": Act.CHANGE_CONSENT,
    "acknowledge the hand-back": Act.ACKNOWLEDGE_HAND_BACK,
}
"""What the commands are in the table of permissions."""

ALLOWED: Final = "allowed"
# docs/states.md shows the same table.
_ENDS: Final[dict[CaseState, str]] = {
    CaseState.WAITING: ALLOWED,
    CaseState.INCOMPLETE: ALLOWED,
    CaseState.ACCEPTED: ALLOWED,
    CaseState.STARTED: "already_started",
    CaseState.RETURNED: "already_returned",
    CaseState.CLOSED: "already_closed",
}
TABLE: Final[dict[str, dict[CaseState, str]]] = {
    "ask for completion": {
        CaseState.WAITING: ALLOWED,
        CaseState.INCOMPLETE: "already_incomplete",
        CaseState.ACCEPTED: "already_accepted",
        CaseState.STARTED: "already_started",
        CaseState.RETURNED: "already_returned",
        CaseState.CLOSED: "already_closed",
    },
    "complete": {
        CaseState.WAITING: "nothing_missing",
        CaseState.INCOMPLETE: ALLOWED,
        CaseState.ACCEPTED: "nothing_missing",
        CaseState.STARTED: "already_started",
        CaseState.RETURNED: "already_returned",
        CaseState.CLOSED: "already_closed",
    },
    "accept": {
        CaseState.WAITING: ALLOWED,
        CaseState.INCOMPLETE: ALLOWED,
        CaseState.ACCEPTED: "already_accepted",
        CaseState.STARTED: "already_started",
        CaseState.RETURNED: "already_returned",
        CaseState.CLOSED: "already_closed",
    },
    "accept, taken on elsewhere": {
        CaseState.WAITING: "already_taken_on",
        CaseState.INCOMPLETE: "already_taken_on",
        CaseState.ACCEPTED: "already_accepted",
        CaseState.STARTED: "already_started",
        CaseState.RETURNED: "already_returned",
        CaseState.CLOSED: "already_closed",
    },
    "return": _ENDS,
    "withdraw the referral": _ENDS,
    "decline": _ENDS,
    "expire": _ENDS,
    "note a contact": _ENDS,
    "change the referrer": {
        **dict.fromkeys(CaseState, ALLOWED),
        CaseState.RETURNED: "already_returned",
        CaseState.CLOSED: "already_closed",
    },
    "withdraw consent": dict.fromkeys(CaseState, ALLOWED),
    "acknowledge the hand-back": {
        **dict.fromkeys(CaseState, "not_handed_back"),
        CaseState.CLOSED: ALLOWED,
    },
}
HEARD: Final[dict[str, tuple[Fact, dict[CaseState, CaseState]]]] = {
    "start": (started, {**dict.fromkeys(CaseState, CaseState.STARTED), CaseState.CLOSED: CaseState.CLOSED}),
    "exit": (exited, dict.fromkeys(CaseState, CaseState.CLOSED)),
    "reopening": (reopened, dict.fromkeys(CaseState, CaseState.STARTED)),
}


def _case(state: CaseState) -> Case:
    return waiting().given(*HISTORIES[state]).state


def test_the_table_is_whole() -> None:
    assert TABLE.keys() == COMMANDS.keys() == ACTS.keys()
    assert {Act.TAKE_BACK, *ACTS.values()} == set(Act) == PERMISSIONS.keys()
    assert ACT_OF.keys() == set(ReturnedBy)
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


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", Act)
def test_each_role_may_do_exactly_what_the_table_says(act: Act, role: Role) -> None:
    of_agencies_too = act in (Act.WITHDRAW, Act.COMPLETE, Act.CHANGE_REFERRER)
    wanted = {Role.COORDINATOR, Role.AGENCY} if of_agencies_too else {Role.COORDINATOR}
    if act is Act.ACKNOWLEDGE_HAND_BACK:
        wanted = {Role.AGENCY}
    assert may(act, {role}) is (role in wanted)


@pytest.mark.parametrize("state", CaseState)
@pytest.mark.parametrize("command", COMMANDS)
def test_the_decisions_refuse_what_the_table_of_permissions_refuses(command: str, state: CaseState) -> None:
    """The table is what the decisions use: nothing it refuses is allowed, and for the state nothing else is."""
    outcome = waiting().given(*HISTORIES[state]).when(COMMANDS[command])
    refused = PERMISSIONS[ACTS[command]].refused.get(state)
    if refused is not None:
        assert outcome.refused is not None
        assert outcome.refused.code == refused
    elif command != "accept, taken on elsewhere":
        assert outcome.refused is None


@pytest.mark.parametrize("state", CaseState)
def test_what_is_taken_back_stands_as_before_and_nothing_else_is(state: CaseState) -> None:
    facts = [received, consented, *HISTORIES[state]]
    log = [_logged(fact, nth) for nth, fact in enumerate(facts, start=1)]
    command = TakeBack(log[-1].id, "registered_in_error", TODAY)
    before = {
        CaseState.RETURNED: CaseState.ACCEPTED,
        CaseState.INCOMPLETE: CaseState.WAITING,
        CaseState.ACCEPTED: CaseState.WAITING,
    }
    if state in before:
        assert fold([*log, _logged(take_back(command, log), len(log) + 1)]).state is before[state]
        return
    with pytest.raises(Refused) as refused:
        take_back(command, log)
    assert refused.value.code == PERMISSIONS[Act.TAKE_BACK].refused[state]


def _logged(fact: Fact, sequence: int) -> Event[Any]:
    source = planning.SOURCE if isinstance(fact, PlanningFact) else SOURCE
    return event_of_case(fact, sequence, source)


def test_whoever_comes_in_can_leave_from_every_state() -> None:
    """By a return, or, once started, by the exit that planning appends."""
    leaves = {state for state in CaseState if TABLE["return"][state] == ALLOWED}
    assert leaves == {CaseState.WAITING, CaseState.INCOMPLETE, CaseState.ACCEPTED}
    assert HEARD["exit"][1][CaseState.STARTED] is CaseState.CLOSED
