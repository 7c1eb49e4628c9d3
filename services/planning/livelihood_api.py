"""Planning's HTTP API for what a participant lives on: employments and benefits, also after the exit."""

from uuid import UUID, uuid4

from fastapi import APIRouter

from contracts.codes import BenefitStatus, EmployerKind
from contracts.model import Code
from services.chassis.http import Body, Done, examples
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.planning.amounts import PercentOfFullTime
from services.planning.carrying_out import CaseWorker, carry_out
from services.planning.domain import command as ask


class DecideEmployment(Body):
    """An employment from ``from_on``, to ``until_on`` if it has a last day. ``decided_on``: today unless given.

    ``employment_id``: of the one that is prolonged, if it is registered here. ``prolongs``: true of one that was
    there before. Support, extent and employer leave the service only with the person's consent.
    """

    model_config = examples(
        {"from_on": "2023-03-01", "until_on": "2024-02-29", "kom_i_jobb": True, "support": "wage_subsidy"},
        {"from_on": "2023-03-01", "support": "none", "extent_percent": 75, "employer": "private"},
    )
    employment_id: UUID | None = None
    decided_on: Day | None = None
    from_on: Day
    until_on: Day | None = None
    prolongs: bool = False
    kom_i_jobb: bool = False
    support: Code | None = None
    extent_percent: PercentOfFullTime | None = None
    employer: EmployerKind | None = None


class EndEmployment(Body):
    """``ended_on``: today unless given. The reason leaves the service only with the person's consent."""

    model_config = examples({"ended_on": "2023-09-30", "reason": "other_employment"})
    ended_on: Day | None = None
    reason: Code


class DecideBenefit(Body):
    """What was decided of a benefit. ``decided_on``: the application's or decision's day, today unless given."""

    model_config = examples(
        {"decided_on": "2023-03-01", "benefit": "sickness_compensation", "status": "applied"},
        {"benefit": "sickness_compensation", "status": "granted", "extent_percent": 50},
    )
    decided_on: Day | None = None
    benefit: Code
    status: BenefitStatus
    extent_percent: PercentOfFullTime | None = None


router = APIRouter(prefix="/api/planning/cases/{case_id}", tags=["planning"])


@router.post("/employments", status_code=201)
async def decide_employment(
    case_id: UUID, body: DecideEmployment, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Registers that an employment was decided, or prolonged."""
    prolonged = body.employment_id is not None
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.DecideEmployment(
            decision_id=uuid4(),
            employment_id=body.employment_id or uuid4(),
            decided_on=body.decided_on or today,
            from_on=body.from_on,
            until_on=body.until_on,
            today=today,
            prolongs=body.prolongs or prolonged,
            kom_i_jobb=body.kom_i_jobb,
            support=body.support,
            extent_percent=body.extent_percent,
            employer=body.employer,
        ),
    )


@router.post("/employments/{employment_id}/end", status_code=201)
async def end_employment(
    case_id: UUID, employment_id: UUID, body: EndEmployment, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Registers that an employment ended."""
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.EndEmployment(employment_id, body.ended_on or today, body.reason, today),
    )


@router.post("/benefits", status_code=201)
async def decide_benefit(case_id: UUID, body: DecideBenefit, request: CommandRequestOf, user: CaseWorker) -> Done:
    """Registers that a benefit was applied for, granted or refused."""
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.DecideBenefit(
            uuid4(), body.decided_on or today, body.benefit, body.status, today, body.extent_percent
        ),
    )
