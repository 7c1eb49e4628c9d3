"""Mina deltagare: whom one supports and is asked to take over, how many everybody has, and all of one who leaves."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from contracts.catalogue import INSATSER
from contracts.catalogue.vocabulary import words
from contracts.codes import Role
from contracts.events import local_date
from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day
from services.chassis.names import NameClient, NamesOf
from services.chassis.pages import Pages, token_of
from services.chassis.user_ids import user_id
from services.planning import commands, support_store
from services.planning.carrying_out import CaseWorker
from services.planning.domain import command as ask
from services.planning.domain.caseload import limit_on
from services.planning.domain.supported import What
from services.planning.support_store import LastShown, SupportOfCase, Worker
from services.planning.web import labels
from services.planning.web.support_forms import ALL_AT_ONCE, Choices, Chosen, OfferAllForm, choice_of

SHOWN: Final = 50
_WORKERS_SHOWN: Final = 500
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_NEXT: Final = {
    What.MEETING: "möte",
    What.CALLED_MEETING: "möte som parter är kallade till",
    What.FOLLOW_UP: "uppföljning av samordnad plan",
    What.AFTER_SUPPORT: "efterstöd sedan",
    What.EXITED: "slutade i insatsen",
    What.RETURNED: "återremitterades",
}
_AWAITED: Final = frozenset({What.MEETING, What.CALLED_MEETING, What.FOLLOW_UP})
_ENDED: Final = frozenset({What.EXITED, What.RETURNED})

Looking = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]

router = APIRouter(prefix="/mina-deltagare")


@router.get("")
async def mine(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: Looking,
    sedan: Day | None = None,
    efter: UUID | None = None,
    klara: str = "",
    nekade: str = "",
) -> Response:
    """What waits for one's answer, one's participants by name, and how many everybody has.

    ``sedan`` and ``efter``: the last participant that was shown; those who come after are. ``klara`` and ``nekade``:
    how many hand-overs were just accepted, and how many could not be.
    """
    last = None if sedan is None or efter is None else LastShown(sedan, efter)
    done = _counted_done(
        klara, nekade, "Du har tagit över {}.", "{} gick inte att ta över: erbjudandet finns inte kvar."
    )
    return await _mine(request, runtime, names, user, last, done=done)


@router.post("/ta-over")
async def accept_all(
    request: Request, runtime: RuntimeOf, names: NamesOf, user: CaseWorker, filled: Annotated[Choices, Form()]
) -> Response:
    """Takes over those that were ticked, one after the other: what is no longer offered does not hinder the rest."""

    def command_on(chosen: Chosen, today: date) -> ask.Command:
        return ask.AcceptHandover(chosen.role, uuid4(), user.worker_id, today, today)

    try:
        done, refused = await _each(runtime, user, filled.supports(), command_on)
    except Refused as refusal:
        return await _mine(request, runtime, names, user, None, refused=refusal)
    return RedirectResponse(f"/mina-deltagare?klara={done}&nekade={refused}", status_code=303)


@router.get("/overlamna")
async def leaving(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: CaseWorker,
    av: str = "",
    klara: str = "",
    nekade: str = "",
) -> Response:
    """Everything that one worker has, to be offered to colleagues. ``av``: whose; one's own without it."""
    done = _counted_done(
        klara,
        nekade,
        "{} väntar nu på kollegans svar. De ligger kvar där de är tills dess.",
        "{} gick inte att erbjuda.",
    )
    return await _leaving(request, runtime, names, user, av or user.worker_id, done=done)


@router.post("/overlamna")
async def offer_all(
    request: Request, runtime: RuntimeOf, names: NamesOf, user: CaseWorker, filled: Annotated[OfferAllForm, Form()]
) -> Response:
    """Offers those that were ticked to a colleague, one after the other."""
    try:
        to, of = user_id(filled.to, "to"), user_id(filled.av, "av")
        done, refused = await _each(
            runtime, user, filled.supports(), lambda chosen, today: ask.OfferHandover(chosen.role, to, today, today)
        )
    except Refused as refusal:
        return await _leaving(request, runtime, names, user, filled.av, refused=refusal, filled=filled)
    return RedirectResponse(f"/mina-deltagare/overlamna?av={of}&klara={done}&nekade={refused}", status_code=303)


async def _each(
    runtime: RuntimeOf, user: User, chosen: Sequence[Chosen], command_on: Callable[[Chosen, date], ask.Command]
) -> tuple[int, int]:
    """Carries a command out on each, in a unit of its own; how many were, and how many were refused."""
    refused = 0
    for each in chosen:
        try:
            async with runtime.unit(user.actor) as unit:
                await commands.carry_out(unit, each.case_id, command_on(each, unit.today))
        except Refused:
            refused += 1  # counted on the page, where the list shows how it stands now
    return len(chosen) - refused, refused


