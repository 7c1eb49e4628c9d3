"""One life, step by step, through what is open to everybody: the agencies' topics and the services' HTTP APIs."""

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from contracts.agency import ReferralAcknowledged, ReferralRejected
from contracts.codes import Role
from deploy.demo.agencies import Agencies
from deploy.demo.failures import PlayFailed
from deploy.demo.faults import encode, message
from deploy.demo.lives import INBOX, FaultyReferral, Life, Step
from deploy.demo.office import Office

_NAME: Final = re.compile(r"\{(case|activity|follow-up|place|employment|group|enrolment)(?:-([0-9]+))?\}")


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
            what = f"{self.life.referral.reference}, {step.path} on {step.on}"
            raise type(failure)(f"{what}: {failure}") from failure

    async def _take(self, step: Step) -> None:
        if step.path == INBOX:
            await self._refer()
            return
        who = self.life.agency if step.role is Role.AGENCY else step.role
        answer = await self._office.post(who, await self._filled(step.path), await self._filled(step.body))
        if step.path.endswith("/samplan"):
            self._activities = [one["activity_id"] for one in answer["activities"]]

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
            case ReferralAcknowledged() as acknowledged:
                self._case = acknowledged.case_id
            case ReferralRejected() as rejected:
                raise PlayFailed(f"the referral was rejected: {_codes(rejected)}")

    async def _filled(self, value: Any) -> Any:
        """The value with ids in place of the names in braces."""
        match value:
            case str():
                for name in _NAME.finditer(value):
                    value = value.replace(name[0], await self._id(name[1], int(name[2] or 0)))
                return value
            case list():
                return [await self._filled(each) for each in value]
            case dict():
                return {key: await self._filled(each) for key, each in value.items()}
            case _:
                return value

    async def _id(self, name: str, number: int) -> str:
        match name:
            case "activity":
                return (await self._activity_ids())[number]
            case "group":
                return await self._group(number)
            case "enrolment":
                return await self._enrolment()
            case "place":
                return await self._place(number)
            case "follow-up":
                return await self._follow_up(number)
            case "employment":
                return await self._employment(number)
            case _:
                return str(self.case)

    async def _activity_ids(self) -> Sequence[str]:
        if not self._activities:
            case = await self._office.get(Role.COORDINATOR, f"/api/planning/cases/{self.case}")
            self._activities = [one["activity_id"] for one in case["plans"][-1]["activities"]]
        return self._activities

    async def _place(self, number: int) -> str:
        """The places of a supplier, by its number in the list of names."""
        known = await self._office.get(Role.COORDINATOR, "/api/planning/places?insats=arbetstraning")
        return str(known["items"][number]["place_id"])

    async def _employment(self, number: int) -> str:
        case = await self._office.get(Role.COORDINATOR, f"/api/planning/cases/{self.case}")
        return str(case["employments"][number]["employment_id"])

    async def _group(self, number: int) -> str:
        """A group of the insats, by its number among those of the year."""
        referral = self.life.referral
        of_the_year = f"insats={referral.insats}&from={referral.referred_on.year}-01-01"
        known = await self._office.get(Role.COORDINATOR, f"/api/planning/groups?{of_the_year}")
        return str(known["items"][number]["group_id"])

    async def _enrolment(self) -> str:
        """The latest seat in a group."""
        case = await self._office.get(Role.COORDINATOR, f"/api/planning/cases/{self.case}")
        return str(case["enrolments"][-1]["enrolment_id"])

    async def _follow_up(self, months: int) -> str:
        if months not in self._follow_ups:
            path = f"/api/followup/cases/{self.case}/follow-ups"
            known = await self._office.get_when(Role.COORDINATOR, path, lambda answer: bool(answer["items"]))
            self._follow_ups = {one["months"]: one["follow_up_id"] for one in known["items"]}
        return self._follow_ups[months]


async def send_faulty(faulty: FaultyReferral, agencies: Agencies) -> None:
    """Sends a message that must be refused. Raises PlayFailed if it was not, or for another reason."""
    receipt = await agencies.refer(faulty.agency, faulty.code, faulty.value)
    if not isinstance(receipt, ReferralRejected) or faulty.code not in _codes(receipt):
        said = _codes(receipt) if isinstance(receipt, ReferralRejected) else "taken in"
        raise PlayFailed(f"A message with {faulty.code} was {said}.")


def _codes(rejected: ReferralRejected) -> list[str]:
    return [error.code for error in rejected.errors]
