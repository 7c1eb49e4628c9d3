"""Planning's HTTP API: what case workers do with a case, from the first meeting to the exit."""

from datetime import date
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import BaseModel, Field

from contracts.codes import MeetingMode, Member
from contracts.events import AnyEvent
from contracts.model import Code
from contracts.planning import MeetingBooked as MeetingBookedFact
from contracts.planning import TeamMeetingBooked
from services.chassis.http import Body, Done, RuntimeOf, examples
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import ClockTime, Day
from services.planning import commands
from services.planning.amounts import HoursOfAWeek, PercentOfFullTime
from services.planning.carrying_out import CaseWorker, Coordinator, carry_out, carry_out_and_answer
from services.planning.domain import command as ask
from services.planning.domain.activities import Extent
from services.planning.domain.sessions import Occupancy
from services.planning.view import CaseView, view


class BookMeeting(Body):
    """A meeting, or a new time for the one of its kind that is booked.

    ``kind``: the meeting's id in the insats' rule; without it the one the insats' gate needs. ``team``: whose session
    it takes a seat in, where it takes one. ``booked_on``: today unless given.
    """

    model_config = examples(
        {"team": "team-1", "meets_on": "2021-03-04", "starts_at": "09:00", "mode": "physical"},
        {"kind": "introduktionsmote", "meets_on": "2022-03-04", "mode": "physical"},
    )
    booked_on: Day | None = None
    kind: Code | None = None
    team: Code | None = Field(default=None, examples=["team-1"])
    meets_on: Day
    starts_at: ClockTime | None = None
    mode: MeetingMode


class HoldMeeting(Body):
    """The booked meeting of a kind was held. ``held_on`` and ``mode``: as booked unless given.

    ``present``: who was there, by the meeting's rule, and ``interpreter``. It leaves the service only with the
    person's consent.
    """

    model_config = examples(
        {"held_on": "2021-03-04", "mode": "digital"}, {"present": ["participant", "interpreter"]}, {}
    )
    kind: Code | None = None
    held_on: Day | None = None
    mode: MeetingMode | None = None
    present: tuple[Code, ...] | None = Field(default=None, max_length=20)


class CancelMeeting(Body):
    """The booked meeting of a kind does not come about. ``cancelled_on``: today unless given."""

    model_config = examples({"cancelled_on": "2021-03-04", "not_attended": True}, {})
    kind: Code | None = None
    cancelled_on: Day | None = None
    not_attended: bool = False


class StartInsats(Body):
    """``started_on``: today unless given."""

    model_config = examples({"started_on": "2021-03-10"}, {})
    started_on: Day | None = None


class NewActivity(Body):
    """An activity, the member responsible for it and what it is about.

    ``responsible_unit``: the member's unit. ``starts_on`` and ``due_on``: when it is planned to begin and be done.
    ``extent_percent`` and ``hours_per_week``: how much it is planned to take up.
    """

    responsible: Member
    kind: Code
    responsible_unit: Code | None = None
    starts_on: Day | None = None
    due_on: Day | None = None
    extent_percent: PercentOfFullTime | None = None
    hours_per_week: HoursOfAWeek | None = None


class MakeSamplan(Body):
    """``made_on``: today unless given; follow-ups are counted from it."""

    model_config = examples(
        {"made_on": "2021-03-04", "activities": [{"responsible": "kommun", "kind": "work_training"}]}
    )
    made_on: Day | None = None
    activities: list[NewActivity] = Field(min_length=1, max_length=50)


class ReviseSamplan(Body):
    """``version``: the version that was read; refused with ``plan_changed`` if there is a newer one."""

    model_config = examples(
        {
            "revised_on": "2021-05-04",
            "version": 1,
            "added": [{"responsible": "region", "kind": "health_care_contact"}],
        }
    )
    revised_on: Day | None = None
    version: int = Field(ge=1, le=10_000)
    added: list[NewActivity] = Field(default=[], max_length=50)
    ended: list[UUID] = Field(default=[], max_length=50)


class PutOnHold(Body):
    """``since``: today unless given."""

    model_config = examples({"since": "2021-04-01", "reason": "illness"})
    since: Day | None = None
    reason: Code


class Resume(Body):
    """``resumed_on``: today unless given."""

    model_config = examples({"resumed_on": "2021-05-01"}, {})
    resumed_on: Day | None = None


class RegisterInError(Body):
    """``event_id``: the event that never happened. It stays in the history and no longer counts."""

    model_config = examples({"event_id": "00000000-0000-4000-8000-000000000001", "reason": "wrong_person"})
    event_id: UUID
    reason: Code


class MeetingBooked(Done):
    """The answer to a booking."""

    meeting_id: UUID


class ActivityMade(BaseModel):
    """An activity as it was given its id."""

    activity_id: UUID
    responsible: Member
    kind: Code


class SamplanMade(Done):
    """The answer to a plan: the ids of the plan and of its activities, in the order they were given."""

    samplan_id: UUID
    activities: list[ActivityMade]


class SamplanRevised(Done):
    """The answer to a revision: the added activities with their ids, in the order they were given."""

    activities: list[ActivityMade]


router = APIRouter(prefix="/api/planning/cases/{case_id}", tags=["planning"])


@router.get("")
async def case(case_id: UUID, runtime: RuntimeOf, _user: CaseWorker) -> CaseView:
    """Where the case stands: meetings, plans with their activities, support, stays in the insats."""
    async with runtime.pool.acquire() as connection:
        return view(case_id, await commands.load(connection, case_id))


