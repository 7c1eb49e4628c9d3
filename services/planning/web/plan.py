"""Planen: made and changed a line an activity, its versions, and the participant's own copy to print."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from contracts.catalogue import INSATSER, Rule
from contracts.codes import Role
from contracts.problems import NotFound, Refused
from services.chassis.auth import User
from services.planning.carrying_out import Coordinator
from services.planning.commands import KnownCase
from services.planning.domain.checks import known
from services.planning.domain.decide_activities import holding_plan
from services.planning.domain.next_steps import next_steps
from services.planning.view import ActivityView, SamplanView, view
from services.planning.web import labels
from services.planning.web.activity_rows import MOST, Row
from services.planning.web.asked import Asked, AskedOf, Looking
from services.planning.web.case_page import PAGES
from services.planning.web.case_words import activity_label, kinds_of, members, plan_label, rule_of
from services.planning.web.plan_form import EMPTY_ROWS, Meanwhile, PlanForm, changed_since, still_to_add
from services.planning.web.plan_history import versions_of

router = APIRouter(prefix="/plan")


@router.get("")
async def plan(user: Looking, asked: AskedOf) -> Response:
    """The plan and its versions; for a coordinator with lines to write in."""
    return await _page(asked, user)


@router.post("")
async def save(user: Coordinator, asked: AskedOf, filled: Annotated[PlanForm, Form()]) -> Response:
    """Saves the plan. If somebody else changed it meanwhile, says what, and keeps what was written here."""
    if filled.do == "fler":
        return await _page(asked, user, filled=filled, rows=len(filled.kind) + EMPTY_ROWS)
    try:
        await asked.carry_out(user, filled.command)
    except Refused as refused:
        return await _refused(asked, user, filled, refused)
    return _saved(asked)


@router.get("/utskrift")
async def printed(_user: Looking, asked: AskedOf) -> Response:
    """The participant's own copy, in plain Swedish."""
    found = await asked.case()
    rule = rule_of(known(found.case), asked.today)
    shown = _plan(asked.case_id, found)
    if shown is None:
        raise NotFound("plan_missing", "Ärendet har ingen plan att skriva ut. Gör planen först.")
    names_of = await asked.name()
    values = {
        "case_id": asked.case_id,
        "name": names_of.get(asked.case_id),
        "insats": labels.insats_label(known(found.case).insats),
        "plan": shown,
        "changed_on": versions_of(asked.case_id, found, rule)[0].day,
        "activities": [
            {"label": activity_label(each.kind, rule), "view": each} for each in _going_on(shown.activities)
        ],
    }
    return PAGES.page(asked.request, "plan_print.html", values)


async def _refused(asked: Asked, user: User, filled: PlanForm, refused: Refused) -> Response:
    """The editor with what was written, or the case where the plan says all of it already."""
    found = await asked.case()
    meanwhile = _meanwhile(asked.case_id, found, filled.version)
    if meanwhile.changed and _is_there(filled, meanwhile):
        return _saved(asked)
    return await _page(asked, user, filled=filled, refused=refused)


def _is_there(filled: PlanForm, meanwhile: Meanwhile) -> bool:
    """True if the plan holds all that the form adds, and nothing that it takes away."""
    wanted = any(map(any, zip(filled.kind, filled.responsible, strict=False))) or bool(filled.ended)
    went = {each.activity_id for each in meanwhile.went}
    return wanted and not still_to_add(filled.rows, meanwhile) and went.issuperset(filled.ended)


def _saved(asked: Asked) -> Response:
    return RedirectResponse(f"/arenden/{asked.case_id}?klar=plan", status_code=303)


async def _page(
    asked: Asked,
    user: User,
    *,
    filled: PlanForm | None = None,
    rows: int = EMPTY_ROWS,
    refused: Refused | None = None,
) -> Response:
    found = await asked.case()
    names_of = await asked.name()
    rule = rule_of(known(found.case), asked.today)
    shown = _plan(asked.case_id, found)
    steps = next_steps(found.case, (), {}, asked.today, INSATSER)
    hindrance = steps.make_plan if shown is None else steps.revise_plan
    meanwhile = Meanwhile() if filled is None else _meanwhile(asked.case_id, found, filled.version)
    values = {
        "case_id": asked.case_id,
        "name": names_of.get(asked.case_id),
        "insats": labels.insats_label(known(found.case).insats),
        "plan_label": plan_label(rule),
        "may_edit": user.has(Role.COORDINATOR) and hindrance is None,
        "hindrance": hindrance,
        "version": 0 if shown is None else shown.version,
        "made_on": None if shown is None else shown.made_on,
        "day": asked.today if filled is None else filled.day,
        "activities": _labelled(() if shown is None else _going_on(shown.activities), rule),
        "ended": set() if filled is None else set(filled.ended),
        "rows": _rows(filled, meanwhile, rows),
        "kinds": kinds_of(rule),
        "members": members(),
        "came": _labelled(meanwhile.came, rule),
        "went": _labelled(meanwhile.went, rule),
        "versions": versions_of(asked.case_id, found, rule),
        "refused": refused,
    }
    return PAGES.page(asked.request, "plan.html", values, status=200 if refused is None else refused.status)


def _plan(case_id: UUID, found: KnownCase) -> SamplanView | None:
    """The plan that holds, with what its activities are about."""
    plan = holding_plan(found.case)
    if plan is None:
        return None
    return next(each for each in view(case_id, found).plans if each.samplan_id == plan.samplan_id)


def _meanwhile(case_id: UUID, found: KnownCase, version: int) -> Meanwhile:
    plan = holding_plan(found.case)
    brought = {} if plan is None else {each.activity_id: each.version for each in plan.activities}
    return changed_since(_plan(case_id, found), version, brought)


def _going_on(activities: Sequence[ActivityView]) -> list[ActivityView]:
    return [each for each in activities if each.ended_in is None]


def _labelled(activities: Sequence[ActivityView], rule: Rule | None) -> list[Mapping[str, Any]]:
    return [{"label": activity_label(each.kind, rule), "view": each} for each in activities]


def _rows(filled: PlanForm | None, meanwhile: Meanwhile, empty: int) -> list[Row]:
    """The lines to write in: those that were written and are not in the plan yet, and empty ones."""
    written: list[Row] = [] if filled is None else still_to_add(_written(filled), meanwhile)
    return [*written, *[(None, None)] * min(empty, MOST - len(written))]


def _written(filled: PlanForm) -> list[Row]:
    """The lines in which something was written, also where half of it is missing."""
    return [row for row in zip(filled.kind, filled.responsible, strict=False) if any(row)]
