"""Lyfta: what is late and was brought up with the coordinators or the project leader."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from contracts.catalogue.vocabulary import words
from contracts.events import local_date
from services.chassis.auth import User
from services.chassis.http import RuntimeOf
from services.chassis.names import NamesOf
from services.followup import store
from services.followup.web import work_list
from services.followup.web.work_list import PAGES
from services.followup.work import may_look

# No more together than the names that the vault answers at once.
_SHOWN: Final = 120
_ABOVE: Final = ("manager", "coordinator")

router = APIRouter(prefix="/lyfta")


@router.get("")
async def page(
    request: Request, runtime: RuntimeOf, names: NamesOf, _user: Annotated[User, Depends(may_look)]
) -> HTMLResponse:
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        found = {each: await store.escalated(connection, each, _SHOWN) for each in _ABOVE}
        counts = await store.escalated_counts(connection)
    sections = [
        (words()["reminded"][each], await work_list.rows(request, names, found[each], today), counts.get(each, 0))
        for each in _ABOVE
    ]
    return PAGES.page(request, "escalated.html", {"sections": sections})
