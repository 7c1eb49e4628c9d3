"""What a referral lacks, over HTTP: asked for by a coordinator, answered by the agency or registered for it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from contracts.agency import Reference
from contracts.codes import Role
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import Body, Done, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day, Text
from services.referral import completion
from services.referral.completion import Question
from services.referral.domain.permissions import Act
from services.referral.ending_api import who
from services.referral.own_referrals import own_agency, own_case
from services.referral.vault import Vault

Note = Annotated[Text, Field(max_length=500)]
Answer = Annotated[Text, Field(max_length=2000)]


class CompletionAsked(Body):
    """``what``: words of the catalogue's missing_things; ``asked_of``: of asked_for_completion. ``asked_on``: today
    unless given. ``note``: for whoever is asked; it stays in this service."""

    model_config = examples({"what": ["medical_certificate"], "asked_of": "referrer", "note": "Det från mars."})
    what: Annotated[list[Code], Field(min_length=1, max_length=10)]
    asked_of: Code
    note: Note = ""
    asked_on: Day | None = None


class CompletionCame(Body):
    """``completed_on``: today unless given. ``answer``: stays in this service."""

    model_config = examples({"answer": "Intyget skickas med post."}, {})
    answer: Answer = ""
    completed_on: Day | None = None


class OwnCompletion(CompletionCame):
    """An agency's answer about its own referral, by its reference or by the receipt's case id."""

    model_config = examples({"reference": "SOC-2021-88", "answer": "Intyget skickas med post."})
    reference: Reference | None = None
    case_id: UUID | None = None


def completion_router(vault: Vault) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/referral", tags=["cases"])

    @router.post("/cases/{case_id}/ask-for-completion", status_code=201)
    async def ask(
        case_id: UUID,
        body: CompletionAsked,
        request: CommandRequestOf,
        user: Annotated[User, who(Act.ASK_FOR_COMPLETION)],
    ) -> Done:
        """Asks for what the referral lacks; it keeps its place in the queue."""
        question = Question(tuple(body.what), body.asked_of, body.note, body.asked_on)
        async with request.unit(user.actor) as unit:
            appended = await completion.ask(unit, vault, case_id, question)
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    @router.post("/cases/{case_id}/complete", status_code=201)
    async def complete(
        case_id: UUID, body: CompletionCame, request: CommandRequestOf, user: Annotated[User, who(Act.COMPLETE)]
    ) -> Done:
        """Registers that what was asked for has come."""
        async with request.unit(user.actor) as unit:
            appended = await completion.complete(unit, vault, case_id, body.answer, body.completed_on)
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    @router.post("/inbox/{agency_id}/completions", status_code=201, tags=["agencies"])
    async def complete_own(
        agency_id: str,
        body: OwnCompletion,
        request: CommandRequestOf,
        user: Annotated[User, Depends(signed_in(Role.AGENCY))],
    ) -> Done:
        """Answers what one of the agency's own referrals lacks."""
        agency = own_agency(agency_id, user)
        async with request.unit(user.actor) as unit:
            case_id = await own_case(unit, agency, body.reference, body.case_id)
            appended = await completion.complete(unit, vault, case_id, body.answer, body.completed_on)
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    return router
