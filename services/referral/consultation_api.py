"""Consultations over HTTP: noted, counted, and taken back when noted by mistake."""

from datetime import date
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from contracts.catalogue import INSATSER
from contracts.codes import Role
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import AppendedEvent, Body, Done, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import EARLIEST, LATEST, Day
from services.referral import commands, consultation_store
from services.referral.domain.consultation import HoldConsultation

CaseWorker = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS))]
Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE))]
Year = Annotated[int, Query(ge=EARLIEST.year, le=LATEST.year)]


class NewConsultation(Body):
    """``held_on``: today unless given. ``asker``: a kind of unit or role of the insats' door, or ``other``."""

    model_config = examples(
        {
            "insats": "sip-samordnare",
            "asker": "socialtjanst",
            "forum": "booked_time",
            "topic": "coordinated_plan",
            "led_to": "nothing",
        }
    )
    insats: Code
    held_on: Day | None = None
    asker: Code
    forum: Code
    topic: Code
    led_to: Code = "nothing"

    def command(self, today: date) -> HoldConsultation:
        """What is asked of the domain."""
        insats, day = INSATSER.get(self.insats), self.held_on or today
        return HoldConsultation(insats, day, self.asker, self.forum, self.topic, self.led_to, today)


class ConsultationNoted(BaseModel):
    """The consultation, and what was appended to its stream."""

    consultation_id: UUID
    events: list[AppendedEvent]


class CountedByMonth(BaseModel):
    """How many consultations an asker had in a month, 1 to 12."""

    model_config = ConfigDict(from_attributes=True)

    month: int = Field(ge=1, le=12)
    asker: str
    count: int


class YearOfConsultations(BaseModel):
    total: int
    months: list[CountedByMonth]


def consultation_api() -> APIRouter:
    """The routes under /api/referral/consultations."""
    router = APIRouter(prefix="/api/referral/consultations", tags=["consultations"])

    @router.post("", status_code=201)
    async def hold(body: NewConsultation, request: CommandRequestOf, user: CaseWorker) -> ConsultationNoted:
        """Notes a consultation: who asked, where, about what, and what came of it. It is no case; nobody is named."""
        consultation_id = uuid4()
        async with request.unit(user.actor) as unit:
            appended = await commands.hold_consultation(unit, consultation_id, body.command(unit.today))
            noted = ConsultationNoted(consultation_id=consultation_id, events=Done.appended(appended))
            return await request.answered(unit, noted)

    @router.post("/{consultation_id}/registered-in-error", status_code=201)
    async def take_back(consultation_id: UUID, request: CommandRequestOf, user: CaseWorker) -> ConsultationNoted:
        """Registers that a consultation never was. It stays in the history and no longer counts."""
        async with request.unit(user.actor) as unit:
            appended = await commands.take_back_consultation(unit, consultation_id)
            noted = ConsultationNoted(consultation_id=consultation_id, events=Done.appended(appended))
            return await request.answered(unit, noted)

    @router.get("")
    async def counted(insats: Code, year: Year, runtime: RuntimeOf, _user: Reader) -> YearOfConsultations:
        """An insats' consultations of a year by month and asker."""
        async with runtime.pool.acquire() as connection:
            rows = await consultation_store.counted(connection, insats, year)
        months = [CountedByMonth.model_validate(row) for row in rows]
        return YearOfConsultations(total=sum(each.count for each in months), months=months)

    return router
