"""People put forward in a preparing group over HTTP: noted, counted, and taken back when noted by mistake."""

from datetime import date
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from contracts.catalogue import INSATSER
from contracts.model import Code
from services.chassis.http import AppendedEvent, Body, Done, RuntimeOf, examples
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.referral import commands, put_forward_store
from services.referral.consultation_api import CaseWorker, Reader, Year
from services.referral.domain.put_forward import PutForward


class NewPutForward(Body):
    """``met_on``: the day of the group's meeting; today unless given. ``by``: one that the group's door admits."""

    model_config = examples({"insats": "beredningsgrupp", "by": "forsakringskassan", "led_to": "joint_meeting"})
    insats: Code
    met_on: Day | None = None
    by: Code
    led_to: Code = "nothing"

    def command(self, today: date) -> PutForward:
        """What is asked of the domain."""
        return PutForward(INSATSER.get(self.insats), self.met_on or today, self.by, self.led_to, today)


class PutForwardNoted(BaseModel):
    """Somebody put forward, and what was appended to the stream of it."""

    put_forward_id: UUID
    events: list[AppendedEvent]


class PutForwardByMonth(BaseModel):
    """How many a party put forward in a month, 1 to 12."""

    model_config = ConfigDict(from_attributes=True)

    month: int = Field(ge=1, le=12)
    by: str = Field(validation_alias="asker")
    count: int


class YearOfPutForward(BaseModel):
    total: int
    months: list[PutForwardByMonth]


def put_forward_api() -> APIRouter:
    """The routes under /api/referral/put-forward."""
    router = APIRouter(prefix="/api/referral/put-forward", tags=["put forward"])

    @router.post("", status_code=201)
    async def note(body: NewPutForward, request: CommandRequestOf, user: CaseWorker) -> PutForwardNoted:
        """Notes that somebody was put forward in the group: by whom, and what came of it. Nobody is named."""
        put_forward_id = uuid4()
        async with request.unit(user.actor) as unit:
            appended = await commands.note_put_forward(unit, put_forward_id, body.command(unit.today))
            noted = PutForwardNoted(put_forward_id=put_forward_id, events=Done.appended(appended))
            return await request.answered(unit, noted)

    @router.post("/{put_forward_id}/registered-in-error", status_code=201)
    async def take_back(put_forward_id: UUID, request: CommandRequestOf, user: CaseWorker) -> PutForwardNoted:
        """Registers that nobody was put forward after all. It stays in the history and no longer counts."""
        async with request.unit(user.actor) as unit:
            appended = await commands.take_back_put_forward(unit, put_forward_id)
            noted = PutForwardNoted(put_forward_id=put_forward_id, events=Done.appended(appended))
            return await request.answered(unit, noted)

    @router.get("")
    async def counted(insats: Code, year: Year, runtime: RuntimeOf, _user: Reader) -> YearOfPutForward:
        """Those put forward in a group in a year, by month and by who did it."""
        async with runtime.pool.acquire() as connection:
            rows = await put_forward_store.counted(connection, insats, year)
        months = [PutForwardByMonth.model_validate(row) for row in rows]
        return YearOfPutForward(total=sum(each.count for each in months), months=months)

    return router
