"""What of a record is held against the contract before it is stored, and how much of a stored event can be shown."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from contracts import events
from contracts.events import FACT_OF
from contracts.model import nfc
from services.reporting import domain


def breach(value: bytes | None) -> str | None:
    """Where a record breaks its contract, never what it says; None if it may be stored.

    A type not known here, and a code not known here, may be newer than this reader: they are no breach. Whether facts
    can be made of an unknown code the database says.
    """
    try:
        events.parse(value or b"")
    except ValidationError as error:
        return _breach(value or b"", error)
    return None


def why_not(value: bytes | None, otherwise: str) -> str:
    """Why one record was not stored: where it differs from the contract; ``otherwise`` if it does not."""
    try:
        events.parse(value or b"")
    except ValidationError as error:
        return _places(error)
    return otherwise


def _breach(value: bytes, error: ValidationError) -> str | None:
    errors = error.errors(include_url=False)
    if errors[0]["type"] == "union_tag_invalid":
        return _breach_of_unknown_type(value)
    if all(each["type"] == "enum" and isinstance(each["input"], str) for each in errors):
        return None
    return _places(error)


def _breach_of_unknown_type(value: bytes) -> str | None:
    try:
        events.parse_envelope(value)
    except ValidationError as error:
        return _places(error)
    return None


def _places(error: ValidationError) -> str:
    places = (" ".join((*map(str, each["loc"]), each["type"])) for each in error.errors(include_url=False)[:5])
    return f"not an event: {', '.join(places)}"


def timeline_event(row: dict[str, Any], *, consents: bool) -> domain.TimelineEvent:
    """A stored event to show, as much of it as the person's consent allows.

    What was stored before records were held against the contract may break it. Of such an event nothing is shown but
    that there is one: its data cannot be told apart from what needs consent.
    """
    try:
        data = from_json(row["data"])  # refuses what is nested too deep to be read
        event = domain.TimelineEvent(**{**row, "data": data})
        if (fact := FACT_OF.get(nfc(event.type))) is not None:
            fact.model_validate(data, extra="ignore")
    except (ValidationError, ValueError):
        return domain.TimelineEvent(**{**row, "event_id": None, "data": {}, "readable": False})
    if consents:
        return event
    return event.model_copy(update={"data": domain.without_details(event.data)})
