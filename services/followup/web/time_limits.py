"""Tidsgränser: what is waited for by the clocks of the insatser, what has passed first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from contracts.events import local_date
from services.chassis.auth import User
from services.chassis.http import RuntimeOf
from services.chassis.names import NamesOf
from services.chassis.pages import token_of
from services.followup import time_limit_store
from services.followup.time_limit_store import TimeLimitRow
from services.followup.web.labels import clock_label, informed_label, insats_label
from services.followup.web.work_list import PAGES
from services.followup.work import may_look

# Together no more than the names that the vault answers at once.
_PASSED: Final = 150
_RUNNING: Final = 100


@dataclass(frozen=True)
class Row:
    """A time limit as it is shown. ``days``: so many left, or so many past it. ``informed``: who is to know."""

    case_id: UUID
    name: str | None
    insats: str
    clock: str
    started_on: date
    limit_on: date
    days: int
    informed: str


router = APIRouter(prefix="/tidsgranser")


@router.get("")
async def page(
    request: Request, runtime: RuntimeOf, names: NamesOf, _user: Annotated[User, Depends(may_look)]
) -> HTMLResponse:
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        counts = await time_limit_store.counts(connection, today)
        passed = await time_limit_store.passed(connection, today, _PASSED)
        running = await time_limit_store.running(connection, today, _RUNNING)
    names_of = await names.of([each.case_id for each in (*passed, *running)], token_of(request))
    values = {
        "counts": counts,
        "passed": _rows(passed, names_of, today),
        "running": _rows(running, names_of, today),
    }
    return PAGES.page(request, "time_limits.html", values)


def _rows(limits: Iterable[TimeLimitRow], names_of: Mapping[UUID, str], today: date) -> list[Row]:
    return [
        Row(
            case_id=each.case_id,
            name=names_of.get(each.case_id),
            insats=insats_label(each.rule.insats),
            clock=clock_label(each),
            started_on=each.started_on,
            limit_on=each.limit_on,
            days=abs((each.limit_on - today).days),
            informed=informed_label(each),
        )
        for each in limits
    ]
