"""Where a referral's Task stands: the whole table, and that it agrees with the case."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import agency, planning, referral
from contracts.agency import ReferralProgressed
from contracts.codes import MeetingMode, ReferralStep
from contracts.envelope import Event, Fact
from contracts.events import event_of
from contracts.planning import MeetingHeld
from services.referral.domain import feedback
from services.referral.domain.case import CaseState, fold
from services.referral.domain.feedback import Referral
from services.referral.domain.task import NEXT, TaskState, TaskStatus, request_status, task_state
from tests.unit.referral.mother import accepted, exited, received, reopened, returned, started
from tests.unit.referral.mother import given as consent

CASE: Final = UUID(int=1)
FIRST: Final = datetime(2021, 2, 8, 9, tzinfo=UTC)
REFERRAL: Final = Referral(CASE, "region-stockholm", "REM-1", "finsam-team")

TABLE: Final = """
step               received     accepted     in-progress  completed    rejected     cancelled
incomplete         received     accepted     in-progress  -            -            -
completed          received     accepted     in-progress  -            -            -
accepted           accepted     -            -            -            -            -
meeting_booked     received     accepted     in-progress  -            -            -
meeting_cancelled  received     accepted     in-progress  -            -            -
meeting_held       received     accepted     in-progress  -            -            -
returned           rejected     cancelled    -            -            -            -
started            in-progress  in-progress  in-progress  -            in-progress  in-progress
ended              completed    completed    completed    completed    completed    completed
handed_back        -            -            -            completed    -            -
hand_back_acknowledged  -       -            -            completed    -            -
reopened           in-progress  in-progress  in-progress  in-progress  in-progress  in-progress
"""
"""Every step in every status: the status after it; "-" where the step changes nothing."""


def _cells() -> Iterable[tuple[ReferralStep, TaskStatus, TaskStatus | None]]:
    header, *rows = [line.split() for line in TABLE.strip().splitlines()]
    for step, *cells in rows:
        for status, cell in zip(header[1:], cells, strict=True):
            yield ReferralStep(step), TaskStatus(status), None if cell == "-" else TaskStatus(cell)


CELLS: Final = list(_cells())
# A course by which each status is reached.
REACHED: Final = {
    TaskStatus.RECEIVED: (),
    TaskStatus.ACCEPTED: (ReferralStep.ACCEPTED,),
    TaskStatus.IN_PROGRESS: (ReferralStep.ACCEPTED, ReferralStep.STARTED),
    TaskStatus.COMPLETED: (ReferralStep.ACCEPTED, ReferralStep.STARTED, ReferralStep.ENDED),
    TaskStatus.REJECTED: (ReferralStep.RETURNED,),
    TaskStatus.CANCELLED: (ReferralStep.ACCEPTED, ReferralStep.RETURNED),
}


def _course(*steps: ReferralStep) -> list[ReferralProgressed]:
    return [
        ReferralProgressed(
            happened_on=date(2021, 2, 8) + timedelta(days=nth),
            agency=REFERRAL.agency,
            reference=REFERRAL.reference,
            case_id=CASE,
            insats=REFERRAL.insats,
            step=step,
            reason="relapse" if step is ReferralStep.RETURNED else None,
        )
        for nth, step in enumerate(steps)
    ]


def test_the_table_has_every_step_in_every_status() -> None:
    assert {(step, status) for step, status, _ in CELLS} == {(s, t) for s in ReferralStep for t in TaskStatus}
    assert set(NEXT) == set(ReferralStep)


@pytest.mark.parametrize(("step", "status", "after"), CELLS)
def test_a_step_in_a_status(step: ReferralStep, status: TaskStatus, after: TaskStatus | None) -> None:
    before = task_state(_course(*REACHED[status]))
    assert before.status is status
    state = task_state(_course(*REACHED[status], step))
    if after is None:
        assert state == before
    else:
        assert (state.status, state.step) == (after, step)


def test_nothing_yet() -> None:
    assert task_state([]) == TaskState(TaskStatus.RECEIVED)


def test_the_period_is_that_of_the_latest_participation() -> None:
    started_, ended, again = ReferralStep.STARTED, ReferralStep.ENDED, ReferralStep.REOPENED
    state = task_state(_course(started_, ended))
    assert (state.started_on, state.ended_on) == (date(2021, 2, 8), date(2021, 2, 9))
    state = task_state(_course(started_, ended, again))
    assert (state.started_on, state.ended_on) == (date(2021, 2, 10), None)


def test_a_return_that_a_start_overrules_is_no_reason() -> None:
    returned_ = task_state(_course(ReferralStep.RETURNED)).returned
    assert returned_ is not None
    assert returned_.reason == "relapse"
    assert task_state(_course(ReferralStep.RETURNED, ReferralStep.STARTED)).returned is None


def test_the_request_is_active_until_its_task_has_ended() -> None:
    assert {status: request_status(status) for status in TaskStatus} == {
        TaskStatus.RECEIVED: "active",
        TaskStatus.ACCEPTED: "active",
        TaskStatus.IN_PROGRESS: "active",
        TaskStatus.COMPLETED: "completed",
        TaskStatus.REJECTED: "revoked",
        TaskStatus.CANCELLED: "revoked",
    }


_OF_CASE: Final = {
    CaseState.WAITING: {TaskStatus.RECEIVED},
    CaseState.ACCEPTED: {TaskStatus.ACCEPTED},
    CaseState.STARTED: {TaskStatus.IN_PROGRESS},
    CaseState.RETURNED: {TaskStatus.REJECTED, TaskStatus.CANCELLED},
    CaseState.CLOSED: {TaskStatus.COMPLETED},
}
_HELD: Final = MeetingHeld(
    happened_on=date(2021, 2, 18), meeting_id=UUID(int=7), kind="introduction", mode=MeetingMode.PHYSICAL
)
exited_again: Final = exited.model_copy(update={"happened_on": date(2021, 3, 5)})
OWN: Final = ((), (accepted,), (returned,), (accepted, returned))
PLANNED: Final = (
    (),
    (_HELD,),
    (started, exited),
    (started, exited, reopened),
    (started, exited, reopened, exited_again),
)


def _event(source: str, fact: Fact, sequence: int, cause: UUID | None = None) -> Event[Any]:
    return event_of(
        fact,
        event_id=uuid5(CASE, f"{source} {sequence}"),
        stream_id=CASE,
        sequence=sequence,
        recorded=FIRST + timedelta(hours=sequence, days=1 if source == planning.SOURCE else 0),
        actor="service:referral",
        source=source,
        association="stockholm",
        causation_id=cause,
    )


@given(own=st.sampled_from(OWN), planned=st.sampled_from(PLANNED), order=st.randoms())
def test_the_status_says_what_the_case_says(own: tuple[Fact, ...], planned: tuple[Fact, ...], order: Random) -> None:
    log = [
        *(_event(referral.SOURCE, fact, nth) for nth, fact in enumerate((received, consent, *own), start=1)),
        *(_event(planning.SOURCE, fact, nth) for nth, fact in enumerate(planned, start=1)),
    ]
    order.shuffle(log)
    appended: list[Event[Any]] = []
    # Feedback is appended each time something has been heard, so its own order is the order of hearing.
    for heard in range(1, len(log) + 1):
        new = feedback.missing(REFERRAL, log[:heard], appended, date(2021, 3, 1))
        appended += [
            _event(agency.SOURCE, each.fact, nth, each.cause) for nth, each in enumerate(new, start=len(appended) + 1)
        ]
    assert task_state(feedback.course(appended)).status in _OF_CASE[fold(log).state]
