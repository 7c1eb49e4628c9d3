"""The queue to an insats, by its order, with the days each has waited."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from contracts.catalogue import AGENCIES, INSATSER
from contracts.catalogue.vocabulary import words
from contracts.codes import Role
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.pages import Pages
from services.chassis.project_leaders import CASEWORK, require_insats, seen_by
from services.referral import commands, pause_store, queue_store
from services.referral.contact_api import CHANNELS
from services.referral.domain.contact import NoteContact
from services.referral.domain.pause import Paused
from services.referral.domain.permissions import PERMISSIONS, Act, CaseState, may
from services.referral.domain.queue_order import (
    by_priority,
    counted_since,
    priority_texts,
    quotas,
    rule_on_or_latest,
)
from services.referral.domain.waiting import Standing
from services.referral.names import NAMELESS, read_names
from services.referral.vault import Vault
from services.referral.web.shortcuts import shortcut_of

SHOWN: Final = 50
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_PURPOSE: Final = "name in the queue to an insats"

_Coordinator = Annotated[User, Depends(signed_in(*sorted(PERMISSIONS[Act.NOTE_CONTACT].roles)))]
_Reader = Annotated[User, Depends(signed_in(*CASEWORK, Role.PROJECT_LEADER))]


def queue_pages(vault: Vault) -> APIRouter:
    """The page /anmalningar/ko."""
    router = APIRouter(include_in_schema=False)

    @router.get("/anmalningar/ko")
    async def queue(
        request: Request,
        runtime: RuntimeOf,
        user: _Reader,
        insats: Annotated[Code | None, Query()] = None,
        efter: UUID | None = None,
        noterad: UUID | None = None,
        handelse: UUID | None = None,
    ) -> Response:
        """A project leader sees the queues to the insatser they lead, and opens no case."""
        if insats is not None:
            require_insats(user, insats)
        async with runtime.unit(user.actor) as unit:
            paused = await pause_store.paused(unit.conn)
            every_length = await queue_store.lengths(unit.conn)
            lengths = {each: every_length[each] for each in seen_by(user, every_length)}
            chosen = insats or min(lengths, default=None)
            rows = [] if chosen is None else await queue_store.page(unit.conn, chosen, SHOWN + 1, efter)
            first = 0 if chosen is None else await queue_store.before(unit.conn, chosen, efter)
            shown = rows[:SHOWN]
            names = await read_names(unit, vault, [row.case_id for row in shown], user, _PURPOSE)
            waits = await queue_store.waits(unit.conn, ((row.case_id, row.referred_on) for row in shown), unit.today)
            today = unit.today
            standing = Standing(0, None, None)
            if chosen is not None:
                standing = await queue_store.standing_of(unit.conn, chosen, today)
            rule = rule_on_or_latest(INSATSER.get(chosen or ""), today)
            since = today if rule is None else counted_since(rule, today)
            taken_on = [] if chosen is None else await queue_store.taken_on(unit.conn, chosen, since)
            divided = [] if rule is None else list(quotas(rule, taken_on))
        values: dict[str, Any] = {
            "queues": {each: (_name(each), lengths[each]) for each in sorted(lengths, key=_name)},
            "chosen": chosen,
            "insats": None if chosen is None else _name(chosen),
            "after": efter or "",
            "noted": {"case_id": noterad, "name": names.get(noterad, ""), "event_id": handelse}
            if noterad and handelse
            else None,
            "channels": words()[CHANNELS],
            "may_note": _may_note(user),
            "paused_since": _paused_since(paused.get(chosen or "", {}), today),
            "by_priority": by_priority(INSATSER.get(chosen or ""), today),
            "quotas": divided,
            "counted_since": since,
            "standing": standing,
            "may_open_cases": user.has(*CASEWORK),
            "rows": [
                {
                    "case_id": row.case_id,
                    "name": names.get(row.case_id, NAMELESS),
                    "position": first + nth,
                    "unit": _UNITS.get(row.unit, row.unit) if names.shows_place(row.case_id) else None,
                    "referred_on": row.referred_on,
                    "incomplete": row.state is CaseState.INCOMPLETE,
                    "wait": waits[row.case_id],
                    "contacted_on": row.contacted_on,
                    "supported": row.supported,
                    "shortcut": shortcut_of(row),
                    "goes_first": priority_texts(INSATSER.get(chosen or ""), row.priorities),
                }
                for nth, row in enumerate(shown, start=1)
            ],
            "next": shown[-1].case_id if len(rows) > SHOWN else None,
        }
        return _PAGES.page(request, "referral_queue.html", values)

    @router.post("/anmalningar/{case_id}/kontakt")
    async def note(
        case_id: UUID,
        runtime: RuntimeOf,
        user: _Coordinator,
        insats: Annotated[Code, Form()],
        channel: Annotated[Code, Form()],
        reached: Annotated[bool, Form()] = False,
        efter: Annotated[UUID | Literal[""], Form()] = "",
    ) -> Response:
        async with runtime.unit(user.actor) as unit:
            command = NoteContact(channel, reached, unit.today, unit.today, frozenset(words()[CHANNELS]))
            [event] = await commands.carry_out(unit, vault, case_id, command)
        place = f"&efter={efter}" if efter else ""
        return RedirectResponse(
            f"/anmalningar/ko?insats={insats}{place}&noterad={case_id}&handelse={event.id}", status_code=303
        )

    @router.post("/anmalningar/{case_id}/kontakt/angra")
    async def take_back(
        case_id: UUID,
        runtime: RuntimeOf,
        user: _Coordinator,
        insats: Annotated[Code, Form()],
        event_id: Annotated[UUID, Form()],
    ) -> Response:
        async with runtime.unit(user.actor) as unit:
            await commands.take_back_contact(unit, case_id, event_id)
        return RedirectResponse(f"/anmalningar/ko?insats={insats}", status_code=303)

    return router


_UNITS: Final = {unit.id: unit.name for agency in AGENCIES.values() for unit in agency.units}


def _name(insats: str) -> str:
    return INSATSER[insats].name if insats in INSATSER else insats


def _may_note(user: User) -> bool:
    return may(Act.NOTE_CONTACT, user.roles)


def _paused_since(shut: Paused, today: date) -> date | None:
    return min((since for since in shut.values() if since <= today), default=None)
