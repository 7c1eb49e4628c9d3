"""Lämna över uppföljningar: those that one worker has taken over, offered to colleagues piece by piece, with answers.

A follow-up that follows a support is handed over with the support, on planning's page.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from contracts.events import local_date
from contracts.problems import Forbidden, Invalid, Refused
from services.chassis.auth import User
from services.chassis.handing_over import ALL_AT_ONCE, HandOverForm, Offered, RefusedPiece, Ticked
from services.chassis.http import RuntimeOf
from services.chassis.names import NameClient, NamesOf
from services.chassis.runtime import Runtime
from services.chassis.user_ids import user_id
from services.followup import commands, handover_store, store
from services.followup.absence_commands import check_may_act_for
from services.followup.domain.registering import OfferFollowUp, Registration, TakeFollowUp
from services.followup.web import work_list
from services.followup.web.work_list import PAGES
from services.followup.work import COORDINATES, may_complete

# With those that can be ticked no more than the names that the vault answers at once.
_ANSWERED_SHOWN: Final = 100
_ANSWERS: Final[Mapping[str, str]] = {
    "accepted": "övertagen",
    "declined": "avböjd",
    "taken_by_another": "övertagen av någon annan",
}

Completing = Annotated[User, Depends(may_complete)]

router = APIRouter()


@router.get("/lamna-over")
async def leaving(
    request: Request, runtime: RuntimeOf, names: NamesOf, user: Completing, av: str = "", klara: str = ""
) -> Response:
    """What one worker has taken over. ``av``: whose; one's own without it. ``klara``: how many were just offered."""
    return await _page(request, runtime, names, user, av or user.worker_id, done=_said(klara))


@router.get("/lamna-over/antal")
async def number(request: Request, runtime: RuntimeOf, user: Completing, av: str = "") -> HTMLResponse:
    """How many one worker has taken over, for a page of another service that leads here."""
    worker = av or user.worker_id
    check_may_act_for(user, worker)
    async with runtime.pool.acquire() as connection:
        count = await handover_store.taken_count(connection, worker)
    return PAGES.page(request, "leaving_number.html", {"worker": worker, "count": count})


@router.post("/lamna-over")
async def offer_all(
    request: Request, runtime: RuntimeOf, names: NamesOf, user: Completing, filled: Annotated[HandOverForm, Form()]
) -> Response:
    """Offers each that was ticked to its receiver. Offered once more to the same colleague it changes nothing, and
    counts as offered."""
    try:
        of = user_id(filled.av, "av")
        check_may_act_for(user, of)
        offers = {_id_of(each.piece): each for each in filled.offers()}
        refused = await _each(runtime, user, {key: OfferFollowUp(each.to, of) for key, each in offers.items()})
    except Forbidden:
        raise
    except Refused as refusal:
        return await _page(request, runtime, names, user, filled.av, refused=refusal, filled=filled)
    refused = await _without_those_asked_already(runtime, refused, offers)
    done = len(offers) - len(refused)
    if refused:
        return await _page(request, runtime, names, user, of, done=_said(str(done)), unsaid=refused)
    return RedirectResponse(f"/uppfoljningar/lamna-over?av={of}&klara={done}", status_code=303)


@router.post("/ta-over")
async def accept_all(runtime: RuntimeOf, user: Completing, filled: Annotated[Ticked, Form()]) -> Response:
    """Takes over those that were ticked: what is no longer offered does not hinder the rest."""
    chosen = [_id_of(each) for each in filled.pieces()]
    command = TakeFollowUp(user.worker_id, only_if_asked=True)
    refused = await _each(runtime, user, dict.fromkeys(chosen, command))
    address = f"/uppfoljningar?roll=mina&tagna={len(chosen) - len(refused)}&nekade={len(refused)}"
    return RedirectResponse(address, status_code=303)


async def _each(runtime: Runtime, user: User, wanted: Mapping[UUID, Registration]) -> list[RefusedPiece]:
    """Carries each out in a unit of its own, one after the other; those that were refused."""
    refused = []
    for follow_up_id, command in wanted.items():
        try:
            async with runtime.unit(user.actor) as unit:
                await commands.register(unit, follow_up_id, command)
        except Refused as refusal:
            refused.append(RefusedPiece(str(follow_up_id), refusal.message))
    return refused


async def _without_those_asked_already(
    runtime: Runtime, refused: Sequence[RefusedPiece], offers: Mapping[UUID, Offered]
) -> list[RefusedPiece]:
    """A refusal because the same colleague has been asked already is none: the button was pressed twice."""
    left = []
    async with runtime.pool.acquire() as connection:
        for each in refused:
            entry = await store.find(connection, UUID(each.piece))
            if entry is None or entry.follow_up.offered_to != offers[UUID(each.piece)].to:
                left.append(each)
    return left


def _id_of(piece: str) -> UUID:
    try:
        return UUID(piece)
    except ValueError as error:
        raise Invalid("choice_not_valid", "Välj bland uppföljningarna i listan.", "chosen") from error


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
    filled: HandOverForm | None = None,
) -> Response:
    check_may_act_for(user, worker)
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        taken = await handover_store.taken(connection, worker, ALL_AT_ONCE)
        answered = await handover_store.answered(connection, worker, _ANSWERED_SHOWN)
        count = await handover_store.taken_count(connection, worker)
        workers = await handover_store.workers(connection)
    shown = await work_list.rows(request, names, [*taken, *answered], today)
    rows = list(zip(shown[: len(taken)], taken, strict=True))
    by_id = {str(row.follow_up_id): row for row in shown}
    values = {
        "rows": [(row, entry.follow_up) for row, entry in rows],
        "answered": _answers(shown[len(taken) :], answered),
        "count": count,
        "waiting": sum(entry.follow_up.offered_to is not None for entry in taken),
        "workers": [each for each in workers if each != worker],
        "everybody": workers,
        "unsaid": [(by_id.get(each.piece), each) for each in unsaid],
        "done": done,
        "refused": refused,
        "wrong": None if refused is None else refused.field,
        "filled": filled,
        "worker": worker,
        "mine": worker == user.worker_id,
        "for_others": user.has(COORDINATES),
    }
    return PAGES.page(request, "leaving.html", values, status=200 if refused is None else refused.status)


def _answers(rows: Sequence[work_list.Row], entries: Sequence[store.Entry]) -> list[tuple[work_list.Row, Any, str]]:
    """Each with its last offer, and in words what became of it."""
    offers = ((row, entry.follow_up.offer) for row, entry in zip(rows, entries, strict=True))
    return [(row, offer, _ANSWERS[offer.answer]) for row, offer in offers if offer is not None and offer.answer]


def _said(number: str) -> str | None:
    """What became of the list, from the number that the address carries; None where it carries none."""
    if not (number.isascii() and number.isdigit() and len(number) <= 3 and int(number)):
        return None
    return f"{_follow_ups(int(number))} väntar nu på kollegans svar, och ligger kvar där de är tills dess."


def _follow_ups(number: int) -> str:
    return f"{number} {'uppföljning' if number == 1 else 'uppföljningar'}"


def said_taken(taken: str, refused: str) -> str | None:
    """What became of what was ticked to be taken over, from the numbers that an address carries."""
    numbers = [int(each) if each.isascii() and each.isdigit() and len(each) <= 3 else 0 for each in (taken, refused)]
    parts = [
        f"Du har tagit över {_follow_ups(numbers[0])}." if numbers[0] else "",
        f"{_follow_ups(numbers[1])} gick inte att ta över: erbjudandet finns inte kvar." if numbers[1] else "",
    ]
    return " ".join(filter(None, parts)) or None
