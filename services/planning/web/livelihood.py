"""Anställning och ersättning: what was decided of a participant's employments and benefits, also after the exit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from contracts.catalogue import Rule
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import BenefitStatus, EmployerKind, Role
from contracts.labels import label
from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.pages import Pages
from services.planning import commands
from services.planning.carrying_out import CaseWorker, Coordinator
from services.planning.domain import command as ask
from services.planning.domain.case import Case, Stage
from services.planning.domain.checks import known
from services.planning.domain.decide_livelihood import asked_of_employment, counts_kom_i_jobb
from services.planning.domain.livelihood import BenefitDecision, Employment, EmploymentDecision
from services.planning.web import labels
from services.planning.web.asked import Asked, AskedOf
from services.planning.web.case_words import rule_of
from services.planning.web.livelihood_forms import BenefitForm, EmploymentEndForm, EmploymentForm

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_DONE: Final[Mapping[str, str]] = {
    "anstallning": "Anställningen är registrerad.",
    "forlangd": "Förlängningen är registrerad.",
    "slut": "Det är registrerat att anställningen har upphört.",
    "ersattning": "Beslutet om ersättning är registrerat.",
    "tillbaka": "Det är taget tillbaka. Det står kvar i historiken och räknas inte.",
}

router = APIRouter(prefix="/arenden/{case_id}/forsorjning", include_in_schema=False)


@dataclass(frozen=True)
class Refusal:
    """A form that was refused. ``form``: its id on the page; ``filled``: what it was filled in with."""

    form: str
    refused: Refused
    filled: Mapping[str, Any]


@router.get("")
async def livelihood(user: CaseWorker, asked: AskedOf, klar: str = "") -> Response:
    """The case's employments and what was decided of benefits, with what may be registered."""
    return await _page(asked, user, done=_DONE.get(klar))


@router.post("/anstallning")
async def employed(user: CaseWorker, asked: AskedOf, filled: Annotated[EmploymentForm, Form()]) -> Response:
    """An employment was decided."""
    return await _carry_out(asked, user, "anstallning", filled, lambda today: filled.command(None, today))


@router.post("/anstallning/{employment_id}/forlang")
async def prolonged(
    user: CaseWorker, asked: AskedOf, employment_id: UUID, filled: Annotated[EmploymentForm, Form()]
) -> Response:
    """An employment goes on for a further time."""
    form = f"forlangd-{employment_id}"
    return await _carry_out(asked, user, form, filled, lambda today: filled.command(employment_id, today))


@router.post("/anstallning/{employment_id}/slut")
async def ended(
    user: CaseWorker, asked: AskedOf, employment_id: UUID, filled: Annotated[EmploymentEndForm, Form()]
) -> Response:
    """An employment ended."""
    form = f"slut-{employment_id}"
    return await _carry_out(asked, user, form, filled, lambda today: filled.command(employment_id, today))


@router.post("/ersattning")
async def benefit(user: CaseWorker, asked: AskedOf, filled: Annotated[BenefitForm, Form()]) -> Response:
    """A benefit was applied for, granted or refused."""
    return await _carry_out(asked, user, "ersattning", filled, filled.command)


@router.post("/tillbaka")
async def taken_back(user: Coordinator, asked: AskedOf, event_id: Annotated[UUID, Form()]) -> Response:
    """A decision or an end never happened."""
    try:
        async with asked.runtime.unit(user.actor) as unit:
            command = ask.RegisterInError(event_id, "registered_by_mistake", unit.today)
            await commands.register_in_error(unit, asked.case_id, command)
    except Refused as refused:
        return await _page(asked, user, refusal=Refusal("tillbaka", refused, {}))
    return _to_the_page(asked.case_id, "tillbaka")


