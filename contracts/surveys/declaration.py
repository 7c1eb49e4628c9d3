"""What a survey asks: its groups of respondents, each with questions, and the scales that they are answered on."""

from datetime import date
from typing import Literal, Self, TypeAlias

from pydantic import Field, model_validator

from contracts.catalogue.declarations import Declaration
from contracts.catalogue.fields import Sources, Text
from contracts.model import Code, Model

Value: TypeAlias = Literal["negative", "neither", "positive", "clearly_positive"]
"""How an answer counts. What is clearly positive is positive too."""

UNANSWERED = "unanswered"
"""The answer of a question that was asked and left open."""


class Option(Model):
    """One answer that can be chosen."""

    id: Code
    label: Text
    value: Value


class Scale(Model):
    """The answers of a question, from the first to the last as they are printed."""

    id: Code
    options: tuple[Option, ...] = Field(min_length=2)

    def option(self, option_id: str) -> Option | None:
        """The option with an id; None if there is none."""
        return next((each for each in self.options if each.id == option_id), None)


class AskedIf(Model):
    """The question is asked of those only who gave this answer to another one before it."""

    question: Code
    answer: Code


class Question(Model):
    """``indicator``: which of the survey's indicators it is counted for."""

    id: Code
    indicator: int = Field(ge=1)
    text: Text
    scale: Code
    asked_if: AskedIf | None = None
    source: Sources = ()


class RespondentGroup(Model):
    """Who is asked, and what, in the order of the form."""

    id: Code
    label: Text
    questions: tuple[Question, ...] = Field(min_length=1)

    def question(self, question_id: str) -> Question | None:
        """The question with an id; None if there is none."""
        return next((each for each in self.questions if each.id == question_id), None)


class SexSplit(Model):
    """Answers are shown by sex only where at least so many of each answered the survey."""

    women: int = Field(ge=1)
    men: int = Field(ge=1)
    source: Sources
    reading: Text | None = None


class Survey(Declaration):
    """A survey in one version. ``valid_from``: the first day on which it may have been answered."""

    version: int = Field(ge=1)
    label: Text
    valid_from: date
    source: Sources
    sex_split: SexSplit
    scales: tuple[Scale, ...]
    groups: tuple[RespondentGroup, ...] = Field(min_length=1)
    reading: Text | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        questions = [each for group in self.groups for each in group.questions]
        ids = [each.id for each in questions]
        if len(set(ids)) < len(ids):
            raise ValueError("a question's id is used twice")
        scales = {each.id: each for each in self.scales}
        if unknown := {each.scale for each in questions} - scales.keys():
            raise ValueError(f"no such scale: {', '.join(sorted(unknown))}")
        for group in self.groups:
            for place, question in enumerate(group.questions):
                if question.asked_if is not None:
                    _require_asked_before(question.asked_if, group.questions[:place], scales)
        return self

    def scale(self, question: Question) -> Scale:
        """The scale that a question is answered on."""
        return next(each for each in self.scales if each.id == question.scale)

    def group(self, group_id: str) -> RespondentGroup | None:
        """The group with an id; None if there is none."""
        return next((each for each in self.groups if each.id == group_id), None)


def _require_asked_before(asked_if: AskedIf, before: tuple[Question, ...], scales: dict[str, Scale]) -> None:
    condition = next((each for each in before if each.id == asked_if.question), None)
    if condition is None:
        raise ValueError(f"asked_if names {asked_if.question!r}, which is not asked before it")
    if scales[condition.scale].option(asked_if.answer) is None:
        raise ValueError(f"asked_if names {asked_if.answer!r}, which is no answer to {asked_if.question!r}")
