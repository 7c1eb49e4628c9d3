"""Calls to a coordinated plan (SIP) over HTTP: call, register who came, agree on a follow-up, close the plan."""

from datetime import date, time
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from contracts.codes import Member, Role
from contracts.events import AnyEvent
from contracts.model import Code
from contracts.planning import CoordinatedPlanMade
from services.chassis.auth import User
from services.chassis.http import Body, Done, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import ClockTime, Day
from services.planning import call_store
from services.planning.carrying_out import CaseWorker, carry_out, carry_out_and_answer
from services.planning.domain import command as ask

Looking = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]


class CallParties(Body):
    """Who is called to a meeting, and when it is. ``sent_on``: today unless given.

    ``initiator``: one of those who may initiate by the form's doors. ``consents_to``: those of ``parties`` and
    ``invited`` to whom the person agrees; without each of them the call is refused. ``minor``: the person needs a
    guardian to agree too.
    """

    model_config = examples(
        {
            "initiator": "kommun",
            "parties": ["region", "forsakringskassan"],
            "invited": ["relative"],
            "consents_to": ["region", "forsakringskassan", "relative"],
            "meets_on": "2021-03-16",
            "starts_at": "09:00",
        }
    )
    initiator: Code
    parties: list[Member] = Field(min_length=1, max_length=4)
    invited: list[Code] = Field(default=[], max_length=20)
    consents_to: list[Code] = Field(default=[], max_length=30)
    minor: bool = False
    guardian_agrees: bool = False
    sent_on: Day | None = None
    meets_on: Day
    starts_at: ClockTime | None = None

    def command(self, call_id: UUID, today: date) -> ask.CallParties:
        """What is asked of the domain."""
        return ask.CallParties(
            call_id=call_id,
            initiator=self.initiator,
            parties=tuple(self.parties),
            invited=tuple(self.invited),
            consents_to=frozenset(self.consents_to),
            minor=self.minor,
            guardian_agrees=self.guardian_agrees,
            sent_on=self.sent_on or today,
            meets_on=self.meets_on,
            starts_at=self.starts_at,
            today=today,
        )


class DecideAgainstCall(Body):
    """``reason``: ``consent_refused`` or ``not_needed``. ``decided_on``: today unless given."""

    model_config = examples({"initiator": "kommun", "reason": "consent_refused"})
    initiator: Code
    reason: Code
    decided_on: Day | None = None


class WithdrawCall(Body):
    """``withdrawn_on``: today unless given."""

    model_config = examples({"withdrawn_on": "2021-03-10"}, {})
    withdrawn_on: Day | None = None


class AgreedActivity(Body):
    """What is to be done, and the member that does it."""

    responsible: Member
    kind: Code


class HoldCalledMeeting(Body):
    """The meeting was held. ``attended``: the called parties that came. ``held_on``: today unless given.

    ``activities``: who does what by the plan that was made; left out where a plan is there already, or none was made.
    ``follow_up_on``: the day on which the plan is followed up next. ``coordinator_present``: whether the form's
    coordinator took part, as Sundsvall's SIP-samordnare.
    """

    model_config = examples(
        {
            "held_on": "2021-03-16",
            "attended": ["region", "forsakringskassan"],
            "activities": [{"responsible": "region", "kind": "health_care_contact"}],
            "follow_up_on": "2021-06-15",
            "coordinator_present": True,
        }
    )
    held_on: Day | None = None
    attended: list[Member] = Field(min_length=1, max_length=4)
    activities: list[AgreedActivity] = Field(default=[], max_length=50)
    follow_up_on: Day | None = None
    coordinator_present: bool | None = None


class AgreeFollowUp(Body):
    """``agreed_on``: today unless given. A day agreed earlier and not held is replaced."""

    model_config = examples({"follow_up_on": "2031-06-15"})
    agreed_on: Day | None = None
    follow_up_on: Day


class CloseCoordinatedPlan(Body):
    """``reason``: one of the form's. ``closed_on``: today unless given."""

    model_config = examples({"reason": "goals_met"})
    closed_on: Day | None = None
    reason: Code


class WithdrawSipConsent(Body):
    """``withdrawn_on``: today unless given."""

    model_config = examples({"withdrawn_on": "2021-05-03"}, {})
    withdrawn_on: Day | None = None


class PartiesCalled(Done):
    """The answer to a call."""

    call_id: UUID


class CalledMeetingHeld(Done):
    """The answer to a meeting that was held; ``plan_id`` if a plan was made there."""

    plan_id: UUID | None = None


class Awaited(BaseModel):
    """A party that was called and has not come. ``limit_on``: its last day; None where the form sets none."""

    case_id: UUID
    call_id: UUID
    party: Member
    form: str
    sent_on: date
    limit_on: date | None
    meets_on: date
    starts_at: time | None


