"""Lämna över deltagare: all that one worker supports, offered to colleagues piece by piece, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from contracts.catalogue.vocabulary import word_label
from contracts.codes import Role
from contracts.events import local_date
from contracts.problems import Forbidden, Refused
from services.chassis.auth import User
from services.chassis.handing_over import ALL_AT_ONCE, RefusedPiece
from services.chassis.http import RuntimeOf
from services.chassis.names import NameClient, NamesOf
from services.chassis.pages import Pages, token_of
from services.chassis.runtime import Runtime
from services.chassis.user_ids import user_id
from services.planning import handover_store, support_store
from services.planning.carrying_out import CaseWorker
from services.planning.domain import command as ask
from services.planning.handover_store import HandoverOfCase
from services.planning.support_store import SupportOfCase, Worker
from services.planning.web import labels
from services.planning.web.participant_rows import support_row, worker_row
from services.planning.web.piece_by_piece import Carried, carry_out_each
from services.planning.web.support_forms import Chosen, OfferAllForm, choice_of

_WORKERS_SHOWN: Final = 500
_ANSWERED_SHOWN: Final = 100
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_ANSWERS: Final[Mapping[str, str]] = {"accepted": "övertagen", "declined": "avböjd"}

router = APIRouter(prefix="/overlamna")


@dataclass(frozen=True)
class _Found:
    """What one worker has, and has offered."""

    supports: Sequence[SupportOfCase]
    handovers: Sequence[HandoverOfCase]
    everybody: Sequence[Worker]


@router.get("")
async def leaving(
    request: Request, runtime: RuntimeOf, names: NamesOf, user: CaseWorker, av: str = "", klara: str = ""
) -> Response:
    """Everything that one worker has, to be offered to colleagues. ``av``: whose; one's own without it. ``klara``:
    how many were just offered."""
    return await _page(request, runtime, names, user, av or user.worker_id, done=_said(klara))


@router.get("/antal")
async def number(request: Request, runtime: RuntimeOf, user: CaseWorker, av: str = "") -> HTMLResponse:
    """How many participants one worker has, for a page of another service that leads here."""
    worker = av or user.worker_id
    _check_may_act_for(user, worker)
    async with runtime.pool.acquire() as connection:
        found = await support_store.caseloads_of(connection, worker)
    values = {"worker": worker, "cases": sum(each.cases for each in found)}
    return _PAGES.page(request, "leaving_number.html", values)


@router.post("")
async def offer_all(
    request: Request, runtime: RuntimeOf, names: NamesOf, user: CaseWorker, filled: Annotated[OfferAllForm, Form()]
) -> Response:
    """Offers each that was ticked to its receiver, one after the other. Offered once more to the same colleague it
    changes nothing, and counts as offered."""
    try:
        of = user_id(filled.av, "av")
        _check_may_act_for(user, of)
        receivers = filled.receivers()
        carried = await carry_out_each(
            runtime,
            user,
            filled.supports(),
            lambda chosen, today: ask.OfferHandover(chosen.role, _to(receivers, chosen), today, today, held_by=of),
        )
    except Forbidden:
        raise
    except Refused as refusal:
        return await _page(request, runtime, names, user, filled.av, refused=refusal, filled=filled)
    carried = await _without_those_asked_already(runtime, of, carried, receivers)
    if carried.refused:
        return await _page(request, runtime, names, user, of, done=_said(str(carried.done)), unsaid=carried.refused)
    return RedirectResponse(f"/mina-deltagare/overlamna?av={of}&klara={carried.done}", status_code=303)


def _to(receivers: Mapping[str, str], chosen: Chosen) -> str:
    return receivers[choice_of(chosen.case_id, chosen.role)]


async def _without_those_asked_already(
    runtime: Runtime, worker: str, carried: Carried, receivers: Mapping[str, str]
) -> Carried:
    """A refusal because the same colleague has been asked already is none: the button was pressed twice."""
    if not carried.refused:
        return carried
    async with runtime.pool.acquire() as connection:
        supports = await support_store.of_worker(connection, worker, ALL_AT_ONCE)
    asked = {choice_of(each.case_id, each.support.role): each.support.offered_to for each in supports}
    refused = [each for each in carried.refused if asked.get(each.piece) != receivers[each.piece]]
    return Carried(carried.done + len(carried.refused) - len(refused), refused)


def _check_may_act_for(user: User, worker: str) -> None:
    """Raises Forbidden unless it is the user's own, or the user coordinates."""
    if worker != user.worker_id and not user.has(Role.COORDINATOR):
        raise Forbidden("another_workers", "Det här gäller någon annan. Be en koordinator göra det.")


