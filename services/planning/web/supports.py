"""Stöd: who supports a participant in which role, and is asked to take it over."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from contracts.catalogue import INSATSER
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import Role
from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.pages import Pages
from services.planning import commands, support_store
from services.planning.carrying_out import CaseWorker, Coordinator
from services.planning.domain import command as ask
from services.planning.domain.case import Case, Stage
from services.planning.domain.caseload import limit_on
from services.planning.domain.checks import known
from services.planning.domain.support import Support
from services.planning.support_store import Worker
from services.planning.web import labels
from services.planning.web.asked import Asked, AskedOf
from services.planning.web.my_participants import router as my_participants
from services.planning.web.support_forms import AssignForm, DeclineForm, EndForm, OfferForm, RoleForm

_KNOWN_SHOWN: Final = 200
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_NOT_CHOSEN: Final = frozenset({"replaced", "handed_over"})
"""Why a support ended because somebody else has it: never chosen, it follows from what was done."""
_DONE: Final = {
    "utsedd": "Stödpersonen är utsedd.",
    "avslutat": "Stödet är avslutat.",
    "erbjuden": "Kollegan är tillfrågad. Stödet ligger kvar där det är tills kollegan har tagit emot det.",
    "aterkallad": "Kollegan är inte längre tillfrågad. Stödet ligger kvar där det var.",
    "overtagen": "Du har tagit över stödet.",
    "avbojd": "Du har avböjt. Stödet ligger kvar där det var.",
}

router = APIRouter(include_in_schema=False)
router.include_router(my_participants)
_of_case: Final = APIRouter(prefix="/arenden/{case_id}/stod")


@_of_case.get("")
async def supports(user: CaseWorker, asked: AskedOf, klar: str = "") -> Response:
    """Who supports the participant, whom it is offered to, and who had it before."""
    return await _page(asked, user, done=_DONE.get(klar))


@_of_case.post("/utse")
async def assign(
    user: Coordinator,
    asked: AskedOf,
    filled: Annotated[AssignForm, Form()],
) -> Response:
    """Assigns somebody to a role; a refusal is said at its field, in the form as it was filled in."""
    return await _carry_out(asked, user, filled.command, "utsedd", assigned=filled)


@_of_case.post("/avsluta")
async def end(
    user: CaseWorker,
    asked: AskedOf,
    filled: Annotated[EndForm, Form()],
) -> Response:
    """The support in a role ends."""
    return await _carry_out(asked, user, filled.command, "avslutat", ended=filled)


@_of_case.post("/erbjud")
async def offer(
    user: CaseWorker,
    asked: AskedOf,
    filled: Annotated[OfferForm, Form()],
) -> Response:
    """A colleague is asked to take the support over."""
    return await _carry_out(asked, user, filled.command, "erbjuden", offered=filled)


@_of_case.post("/aterta")
async def withdraw(
    user: CaseWorker,
    asked: AskedOf,
    filled: Annotated[RoleForm, Form()],
) -> Response:
    """The colleague is asked no longer."""

    def command_on(today: date) -> ask.Command:
        return ask.WithdrawHandover(filled.role, today, today)

    return await _carry_out(asked, user, command_on, "aterkallad")


@_of_case.post("/ta-over")
async def accept(
    user: CaseWorker,
    asked: AskedOf,
    filled: Annotated[RoleForm, Form()],
) -> Response:
    """Whoever is signed in takes over what they were asked to."""

    def command_on(today: date) -> ask.Command:
        return ask.AcceptHandover(filled.role, uuid4(), user.worker_id, today, today)

    return await _carry_out(asked, user, command_on, "overtagen")


@_of_case.post("/avboj")
async def decline(
    user: CaseWorker,
    asked: AskedOf,
    filled: Annotated[DeclineForm, Form()],
) -> Response:
    """Whoever is signed in does not take over what they were asked to, and says why."""

    def command_on(today: date) -> ask.Command:
        return ask.DeclineHandover(filled.role, user.worker_id, filled.reason, today, today)

    return await _carry_out(asked, user, command_on, "avbojd")


router.include_router(_of_case)


async def _carry_out(
    asked: Asked,
    user: User,
    command_on: Callable[[date], ask.Command],
    done: str,
    **filled: AssignForm | EndForm | OfferForm,
) -> Response:
    try:
        await asked.carry_out(user, command_on)
    except Refused as refused:
        return await _page(asked, user, refused=refused, filled=filled)
    return RedirectResponse(f"/arenden/{asked.case_id}/stod?klar={done}", status_code=303)


async def _page(
    asked: Asked,
    user: User,
    *,
    done: str | None = None,
    refused: Refused | None = None,
    filled: dict[str, AssignForm | EndForm | OfferForm] | None = None,
) -> Response:
    case_id, today = asked.case_id, asked.today
    async with asked.runtime.pool.acquire() as connection:
        case = (await commands.load(connection, case_id)).case
        insats = known(case).insats
        workers = await support_store.known(connection, insats, _KNOWN_SHOWN)
    names_of = await asked.name()
    shown = {"assigned": None, "ended": None, "offered": None, **(filled or {})}
    may_assign = user.has(Role.COORDINATOR) and case.stage in {Stage.ACCEPTED, Stage.PARTICIPATING}
    values = {
        "case_id": case_id,
        "name": names_of.get(case_id),
        "insats": labels.insats_label(insats),
        "done": done,
        "refused": refused,
        # Without a form of its own (an answer to an offer) a refusal stands on top.
        "wrong": None if refused is None or not filled else refused.field,
        "over_limit": refused is not None and refused.code == "caseload_full",
        **shown,
        "ongoing": [_ongoing(each, insats, user, workers, today) for each in _lasting(case)],
        "earlier": [_earlier(each, insats) for each in case.supports.all if each.ended_on is not None],
        "workers": [_worker(each, today) for each in workers],
        "roles": _roles(insats, today) if may_assign else {},
        "ends": {code: text for code, text in words()["support_ends"].items() if code not in _NOT_CHOSEN},
        "declines": words()["handover_declines"],
    }
    return _PAGES.page(asked.request, "supports.html", values, status=200 if refused is None else refused.status)


def _lasting(case: Case) -> list[Support]:
    return [each for each in case.supports.all if each.ended_on is None]


def _roles(insats: str, today: date) -> dict[str, str]:
    """The roles that somebody may be assigned to by today's rule."""
    found = INSATSER.get(insats)
    rule = None if found is None else found.rule_on(today)
    roles = () if rule is None else rule.roles
    return {each.id: each.label for each in roles if each.does == "supports"}


