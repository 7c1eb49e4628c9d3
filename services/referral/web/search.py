"""The search for a person. What is sought is sent as a form and stands in no address; each search is written down."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response

from contracts.catalogue import INSATSER
from contracts.codes import ReturnedBy, Role
from contracts.labels import label
from contracts.problems import Invalid
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Text
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.referral import store
from services.referral.birth_years import read_birth_years
from services.referral.contacts import read_contacts
from services.referral.domain.permissions import CaseState
from services.referral.domain.search_words import SoughtWords, sought
from services.referral.search import FOR_A_SEARCH, search
from services.referral.vault import Vault
from services.referral.web.pages import UNITS

SHOWN: Final = 20
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_STATES: Final = {
    CaseState.WAITING: "Väntar",
    CaseState.INCOMPLETE: "Ofullständig",
    CaseState.ACCEPTED: "Antagen",
    CaseState.STARTED: "Deltar",
    CaseState.RETURNED: "Återremitterad",
    CaseState.CLOSED: "Avslutad",
}
_NOTHING: Final[dict[str, Any]] = {
    "sought": "",
    "wrong": None,
    "rows": [],
    "answered": False,
    "first_page": True,
    "short": False,
    "following": None,
}

_Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]


def search_pages(vault: Vault) -> APIRouter:
    """The page /anmalningar/sok."""
    router = APIRouter(prefix="/anmalningar/sok", include_in_schema=False)

    @router.get("")
    async def empty(request: Request, _user: _Reader) -> Response:
        """The form alone."""
        return _PAGES.page(request, "referral_search.html", _NOTHING)

    @router.post("")
    async def found(
        request: Request,
        runtime: RuntimeOf,
        user: _Reader,
        q: Annotated[Text, Form(max_length=200)] = "",
        efter: Annotated[UUID | Literal[""], Form()] = "",
    ) -> Response:
        values = {**_NOTHING, "sought": q}
        try:
            values |= await _found(runtime, vault, user, q, efter or None)
        except Invalid as refused:
            return _PAGES.page(
                request, "referral_search.html", {**values, "wrong": refused.message}, status=refused.status
            )
        return _PAGES.page(request, "referral_search.html", values)

    return router


async def _found(runtime: Runtime, vault: Vault, user: User, text: str, after: UUID | None) -> dict[str, Any]:
    async with runtime.unit(user.actor) as unit:
        asked = sought(text, unit.today)
        page = await search(unit, vault, asked, user, SHOWN, after)
        # Whoever decides is the one who calls.
        calls = user.has(Role.COORDINATOR)
        contacts = await read_contacts(unit, vault, page.rows, user, FOR_A_SEARCH) if calls else {}
        born = await read_birth_years(unit, vault, {row.case_id: page.names[row.case_id] for row in page.rows}, user)
    return {
        "rows": page.rows,
        "names": page.names,
        "born": born,
        "contacts": contacts,
        "states": {row.case_id: _state(row) for row in page.rows},
        "insatser": INSATSER,
        "units": UNITS,
        "answered": True,
        "first_page": after is None,
        "short": isinstance(asked, SoughtWords) and asked.short,
        "following": page.after,
    }


def _state(row: store.Row) -> str:
    if row.state is CaseState.RETURNED and row.returned_by not in (None, ReturnedBy.INSATS):
        return label(row.returned_by).capitalize()
    return _STATES[row.state]
