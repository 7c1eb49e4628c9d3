"""The HTTP API: the work list, a case's follow-ups, and what is registered about one."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from contracts.codes import FollowUpReason, FollowUpResult, Role, Timeliness
from contracts.events import local_date
from contracts.followup import ActivityFinding
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import Body, Done, RuntimeOf, examples
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.chassis.user_ids import WorkerId
from services.followup import commands, store, time_limit_store
from services.followup.absence_commands import stand_ins
from services.followup.domain.completion import FollowUpFinding
from services.followup.domain.ledger import DueStatus, due_status
from services.followup.domain.registering import (
    CloseNotApplicable,
    DeclineFollowUp,
    OfferFollowUp,
    RegisterAttempt,
    TakeFollowUp,
)
from services.followup.time_limit_store import TimeLimitRow
from services.followup.work import MOST_FINDINGS, default_role, may_complete, may_look

router = APIRouter(prefix="/api/followup", tags=["followup"])


class OwedOut(BaseModel):
    """A follow-up in the work list. ``point``: its id in the insats' rule; ``anchor``: the event its days are counted
    from; ``state``: how it stands today; ``missed``: its window closed without it; ``worker_id``: whose it is (null:
    anybody's in its role); ``escalated_to``: with whom it was last brought up."""

    follow_up_id: UUID
    case_id: UUID
    insats: str
    point: str
    anchor: UUID
    months: int | None
    due_on: date
    nominal_on: date
    opens_on: date
    closes_on: date
    state: DueStatus
    missed: bool
    worker_id: str | None
    offered_to: str | None
    attempts: int
    escalated_to: str | None


class WorkListOut(BaseModel):
    """What a sign-in role has to do: how many by due status, and the longest due first."""

    counts: dict[DueStatus, int]
    items: list[OwedOut]


class FollowUpOut(OwedOut):
    """A follow-up with what became of it. ``responsible``: the catalogue's role. What was found is shown to those who
    work with the case."""

    samplan_id: UUID | None
    responsible: str
    held_on: date | None
    timeliness: Timeliness | None
    result: FollowUpResult | None
    reason: FollowUpReason | None
    activities: tuple[ActivityFinding, ...]


class FollowUpsOut(BaseModel):
    items: list[FollowUpOut]


class CompleteBody(Body):
    """``held_on``: today if left out. ``activities``: one finding for each activity of the plan, or none."""

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


class AttemptBody(Body):
    """Somebody tried and it was not held. ``tried_on``: today if left out."""

    model_config = examples({"outcome": "unavailable", "channel": "phone"})
    tried_on: Day | None = None
    outcome: Code
    channel: Code


class NotApplicableBody(Body):
    """It is not to be held. ``decided_on``: today if left out."""

    model_config = examples({"reason": "moved"})
    decided_on: Day | None = None
    reason: Code


class OfferBody(Body):
    """Which colleague is asked to take it over."""

    model_config = examples({"to": "lova"})
    to: WorkerId


class DeclineBody(Body):
    """Why who was asked does not take it over."""

    model_config = examples({"reason": "caseload_full"})
    reason: Code


class TakeBackBody(Body):
    """Which registration was wrong (an attempt, a completion, or that it was not to be held), and why."""

    model_config = examples({"event_id": "25c2bd15-0160-46ea-a715-fb7fe7c76379", "reason": "other"})
    event_id: UUID
    reason: Code


class TimeLimitOut(BaseModel):
    """A time limit that is waited for. ``clock``: its id in the insats' rule; ``party``: whom it runs for, where each
    has one of its own; ``passed``: its last day has passed."""

    deadline_id: UUID
    case_id: UUID
    insats: str
    clock: str
    party: str | None
    started_on: date
    limit_on: date
    passed: bool


class TimeLimitsOut(BaseModel):
    """Those waited for, those that have passed first, and how many there are."""

    passed: int
    running: int
    items: list[TimeLimitOut]


@router.get("/work-list")
async def work_list(
    runtime: RuntimeOf,
    user: Annotated[User, Depends(may_look)],
    role: Role | None = None,
    state: DueStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> WorkListOut:
    """The follow-ups a sign-in role has to do, the longest due first; those that have ended are never in it."""
    today = local_date(runtime.clock.now())
    whose = role or default_role(user)
    async with runtime.pool.acquire() as connection:
        counts = await store.counts(connection, [whose], today)
        if state is None:
            entries = await store.whole_work_list(connection, whose, limit)
        elif state in store.OWED:
            entries = await store.work_list(connection, store.RoleList(whose), state, today, limit)
        else:
            entries = []
    return WorkListOut(counts=dict(counts[whose]), items=[OwedOut(**_owed(entry, today)) for entry in entries])


@router.get("/work-list/mine")
async def my_work_list(
    runtime: RuntimeOf,
    user: Annotated[User, Depends(may_complete)],
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> WorkListOut:
    """The follow-ups that are the signed-in user's, with those of whoever is away and they stand in for today."""
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        mine = (await stand_ins(connection, user.worker_id, today)).list_of(user.worker_id)
        counts = await store.count(connection, mine, today)
        entries = [
            each for state in store.OWED for each in await store.work_list(connection, mine, state, today, limit)
        ]
    return WorkListOut(counts=dict(counts), items=[OwedOut(**_owed(entry, today)) for entry in entries[:limit]])


@router.get("/cases/{case_id}/follow-ups")
async def follow_ups(
    case_id: UUID, runtime: RuntimeOf, _user: Annotated[User, Depends(may_complete)]
) -> FollowUpsOut:
    """Every follow-up of a case by due day; none before something they are counted from has been heard of."""
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        entries = await store.of_case(connection, case_id)
        findings = await store.findings_of(connection, case_id)
    return FollowUpsOut(
        items=[_out(entry, findings.get(entry.follow_up.terms.follow_up_id), today) for entry in entries]
    )


@router.post("/follow-ups/{follow_up_id}/complete", status_code=201)
async def complete(
    follow_up_id: UUID, body: CompleteBody, request: CommandRequestOf, user: Annotated[User, Depends(may_complete)]
) -> Done:
    """Registers that a follow-up was held, and what it found."""
    async with request.unit(user.actor) as unit:
        finding = FollowUpFinding(body.held_on or unit.today, body.result, body.reason, body.activities)
        done = await commands.complete_follow_up(unit, follow_up_id, finding, user.id)
        return await request.answered(unit, _done(done))


@router.post("/follow-ups/{follow_up_id}/attempts", status_code=201)
async def attempt(
    follow_up_id: UUID, body: AttemptBody, request: CommandRequestOf, user: Annotated[User, Depends(may_complete)]
) -> Done:
    """Registers that somebody tried to hold a follow-up and it was not held. It is still owed."""
    async with request.unit(user.actor) as unit:
        command = RegisterAttempt(body.tried_on or unit.today, body.outcome, body.channel)
        return await request.answered(unit, _done(await commands.register(unit, follow_up_id, command)))


@router.post("/follow-ups/{follow_up_id}/not-applicable", status_code=201)
async def close(
    follow_up_id: UUID,
    body: NotApplicableBody,
    request: CommandRequestOf,
    user: Annotated[User, Depends(may_complete)],
) -> Done:
    """Registers that a follow-up is not to be held."""
    async with request.unit(user.actor) as unit:
        command = CloseNotApplicable(body.decided_on or unit.today, body.reason)
        return await request.answered(unit, _done(await commands.register(unit, follow_up_id, command)))


@router.post("/follow-ups/{follow_up_id}/offer", status_code=201)
async def offer(
    follow_up_id: UUID, body: OfferBody, request: CommandRequestOf, user: Annotated[User, Depends(may_complete)]
) -> Done:
    """Asks a colleague to take a follow-up over. Until they do, it stays with whoever has it."""
    async with request.unit(user.actor) as unit:
        return await request.answered(
            unit, _done(await commands.register(unit, follow_up_id, OfferFollowUp(body.to)))
        )


@router.post("/follow-ups/{follow_up_id}/take-over", status_code=201)
async def take_over(
    follow_up_id: UUID, request: CommandRequestOf, user: Annotated[User, Depends(may_complete)]
) -> Done:
    """Makes a follow-up the signed-in user's own."""
    async with request.unit(user.actor) as unit:
        command = TakeFollowUp(user.worker_id)
        return await request.answered(unit, _done(await commands.register(unit, follow_up_id, command)))


@router.post("/follow-ups/{follow_up_id}/decline", status_code=201)
async def decline(
    follow_up_id: UUID, body: DeclineBody, request: CommandRequestOf, user: Annotated[User, Depends(may_complete)]
) -> Done:
    """Says no to taking a follow-up over, for who was asked."""
    async with request.unit(user.actor) as unit:
        command = DeclineFollowUp(user.worker_id, body.reason)
        return await request.answered(unit, _done(await commands.register(unit, follow_up_id, command)))


@router.post("/follow-ups/{follow_up_id}/take-back", status_code=201)
async def take_back(
    follow_up_id: UUID, body: TakeBackBody, request: CommandRequestOf, user: Annotated[User, Depends(may_complete)]
) -> Done:
    """Takes back what was registered in error. It stays in the history and does not count."""
    async with request.unit(user.actor) as unit:
        done = await commands.take_back(unit, follow_up_id, body.event_id, body.reason)
        return await request.answered(unit, _done(done))


@router.get("/time-limits")
async def time_limits(
    runtime: RuntimeOf,
    _user: Annotated[User, Depends(may_look)],
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> TimeLimitsOut:
    """What is waited for by the clocks of the insatser: what has passed first, then the nearest."""
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        counts = await time_limit_store.counts(connection, today)
        rows = await time_limit_store.passed(connection, today, limit)
        if len(rows) < limit:
            rows += await time_limit_store.running(connection, today, limit - len(rows))
    return TimeLimitsOut(
        passed=counts.passed, running=counts.running, items=[_time_limit(each, today) for each in rows]
    )


def _done(done: commands.Registered) -> Done:
    return Done(case_id=done.case_id, events=Done.appended(done.events))


def _time_limit(row: TimeLimitRow, today: date) -> TimeLimitOut:
    return TimeLimitOut(
        deadline_id=row.deadline_id,
        case_id=row.case_id,
        insats=row.rule.insats,
        clock=row.clock,
        party=row.party,
        started_on=row.started_on,
        limit_on=row.limit_on,
        passed=today > row.limit_on,
    )


def _owed(entry: store.Entry, today: date) -> dict[str, Any]:
    follow_up = entry.follow_up
    terms = follow_up.terms
    return {
        "follow_up_id": terms.follow_up_id,
        "case_id": entry.case_id,
        "insats": terms.rule.insats,
        "point": terms.point,
        "anchor": terms.anchor,
        "months": terms.months,
        "due_on": terms.due_on,
        "nominal_on": terms.nominal_on,
        "opens_on": terms.opens_on,
        "closes_on": terms.closes_on,
        "state": due_status(follow_up, today),
        "missed": follow_up.missed_on is not None,
        "worker_id": entry.worker_id,
        "offered_to": follow_up.offered_to,
        "attempts": follow_up.attempts,
        "escalated_to": follow_up.escalated_to,
    }


def _out(entry: store.Entry, finding: FollowUpFinding | None, today: date) -> FollowUpOut:
    follow_up = entry.follow_up
    # A completion that was registered in error leaves its finding behind, which says nothing any more.
    found = finding if follow_up.state == "completed" else None
    return FollowUpOut(
        **_owed(entry, today),
        samplan_id=follow_up.terms.samplan_id,
        responsible=follow_up.terms.responsible,
        held_on=follow_up.ended_on if follow_up.state == "completed" else None,
        timeliness=follow_up.timeliness,
        result=found and found.result,
        reason=found and found.reason,
        activities=found.activities if found else (),
    )
