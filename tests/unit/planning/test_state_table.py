"""Every command at every stage: allowed (None) or refused with this code. A new command or stage must be added."""

from typing import Final, get_args

import pytest

from contracts.envelope import Fact
from services.planning.domain.case import Stage
from services.planning.domain.command import Command
from tests.examples import some
from tests.unit.planning import calls, mother
from tests.unit.planning import commands as ask
from tests.unit.planning.mother import given

AT: Final[dict[Stage, tuple[Fact, ...]]] = {
    Stage.UNKNOWN: (),
    Stage.REFERRED: (mother.received, mother.consented),
    Stage.RETURNED: (*mother.at_acceptance, mother.returned),
    Stage.ACCEPTED: mother.with_plan,
    Stage.PARTICIPATING: mother.participating,
    Stage.EXITED: mother.left,
}
_UNDER_WAY: Final = ("case_unknown", "not_accepted", "returned", None, None, "exited")


def _with(accepted: str | None, participating: str | None, exited: str | None = "exited") -> tuple[str | None, ...]:
    return ("case_unknown", "not_accepted", "returned", accepted, participating, exited)


def _in_all_but_unknown(code: str) -> tuple[str | None, ...]:
    return ("case_unknown", *(code,) * 5)


TABLE: Final[list[tuple[Command, tuple[str | None, ...]]]] = [
    (ask.book(meeting_id=mother.OTHER_MEETING, team="team-2"), _UNDER_WAY),
    (ask.hold(), _with("already_held", "already_held")),
    (ask.cancel(), _with("already_held", "already_held")),
    (ask.start, _with(None, "already_started")),
    (ask.make_plan, _with("samplan_exists", "samplan_exists")),
    (ask.revise, _UNDER_WAY),
    (ask.start_activity, _UNDER_WAY),
    (ask.complete_activity, _UNDER_WAY),
    (ask.cancel_activity, _UNDER_WAY),
    (ask.block_activity, _UNDER_WAY),
    (ask.unblock_activity, _with("not_blocked", "not_blocked")),
    (ask.change_extent, _with("not_ongoing", "not_ongoing")),
    (ask.attend, _with("attendance_not_used", "attendance_not_used")),
    (ask.enrol, _with("group_of_other_insats", "group_of_other_insats")),
    (ask.end_enrolment, _in_all_but_unknown("enrolment_unknown")),
    (ask.come, _in_all_but_unknown("enrolment_unknown")),
    (ask.join_reserve, _with("no_groups", "no_groups")),
    (ask.leave_reserve, _in_all_but_unknown("not_waiting")),
    (ask.assign, _UNDER_WAY),
    (ask.end_support, _in_all_but_unknown("no_support")),
    (ask.offer, _in_all_but_unknown("no_support")),
    (ask.withdraw_offer, _in_all_but_unknown("no_support")),
    (ask.accept_offer, _in_all_but_unknown("no_support")),
    (ask.decline_offer, _in_all_but_unknown("no_support")),
    (ask.leave, _with("not_started", None, "already_exited")),
    (ask.reopen, (*_in_all_but_unknown("not_exited")[:-1], None)),
    (ask.put_on_hold, _UNDER_WAY),
    (ask.resume, _in_all_but_unknown("not_on_hold")),
    (ask.employ, _with(None, None, None)),
    (ask.end_employment, _with("employment_unknown", "employment_unknown", "employment_unknown")),
    (ask.grant, _with(None, None, None)),
    (ask.begin_after_support, (*_in_all_but_unknown("not_exited")[:-1], "no_after_support")),
    (ask.end_after_support, _in_all_but_unknown("no_ongoing_after_support")),
    (ask.reach_step, _with(None, None, None)),
    (ask.ask_for_document, _with("no_document", "no_document", "no_document")),
    (ask.end_request, _in_all_but_unknown("request_unknown")),
    (calls.call, _with("no_plan_form", "no_plan_form")),
    (calls.against, _with("no_plan_form", "no_plan_form")),
    (calls.withdraw, _in_all_but_unknown("no_open_call")),
    (calls.hold, _in_all_but_unknown("no_open_call")),
    (calls.agree, _in_all_but_unknown("no_open_plan")),
    (calls.close, _in_all_but_unknown("no_open_plan")),
    (calls.withdraw_consent, _in_all_but_unknown("nothing_to_close")),
]
CELLS: Final = [
    pytest.param(command, stage, code, id=f"{type(command).__name__}-{stage}")
    for command, row in TABLE
    for stage, code in zip(AT, row, strict=True)
]


@pytest.mark.parametrize(("command", "stage", "code"), some(CELLS))
def test_each_command_at_each_stage(command: Command, stage: Stage, code: str | None) -> None:
    life = given(*AT[stage])
    assert life.case.stage is stage
    assert life.refusal(command) == code


def test_the_table_has_every_command_and_every_stage() -> None:
    assert {type(command) for command, _ in TABLE} == set(get_args(Command))
    assert set(AT) == set(Stage)
