"""What of a record is held against the contract before it is stored, and how much of a stored event can be shown."""

from datetime import date
from typing import Any, Final

from pydantic import AwareDatetime, TypeAdapter, ValidationError
from pydantic_core import from_json

from contracts import events
from contracts.events import FACT_OF, EventHeader, UnknownToThisVersion
from contracts.model import Model, nfc
from services.reporting.domain.cases import TimelineEvent, without_details


class ContractBreach(Exception):
    """A record that breaks its contract. ``where``: the places and what is wrong there, never what they say."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class _Happened(Model):
    happened_on: date


class _Envelope(EventHeader):
    """What the envelope of an event must have, whatever its type, to be stored and shown in its place."""

    time: AwareDatetime
    recordedtime: AwareDatetime
    data: _Happened


_ENVELOPE: Final = TypeAdapter(_Envelope)


def learnt(value: bytes | None) -> bool:
    """Holds a record against its contract; True if this version knows its type and its codes.

    Raises ContractBreach.
    """
    try:
        events.parse(value or b"")
    except UnknownToThisVersion:
        return _sound_envelope(value or b"")
    except ValidationError as error:
        raise ContractBreach(_places(error)) from error
    return True


def _sound_envelope(value: bytes) -> bool:
    try:
        _ENVELOPE.validate_json(value, extra="ignore")
    except ValidationError as error:
        raise ContractBreach(_places(error)) from error
    return False


def _places(error: ValidationError) -> str:
    places = (" ".join((*map(str, each["loc"]), each["type"])) for each in error.errors(include_url=False)[:5])
    return f"not an event: {', '.join(places)}"


def timeline_event(row: dict[str, Any], *, consents: bool) -> TimelineEvent:
    """A stored event to show, as much of it as the person's consent allows.

    Of an event that breaks its contract, as it could be stored once, or that this version has not learnt, nothing is
    shown but that there is one: its data cannot be told apart from what needs consent.
    """
    try:
        data = from_json(row["data"])  # refuses what is nested too deep to be read
        event = TimelineEvent(**{**row, "data": data})
        FACT_OF[nfc(event.type)].model_validate(data, extra="ignore")
    except (ValidationError, ValueError, KeyError):
        return TimelineEvent(**{**row, "event_id": None, "data": {}, "readable": False})
    if consents:
        return event
    return event.model_copy(update={"data": without_details(event.type, event.data)})
