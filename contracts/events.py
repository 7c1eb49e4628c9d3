"""All events by name, and how one is written and read."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field, TypeAdapter

from contracts.agency import ReceiptEvent, ReferralAcknowledgedEvent, ReferralRejectedEvent
from contracts.envelope import Envelope, Fact, schema_urn
from contracts.followup import FollowUpEvent
from contracts.model import Model, nfc
from contracts.operations import OperationsEvent
from contracts.planning import PlanningEvent
from contracts.referral import ReferralEvent

STOCKHOLM: Final = ZoneInfo("Europe/Stockholm")


def _members(union: Any) -> tuple[type[Envelope], ...]:
    return get_args(get_args(union)[0])


REFERRAL_EVENTS: Final = _members(ReferralEvent)
PLANNING_EVENTS: Final = _members(PlanningEvent)
FOLLOWUP_EVENTS: Final = _members(FollowUpEvent)
RECEIPT_EVENTS: Final = _members(ReceiptEvent)
OPERATIONS_EVENTS: Final = _members(OperationsEvent)
ALL_EVENTS: Final[tuple[type[Envelope], ...]] = (
    *REFERRAL_EVENTS,
    *PLANNING_EVENTS,
    *FOLLOWUP_EVENTS,
    ReferralAcknowledgedEvent,
    ReferralRejectedEvent,
    *OPERATIONS_EVENTS,
)

FACT_OF: Final[Mapping[str, type[Fact]]] = {
    nfc(event.model_fields["type"].default): event.model_fields["data"].annotation  # type: ignore[misc]
    for event in ALL_EVENTS
}
EVENT_OF: Final[Mapping[type[Fact], type[Envelope]]] = {
    event.model_fields["data"].annotation: event  # type: ignore[misc]
    for event in ALL_EVENTS
}


class Header(Model):
    """Enough of an event to route it and to know its place in its case; its ``data`` stay unread."""

    source: str
    type: str
    subject: UUID
    sequence: int = Field(ge=1)


AnyEvent = Annotated[
    ReferralEvent | PlanningEvent | FollowUpEvent | ReceiptEvent | OperationsEvent,
    Field(discriminator="type"),
]

_HEADER: Final = TypeAdapter(Header)
_EVENT: Final[TypeAdapter[Envelope]] = TypeAdapter(AnyEvent)
_ENVELOPE: Final = TypeAdapter(Envelope)


def header(value: bytes) -> Header:
    """Reads the envelope of a record. Raises pydantic.ValidationError if it is no event of ours."""
    return _HEADER.validate_json(value, extra="ignore")


def parse(value: bytes) -> Envelope:
    """Reads an event whole, tolerating fields a newer producer added.

    Raises pydantic.ValidationError if the record breaks the contract.
    """
    return _EVENT.validate_json(value, extra="ignore")


def parse_envelope(value: bytes) -> Envelope:
    """Reads an event without its ``data``: for a type this reader does not know (yet).

    Raises pydantic.ValidationError if the record is no event.
    """
    return _ENVELOPE.validate_json(value, extra="ignore")


def midnight(day: date) -> datetime:
    """00:00 Europe/Stockholm: an event's ``time`` when only its day is known."""
    return datetime.combine(day, time(), STOCKHOLM)


def local_date(moment: datetime) -> date:
    """The Swedish calendar day of a moment."""
    return moment.astimezone(STOCKHOLM).date()


def envelope(told: Fact, *, event_id: UUID, case_id: UUID, sequence: int, recorded: datetime) -> Envelope:
    """Wraps a fact for the wire."""
    name = told.wire_name()
    return EVENT_OF[type(told)].model_validate(
        {
            "id": event_id,
            "source": told.source,
            "type": name,
            "subject": case_id,
            "time": midnight(told.happened_on),
            "recordedtime": recorded.astimezone(UTC),
            "sequence": sequence,
            "dataschema": schema_urn(name, told.wire_version),
            "data": told,
        }
    )


def encode(event: Envelope) -> bytes:
    """The record's value: compact UTF-8 JSON. Absent optional values are left out, not sent as null."""
    return event.model_dump_json(exclude_none=True).encode()
