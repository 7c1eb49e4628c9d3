"""People put forward in a preparing group, noted with one click and counted by month for the association."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from contracts.catalogue import INSATSER, Insats
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import Role
from contracts.events import local_date
from contracts.model import Code
from contracts.problems import Invalid, NotFound
from services.chassis.auth import User
from services.chassis.http import RuntimeOf
from services.chassis.inputs import EARLIEST, LATEST, Day
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.referral import commands, put_forward_store
from services.referral.consultation_api import CaseWorker, Reader
from services.referral.domain.put_forward import PutForward, PutForwardRow
from services.referral.web.month_table import asker_label, month_table

_SHOWN: Final = 50
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_PLACE: Final = "/konsultationer/aktualiserade"


class Noted(BaseModel):
    """What the form sends: which button was pressed, and what stood in the fields."""

    put_forward_id: UUID
    insats: Code
    met_on: Day
    by: Code
    led_to: Code

    def command(self, today: date) -> PutForward:
        """What is asked of the domain."""
        return PutForward(INSATSER.get(self.insats), self.met_on, self.by, self.led_to, today)


class Shown(BaseModel):
    """What the page says and shows first: what was chosen last, and whether something was noted or taken back."""

    led_to: Code = "nothing"
    noted: bool = False
    gone: bool = Field(default=False, description="One was taken back just now.")


def put_forward_pages() -> APIRouter:
    """The pages under /konsultationer/aktualiserade."""
    router = APIRouter(prefix=_PLACE, include_in_schema=False)

    @router.get("")
    async def whole(
        request: Request,
        runtime: RuntimeOf,
        user: Reader,
        shown: Annotated[Shown, Query()],
        insats: Code | None = None,
        ar: Annotated[int | None, Query(ge=EARLIEST.year, le=LATEST.year)] = None,
    ) -> Response:
        today = local_date(runtime.clock.now())
        values = await _values(runtime, user, _chosen(insats), ar or today.year, shown, today)
        return _PAGES.page(request, "put_forward.html", values)

    @router.post("")
    async def note(
        request: Request, runtime: RuntimeOf, user: CaseWorker, noted: Annotated[Noted, Form()]
    ) -> Response:
        try:
            async with runtime.unit(user.actor) as unit:
                await commands.note_put_forward(unit, noted.put_forward_id, noted.command(unit.today))
        except Invalid as wrong:
            today = local_date(runtime.clock.now())
            shown = Shown(led_to=noted.led_to)
            values = await _values(runtime, user, _chosen(noted.insats), today.year, shown, today)
            again = {**values, "wrong": wrong.message, "met_on": noted.met_on}
            return _PAGES.page(request, "put_forward.html", again, status=422)
        place = f"{_PLACE}?insats={noted.insats}&ar={noted.met_on.year}&led_to={noted.led_to}&noted=1"
        return RedirectResponse(place, status_code=303)

    @router.post("/{put_forward_id}/felregistrerad")
    async def take_back(
        put_forward_id: UUID,
        runtime: RuntimeOf,
        user: CaseWorker,
        insats: Annotated[Code, Form()],
        ar: Annotated[int, Form(ge=EARLIEST.year, le=LATEST.year)],
    ) -> Response:
        async with runtime.unit(user.actor) as unit:
            await commands.take_back_put_forward(unit, put_forward_id)
        return RedirectResponse(f"{_PLACE}?insats={insats}&ar={ar}&gone=1", status_code=303)

    return router


def groups() -> Sequence[Insats]:
    """The groups in which people are put forward by some version of their rule, by name."""
    found = (each for each in INSATSER.values() if any(rule.put_forward_by for rule in each.versions))
    return sorted(found, key=lambda each: each.name)


def _chosen(insats_id: str | None) -> Insats:
    """The group to show; the first if none is named. Raises NotFound."""
    known = groups()
    found = next((each for each in known if insats_id in {None, each.id}), None)
    if found is None:
        raise NotFound("insats_unknown", "I ingen sådan grupp aktualiseras personer.")
    return found


async def _values(
    runtime: Runtime, user: User, insats: Insats, year: int, shown: Shown, today: date
) -> Mapping[str, Any]:
    async with runtime.pool.acquire() as connection:
        rows = await put_forward_store.newest(connection, insats.id, year, _SHOWN)
        counted = await put_forward_store.counted(connection, insats.id, year)
    rule = insats.rule_on(today)
    return {
        "insats": insats,
        "insatser": groups(),
        "year": year,
        "parties": {code: asker_label(insats, code) for code in (rule.put_forward_by if rule else ())},
        "outcomes": words()["put_forward_outcomes"],
        "shown": shown,
        "put_forward_id": uuid4(),
        "met_on": today,
        "rows": [_row(insats, row) for row in rows],
        "more": len(rows) == _SHOWN,
        "table": month_table(counted, partial(asker_label, insats)),
        "may_note": user.has(Role.COORDINATOR) or user.has(Role.LOTS),
        "wrong": None,
    }


def _row(insats: Insats, row: PutForwardRow) -> Mapping[str, Any]:
    return {
        "put_forward_id": row.put_forward_id,
        "met_on": row.met_on,
        "by": asker_label(insats, row.put_by),
        "led_to": word_label("put_forward_outcomes", row.led_to),
    }
