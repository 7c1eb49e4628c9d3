"""The public pages for those who come by themselves. Nobody signs in, and nothing known of anybody is shown."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response

from contracts.agency import ReferralAcknowledged
from contracts.catalogue import INSATSER, SELF, Insats, Rule, association
from contracts.catalogue.vocabulary import word_label
from contracts.codes import Sex
from contracts.envelope import PERSON
from contracts.events import local_date
from contracts.problems import NotFound, TooManyRequests
from services.chassis.http import RuntimeOf, refuse_other_sites
from services.chassis.pages import Pages
from services.referral.domain.judging import ADULT
from services.referral.intake import InboundRecord, Intake
from services.referral.vault import Vault
from services.referral.web.own_application import MOST_OF_A_WISH, RELATIONS, OwnApplication, reference_of, said

PATH: Final = "/anmal-dig"
_PAGES: Final = Pages(Path(__file__).parent / "templates")

Wrong = Mapping[str, Sequence[str]]


def own_router(vault: Vault, intake: Intake) -> APIRouter:
    """The pages under /anmal-dig."""
    router = APIRouter(prefix=PATH, include_in_schema=False)

    @router.get("")
    async def choose(request: Request, runtime: RuntimeOf) -> Response:
        today = local_date(runtime.clock.now())
        open_today = [
            {"insats": insats, "for_whom": _for_whom(rule)}
            for insats in INSATSER.values()
            if (rule := insats.rule_on(today)) is not None and rule.own_door is not None
        ]
        return _PAGES.page(request, "own_insatser.html", {"insatser": open_today})

    @router.get("/{insats_id}")
    async def fill_in(request: Request, runtime: RuntimeOf, insats_id: str) -> Response:
        insats, rule = _open(insats_id, local_date(runtime.clock.now()))
        empty = OwnApplication(message_id=f"egen-{uuid4()}", insats=insats.id, relation=SELF)
        return _form(request, insats, rule, empty, {}, status=200)

    @router.post("")
    async def apply(request: Request, runtime: RuntimeOf, filled: Annotated[OwnApplication, Form()]) -> Response:
        """The receipt is the answer itself and has no address: nobody can guess their way to it, and the same form
        sent once more gets the same one."""
        refuse_other_sites(request)
        today = local_date(runtime.clock.now())
        insats, rule = _open(filled.insats, today)
        sender = association(insats.association)
        record = InboundRecord(filled.message(sender, reference_of(vault, filled.message_id), today), place=None)
        try:
            async with runtime.unit(PERSON) as unit:
                receipt = await intake.ingest_own(unit, sender, record)
        except TooManyRequests as refused:
            return _form(request, insats, rule, filled, {"": [refused.message]}, status=refused.status)
        if isinstance(receipt, ReferralAcknowledged):
            return _PAGES.page(request, "own_receipt.html", _receipt_values(insats, rule, filled, receipt))
        return _form(request, insats, rule, filled, _wrong(map(said, receipt.errors)), status=422)

    return router


def _open(insats_id: str, today: date) -> tuple[Insats, Rule]:
    """The insats and its rule. Raises NotFound if one cannot come to it by oneself on that day."""
    insats = INSATSER.get(insats_id)
    rule = None if insats is None else insats.rule_on(today)
    if insats is None or rule is None or rule.own_door is None:
        raise NotFound("no_own_way_in", "Det går inte att anmäla sig själv till den insatsen nu.")
    return insats, rule


def _wrong(errors: Iterable[tuple[str, str]]) -> Wrong:
    wrong: dict[str, list[str]] = {}
    for field, message in errors:
        wrong.setdefault(field, []).append(message)
    return wrong


def _form(
    request: Request, insats: Insats, rule: Rule, filled: OwnApplication, wrong: Wrong, *, status: int
) -> Response:
    door = rule.own_door
    values = {
        "insats": insats,
        "for_whom": _for_whom(rule),
        "filled": filled,
        "wrong": wrong,
        "relations": {SELF: "Jag själv", **{each: _capital(word_label("actors", each)) for each in RELATIONS}},
        "sexes": [each for each in Sex if each is not Sex.UNKNOWN],
        "asks_wish": door is not None and "wish" in door.asks,
        "most": MOST_OF_A_WISH,
        "adult": ADULT,
        "minors": rule.target.age.lower is None or rule.target.age.lower < ADULT,
    }
    return _PAGES.page(request, "own_form.html", values, status=status)


def _receipt_values(
    insats: Insats, rule: Rule, filled: OwnApplication, receipt: ReferralAcknowledged
) -> dict[str, Any]:
    deciding = [role.label for word in rule.gate.decided_by if (role := rule.role(word)) is not None]
    return {
        "insats": insats,
        "reference": receipt.reference,
        "received_on": receipt.happened_on,
        "for_another": filled.relation != SELF,
        "consents": filled.choice == "given",
        "deciding": " och ".join(deciding),
    }


def _for_whom(rule: Rule) -> list[str]:
    """Who the insats is for, a line for each criterion."""
    target = rule.target
    lines = [_ages(target.age.lower, target.age.upper)]
    if target.areas:
        areas = " eller ".join(word_label("areas", each) for each in target.areas)
        lines.append(f"Du bor eller är skriven i {areas}.")
    lines += [f"{_capital(each.text)}." for each in target.all_of]
    if target.any_of:
        lines.append(f"{_capital(' eller '.join(each.text for each in target.any_of))}.")
    lines += [f"Inte för dig med {each.text}." for each in target.none_of]
    return [line for line in lines if line]


def _ages(lower: int | None, upper: int | None) -> str:
    match lower, upper:
        case None, None:
            return ""
        case int(), int():
            return f"Du är mellan {lower} och {upper} år."
        case int(), None:
            return f"Du har fyllt {lower} år."
        case _:
            return f"Du är högst {upper} år."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
