"""Planning: follows referrals, and takes what case workers do from team meeting to exit."""

from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel, Field

from contracts import topics
from contracts.catalogue import INSATSER
from contracts.codes import ActivityExtent, ActivityKind, ExitReason, MeetingMode, Member, Role
from contracts.envelope import Envelope
from contracts.problems import NotFound
from contracts.referral import (
    ConsentGivenEvent,
    ConsentRefusedEvent,
    ConsentWithdrawnEvent,
    ReferralAcceptedEvent,
    ReferralReceivedEvent,
    ReferralReturnedEvent,
)
from services.chassis.auth import User
from services.chassis.http import Body, Done, RuntimeOf, examples, signed_in
from services.chassis.inputs import ClockTime, Day, Text
from services.chassis.metrics import Metrics
from services.chassis.ordered import InOrder
from services.chassis.runtime import Blueprint
from services.chassis.service import assemble
from services.chassis.settings import Settings
from services.chassis.unit import Unit
from services.planning import domain, store
from services.planning.view import CaseView, view

_HERE: Final = Path(__file__).parent

Coordinator = Annotated[User, Depends(signed_in(Role.COORDINATOR))]
CaseWorker = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS))]


class BookMeeting(Body):
    """A place in a team's session. ``booked_on``: today unless given."""

    model_config = examples({"team": "team-1", "meets_on": "2021-03-04", "starts_at": "09:00", "mode": "physical"})
    booked_on: Day | None = None
    team: Text = Field(max_length=60)
    meets_on: Day
    starts_at: ClockTime
    mode: MeetingMode


class HoldMeeting(Body):
    """The booked meeting was held. ``held_on`` and ``mode``: as booked unless given."""

    model_config = examples({"held_on": "2021-03-04", "mode": "digital"}, {})
    held_on: Day | None = None
    mode: MeetingMode | None = None


class StartInsats(Body):
    """``started_on``: today unless given."""

    model_config = examples({"started_on": "2021-03-10"}, {})
    started_on: Day | None = None


class NewActivity(Body):
    """An activity, the member responsible for it and what it is about."""

    responsible: Member
    kind: ActivityKind


class MakeSamplan(Body):
    """``made_on``: today unless given; follow-ups are counted from it."""

    model_config = examples(
        {"made_on": "2021-03-04", "activities": [{"responsible": "kommun", "kind": "work_training"}]}
    )
    made_on: Day | None = None
    activities: list[NewActivity] = Field(min_length=1, max_length=50)


class StartActivity(Body):
    """``started_on``: today unless given."""

    model_config = examples({"started_on": "2021-03-15"}, {})
    started_on: Day | None = None


class CompleteActivity(Body):
    """``completed_on``: today unless given. If the start was never told, the activity started on that day."""

    model_config = examples({"completed_on": "2021-05-20", "extent": "partly"})
    completed_on: Day | None = None
    extent: ActivityExtent


class AssignLots(Body):
    """``assigned_on``: today unless given. ``lots_id`` goes out on a topic: a user's id, never a name or number."""

    model_config = examples({"assigned_on": "2021-03-20", "lots_id": "lots-1"})
    assigned_on: Day | None = None
    lots_id: str = Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60, examples=["lots-1"])


class ExitInsats(Body):
    """``exited_on``: today unless given. The reason leaves the service only with the person's consent."""

    model_config = examples({"exited_on": "2021-11-30", "reason": "jobseeking_work_or_studies"})
    exited_on: Day | None = None
    reason: ExitReason


class MeetingBooked(Done):
    """The answer to a booking."""

    meeting_id: UUID


class ActivityMade(BaseModel):
    """An activity as it was given its id."""

    activity_id: UUID
    responsible: Member
    kind: ActivityKind


class SamplanMade(Done):
    """The answer to a plan: the ids of the plan and of its activities, in the order they were given."""

    samplan_id: UUID
    activities: list[ActivityMade]


router = APIRouter(prefix="/api/planning/cases/{case_id}", tags=["planning"])


@router.get("")
async def case(case_id: UUID, runtime: RuntimeOf, _user: CaseWorker) -> CaseView:
    """Where the case stands: meeting, samplan with its activities, lots, start and exit."""
    async with runtime.pool.acquire() as connection:
        seen = view(case_id, *await store.load(connection, case_id))
    if seen is None:
        raise NotFound("case_unknown", "Ärendet finns inte här än. Försök igen om en stund.")
    return seen


@router.post("/meeting", status_code=201)
async def book_meeting(case_id: UUID, body: BookMeeting, runtime: RuntimeOf, _user: Coordinator) -> MeetingBooked:
    """Books the team meeting, or moves it to another session. 409 ``session_full`` when the session is full."""
    async with runtime.unit() as unit:
        await unit.lock(case_id)
        command = domain.BookMeeting(
            meeting_id=uuid4(),
            booked_on=body.booked_on or unit.today,
            team=body.team,
            meets_on=body.meets_on,
            starts_at=body.starts_at,
            mode=body.mode,
            others=await _others_in_session(unit, case_id, body),
            today=unit.today,
        )
        told = await _carry_out(unit, case_id, command)
    return MeetingBooked(case_id=case_id, events=Done.told(told), meeting_id=command.meeting_id)


@router.post("/meeting/held", status_code=201)
async def hold_meeting(case_id: UUID, body: HoldMeeting, runtime: RuntimeOf, _user: Coordinator) -> Done:
    """Registers that the booked meeting was held, on its day."""
    async with runtime.unit() as unit:
        await unit.lock(case_id)
        return await _done(unit, case_id, domain.HoldMeeting(body.held_on, body.mode, unit.today))


