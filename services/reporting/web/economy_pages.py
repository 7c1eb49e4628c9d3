"""Ekonomi: what was decided and what it came to, by item and line, as known now or on a day; and amounts booked."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from contracts.budget import BUDGETS
from contracts.codes import AmountKind, AmountUnit
from contracts.events import STOCKHOLM
from contracts.labels import actor_label, label
from contracts.problems import Invalid, Refused
from services.chassis.http import RuntimeOf
from services.chassis.inputs import Day, Text
from services.chassis.pages import Pages
from services.chassis.runtime import Runtime
from services.reporting import amount_store, commands
from services.reporting.amount_api import Office, unknown_amount
from services.reporting.domain.amounts import AmountKey, Booking, NewAmount, amounts_of, history, periods_printed
from services.reporting.domain.exports import FileFormat
from services.reporting.domain.periods import Period, after, before
from services.reporting.period_parameter import PeriodInPath, period_named
from services.reporting.web.economy import BudgetShown, economy_export, item_name, kronor_value, shown
from services.reporting.web.exports import Counting
from services.reporting.web.file_pages import as_file
from services.reporting.web.periods import known_day, known_until, latest_year, today_of

ECONOMY: Final = "/ekonomi"

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_DONE: Final = {"bokat": "Beloppet är bokat.", "tillbaka": "Bokningen räknas inte längre."}
_DIGITS: Final = 13


class AmountForm(BaseModel):
    """``post``: budget, item and line, with a stroke between. ``belopp``: whole, with or without spaces."""

    post: Annotated[Text, Field(max_length=200)]
    slag: Annotated[Text, Field(max_length=20)]
    belopp: Annotated[Text, Field(max_length=40)]
    enhet: Annotated[Text, Field(max_length=20)]
    bokad: Day

    def new(self, period: Period) -> NewAmount:
        """What is asked of the domain. Raises Invalid with the field that is wrong."""
        try:
            budget, item, line = self.post.split("/")
        except ValueError as error:
            raise Invalid("post_unknown", "Välj en post och rad.", "post") from error
        key = AmountKey(budget, item, line, _kind(self.slag), period.id)
        return NewAmount(key, _whole(self.belopp), _unit(self.enhet), self.bokad)


@dataclass(frozen=True)
class Choice:
    """A line of an item that an amount can be booked of."""

    value: str
    label: str


def economy_router() -> APIRouter:
    """The pages under /ekonomi, for the office."""
    router = APIRouter(include_in_schema=False)

    @router.get(ECONOMY)
    async def latest(runtime: RuntimeOf, _user: Office) -> Response:
        return RedirectResponse(f"{ECONOMY}/{latest_year(today_of(runtime))}", status_code=303)

    @router.get(f"{ECONOMY}/{{period_id}}")
    async def of_a_period(
        request: Request,
        period: PeriodInPath,
        runtime: RuntimeOf,
        _user: Office,
        kand: Day | None = None,
        klar: str = "",
    ) -> Response:
        """``kand``: only what had been registered by the end of that day counts."""
        known_on = known_day(kand, today_of(runtime))
        return await _page(request, runtime, period, known_on, done=_DONE.get(klar))

    @router.post(f"{ECONOMY}/{{period_id}}")
    async def book(
        request: Request, period: PeriodInPath, runtime: RuntimeOf, user: Office, form: Annotated[AmountForm, Form()]
    ) -> Response:
        try:
            new = form.new(period)
            async with runtime.unit(user.actor) as unit:
                await commands.book_amounts(unit, [new])
        except Refused as refused:
            return await _page(request, runtime, period, None, refused=refused, filled=form)
        return RedirectResponse(f"{ECONOMY}/{period.id}?klar=bokat", status_code=303)

    @router.get(f"{ECONOMY}/{{period_id}}/filer/ekonomi.{{file_format}}")
    async def file(
        period: PeriodInPath, file_format: FileFormat, runtime: RuntimeOf, _user: Office, kand: Day | None = None
    ) -> Response:
        known_on = known_day(kand, today_of(runtime))
        counting = Counting(runtime.clock.now(), known_on)
        return await as_file(economy_export(period, await _shown(runtime, period, known_on), counting), file_format)

    @router.get(f"{ECONOMY}/belopp/{{amount_id}}")
    async def one(
        request: Request, amount_id: UUID, runtime: RuntimeOf, _user: Office, kand: Day | None = None, klar: str = ""
    ) -> Response:
        known_on = known_day(kand, today_of(runtime))
        return await _history(request, runtime, amount_id, known_on, done=_DONE.get(klar))

    @router.post(f"{ECONOMY}/belopp/{{amount_id}}/{{booking_id}}/ta-tillbaka")
    async def take_back(
        request: Request, amount_id: UUID, booking_id: UUID, runtime: RuntimeOf, user: Office
    ) -> Response:
        try:
            async with runtime.unit(user.actor) as unit:
                await commands.take_back_booking(unit, amount_id, booking_id)
        except Refused as refused:
            return await _history(request, runtime, amount_id, None, refused=refused)
        return RedirectResponse(f"{ECONOMY}/belopp/{amount_id}?klar=tillbaka", status_code=303)

    return router


async def _shown(runtime: Runtime, period: Period, known_on: date | None) -> list[BudgetShown]:
    """The budgets of which something is booked for a period."""
    known_at = known_until(known_on)
    every = {period.id, *periods_printed([table for each in BUDGETS.values() for table in each.printed])}
    async with runtime.pool.acquire() as connection:
        kronor = await amount_store.kronor(connection, every, known_at)
        taken_part = await amount_store.participations(connection, period, known_at, today=today_of(runtime))
    found = [amounts_of(each, period.id, kronor, taken_part) for each in BUDGETS.values()]
    return [shown(each, period, kronor) for each in found if each.items]


async def _page(
    request: Request,
    runtime: Runtime,
    period: Period,
    known_on: date | None,
    *,
    done: str | None = None,
    refused: Refused | None = None,
    filled: AmountForm | None = None,
) -> Response:
    today = today_of(runtime)
    async with runtime.pool.acquire() as connection:
        booked_periods = [period_named(each) for each in await amount_store.periods(connection)]
    place = f"{ECONOMY}/{period.id}"
    values: dict[str, Any] = {
        "period": period,
        "place": place,
        "neighbours": [(rel, each) for rel, each in (("prev", before(period)), ("next", after(period))) if each],
        "others": [each for each in booked_periods if each != period],
        "begun": period.first <= today,
        "known_on": known_on,
        "known": "" if known_on is None else f"?{urlencode({'kand': known_on.isoformat()})}",
        "latest": today - timedelta(days=1),
        "budgets": await _shown(runtime, period, known_on),
        "choices": _choices(),
        "kinds": [(each.value, label(each)) for each in AmountKind],
        "units": [(each.value, label(each)) for each in AmountUnit],
        "filled": filled,
        "done": done,
        "refused": refused,
        "wrong": None if refused is None else _field(refused),
    }
    return _PAGES.page(request, "economy.html", values, status=200 if refused is None else refused.status)


async def _history(
    request: Request,
    runtime: Runtime,
    amount_id: UUID,
    known_on: date | None,
    *,
    done: str | None = None,
    refused: Refused | None = None,
) -> Response:
    async with runtime.pool.acquire() as connection:
        found = await amount_store.find(connection, amount_id)
    if found is None:
        raise unknown_amount()
    key, log = found
    today = today_of(runtime)
    values: dict[str, Any] = {
        **_named(key),
        "place": f"{ECONOMY}/belopp/{amount_id}",
        "known_on": known_on,
        "latest": today - timedelta(days=1),
        "bookings": [_booking(each) for each in history(log, known_until(known_on))],
        "done": done,
        "refused": refused,
    }
    return _PAGES.page(request, "amount.html", values, status=200 if refused is None else refused.status)


def _named(key: AmountKey) -> dict[str, Any]:
    """What an amount is of, in words; its ids where the budget no longer has it."""
    budget = BUDGETS.get(key.budget)
    item = budget.item(key.item) if budget else None
    line = budget.line(key.line) if budget else None
    return {
        "budget": budget.label if budget else key.budget,
        "item": item_name(item) if item else key.item,
        "line": line.label if line else key.line,
        "kind": label(key.kind),
        "period": period_named(key.period_id),
    }


def _booking(booking: Booking) -> dict[str, Any]:
    return {
        "id": booking.booking_id,
        "kronor": kronor_value(booking.kronor).text,
        "given_in": label(booking.given_in),
        "booked_on": booking.booked_on,
        "registered_at": booking.registered_at.astimezone(STOCKHOLM),
        "by": actor_label(booking.actor),
        "state": "tillbakatagen" if booking.taken_back else "gäller" if booking.counts else "ersatt",
        "taken_back": booking.taken_back,
    }


def _choices() -> list[tuple[str, list[Choice]]]:
    """What can be booked: the lines of each item, under its name."""
    return [
        (
            f"{budget.label}: {item_name(item)}",
            [Choice(f"{budget.id}/{item.id}/{line.id}", line.label) for line in budget.lines_of(item)],
        )
        for budget in BUDGETS.values()
        for item in budget.items
    ]


def _field(refused: Refused) -> str | None:
    """The form's field that a refusal is about."""
    name = (refused.field or "").rpartition(".")[2]
    of_form = {"budget": "post", "item": "post", "line": "post", "amount": "belopp", "booked_on": "bokad"}
    return of_form.get(name, name) or None


def _whole(written: str) -> int:
    """A whole number, written with or without spaces between its digits. Raises Invalid."""
    text = "".join(written.split()).replace("\N{MINUS SIGN}", "-")
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS):
        raise Invalid("amount_invalid", "Skriv beloppet med siffror, utan decimaler.", "belopp")
    return int(text)


def _kind(word: str) -> AmountKind:
    try:
        return AmountKind(word)
    except ValueError as error:
        raise Invalid("kind_unknown", "Välj budget, utfall eller plan.", "slag") from error


def _unit(word: str) -> AmountUnit:
    try:
        return AmountUnit(word)
    except ValueError as error:
        raise Invalid("unit_unknown", "Välj kronor eller tusen kronor.", "enhet") from error
