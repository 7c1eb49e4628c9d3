"""The CloudEvents 1.0 envelope (structured JSON), and what every fact has."""

from datetime import date
from typing import Annotated, ClassVar, Generic, Literal, TypeVar
from urllib.parse import quote
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from contracts.model import Code, Model, Named, nfc

CONTENT_TYPE = "application/cloudevents+json"

Actor = Annotated[str, Field(pattern=r"^(worker:[a-z0-9-]+:[a-z_]+|agency:[a-z0-9-]+|service:[a-z]+|timer|person)$")]
"""Who did it: ``worker:<opaque id>:<role>``, ``agency:<id>``, ``timer``, ``person`` for the person the case is about
or somebody close to them, who is not signed in, or ``service:<name>`` for what a service concluded from another event
by itself. Never a name."""

TIMER: Actor = "timer"
PERSON: Actor = "person"


def worker(worker_id: str, role: str) -> Actor:
    """The actor of something a signed-in person did. ``role``: the role that allowed it."""
    return f"worker:{worker_id}:{role}"


def agency(agency_id: str) -> Actor:
    """The actor of something an agency's system sent."""
    return f"agency:{agency_id}"


def service(name: str) -> Actor:
    """The actor of what a service concluded from an event it read."""
    return f"service:{name}"


class Fact(Named):
    """What happened, in the words of the service that owns it. Travels as an event's ``data``."""

    sources: ClassVar[tuple[str, ...]] = ()
    """The services that may append it, as CloudEvents sources."""

    happened_on: date = Field(description="The day it happened, Europe/Stockholm. Not the day it was registered.")


F = TypeVar("F", bound=Fact, covariant=True)


class Event(Model, Generic[F]):
    """One event of a stream: a fact, whose it is, when it happened, when it was registered, and by whom."""

    model_config = ConfigDict(json_schema_extra={"$schema": "https://json-schema.org/draft/2020-12/schema"})

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    subject: UUID = Field(
        description="The stream: a case, or something else with a life of its own (a receipt, a dead letter). "
        "Also the Kafka key."
    )
    time: AwareDatetime = Field(description="When it happened: 00:00 Europe/Stockholm of data.happened_on.")
    recordedtime: AwareDatetime = Field(description="When it was registered. Differs from time; both matter.")
    sequence: int = Field(ge=1, description="1, 2, 3 … for each stream and source, without gaps.")
    actor: Actor = Field(description="Who did it: worker:<id>:<role>, agency:<id>, service:<name>, person or timer.")
    causationid: UUID | None = Field(
        default=None, description="The event that led to this one; absent for what a person or agency did."
    )
    association: Code | None = Field(
        default=None, description="The coordination association; absent where none is concerned, as of a dead letter."
    )
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    data: F


def schema_urn(name: str, version: int) -> str:
    """The ``dataschema`` of a type: a URI, so the ä of SamplanUpprättad is percent-encoded."""
    return f"urn:samspel:schema:{quote(nfc(name))}:v{version}"
