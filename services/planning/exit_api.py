"""How a participation ends over HTTP: the exit with what is asked of it, and a reopening."""

from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import Field

from contracts.codes import Benefit
from contracts.model import Code
from services.chassis.http import Body, Done, examples
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.planning.carrying_out import CaseWorker, Coordinator, carry_out
from services.planning.domain import command as ask
from services.planning.domain.exits import ExitAnswers


class ExitInsats(Body):
    """``exited_on``: today unless given. What else is asked depends on the insats and the reason; what is not asked
    is left out. Reason and answers leave the service only with the person's consent."""

    model_config = examples({"exited_on": "2021-11-30", "reason": "studies", "extent_percent": 75})
    exited_on: Day | None = None
    reason: Code
    destination: Code | None = None
    extent_percent: int | None = Field(default=None, ge=1, le=100)
    support: Code | None = None
    livelihood: list[Benefit] | None = Field(default=None, max_length=6)
    why: Code | None = None
    continued_planning: bool | None = None

    @property
    def answers(self) -> ExitAnswers:
        """What is answered beside the reason."""
        return ExitAnswers(
            self.destination,
            self.extent_percent,
            self.support,
            None if self.livelihood is None else tuple(sorted(set(self.livelihood))),
            self.why,
            self.continued_planning,
        )


class ReopenCase(Body):
    """``reopened_on``: today unless given. The earlier exit stays."""

    model_config = examples({"reopened_on": "2022-01-10"}, {})
    reopened_on: Day | None = None


class BeginAfterSupport(Body):
    """``begun_on``: today unless given."""

    model_config = examples({"begun_on": "2023-10-17"}, {})
    begun_on: Day | None = None


class EndAfterSupport(Body):
    """``ended_on``: today unless given. The reason leaves the service only with the person's consent."""

    model_config = examples({"ended_on": "2024-02-01", "reason": "no_longer_needed"})
    ended_on: Day | None = None
    reason: Code


router = APIRouter(prefix="/api/planning/cases/{case_id}", tags=["planning"])


@router.post("/exit", status_code=201)
async def exit_insats(case_id: UUID, body: ExitInsats, request: CommandRequestOf, user: Coordinator) -> Done:
    """Registers that the participant has left the insats, and why. Meetings that are booked are cancelled, and the
    case goes back to its referrer where the insats' rule says so."""
    hand_back_id = uuid4()
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.ExitInsats(body.exited_on or today, body.reason, hand_back_id, today, answers=body.answers),
    )


@router.post("/reopen", status_code=201)
async def reopen(case_id: UUID, body: ReopenCase, request: CommandRequestOf, user: Coordinator) -> Done:
    """A participant who had left takes part again. Both exits stay countable."""
    return await carry_out(request, user, case_id, lambda today: ask.ReopenCase(body.reopened_on or today, today))


@router.post("/after-support", status_code=201)
async def begin_after_support(
    case_id: UUID, body: BeginAfterSupport, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Somebody who has left gets support for a further time, which counts as no ongoing case."""
    return await carry_out(request, user, case_id, lambda today: ask.BeginAfterSupport(body.begun_on or today, today))


@router.post("/after-support/end", status_code=201)
async def end_after_support(
    case_id: UUID, body: EndAfterSupport, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """The support after the exit is over."""
    return await carry_out(
        request, user, case_id, lambda today: ask.EndAfterSupport(body.ended_on or today, body.reason, today)
    )
