"""Planning's HTTP API for steps: reached, papers asked for and awaited no longer."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Path
from pydantic import BaseModel

from contracts.codes import StepKind
from contracts.model import Code
from services.chassis.http import Body, Done, RuntimeOf, examples
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.planning import commands
from services.planning.amounts import RatedScore
from services.planning.carrying_out import CaseWorker, carry_out, carry_out_and_answer
from services.planning.domain import step_commands as ask
from services.planning.domain.steps import DocumentRequest, Reached

StepId = Annotated[Code, Path(examples=["kartlaggning"])]
_ID: Final = "00000000-0000-4000-8000-000000000001"


class ReachStep(Body):
    """``reached_on``: today unless given. ``of``: the form of plan whose step it is; absent: the insats' own.

    ``document``: which of the step's papers, where it has several; ``request_id``: the request that it answers, the
    oldest for that paper unless given. ``registered_in``: where a registration was made. ``score``: what was rated.
    """

    model_config = examples(
        {"reached_on": "2021-03-15"},
        {"reached_on": "2021-03-15", "document": "lakarutlatande", "request_id": _ID},
        {"registered_in": "vardplan"},
        {"score": 3.5},
    )
    reached_on: Day | None = None
    of: Code | None = None
    document: Code | None = None
    request_id: UUID | None = None
    registered_in: Code | None = None
    score: RatedScore | None = None


class AskForDocument(Body):
    """``asked_on``: today unless given. ``asked_of``: a kind of unit. ``document`` and ``of`` as of a step."""

    model_config = examples({"asked_on": "2021-03-15", "asked_of": "health_care", "document": "lakarutlatande"})
    asked_on: Day | None = None
    of: Code | None = None
    document: Code | None = None
    asked_of: Code


class EndRequest(Body):
    """``ended_on``: today unless given. The reason leaves the service only with the person's consent."""

    model_config = examples({"ended_on": "2021-04-15", "reason": "not_needed"})
    ended_on: Day | None = None
    reason: Code


class DocumentAsked(Done):
    """The answer to a request for a paper."""

    request_id: UUID


class ReachedView(BaseModel):
    """A step that was reached. ``event_id``: the event to take back if it is wrong."""

    step_id: UUID
    event_id: UUID
    of: str
    step: str
    kind: StepKind
    reached_on: date
    document: str | None
    registered_in: str | None
    score: float | None


class RequestView(BaseModel):
    """A paper that was asked for, and what became of it."""

    request_id: UUID
    of: str
    step: str
    asked_on: date
    document: str | None
    asked_of: str | None
    received_on: date | None
    ended_on: date | None
    reason: str | None


class StepsView(BaseModel):
    """The steps of a case, with what only the service's own users may see. No answers to any question."""

    reached: list[ReachedView]
    requests: list[RequestView]


router = APIRouter(prefix="/api/planning/cases/{case_id}/steps", tags=["planning"])


@router.get("")
async def steps(case_id: UUID, runtime: RuntimeOf, _user: CaseWorker) -> StepsView:
    """What was reached and asked for, in the order in which it was registered."""
    async with runtime.pool.acquire() as connection:
        found = (await commands.load(connection, case_id)).case.steps
    return StepsView(reached=list(map(_reached, found.reached)), requests=list(map(_request, found.requests)))


@router.post("/{step}/reached", status_code=201)
async def reach_step(
    case_id: UUID, step: StepId, body: ReachStep, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Registers that a step was reached. 409 ``already_reached`` for what is reached once, ``step_too_early`` before
    what it comes after, ``phase_not_next`` for a phase that cannot be come to from the one the stay is in."""
    step_id = uuid4()
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.ReachStep(
            step_id,
            step,
            body.reached_on or today,
            today,
            body.of,
            body.document,
            body.request_id,
            body.registered_in,
            body.score,
        ),
    )


@router.post("/{step}/requests", status_code=201)
async def ask_for_document(
    case_id: UUID, step: StepId, body: AskForDocument, request: CommandRequestOf, user: CaseWorker
) -> DocumentAsked:
    """Registers that a paper was asked for. It is awaited until the step is reached with it, or the request ended."""
    request_id = uuid4()
    return await carry_out_and_answer(
        request,
        user,
        case_id,
        lambda today: ask.AskForDocument(
            request_id, step, body.asked_of, body.asked_on or today, today, body.of, body.document
        ),
        lambda appended: DocumentAsked(case_id=case_id, events=Done.appended(appended), request_id=request_id),
    )


@router.post("/requests/{request_id}/end", status_code=201)
async def end_request(
    case_id: UUID, request_id: UUID, body: EndRequest, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Registers that a paper is awaited no longer, though it has not come."""
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.EndDocumentRequest(request_id, body.reason, body.ended_on or today, today),
    )


def _reached(each: Reached) -> ReachedView:
    return ReachedView(
        step_id=each.step_id,
        event_id=each.event_id,
        of=each.of,
        step=each.step,
        kind=each.kind,
        reached_on=each.reached_on,
        document=each.document,
        registered_in=each.registered_in,
        score=each.score,
    )


def _request(each: DocumentRequest) -> RequestView:
    return RequestView(
        request_id=each.request_id,
        of=each.of,
        step=each.step,
        asked_on=each.asked_on,
        document=each.document,
        asked_of=each.asked_of,
        received_on=each.received_on,
        ended_on=each.ended_on,
        reason=each.reason,
    )