class OpenPlan(BaseModel):
    """A coordinated plan that holds. ``follow_up_on``: the day agreed last; None if none was."""

    case_id: UUID
    plan_id: UUID
    form: str
    made_on: date
    follow_up_on: date | None


class OpenCalls(BaseModel):
    """Whom calls wait for, the longest overdue first; and the plans that hold, those without a follow-up first."""

    awaited: list[Awaited]
    plans: list[OpenPlan]


router = APIRouter(prefix="/api/planning", tags=["calls"])


@router.get("/calls")
async def open_calls(
    runtime: RuntimeOf, _user: Looking, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> OpenCalls:
    """The parties that have not come, and the coordinated plans that hold."""
    async with runtime.pool.acquire() as connection:
        awaited = await call_store.awaited(connection, limit)
        plans = await call_store.plans(connection, limit)
    return OpenCalls(
        awaited=[Awaited(case_id=each.case_id, **vars(each.awaited)) for each in awaited],
        plans=[OpenPlan(case_id=each.case_id, **vars(each.plan)) for each in plans],
    )


@router.post("/cases/{case_id}/call", status_code=201)
async def call_parties(
    case_id: UUID, body: CallParties, request: CommandRequestOf, user: CaseWorker
) -> PartiesCalled:
    """Calls parties to a meeting. 422 ``consent_missing`` names those to whom the person does not agree."""
    call_id = uuid4()

    def answer(appended: list[AnyEvent]) -> PartiesCalled:
        return PartiesCalled(case_id=case_id, events=Done.appended(appended), call_id=call_id)

    return await carry_out_and_answer(request, user, case_id, lambda today: body.command(call_id, today), answer)


@router.post("/cases/{case_id}/call/decided-against", status_code=201)
async def decide_against(case_id: UUID, body: DecideAgainstCall, request: CommandRequestOf, user: CaseWorker) -> Done:
    """Registers that nobody is called: the person does not agree, or no coordinated plan is needed."""
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.DecideAgainstCall(body.initiator, body.reason, body.decided_on or today, today),
    )


@router.post("/cases/{case_id}/call/withdrawn", status_code=201)
async def withdraw_call(case_id: UUID, body: WithdrawCall, request: CommandRequestOf, user: CaseWorker) -> Done:
    """Calls the open call off. Nobody is awaited by it any more."""
    return await carry_out(request, user, case_id, lambda today: ask.WithdrawCall(body.withdrawn_on or today, today))


@router.post("/cases/{case_id}/call/held", status_code=201)
async def hold_called_meeting(
    case_id: UUID, body: HoldCalledMeeting, request: CommandRequestOf, user: CaseWorker
) -> CalledMeetingHeld:
    """Registers the meeting: who came, who does what, and when the plan is followed up."""
    plan_id = uuid4()

    def command_on(today: date) -> ask.Command:
        activities = tuple(ask.NewActivity(uuid4(), each.responsible, each.kind) for each in body.activities)
        return ask.HoldCalledMeeting(
            body.held_on or today,
            tuple(body.attended),
            plan_id,
            activities,
            body.follow_up_on,
            today,
            body.coordinator_present,
        )

    def answer(appended: list[AnyEvent]) -> CalledMeetingHeld:
        made = any(isinstance(event.data, CoordinatedPlanMade) for event in appended)
        return CalledMeetingHeld(case_id=case_id, events=Done.appended(appended), plan_id=plan_id if made else None)

    return await carry_out_and_answer(request, user, case_id, command_on, answer)


@router.post("/cases/{case_id}/coordinated-plan/follow-up", status_code=201)
async def agree_follow_up(case_id: UUID, body: AgreeFollowUp, request: CommandRequestOf, user: CaseWorker) -> Done:
    """Registers the day on which the plan is followed up next."""
    return await carry_out(
        request, user, case_id, lambda today: ask.AgreeFollowUp(body.agreed_on or today, body.follow_up_on, today)
    )


@router.post("/cases/{case_id}/coordinated-plan/closed", status_code=201)
async def close_plan(case_id: UUID, body: CloseCoordinatedPlan, request: CommandRequestOf, user: CaseWorker) -> Done:
    """Registers that the plan has ended, and why. The reason leaves the service only with the person's consent."""
    return await carry_out(
        request,
        user,
        case_id,
        lambda today: ask.CloseCoordinatedPlan(body.closed_on or today, body.reason, today),
    )


@router.post("/cases/{case_id}/coordinated-plan/consent-withdrawn", status_code=201)
async def withdraw_consent(
    case_id: UUID, body: WithdrawSipConsent, request: CommandRequestOf, user: CaseWorker
) -> Done:
    """Registers that the person no longer agrees: an open call is withdrawn and the plan closed."""
    return await carry_out(
        request, user, case_id, lambda today: ask.WithdrawSipConsent(body.withdrawn_on or today, today)
    )
