"""Wiring of the follow-up service: what it reads, its timers, its HTTP door and its gauge."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Query
from prometheus_client import Gauge
from pydantic import BaseModel, Field

from contracts import topics
from contracts.codes import FollowUpReason, FollowUpResult, Role, Timeliness
from contracts.events import local_date
from contracts.followup import ActivityFinding
from services.chassis.auth import User
from services.chassis.http import Body, Done, RuntimeOf, examples
from services.chassis.inputs import Day
from services.chassis.logs import logger
from services.chassis.metrics import Metrics
from services.chassis.ordered import InOrder
from services.chassis.runtime import Blueprint, Runtime
from services.chassis.service import assemble
from services.chassis.settings import Settings
from services.followup import domain, store, units
from services.followup.domain import Completed, Report, Standing
from services.followup.web import pages
from services.followup.work import MOST_FINDINGS, RESPONSIBLE, default_role, may_complete, may_look

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_GAUGE_SECONDS: Final = 5.0


def create(settings: Settings) -> FastAPI:
    """The service, ready to be served."""
    metrics = Metrics()
    blueprint = Blueprint(
        name="followup",
        topic=topics.FOLLOWUP,
        migrations=MIGRATIONS,
        reads=[topics.PLANNING, topics.REFERRAL],
        apply=InOrder(units.FOLLOWED, units.handle, metrics),
        fires={units.OPENS: units.fire, units.CLOSES: units.fire},
    )
    gauge = APIRouter(lifespan=_gauge_keeper(metrics))
    return assemble(blueprint, [router, pages.router, gauge], settings, metrics)


# The HTTP door -------------------------------------------------------------------------------------------------

router = APIRouter(prefix="/api/followup", tags=["followup"])


class OwedOut(BaseModel):
    """A follow-up in the work list. ``state``: how it stands today; ``missed``: its window closed without it."""

    follow_up_id: UUID
    case_id: UUID
    insats: str
    months: int
    due_on: date
    nominal_on: date
    opens_on: date
    closes_on: date
    state: Standing
    missed: bool


class WorkListOut(BaseModel):
    """What a role owes: how many by standing, and the longest due first."""

    counts: dict[Standing, int]
    items: list[OwedOut]


class FollowUpOut(OwedOut):
    """A follow-up with what became of it. What was found is shown to those who work with the case."""

    samplan_id: UUID
    responsible: Role
    held_on: date | None
    timeliness: Timeliness | None
    result: FollowUpResult | None
    reason: FollowUpReason | None
    activities: tuple[ActivityFinding, ...]


class FollowUpsOut(BaseModel):
    items: list[FollowUpOut]


class CompleteBody(Body):
    """``held_on``: today if left out. ``activities``: one finding for each activity of the samplan, or none."""

    model_config = examples(
        {"held_on": "2021-09-30", "result": "all"},
        {
            "result": "none",
            "reason": "not_reachable",
            "activities": [{"activity_id": "0d3a6f1e-6f0f-4b5c-9f0e-3a5b7c9d1e2f", "outcome": "not_done"}],
        },
    )
    held_on: Day | None = None
    result: FollowUpResult
    reason: FollowUpReason | None = None
    activities: Annotated[tuple[ActivityFinding, ...], Field(max_length=MOST_FINDINGS)] = ()


@router.get("/work-list")
async def work_list(
    runtime: RuntimeOf,
    user: Annotated[User, Depends(may_look)],
    role: Role | None = None,
    state: Standing | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> WorkListOut:
    """The follow-ups a role owes, the longest due first; those completed or superseded are never in it."""
    today = local_date(runtime.clock.now())
    whose = role or default_role(user)
    async with runtime.pool.acquire() as connection:
        counts = await store.counts(connection, [whose], today)
        if state is None:
            entries = await store.whole_work_list(connection, whose, limit)
        elif state in store.OWED:
            entries = await store.work_list(connection, whose, state, today, limit)
        else:
            entries = []
    return WorkListOut(counts=dict(counts[whose]), items=[OwedOut(**_owed(entry, today)) for entry in entries])


@router.get("/cases/{case_id}/follow-ups")
async def follow_ups(
    case_id: UUID, runtime: RuntimeOf, _user: Annotated[User, Depends(may_complete)]
) -> FollowUpsOut:
    """Every follow-up of a case by due day; none before a samplan has been heard of."""
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        return FollowUpsOut(items=[_out(held, today) for held in await store.of_case(connection, case_id)])


@router.post("/follow-ups/{follow_up_id}/complete", status_code=201)
async def complete(
    follow_up_id: UUID, body: CompleteBody, runtime: RuntimeOf, user: Annotated[User, Depends(may_complete)]
) -> Done:
    """Registers that a follow-up was held, and what it found."""
    async with runtime.unit() as unit:
        report = Report(body.held_on or unit.today, body.result, body.reason, body.activities)
        done = await units.complete(unit, follow_up_id, report, user.id)
    return Done(case_id=done.case_id, events=Done.told(done.events))


def _owed(entry: store.Entry, today: date) -> dict[str, object]:
    terms = entry.follow_up.terms
    return {
        "follow_up_id": terms.follow_up_id,
        "case_id": entry.case_id,
        "insats": terms.rule.insats,
        "months": terms.months,
        "due_on": terms.due_on,
        "nominal_on": terms.nominal_on,
        "opens_on": terms.opens_on,
        "closes_on": terms.closes_on,
        "state": domain.standing(entry.follow_up, today),
        "missed": domain.missed_on(entry.follow_up) is not None,
    }


def _out(held: store.Held, today: date) -> FollowUpOut:
    follow_up = held.entry.follow_up
    completed = follow_up if isinstance(follow_up, Completed) else None
    return FollowUpOut(
        **_owed(held.entry, today),
        samplan_id=follow_up.terms.samplan_id,
        responsible=follow_up.terms.responsible,
        held_on=completed and completed.held_on,
        timeliness=completed and completed.timeliness,
        result=held.result,
        reason=held.reason,
        activities=held.findings,
    )


# The gauge -----------------------------------------------------------------------------------------------------


def _gauge_keeper(metrics: Metrics) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    gauge = Gauge(
        "samspel_follow_ups",
        "Follow-ups owed, by the role that owes them and how they stand today; the same from every worker",
        ["role", "standing"],
        registry=metrics.registry,
    )

    @asynccontextmanager
    async def keep(app: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(_keep_gauge(gauge, app.state.runtime))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return keep


async def _keep_gauge(gauge: Gauge, runtime: Runtime) -> None:
    while True:
        try:
            found = await store.counts(runtime.pool, RESPONSIBLE, local_date(runtime.clock.now()))
            for role, counts in found.items():
                for standing, number in counts.items():
                    gauge.labels(role, standing).set(number)
        except Exception as error:  # noqa: BLE001  # a gauge that stopped would show old numbers for ever
            logger().warning("follow_ups_not_counted", error=type(error).__name__)
        await asyncio.sleep(_GAUGE_SECONDS)
