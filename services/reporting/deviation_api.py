"""Deviations over HTTP: reported by those who work in the co-operation, closed by the office."""

from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from contracts.codes import DeviationKind, DeviationMeasure, Member, Role
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import Body, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day, Text
from services.reporting import commands, deviation_store
from services.reporting.domain.deviations import MOST_WORDS, NewDeviation, Sight, Wanted

LISTED: Final = 200
REPORTERS: Final = (
    Role.COORDINATOR,
    Role.LOTS,
    Role.PROJECT_LEADER,
    Role.TEAM_REPRESENTATIVE,
    Role.OFFICE,
)
Office = Annotated[User, Depends(signed_in(Role.OFFICE))]
Reporter = Annotated[User, Depends(signed_in(*REPORTERS))]
Words = Annotated[Text, Field(min_length=1, max_length=MOST_WORDS)]


class DeviationIn(Body):
    """``deviation_id``: chosen by the client; the same sent again changes nothing. ``what``: names nobody."""

    model_config = examples(
        {
            "happened_on": "2021-03-04",
            "area": "jarva",
            "kind": "cooperation",
            "member": "arbetsformedlingen",
            "what": "Ingen svarade när teamet sökte en handläggare, två veckor i rad.",
        }
    )
    deviation_id: UUID | None = None
    happened_on: Day
    area: Code
    kind: DeviationKind
    member: Member | None = None
    unit: Code | None = None
    insats: Code | None = None
    what: Words

    def new(self) -> NewDeviation:
        """What is asked of the domain."""
        return NewDeviation(self.happened_on, self.area, self.kind, self.what, self.member, self.unit, self.insats)


class ClosingIn(Body):
    """``done``: what was done, in words that name nobody."""

    model_config = examples({"measure": "routine_changed", "done": "En egen telefontid för teamen varje dag."})
    measure: DeviationMeasure
    done: Words | None = None


class DeviationOut(BaseModel):
    """A deviation. ``what`` and ``done``: null once their words have been removed."""

    model_config = ConfigDict(from_attributes=True)

    deviation_id: UUID
    area: str
    kind: DeviationKind
    member: Member | None
    unit: str | None
    insats: str | None
    happened_on: date
    reported_at: datetime
    closed_on: date | None
    measure: DeviationMeasure | None
    taken_back: bool
    what: str | None
    done: str | None


class DeviationsOut(BaseModel):
    """The deviations that were asked for, the one reported last first."""

    items: list[DeviationOut]


def deviation_api() -> APIRouter:
    """The routes under /api/reporting/deviations."""
    router = APIRouter(prefix="/api/reporting/deviations", tags=["deviations"])

    @router.post("", status_code=201)
    async def report(body: DeviationIn, request: CommandRequestOf, user: Reporter) -> DeviationOut:
        """Reports a deviation. A text with an identity number in it is refused."""
        async with request.unit(user.actor) as unit:
            made = await commands.report_deviation(unit, body.deviation_id or uuid4(), body.new())
            return await request.answered(unit, DeviationOut.model_validate(made))

    @router.get("")
    async def listed(
        runtime: RuntimeOf,
        user: Reporter,
        member: Member | None = None,
        area: Annotated[Code | None, Query()] = None,
        kind: DeviationKind | None = None,
        open_still: Annotated[bool | None, Query(alias="open")] = None,
    ) -> DeviationsOut:
        """At most 200. Coordinators, lotsar and the office see all; a project leader those of the insatser they lead,
        a party's representative those of the party; and everybody what they reported themselves."""
        wanted = Wanted(member, area, kind, open_still)
        async with runtime.pool.acquire() as connection:
            found = await deviation_store.newest(connection, sight_of(user), wanted, LISTED)
        return DeviationsOut(items=[DeviationOut.model_validate(each) for each in found])

    @router.post("/{deviation_id}/closed", status_code=201)
    async def close(deviation_id: UUID, body: ClosingIn, request: CommandRequestOf, user: Office) -> DeviationOut:
        """Closes a deviation, with what was done."""
        async with request.unit(user.actor) as unit:
            made = await commands.close_deviation(unit, deviation_id, body.measure, body.done)
            return await request.answered(unit, DeviationOut.model_validate(made))

    @router.post("/{deviation_id}/closed/registered-in-error", status_code=201)
    async def reopen(deviation_id: UUID, request: CommandRequestOf, user: Office) -> DeviationOut:
        """Registers that a deviation was closed in error: it is open again."""
        async with request.unit(user.actor) as unit:
            made = await commands.reopen_deviation(unit, deviation_id)
            return await request.answered(unit, DeviationOut.model_validate(made))

    @router.post("/{deviation_id}/registered-in-error", status_code=201)
    async def take_back(deviation_id: UUID, request: CommandRequestOf, user: Office) -> DeviationOut:
        """Registers that a deviation was reported in error: it no longer counts, and its words are removed."""
        async with request.unit(user.actor) as unit:
            made = await commands.take_back_deviation(unit, deviation_id)
            return await request.answered(unit, DeviationOut.model_validate(made))

    @router.post("/{deviation_id}/words-removed", status_code=201)
    async def remove_words(deviation_id: UUID, request: CommandRequestOf, user: Office) -> DeviationOut:
        """Removes what was written about a deviation, as where it gives somebody away. It still counts."""
        async with request.unit(user.actor) as unit:
            made = await commands.remove_words(unit, deviation_id)
            return await request.answered(unit, DeviationOut.model_validate(made))

    return router


def sight_of(user: User) -> Sight:
    """Which deviations a user sees."""
    return Sight(
        actor=str(user.actor),
        everything=user.has(Role.COORDINATOR, Role.LOTS, Role.OFFICE),
        insatser=user.leads,
        member=user.member,
    )