def _ongoing(support: Support, insats: str, user: User, workers: Sequence[Worker], today: date) -> dict[str, Any]:
    counted = {(each.role, each.worker_id): each.cases for each in workers}
    cases = counted.get((support.role, support.worker_id))
    return {
        "role": support.role,
        "label": labels.role_label(insats, support.role),
        "worker": support.worker_id,
        "mine": support.worker_id == user.worker_id,
        "since": support.since,
        "caseload": None
        if cases is None
        else labels.caseload(cases, limit_on(INSATSER, insats, support.role, today)),
        "offer": support.offer,
        "to_me": support.offer is not None and support.offer.to == user.worker_id,
        "colleagues": [
            each.worker_id for each in workers if each.role == support.role and each.worker_id != support.worker_id
        ],
    }


def _earlier(support: Support, insats: str) -> dict[str, Any]:
    return {
        "label": labels.role_label(insats, support.role),
        "worker": support.worker_id,
        "since": support.since,
        "ended_on": support.ended_on,
        "why": None if support.reason is None else word_label("support_ends", support.reason),
    }


def _worker(worker: Worker, today: date) -> dict[str, Any]:
    limit = limit_on(INSATSER, worker.insats, worker.role, today)
    return {
        "id": worker.worker_id,
        "role": worker.role,
        "label": labels.role_label(worker.insats, worker.role),
        "caseload": labels.caseload(worker.cases, limit),
        "full": limit is not None and limit.binding and worker.cases >= limit.seats,
    }
