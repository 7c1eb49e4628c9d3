"""The HTTP API: the work list, a case's follow-ups, completing one, and the audit."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from contracts.codes import FollowUpReason, FollowUpResult, Role, Timeliness
from contracts.events import local_date
from contracts.followup import ActivityFinding
from services.chassis.auth import User
from services.chassis.http import Body, Done, RuntimeOf, examples
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.followup import audit, commands, store
from services.followup.domain.completion import FollowUpFinding
from services.followup.domain.ledger import DueStatus, due_status
from services.followup.work import MOST_FINDINGS, default_role, may_audit, may_complete, may_look

router = APIRouter(prefix="/api/followup", tags=["followup"])


class OwedOut(BaseModel):
    """A follow-up in the work list. ``point``: its id in the insats' rule; ``anchor``: the event its days are counted
    from; ``state``: how it stands today; ``missed``: its window closed without it."""

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


class DifferenceOut(BaseModel):
    """An event that is missing. ``about``: the point of a follow-up or the clock of a time limit."""

    case_id: UUID
    type: str
    happened_on: date
    about: str


class AuditOut(BaseModel):
    """What some of the cases lack on a day. ``last``: ask for those after it; null when there are no more."""

    day: date
    cases: int
    differences: list[DifferenceOut]
    last: UUID | None


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
            entries = await store.work_list(connection, whose, state, today, limit)
        else:
            entries = []
    return WorkListOut(counts=dict(counts[whose]), items=[OwedOut(**_owed(entry, today)) for entry in entries])


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
        return await request.answered(unit, Done(case_id=done.case_id, events=Done.appended(done.events)))


@router.get("/audit")
async def audit_cases(
    runtime: RuntimeOf,
    _user: Annotated[User, Depends(may_audit)],
    on: Day | None = None,
    after: UUID = audit.FIRST,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> AuditOut:
    """What reconciling would append now, or by a day ahead, to the cases after one. Appends nothing."""
    day = on or local_date(runtime.clock.now())
    part = await audit.audit(runtime.pool, day, after, limit)
    return AuditOut(
        day=day, cases=part.cases, differences=[_difference(each) for each in part.differences], last=part.last
    )


def _difference(found: audit.Difference) -> DifferenceOut:
    fact = found.fact
    return DifferenceOut(
        case_id=found.case_id, type=fact.wire_name(), happened_on=fact.happened_on, about=audit.about(fact)
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
