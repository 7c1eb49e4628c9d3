"""Support over HTTP: assigned, ended, handed over with acceptance; and who supports how many."""

from datetime import date
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from contracts.catalogue import INSATSER
from contracts.codes import Role
from contracts.events import local_date
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import Body, Done, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.chassis.user_ids import WorkerId
from services.planning import support_store
from services.planning.carrying_out import CaseWorker, Coordinator, carry_out
from services.planning.domain import command as ask
from services.planning.domain.caseload import limit_on
from services.planning.domain.support import LOTS
from services.planning.support_store import SupportOfCase

Looking = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]


class AssignLots(Body):
    """``assigned_on``: today unless given. ``lots_id`` goes out on a topic: a user's id, never a name or number.

    ``beyond_limit``: assign although the caseload is full.
    """

    model_config = examples({"assigned_on": "2021-03-20", "lots_id": "lots-1"})
    assigned_on: Day | None = None
    lots_id: WorkerId
    beyond_limit: bool = False


class AssignSupport(Body):
    """``role``: one of the insats' supporting roles. ``worker_id`` goes out on a topic: never a name or number.

    ``beyond_limit``: assign although the caseload is full.
    """

    model_config = examples({"assigned_on": "2021-03-20", "role": "lots", "worker_id": "lots-1"})
    assigned_on: Day | None = None
    role: Code
    worker_id: WorkerId
    beyond_limit: bool = False


class EndSupport(Body):
    """``ended_on``: the last day; today unless given."""

    model_config = examples({"ended_on": "2021-09-20", "role": "lots", "reason": "no_longer_needed"})
    ended_on: Day | None = None
    role: Code
    reason: Code = "no_longer_needed"


class OfferHandover(Body):
    """``to``: the colleague who is asked. ``offered_on``: today unless given."""

    model_config = examples({"role": "lots", "to": "lots-2"}, {"offered_on": "2021-08-16", "role": "lots", "to": "x"})
    offered_on: Day | None = None
    role: Code
    to: WorkerId


class WithdrawHandover(Body):
    """``withdrawn_on``: today unless given."""

    model_config = examples({"role": "lots"})
    withdrawn_on: Day | None = None
    role: Code


class AcceptHandover(Body):
    """``accepted_on``: the first day of whoever accepts, and the last of whoever had it; today unless given."""

    model_config = examples({"role": "lots"})
    accepted_on: Day | None = None
    role: Code


class DeclineHandover(Body):
    """``declined_on``: today unless given."""

    model_config = examples({"role": "lots", "reason": "caseload_full"})
    declined_on: Day | None = None
    role: Code
    reason: Code


class Supported(BaseModel):
    """A case that somebody supports. ``offered_to``: the colleague who is asked to take it over.

    ``next_what`` and ``next_on``: the earliest thing that a day is set for, or the day on which the case ended or
    its support after the exit began.
    """

    case_id: UUID
    support_id: UUID
    insats: str
    role: str
    worker_id: str
    since: date
    offered_to: str | None
    offered_on: date | None
    next_what: str | None
    next_on: date | None


class Mine(BaseModel):
    """What the signed-in user supports, and is asked to take over."""

    supports: list[Supported]
    offered: list[Supported]


class Caseload(BaseModel):
    """How many cases somebody supports in a role of an insats. ``limit``: by today's rule; None if it sets none."""

    insats: str
    role: str
    worker_id: str
    cases: int
    limit: int | None


router = APIRouter(prefix="/api/planning", tags=["support"])


@router.get("/supports")
async def my_supports(runtime: RuntimeOf, user: Looking, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Mine:
    """What the signed-in user supports, the longest first; and what waits for their answer."""
    async with runtime.pool.acquire() as connection:
        mine = await support_store.of_worker(connection, user.worker_id, limit)
        offered = await support_store.offered_to(connection, user.worker_id, limit)
    return Mine(supports=[_supported(each) for each in mine], offered=[_supported(each) for each in offered])


@router.get("/caseloads")
async def caseloads(
    runtime: RuntimeOf, _user: Looking, limit: Annotated[int, Query(ge=1, le=2000)] = 500
) -> list[Caseload]:
    """Everybody who supports somebody now, against the limits of the insatser's rules of today."""
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        workers = await support_store.caseloads(connection, limit)
    limits = (limit_on(INSATSER, each.insats, each.role, today) for each in workers)
    return [
        Caseload(**vars(each), limit=None if limit is None else limit.seats)
        for each, limit in zip(workers, limits, strict=True)
    ]


def _supported(found: SupportOfCase) -> Supported:
    return Supported(case_id=found.case_id, **vars(found.support))


@router.post("/cases/{case_id}/lots", status_code=201)
async def assign_lots(case_id: UUID, body: AssignLots, request: CommandRequestOf, user: Coordinator) -> Done:
    """Assigns a lots, or another one in place of whoever it was. 409 ``caseload_full`` at the limit of the rule."""
    support_id = uuid4()
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.AssignSupport(
            support_id, LOTS, body.lots_id, body.assigned_on or today, today, body.beyond_limit
        ),
    )


@router.post("/cases/{case_id}/support", status_code=201)
async def assign_support(case_id: UUID, body: AssignSupport, request: CommandRequestOf, user: Coordinator) -> Done:
    """Assigns somebody to a supporting role, in place of whoever had it. 409 ``caseload_full`` at the limit."""
    support_id = uuid4()
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.AssignSupport(
            support_id, body.role, body.worker_id, body.assigned_on or today, today, body.beyond_limit
        ),
    )


@router.post("/cases/{case_id}/support/end", status_code=201)
async def end_support(case_id: UUID, body: EndSupport, request: CommandRequestOf, user: CaseWorker) -> Done:
    """Registers the last day of the support in a role."""
    return await carry_out(
        request, user, case_id, lambda today: ask.EndSupport(body.role, body.ended_on or today, body.reason, today)
    )


@router.post("/cases/{case_id}/support/handover", status_code=201)
async def offer_handover(case_id: UUID, body: OfferHandover, request: CommandRequestOf, user: CaseWorker) -> Done:
    """Asks a colleague to take a support over. It stays where it is until they accept."""
    return await carry_out(
        request, user, case_id, lambda today: ask.OfferHandover(body.role, body.to, body.offered_on or today, today)
    )


@router.post("/cases/{case_id}/support/handover/withdraw", status_code=201)
async def withdraw_handover(
    case_id: UUID, body: WithdrawHandover, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Asks the colleague no longer."""
    return await carry_out(
        request, user, case_id, lambda today: ask.WithdrawHandover(body.role, body.withdrawn_on or today, today)
    )


@router.post("/cases/{case_id}/support/handover/accept", status_code=201)
async def accept_handover(case_id: UUID, body: AcceptHandover, request: CommandRequestOf, user: CaseWorker) -> Done:
    """The signed-in user takes over what they were asked to. 403 ``offered_to_another`` for everybody else."""
    support_id = uuid4()
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.AcceptHandover(body.role, support_id, user.worker_id, body.accepted_on or today, today),
    )


@router.post("/cases/{case_id}/support/handover/decline", status_code=201)
async def decline_handover(case_id: UUID, body: DeclineHandover, request: CommandRequestOf, user: CaseWorker) -> Done:
    """The signed-in user does not take over what they were asked to, and says why."""
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.DeclineHandover(body.role, user.worker_id, body.reason, body.declined_on or today, today),
    )
