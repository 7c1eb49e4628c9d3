"""Uppföljningar: the work lists as people see them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from contracts.events import local_date
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, from_script
from services.chassis.names import NameClient, NamesOf
from services.chassis.pages import token_of
from services.followup import store
from services.followup.domain.ledger import DueStatus
from services.followup.web import (
    absences,
    completing,
    escalated,
    follow_up,
    leaving,
    notices,
    time_limits,
    work_list,
)
from services.followup.web.labels import of_samplan, point_label
from services.followup.web.whose import MINE, on_day, tabs, whose
from services.followup.web.work_list import PAGES, SHOWN
from services.followup.work import WORKERS, may_look

Looking = Annotated[User, Depends(may_look)]

router = APIRouter(prefix="/uppfoljningar", include_in_schema=False)


@router.get("")
async def page(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: Looking,
    roll: str = "",
    klar: UUID | None = None,
    tagna: str = "",
    nekade: str = "",
) -> HTMLResponse:
    """``klar``: the follow-up that was just completed. ``tagna`` and ``nekade``: how many were just taken over, and
    how many could not be."""
    chosen, today = whose(roll, user), local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        found = await work_list.read(connection, chosen, today)
        done = await store.find(connection, klar) if klar else None
        mine = chosen.word == MINE
        offered = await store.offered(connection, user.worker_id, SHOWN[DueStatus.DUE]) if mine else []
    values = {
        **await work_list.values(request, names, found),
        "tabs": tabs(user),
        "offered": await work_list.rows(request, names, offered, today),
        "taken": leaving.said_taken(tagna, nekade),
        "may_complete": user.has(*WORKERS),
        "done": await _completed_values(request, names, done),
    }
    return PAGES.page(request, "follow_ups.html", values)


@router.get("/nytt")
async def news(
    request: Request,
    runtime: RuntimeOf,
    user: Looking,
    mark: str = "",
    count: int = 0,
    roll: str = "",
    shown: str = "",
) -> Response:
    """What has changed since the list was shown. Reads no name; 204 while there is nothing to add."""
    chosen = whose(roll, user)
    async with runtime.pool.acquire() as connection:
        found = await work_list.read(connection, chosen, local_date(runtime.clock.now()))
    text = "" if found.seen.mark == mark else _news(found.seen.count - count)
    if text == shown:
        return Response(status_code=204)
    values = {"text": text, "role_word": chosen.word}
    return PAGES.page(request, "news.html", values) if text else Response("")


@router.get("/kommande")
async def upcoming(
    request: Request, runtime: RuntimeOf, names: NamesOf, user: Looking, roll: str = ""
) -> HTMLResponse:
    chosen, today, limit = whose(roll, user), local_date(runtime.clock.now()), SHOWN[DueStatus.UPCOMING]
    async with runtime.pool.acquire() as connection:
        chosen = await on_day(connection, chosen, today)
        entries = await store.work_list(connection, chosen.work_list, DueStatus.UPCOMING, today, limit)
        counts = await store.count(connection, chosen.work_list, today)
    values = {
        "rows": await work_list.rows(request, names, entries, today, chosen.away),
        "count": counts[DueStatus.UPCOMING],
        "role_word": chosen.word,
    }
    return PAGES.page(request, "upcoming.html" if from_script(request) else "upcoming_page.html", values)


async def _completed_values(request: Request, names: NameClient, entry: store.Entry | None) -> dict[str, Any] | None:
    """What the page confirms after a form without scripts."""
    if entry is None or entry.follow_up.state != "completed":
        return None
    names_of = await names.of([entry.case_id], token_of(request))
    return {
        "follow_up_id": entry.follow_up.terms.follow_up_id,
        "point": point_label(entry.follow_up.terms),
        "case_id": entry.case_id,
        "name": names_of.get(entry.case_id),
        "with_samplan": of_samplan(entry.follow_up.terms),
    }


def _news(more: int) -> str:
    """What to announce of a list that has changed and grown by so many."""
    if more <= 0:
        return "Listan har ändrats"
    return f"{more} {'ny uppföljning' if more == 1 else 'nya uppföljningar'} att göra"


# After the addresses above, which their variable ones would take for the id of a follow-up.
router.include_router(notices.router)
router.include_router(time_limits.router)
router.include_router(escalated.router)
router.include_router(absences.router)
router.include_router(leaving.router)
router.include_router(completing.router)
router.include_router(follow_up.router)
