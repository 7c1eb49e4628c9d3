"""Planning's HTTP API for the activities of a plan: begin, wait, go on, carry out or not, and attendance."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from contracts.codes import ActivityExtent, Member
from contracts.model import Code
from services.chassis.http import Body, Done, examples
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.planning.amounts import HoursOfAPeriod, HoursOfAWeek, PercentOfFullTime, Weeks
from services.planning.carrying_out import CaseWorker, carry_out
from services.planning.domain import command as ask
from services.planning.domain.activities import Extent

PlaceId = Annotated[UUID, Field(examples=["00000000-0000-4000-8000-000000000001"])]


class StartActivity(Body):
    """``started_on``: today unless given. ``place_id``: the supplier's place that it takes, where it needs one.

    The extent and ``cost_bearer``, the association that pays, where the kind of activity has them.
    """

    model_config = examples(
        {"started_on": "2021-03-15"},
        {"started_on": "2021-03-15", "place_id": "00000000-0000-4000-8000-000000000001", "hours_per_week": 10},
        {},
    )
    started_on: Day | None = None
    place_id: PlaceId | None = None
    extent_percent: PercentOfFullTime | None = None
    hours_per_week: HoursOfAWeek | None = None
    cost_bearer: Code | None = None


class CompleteActivity(Body):
    """``completed_on``: today unless given. If the start was never registered, the activity started on that day."""

    model_config = examples({"completed_on": "2021-05-20", "extent": "partly"})
    completed_on: Day | None = None
    extent: ActivityExtent


class CancelActivity(Body):
    """``cancelled_on``: today unless given. The reason leaves the service only with the person's consent."""

    model_config = examples({"cancelled_on": "2021-05-20", "reason": "place_full"})
    cancelled_on: Day | None = None
    reason: Code


class BlockActivity(Body):
    """``since``: today unless given. ``waits_for``: the party that it waits for."""

    model_config = examples(
        {"since": "2021-05-20", "reason": "waits_for_party", "waits_for": "region"},
        {"reason": "assistive_device_missing"},
    )
    since: Day | None = None
    reason: Code
    waits_for: Member | None = None


class UnblockActivity(Body):
    """``ended_on``: today unless given."""

    model_config = examples({"ended_on": "2021-06-01"}, {})
    ended_on: Day | None = None


class ChangeExtent(Body):
    """``changed_on``: today unless given. One of percent and hours a week, or both."""

    model_config = examples({"changed_on": "2021-06-01", "hours_per_week": 15})
    changed_on: Day | None = None
    extent_percent: PercentOfFullTime | None = None
    hours_per_week: HoursOfAWeek | None = None


class RecordAttendance(Body):
    """From ``from_on`` to ``to_on``, both included. ``weeks``: those in which hours were offered.

    ``more_than_offered``: says that more was attended than was offered; without it that is refused.
    """

    model_config = examples(
        {"from_on": "2021-05-03", "to_on": "2021-05-30", "weeks": 4, "hours_offered": 54, "hours_attended": 36}
    )
    from_on: Day
    to_on: Day
    weeks: Weeks
    hours_offered: HoursOfAPeriod
    hours_attended: HoursOfAPeriod
    more_than_offered: bool = False


router = APIRouter(prefix="/api/planning/cases/{case_id}/activities/{activity_id}", tags=["planning"])


@router.post("/start", status_code=201)
async def start_activity(
    case_id: UUID, activity_id: UUID, body: StartActivity, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Registers that an activity has begun. 409 ``place_full`` when the supplier's places are taken."""
    extent = Extent(body.extent_percent, body.hours_per_week)
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.StartActivity(
            activity_id, body.started_on or today, today, body.place_id, extent, body.cost_bearer
        ),
    )


@router.post("/complete", status_code=201)
async def complete_activity(
    case_id: UUID, activity_id: UUID, body: CompleteActivity, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Registers that an activity was carried out, fully or partly. Its place is free for others."""
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.CompleteActivity(activity_id, body.completed_on or today, body.extent, today),
    )


@router.post("/cancel", status_code=201)
async def cancel_activity(
    case_id: UUID, activity_id: UUID, body: CancelActivity, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Registers that an activity is not done, whether it had begun or not. Its place is free for others."""
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.CancelActivity(activity_id, body.cancelled_on or today, body.reason, today),
    )


@router.post("/block", status_code=201)
async def block_activity(
    case_id: UUID, activity_id: UUID, body: BlockActivity, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Registers that an activity cannot go on: it waits for a party, or for what it needs."""
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.BlockActivity(activity_id, body.since or today, body.reason, body.waits_for, today),
    )


@router.post("/unblock", status_code=201)
async def unblock_activity(
    case_id: UUID, activity_id: UUID, body: UnblockActivity, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Registers that what an activity waited for has come."""
    return await carry_out(
        request, user, case_id, lambda today: ask.UnblockActivity(activity_id, body.ended_on or today, today)
    )


@router.post("/extent", status_code=201)
async def change_extent(
    case_id: UUID, activity_id: UUID, body: ChangeExtent, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Registers that an activity under way has another extent, as a step up."""
    extent = Extent(body.extent_percent, body.hours_per_week)
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.ChangeExtent(activity_id, body.changed_on or today, extent, today),
    )


@router.post("/attendance", status_code=201)
async def record_attendance(
    case_id: UUID, activity_id: UUID, body: RecordAttendance, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Registers hours offered and attended in a period that no other record of the activity shares a day with."""
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.RecordAttendance(
            activity_id,
            body.from_on,
            body.to_on,
            body.weeks,
            body.hours_offered,
            body.hours_attended,
            body.more_than_offered,
            today,
        ),
    )
