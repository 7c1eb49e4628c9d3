"""All facts by name, and how an event is written and read."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field, TypeAdapter, ValidationError, create_model
from pydantic_core import ErrorDetails

from contracts.agency import FEEDBACK, RECEIPTS
from contracts.agency_requests import REQUEST_RECEIPTS
from contracts.corrections import CORRECTIONS
from contracts.envelope import Actor, Event, Fact, schema_urn
from contracts.followup import ABSENCE_FACTS, FOLLOWUP_FACTS, NOTICE_FACTS
from contracts.model import Model
from contracts.office import OFFICE_FACTS
from contracts.operations import OPERATIONS_FACTS
from contracts.planning import CAPACITY_FACTS, PLANNING_FACTS
from contracts.referral import COUNTED_FACTS, DOOR_FACTS, REFERRAL_FACTS

STOCKHOLM: Final = ZoneInfo("Europe/Stockholm")

AnyEvent: TypeAlias = Event[Fact]

ALL_FACTS: Final[tuple[type[Fact], ...]] = (
    *REFERRAL_FACTS,
    *COUNTED_FACTS,
    *DOOR_FACTS,
    *PLANNING_FACTS,
    *CAPACITY_FACTS,
    *FOLLOWUP_FACTS,
    *NOTICE_FACTS,
    *ABSENCE_FACTS,
    *CORRECTIONS,
    *RECEIPTS,
    *REQUEST_RECEIPTS,
    *FEEDBACK,
    *OFFICE_FACTS,
    *OPERATIONS_FACTS,
)
FACT_OF: Final[Mapping[str, type[Fact]]] = {fact.wire_name(): fact for fact in ALL_FACTS}


def _wire_model(fact: type[Fact]) -> type[AnyEvent]:
    """``Event[fact]`` with its type as a constant, so that a union of them is discriminated by ``type``."""
    name = fact.wire_name()
    constant: Any = Literal[name]
    return create_model(f"{name}Event", __base__=Event[fact], type=(constant, name))  # type: ignore[valid-type]


WIRE_MODEL: Final[Mapping[str, type[AnyEvent]]] = {name: _wire_model(fact) for name, fact in FACT_OF.items()}
"""The model of each type as it stands on the wire: for reading, and for its JSON Schema."""


class EventHeader(Model):
    """Enough of an event to know its place in its stream; its ``data`` stay unread."""

    id: UUID
    source: str
    type: str
    subject: UUID
    sequence: int = Field(ge=1)


class UnknownToThisVersion(Exception):
    """A sound envelope around a type or code that this version has not learnt. ``what``: names, never values."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


_HEADER: Final = TypeAdapter(EventHeader)
_BY_TYPE: Final[Any] = reduce(or_, WIRE_MODEL.values())
_EVENT: Final[TypeAdapter[AnyEvent]] = TypeAdapter(Annotated[_BY_TYPE, Field(discriminator="type")])
_NOT_LEARNT: Final = frozenset({"enum", "union_tag_invalid"})


def header(value: bytes) -> EventHeader:
    """Reads the envelope of a record. Raises pydantic.ValidationError if it is no event of ours."""
    return _HEADER.validate_json(value, extra="ignore")


def parse(value: bytes) -> AnyEvent:
    """Reads an event whole, tolerating fields a newer producer added.

    Raises UnknownToThisVersion if all that is wrong is a type or a code this version does not know, and
    pydantic.ValidationError if the record breaks the contract.
    """
    try:
        return _EVENT.validate_json(value, extra="ignore")
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
        if not all(_may_be_learnt(each) for each in errors):
            raise
        header(value)
        places = (".".join(map(str, each["loc"])) or "type" for each in errors)
        raise UnknownToThisVersion(", ".join(places)) from error


def _may_be_learnt(error: ErrorDetails) -> bool:
    """Whether a later version may accept the value: a type or code it adds. A code that is not text is a breach."""
    return error["type"] in _NOT_LEARNT and (error["type"] != "enum" or isinstance(error["input"], str))


def midnight(day: date) -> datetime:
    """00:00 Europe/Stockholm: an event's ``time`` when only its day is known."""
    return datetime.combine(day, time(), STOCKHOLM)


def local_date(moment: datetime) -> date:
    """The Swedish calendar day of a moment."""
    return moment.astimezone(STOCKHOLM).date()


def event_of(
    fact: Fact,
    *,
    event_id: UUID,
    stream_id: UUID,
    sequence: int,
    recorded: datetime,
    actor: Actor,
    source: str | None = None,
    association: str | None = None,
    causation_id: UUID | None = None,
) -> AnyEvent:
    """Wraps a fact for the wire. ``source``: needed only where several services may append the fact."""
    name = fact.wire_name()
    attributes: dict[str, Any] = {
        "id": event_id,
        "source": source or fact.sources[0],
        "type": name,
        "subject": stream_id,
        "time": midnight(fact.happened_on),
        "recordedtime": recorded.astimezone(UTC),
        "sequence": sequence,
        "actor": actor,
        "causationid": causation_id,
        "association": association,
        "dataschema": schema_urn(name, fact.wire_version),
        "data": fact,
    }
    return WIRE_MODEL[name].model_validate(attributes)


def encode(event: AnyEvent) -> bytes:
    """The record's value: compact UTF-8 JSON. Absent optional values are left out, not sent as null."""
    return event.model_dump_json(exclude_none=True).encode()
