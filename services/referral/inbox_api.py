"""An agency's inbox over HTTP: the same messages, the same checks, and the receipt as the answer."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from contracts.agency import InboxEvent, ReferralAcknowledged, ReferralRejected, ReferralSubmittedEvent
from contracts.agency_requests import REQUEST_EVENTS, RequestCarriedOut, RequestRefused
from contracts.codes import Role
from contracts.envelope import CONTENT_TYPE, Event
from contracts.problems import Invalid
from services.chassis.auth import User
from services.chassis.http import RuntimeOf, problem, signed_in
from services.referral.agency_inbox import AgencyInbox
from services.referral.domain.record_form import LARGEST
from services.referral.intake import InboundRecord
from services.referral.own_referrals import own_agency


class Receipt(JSONResponse):
    """The receipt of what was taken in or done: an event, as on the agency's outbox."""

    media_type = CONTENT_TYPE


class Rejection(BaseModel):
    """What was not taken in or done: problem details with the receipt, which lists every error."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    receipt: Event[ReferralRejected] | Event[RequestRefused]


def inbox_api(inbox: AgencyInbox) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/referral", tags=["agencies"])

    @router.post(
        "/inbox/{agency_id}",
        status_code=201,
        response_class=Receipt,
        responses={201: {"model": Event[ReferralAcknowledged] | Event[RequestCarriedOut]}, 422: {"model": Rejection}},
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
        """Takes in one message as the agency's inbox does: a referral, or what is asked about one. The receipt goes
        to its outbox too."""
        agency = own_agency(agency_id, user)
        value = await _read(request)
        async with runtime.unit(user.actor) as unit:
            [receipt] = await inbox.take(unit, agency, [InboundRecord(value, None, user.id)])
        said = receipt.model_dump(mode="json", exclude_none=True)
        if isinstance(receipt.data, ReferralAcknowledged | RequestCarriedOut):
            return Receipt(said, status_code=201)
        refused = _REQUEST_REFUSED if isinstance(receipt.data, RequestRefused) else _REFERRAL_REJECTED
        return problem(refused, receipt=said)

    return router


_REFERRAL_REJECTED: Final = Invalid(
    "referral_rejected", "Anmälan togs inte emot. Rätta felen i kvittot och skicka ett nytt meddelande."
)
_REQUEST_REFUSED: Final = Invalid(
    "request_refused", "Det ni bad om är inte gjort. Läs i kvittot vad som hindrar, rätta det och skicka igen."
)


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


def _submitted() -> dict[str, Any]:
    """The body's schema: one of the types of messages."""
    return {"oneOf": [_inlined(event) for event in (ReferralSubmittedEvent, *REQUEST_EVENTS)]}


def _inlined(event: type[InboxEvent]) -> dict[str, Any]:
    """A message's schema with its definitions in place, because OpenAPI looks for them elsewhere."""
    schema = event.model_json_schema()
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
