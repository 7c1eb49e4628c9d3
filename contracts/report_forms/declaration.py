"""What a report form asks for and shows, in the order in which it is read: texts, figures, goals, economy."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from contracts.catalogue.declarations import Declaration
from contracts.catalogue.fields import Id, Sources, Text, Texts
from contracts.indicators.declaration import IndicatorId
from contracts.model import Code, Model

GOAL_FIELD: Final = "mal-"
"""What the field of a goal's justification begins with; the goal's id follows."""


class TextPart(Model):
    """A question that the project leader answers in their own words. ``required``: always. ``if_deviation``: where
    the outcome of the economy is another than the budget."""

    kind: Literal["text"]
    id: Code
    label: Text
    guidance: Text | None = None
    required: bool = False
    if_deviation: bool = False


class KnownPart(Model):
    """What the catalogue says of the insats, its budget, or the period."""

    kind: Literal["known"]
    label: Text
    shows: Literal["insats", "purpose", "owner", "parties", "goals", "period", "budget"]


class FiguresPart(Model):
    """A table of figures of the insats. ``rows``: the breakdown whose rows are those of the table; without it, a row
    for each figure. ``columns``: the breakdown whose rows are its columns, beside the whole."""

    kind: Literal["figures"]
    caption: Text
    indicators: Annotated[tuple[IndicatorId, ...], Field(min_length=1)]
    rows: Id | None = None
    columns: Id | None = None

    @model_validator(mode="after")
    def _one_if_by_rows(self) -> Self:
        if self.rows is not None and len(self.indicators) > 1:
            raise ValueError("rows of a breakdown are those of one figure")
        return self


class GoalsPart(Model):
    """The goals of the insats: baseline, outcome, and whether each was reached, which follows from the figures."""

    kind: Literal["goals"]


class EconomyPart(Model):
    """The amounts booked of the insats: budget, outcome and deviation by line, with computed sums."""

    kind: Literal["economy"]


Part: TypeAlias = Annotated[TextPart | KnownPart | FiguresPart | GoalsPart | EconomyPart, Field(discriminator="kind")]


class FormSection(Model):
    """Parts under a heading."""

    heading: Text
    parts: tuple[Part, ...] = Field(min_length=1)


class ReportForm(Declaration):
    """A form in one version. ``association``: whose insatser are reported on it. ``readings``: what we had to decide
    ourselves, in Swedish."""

    version: int = Field(ge=1)
    title: Text
    association: Code
    source: Sources = Field(min_length=1)
    readings: Texts = ()
    sections: tuple[FormSection, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        ids = [each.id for each in self.texts()]
        if repeated := {each for each in ids if ids.count(each) > 1}:
            raise ValueError(f"the id of a question is used twice: {', '.join(sorted(repeated))}")
        if taken := [each for each in ids if each.startswith(GOAL_FIELD)]:
            raise ValueError(f"{taken[0]!r} begins as the fields of goals do")
        kinds = [part.kind for part in self.parts()]
        for kind in ("goals", "economy"):
            if kinds.count(kind) > 1:
                raise ValueError(f"{kind} stands in more than one place")
        if "economy" not in kinds and any(each.if_deviation for each in self.texts()):
            raise ValueError("if_deviation needs a part of economy")
        return self

    def parts(self) -> Iterator[Part]:
        """Every part, in the order of the form."""
        for section in self.sections:
            yield from section.parts

    def texts(self) -> Iterator[TextPart]:
        """The questions that are answered in words."""
        return (part for part in self.parts() if isinstance(part, TextPart))

    def figures(self) -> Iterator[FiguresPart]:
        """The tables of figures."""
        return (part for part in self.parts() if isinstance(part, FiguresPart))
