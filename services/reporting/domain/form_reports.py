"""Reports on an insats: a declared form filled in with figures, goals and the project leader's texts. Pure.

What is filled in follows from the form, the catalogue, the events registered by the report's cut-off, and the texts;
filled in again it is the same bytes. The page, the PDF and the DOCX are written from it and from nothing else.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final, Literal, TypeAlias, assert_never
from uuid import UUID, uuid5

from pydantic import Field, TypeAdapter
from pydantic_core import to_json

from contracts.catalogue import Insats
from contracts.catalogue.sources import sources_text
from contracts.identity_texts import gives_away
from contracts.labels import label
from contracts.model import Model
from contracts.problems import Invalid
from contracts.report_forms import (
    GOAL_FIELD,
    EconomyPart,
    FiguresPart,
    GoalsPart,
    KnownPart,
    Part,
    ReportForm,
    TextPart,
)
from services.reporting.domain.exports import ExportTable
from services.reporting.domain.goals import GoalReached
from services.reporting.domain.periods import Period
from services.reporting.domain.values import Number

_REPORTS: Final = UUID("c1f8f0f2-5d6e-4a0e-9b41-7f6d1e0a3c28")
MOST_LETTERS: Final = 8_000
"""The longest text, in characters: all of a form's together stay below what a request may send."""

_NO_ECONOMY: Final = (
    "Inga belopp är bokade för insatsen och perioden i Samspel. Kansliet bokar budget och utfall under Ekonomi."
)
_GOALS_OF_YEARS: Final = "Målen gäller hela kalenderår och visas inte för en del av ett år."
_NO_GOALS: Final = "Inga mål är satta för insatsen det året."


class DocumentFormat(StrEnum):
    """The forms in which a signed report can be had, by the end of its file's name."""

    PDF = "pdf"
    DOCX = "docx"


class Heading(Model):
    """Of a section."""

    kind: Literal["heading"] = "heading"
    text: str


class Known(Model):
    """What the catalogue says, or the period, under its label."""

    kind: Literal["known"] = "known"
    label: str
    text: str


class Answer(Model):
    """A question with its answer, which is empty until there is one. ``field``: what the form calls it."""

    kind: Literal["answer"] = "answer"
    field: str
    label: str
    text: str


class TableBlock(Model):
    """Figures, or goals."""

    kind: Literal["table"] = "table"
    table: ExportTable


class Note(Model):
    """Why something is not there."""

    kind: Literal["note"] = "note"
    text: str


Block: TypeAlias = Annotated[Heading | Known | Answer | TableBlock | Note, Field(discriminator="kind")]


class Signature(Model):
    """Who signed, by name, for whom, and on which day."""

    name: str
    organisation: str
    signed_on: date


class FilledReport(Model):
    """A report as it is read, from the first heading to the signature. ``signature``: None of a draft."""

    form: str
    form_version: int
    title: str
    insats: str
    insats_name: str
    period: Period
    known_until: datetime = Field(description="The last moment whose registrations its figures count.")
    sources: tuple[str, ...] = Field(description="Where the form comes from.")
    blocks: tuple[Block, ...]
    signature: Signature | None = None

    @property
    def heading(self) -> str:
        """What the report is called."""
        return f"{self.title}: {self.insats_name} {self.period.label}"

    def texts(self) -> dict[str, str]:
        """The answers by their fields."""
        return {each.field: each.text for each in self.blocks if isinstance(each, Answer)}


@dataclass(frozen=True)
class Question:
    """A field that is answered in words. ``required``: whether the report can be signed without it."""

    field: str
    label: str
    guidance: str | None
    required: bool


@dataclass(frozen=True)
class Fault:
    """Why a report cannot be signed, and the field in which that is mended."""

    field: str
    message: str


@dataclass(frozen=True)
class Counts:
    """What was counted for a report. ``tables``: those of the form's parts of figures, in their order. ``goals``: of
    the year, with the goals' table; None where the period is no year. ``economy``: None where nothing is booked."""

    tables: Sequence[ExportTable]
    goals: "GoalsCounted | None"
    economy: "Economy | None"


