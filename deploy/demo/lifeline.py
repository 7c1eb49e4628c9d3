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

_NAME: Final = re.compile(r"\{(case|activity|follow-up)(?:-([0-9]+))?\}")


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
        answer = await self._office.post(step.role, await self._filled(step.path), await self._filled(step.body))
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
            case "follow-up":
                return await self._follow_up(number)
            case _:
                return str(self.case)

    async def _activity_ids(self) -> Sequence[str]:
        if not self._activities:
            case = await self._office.get(Role.COORDINATOR, f"/api/planning/cases/{self.case}")
            self._activities = [one["activity_id"] for one in case["plans"][-1]["activities"]]
        return self._activities

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
