"""Where a referral stands in the words of FHIR R4: the status of its Task, from the course that its referrer follows.

    received ─► accepted ─► in-progress ◄─► completed
        │           │
        ▼           ▼
    rejected    cancelled

A return before acceptance rejects the referral, one after it cancels the task. As in :mod:`.case` a participation
counts more than a return. ``on-hold`` is not reached: no step of a referral says that it is put on hold.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import reduce
from typing import Final

from contracts.agency import ReferralProgressed
from contracts.codes import ReferralStep


class TaskStatus(StrEnum):
    """The codes of R4's task-status that a referral's Task has."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class TaskState:
    """Where the Task stands.

    ``step``: the latest step that counts, None while the referral waits; ``returned``: the return by which it ended.
    ``started_on``: the first day of the latest participation; ``ended_on``: its last, None while it lasts.
    """

    status: TaskStatus = TaskStatus.RECEIVED
    step: ReferralStep | None = None
    returned: ReferralProgressed | None = None
    started_on: date | None = None
    ended_on: date | None = None


_EVERY: Final = tuple(TaskStatus)
_OPEN: Final = (TaskStatus.RECEIVED, TaskStatus.ACCEPTED, TaskStatus.IN_PROGRESS)
_STAYS: Final = {status: status for status in _OPEN}

NEXT: Final[Mapping[ReferralStep, Mapping[TaskStatus, TaskStatus]]] = {
    ReferralStep.INCOMPLETE: _STAYS,
    ReferralStep.COMPLETED: _STAYS,
    ReferralStep.ACCEPTED: {TaskStatus.RECEIVED: TaskStatus.ACCEPTED},
    ReferralStep.MEETING_BOOKED: _STAYS,
    ReferralStep.MEETING_CANCELLED: _STAYS,
    ReferralStep.MEETING_HELD: _STAYS,
    ReferralStep.RETURNED: {
        TaskStatus.RECEIVED: TaskStatus.REJECTED,
        TaskStatus.ACCEPTED: TaskStatus.CANCELLED,
    },
    ReferralStep.STARTED: {status: TaskStatus.IN_PROGRESS for status in _EVERY if status is not TaskStatus.COMPLETED},
    ReferralStep.ENDED: dict.fromkeys(_EVERY, TaskStatus.COMPLETED),
    ReferralStep.HANDED_BACK: {TaskStatus.COMPLETED: TaskStatus.COMPLETED},
    ReferralStep.HAND_BACK_ACKNOWLEDGED: {TaskStatus.COMPLETED: TaskStatus.COMPLETED},
    ReferralStep.REOPENED: dict.fromkeys(_EVERY, TaskStatus.IN_PROGRESS),
}
"""The status after a step, by the status before it. A step that is not there for a status changes nothing."""


def task_state(course: Iterable[ReferralProgressed]) -> TaskState:
    """Where the Task of a referral with this course stands (:func:`.feedback.course`)."""
    return reduce(_after, course, TaskState())


def _after(state: TaskState, progressed: ReferralProgressed) -> TaskState:
    status = NEXT[progressed.step].get(state.status)
    if status is None:
        return state
    reached = replace(state, status=status, step=progressed.step)
    match progressed.step:
        case ReferralStep.RETURNED:
            return replace(reached, returned=progressed)
        case ReferralStep.STARTED | ReferralStep.REOPENED:
            return replace(reached, returned=None, started_on=progressed.happened_on, ended_on=None)
        case ReferralStep.ENDED:
            return replace(reached, returned=None, ended_on=progressed.happened_on)
        case _:
            return reached


def request_status(status: TaskStatus) -> str:
    """The code of R4's request-status that the ServiceRequest has while its Task has this status."""
    return _OF_REQUEST[status]


_OF_REQUEST: Final[Mapping[TaskStatus, str]] = {
    **dict.fromkeys(_OPEN, "active"),
    TaskStatus.COMPLETED: "completed",
    TaskStatus.REJECTED: "revoked",
    TaskStatus.CANCELLED: "revoked",
}