@dataclass(frozen=True)
class GoalsCounted:
    """The goals of a year, and the table that shows them."""

    goals: Sequence[GoalReached]
    table: ExportTable


@dataclass(frozen=True)
class Economy:
    """The amounts of an insats in a period, as the table that shows them. ``budget``: the sum of its costs by the
    budget, in kronor; None of none. ``deviates``: whether the outcome of a line or a sum is another than its budget.
    """

    table: ExportTable
    budget: int | None
    deviates: bool


_REPORT: Final = TypeAdapter(FilledReport)


def report_id(form: str, insats: str, period: Period) -> UUID:
    """The report's id, and its stream: of a form, an insats and a period there is one."""
    return uuid5(_REPORTS, f"{form} {insats} {period.id}")


def require_reportable(form: ReportForm, insats: Insats, period: Period) -> None:
    """Raises Invalid for another association's form, a period that is not within one year, or one in which the insats
    was not in the catalogue."""
    if form.association != insats.association:
        raise Invalid("form_of_another", "Mallen används inte av insatsens förbund. Välj en annan mall.", "mall")
    if period.first.year != period.last.year:
        raise Invalid("period_over_years", "Ange en period inom ett och samma år.", "till")
    if insats.rule_on(period.last) is None:
        raise Invalid("insats_not_then", "Insatsen fanns inte i katalogen då. Ange en annan period.", "till")


def derived_answer(goal: GoalReached) -> bool | None:
    """Whether a goal was reached, where all its readings say the same; None where they differ, or none tells."""
    met = {each.met for each in goal.readings}
    return met.pop() if len(met) == 1 else None


def questions(form: ReportForm, counts: Counts) -> tuple[Question, ...]:
    """The fields that are answered in words, in the order of the form. A goal's has to be answered where the figures
    do not tell whether it was reached, that of a deviation where there is one."""
    return tuple(question for part in form.parts() for question in _questions_of(part, counts))


def _questions_of(part: Part, counts: Counts) -> Iterator[Question]:
    match part:
        case TextPart():
            deviates = counts.economy is not None and counts.economy.deviates
            yield Question(part.id, part.label, part.guidance, part.required or (part.if_deviation and deviates))
        case GoalsPart():
            for goal in () if counts.goals is None else counts.goals.goals:
                yield _question_of(goal)
        case KnownPart() | FiguresPart() | EconomyPart():
            pass
        case _:
            assert_never(part)


def _question_of(goal: GoalReached) -> Question:
    told = derived_answer(goal)
    guidance = (
        "Siffrorna säger inte om målet har uppnåtts. Skriv utfallet, om målet har uppnåtts, och varför."
        if told is None
        else "Skriv om bedömningen är en annan än den som följer av siffrorna, och varför."
    )
    text = goal.text[:1].upper() + goal.text[1:]
    return Question(f"{GOAL_FIELD}{goal.goal}", f"Utfall och motivering: {text}", guidance, required=told is None)


def require_fields(form: ReportForm, insats: Insats, fields: Iterable[str]) -> None:
    """Raises Invalid for a field that neither the form nor any goal of the insats has."""
    goals = {f"{GOAL_FIELD}{goal.id}" for rule in insats.versions for goal in rule.goals}
    if set(fields) - {each.id for each in form.texts()} - goals:
        message = "Mallen har ingen sådan fråga. Läs in rapporten på nytt och skriv i de fält som finns."
        raise Invalid("field_unknown", message, "texts")


