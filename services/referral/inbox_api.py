"""Agencies' referrals over HTTP: the same message, the same checks, and the receipt as the answer."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from contracts.agency import ReferralAcknowledged, ReferralRejected, ReferralSubmittedEvent
from contracts.catalogue import AGENCIES, Agency
from contracts.codes import Role
from contracts.envelope import CONTENT_TYPE, Event
from contracts.problems import Forbidden, Invalid, NotFound
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, problem, signed_in
from services.referral.domain.reading import LARGEST
from services.referral.intake import InboundRecord, Intake


class Receipt(JSONResponse):
    """The receipt of a referral that was taken in: an event, as on the agency's outbox."""

    media_type = CONTENT_TYPE


class Rejection(BaseModel):
    """A referral that was not taken in: problem details with the receipt, which lists every error."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    receipt: Event[ReferralRejected]


def inbox_api(intake: Intake) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/referral", tags=["agencies"])

    @router.post(
        "/inbox/{agency_id}",
        status_code=201,
        response_class=Receipt,
        responses={201: {"model": Event[ReferralAcknowledged]}, 422: {"model": Rejection}},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {CONTENT_TYPE: {"schema": _submitted(), "example": _EXAMPLE}},
            }
        },
    )
    async def refer(
        agency_id: str, request: Request, runtime: RuntimeOf, user: Annotated[User, Depends(signed_in(Role.AGENCY))]
    ) -> Response:
        """Takes in one referral as the agency's inbox does. The receipt goes to its outbox too."""
        agency = _own_agency(agency_id, user)
        value = await _read(request)
        async with runtime.unit(user.actor) as unit:
            [receipt] = await intake.ingest(unit, agency, [InboundRecord(value, None, user.id)])
        if isinstance(receipt.data, ReferralAcknowledged):
            return Receipt(receipt.model_dump(mode="json", exclude_none=True), status_code=201)
        refused = Invalid(
            "referral_rejected", "Anmälan togs inte emot. Rätta felen i kvittot och skicka ett nytt meddelande."
        )
        return problem(refused, receipt=receipt.model_dump(mode="json", exclude_none=True))

    return router


def _own_agency(agency_id: str, user: User) -> Agency:
    agency = AGENCIES.get(agency_id)
    if agency is None:
        raise NotFound("agency_unknown", "Det finns ingen sådan myndighet i katalogen.")
    if user.agency != agency_id:
        raise Forbidden("other_agency", "Du kan bara anmäla för din egen myndighet.")
    return agency


async def _read(request: Request) -> bytes:
    """The body, or as much of it as shows that it is too large."""
    value = bytearray()
    async for chunk in request.stream():
        value += chunk
        if len(value) > LARGEST:
            break
    return bytes(value)


# The number is a test number, of nobody.
_EXAMPLE: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "9d5ef7a4-6c1e-459b-8d0a-8f13e5cc9bba",
    "source": "urn:agency:stockholms-stad",
    "type": "ReferralSubmitted",
    "data": {
        "reference": "SOC-2021-88",
        "insats": "finsam-team",
        "referred_on": "2021-03-15",
        "referrer": {"unit": "farsta", "officer": {"name": "Ödla Remittentsson", "email": "odla@example.org"}},
        "person": {
            "identity_number": "198703149818",
            "given_name": "Påhitta",
            "family_name": "Exempelsson",
            "sex": "woman",
        },
        "needs": ["kommun", "forsakringskassan"],
        "consent": {"choice": "given", "stated_on": "2021-03-12"},
        "background": {"education": "compulsory", "benefits": ["income_support"], "public_support_years": 3},
    },
}


def _submitted_and_example() -> dict[str, Any]:
    return {"schema": _submitted(), "example": _EXAMPLE}


def _submitted() -> dict[str, Any]:
    """The body's schema with its definitions in place, because OpenAPI looks for them elsewhere."""
    schema = ReferralSubmittedEvent.model_json_schema()
    definitions = schema.pop("$defs")

    def whole(node: Any) -> Any:
        match node:
            case {"$ref": str(reference), **others}:
                return {**whole(definitions[reference.rpartition("/")[2]]), **others}
            case dict():
                return {name: whole(inner) for name, inner in node.items()}
            case list():
                return [whole(inner) for inner in node]
            case _:
                return node

    inlined: dict[str, Any] = whole(schema)
    return inlined
