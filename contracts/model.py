"""The base of everything that travels."""

import unicodedata
from datetime import time
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

Code = Annotated[str, Field(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$", max_length=60)]
"""A word of the catalogue: an insats, reason, role, activity, kind of meeting or unit. Whoever writes it checks it
against the catalogue; a reader takes any, because the writer's catalogue may be newer than its own."""

# JSON Schema's own format "time" demands an offset, which a time on the wall has not.
LocalTime = Annotated[
    time,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$",
            "description": "Time of day, Europe/Stockholm.",
        }
    ),
]


class Model(BaseModel):
    """Frozen, and closed for its producer: an unknown field is an error.

    A consumer reads with ``extra="ignore"`` (see :func:`contracts.events.parse`), so that a producer may
    add optional fields without breaking it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def nfc(text: str) -> str:
    """Type names carry å, ä, ö: the wire uses Unicode NFC and nothing else."""
    return unicodedata.normalize("NFC", text)


class Named(Model):
    """A model whose class name is its name on the wire."""

    wire_version: ClassVar[int] = 1

    @classmethod
    def wire_name(cls) -> str:
        return nfc(cls.__name__)