@router.post("/meeting", status_code=201)
async def book_meeting(
    case_id: UUID, body: BookMeeting, request: CommandRequestOf, user: Coordinator
) -> MeetingBooked:
    """Books a meeting, or moves it. 409 ``session_full`` when the session it takes a seat in is full."""

    def command_on(today: date) -> ask.Command:
        return ask.BookMeeting(
            meeting_id=uuid4(),
            booked_on=body.booked_on or today,
            kind=body.kind,
            team=body.team,
            meets_on=body.meets_on,
            starts_at=body.starts_at,
            mode=body.mode,
            found=Occupancy(),
            today=today,
        )

    def answer(appended: list[AnyEvent]) -> MeetingBooked:
        booked = next(each.data for each in appended if isinstance(each.data, TeamMeetingBooked | MeetingBookedFact))
        return MeetingBooked(case_id=case_id, events=Done.appended(appended), meeting_id=booked.meeting_id)

    return await carry_out_and_answer(request, user, case_id, command_on, answer)


@router.post("/meeting/held", status_code=201)
async def hold_meeting(case_id: UUID, body: HoldMeeting, request: CommandRequestOf, user: Coordinator) -> Done:
    """Registers that the booked meeting was held, on its day."""
    return await carry_out(
        request, user, case_id, lambda today: ask.HoldMeeting(body.kind, body.held_on, body.mode, today, body.present)
    )


@router.post("/meeting/cancelled", status_code=201)
async def cancel_meeting(case_id: UUID, body: CancelMeeting, request: CommandRequestOf, user: Coordinator) -> Done:
    """Registers that the booked meeting does not come about. Its seat is free for others."""
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.CancelMeeting(body.kind, body.cancelled_on or today, body.not_attended, today),
    )


@router.post("/start", status_code=201)
async def start(case_id: UUID, body: StartInsats, request: CommandRequestOf, user: Coordinator) -> Done:
    """Registers that the person begins to take part."""
    return await carry_out(request, user, case_id, lambda today: ask.StartInsats(body.started_on or today, today))


@router.post("/samplan", status_code=201)
async def make_samplan(case_id: UUID, body: MakeSamplan, request: CommandRequestOf, user: Coordinator) -> SamplanMade:
    """Registers the joint plan: its activities, each with a responsible member."""
    samplan_id, activities = uuid4(), _new(body.activities)

    def answer(appended: list[AnyEvent]) -> SamplanMade:
        made = Done.appended(appended)
        return SamplanMade(case_id=case_id, events=made, samplan_id=samplan_id, activities=_made(activities))

    return await carry_out_and_answer(
        request,
        user,
        case_id,
        lambda today: ask.MakeSamplan(samplan_id, body.made_on or today, activities, today),
        answer,
    )


@router.post("/samplan/revise", status_code=201)
async def revise_samplan(
    case_id: UUID, body: ReviseSamplan, request: CommandRequestOf, user: Coordinator
) -> SamplanRevised:
    """Changes the joint plan. Two who change it at once do not overwrite each other: the later gets 409."""
    added = _new(body.added)

    def answer(appended: list[AnyEvent]) -> SamplanRevised:
        return SamplanRevised(case_id=case_id, events=Done.appended(appended), activities=_made(added))

    return await carry_out_and_answer(
        request,
        user,
        case_id,
        lambda today: ask.ReviseSamplan(body.revised_on or today, body.version, added, tuple(body.ended), today),
        answer,
    )


def _new(activities: list[NewActivity]) -> tuple[ask.NewActivity, ...]:
    return tuple(
        ask.NewActivity(
            uuid4(),
            each.responsible,
            each.kind,
            each.responsible_unit,
            each.starts_on,
            each.due_on,
            Extent(each.extent_percent, each.hours_per_week),
        )
        for each in activities
    )


def _made(activities: tuple[ask.NewActivity, ...]) -> list[ActivityMade]:
    return [
        ActivityMade(activity_id=each.activity_id, responsible=each.responsible, kind=each.kind)
        for each in activities
    ]


@router.post("/hold", status_code=201)
async def put_on_hold(case_id: UUID, body: PutOnHold, request: CommandRequestOf, user: CaseWorker) -> Done:
    """The case waits for something outside the insats."""
    return await carry_out(
        request, user, case_id, lambda today: ask.PutOnHold(body.since or today, body.reason, today)
    )


@router.post("/resume", status_code=201)
async def resume(case_id: UUID, body: Resume, request: CommandRequestOf, user: CaseWorker) -> Done:
    """The case goes on after a hold."""
    return await carry_out(request, user, case_id, lambda today: ask.Resume(body.resumed_on or today, today))


@router.post("/registered-in-error", status_code=201)
async def register_in_error(
    case_id: UUID, body: RegisterInError, request: CommandRequestOf, user: Coordinator
) -> Done:
    """Takes back an event of the case's planning, with the hand-back that it led to, and the cancellations where the
    meeting can still be held; the answer lists what was taken back. 409 ``later_events_depend`` if later events build
    on it, ``session_full`` if its seat has been taken by others."""
    async with request.unit(user.actor) as unit:
        command = ask.RegisterInError(body.event_id, body.reason, unit.today)
        appended = await commands.register_in_error(unit, case_id, command)
        return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))
