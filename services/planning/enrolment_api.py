"""Planning's HTTP API for a case's seats in groups and courses: enrol, record who came, end, and wait for a seat."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import Field

from contracts.codes import EnrolmentOutcome
from contracts.model import Code
from services.chassis.http import Body, Done, examples
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.planning.carrying_out import CaseWorker, carry_out, carry_out_and_answer
from services.planning.domain import command as ask

GroupId = Annotated[UUID, Field(examples=["00000000-0000-4000-8000-000000000001"])]


class Enrol(Body):
    """``enrolled_on``: today unless given."""

    model_config = examples({"group_id": "00000000-0000-4000-8000-000000000001", "enrolled_on": "2031-08-20"})
    group_id: GroupId
    enrolled_on: Day | None = None


class EndEnrolment(Body):
    """``ended_on``: today unless given. The reason leaves the service only with the person's consent."""

    model_config = examples(
        {"ended_on": "2031-10-15", "outcome": "completed"},
        {"ended_on": "2031-09-17", "outcome": "dropped_out", "reason": "health"},
    )
    ended_on: Day | None = None
    outcome: EnrolmentOutcome
    reason: Code | None = None


class RecordSessionAttendance(Body):
    """Whether the participant came to the session of a day. It leaves the service only with the person's consent."""

    model_config = examples({"session_on": "2031-09-03", "attended": True})
    session_on: Day
    attended: bool


class JoinReserve(Body):
    """``group_id``: the group; without it any group of the insats. ``since``: today unless given."""

    model_config = examples({"group_id": "00000000-0000-4000-8000-000000000001"}, {})
    group_id: GroupId | None = None
    since: Day | None = None


class LeaveReserve(Body):
    """``left_on``: today unless given."""

    model_config = examples({"left_on": "2031-09-01"}, {})
    left_on: Day | None = None


class EnrolmentDone(Done):
    """The answer to an enrolment: its id, which the commands about it name."""

    enrolment_id: UUID


router = APIRouter(prefix="/api/planning/cases/{case_id}", tags=["groups"])


@router.post("/enrolments", status_code=201)
async def enrol(case_id: UUID, body: Enrol, request: CommandRequestOf, user: CaseWorker) -> EnrolmentDone:
    """Gives the participant a seat in a group. 409 ``group_full`` when its seats are taken."""
    enrolment_id = uuid4()
    return await carry_out_and_answer(
        request,
        user,
        case_id,
        lambda today: ask.Enrol(enrolment_id, body.group_id, body.enrolled_on or today, today),
        lambda appended: EnrolmentDone(case_id=case_id, events=Done.appended(appended), enrolment_id=enrolment_id),
    )


@router.post("/enrolments/{enrolment_id}/attendance", status_code=201)
async def record_attendance(
    case_id: UUID, enrolment_id: UUID, body: RecordSessionAttendance, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Registers whether the participant came to a session that was held while they had the seat."""
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.RecordSessionAttendance(enrolment_id, body.session_on, body.attended, today),
    )


@router.post("/enrolments/{enrolment_id}/end", status_code=201)
async def end_enrolment(
    case_id: UUID, enrolment_id: UUID, body: EndEnrolment, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """The participant has completed the group, or has left it. Their seat is free for others."""
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.EndEnrolment(enrolment_id, body.ended_on or today, body.outcome, today, body.reason),
    )


@router.post("/group-reserve", status_code=201)
async def join_reserve(case_id: UUID, body: JoinReserve, request: CommandRequestOf, user: CaseWorker) -> Done:
    """The participant waits for a seat, behind those who joined before."""
    return await carry_out(
        request, user, case_id, lambda today: ask.JoinReserve(body.group_id, body.since or today, today)
    )


@router.post("/group-reserve/leave", status_code=201)
async def leave_reserve(case_id: UUID, body: LeaveReserve, request: CommandRequestOf, user: CaseWorker) -> Done:
    """The participant waits for no seat any more."""
    return await carry_out(request, user, case_id, lambda today: ask.LeaveReserve(body.left_on or today, today))
