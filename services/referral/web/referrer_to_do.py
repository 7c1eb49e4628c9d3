"""What waits for the referring agency itself: to be completed, or a hand-back to be acknowledged."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response

from services.chassis.http import RuntimeOf
from services.chassis.pages import Pages
from services.referral import referrer_store
from services.referral.vault import Vault
from services.referral.web.new_referral import Referrer, agency_of
from services.referral.web.referrer import shown_rows

TO_DO: Final = "/mina-anmalningar/att-gora"

_SHOWN: Final = 200
_PAGES: Final = Pages(Path(__file__).parent / "templates")


def referrer_to_do_router(vault: Vault) -> APIRouter:
    """The page."""
    router = APIRouter(include_in_schema=False)

    @router.get(TO_DO)
    async def to_do(request: Request, runtime: RuntimeOf, user: Referrer) -> Response:
        agency = agency_of(user)
        async with runtime.pool.acquire() as connection:
            found = await referrer_store.to_do(connection, agency.id, _SHOWN)
            values = {
                "rows": await shown_rows(connection, runtime, vault, found),
                "agency": agency.name,
                "count": await referrer_store.count_to_do(connection, agency.id),
            }
        return _PAGES.page(request, "my_referrals_to_do.html", values)

    return router
