"""Consultations noted with one click, and counted by month for the association."""

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
from services.referral import commands, consultation_store
from services.referral.consultation_api import CaseWorker, Reader
from services.referral.domain.consultation import OTHER, ConsultationRow, HoldConsultation
from services.referral.web.month_table import asker_label, month_table

_SHOWN: Final = 50
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_PLACE: Final = "/konsultationer"


class Noted(BaseModel):
    """What the form sends: which button was pressed, and what stood in the lists."""

    consultation_id: UUID
    insats: Code
    held_on: Day
    asker: Code
    forum: Code
    topic: Code
    led_to: Code

    def command(self, today: date) -> HoldConsultation:
        """What is asked of the domain."""
        insats = INSATSER.get(self.insats)
        return HoldConsultation(insats, self.held_on, self.asker, self.forum, self.topic, self.led_to, today)


class Choices(BaseModel):
    """What the lists show first: what was chosen last."""

    forum: Code = "booked_time"
    topic: Code = "other"
    led_to: Code = "nothing"
    noted: bool = False
    gone: bool = Field(default=False, description="One was taken back just now.")


def consultations_router() -> APIRouter:
    """The pages under /konsultationer."""
    router = APIRouter(prefix=_PLACE, include_in_schema=False)

    @router.get("")
    async def whole(
        request: Request,
        runtime: RuntimeOf,
        user: Reader,
        choices: Annotated[Choices, Query()],
        insats: Code | None = None,
        ar: Annotated[int | None, Query(ge=EARLIEST.year, le=LATEST.year)] = None,
    ) -> Response:
        today = local_date(runtime.clock.now())
        shown = _chosen(insats)
        values = await _values(runtime, user, shown, ar or today.year, choices, today)
        return _PAGES.page(request, "consultations.html", values)

    @router.post("")
    async def note(
        request: Request, runtime: RuntimeOf, user: CaseWorker, noted: Annotated[Noted, Form()]
    ) -> Response:
        chosen = Choices(forum=noted.forum, topic=noted.topic, led_to=noted.led_to, noted=True)
        try:
            async with runtime.unit(user.actor) as unit:
                await commands.hold_consultation(unit, noted.consultation_id, noted.command(unit.today))
        except Invalid as wrong:
            today = local_date(runtime.clock.now())
            unnoted = chosen.model_copy(update={"noted": False})
            values = await _values(runtime, user, _chosen(noted.insats), today.year, unnoted, today)
            again = {**values, "wrong": wrong.message, "held_on": noted.held_on}
            return _PAGES.page(request, "consultations.html", again, status=422)
        kept = "&".join(f"{name}={getattr(chosen, name)}" for name in ("forum", "topic", "led_to"))
        place = f"{_PLACE}?insats={noted.insats}&ar={noted.held_on.year}&{kept}&noted=1"
        return RedirectResponse(place, status_code=303)

    @router.post("/{consultation_id}/felregistrerad")
    async def take_back(
        consultation_id: UUID,
        runtime: RuntimeOf,
        user: CaseWorker,
        insats: Annotated[Code, Form()],
        ar: Annotated[int, Form(ge=EARLIEST.year, le=LATEST.year)],
    ) -> Response:
        async with runtime.unit(user.actor) as unit:
            await commands.take_back_consultation(unit, consultation_id)
        return RedirectResponse(f"{_PLACE}?insats={insats}&ar={ar}&gone=1", status_code=303)

    return router


def _consulted() -> Sequence[Insats]:
    """The insatser that some version of which is open to consultations, by name."""
    found = (each for each in INSATSER.values() if any(rule.consultation_askers for rule in each.versions))
    return sorted(found, key=lambda each: each.name)


def _chosen(insats_id: str | None) -> Insats:
    """The insats to show; the first if none is named. Raises NotFound."""
    consulted = _consulted()
    if insats_id is None:
        return consulted[0]
    found = next((each for each in consulted if each.id == insats_id), None)
    if found is None:
        raise NotFound("insats_unknown", "Ingen sådan insats tar emot konsultationer.")
    return found


async def _values(
    runtime: Runtime, user: User, insats: Insats, year: int, choices: Choices, today: date
) -> Mapping[str, Any]:
    async with runtime.pool.acquire() as connection:
        rows = await consultation_store.newest(connection, insats.id, year, _SHOWN)
        counted = await consultation_store.counted(connection, insats.id, year)
    rule = insats.rule_on(today)
    askers = (*(rule.consultation_askers if rule else ()), OTHER)
    return {
        "insats": insats,
        "insatser": _consulted(),
        "year": year,
        "this_year": today.year,
        "askers": [(code, asker_label(insats, code)) for code in askers] if len(askers) > 1 else [],
        "forums": words()["consultation_forums"],
        "topics": words()["consultation_topics"],
        "outcomes": words()["consultation_outcomes"],
        "choices": choices,
        "consultation_id": uuid4(),
        "held_on": today,
        "rows": [_shown(insats, row) for row in rows],
        "more": len(rows) == _SHOWN,
        "table": month_table(counted, partial(asker_label, insats), last=OTHER),
        "may_note": user.has(Role.COORDINATOR) or user.has(Role.LOTS),
        "wrong": None,
    }


def _shown(insats: Insats, row: ConsultationRow) -> Mapping[str, Any]:
    return {
        "consultation_id": row.consultation_id,
        "held_on": row.held_on,
        "asker": asker_label(insats, row.asker),
        "forum": word_label("consultation_forums", row.forum),
        "topic": word_label("consultation_topics", row.topic),
        "led_to": word_label("consultation_outcomes", row.led_to),
    }
