"""Skyddade personuppgifter: a coordinator marks a case's person, names the readers, or lifts the mark."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field, TypeAdapter, ValidationError

from contracts.agency import UserId
from contracts.events import local_date
from contracts.problems import Invalid
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Text
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.referral import protection, protection_store, store
from services.referral.domain.protection import (
    MARKERS,
    Change,
    Lift,
    NameReaders,
    Protect,
    Protection,
    may_name_readers,
)
from services.referral.names import NAMELESS, read_names
from services.referral.vault import Vault
from services.referral.web.new_referral import user_ids

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_PURPOSE: Final = "name on the page of protected identity"
_CHANGES_SHOWN: Final = 20
_IDS: Final = TypeAdapter(list[UserId])

_Coordinator = Annotated[User, Depends(signed_in(*sorted(MARKERS)))]
_Readers = Annotated[Text, Form(), Field(max_length=2000)]


async def _confirmed(bekraftat: Annotated[Literal["ja"], Form()]) -> str:
    """The box that is ticked before anything is changed."""
    return bekraftat


_CONFIRMED: Final = [Depends(_confirmed)]


def read_ids(text: str) -> frozenset[str]:
    """User ids as people write them in a line. Raises Invalid."""
    try:
        return frozenset(_IDS.validate_python(user_ids(text)))
    except ValidationError as error:
        message = "Skriv användarnamn så som de står vid inloggningen, med komma eller mellanslag emellan."
        raise Invalid("reader_not_valid", message, "readers") from error


def protection_pages(vault: Vault) -> APIRouter:
    """The page /anmalningar/…/skydd and its forms."""
    router = APIRouter(prefix="/anmalningar/{case_id}/skydd", include_in_schema=False)

    @router.get("")
    async def show(request: Request, case_id: UUID, runtime: RuntimeOf, user: _Coordinator) -> Response:
        async with runtime.unit(user.actor) as unit:
            row = await store.row(unit.conn, case_id)
            found = await protection.of_case(unit, case_id)
            names = await read_names(unit, vault, [case_id], user, _PURPOSE)
            changes = await protection_store.changes(unit.conn, case_id, _CHANGES_SHOWN)
        values: dict[str, Any] = {
            "case_id": case_id,
            "name": names.get(case_id, NAMELESS),
            "forgotten": row.forgotten,
            **_standing(user, found),
            "changes": [
                {
                    "on": local_date(each.changed_at),
                    "by": each.changed_by,
                    "readers": None if each.readers is None else ", ".join(each.readers),
                }
                for each in changes
            ],
        }
        return _PAGES.page(request, "referral_protection.html", values)

    @router.post("", dependencies=_CONFIRMED)
    async def protect(case_id: UUID, runtime: RuntimeOf, user: _Coordinator, readers: _Readers = "") -> Response:
        return await _change(runtime, user, case_id, Protect(protection.decider(user), read_ids(readers)))

    @router.post("/lasare", dependencies=_CONFIRMED)
    async def name(case_id: UUID, runtime: RuntimeOf, user: _Coordinator, readers: _Readers = "") -> Response:
        return await _change(runtime, user, case_id, NameReaders(protection.decider(user), read_ids(readers)))

    @router.post("/hav", dependencies=_CONFIRMED)
    async def lift(case_id: UUID, runtime: RuntimeOf, user: _Coordinator) -> Response:
        return await _change(runtime, user, case_id, Lift(protection.decider(user)))

    return router


async def _change(runtime: Runtime, user: User, case_id: UUID, wanted: Change) -> Response:
    async with runtime.unit(user.actor) as unit:
        await protection.change(unit, case_id, wanted)
    return RedirectResponse(f"/anmalningar/{case_id}/skydd", status_code=303)


def _standing(user: User, found: Protection | None) -> dict[str, Any]:
    """What the page offers: to mark, to take a mark on, to change it, or nothing to whoever is not named."""
    if found is None:
        return {"standing": "open", "readers": ""}
    if found.open_to(user.id):
        return {"standing": "named", "readers": ", ".join(sorted(found.readers))}
    takes_on = may_name_readers(protection.decider(user), found)
    return {"standing": "to take on" if takes_on else "withheld", "readers": ""}