async def _carry_out(
    asked: Asked,
    user: User,
    form: str,
    filled: EmploymentForm | EmploymentEndForm | BenefitForm,
    command_on: Callable[[date], ask.Command],
) -> Response:
    try:
        await asked.carry_out(user, command_on)
    except Refused as refused:
        return await _page(asked, user, refusal=Refusal(form, refused, filled.model_dump(mode="json")))
    return _to_the_page(asked.case_id, form.split("-", 1)[0])


def _to_the_page(case_id: UUID, done: str) -> Response:
    return RedirectResponse(f"/arenden/{case_id}/forsorjning?klar={done}", status_code=303)


async def _page(asked: Asked, user: User, *, done: str | None = None, refusal: Refusal | None = None) -> Response:
    case = (await asked.case()).case
    names_of = await asked.name()
    rule = rule_of(known(case), asked.today)
    values = {
        "case_id": asked.case_id,
        "name": names_of.get(asked.case_id),
        "insats": labels.insats_label(known(case).insats),
        "today": asked.today,
        "done": done,
        "refusal": refusal,
        "employments": [_employment(each, asked.today) for each in reversed(case.livelihood.employments)],
        "benefits": [
            _benefit(each) for each in sorted(case.livelihood.benefits, key=lambda one: one.decided_on, reverse=True)
        ],
        "may_register": _may_register(case),
        "may_take_back": user.has(Role.COORDINATOR),
        **_choices(rule),
    }
    status = 200 if refusal is None else refusal.refused.status
    return _PAGES.page(asked.request, "livelihood.html", values, status=status)


def _may_register(case: Case) -> bool:
    return case.stage in {Stage.ACCEPTED, Stage.PARTICIPATING, Stage.EXITED}


def _choices(rule: Rule | None) -> dict[str, Any]:
    """What the forms offer, and what the insats' rule asks of an employment."""
    return {
        "supports": words()["exit_supports"],
        "employers": {each.value: label(each) for each in EmployerKind},
        "ends": words()["employment_ends"],
        "benefit_words": words()["benefits"],
        "statuses": {each.value: label(each) for each in BenefitStatus},
        "has_kom_i_jobb": rule is not None and counts_kom_i_jobb(rule),
        "needs": frozenset() if rule is None else asked_of_employment(rule),
    }


def _employment(employment: Employment, today: date) -> dict[str, Any]:
    latest, end = employment.latest, employment.end
    overdue = end is None and latest.until_on is not None and latest.until_on < today
    return {
        "id": employment.employment_id,
        "title": "Kommunal anställning (Kom-i-jobb)" if latest.kom_i_jobb else "Anställning",
        "mark": "done" if end is not None else "overdue" if overdue else "due",
        "state": "har upphört" if end is not None else "tiden har gått ut" if overdue else "pågår",
        "goes_on": end is None,
        "kom_i_jobb": latest.kom_i_jobb,
        "decisions": [_decision(each) for each in employment.decisions],
        "ended_on": None if end is None else end.ended_on,
        "ended_as": None if end is None or end.reason is None else word_label("employment_ends", end.reason),
        # What was registered last goes first: what came before it is built upon.
        "latest": latest.event_id if end is None else end.event_id,
    }


def _decision(decision: EmploymentDecision) -> dict[str, Any]:
    said = (
        None if decision.support is None else word_label("exit_supports", decision.support),
        None if decision.extent_percent is None else f"{decision.extent_percent} %",
        None if decision.employer is None else label(decision.employer),
    )
    return {
        "what": "förlängd" if decision.prolongs else "beslutad",
        "decided_on": decision.decided_on,
        "from_on": decision.from_on,
        "until_on": decision.until_on,
        "says": ", ".join(each for each in said if each is not None),
    }


def _benefit(decision: BenefitDecision) -> dict[str, Any]:
    return {
        "event_id": decision.event_id,
        "decided_on": decision.decided_on,
        "benefit": "" if decision.benefit is None else word_label("benefits", decision.benefit),
        "status": None if decision.status is None else label(decision.status),
        "extent_percent": decision.extent_percent,
    }
