"""One life, step by step, through the doors that are open to everybody."""

from collections.abc import Sequence
from typing import assert_never
from uuid import UUID

from contracts.agency import ReferralAcknowledgedEvent, ReferralRejectedEvent
from contracts.codes import Role
from deploy.demo.agencies import Agencies
from deploy.demo.failures import PlayFailed
from deploy.demo.faults import encode, message
from deploy.demo.lives import (
    Accept,
    AssignLots,
    AtTheDoor,
    BeginActivity,
    BookMeeting,
    CompleteActivity,
    FaultyReferral,
    HoldFollowUp,
    HoldMeeting,
    Leave,
    Life,
    MakePlan,
    Meeting,
    Refer,
    Return,
    Samplan,
    Start,
    StateConsent,
    Step,
    WithThePlan,
    WithTheTeam,
)
from deploy.demo.office import Json, Office


class Lifeline:
    """Takes a life's steps. Remembers what the services answered: the case, its activities, its follow-ups."""

    def __init__(self, life: Life, agencies: Agencies, office: Office) -> None:
        self.life = life
        self._agencies = agencies
        self._office = office
        self._case: UUID | None = None
        self._activities: list[str] = []
        self._follow_ups: dict[int, str] = {}

    async def take(self, step: Step) -> None:
        """Takes a step, dated as the plan says. Raises PlayFailed, naming the referral and the step."""
        try:
            await self._take(step)
        except PlayFailed as failure:
            what = f"{self.life.referral.reference}, {type(step.action).__name__} on {step.on}"
            raise type(failure)(f"{what}: {failure}") from failure

    async def _take(self, step: Step) -> None:
        match step.action:
            case Refer() | Accept() | Return() | StateConsent() as action:
                await self._at_the_door(step.on.isoformat(), action)
            case BookMeeting() | HoldMeeting() | MakePlan() | Start() as action:
                await self._with_the_team(step.on.isoformat(), action)
            case BeginActivity() | CompleteActivity() | AssignLots() | HoldFollowUp() | Leave() as action:
                await self._with_the_plan(step.on.isoformat(), action)
            case _:
                assert_never(step.action)

    async def _at_the_door(self, on: str, action: AtTheDoor) -> None:
        match action:
            case Refer():
                await self._refer()
            case Accept():
                await self._referral("accept", {"accepted_on": on})
            case Return(reason):
                await self._referral("return", {"returned_on": on, "reason": reason})
            case StateConsent(choice):
                await self._referral("consent", {"choice": choice, "stated_on": on})
            case _:
                assert_never(action)

    async def _with_the_team(self, on: str, action: WithTheTeam) -> None:
        match action:
            case BookMeeting(meeting):
                await self._planning("meeting", {"booked_on": on, **_seat(meeting)})
            case HoldMeeting(mode):
                await self._planning("meeting/held", {"held_on": on, "mode": mode})
            case MakePlan(samplan):
                await self._make_plan(on, samplan)
            case Start():
                await self._planning("start", {"started_on": on})
            case _:
                assert_never(action)

    async def _with_the_plan(self, on: str, action: WithThePlan) -> None:
        match action:
            case BeginActivity(number):
                await self._activity(number, "start", {"started_on": on})
            case CompleteActivity(number, extent):
                await self._activity(number, "complete", {"completed_on": on, "extent": extent})
            case AssignLots(lots_id):
                await self._planning("lots", {"assigned_on": on, "lots_id": lots_id})
            case HoldFollowUp():
                await self._hold_follow_up(on, action)
            case Leave(reason):
                await self._planning("exit", {"exited_on": on, "reason": reason})
            case _:
                assert_never(action)

    @property
    def case(self) -> UUID:
        """The case the referral became. Raises PlayFailed before its receipt."""
        if self._case is None:
            self._case = self._agencies.case(self.life.agency, self.life.referral.reference)
        if self._case is None:
            raise PlayFailed("the agency has no receipt for this referral")
        return self._case

    async def _refer(self) -> None:
        reference = self.life.referral.reference
        match await self._agencies.refer(self.life.agency, reference, encode(message(self.life))):
            case ReferralAcknowledgedEvent() as acknowledged:
                self._case = acknowledged.data.case_id
            case ReferralRejectedEvent() as rejected:
                raise PlayFailed(f"the referral was rejected: {_codes(rejected)}")

    async def _referral(self, command: str, body: Json) -> Json:
        return await self._office.post(Role.COORDINATOR, f"/api/referral/cases/{self.case}/{command}", body)

    async def _planning(self, command: str, body: Json) -> Json:
        return await self._office.post(Role.COORDINATOR, f"/api/planning/cases/{self.case}/{command}", body)

    async def _make_plan(self, on: str, samplan: Samplan) -> None:
        activities = [{"responsible": one.responsible, "kind": one.kind} for one in samplan.activities]
        done = await self._planning("samplan", {"made_on": on, "activities": activities})
        self._activities = [one["activity_id"] for one in done["activities"]]

    async def _activity(self, number: int, command: str, body: Json) -> None:
        activity_id = (await self._activity_ids())[number]
        await self._planning(f"activities/{activity_id}/{command}", body)

    async def _activity_ids(self) -> Sequence[str]:
        if not self._activities:
            case = await self._office.get(Role.COORDINATOR, f"/api/planning/cases/{self.case}")
            self._activities = [one["activity_id"] for one in case["samplan"]["activities"]]
        return self._activities

    async def _hold_follow_up(self, on: str, action: HoldFollowUp) -> None:
        held = action.held
        role = Role.LOTS if held.months == 2 else Role.COORDINATOR
        follow_up_id = await self._follow_up(held.months)
        findings = [
            {"activity_id": activity_id, "outcome": outcome}
            for activity_id, outcome in zip(await self._activity_ids(), action.outcomes, strict=True)
        ]
        body: Json = {"held_on": on, "result": held.result, "activities": findings}
        if held.reason is not None:
            body["reason"] = held.reason
        await self._office.post(role, f"/api/followup/follow-ups/{follow_up_id}/complete", body)

    async def _follow_up(self, months: int) -> str:
        if months not in self._follow_ups:
            path = f"/api/followup/cases/{self.case}/follow-ups"
            known = await self._office.get_when(Role.COORDINATOR, path, lambda answer: bool(answer["items"]))
            self._follow_ups = {one["months"]: one["follow_up_id"] for one in known["items"]}
        return self._follow_ups[months]


async def send_faulty(faulty: FaultyReferral, agencies: Agencies) -> None:
    """Sends a message that must be refused. Raises PlayFailed if it was not, or for another reason."""
    receipt = await agencies.refer(faulty.agency, faulty.code, faulty.value)
    if not isinstance(receipt, ReferralRejectedEvent) or faulty.code not in _codes(receipt):
        said = _codes(receipt) if isinstance(receipt, ReferralRejectedEvent) else "taken in"
        raise PlayFailed(f"A message with {faulty.code} was {said}.")


def _seat(meeting: Meeting) -> Json:
    return {
        "team": meeting.session.team,
        "meets_on": meeting.session.meets_on.isoformat(),
        "starts_at": f"{meeting.session.starts_at:%H:%M}",
        "mode": meeting.mode,
    }


def _codes(rejected: ReferralRejectedEvent) -> list[str]:
    return [error.code for error in rejected.data.errors]
