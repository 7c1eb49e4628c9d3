"""Planning's HTTP API for groups and courses: declare them, change or cancel them, their sessions, who has a seat."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from contracts.catalogue import INSATSER
from contracts.codes import EnrolmentOutcome, Role
from contracts.events import local_date
from contracts.model import Code
from contracts.planning import GroupName
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.http import AppendedEvent, Body, Done, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequest, CommandRequestOf
from services.chassis.inputs import ClockTime, Day
from services.chassis.user_ids import WorkerId
from services.planning import commands, group_store
from services.planning.carrying_out import CaseWorker, Coordinator
from services.planning.domain.decide_groups import (
    CancelGroup,
    CancelGroupSession,
    DeclareGroup,
    GroupCommand,
    HoldGroupSession,
    days_from,
)
from services.planning.domain.groups import GroupOf
from services.planning.group_store import ListedGroup

_MOST: Final = 200

Looking = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]
Weekday = Annotated[int, Field(ge=1, le=7)]


class GroupRef(Body):
    """Which group: the insats that holds it, and its code there."""

    model_config = examples({"insats": "act-kurs", "group": "act-hosten"})
    insats: Code
    group: Code

    @property
    def of(self) -> GroupOf:
        return GroupOf(self.insats, self.group)


class GroupDeclared(GroupRef):
    """A group as it is from now on; what was declared of it before is replaced.

    ``session_days``: when it meets; or ``starts_on`` with ``weekdays`` (1 for Monday) and ``sessions``, from which
    the days follow. ``sessions``, ``seats``, ``minutes`` and ``reserved_for``: those of the insats' rule unless
    given.
    """

    model_config = examples(
        {
            "insats": "act-kurs",
            "group": "act-hosten",
            "name": "ACT hösten",
            "capacity": "kurs",
            "seats": 10,
            "starts_on": "2031-09-03",
            "starts_at": "13:00",
            "opens_on": "2031-08-11",
            "closes_on": "2031-08-29",
        }
    )
    name: GroupName
    capacity: Code
    seats: int | None = Field(default=None, ge=1, le=200)
    session_days: list[Day] = Field(default=[], max_length=200)
    starts_on: Day | None = None
    weekdays: list[Weekday] = Field(default=[], max_length=7)
    sessions: int | None = Field(default=None, ge=1, le=200)
    starts_at: ClockTime | None = None
    minutes: int | None = Field(default=None, ge=5, le=720)
    site: Code | None = None
    leader_id: WorkerId | None = None
    opens_on: Day | None = None
    closes_on: Day | None = None
    reserved_for: list[Code] | None = Field(default=None, max_length=20)


class GroupCancelled(GroupRef):
    """Why a group does not come about."""

    model_config = examples({"insats": "act-kurs", "group": "act-hosten", "reason": "too_few"})
    reason: Code


class SessionHeld(GroupRef):
    """Which session of a group was held."""

    model_config = examples({"insats": "act-kurs", "group": "act-hosten", "session_on": "2031-09-03"})
    session_on: Day


class SessionCancelled(SessionHeld):
    """Why a session of a group is not held."""

    model_config = examples(
        {"insats": "act-kurs", "group": "act-hosten", "session_on": "2031-09-03", "reason": "leader_away"}
    )
    reason: Code


class GroupDone(BaseModel):
    """The answer to a command about a group: its stream, which an enrolment names, and what was appended to it."""

    group_id: UUID
    events: list[AppendedEvent]


class GroupListed(BaseModel):
    """A group. ``taken``: seats that people have; ``waiting``: how many wait for one, in it or in any group."""

    group_id: UUID
    insats: str
    group: str
    name: str
    capacity: str
    seats: int
    taken: int
    free: int
    waiting: int
    session_days: list[date]
    held: list[date]
    called_off: list[date]
    starts_at: ClockTime | None
    minutes: int | None
    site: str | None
    leader_id: str | None
    opens_on: date | None
    closes_on: date | None
    reserved_for: list[str]
    cancelled: bool


class GroupsListed(BaseModel):
    """Groups in the order in which they begin."""

    items: list[GroupListed]


class SeatListed(BaseModel):
    """A seat that somebody has or had in a group, and the sessions that they came to and did not."""

    enrolment_id: UUID
    case_id: UUID
    enrolled_on: date
    ended_on: date | None
    outcome: EnrolmentOutcome | None
    came: list[date]
    did_not_come: list[date]


class WaitingListed(BaseModel):
    """Somebody who waits for a seat; ``any_group``: in whichever group of the insats."""

    case_id: UUID
    since: date
    any_group: bool


class GroupSeen(GroupListed):
    """A group with who has a seat in it, and who waits for one, the first first."""

    participants: list[SeatListed]
    reserve: list[WaitingListed]


router = APIRouter(prefix="/api/planning/groups", tags=["groups"])


@router.get("")
async def groups(
    runtime: RuntimeOf,
    _user: Looking,
    insats: Annotated[Code, Query()],
    first: Annotated[Day | None, Query(alias="from")] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
) -> GroupsListed:
    """The groups of an insats that have a session on a day, today unless given, or later."""
    day = first or local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        found = await group_store.listed(connection, insats, day, limit)
    return GroupsListed(items=[_listed(each) for each in found])


@router.get("/{group_id}/participants")
async def group(runtime: RuntimeOf, _user: CaseWorker, group_id: UUID) -> GroupSeen:
    """A group with its participants and its reserve list."""
    async with runtime.pool.acquire() as connection:
        found = await group_store.one(connection, group_id)
        if found is None:
            raise NotFound("group_unknown", "Gruppen finns inte.")
        seats = await group_store.participants(connection, group_id)
        waiting = await group_store.reserve(connection, found.terms.of.insats, group_id, _MOST)
    return GroupSeen(
        **_listed(found).model_dump(),
        participants=[
            SeatListed(
                enrolment_id=each.enrolment_id,
                case_id=each.case_id,
                enrolled_on=each.enrolled_on,
                ended_on=each.ended_on,
                outcome=each.outcome,
                came=[day for day, came in each.attendance.items() if came],
                did_not_come=[day for day, came in each.attendance.items() if not came],
            )
            for each in seats
        ],
        reserve=[WaitingListed(case_id=w.case_id, since=w.since, any_group=w.any_group) for w in waiting],
    )


@router.post("", status_code=201)
async def declare(body: GroupDeclared, request: CommandRequestOf, user: Coordinator) -> GroupDone:
    """Declares a group, or changes it. 409 ``seats_taken`` when more seats are taken than there would be."""
    return await _carry_out(
        request,
        user,
        lambda today: DeclareGroup(
            of=body.of,
            name=body.name,
            capacity=body.capacity,
            session_days=_days(body),
            today=today,
            seats=body.seats,
            starts_at=body.starts_at,
            minutes=body.minutes,
            site=body.site,
            leader_id=body.leader_id,
            opens_on=body.opens_on,
            closes_on=body.closes_on,
            reserved_for=None if body.reserved_for is None else tuple(body.reserved_for),
        ),
    )


@router.post("/cancel", status_code=201)
async def cancel(body: GroupCancelled, request: CommandRequestOf, user: Coordinator) -> GroupDone:
    """A group does not come about. 409 ``seats_taken`` while somebody has a seat in it, ``session_held`` when it
    has met."""
    return await _carry_out(request, user, lambda today: CancelGroup(body.of, body.reason, today))


@router.post("/sessions/held", status_code=201)
async def hold_session(body: SessionHeld, request: CommandRequestOf, user: CaseWorker) -> GroupDone:
    """A session of a group was held: attendance may be recorded for it."""
    return await _carry_out(request, user, lambda today: HoldGroupSession(body.of, body.session_on, today))


@router.post("/sessions/cancel", status_code=201)
async def cancel_session(body: SessionCancelled, request: CommandRequestOf, user: CaseWorker) -> GroupDone:
    """A session of a group is not held, or was registered as held by mistake. 409 ``attendance_recorded`` while
    attendance is recorded for it."""
    return await _carry_out(
        request, user, lambda today: CancelGroupSession(body.of, body.session_on, body.reason, today)
    )


async def _carry_out(request: CommandRequest, user: User, command_on: Callable[[date], GroupCommand]) -> GroupDone:
    async with request.unit(user.actor) as unit:
        command = command_on(unit.today)
        appended = await commands.carry_out_on_group(unit, command)
        answer = GroupDone(group_id=command.of.group_id, events=Done.appended(appended))
        return await request.answered(unit, answer)


def _days(body: GroupDeclared) -> tuple[date, ...]:
    """When the group meets. Raises Invalid where neither the days nor how many they are is said."""
    if body.session_days:
        return tuple(body.session_days)
    return days_from(INSATSER, body.insats, body.capacity, body.starts_on, tuple(body.weekdays), body.sessions)


def _listed(found: ListedGroup) -> GroupListed:
    terms = found.terms
    return GroupListed(
        group_id=terms.of.group_id,
        insats=terms.of.insats,
        group=terms.of.group,
        name=terms.name,
        capacity=terms.capacity,
        seats=terms.seats,
        taken=found.taken,
        free=found.free,
        waiting=found.waiting,
        session_days=list(terms.session_days),
        held=sorted(terms.held),
        called_off=sorted(terms.called_off),
        starts_at=terms.starts_at,
        minutes=terms.minutes,
        site=terms.site,
        leader_id=terms.leader_id,
        opens_on=terms.opens_on,
        closes_on=terms.closes_on,
        reserved_for=list(terms.reserved_for),
        cancelled=terms.cancelled,
    )
