"""Types of fields that several sections of the catalogue share, and how a field says what its text must name."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field

from contracts.model import Model

SOURCE: Final = re.compile(r"^(?P<report>[a-z0-9]+(?:-[a-z0-9]+)*):(?P<lines>\d+(?:-\d+)?)$")


def as_tuple(value: Any) -> Any:
    """A list as it is, anything else as a list of one."""
    return value if isinstance(value, list | tuple) else (value,)


Id = Annotated[str, Field(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=60)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=600)]
Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(as_tuple)]
"""One word or a list of words; a single word is read as a list of one."""

Source = Annotated[str, Field(pattern=SOURCE.pattern)]
Sources = Annotated[tuple[Source, ...], BeforeValidator(as_tuple)]
"""Where it is said: a published report and a line or lines of its running text, as ``uppfoljning-2021:59-284``."""

Months = Annotated[int, Field(ge=1, le=120)]
Percent = Annotated[int, Field(ge=0, le=100)]
Day = date


@dataclass(frozen=True)
class NameClient:
    """Marks a field whose text must name one of these things: of this version ("role"), of the catalogue ("insats"),
    or of a list in ``codes.yaml`` ("actors")."""

    things: tuple[str, ...]


@dataclass(frozen=True)
class NamesEvent:
    """Marks a field whose text names something that happens in a case: a word of ``codes.yaml``, a door, a step, or
    ``held.<meeting>`` and the like (``list_name`` chooses the list of words, "events" or "counts")."""

    list_name: str


def names(*things: str) -> NameClient:
    """The marker for a field that names one of these things."""
    return NameClient(things)


class Section(Model):
    """A part of a version. ``reading`` is our own interpretation where the source is silent or open, in Swedish,
    because it is shown to case workers; ``source`` is given where it is another than the version's."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, populate_by_name=True)

    reading: Text | None = None
    source: Sources = ()
