"""What is held of a person, and forgetting them, over HTTP for operations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from contracts.codes import Role
from services.chassis.auth import User
from services.chassis.http import Body, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.referral import erasure
from services.referral.vault import Vault

_Operator = Annotated[User, Depends(signed_in(Role.OPERATIONS))]


class Whom(Body):
    """A person, by identity number or by the id of one of their cases."""

    model_config = examples({"case_id": "6f0f6f1e-0d3a-4b5c-9f0e-3a5b7c9d1e2f"})
    identity_number: Annotated[str | None, Field(max_length=20, repr=False)] = None
    case_id: UUID | None = None


class Forgetting(Whom):
    """``also_open``: even while a case of the person is open; it then goes on without a name."""

    model_config = examples({"case_id": "6f0f6f1e-0d3a-4b5c-9f0e-3a5b7c9d1e2f", "also_open": True})
    also_open: bool = False


class PersonHeld(BaseModel):
    """How much is held of a person, or was until now: cases, open ones among them, messages remembered, and drafts
    of referrals that somebody has begun."""

    model_config = ConfigDict(from_attributes=True)

    cases: int
    open_cases: int
    messages: int
    drafts: int


def people_api(vault: Vault) -> APIRouter:
    """The routes."""
    # Both are POST, so that an identity number stands in a body and never in an address, which is logged.
    router = APIRouter(prefix="/api/referral/persons", tags=["persons"])

    @router.post("/find")
    async def find(body: Whom, runtime: RuntimeOf, user: _Operator) -> PersonHeld:
        """How much is held of a person, to be looked at before forgetting. That it was asked is written down."""
        sought = erasure.whom(body.identity_number, body.case_id)
        async with runtime.unit(user.actor) as unit:
            return PersonHeld.model_validate(await erasure.find(unit, vault, sought, user))

    @router.post("/forget", status_code=201)
    async def forget(body: Forgetting, request: CommandRequestOf, user: _Operator) -> PersonHeld:
        """Erases a person for good. Refused while a case is open, unless ``also_open``."""
        sought = erasure.whom(body.identity_number, body.case_id)
        async with request.unit(user.actor) as unit:
            held = await erasure.forget(unit, vault, sought, user, also_open=body.also_open)
            return await request.answered(unit, PersonHeld.model_validate(held))

    return router
