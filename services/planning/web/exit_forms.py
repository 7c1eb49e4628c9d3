"""What the forms of an exit send."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.codes import Benefit
from contracts.model import Code
from services.chassis.inputs import Day, Empty
from services.planning.domain.exits import ExitAnswers

NONE_KEPT = "none"


class ExitForm(BaseModel):
    """How somebody leaves. What is not asked of the insats and the reason is not in the form, and empty is no answer.

    ``livelihood``: the benefits that are kept, or ``none`` alone. ``continued_planning``: ja or nej.
    """

    exited_on: Day
    reason: Code
    destination: Annotated[Code | None, Empty] = None
    extent_percent: Annotated[int | None, Empty] = None
    support: Annotated[Code | None, Empty] = None
    livelihood: Annotated[list[Benefit | Literal["none"]], Field(max_length=7)] = []
    why: Annotated[Code | None, Empty] = None
    continued_planning: Annotated[Literal["ja", "nej"] | None, Empty] = None

    @property
    def answers(self) -> ExitAnswers:
        """What is answered beside the reason."""
        kept = tuple(sorted({each for each in self.livelihood if isinstance(each, Benefit)}))
        return ExitAnswers(
            destination=self.destination,
            extent_percent=self.extent_percent,
            support=self.support,
            livelihood=kept if self.livelihood else None,
            why=self.why,
            continued_planning=None if self.continued_planning is None else self.continued_planning == "ja",
        )


class ReopenForm(BaseModel):
    """From which day somebody who left takes part again."""

    reopened_on: Day


class AfterSupportForm(BaseModel):
    """From which day somebody who left is supported."""

    begun_on: Day


class AfterSupportEndForm(BaseModel):
    """When and why the support after the exit ended."""

    ended_on: Day
    reason: Code


class MistakeForm(BaseModel):
    """The exit that never happened."""

    event_id: UUID
