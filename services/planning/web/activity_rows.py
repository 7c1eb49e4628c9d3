"""Activities as rows of a form: in each what is to be done and who answers for it. An empty row is no activity."""

from typing import Annotated, Final, TypeAlias
from uuid import uuid4

from pydantic import BaseModel, Field

from contracts.codes import Member
from contracts.model import Code
from contracts.problems import Invalid
from services.chassis.inputs import Empty
from services.planning.domain.command import NewActivity

MOST: Final = 50
"""How many activities a form may send."""

Row: TypeAlias = tuple[str | None, Member | None]
"""What is to be done and who answers for it, as far as they were chosen."""


class ActivityRows(BaseModel):
    """The rows as they are sent: ``kind`` and ``responsible`` of each, empty for none."""

    kind: Annotated[list[Annotated[Code | None, Empty]], Field(max_length=MOST)] = []
    responsible: Annotated[list[Annotated[Member | None, Empty]], Field(max_length=MOST)] = []

    @property
    def rows(self) -> list[Row]:
        """The rows that are not empty. Raises Invalid if they were not sent in pairs."""
        if len(self.kind) != len(self.responsible):
            raise _half_filled()
        return [row for row in zip(self.kind, self.responsible, strict=True) if any(row)]

    def activities(self) -> tuple[NewActivity, ...]:
        """The activities, each with an id of its own. Raises Invalid for a row of which half is filled in."""
        return tuple(_activity(kind, responsible) for kind, responsible in self.rows)


def _activity(kind: str | None, responsible: Member | None) -> NewActivity:
    if kind is None or responsible is None:
        raise _half_filled()
    return NewActivity(uuid4(), responsible, kind)


def _half_filled() -> Invalid:
    message = "Ange för varje aktivitet både vad som ska göras och vem som ansvarar."
    return Invalid("activity_half_filled", message, "activities")