@router.post("/start", status_code=201)
async def start(case_id: UUID, body: StartInsats, runtime: RuntimeOf, _user: Coordinator) -> Done:
    """Registers that the person begins to take part."""
    async with runtime.unit() as unit:
        await unit.lock(case_id)
        return await _done(unit, case_id, domain.StartInsats(body.started_on or unit.today, unit.today))


@router.post("/samplan", status_code=201)
async def make_samplan(case_id: UUID, body: MakeSamplan, runtime: RuntimeOf, _user: Coordinator) -> SamplanMade:
    """Registers the joint plan: its activities, each with a responsible member."""
    planned = [(uuid4(), each) for each in body.activities]
    async with runtime.unit() as unit:
        await unit.lock(case_id)
        command = domain.MakeSamplan(
            samplan_id=uuid4(),
            made_on=body.made_on or unit.today,
            activities=tuple(domain.NewActivity(id_, each.responsible, each.kind) for id_, each in planned),
            today=unit.today,
        )
        told = await _carry_out(unit, case_id, command)
    return SamplanMade(
        case_id=case_id,
        events=Done.told(told),
        samplan_id=command.samplan_id,
        activities=[
            ActivityMade(activity_id=each.activity_id, responsible=each.responsible, kind=each.kind)
            for each in command.activities
        ],
    )


@router.post("/activities/{activity_id}/start", status_code=201)
async def start_activity(
    case_id: UUID, activity_id: UUID, body: StartActivity, runtime: RuntimeOf, _user: CaseWorker
) -> Done:
    """Registers that an activity has begun."""
    async with runtime.unit() as unit:
        await unit.lock(case_id)
        started_on = body.started_on or unit.today
        return await _done(unit, case_id, domain.StartActivity(activity_id, started_on, unit.today))


@router.post("/activities/{activity_id}/complete", status_code=201)
async def complete_activity(
    case_id: UUID, activity_id: UUID, body: CompleteActivity, runtime: RuntimeOf, _user: CaseWorker
) -> Done:
    """Registers that an activity was carried out, fully or partly."""
    async with runtime.unit() as unit:
        await unit.lock(case_id)
        completed_on = body.completed_on or unit.today
        command = domain.CompleteActivity(activity_id, completed_on, body.extent, unit.today)
        return await _done(unit, case_id, command)


@router.post("/lots", status_code=201)
async def assign_lots(case_id: UUID, body: AssignLots, runtime: RuntimeOf, _user: Coordinator) -> Done:
    """Assigns a lots, or another one."""
    async with runtime.unit() as unit:
        await unit.lock(case_id)
        command = domain.AssignLots(body.lots_id, body.assigned_on or unit.today, unit.today)
        return await _done(unit, case_id, command)


@router.post("/exit", status_code=201)
async def exit_insats(case_id: UUID, body: ExitInsats, runtime: RuntimeOf, _user: Coordinator) -> Done:
    """Registers that the participant has left the insats, and why."""
    async with runtime.unit() as unit:
        await unit.lock(case_id)
        command = domain.ExitInsats(body.exited_on or unit.today, body.reason, unit.today)
        return await _done(unit, case_id, command)


async def _others_in_session(unit: Unit, case_id: UUID, body: BookMeeting) -> int:
    now, _ = await store.load(unit.conn, case_id)
    if isinstance(now, domain.NotReferred):
        return 0  # nothing to book for, as the decision will say
    wanted = domain.Place(now.referral.insats, body.team, body.meets_on, body.starts_at)
    return await store.others_in(unit.conn, wanted, case_id)


async def _done(unit: Unit, case_id: UUID, command: domain.Command) -> Done:
    return Done(case_id=case_id, events=Done.told(await _carry_out(unit, case_id, command)))


async def _carry_out(unit: Unit, case_id: UUID, command: domain.Command) -> list[Envelope]:
    """Decides about a locked case, keeps what came of it and tells it. Raises Refused."""
    before, kept = await store.load(unit.conn, case_id)
    facts = domain.decide(command, before, INSATSER)
    await _save(unit, case_id, before, facts, domain.keep(kept, command))
    return await unit.tell(case_id, facts)


async def follow(unit: Unit, event: Envelope) -> None:
    """Takes in what the referral service told of a case."""
    match event:
        case (
            ReferralReceivedEvent()
            | ConsentGivenEvent()
            | ConsentRefusedEvent()
            | ConsentWithdrawnEvent()
            | ReferralAcceptedEvent()
            | ReferralReturnedEvent()
        ):
            await unit.lock(event.subject)
            before, kept = await store.load(unit.conn, event.subject)
            after = await _save(unit, event.subject, before, [event.data], kept)
            await unit.tell(event.subject, domain.follows(before, after))
        case _:
            raise TypeError(f"planning does not follow {event.type}")


async def _save(
    unit: Unit, case_id: UUID, before: domain.Case, facts: Sequence[domain.Fact], kept: domain.Kept
) -> domain.Case:
    after = reduce(domain.evolve, facts, before)
    await store.save(unit.conn, case_id, after, kept)
    if domain.place(after) != domain.place(before):
        await store.move(unit.conn, case_id, domain.place(after))
    return after


_FOLLOWED: Final = (
    ReferralReceivedEvent,
    ConsentGivenEvent,
    ConsentRefusedEvent,
    ConsentWithdrawnEvent,
    ReferralAcceptedEvent,
    ReferralReturnedEvent,
)


def create(settings: Settings) -> FastAPI:
    """The planning service."""
    metrics = Metrics()
    blueprint = Blueprint(
        name="planning",
        topic=topics.PLANNING,
        migrations=_HERE / "migrations",
        reads=[topics.REFERRAL],
        apply=InOrder(_FOLLOWED, follow, metrics),
    )
    return assemble(blueprint, [router], settings, metrics)
