"""Fyller år snart: participants who come of an age that their insats' rule names, for those who work with them."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from contracts.catalogue import INSATSER
from contracts.catalogue.vocabulary import word_label
from contracts.codes import Role
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.pages import Pages
from services.referral.birthdays import FOR_THE_BIRTHDAYS, MOST, BirthdayOfCase, birthdays_ahead
from services.referral.domain.permissions import Act, may
from services.referral.names import NAMELESS, read_names
from services.referral.vault import Vault

PATH: Final = "/anmalningar/fyller-ar"
READERS: Final = (Role.COORDINATOR, Role.LOTS)
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_Reader = Annotated[User, Depends(signed_in(*READERS))]


def birthdays_pages(vault: Vault) -> APIRouter:
    """The page."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def birthdays(request: Request, runtime: RuntimeOf, user: _Reader) -> Response:
        async with runtime.unit(user.actor) as unit:
            ahead = await birthdays_ahead(unit.conn, vault, user, unit.today)
            shown = [each.case_id for each in ahead.birthdays]
            names = await read_names(unit, vault, shown, user, FOR_THE_BIRTHDAYS)
            today = unit.today
        values = {
            "rows": [{**_row(each, today), "name": names.get(each.case_id, NAMELESS)} for each in ahead.birthdays],
            "whole": ahead.whole,
            "most": MOST,
            "may_ask": may(Act.CHANGE_CONSENT, user.roles),
        }
        return _PAGES.page(request, "birthdays.html", values)

    return router


def _row(found: BirthdayOfCase, today: date) -> dict[str, Any]:
    clock = found.birthday.clock
    return {
        "case_id": found.case_id,
        "insats": INSATSER[found.insats].name,
        "age": clock.age,
        "on": found.birthday.on,
        "when": _when((found.birthday.on - today).days),
        "asks_consent": clock.on_expiry == "ask_consent_again",
        "then": None if clock.on_expiry is None else word_label("expiry_actions", clock.on_expiry),
    }


def _when(days: int) -> str:
    if days == 0:
        return "i dag"
    said = "1 dag" if abs(days) == 1 else f"{abs(days)} dagar"
    return f"om {said}" if days > 0 else f"för {said} sedan"
