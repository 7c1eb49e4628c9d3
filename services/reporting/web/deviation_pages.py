"""Avvikelser: reported by those who work in the co-operation, listed, and closed by the office."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from contracts.catalogue import INSATSER
from contracts.codes import DeviationKind, DeviationMeasure, Member, Role
from contracts.events import local_date
from contracts.labels import actor_label, label
from contracts.problems import Invalid, Refused
from services.chassis.auth import User
from services.chassis.http import RuntimeOf
from services.chassis.inputs import Day, Text
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.chassis.unit import Unit
from services.reporting import commands, deviation_store
from services.reporting.deviation_api import LISTED, Office, Reporter, sight_of
from services.reporting.domain.deviations import MOST_WORDS, Deviation, NewDeviation, Wanted, areas, units
from services.reporting.domain.report import insats_name
from services.reporting.web.periods import latest_year, today_of
from services.reporting.web.tables import capital

DEVIATIONS: Final = "/avvikelser"

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_DONE: Final = {
    "rapporterad": "Avvikelsen är rapporterad till kansliet.",
    "avslutad": "Avvikelsen är avslutad.",
    "oppen": "Avvikelsen är öppen igen.",
    "tillbaka": "Avvikelsen räknas inte längre.",
    "borttagen": "Texten är borttagen. Avvikelsen räknas.",
}
_OPEN: Final = {"oppna": True, "avslutade": False}
_Chosen = Annotated[Text, Field(max_length=60)]
# Rows of a text area end with a line break each.
_Written = Annotated[str, Field(max_length=2 * MOST_WORDS)]
C = TypeVar("C", bound=StrEnum)


class DeviationForm(BaseModel):
    """``avvikelse``: chosen when the form was made, so that it is reported once however often it is sent."""

    avvikelse: UUID
    dag: Day
    omrade: _Chosen
    slag: _Chosen
    vad: _Written
    part: _Chosen = ""
    enhet: _Chosen = ""
    insats: _Chosen = ""

    def new(self) -> NewDeviation:
        """What is asked of the domain. Raises Invalid with the field that is wrong."""
        kind = _one_of(DeviationKind, self.slag, "Välj vad det gäller.", "slag")
        member = _one_of(Member, self.part, "Välj en part, eller ingen.", "part") if self.part else None
        return NewDeviation(
            self.dag, self.omrade, kind, _words(self.vad, "vad"), member, self.enhet or None, self.insats or None
        )


class ClosingForm(BaseModel):
    """What was done, as a word and in words."""

    atgard: _Chosen
    gjort: _Written = ""


class Choice(BaseModel):
    """What the list is narrowed to; empty for everything."""

    part: _Chosen = ""
    omrade: _Chosen = ""
    slag: _Chosen = ""
    lage: _Chosen = ""
    klar: _Chosen = ""

    def wanted(self) -> Wanted:
        """Raises Invalid for words that the form does not have."""
        return Wanted(
            member=_one_of(Member, self.part, "Välj en part i listan.", "part") if self.part else None,
            area=self.omrade or None,
            kind=_one_of(DeviationKind, self.slag, "Välj ett slag i listan.", "slag") if self.slag else None,
            open_still=_OPEN.get(self.lage),
        )


def deviation_router() -> APIRouter:
    """The pages under /avvikelser."""
    router = APIRouter(prefix=DEVIATIONS, include_in_schema=False)

    @router.get("")
    async def listed(
        request: Request, runtime: RuntimeOf, user: Reporter, choice: Annotated[Choice, Query()]
    ) -> Response:
        return await _list(request, runtime, user, choice)

    @router.post("")
    async def report(
        request: Request, runtime: RuntimeOf, user: Reporter, form: Annotated[DeviationForm, Form()]
    ) -> Response:
        try:
            new = form.new()
            async with runtime.unit(user.actor) as unit:
                await commands.report_deviation(unit, form.avvikelse, new)
        except Refused as refused:
            return await _list(request, runtime, user, Choice(), refused=refused, filled=form)
        return _done("rapporterad")

    @router.post("/{deviation_id}/avsluta")
    async def close(
        request: Request,
        deviation_id: UUID,
        runtime: RuntimeOf,
        user: Office,
        form: Annotated[ClosingForm, Form()],
    ) -> Response:
        async def act(unit: Unit) -> Deviation:
            measure = _one_of(DeviationMeasure, form.atgard, "Välj vad som gjordes.", "atgard")
            done = _words(form.gjort, "gjort") if form.gjort.strip() else None
            return await commands.close_deviation(unit, deviation_id, measure, done)

        return await _acted(request, runtime, user, act, "avslutad")

    @router.post("/{deviation_id}/oppna-igen")
    async def reopen(request: Request, deviation_id: UUID, runtime: RuntimeOf, user: Office) -> Response:
        return await _acted(
            request, runtime, user, lambda unit: commands.reopen_deviation(unit, deviation_id), "oppen"
        )

    @router.post("/{deviation_id}/ta-tillbaka")
    async def take_back(request: Request, deviation_id: UUID, runtime: RuntimeOf, user: Office) -> Response:
        return await _acted(
            request, runtime, user, lambda unit: commands.take_back_deviation(unit, deviation_id), "tillbaka"
        )

    @router.post("/{deviation_id}/ta-bort-texten")
    async def remove_words(request: Request, deviation_id: UUID, runtime: RuntimeOf, user: Office) -> Response:
        return await _acted(
            request, runtime, user, lambda unit: commands.remove_words(unit, deviation_id), "borttagen"
        )

    return router


async def _acted(
    request: Request,
    runtime: Runtime,
    user: User,
    act: Callable[[Unit], Awaitable[Deviation]],
    done: str,
) -> Response:
    """What the office does with a deviation, and back to the list."""
    try:
        async with runtime.unit(user.actor) as unit:
            await act(unit)
    except Refused as refused:
        return await _list(request, runtime, user, Choice(), refused=refused)
    return _done(done)


def _done(done: str) -> Response:
    return RedirectResponse(f"{DEVIATIONS}?{urlencode({'klar': done})}", status_code=303)


async def _list(
    request: Request,
    runtime: Runtime,
    user: User,
    choice: Choice,
    *,
    refused: Refused | None = None,
    filled: DeviationForm | None = None,
) -> Response:
    today = today_of(runtime)
    async with runtime.pool.acquire() as connection:
        found = await deviation_store.newest(connection, sight_of(user), choice.wanted(), LISTED + 1)
    values: dict[str, Any] = {
        "deviations": [_shown(each, runtime) for each in found[:LISTED]],
        "more": len(found) > LISTED,
        "choice": choice,
        "narrowed": any((choice.part, choice.omrade, choice.slag, choice.lage)),
        "year": latest_year(today),
        "areas": areas(),
        "members": {each.value: capital(label(each)) for each in Member},
        "kinds": {each.value: label(each) for each in DeviationKind},
        "measures": {each.value: label(each) for each in DeviationMeasure},
        "units": units(),
        "insatser": {each.id: each.name for each in sorted(INSATSER.values(), key=lambda each: each.name)},
        "most": MOST_WORDS,
        "may_close": user.has(Role.OFFICE),
        "new_id": filled.avvikelse if filled else uuid4(),
        "filled": filled,
        "done": _DONE.get(choice.klar),
        "refused": refused,
        "wrong": None if refused is None or filled is None else _FIELDS.get(refused.field or "", refused.field),
    }
    return _PAGES.page(request, "deviations.html", values, status=200 if refused is None else refused.status)


_FIELDS: Final = {"happened_on": "dag", "area": "omrade", "unit": "enhet", "what": "vad"}
"""The form's fields by those of the domain; the others are called alike."""


