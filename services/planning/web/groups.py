"""Grupper: the calendar of groups and courses by insats, and the form in which one is declared or changed."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from contracts.catalogue import INSATSER, Insats
from contracts.catalogue.people import Group as GroupRule
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import Role
from contracts.events import local_date
from contracts.model import Code
from contracts.problems import NotFound, Refused
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.inputs import Day
from services.chassis.pages import Pages
from services.planning import commands, group_store
from services.planning.carrying_out import Coordinator
from services.planning.domain.decide_groups import CancelGroup
from services.planning.domain.groups import GroupOf, GroupTerms, sessions_of
from services.planning.group_store import ListedGroup
from services.planning.web import labels
from services.planning.web.group import router as one_group
from services.planning.web.group_forms import GroupForm
from services.planning.web.group_values import WEEKDAYS, group_values, session_values, with_groups

_SHOWN: Final = 200
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_DONE: Final = {"sparad": "Gruppen är sparad.", "installd": "Gruppen är inställd."}

Looking = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]

router = APIRouter(prefix="/grupper")


@router.get("")
async def groups(
    request: Request,
    runtime: RuntimeOf,
    user: Looking,
    insats: str = "",
    manad: Day | None = None,
    klar: str = "",
) -> Response:
    """The groups of an insats, and the sessions of a month. ``manad``: some day of it."""
    today = local_date(runtime.clock.now())
    first = (manad or today).replace(day=1)
    chosen = _chosen(insats, today)
    async with runtime.pool.acquire() as connection:
        found = await group_store.listed(connection, chosen.id, min(first, today), _SHOWN)
    following = _following(first)
    values = {
        "insats": chosen,
        "insatser": with_groups(today),
        "groups": [group_values(each, today) for each in found],
        "sessions": _sessions(found, first, following, today),
        "month": first,
        "earlier": (first - timedelta(days=1)).replace(day=1),
        "later": following,
        "may_act": user.has(Role.COORDINATOR),
        "may_open": user.has(Role.COORDINATOR, Role.LOTS),
        "reasons": words()["group_cancellations"],
        "done": _DONE.get(klar),
    }
    return _PAGES.page(request, "groups.html", values)


@router.get("/ny")
async def group_form(
    request: Request, runtime: RuntimeOf, _user: Coordinator, insats: str = "", grupp: str = ""
) -> Response:
    """The form for a group, new or as it is."""
    today = local_date(runtime.clock.now())
    chosen = _chosen(insats, today)
    async with runtime.pool.acquire() as connection:
        found = await group_store.one(connection, GroupOf(chosen.id, grupp).group_id) if grupp else None
    filled = _new(chosen, today) if found is None else _as_declared(found.terms)
    return _form(request, filled, today, None)


@router.post("/ny")
async def declare(
    request: Request, runtime: RuntimeOf, user: Coordinator, filled: Annotated[GroupForm, Form()]
) -> Response:
    """Declares a group or changes it; a refusal is said in the form, which stays filled in."""
    try:
        async with runtime.unit(user.actor) as unit:
            await commands.carry_out_on_group(unit, filled.command(unit.today))
    except Refused as refused:
        return _form(request, filled.model_dump(), local_date(runtime.clock.now()), refused)
    return _to_the_calendar(filled.insats, "sparad")


@router.post("/stall-in")
async def cancel(
    runtime: RuntimeOf,
    user: Coordinator,
    insats: Annotated[Code, Form()],
    group: Annotated[Code, Form()],
    reason: Annotated[Code, Form()],
) -> Response:
    """A group does not come about."""
    async with runtime.unit(user.actor) as unit:
        await commands.carry_out_on_group(unit, CancelGroup(GroupOf(insats, group), reason, unit.today))
    return _to_the_calendar(insats, "installd")


router.include_router(one_group)


def _to_the_calendar(insats: str, done: str) -> Response:
    return RedirectResponse(f"/tider/grupper?insats={insats}&klar={done}", status_code=303)


def _chosen(insats_id: str, today: date) -> Insats:
    """The insats asked for, or the first that has groups. Raises NotFound if there is none."""
    choices = with_groups(today)
    if not choices:
        raise NotFound("no_groups", "Ingen insats har grupper.")
    return next((each for each in choices if each.id == insats_id), choices[0])


def _following(first: date) -> date:
    """The first day of the next month."""
    return (first + timedelta(days=31)).replace(day=1)


def _sessions(found: Sequence[ListedGroup], first: date, until: date, today: date) -> list[dict[str, Any]]:
    """The sessions from a day to before another, by day and time."""
    sessions = [
        {
            **session_values(each.terms, day, today),
            "id": each.terms.of.group_id,
            "name": each.terms.name,
            "clock": "" if each.terms.starts_at is None else labels.clock(each.terms.starts_at),
            "free": each.free if day >= today else None,
        }
        for each in found
        for day in each.terms.session_days
        if first <= day < until
    ]
    return sorted(sessions, key=lambda each: (each["day"], each["clock"], each["name"]))


def _new(insats: Insats, today: date) -> dict[str, Any]:
    rule = insats.rule_on(today)
    terms = None if rule is None else next(iter(rule.groups), None)
    return {
        **dict.fromkeys(("group", "name", "days", "leader_id"), ""),
        **dict.fromkeys(("starts_on", "sessions", "starts_at", "site", "opens_on", "closes_on", "minutes")),
        "insats": insats.id,
        "capacity": "" if terms is None else terms.id,
        "seats": None if terms is None else terms.seats,
        "weekdays": [],
    }


def _as_declared(terms: GroupTerms) -> dict[str, Any]:
    return {
        "insats": terms.of.insats,
        "group": terms.of.group,
        "name": terms.name,
        "capacity": terms.capacity,
        "seats": terms.seats,
        "days": "\n".join(str(day) for day in terms.session_days),
        "starts_on": None,
        "weekdays": [],
        "sessions": None,
        "starts_at": terms.starts_at,
        "minutes": terms.minutes,
        "site": terms.site,
        "leader_id": terms.leader_id or "",
        "opens_on": terms.opens_on,
        "closes_on": terms.closes_on,
    }


def _form(request: Request, filled: dict[str, Any], today: date, refused: Refused | None) -> Response:
    insats = INSATSER.get(filled["insats"])
    rule = None if insats is None else insats.rule_on(filled["starts_on"] or today)
    kinds = () if rule is None else rule.groups
    values = {
        "filled": filled,
        "insats": labels.insats_label(filled["insats"]),
        "kinds": {each.id: _kind(each) for each in kinds},
        "sites": {each: word_label("sites", each) for each in _sites(kinds)},
        "weekdays": WEEKDAYS,
        "refused": refused,
        "wrong": None if refused is None else refused.field,
    }
    return _PAGES.page(request, "group_form.html", values, status=200 if refused is None else refused.status)


def _sites(kinds: Sequence[GroupRule]) -> list[str]:
    """Where the insats' groups are; all sites where its rule does not say."""
    return list(dict.fromkeys(site for each in kinds for site in each.resources)) or list(words()["sites"])


def _kind(rule: GroupRule) -> str:
    """A kind of group and what its rule says: kurs (7 träffar, 180 minuter)."""
    number = sessions_of(rule)
    said = [f"{rule.seats} platser"] if rule.seats else []
    said += [f"{number} träffar"] if number else []
    said += [f"{rule.hours * 60} minuter"] if rule.hours else []
    if rule.reserved_for:
        said.append("bara för " + ", ".join(word_label("unit_kinds", each) for each in rule.reserved_for))
    name = rule.id.replace("-", " ")
    return f"{name} ({', '.join(said)})" if said else name
