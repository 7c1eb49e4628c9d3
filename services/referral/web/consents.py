"""A person's consents in a case as a timeline, and the next answer."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from contracts.catalogue import AGENCIES, INSATSER
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import Member, Role
from contracts.consent import INDIVIDUAL_FOLLOW_UP, Consents, ConsentStatus
from contracts.corrections import effective
from contracts.envelope import Event
from contracts.labels import label
from contracts.model import Code
from contracts.problems import Conflict, Invalid, Refused
from contracts.referral import ConsentGiven
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day
from services.chassis.log import read_log
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.referral import commands, store
from services.referral.domain.case import fold
from services.referral.domain.consents import Consent, Terms
from services.referral.domain.permissions import PERMISSIONS, Act
from services.referral.names import NAMELESS, read_names
from services.referral.vault import Vault

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_PURPOSE: Final = "name on the page of a person's consents"
_STATUS: Final[Mapping[ConsentStatus, str]] = {
    ConsentStatus.NOT_ASKED: "inte tillfrågad",
    ConsentStatus.GIVEN: "ja",
    ConsentStatus.REFUSED: "nej",
    ConsentStatus.WITHDRAWN: "återkallat",
}
_CHOICES: Final = {"given": "Ja", "refused": "Nej", "withdrawn": "Återkallar sitt ja"}

_Coordinator = Annotated[User, Depends(signed_in(*sorted(PERMISSIONS[Act.CHANGE_CONSENT].roles)))]


class Filled(BaseModel):
    """The form for an answer, as it was filled in."""

    purpose: Code = INDIVIDUAL_FOLLOW_UP
    choice: Literal["given", "refused", "withdrawn"] = "given"
    stated_on: Day
    how: Code | Literal[""] = ""
    receivers: Annotated[list[Member], Field(max_length=4)] = []
    valid_until: Day | Literal[""] = ""
    guardian: bool = False

    def answer(self) -> commands.NewAnswer:
        """What the person answered."""
        terms = Terms(self.how or None, tuple(self.receivers), self.valid_until or None, self.guardian)
        return commands.NewAnswer(ConsentStatus(self.choice), self.stated_on, self.purpose, terms)


def consents_pages(vault: Vault) -> APIRouter:
    """The pages under /anmalningar/…/samtycke."""
    router = APIRouter(prefix="/anmalningar/{case_id}/samtycke", include_in_schema=False)

    @router.get("")
    async def show(
        request: Request, case_id: UUID, runtime: RuntimeOf, user: _Coordinator, klar: bool = False
    ) -> Response:
        values = await _values(runtime, vault, user, case_id, None)
        return _PAGES.page(request, "referral_consents.html", {**values, "done": klar, "wrong": None})

    @router.post("")
    async def answer(
        request: Request, case_id: UUID, runtime: RuntimeOf, user: _Coordinator, filled: Annotated[Filled, Form()]
    ) -> Response:
        try:
            async with runtime.unit(user.actor) as unit:
                await commands.change_consent(unit, vault, case_id, filled.answer())
        except (Conflict, Invalid) as wrong:
            return await _again(request, runtime, vault, user, case_id, filled, wrong)
        return RedirectResponse(f"/anmalningar/{case_id}/samtycke?klar=true", status_code=303)

    return router


async def _again(
    request: Request, runtime: Runtime, vault: Vault, user: User, case_id: UUID, filled: Filled, wrong: Refused
) -> Response:
    values = await _values(runtime, vault, user, case_id, filled)
    again = {**values, "done": False, "wrong": wrong}
    return _PAGES.page(request, "referral_consents.html", again, status=wrong.status)


async def _values(runtime: Runtime, vault: Vault, user: User, case_id: UUID, filled: Filled | None) -> dict[str, Any]:
    async with runtime.unit(user.actor) as unit:
        row = await store.row(unit.conn, case_id)
        names = await read_names(unit, vault, [case_id], user, _PURPOSE)
        log, today = await read_log(unit.conn, case_id), unit.today
    case = fold(log)
    choices = commands.choices_of(case)
    return {
        "case_id": case_id,
        "name": names.get(case_id, NAMELESS),
        "insats": INSATSER[row.insats].name if row.insats in INSATSER else row.insats,
        "now": [_now(each, case.consents, today) for each in sorted(choices.purposes)],
        "answers": [_shown(event) for event in _answers(log)],
        "filled": filled or Filled(stated_on=today),
        "purposes": {each: word_label("purposes", each) for each in sorted(choices.purposes)},
        "choices": _CHOICES,
        "forms": {code: text for code, text in words()["consent_forms"].items() if code in choices.forms},
        "members": list(Member),
        "may": not row.forgotten,
    }


def _answers(log: Iterable[Event[Any]]) -> list[Event[Any]]:
    """The answers that count, the latest first."""
    found = [event for event in effective(log) if isinstance(event.data, Consent)]
    return sorted(found, key=lambda event: (event.data.happened_on, event.sequence), reverse=True)


def _now(purpose: str, consents: Consents, today: date) -> dict[str, Any]:
    latest = consents.latest(purpose, today)
    return {
        "purpose": word_label("purposes", purpose),
        "answer": _STATUS[consents.status(purpose, today)],
        "since": None if latest is None else latest.stated_on,
    }


def _shown(event: Event[Any]) -> dict[str, Any]:
    fact = event.data
    given = fact if isinstance(fact, ConsentGiven) else None
    return {
        "purpose": word_label("purposes", fact.purpose),
        "answer": _STATUS[Consents().after(fact).status(fact.purpose)],
        "day": fact.happened_on,
        "how": word_label("consent_forms", fact.how) if fact.how else "",
        "guardian": given is not None and bool(given.guardian),
        "receivers": ", ".join(label(each) for each in (given.receivers or ())) if given else "",
        "valid_until": given.valid_until if given else None,
        "by": _by(event.actor),
    }


def _by(actor: str) -> str:
    """Who registered it, in words and without a name."""
    kind, _, whose = actor.partition(":")
    match kind:
        case "worker":
            return label(Role(whose.rpartition(":")[2]))
        case "agency":
            return AGENCIES[whose].name if whose in AGENCIES else whose
        case "person":
            return "personen själv"
        case _:
            return "av sig självt, när tiden gick ut"
