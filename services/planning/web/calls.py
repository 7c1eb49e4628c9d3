"""Kallelser: the parties that have not come, the coordinated plans that hold, and the call of a case."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from contracts.catalogue import INSATSER, Rule
from contracts.catalogue.plan_forms import called_meeting, coordinator_of, initiator_label, initiators
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import Member, Role
from contracts.events import local_date
from contracts.labels import label
from contracts.problems import Refused
from contracts.referral import RuleRef
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.names import NameClient, NamesOf
from services.chassis.pages import Pages, token_of
from services.planning import call_store, commands
from services.planning.call_store import AwaitedOfCase, PlanOfCase
from services.planning.carrying_out import CaseWorker
from services.planning.domain import command as ask
from services.planning.domain.called import last_day
from services.planning.domain.case import Case, Stage
from services.planning.domain.checks import known
from services.planning.domain.coordination import Call, CoordinatedPlan
from services.planning.domain.decide_calls import CONSENT_WITHDRAWN, form_of
from services.planning.view import CaseView, view
from services.planning.web import labels
from services.planning.web.call_forms import ROWS, AgainstForm, AgreeForm, CallForm, CloseForm, HoldForm

_SHOWN: Final = 100
_PAGES: Final = Pages(Path(__file__).parent / "templates")
_DONE: Final = {
    "kallad": "Kallelsen är registrerad.",
    "ingen": "Det är registrerat att ingen kallas.",
    "aterkallad": "Kallelsen är återtagen.",
    "hallet": "Mötet är registrerat.",
    "uppfoljning": "Nästa uppföljning är bestämd.",
    "avslutad": "Planen är avslutad.",
    "samtycke": "Det är registrerat att samtycket är återkallat. Kallelsen och planen gäller inte längre.",
}

Looking = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]

router = APIRouter(prefix="/kallelser")


@router.get("")
async def all_calls(request: Request, runtime: RuntimeOf, names: NamesOf, user: Looking) -> Response:
    """Whom calls wait for, those with the earliest last day on top; and the coordinated plans that hold."""
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        awaited = await call_store.awaited(connection, _SHOWN)
        plans = await call_store.plans(connection, _SHOWN)
    cases = [*(each.case_id for each in awaited), *(each.case_id for each in plans)]
    names_of = await names.of(cases, token_of(request))
    values = {
        "awaited": [_awaited_values(each, names_of.get(each.case_id), today) for each in awaited],
        "plans": [_plan_values(each, names_of.get(each.case_id)) for each in plans],
        "most": _SHOWN,
        "may_act": user.has(Role.COORDINATOR, Role.LOTS),
    }
    return _PAGES.page(request, "calls.html", values)


@router.get("/{case_id}")
async def of_case(
    request: Request, runtime: RuntimeOf, names: NamesOf, _user: CaseWorker, case_id: UUID, klar: str = ""
) -> Response:
    """The call and the coordinated plan of a case, and what may be done with them."""
    return await _page(request, runtime, names, case_id, done=_DONE.get(klar))


@router.post("/{case_id}/kalla")
async def call_parties(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: CaseWorker,
    case_id: UUID,
    filled: Annotated[CallForm, Form()],
) -> Response:
    """Calls parties; a refusal is said above the form, which stays as it was filled in."""
    return await _carry_out(request, runtime, names, user, case_id, filled.command, "kallad", called=filled)


@router.post("/{case_id}/ingen")
async def decide_against(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: CaseWorker,
    case_id: UUID,
    filled: Annotated[AgainstForm, Form()],
) -> Response:
    """Nobody is called."""
    return await _carry_out(request, runtime, names, user, case_id, filled.command, "ingen")


@router.post("/{case_id}/aterta")
async def withdraw_call(
    request: Request, runtime: RuntimeOf, names: NamesOf, user: CaseWorker, case_id: UUID
) -> Response:
    """The open call is called off."""
    return await _carry_out(
        request, runtime, names, user, case_id, lambda today: ask.WithdrawCall(today, today), "aterkallad"
    )


@router.post("/{case_id}/hallet")
async def hold_called_meeting(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: CaseWorker,
    case_id: UUID,
    filled: Annotated[HoldForm, Form()],
) -> Response:
    """The meeting was held; a refusal is said above the form, which stays as it was filled in."""
    return await _carry_out(request, runtime, names, user, case_id, filled.command, "hallet", held=filled)


@router.post("/{case_id}/uppfoljning")
async def agree_follow_up(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: CaseWorker,
    case_id: UUID,
    filled: Annotated[AgreeForm, Form()],
) -> Response:
    """The next follow-up is agreed."""
    return await _carry_out(request, runtime, names, user, case_id, filled.command, "uppfoljning")


@router.post("/{case_id}/avsluta")
async def close_plan(
    request: Request,
    runtime: RuntimeOf,
    names: NamesOf,
    user: CaseWorker,
    case_id: UUID,
    filled: Annotated[CloseForm, Form()],
) -> Response:
    """The plan ends."""
    return await _carry_out(request, runtime, names, user, case_id, filled.command, "avslutad")


@router.post("/{case_id}/samtycke")
async def withdraw_consent(
    request: Request, runtime: RuntimeOf, names: NamesOf, user: CaseWorker, case_id: UUID
) -> Response:
    """The person no longer agrees."""
    return await _carry_out(
        request, runtime, names, user, case_id, lambda today: ask.WithdrawSipConsent(today, today), "samtycke"
    )


async def _carry_out(
    request: Request,
    runtime: RuntimeOf,
    names: NameClient,
    user: User,
    case_id: UUID,
    command_on: Callable[[date], ask.Command],
    done: str,
    *,
    called: CallForm | None = None,
    held: HoldForm | None = None,
) -> Response:
    try:
        async with runtime.unit(user.actor) as unit:
            await commands.carry_out(unit, case_id, command_on(unit.today))
    except Refused as refused:
        return await _page(request, runtime, names, case_id, refused=refused, called=called, held=held)
    return RedirectResponse(f"/tider/kallelser/{case_id}?klar={done}", status_code=303)


async def _page(
    request: Request,
    runtime: RuntimeOf,
    names: NameClient,
    case_id: UUID,
    *,
    done: str | None = None,
    refused: Refused | None = None,
    called: CallForm | None = None,
    held: HoldForm | None = None,
) -> Response:
    today = local_date(runtime.clock.now())
    async with runtime.pool.acquire() as connection:
        found = await commands.load(connection, case_id)
    case = found.case
    names_of = await names.of([case_id], token_of(request))
    values = {
        "case_id": case_id,
        "name": names_of.get(case_id),
        "insats": labels.insats_label(known(case).insats),
        "today": today,
        "done": done,
        "refused": refused,
        "called": called,
        "held": held,
        "call": _call_values(case.coordination.open_call, today),
        "plan": _open_plan_values(case.coordination.open_plan, view(case_id, found)),
        "may_call": _may_call(case, today),
        "rows": range(ROWS),
        "members": {each.value: label(each) for each in Member},
        "kinds": words()["activity_kinds"],
        **_form_values(case, today),
    }
    return _PAGES.page(request, "call.html", values, status=200 if refused is None else refused.status)


def _may_call(case: Case, today: date) -> bool:
    under_way = case.stage in {Stage.ACCEPTED, Stage.PARTICIPATING} and not known(case).forgotten
    return under_way and case.coordination.open_call is None and _rule_today(case, today) is not None


def _rule_today(case: Case, today: date) -> Rule | None:
    form = form_of(known(case).insats, today, INSATSER)
    return None if form is None else form.rule_on(today)


def _form_values(case: Case, today: date) -> dict[str, Any]:
    """What the form of a call offers by the rule of the form of plan; nothing where the insats uses none."""
    form, rule = form_of(known(case).insats, today, INSATSER), _rule_today(case, today)
    meeting = None if rule is None else called_meeting(rule)
    if form is None or rule is None or meeting is None:
        return {"form": None, "initiators": {}, "parties": {}, "also": {}, "reasons": {}}
    return {
        "form": form.name,
        "initiators": {each: initiator_label(each) for each in initiators(rule)},
        "parties": {each.value: label(each) for each in form.parties},
        "also": {each: word_label("actors", each) for each in meeting.also},
        "reasons": words()["no_call_reasons"],
    }


def _call_values(call: Call | None, today: date) -> dict[str, Any] | None:
    if call is None:
        return None
    limit_on = last_day(call, INSATSER)
    return {
        "form": labels.insats_label(call.rule.insats),
        "sent_on": call.sent_on,
        "meets_on": call.meets_on,
        "starts_at": None if call.starts_at is None else labels.clock(call.starts_at),
        "initiator": initiator_label(call.initiator),
        "invited": [word_label("actors", each) for each in call.invited],
        "parties": {each.value: label(each) for each in call.parties},
        "came": [label(each) for each in call.parties if each in call.came],
        "awaited": [label(each) for each in call.awaited],
        "limit_on": limit_on,
        "late": limit_on is not None and today > limit_on,
        "coordinator": _coordinator(call),
    }


def _rule_of(ref: RuleRef) -> Rule | None:
    """The version of the form's rule that a call or a plan follows; None if the catalogue has it no more."""
    form = INSATSER.get(ref.insats)
    return None if form is None else next((rule for rule in form.versions if rule.version == ref.version), None)


