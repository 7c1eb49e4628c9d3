"""What an agency asks about a referral it has sent: read from its inbox, and the receipt of it.

What cannot be read, and what says that it is a referral, is read as a referral is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeAlias
from uuid import UUID

from pydantic import TypeAdapter

from contracts.agency import FieldError, RecordPlace, RejectionCode
from contracts.agency_requests import (
    REQUEST_EVENTS,
    RequestCarriedOut,
    RequestError,
    RequestEvent,
    RequestRefused,
    RequestType,
)
from contracts.identifying import gives_away
from contracts.problems import Refused
from services.referral.domain.reading import Submission, illegible, read_referral
from services.referral.domain.record_form import Parsed, field_errors, parse_record, validate

_CONTRACTS: Final[Mapping[str, TypeAdapter[RequestEvent]]] = {
    event.__name__.removesuffix("Event"): TypeAdapter(event) for event in REQUEST_EVENTS
}

_FIELDS: Final[Mapping[str, str]] = {
    "reference": "data.reference",
    "case_id": "data.case_id",
    "reason": "data.reason",
    "unit": "data.unit",
    "returned_on": "data.withdrawn_on",
    "completed_on": "data.answered_on",
    "changed_on": "data.replaced_on",
}
"""Where in a message a field is that a decision names."""


@dataclass(frozen=True)
class Request:
    """A message that keeps to its contract. ``content``: the same for two records that say the same."""

    event: RequestEvent = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class MalformedRequest:
    """A message that says that it is a request and does not keep to the contract. ``reference`` and ``message_id``:
    None where they cannot be read, or give away who somebody is."""

    message_type: RequestType
    errors: tuple[FieldError, ...]
    reference: str | None
    message_id: str | None


ReadRequest: TypeAlias = Request | MalformedRequest


def read_record(value: bytes | None) -> Submission | ReadRequest:
    """Reads a record of an inbox by the type it says, whatever it holds."""
    parsed = parse_record(value)
    if isinstance(parsed, FieldError):
        return illegible(value, parsed)
    kind = parsed.tree.get("type")
    contract = _CONTRACTS.get(kind) if isinstance(kind, str) else None
    return read_referral(parsed) if contract is None else _read_request(parsed, kind, contract)


def _read_request(parsed: Parsed, kind: Any, contract: TypeAdapter[RequestEvent]) -> ReadRequest:
    validated = validate(parsed, contract)
    message_id = validated.at(parsed, "id")
    reference = validated.at(parsed, "data", "reference")
    errors = (
        *field_errors(validated.wrong),
        *_identities({"id": message_id, "data.reference": reference}),
    )
    if validated.event is not None and not errors:
        return Request(validated.event, parsed.content)
    return MalformedRequest(kind, errors, _unless_identity(reference), _unless_identity(message_id))


def _identities(texts: Mapping[str, str | None]) -> Iterable[FieldError]:
    """The message's id and the reference come back in receipts, so they may not identify anybody."""
    for at, text in texts.items():
        if text is not None and gives_away(text, None):
            yield FieldError(
                field=at,
                code=RejectionCode.REFERENCE_IS_AN_IDENTITY,
                message="Använd en egen beteckning som inte innehåller något personnummer.",
            )


def _unless_identity(text: str | None) -> str | None:
    return None if text is None or gives_away(text, None) else text


ID_REUSED: Final = RequestError(
    field="id",
    code=RejectionCode.MESSAGE_ID_REUSED.value,
    message="Ett annat eller raderat meddelande har redan skickats med samma id. Ge varje meddelande ett eget.",
)


@dataclass(frozen=True)
class Receiving:
    """What a receipt says beside the message: who sent it, when it is read, and where it lay (None: over HTTP)."""

    agency: str
    today: date
    place: RecordPlace | None


def carried_out(event: RequestEvent, case_id: UUID, receiving: Receiving) -> RequestCarriedOut:
    """The receipt of a request that was done."""
    return RequestCarriedOut(
        happened_on=receiving.today,
        agency=receiving.agency,
        reference=event.data.reference,
        message_id=event.id,
        record=receiving.place,
        message_type=event.type,
        case_id=case_id,
    )


def repeated(first: RequestCarriedOut, receiving: Receiving) -> RequestCarriedOut:
    """The receipt of a message that came again: as it was, for the place the message lies now."""
    return first.model_copy(update={"repeated": True, "record": receiving.place})


def refused(event: RequestEvent, error: RequestError, receiving: Receiving) -> RequestRefused:
    """The receipt of a request that was not done."""
    return RequestRefused(
        happened_on=receiving.today,
        agency=receiving.agency,
        reference=event.data.reference,
        message_id=event.id,
        record=receiving.place,
        message_type=event.type,
        errors=(error,),
    )


def malformed(request: MalformedRequest, receiving: Receiving) -> RequestRefused:
    """The receipt of a message that does not keep to its contract: every error."""
    return RequestRefused(
        happened_on=receiving.today,
        agency=receiving.agency,
        reference=request.reference,
        message_id=request.message_id,
        record=receiving.place,
        message_type=request.message_type,
        errors=tuple(
            RequestError(field=each.field, code=each.code.value, message=each.message) for each in request.errors
        ),
    )


def error_of(refusal: Refused) -> RequestError:
    """Why a decision refused, as a receipt says it."""
    at = "" if refusal.field is None else _FIELDS.get(refusal.field, "data")
    return RequestError(field=at, code=refusal.code, message=refusal.message)
