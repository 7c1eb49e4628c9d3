"""The queue to an insats, by its order, with the days each has waited."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from contracts.catalogue import AGENCIES, INSATSER
from contracts.codes import Role
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.pages import Pages
from services.referral import queue_store
from services.referral.domain.permissions import CaseState
from services.referral.names import read_names
from services.referral.vault import Vault

SHOWN: Final = 50
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_PURPOSE: Final = "name in the queue to an insats"

_Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]


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
    ) -> Response:
        async with runtime.unit(user.actor) as unit:
            lengths = await queue_store.lengths(unit.conn)
            chosen = insats or min(lengths, default=None)
            rows = [] if chosen is None else await queue_store.page(unit.conn, chosen, SHOWN + 1, efter)
            first = 0 if chosen is None else await queue_store.before(unit.conn, chosen, efter)
            shown = rows[:SHOWN]
            names = await read_names(unit, vault, [row.case_id for row in shown], user, _PURPOSE)
            waits = await queue_store.waits(unit.conn, ((row.case_id, row.referred_on) for row in shown), unit.today)
            today = unit.today
        values: dict[str, Any] = {
            "queues": {each: (_name(each), lengths[each]) for each in sorted(lengths, key=_name)},
            "chosen": chosen,
            "insats": None if chosen is None else _name(chosen),
            "by_priority": _order(chosen, today) == "priority",
            "queued": lengths.get(chosen or "", 0),
            "rows": [
                {
                    "case_id": row.case_id,
                    "name": names.get(row.case_id, "Namn saknas"),
                    "position": first + nth,
                    "unit": _UNITS.get(row.unit, row.unit) if names.shows_place(row.case_id) else None,
                    "referred_on": row.referred_on,
                    "incomplete": row.state is CaseState.INCOMPLETE,
                    "wait": waits[row.case_id],
                }
                for nth, row in enumerate(shown, start=1)
            ],
            "next": shown[-1].case_id if len(rows) > SHOWN else None,
        }
        return _PAGES.page(request, "referral_queue.html", values)

    return router


_UNITS: Final = {unit.id: unit.name for agency in AGENCIES.values() for unit in agency.units}


def _name(insats: str) -> str:
    return INSATSER[insats].name if insats in INSATSER else insats


def _order(insats: str | None, today: date) -> str | None:
    found = INSATSER.get(insats or "")
    rule = None if found is None else found.rule_on(today)
    return None if rule is None or rule.queue is None else rule.queue.order
