"""What the forms of a step send."""

import re
from datetime import date
from typing import Annotated, Final
from uuid import UUID, uuid4

from pydantic import BaseModel, Field

from contracts.model import Code
from contracts.problems import Invalid
from services.chassis.inputs import Day, Empty, Text
from services.planning.answers import MOST_LETTERS
from services.planning.domain import step_commands as ask
from services.planning.web.own_words import OwnWords

_NUMBER: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)


class ReachForm(BaseModel):
    """The day on which the step was reached, and what its kind asks for. ``of``: whose step it is."""

    of: Code
    reached_on: Day
    document: Annotated[Code | None, Empty] = None
    request_id: Annotated[UUID | None, Empty] = None
    registered_in: Annotated[Code | None, Empty] = None
    score: Annotated[Text, Field(max_length=20)] = ""

    def command(self, step: str, today: date) -> ask.StepCommand:
        """What is asked of the domain. Raises Invalid for a score that is no number."""
        return ask.ReachStep(
            uuid4(),
            step,
            self.reached_on,
            today,
            self.of,
            self.document,
            self.request_id,
            self.registered_in,
            _number(self.score),
        )


def _number(written: str) -> float | None:
    """A number as it is written in Swedish: 3,5. So that a form with another text comes back as it was filled in."""
    text = written.strip().replace(",", ".")
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise Invalid("score_form", "Skriv skattningen som ett tal, till exempel 3,5.", "score")
    return float(text)


class AskForm(BaseModel):
    """Which paper was asked for, of whom and when."""

    of: Code
    asked_on: Day
    asked_of: Code
    document: Annotated[Code | None, Empty] = None

    def command(self, step: str, today: date) -> ask.StepCommand:
        """What is asked of the domain."""
        return ask.AskForDocument(uuid4(), step, self.asked_of, self.asked_on, today, self.of, self.document)


class EndForm(BaseModel):
    """Why a paper is awaited no longer."""

    of: Code
    request_id: UUID
    ended_on: Day
    reason: Code

    def command(self, _step: str, today: date) -> ask.StepCommand:
        """What is asked of the domain."""
        return ask.EndDocumentRequest(self.request_id, self.reason, self.ended_on, today)


class AnswersForm(BaseModel):
    """What the participant said. ``wants``: whether they wanted to answer."""

    wants: bool
    text: Annotated[OwnWords, Field(max_length=MOST_LETTERS)] = ""