def cleaned(field: str, text: str, most: int = MOST_LETTERS) -> str:
    """A text as it is kept: lines end with ``\\n``. Raises Invalid for what no report may hold."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in plain if letter not in "\n\t"):
        raise Invalid("control_character", "Ta bort styrtecken och andra osynliga tecken.", field)
    if len(plain) > most:
        raise Invalid("text_too_long", f"Korta texten till högst {most} tecken.", field)
    if gives_away(plain, None):
        raise Invalid("identity_number", "Ta bort personnumret: en rapport nämner ingen person.", field)
    return plain


def faults(asked: Sequence[Question], texts: Mapping[str, str]) -> tuple[Fault, ...]:
    """Everything that has to be mended before the report is signed, in the order of the form."""
    return tuple(
        Fault(each.field, f"Besvara frågan: {each.label}")
        for each in asked
        if each.required and not texts.get(each.field)
    )


def version_of(text: str) -> str:
    """The version of a text: another text has another."""
    return sha256(text.encode()).hexdigest()


# Filled in ------------------------------------------------------------------------------------------------------


def filled(
    form: ReportForm, insats: Insats, period: Period, known_until: datetime, counts: Counts, texts: Mapping[str, str]
) -> FilledReport:
    """The report as a draft, from the form's first part to its last."""
    asked = {each.field: each for each in questions(form, counts)}
    tables = iter(counts.tables)
    blocks: list[Block] = []
    for section in form.sections:
        blocks.append(Heading(text=section.heading))
        for part in section.parts:
            blocks += _blocks(part, insats, period, counts, tables, asked, texts)
    return FilledReport(
        form=form.id,
        form_version=form.version,
        title=form.title,
        insats=insats.id,
        insats_name=insats.name,
        period=period,
        known_until=known_until,
        sources=sources_text(form.source),
        blocks=tuple(blocks),
    )


def _blocks(
    part: Part,
    insats: Insats,
    period: Period,
    counts: Counts,
    tables: Iterator[ExportTable],
    asked: Mapping[str, Question],
    texts: Mapping[str, str],
) -> Iterator[Block]:
    match part:
        case TextPart(id=field):
            yield Answer(field=field, label=asked[field].label, text=texts.get(field, ""))
        case KnownPart():
            yield Known(label=part.label, text=_known(part, insats, period, counts.economy))
        case FiguresPart():
            yield TableBlock(table=next(tables))
        case GoalsPart():
            yield from _goals(counts.goals, asked, texts)
        case EconomyPart():
            yield Note(text=_NO_ECONOMY) if counts.economy is None else TableBlock(table=counts.economy.table)
        case _:
            assert_never(part)


def _goals(counted: GoalsCounted | None, asked: Mapping[str, Question], texts: Mapping[str, str]) -> Iterator[Block]:
    if counted is None:
        yield Note(text=_GOALS_OF_YEARS)
    elif not counted.goals:
        yield Note(text=_NO_GOALS)
    else:
        yield TableBlock(table=counted.table)
        for goal in counted.goals:
            field = f"{GOAL_FIELD}{goal.goal}"
            yield Answer(field=field, label=asked[field].label, text=texts.get(field, ""))


def _known(part: KnownPart, insats: Insats, period: Period, economy: Economy | None) -> str:
    match part.shows:
        case "insats":
            return insats.name
        case "purpose":
            return "–" if insats.purpose is None else insats.purpose.text
        case "owner":
            return insats.owner
        case "parties":
            return ", ".join(map(label, insats.parties))
        case "goals":
            rule = insats.rule_on(period.last)
            return "; ".join(goal.text for goal in rule.goals) if rule is not None and rule.goals else "–"
        case "budget":
            budget = None if economy is None else economy.budget
            return "–" if budget is None else f"{Number(number=budget, unit='kr').text} kr"
        case "period":
            return f"{period.first}–{period.last}"
        case _:
            assert_never(part.shows)


def signed(report: FilledReport, name: str, organisation: str, today: date) -> FilledReport:
    """The report with its signature."""
    signature = Signature(name=name, organisation=organisation, signed_on=today)
    return report.model_copy(update={"signature": signature})


def content(report: FilledReport) -> bytes:
    """The report as JSON, the same bytes for the same report."""
    return to_json(report, indent=1) + b"\n"


def read(stored: bytes) -> FilledReport:
    """The report that was kept. Raises pydantic.ValidationError for what is none."""
    return _REPORT.validate_json(stored)


def content_hash(stored: bytes) -> str:
    """The SHA-256 of a content, in hex."""
    return sha256(stored).hexdigest()
