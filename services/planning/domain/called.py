"""What the lists of calls show of a case: the parties that have not come, and the coordinated plan that holds."""

from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from contracts.catalogue.plan_forms import call_clock
from contracts.catalogue.timing import limit_after
from services.planning.domain.case import Case
from services.planning.domain.coordination import Call
from services.planning.domain.decision import Catalogue


@dataclass(frozen=True)
class AwaitedParty:
    """A party that was called and has not come. ``limit_on``: its last day, if the form's rule sets one."""

    call_id: UUID
    party: str
    form: str
    sent_on: date
    limit_on: date | None
    meets_on: date
    starts_at: time | None


@dataclass(frozen=True)
class OpenPlan:
    """A coordinated plan that holds. ``follow_up_on``: the day agreed last, if one was."""

    plan_id: UUID
    form: str
    made_on: date
    follow_up_on: date | None


def awaited_parties(case: Case, catalogue: Catalogue) -> frozenset[AwaitedParty]:
    """The parties that the case's open call waits for."""
    call = case.coordination.open_call
    if call is None:
        return frozenset()
    limit_on = last_day(call, catalogue)
    return frozenset(
        AwaitedParty(
            call.call_id, party.value, call.rule.insats, call.sent_on, limit_on, call.meets_on, call.starts_at
        )
        for party in call.awaited
    )


def open_plans(case: Case) -> frozenset[OpenPlan]:
    """The case's coordinated plan that holds, if there is one."""
    plan = case.coordination.open_plan
    if plan is None:
        return frozenset()
    return frozenset({OpenPlan(plan.plan_id, plan.rule.insats, plan.made_on, plan.follow_up_on)})


def last_day(call: Call, catalogue: Catalogue) -> date | None:
    """The last day on which a called party may come; None if the form sets no limit or its rule is not known."""
    form = catalogue.get(call.rule.insats)
    rules = () if form is None else form.versions
    clocks = (call_clock(rule) for rule in rules if rule.version == call.rule.version)
    limit = next((clock.limit for clock in clocks if clock is not None), None)
    return None if limit is None else limit_after(call.sent_on, limit)
