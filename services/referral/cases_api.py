"""Referrals over HTTP for coordinators: listed, accepted, returned, consents, and names for other services' pages."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from contracts.codes import Member, ReturnedBy
from contracts.consent import INDIVIDUAL_FOLLOW_UP, ConsentStatus
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import Body, Done, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.chassis.project_leaders import CASEWORK
from services.chassis.runtime import Runtime
from services.referral import commands, inbox_store, protection, store
from services.referral.domain.case import CaseState
from services.referral.domain.consents import Terms
from services.referral.domain.permissions import PERMISSIONS, Act
from services.referral.name_readers import NAME_READERS, named_to
from services.referral.names import FOR_ANOTHER_PAGE, read_names
from services.referral.vault import Vault

_NAMES_AT_ONCE: Final = 200

_Coordinator = Annotated[User, Depends(signed_in(*sorted(PERMISSIONS[Act.ACCEPT].roles)))]
_Reader = Annotated[User, Depends(signed_in(*CASEWORK))]
_ReaderOfNames = Annotated[User, Depends(signed_in(*NAME_READERS))]


class CaseListed(BaseModel):
    """A case, with nothing about who it is.

    ``other_open``: it waits, and the person has another open referral to the insats. ``returned_by``: whose doing it
    was that it ended before the start. ``unit``: null where the person is protected from you, since it may say where
    the person lives.
    """

    model_config = ConfigDict(from_attributes=True)

    case_id: UUID
    insats: str
    agency: str
    unit: str | None
    referred_on: date
    received_at: datetime
    state: CaseState
    state_since: date
    consent: ConsentStatus
    other_open: bool
    returned_by: ReturnedBy | None


class CasesListed(BaseModel):
    """Cases by arrival, the newest first. ``next``: give it as ``after`` to get those that came before."""

    items: list[CaseListed]
    next: UUID | None


class Acceptance(Body):
    """``accepted_on``: today unless given."""

    model_config = examples({"accepted_on": "2021-02-10"}, {})
    accepted_on: Day | None = None


class ReturnToReferrer(Body):
    """``returned_on``: today unless given. ``reason``: one of the insats' codes for a return."""

    model_config = examples({"returned_on": "2021-02-10", "reason": "not_reached"})
    returned_on: Day | None = None
    reason: Code


class ConsentAnswer(Body):
    """``stated_on``: today unless given. ``purpose``: one that the insats asks about. ``how``: in which form.

    ``receivers``: the parties it is for, all unless given. ``valid_until``: its last day. ``guardian``: a guardian of
    somebody under 18 agrees too.
    """

    model_config = examples(
        {"choice": "withdrawn", "stated_on": "2021-06-01"},
        {"choice": "given", "purpose": "individual_follow_up", "how": "paper", "valid_until": "2099-06-01"},
    )
    choice: Literal[ConsentStatus.GIVEN, ConsentStatus.REFUSED, ConsentStatus.WITHDRAWN]
    stated_on: Day | None = None
    purpose: Code = INDIVIDUAL_FOLLOW_UP
    how: Code | None = None
    receivers: Annotated[tuple[Member, ...], Field(max_length=4)] = ()
    valid_until: Day | None = None
    guardian: bool = False

    def answer(self) -> commands.NewAnswer:
        """What the person answered."""
        terms = Terms(self.how, self.receivers, self.valid_until, self.guardian)
        return commands.NewAnswer(self.choice, self.stated_on, self.purpose, terms)


class NamesWanted(Body):
    """No more cases at once than a page shows."""

    model_config = examples({"case_ids": ["6f0f6f1e-0d3a-4b5c-9f0e-3a5b7c9d1e2f"]})
    case_ids: Annotated[list[UUID], Field(max_length=_NAMES_AT_ONCE)]


class NamesTold(BaseModel):
    """``names``: what stands for each name. ``withheld``: cases whose person is protected from you."""

    names: dict[UUID, str]
    withheld: list[UUID]


def cases_api(vault: Vault) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/referral", tags=["cases"])

    @router.get("/cases")
    async def cases(
        runtime: RuntimeOf,
        user: _Reader,
        state: CaseState | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        after: UUID | None = None,
    ) -> CasesListed:
        """Referrals in order, by arrival, the newest first."""
        found = await inbox_store.newest(runtime.pool, state, limit, after)
        items = await _listed(runtime, user, found)
        return CasesListed(items=items, next=items[-1].case_id if len(items) == limit else None)

    @router.get("/cases/{case_id}")
    async def case(case_id: UUID, runtime: RuntimeOf, user: _Reader) -> CaseListed:
        """One referral."""
        [listed] = await _listed(runtime, user, [await store.row(runtime.pool, case_id)])
        return listed

    @router.post("/cases/{case_id}/accept", status_code=201)
    async def accept(case_id: UUID, body: Acceptance, request: CommandRequestOf, user: _Coordinator) -> Done:
        """Takes the person on; planning can begin."""
        async with request.unit(user.actor) as unit:
            appended = await commands.accept(unit, vault, case_id, body.accepted_on)
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    @router.post("/cases/{case_id}/return", status_code=201)
    async def return_(case_id: UUID, body: ReturnToReferrer, request: CommandRequestOf, user: _Coordinator) -> Done:
        """Sends the referral back to its referrer."""
        async with request.unit(user.actor) as unit:
            appended = await commands.return_(unit, vault, case_id, body.returned_on, body.reason)
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    @router.post("/cases/{case_id}/consent", status_code=201)
    async def consent(case_id: UUID, body: ConsentAnswer, request: CommandRequestOf, user: _Coordinator) -> Done:
        """Registers what the person answers now about a purpose."""
        async with request.unit(user.actor) as unit:
            appended = await commands.change_consent(unit, vault, case_id, body.answer())
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    @router.post("/names")
    async def names(body: NamesWanted, runtime: RuntimeOf, user: _ReaderOfNames) -> NamesTold:
        """The names of cases' people, for a page. Who read which is written down.

        A project leader is told those of the insatser they lead, a team's representative those of people who let
        the party see their case; all other cases are left out.
        """
        async with runtime.unit(user.actor) as unit:
            cases = await named_to(unit.conn, user, body.case_ids, unit.today)
            read = await read_names(unit, vault, cases, user, FOR_ANOTHER_PAGE)
        return NamesTold(names=dict(read), withheld=sorted(read.withheld))

    return router


async def _listed(runtime: Runtime, user: User, rows: Sequence[store.Row]) -> list[CaseListed]:
    withheld = await protection.withheld(runtime.pool, [row.case_id for row in rows], user)
    listed = map(CaseListed.model_validate, rows)
    return [each.model_copy(update={"unit": None}) if each.case_id in withheld else each for each in listed]
