"""Avsluta: the exit of a participant, what it leads to, all exits of the case, and the way back."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from contracts.catalogue import INSATSER, Rule
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import Benefit
from contracts.events import local_date
from contracts.labels import label
from contracts.model import Code
from contracts.problems import Refused
from services.chassis.auth import User
from services.chassis.http import RuntimeOf
from services.chassis.inputs import Day
from services.chassis.names import PLACE_WITHHELD, NameClient, NamesOf
from services.chassis.pages import Pages, swedish_date, token_of
from services.planning import commands
from services.planning.carrying_out import Coordinator
from services.planning.domain import command as ask
from services.planning.domain.case import Case, Stage
from services.planning.domain.checks import known
from services.planning.domain.exits import LISTS, choices, needed, optional
from services.planning.domain.hand_back import takes_over
from services.planning.view import ExitView, view
from services.planning.web import labels
from services.planning.web.after_support import after_support_values
from services.planning.web.asked import Asked, AskedOf
from services.planning.web.exit_forms import (
    NONE_KEPT,
    AfterSupportEndForm,
    AfterSupportForm,
    ExitForm,
    MistakeForm,
    ReopenForm,
)
from services.planning.web.step_values import reminded

_PAGES: Final = Pages(Path(__file__).parent / "templates")
_MISTAKE: Final = "registered_in_error"
_DONE: Final[Mapping[str, str]] = {
    "avslutad": "Insatsen är avslutad.",
    "oppnad": "Ärendet är öppnat igen. Det tidigare avslutet står kvar.",
    "efterstod": "Efterstödet är registrerat. Det räknas inte som ett pågående ärende.",
    "efterstod-slut": "Det är registrerat att efterstödet är slut.",
    "felregistrerad": "Avslutet är felregistrerat och räknas inte. Det står kvar i ärendets historik.",
}

router = APIRouter(prefix="/arenden/{case_id}/avsluta", include_in_schema=False)


@router.get("")
async def choose(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    _user: Coordinator,
    case_id: UUID,
    klar: str = "",
    reason: Code | None = None,
    exited_on: Day | None = None,
) -> Response:
    """The reasons to choose from; with one chosen, what is asked with it and what the exit leads to."""
    day = exited_on or local_date(runtime.clock.now())
    filled = None if reason is None else ExitForm(exited_on=day, reason=reason)
    return await _page(request, runtime, names, case_id, filled=filled, done=_DONE.get(klar))


@router.post("")
async def leave(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: Coordinator,
    case_id: UUID,
    filled: Annotated[ExitForm, Form()],
) -> Response:
    """The participant leaves. A refusal is said at its field, and the form stays as it was filled in."""
    try:
        async with runtime.unit(user.actor) as unit:
            command = ask.ExitInsats(filled.exited_on, filled.reason, uuid4(), unit.today, filled.answers)
            await commands.carry_out(unit, case_id, command)
    except Refused as refused:
        return await _page(request, runtime, names, case_id, filled=filled, refused=refused)
    return _to(case_id, "avslutad")


@router.post("/oppna")
async def reopen(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: Coordinator,
    case_id: UUID,
    filled: Annotated[ReopenForm, Form()],
) -> Response:
    """Somebody who left takes part again; the earlier exits stay."""
    try:
        async with runtime.unit(user.actor) as unit:
            await commands.carry_out(unit, case_id, ask.ReopenCase(filled.reopened_on, unit.today))
    except Refused as refused:
        return await _page(request, runtime, names, case_id, refused=refused, reopened_on=filled.reopened_on)
    return _to(case_id, "oppnad")


@router.post("/efterstod")
async def after_support(
    user: Coordinator, asked: AskedOf, names: NamesOf, filled: Annotated[AfterSupportForm, Form()]
) -> Response:
    """Somebody who left is supported for a further time."""
    return await _carry_out(
        asked, user, names, "efterstod", lambda today: ask.BeginAfterSupport(filled.begun_on, today)
    )


@router.post("/efterstod/slut")
async def after_support_ended(
    user: Coordinator, asked: AskedOf, names: NamesOf, filled: Annotated[AfterSupportEndForm, Form()]
) -> Response:
    """The support after the exit is over."""
    return await _carry_out(
        asked, user, names, "efterstod-slut", lambda today: ask.EndAfterSupport(filled.ended_on, filled.reason, today)
    )


@router.post("/felregistrerat")
async def mistake(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: Coordinator,
    case_id: UUID,
    filled: Annotated[MistakeForm, Form()],
) -> Response:
    """The exit never happened. Its hand-back and the cancellations it led to go with it."""
    try:
        async with runtime.unit(user.actor) as unit:
            command = ask.RegisterInError(filled.event_id, _MISTAKE, unit.today)
            await commands.register_in_error(unit, case_id, command)
    except Refused as refused:
        return await _page(request, runtime, names, case_id, refused=refused)
    return _to(case_id, "felregistrerad")


async def _carry_out(
    asked: Asked, user: User, names: NameClient, done: str, command_on: Callable[[date], ask.Command]
) -> Response:
    try:
        await asked.carry_out(user, command_on)
    except Refused as refused:
        return await _page(asked.request, asked.runtime, names, asked.case_id, refused=refused)
    return _to(asked.case_id, done)


def _to(case_id: UUID, done: str) -> Response:
    return RedirectResponse(f"/arenden/{case_id}/avsluta?klar={done}", status_code=303)


async def _page(
    request: Request,
    runtime: RuntimeOf,
    names: NameClient,
    case_id: UUID,
    *,
    filled: ExitForm | None = None,
    done: str | None = None,
    refused: Refused | None = None,
    reopened_on: date | None = None,
) -> Response:
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        found = await commands.load(connection, case_id)
    names_of = await names.of([case_id], token_of(request))
    case, referral = found.case, known(found.case)
    day = today if filled is None else filled.exited_on
    insats = INSATSER.get(referral.insats)
    rule = None if insats is None else insats.rule_on(day)
    reasons = {} if rule is None else _reasons(rule)
    chosen = filled if filled is not None and filled.reason in reasons else None
    unit = labels.unit_label(referral.unit) if names_of.shows_place(case_id) else None
    seen = view(case_id, found)
    values = {
        "case_id": case_id,
        "name": names_of.get(case_id),
        "insats": labels.insats_label(referral.insats),
        "unit": unit or PLACE_WITHHELD,
        "stage": case.stage,
        "day": day,
        "reasons": reasons,
        "chosen": chosen,
        "questions": [] if chosen is None or rule is None else list(_questions(rule, chosen.reason)),
        "reminders": reminded(case, today) if case.stage is Stage.PARTICIPATING else [],
        "leads_to": [] if chosen is None or rule is None else list(_leads_to(case, rule, unit)),
        "exits": [
            {**_exit_values(each.exit), "episode": each.episode, "started_on": each.started_on}
            for each in seen.participations
            if each.exit is not None
        ],
        "hand_backs": {each.episode: _hand_back(each.acknowledged_on) for each in seen.hand_backs},
        "latest_exit": _latest_exit(case),
        "reopened_on": reopened_on or today,
        "after_support": after_support_values(case, today),
        "after_support_ends": words()["after_support_ends"],
        "today": today,
        "done": done,
        "refused": refused,
    }
    return _PAGES.page(request, "exit.html", values, status=200 if refused is None else refused.status)


def _latest_exit(case: Case) -> UUID | None:
    """The exit that can be taken back: nothing has come after it."""
    latest = case.participations.latest
    left = None if latest is None else latest.exit
    return None if left is None or case.stage is not Stage.EXITED else left.event_id


def _reasons(rule: Rule) -> dict[str, str]:
    listed = () if rule.exits is None else rule.exits.reasons
    return {each.code: each.label or word_label("exit_reasons", each.code) for each in listed}


_ASKED: Final[Mapping[str, str]] = {
    "destination": "Vart går personen?",
    "extent_percent": "Omfattning, i procent av heltid",
    "support": "Stöd i arbetet",
    "livelihood": "Vilken ersättning behåller personen?",
    "why": "Varför?",
    "continued_planning": "Finns det en fortsatt planering hos ordinarie verksamheter?",
}


def _questions(rule: Rule, reason: str) -> Iterator[dict[str, Any]]:
    """What is asked with a reason, in order: nothing that the insats does not need."""
    if rule.exits is None:
        return
    required = needed(rule.exits, reason)
    for field in (*required, *optional(rule.exits, reason)):
        options: dict[str, str] = {}
        if field in LISTS:
            options = {each: word_label(LISTS[field], each) for each in choices(rule.exits, field)}
        elif field == "livelihood":
            options = {**{each.value: label(each) for each in Benefit}, NONE_KEPT: "ingen ersättning behålls"}
        yield {"field": field, "text": _ASKED[field], "options": options, "required": field in required}


def _leads_to(case: Case, rule: Rule, unit: str | None) -> Iterator[str]:
    """What follows if the participant leaves, in sentences."""
    for meeting in case.meetings.all:
        if meeting.state == "booked" and meeting.booking is not None:
            yield f"Det bokade mötet {swedish_date(meeting.booking.meets_on)} ställs in."
    referral = known(case)
    to = takes_over(rule, referral)
    if to is not None:
        where = f" ({unit})" if unit else ""
        goes_on = _goes_on(rule, to)
        yield f"Ärendet återförs till den som anmälde{where}, som får besked och ska bekräfta att {goes_on} tar vid."
    elif referral.own:
        yield "Personen kom utan anmälare, så ärendet återförs inte till någon."
    if not case.consents.holds():
        yield "Personen har inte samtyckt till individuell uppföljning: orsaken och svaren stannar i planeringen."
    after = None if rule.exits is None else rule.exits.after_support
    if after is not None:
        counted = "" if after.counted_as_ongoing else " Det räknas inte som ett pågående ärende."
        yield f"Stöd kan ges i upp till {after.months} månader efteråt.{counted}"


def _goes_on(rule: Rule, to: str) -> str:
    """Who takes over: those who referred, unless the rule names another role or an office."""
    role = rule.role(to)
    if role is None:
        return word_label("unit_kinds", to)
    return "de" if role.does == "refers" else role.label


def _exit_values(left: ExitView | None) -> dict[str, Any]:
    if left is None:
        raise LookupError("only stays that ended are listed")
    said = [f"Orsak: {word_label('exit_reasons', left.reason)}"] if left.reason else []
    if left.destination:
        said.append(f"till {word_label('destinations', left.destination)}")
    if left.extent_percent is not None:
        said.append(f"{left.extent_percent} %")
    if left.support:
        said.append(word_label("exit_supports", left.support))
    if left.livelihood is not None:
        kept = ", ".join(label(each) for each in left.livelihood)
        said.append(f"behåller {kept}" if kept else "behåller ingen ersättning")
    if left.why:
        said.append(word_label("exit_whys", left.why))
    if left.continued_planning is not None:
        said.append("fortsatt planering" if left.continued_planning else "ingen fortsatt planering")
    return {"event_id": left.event_id, "exited_on": left.exited_on, "said": said}


def _hand_back(acknowledged_on: date | None) -> str:
    if acknowledged_on is None:
        return "Återfört till anmälaren, som inte har bekräftat än."
    return f"Återfört till anmälaren, som bekräftade {swedish_date(acknowledged_on)}."