def _shown(deviation: Deviation, runtime: Runtime) -> dict[str, Any]:
    reported_on = local_date(deviation.reported_at)
    return {
        "id": deviation.deviation_id,
        "happened_on": deviation.happened_on,
        "reported_on": reported_on,
        "by": actor_label(deviation.reported_by),
        "area": areas().get(deviation.area, deviation.area),
        "member": "Ingen part" if deviation.member is None else capital(label(deviation.member)),
        "kind": label(deviation.kind),
        "unit": None if deviation.unit is None else capital(units().get(deviation.unit, deviation.unit)),
        "insats": None if deviation.insats is None else insats_name(deviation.insats),
        "what": deviation.what,
        "done": deviation.done,
        "measure": None if deviation.measure is None else label(deviation.measure),
        "closed_on": deviation.closed_on,
        "days": deviation.days_open(reported_on, today_of(runtime)),
    }


def _words(written: str, field: str) -> str:
    """A text with single line breaks and nothing invisible in it. Raises Invalid."""
    text = "\n".join(line.strip() for line in written.replace("\r\n", "\n").split("\n")).strip()
    if not text.replace("\n", " ").isprintable():
        raise Invalid("control_character", "Ta bort styrtecken och andra osynliga tecken.", field)
    if len(text) > MOST_WORDS:
        raise Invalid("words_too_long", f"Korta texten till högst {MOST_WORDS} tecken.", field)
    return text


def _one_of(codes: type[C], word: str, message: str, field: str) -> C:
    try:
        return codes(word)
    except ValueError as error:
        raise Invalid("choice_unknown", message, field) from error
