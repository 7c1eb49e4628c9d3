"""Hand-backs over HTTP: an agency acknowledges those of its own referrals, coordinators read which are not."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from contracts.agency import Reference
from contracts.catalogue import Agency
from contracts.codes import Role
from contracts.problems import Conflict, Invalid, NotFound
from services.chassis.auth import User
from services.chassis.http import Body, Done, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.chassis.unit import Unit
from services.referral import commands, ending_store, hand_back_store
from services.referral.domain.hand_back import AcknowledgeHandBack
from services.referral.domain.permissions import PERMISSIONS, Act
from services.referral.own_referrals import own_agency
from services.referral.vault import Vault

SHOWN = 200


class Acknowledgement(Body):
    """Which hand-back, by the referral's reference or, where the agency used that more than once, by the receipt's
    case id. ``acknowledged_on``: today unless given."""

    model_config = examples(
        {"reference": "SOC-2021-88"}, {"reference": "SOC-2021-88", "acknowledged_on": "2021-10-04"}
    )
    reference: Reference | None = None
    case_id: UUID | None = None
    acknowledged_on: Day | None = None


class NotAcknowledged(BaseModel):
    """A case that was handed back to its referrer."""

    case_id: UUID
    insats: str
    agency: str
    handed_back_on: date


def hand_back_router(vault: Vault) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/referral", tags=["agencies"])

    @router.post("/inbox/{agency_id}/hand-backs/acknowledged", status_code=201)
    async def acknowledge(
        agency_id: str,
        body: Acknowledgement,
        request: CommandRequestOf,
        user: Annotated[User, Depends(signed_in(*sorted(PERMISSIONS[Act.ACKNOWLEDGE_HAND_BACK].roles)))],
    ) -> Done:
        """The agency has got a case back and goes on with it. 409 ``already_acknowledged`` the second time."""
        agency = own_agency(agency_id, user)
        async with request.unit(user.actor) as unit:
            case_id = await _own_case(unit, agency, body.reference, body.case_id)
            command = AcknowledgeHandBack(body.acknowledged_on or unit.today, unit.today)
            appended = await commands.carry_out(unit, vault, case_id, command)
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    @router.get("/hand-backs", tags=["cases"])
    async def not_acknowledged(
        runtime: RuntimeOf, _user: Annotated[User, Depends(signed_in(Role.COORDINATOR))]
    ) -> list[NotAcknowledged]:
        """The hand-backs that no referrer has acknowledged, the oldest first; 200 at most."""
        async with runtime.pool.acquire() as connection:
            found = await hand_back_store.not_acknowledged(connection, SHOWN)
        return [
            NotAcknowledged(
                case_id=each.case_id, insats=each.insats, agency=each.agency, handed_back_on=each.handed_back_on
            )
            for each in found
        ]

    return router


async def _own_case(unit: Unit, agency: Agency, reference: str | None, case_id: UUID | None) -> UUID:
    """The agency's case that was handed back. Raises Invalid, NotFound and Conflict."""
    match reference, case_id:
        case None, UUID():
            if not await ending_store.owned(unit.conn, case_id, agency.id):
                raise _unknown()
            return case_id
        case str(), None:
            found = await hand_back_store.by_reference(unit.conn, agency.id, reference)
            if not found:
                raise _unknown()
            if len(found) > 1:
                message = "Flera återförda ärenden har den beteckningen. Ange case_id ur kvittot i stället."
                raise Conflict("reference_ambiguous", message)
            return found[0]
        case _:
            raise Invalid("one_of_two", "Ange antingen reference eller case_id.", "reference")


def _unknown() -> NotFound:
    return NotFound("hand_back_unknown", "Er myndighet har inget sådant återfört ärende som väntar på att tas emot.")
