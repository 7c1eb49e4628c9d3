"""Aviseringar: what somebody wants to be told of outside Samspel, and the calendar feed for whoever has its token."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from contracts.problems import Conflict, NotFound, Refused
from services.chassis import mail
from services.chassis.auth import User
from services.chassis.http import RuntimeOf
from services.chassis.runtime import Runtime
from services.followup import notice_store, notices, store
from services.followup.domain.notices import last_begun, mail_address
from services.followup.letter import CHOICES
from services.followup.notice_store import Subscription
from services.followup.web import calendar
from services.followup.web.work_list import PAGES
from services.followup.work import default_role, may_complete

Choosing = Annotated[User, Depends(may_complete)]

_DONE: Final = {
    "epost": "Sparat. Mejlet kommer nästa arbetsdag som det finns något att göra.",
    "epost-av": "Avstängt. Adressen är borttagen.",
    "kalender-av": "Kalenderadressen är borttagen. Den går inte att använda längre.",
}
_FEEDS: Final = "/uppfoljningar/kalender"
_FILE: Final = re.compile(r"([A-Za-z0-9_-]{43})\.ics", re.ASCII)
# More than anybody has to do.
_MOST: Final = 500
_HEADERS: Final = {
    "cache-control": "private, max-age=300",
    "content-disposition": 'inline; filename="uppfoljningar.ics"',
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class DigestForm(BaseModel):
    """Where the daily digest is to be sent."""

    address: Annotated[str, Field(max_length=1000)] = ""


router = APIRouter()


@router.get("/aviseringar")
async def page(request: Request, runtime: RuntimeOf, user: Choosing, klar: str = "") -> Response:
    return await _page(request, runtime, user, done=_DONE.get(klar))


@router.post("/aviseringar/epost")
async def choose(
    request: Request, runtime: RuntimeOf, user: Choosing, filled: Annotated[DigestForm, Form()]
) -> Response:
    if mail.mail_server(runtime.settings) is None:
        raise Conflict("mail_not_set", "Mejl är inte inställt i den här installationen.")
    try:
        address = mail_address(filled.address, "address")
        async with runtime.unit(user.actor) as unit:
            begins = last_begun(unit.now, runtime.settings.digest_at)
            await notices.choose_digest(unit, Subscription(user.worker_id, default_role(user), address, begins))
    except Refused as refused:
        return await _page(request, runtime, user, refused=refused, filled=filled.address)
    return RedirectResponse(f"{CHOICES}?klar=epost", status_code=303)


@router.post("/aviseringar/epost/av")
async def turn_off(runtime: RuntimeOf, user: Choosing) -> Response:
    async with runtime.unit(user.actor) as unit:
        await notice_store.turn_off(unit.conn, user.worker_id)
    return RedirectResponse(f"{CHOICES}?klar=epost-av", status_code=303)


@router.post("/aviseringar/kalender")
async def make_feed(request: Request, runtime: RuntimeOf, user: Choosing) -> Response:
    """Answers with the page itself: an address with the token in it to be led to would be kept in the history."""
    async with runtime.unit(user.actor) as unit:
        token = await notices.make_feed(unit, user.worker_id)
    return await _page(request, runtime, user, token=token)


@router.post("/aviseringar/kalender/av")
async def revoke_feed(runtime: RuntimeOf, user: Choosing) -> Response:
    async with runtime.unit(user.actor) as unit:
        await notice_store.revoke_feed(unit.conn, user.worker_id)
    return RedirectResponse(f"{CHOICES}?klar=kalender-av", status_code=303)


@router.get("/kalender/{name}")
async def feed(name: str, request: Request, runtime: RuntimeOf) -> Response:
    """The follow-ups of whoever has the token, for a calendar. Without signing in: a calendar cannot."""
    found = _FILE.fullmatch(name)
    async with runtime.pool.acquire() as connection:
        worker_id = await notices.ask_feed(connection, found[1], runtime.clock.now()) if found else None
        entries = await store.whole_of_worker(connection, worker_id, _MOST) if worker_id else []
    if worker_id is None:
        raise NotFound("calendar_unknown", "Det finns ingen kalender på den här adressen. Den kan vara borttagen.")
    text = calendar.of_follow_ups(entries, _public_url(request, runtime), runtime.clock.now())
    return Response(text, media_type="text/calendar", headers=_HEADERS)


async def _page(
    request: Request,
    runtime: Runtime,
    user: User,
    *,
    done: str | None = None,
    refused: Refused | None = None,
    filled: str | None = None,
    token: str | None = None,
) -> Response:
    async with runtime.pool.acquire() as connection:
        chosen = await notice_store.chosen(connection, user.worker_id)
        has_feed = await notice_store.feed(connection, user.worker_id)
    values: dict[str, Any] = {
        "mails": mail.mail_server(runtime.settings) is not None,
        "at": runtime.settings.digest_at,
        "chosen": chosen,
        "feed": has_feed,
        "address": f"{_public_url(request, runtime)}{_FEEDS}/{token}.ics" if token else None,
        "filled": filled if filled is not None else chosen.address if chosen else "",
        "done": done,
        "refused": refused,
    }
    return PAGES.page(request, "notices.html", values, status=refused.status if refused else 200)


def _public_url(request: Request, runtime: Runtime) -> str:
    """Where people reach Samspel: as the settings say, else as whoever asks has reached it."""
    return (runtime.settings.public_url or str(request.base_url)).rstrip("/")