async def _page(
    request: Request,
    runtime: Runtime,
    names: NameClient,
    user: User,
    worker: str,
    *,
    done: str | None = None,
    unsaid: Sequence[RefusedPiece] = (),
    refused: Refused | None = None,
    filled: OfferAllForm | None = None,
) -> Response:
    _check_may_act_for(user, worker)
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        found = _Found(
            await support_store.of_worker(connection, worker, ALL_AT_ONCE + 1),
            await handover_store.offered_by(connection, worker, _ANSWERED_SHOWN),
            await support_store.caseloads(connection, _WORKERS_SHOWN),
        )
    cases = {each.case_id for each in found.supports[:ALL_AT_ONCE]} | {each.case_id for each in found.handovers}
    names_of = await names.of(sorted(cases), token_of(request))
    values = {
        **_values(found, names_of, worker, today),
        "done": done,
        "unsaid": [(names_of.get(Chosen.of(each.piece).case_id), each) for each in unsaid],
        "refused": refused,
        "wrong": None if refused is None else refused.field,
        "filled": filled,
        "worker": worker,
        "mine": worker == user.worker_id,
        "for_others": user.has(Role.COORDINATOR),
    }
    return _PAGES.page(request, "leaving.html", values, status=200 if refused is None else refused.status)


def _values(found: _Found, names_of: Mapping[Any, str], worker: str, today: date) -> dict[str, Any]:
    shown = found.supports[:ALL_AT_ONCE]
    supports = [support_row(each, names_of.get(each.case_id), today) for each in shown]
    answered = [_answered(each, names_of.get(each.case_id)) for each in found.handovers if each.handover.answer]
    roles = {(each.support.insats, each.support.role) for each in shown}
    return {
        "supports": supports,
        "waiting": sum(row["offered_to"] is not None for row in supports),
        "left": sum(row["offered_to"] is None for row in supports),
        "declined": {row["support_id"]: row for row in answered if row["answer"] == _ANSWERS["declined"]},
        "answered": answered,
        "more": len(found.supports) > ALL_AT_ONCE,
        "most": ALL_AT_ONCE,
        "workers": sorted({each.worker_id for each in found.everybody}),
        "colleagues": [
            worker_row(each, today)
            for each in found.everybody
            if (each.insats, each.role) in roles and each.worker_id != worker
        ],
    }


def _answered(found: HandoverOfCase, name: str | None) -> dict[str, Any]:
    handover = found.handover
    return {
        "support_id": handover.support_id,
        "case_id": found.case_id,
        "name": name,
        "insats": labels.insats_label(handover.insats),
        "label": labels.role_label(handover.insats, handover.role),
        "to": handover.offered_to,
        "offered_on": handover.offered_on,
        "answer": _ANSWERS[handover.answer or "declined"],
        "answered_on": handover.answered_on,
        "reason": None if handover.reason is None else word_label("handover_declines", handover.reason),
    }


def _said(number: str) -> str | None:
    """What became of the list, from the number that the address carries; None where it carries none."""
    if not (number.isascii() and number.isdigit() and len(number) <= 3 and int(number)):
        return None
    return f"{int(number)} deltagare väntar nu på kollegans svar. De ligger kvar där de är tills dess."
