"""What a case worker sees of a case's seats in groups."""

from dataclasses import asdict
from datetime import date
from uuid import UUID

from pydantic import BaseModel

from contracts.codes import EnrolmentOutcome
from services.planning.domain.case import Case
from services.planning.domain.enrolments import Enrolment


class SessionAttendanceView(BaseModel):
    """Whether the participant came to a session of a group. ``event_id``: what recorded it, for a correction."""

    event_id: UUID
    session_on: date
    attended: bool | None


class EnrolmentView(BaseModel):
    """A seat in a group. The reason of its end is known here with or without consent. ``latest_event``: the last that
    was registered of it."""

    enrolment_id: UUID
    group_id: UUID
    enrolled_on: date
    starts_on: date
    attendance: list[SessionAttendanceView]
    ended_on: date | None
    outcome: EnrolmentOutcome | None
    reason: str | None
    latest_event: UUID | None


class ReserveView(BaseModel):
    """The participant waits for a seat in a group; ``group_id`` is None for any group of the insats."""

    event_id: UUID
    group_id: UUID | None
    since: date


def enrolment_view(seat: Enrolment) -> EnrolmentView:
    """The seat as case workers see it."""
    return EnrolmentView(
        enrolment_id=seat.enrolment_id,
        group_id=seat.group_id,
        enrolled_on=seat.enrolled_on,
        starts_on=seat.starts_on,
        attendance=[SessionAttendanceView(**asdict(each)) for each in seat.attendance],
        ended_on=seat.ended_on,
        outcome=seat.outcome,
        reason=seat.reason,
        latest_event=seat.latest,
    )


def reserve_view(case: Case) -> ReserveView | None:
    """The wait for a seat, if there is one."""
    waits = case.enrolments.reserve
    if waits is None:
        return None
    return ReserveView(event_id=waits.event_id, group_id=waits.group_id, since=waits.since)
