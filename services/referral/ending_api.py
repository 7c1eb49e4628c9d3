"""The ends of a referral before the start over HTTP: withdrawn, declined, run out, and each of them taken back."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from contracts.agency import Reference
from contracts.codes import ReturnedBy, Role
from contracts.model import Code
from services.chassis.auth import User
from services.chassis.http import Body, Done, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day
from services.referral import commands
from services.referral.domain.permissions import PERMISSIONS, Act
from services.referral.domain.return_reasons import EXPIRED
from services.referral.own_referrals import own_agency, own_case
from services.referral.vault import Vault

_A_CASE = "6f0f6f1e-0d3a-4b5c-9f0e-3a5b7c9d1e2f"


class Ending(Body):
    """``ended_on``: today unless given. ``reason``: one of the insats' codes for a return."""

    model_config = examples({"ended_on": "2021-02-10", "reason": "not_relevant"})
    ended_on: Day | None = None
    reason: Code


class Declining(Ending):
    """``reason``: ``declined`` unless given; otherwise one of the insats' codes for a return."""

    model_config = examples({"ended_on": "2021-02-10"}, {})
    reason: Code = "declined"


class Expiring(Body):
    """``ended_on``: today unless given."""

    model_config = examples({"ended_on": "2021-02-10"}, {})
    ended_on: Day | None = None


class Withdrawal(Ending):
    """An agency's own referral, by its reference or, where it used that more than once, by the receipt's case id."""

    model_config = examples({"reference": "SOC-2021-88", "reason": "not_relevant"})
    reference: Reference | None = None
    case_id: UUID | None = None


class ReturnTakenBack(Body):
    """``event_id``: the return that never happened. It stays in the history and no longer counts."""

    model_config = examples({"event_id": "00000000-0000-4000-8000-000000000001", "reason": "wrong_person"})
    event_id: UUID
    reason: Code


def who(act: Act) -> Any:
    """Those of the table who may do it by a case's id; an agency does it by its own routes, to its own referrals."""
    return Depends(signed_in(*sorted(PERMISSIONS[act].roles - {Role.AGENCY})))


def ending_router(vault: Vault) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/referral", tags=["cases"])

    async def _end(
        request: CommandRequestOf, user: User, case_id: UUID, body: Ending | Expiring, by: ReturnedBy
    ) -> Done:
        reason = body.reason if isinstance(body, Ending) else EXPIRED
        async with request.unit(user.actor) as unit:
            appended = await commands.return_(unit, vault, case_id, body.ended_on, reason, by)
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    @router.post("/cases/{case_id}/withdraw", status_code=201)
    async def withdraw(
        case_id: UUID, body: Ending, request: CommandRequestOf, user: Annotated[User, who(Act.WITHDRAW)]
    ) -> Done:
        """Registers that the referrer has withdrawn the referral, for one who called."""
        return await _end(request, user, case_id, body, ReturnedBy.REFERRER)

    @router.post("/cases/{case_id}/decline", status_code=201)
    async def decline(
        case_id: UUID, body: Declining, request: CommandRequestOf, user: Annotated[User, who(Act.DECLINE)]
    ) -> Done:
        """Registers that the person does not want to take part."""
        return await _end(request, user, case_id, body, ReturnedBy.PARTICIPANT)

    @router.post("/cases/{case_id}/expire", status_code=201)
    async def expire(
        case_id: UUID, body: Expiring, request: CommandRequestOf, user: Annotated[User, who(Act.EXPIRE)]
    ) -> Done:
        """Registers that the referral has run out."""
        return await _end(request, user, case_id, body, ReturnedBy.EXPIRY)

    @router.post("/cases/{case_id}/registered-in-error", status_code=201)
    async def take_back(
        case_id: UUID, body: ReturnTakenBack, request: CommandRequestOf, user: Annotated[User, who(Act.TAKE_BACK)]
    ) -> Done:
        """Takes back an acceptance, the end of a referral before the start, or a question for completion; the case
        stands as before it. 409 ``referred_again`` if the agency has referred the person to the insats since,
        ``planning_begun`` if a meeting of an accepted case is booked or held."""
        async with request.unit(user.actor) as unit:
            appended = await commands.take_back_step(unit, vault, case_id, body.event_id, body.reason)
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    @router.post("/inbox/{agency_id}/withdrawals", status_code=201, tags=["agencies"])
    async def withdraw_own(
        agency_id: str,
        body: Withdrawal,
        request: CommandRequestOf,
        user: Annotated[User, Depends(signed_in(Role.AGENCY))],
    ) -> Done:
        """Withdraws one of the agency's own referrals that has not started."""
        agency = own_agency(agency_id, user)
        async with request.unit(user.actor) as unit:
            case_id = await own_case(unit, agency, body.reference, body.case_id)
            appended = await commands.return_(unit, vault, case_id, body.ended_on, body.reason, ReturnedBy.REFERRER)
            return await request.answered(unit, Done(case_id=case_id, events=Done.appended(appended)))

    return router