def _coordinator(call: Call) -> str | None:
    """Who may have taken part for the form itself, as a SIP-samordnare; None where the form has nobody."""
    rule = _rule_of(call.rule)
    role = None if rule is None else coordinator_of(rule)
    return None if role is None else role.label


def _open_plan_values(plan: CoordinatedPlan | None, seen: CaseView) -> dict[str, Any] | None:
    if plan is None:
        return None
    shown = next(each for each in seen.coordinated_plans if each.plan_id == plan.plan_id)
    rule = _rule_of(plan.rule)
    exits = None if rule is None else rule.exits
    reasons = () if exits is None else exits.reasons
    return {
        "made_on": plan.made_on,
        "follow_up_on": plan.follow_up_on,
        "activities": [
            (word_label("activity_kinds", each.kind) if each.kind else "aktivitet", label(each.responsible))
            for each in shown.activities
        ],
        "reasons": {
            each.code: each.label or word_label("exit_reasons", each.code)
            for each in reasons
            if each.code != CONSENT_WITHDRAWN
        },
    }


def _awaited_values(found: AwaitedOfCase, name: str | None, today: date) -> dict[str, Any]:
    awaited = found.awaited
    return {
        "case_id": found.case_id,
        "name": name,
        "party": word_label("members", awaited.party),
        "form": labels.insats_label(awaited.form),
        "sent_on": awaited.sent_on,
        "meets_on": awaited.meets_on,
        "limit_on": awaited.limit_on,
        "late": awaited.limit_on is not None and today > awaited.limit_on,
    }


def _plan_values(found: PlanOfCase, name: str | None) -> dict[str, Any]:
    return {
        "case_id": found.case_id,
        "name": name,
        "form": labels.insats_label(found.plan.form),
        "made_on": found.plan.made_on,
        "follow_up_on": found.plan.follow_up_on,
    }
