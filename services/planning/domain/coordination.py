"""Calls to a plan that parties make together (SIP), and the plans that came of them: the case's calls in order.

A call is open until every called party has come or it is withdrawn; a case has at most one open call and one open
plan. Both are the person's: a return or an exit from the insats ends neither.
"""

from dataclasses import dataclass, replace
from datetime import date, time
from uuid import UUID

from contracts.codes import Member
from contracts.envelope import Fact
from contracts.planning import (
    CalledMeetingHeld,
    CallWithdrawn,
    CoordinatedPlanClosed,
    CoordinatedPlanMade,
    MeetingCalled,
    NextFollowUpAgreed,
    PlannedActivity,
)
from contracts.referral import RuleRef
from services.planning.domain.impossible import ImpossibleFactError


@dataclass(frozen=True)
class Call:
    """Parties called to a meeting. ``came``: those that have come. ``rule``: the version of the form's rule."""

    call_id: UUID
    rule: RuleRef
    initiator: str
    sent_on: date
    parties: tuple[Member, ...]
    invited: tuple[str, ...]
    meets_on: date
    starts_at: time | None
    came: frozenset[Member] = frozenset()
    held_on: date | None = None
    withdrawn_on: date | None = None

    @property
    def awaited(self) -> tuple[Member, ...]:
        """The parties that are to come and have not; none once the call is withdrawn."""
        if self.withdrawn_on is not None:
            return ()
        return tuple(party for party in self.parties if party not in self.came)


@dataclass(frozen=True)
class CoordinatedPlan:
    """A plan that parties made together. ``follow_up_on``: the day agreed last; None until one is."""

    plan_id: UUID
    rule: RuleRef
    made_on: date
    activities: tuple[PlannedActivity, ...]
    follow_up_on: date | None = None
    closed_on: date | None = None
    reason: str | None = None
    closed_by: UUID | None = None


@dataclass(frozen=True)
class Coordination:
    """The case's calls and coordinated plans, in the order of their first events."""

    calls: tuple[Call, ...] = ()
    plans: tuple[CoordinatedPlan, ...] = ()

    @property
    def open_call(self) -> Call | None:
        """The call that some party has not answered by coming."""
        return next((each for each in self.calls if each.awaited), None)

    @property
    def open_plan(self) -> CoordinatedPlan | None:
        """The plan that holds."""
        return next((each for each in self.plans if each.closed_on is None), None)


def evolve(before: Coordination, fact: Fact, event_id: UUID) -> Coordination:
    """The calls and plans after a fact; unchanged by facts about other things."""
    match fact:
        case MeetingCalled():
            return _called(before, fact)
        case CallWithdrawn():
            call = _open_call(before, fact.call_id)
            return _with_call(before, replace(call, withdrawn_on=fact.happened_on))
        case CalledMeetingHeld():
            call = _open_call(before, fact.call_id)
            return _with_call(before, replace(call, came=call.came | set(fact.attended), held_on=fact.happened_on))
        case CoordinatedPlanMade():
            return _made(before, fact)
        case NextFollowUpAgreed():
            plan = _open_plan(before, fact.plan_id)
            return _with_plan(before, replace(plan, follow_up_on=fact.follow_up_on))
        case CoordinatedPlanClosed():
            plan = _open_plan(before, fact.plan_id)
            closed = replace(plan, closed_on=fact.happened_on, reason=fact.reason, closed_by=event_id)
            return _with_plan(before, closed)
        case _:
            return before


def _called(before: Coordination, fact: MeetingCalled) -> Coordination:
    """Parties are called. Raises ImpossibleFactError while another call is open."""
    if before.open_call is not None or any(each.call_id == fact.call_id for each in before.calls):
        raise ImpossibleFactError("MeetingCalled while a call is open")
    call = Call(
        call_id=fact.call_id,
        rule=fact.rule,
        initiator=fact.initiator,
        sent_on=fact.happened_on,
        parties=fact.parties,
        invited=fact.invited,
        meets_on=fact.meets_on,
        starts_at=fact.starts_at,
    )
    return replace(before, calls=(*before.calls, call))


def _made(before: Coordination, fact: CoordinatedPlanMade) -> Coordination:
    """A plan is made. Raises ImpossibleFactError while another is open, and without a meeting of its call."""
    call = next((each for each in before.calls if each.call_id == fact.call_id), None)
    if call is None or not call.came or before.open_plan is not None:
        raise ImpossibleFactError("CoordinatedPlanMade without a meeting, or beside a plan that is open")
    plan = CoordinatedPlan(fact.plan_id, fact.rule, fact.happened_on, fact.activities)
    return replace(before, plans=(*before.plans, plan))


def _open_call(before: Coordination, call_id: UUID) -> Call:
    call = before.open_call
    if call is None or call.call_id != call_id:
        raise ImpossibleFactError("a fact about a call that is not open")
    return call


def _open_plan(before: Coordination, plan_id: UUID) -> CoordinatedPlan:
    plan = before.open_plan
    if plan is None or plan.plan_id != plan_id:
        raise ImpossibleFactError("a fact about a coordinated plan that is not open")
    return plan


def _with_call(before: Coordination, call: Call) -> Coordination:
    return replace(before, calls=tuple(call if each.call_id == call.call_id else each for each in before.calls))


def _with_plan(before: Coordination, plan: CoordinatedPlan) -> Coordination:
    return replace(before, plans=tuple(plan if each.plan_id == plan.plan_id else each for each in before.plans))
