"""What the plan editor sends, and what becomes of it when the plan was changed by somebody else meanwhile. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, Field

from services.chassis.inputs import Day
from services.planning.domain import command as ask
from services.planning.view import ActivityView, SamplanView
from services.planning.web.activity_rows import MOST, ActivityRows, Row

EMPTY_ROWS: Final = 4
"""How many lines there are to write in beyond those that are filled in."""


class PlanForm(ActivityRows, BaseModel):
    """The plan as it is to be: what is added, a line each, and what no longer belongs to it.

    ``version``: the one that was read; 0 where there was no plan. ``do``: save it, or show more lines first.
    """

    version: Annotated[int, Field(ge=0, le=10_000)] = 0
    day: Day
    ended: Annotated[list[UUID], Field(max_length=MOST)] = []
    do: Literal["spara", "fler"] = "spara"

    def command(self, today: date) -> ask.Command:
        """What is asked of the domain. Raises Invalid for a line of which half is filled in."""
        added = self.activities()
        if self.version == 0:
            return ask.MakeSamplan(uuid4(), self.day, added, today)
        return ask.ReviseSamplan(self.day, self.version, added, tuple(self.ended), today)


@dataclass(frozen=True)
class Meanwhile:
    """What others have changed in a plan since it was read."""

    came: Sequence[ActivityView] = ()
    went: Sequence[ActivityView] = ()

    @property
    def changed(self) -> bool:
        return bool(self.came or self.went)


def changed_since(plan: SamplanView | None, version: int, version_of: dict[UUID, int]) -> Meanwhile:
    """What came to a plan after a version, and what went from it. ``version_of``: which brought each activity."""
    if plan is None:
        return Meanwhile()
    later = [each for each in plan.activities if version_of[each.activity_id] > version]
    return Meanwhile(
        [each for each in later if each.ended_in is None],
        [
            each
            for each in plan.activities
            if each.ended_in is not None and each.ended_in > version and each not in later
        ],
    )


def still_to_add(rows: Sequence[Row], meanwhile: Meanwhile) -> list[Row]:
    """The lines that are not in the plan already: who saves twice, or writes what another has just saved, adds it
    once."""
    there = Counter((each.kind, each.responsible) for each in meanwhile.came)
    left: list[Row] = []
    for row in rows:
        kind, responsible = row
        if responsible is not None and there[kind, responsible]:
            there[kind, responsible] -= 1
        else:
            left.append(row)
    return left
