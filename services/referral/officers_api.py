"""Another referrer, over HTTP: registered by a coordinator or by the agency, and officers who leave."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from contracts.agency import Email, Officer, Phone, Reference
from contracts.codes import ReferrerChangeCause, Role
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import Body, Done, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day, Text
from services.referral import officers
from services.referral.domain.permissions import Act
from services.referral.ending_api import who
from services.referral.officers import NewReferrer
from services.referral.own_referrals import own_agency, own_case
from services.referral.vault import Vault

_Name = Annotated[Text, Field(min_length=1, max_length=200, pattern=r"\S")]
_Agency = Annotated[User, Depends(signed_in(Role.AGENCY))]


class ReferrerChange(Body):
    """``unit``: the id of one of the agency's. ``changed_on``: today unless given."""

    model_config = examples({"unit": "farsta", "name": "Ny Remittentsson", "cause": "left"})
    unit: Code
    name: _Name
    email: Email | None = None
    phone: Phone | None = None
    cause: ReferrerChangeCause
    changed_on: Day | None = None

    def referrer(self) -> NewReferrer:
        """Who refers from now on."""
        officer = Officer(name=self.name, email=self.email, phone=self.phone)
        return NewReferrer(self.unit, officer, self.cause, self.changed_on)


class OwnReferrerChange(ReferrerChange):
    """Of one of the agency's own referrals, by its reference or by the receipt's case id."""

    model_config = examples(
        {"reference": "SOC-2021-88", "unit": "farsta", "name": "Ny Remittentsson", "cause": "took_over"}
    )
    reference: Reference | None = None
    case_id: UUID | None = None


class Leaver(Body):
    """``name``: as it stands in the officer's referrals. ``left_on``: from which day nobody answers for them."""

    model_config = examples({"unit": "farsta", "name": "Ödla Remittentsson", "left_on": "2021-06-30"})
    unit: Code
    name: _Name
    left_on: Day


class Left(Body):
    """How many open referrals need another referrer."""

    open_referrals: int


def officers_router(vault: Vault) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/referral", tags=["cases"])

    @router.post("/cases/{case_id}/change-referrer", status_code=201)
    async def change(
        case_id: UUID,
        body: ReferrerChange,
        request: CommandRequestOf,
        user: Annotated[User, who(Act.CHANGE_REFERRER)],
    ) -> Done:
        """Puts another officer in the referral."""
        async with request.unit(user.actor) as unit:
            appended = await officers.change(unit, vault, case_id, body.referrer())
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    @router.post("/inbox/{agency_id}/referrers", status_code=201, tags=["agencies"])
    async def change_own(agency_id: str, body: OwnReferrerChange, request: CommandRequestOf, user: _Agency) -> Done:
        """Puts another officer in one of the agency's own referrals."""
        agency = own_agency(agency_id, user)
        async with request.unit(user.actor) as unit:
            case_id = await own_case(unit, agency, body.reference, body.case_id)
            appended = await officers.change(unit, vault, case_id, body.referrer())
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    @router.post("/inbox/{agency_id}/leavers", status_code=201, tags=["agencies"])
    async def leave(agency_id: str, body: Leaver, request: CommandRequestOf, user: _Agency) -> Left:
        """Says that an officer leaves. The open referrals are listed for the agency and the coordinators from the
        day the officer is gone, until each has another referrer."""
        agency = own_agency(agency_id, user)
        async with request.unit(user.actor) as unit:
            count = await officers.leave(unit, vault, agency, body.unit, body.name, body.left_on, user)
            return await request.answered(unit, Left(open_referrals=count))

    return router
