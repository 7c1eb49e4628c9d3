"""The referrer's drafts: kept, continued, thrown away."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from contracts.catalogue import INSATSER
from contracts.events import local_date
from services.chassis.http import RuntimeOf
from services.referral import drafts
from services.referral.vault import Vault
from services.referral.web.new_referral import NewReferral, Referrer, agency_of, digits
from services.referral.web.referral_form import form_page

_MINE = "/mina-anmalningar"


def drafts_router(vault: Vault) -> APIRouter:
    """The pages under /mina-anmalningar/utkast."""
    router = APIRouter(prefix=f"{_MINE}/utkast", include_in_schema=False)

    @router.post("")
    async def save(runtime: RuntimeOf, user: Referrer, filled: Annotated[NewReferral, Form()]) -> Response:
        owner = drafts.Owner(user.id, agency_of(user).id)
        number = digits(filled.identity_number)
        async with runtime.unit(user.actor) as unit:
            draft_id = await drafts.save(unit, vault, owner, filled.draft, filled.model_dump_json(), number)
        return RedirectResponse(f"{_MINE}/utkast/{draft_id}?sparat=1", status_code=303)

    @router.get("/{draft_id}")
    async def continued(
        request: Request, runtime: RuntimeOf, user: Referrer, draft_id: UUID, sparat: bool = False
    ) -> Response:
        agency = agency_of(user)
        owner = drafts.Owner(user.id, agency.id)
        async with runtime.pool.acquire() as connection:
            draft = await drafts.one(connection, vault, owner, draft_id, runtime.clock.now())
        filled = NewReferral.model_validate_json(draft.content).model_copy(update={"draft_id": str(draft_id)})
        return form_page(request, runtime, agency, filled, saved=sparat)

    @router.post("/{draft_id}/kasta")
    async def discard(runtime: RuntimeOf, user: Referrer, draft_id: UUID) -> Response:
        owner = drafts.Owner(user.id, agency_of(user).id)
        async with runtime.unit(user.actor) as unit:
            await drafts.discard(unit, owner, draft_id)
        return RedirectResponse(_MINE, status_code=303)

    return router


def listed(draft: drafts.Draft) -> dict[str, Any]:
    """A draft as the list shows it: nothing of whom it is about."""
    filled = NewReferral.model_validate_json(draft.content)
    insats = INSATSER.get(filled.insats)
    return {
        "draft_id": draft.draft_id,
        "reference": filled.reference or "Utkast utan beteckning",
        "insats": "insats inte vald" if insats is None else insats.name,
        "saved_on": local_date(draft.saved_at),
        "expires_on": local_date(draft.expires_at),
    }