async def _mine(
    request: Request,
    runtime: RuntimeOf,
    names: NameClient,
    user: User,
    last: LastShown | None,
    *,
    done: str | None = None,
    refused: Refused | None = None,
) -> Response:
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        found = await support_store.of_worker(connection, user.worker_id, SHOWN + 1, last)
        offered = await support_store.offered_to(connection, user.worker_id, ALL_AT_ONCE)
        own = await support_store.caseloads_of(connection, user.worker_id)
        everybody = await support_store.caseloads(connection, _WORKERS_SHOWN) if _sees_all(user) else []
    shown = found[:SHOWN]
    names_of = await names.of([each.case_id for each in (*offered, *shown)], token_of(request))
    values = {
        "done": done,
        "refused": refused,
        "may_act": user.has(Role.COORDINATOR, Role.LOTS),
        "sees_all": _sees_all(user),
        "offered": [_row(each, names_of.get(each.case_id), today) for each in offered],
        "participants": [_row(each, names_of.get(each.case_id), today) for each in shown],
        "first_page": last is None,
        "more": shown[-1] if len(found) > SHOWN else None,
        "own": [_worker(each, today) for each in own],
        "everybody": [_worker(each, today) for each in everybody],
        "declines": words()["handover_declines"],
    }
    return _PAGES.page(request, "my_participants.html", values, status=200 if refused is None else refused.status)


async def _leaving(
    request: Request,
    runtime: RuntimeOf,
    names: NameClient,
    user: User,
    worker: str,
    *,
    done: str | None = None,
    refused: Refused | None = None,
    filled: OfferAllForm | None = None,
) -> Response:
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        found = await support_store.of_worker(connection, worker, ALL_AT_ONCE + 1)
        everybody = await support_store.caseloads(connection, _WORKERS_SHOWN)
    shown = found[:ALL_AT_ONCE]
    names_of = await names.of([each.case_id for each in shown], token_of(request))
    roles = {(each.support.insats, each.support.role) for each in shown}
    values = {
        "done": done,
        "refused": refused,
        "wrong": None if refused is None else refused.field,
        "filled": filled,
        "worker": worker,
        "mine": worker == user.worker_id,
        "supports": [_row(each, names_of.get(each.case_id), today) for each in shown],
        "more": len(found) > ALL_AT_ONCE,
        "most": ALL_AT_ONCE,
        "workers": sorted({each.worker_id for each in everybody}),
        "colleagues": [
            _worker(each, today)
            for each in everybody
            if (each.insats, each.role) in roles and each.worker_id != worker
        ],
    }
    return _PAGES.page(request, "leaving.html", values, status=200 if refused is None else refused.status)


def _sees_all(user: User) -> bool:
    return user.has(Role.COORDINATOR, Role.OFFICE)


def _counted_done(done: str, refused: str, said: str, unsaid: str) -> str | None:
    """What became of a list, from the numbers that the address carries; None where it carries none."""
    if not (done.isascii() and done.isdigit() and len(done) <= 3):
        return None
    parts = [said.format(_participants(int(done)))] if int(done) else []
    if refused.isascii() and refused.isdigit() and len(refused) <= 3 and int(refused):
        parts.append(unsaid.format(_participants(int(refused))))
    return " ".join(parts) or None


def _participants(number: int) -> str:
    return f"{number} deltagare"


def _row(found: SupportOfCase, name: str | None, today: date) -> dict[str, Any]:
    support = found.support
    what = None if support.next_what is None else What(support.next_what)
    return {
        "case_id": found.case_id,
        "choice": choice_of(found.case_id, support.role),
        "name": name,
        "insats": labels.insats_label(support.insats),
        "role": support.role,
        "label": labels.role_label(support.insats, support.role),
        "worker": support.worker_id,
        "since": support.since,
        "offered_to": support.offered_to,
        "offered_on": support.offered_on,
        "next": None if what is None else _NEXT[what],
        "next_on": support.next_on,
        "ended": what in _ENDED,
        "late": what in _AWAITED and support.next_on is not None and support.next_on < today,
    }


def _worker(worker: Worker, today: date) -> dict[str, Any]:
    limit = limit_on(INSATSER, worker.insats, worker.role, today)
    return {
        "id": worker.worker_id,
        "insats": labels.insats_label(worker.insats),
        "label": labels.role_label(worker.insats, worker.role),
        "caseload": labels.caseload(worker.cases, limit),
        "full": limit is not None and limit.binding and worker.cases >= limit.seats,
        "over": limit is not None and limit.binding and worker.cases > limit.seats,
    }
