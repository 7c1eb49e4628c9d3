"""Mina deltagare: whom one supports and is asked to take over, how many everybody has, and all of one who leaves."""

from datetime import date
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from contracts.catalogue.vocabulary import words
from contracts.codes import Role
from contracts.events import local_date
from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.handing_over import ALL_AT_ONCE
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day
from services.chassis.names import NameClient, NamesOf
from services.chassis.pages import Pages, token_of
from services.planning import support_store
from services.planning.carrying_out import CaseWorker
from services.planning.domain import command as ask
from services.planning.support_store import LastShown
from services.planning.web import leaving
from services.planning.web.participant_rows import support_row, worker_row
from services.planning.web.piece_by_piece import carry_out_each
from services.planning.web.support_forms import Choices, Chosen

SHOWN: Final = 50
_WORKERS_SHOWN: Final = 500
_PAGES: Final = Pages(Path(__file__).parent / "templates")

Looking = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]

router = APIRouter(prefix="/mina-deltagare")
router.include_router(leaving.router)


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
        carried = await carry_out_each(runtime, user, filled.supports(), command_on)
    except Refused as refusal:
        return await _mine(request, runtime, names, user, None, refused=refusal)
    return RedirectResponse(f"/mina-deltagare?klara={carried.done}&nekade={len(carried.refused)}", status_code=303)


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
        "offered": [support_row(each, names_of.get(each.case_id), today) for each in offered],
        "participants": [support_row(each, names_of.get(each.case_id), today) for each in shown],
        "first_page": last is None,
        "more": shown[-1] if len(found) > SHOWN else None,
        "own": [worker_row(each, today) for each in own],
        "everybody": [worker_row(each, today) for each in everybody],
        "declines": words()["handover_declines"],
    }
    return _PAGES.page(request, "my_participants.html", values, status=200 if refused is None else refused.status)


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
