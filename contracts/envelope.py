"""The CloudEvents 1.0 envelope (structured JSON), and what every fact has."""

from datetime import date
from typing import ClassVar, Literal
from urllib.parse import quote
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from contracts.model import Model, Named, nfc

CONTENT_TYPE = "application/cloudevents+json"


class Fact(Named):
    """What happened, in the words of the service that owns it. Travels as an envelope's ``data``."""

    source: ClassVar[str]

    happened_on: date = Field(description="The day it happened, Europe/Stockholm. Not the day it was registered.")


class Envelope(Model):
    """The part that is alike for every event on a domain topic."""

    model_config = ConfigDict(json_schema_extra={"$schema": "https://json-schema.org/draft/2020-12/schema"})

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    subject: UUID = Field(description="The case; of a receipt or dead letter, an id of its own. Also the Kafka key.")
    time: AwareDatetime = Field(description="When it happened: 00:00 Europe/Stockholm of data.happened_on.")
    recordedtime: AwareDatetime = Field(description="When it was registered. Differs from time; both matter.")
    sequence: int = Field(ge=1, description="1, 2, 3 … for each case and source, without gaps.")
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str


def schema_urn(name: str, version: int) -> str:
    """The ``dataschema`` of a type: a URI, so the ä of SamplanUpprättad is percent-encoded."""
    return f"urn:samspel:schema:{quote(nfc(name))}:v{version}"
