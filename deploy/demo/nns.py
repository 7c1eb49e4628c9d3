"""Questionnaires that give the NNS tables of Sundsvall's report of 2023 (L1953-2087), line for line.

The report prints shares and how many were asked; the counts here are whole numbers that give the shares, those of
women and of men together the total. Of the period before it prints only the change: its sizes (72 and 32) are those
that fit every change printed, and of its answers only how many were positive.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import UUID

from contracts.codes import Role
from contracts.surveys import SURVEYS, Question, RespondentGroup
from deploy.demo.office import Office

TABLE: Final = Path(__file__).parent / "nns-2023.csv"
MEASURED: Final = (date(2022, 11, 1), date(2023, 10, 31))
_BEFORE: Final = date(2021, 11, 1)
_DAYS: Final = 365
_BATCH: Final = UUID("5f0c1d5e-9a0b-5c3e-8f5a-202311012023")
_SURVEY: Final = SURVEYS["nns"]
_NAMES: Final = ("question", "subgroup")
_WOMAN, _MAN, _UNKNOWN = "woman", "man", "unknown"
_SIZES_BEFORE: Final[Mapping[str, Mapping[str, int]]] = {
    "pagaende": {_WOMAN: 38, _MAN: 34, _UNKNOWN: 0},
    "avslut": {_WOMAN: 10, _MAN: 20, _UNKNOWN: 2},
}

Body: TypeAlias = dict[str, Any]
Counts: TypeAlias = Mapping[str, int]
"""How many gave each value of answer: negative, neither, positive (and not clearly), clearly_positive, unanswered."""


@dataclass(frozen=True)
class Printed:
    """A line of the tables. Shares in percent; None where nothing is printed."""

    question: str
    subgroup: str
    asked: int
    negative: int
    neither: int | None
    positive: int
    clearly_positive: int | None
    answer_rate: int
    change: int
    line: int


def printed() -> list[Printed]:
    """The lines in the order of the report."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [_line(row) for row in csv.DictReader(file)]


def _line(row: Mapping[str, str]) -> Printed:
    numbers: dict[str, Any] = {name: _number(text) for name, text in row.items() if name not in _NAMES}
    return Printed(question=row["question"], subgroup=row["subgroup"], **numbers)


def _number(text: str) -> int | None:
    return int(text) if text else None


def questionnaires() -> list[Body]:
    """Every questionnaire of both periods, as the office's API takes it."""
    lines = {(line.question, line.subgroup): line for line in printed()}
    return [
        body
        for group in _SURVEY.groups
        for body in (*_of_the_period(group, lines), *_of_the_one_before(group, lines))
    ]


def _of_the_period(group: RespondentGroup, lines: Mapping[tuple[str, str], Printed]) -> Iterator[Body]:
    counts = {each.id: _by_sex(each, lines) for each in group.questions}
    for sex in (_WOMAN, _MAN):
        size = lines[group.questions[0].id, sex].asked
        yield from _bodies(group, sex, size, {each: found[sex] for each, found in counts.items()}, MEASURED[0])


def _of_the_one_before(group: RespondentGroup, lines: Mapping[tuple[str, str], Printed]) -> Iterator[Body]:
    sizes = dict(_SIZES_BEFORE[group.id])
    counts: dict[str, Mapping[str, Counts]] = {}
    for question in group.questions:
        asked = sizes if question.asked_if is None else {sex: _positive(counts, question, sex) for sex in sizes}
        counts[question.id] = _positives_before(question, asked, lines)
    for sex, size in sizes.items():
        yield from _bodies(group, sex, size, {each: found[sex] for each, found in counts.items()}, _BEFORE)


def _positive(counts: Mapping[str, Mapping[str, Counts]], question: Question, sex: str) -> int:
    """How many answered yes to the question before, on which this one depends."""
    return counts[question.asked_if.question][sex]["positive"] if question.asked_if else 0


def _by_sex(question: Question, lines: Mapping[tuple[str, str], Printed]) -> Mapping[str, Counts]:
    """Counts of women and of men that give their printed lines, and together that of all."""
    total = lines[question.id, "all"]
    for women, men in product(_counts(lines[question.id, _WOMAN]), _counts(lines[question.id, _MAN])):
        both = {value: women[value] + men[value] for value in women}
        if _gives(both, total):
            return {_WOMAN: women, _MAN: men}
    raise ValueError(f"no whole numbers give the lines of {question.id}")


def _counts(line: Printed) -> Iterator[Counts]:
    """Every way in which so many can have answered as the line says."""
    for unanswered in range(line.asked + 1):
        answered = line.asked - unanswered
        if answered == 0 or _percent(answered, line.asked) != line.answer_rate:
            continue
        for negative, neither in product(range(answered + 1), repeat=2):
            positive = answered - negative - neither
            for clearly in range(positive + 1) if positive >= 0 else ():
                counts = {
                    "negative": negative,
                    "neither": neither,
                    "positive": positive - clearly,
                    "clearly_positive": clearly,
                    "unanswered": unanswered,
                }
                if _gives(counts, line):
                    yield counts


def _gives(counts: Counts, line: Printed) -> bool:
    asked = sum(counts.values())
    answered = asked - counts["unanswered"]
    positive = counts["positive"] + counts["clearly_positive"]
    wanted = (line.asked, line.answer_rate, line.negative, line.positive)
    given = (asked, _percent(answered, asked), _percent(counts["negative"], answered), _percent(positive, answered))
    if wanted != given:
        return False
    if line.neither is None:
        return counts["neither"] == counts["clearly_positive"] == 0
    clearly = _percent(counts["clearly_positive"], answered)
    return (line.neither, line.clearly_positive) == (_percent(counts["neither"], answered), clearly)


def _positives_before(
    question: Question, asked: Mapping[str, int], lines: Mapping[tuple[str, str], Printed]
) -> Mapping[str, Counts]:
    """How many were positive in the period before, of each sex, so that every change is the printed one."""
    now = {subgroup: lines[question.id, subgroup] for subgroup in ("all", _WOMAN, _MAN)}
    wanted = {subgroup: line.positive - line.change for subgroup, line in now.items()}
    for women, men, unknown in product(*(range(asked[sex] + 1) for sex in (_WOMAN, _MAN, _UNKNOWN))):
        shares = {
            "all": _percent(women + men + unknown, sum(asked.values())),
            _WOMAN: _percent(women, asked[_WOMAN]),
            _MAN: _percent(men, asked[_MAN]),
        }
        if shares == wanted:
            positive = {_WOMAN: women, _MAN: men, _UNKNOWN: unknown}
            return {sex: _only_positive(positive[sex], asked[sex]) for sex in asked}
    raise ValueError(f"no whole numbers give the changes of {question.id}")


def _only_positive(positive: int, asked: int) -> Counts:
    return {
        "negative": asked - positive,
        "neither": 0,
        "positive": positive,
        "clearly_positive": 0,
        "unanswered": 0,
    }


def _percent(part: int, whole: int) -> int:
    """In whole percent, halves upwards."""
    return (200 * part + whole) // (2 * whole)


def _bodies(group: RespondentGroup, sex: str, size: int, counts: Mapping[str, Counts], first: date) -> Iterator[Body]:
    """The questionnaires of one sex: who answered what in each question follows from their order."""
    answers: list[dict[str, str]] = [{} for _ in range(size)]
    for question in group.questions:
        for own, chosen in zip(_asked(question, answers), _chosen(question, counts[question.id]), strict=True):
            if chosen is not None:
                own[question.id] = chosen
    for place, own in enumerate(answers):
        day = first + timedelta(days=place * _DAYS // size)
        yield {"answered_on": day.isoformat(), "respondents": group.id, "sex": sex, "answers": own}


def _asked(question: Question, answers: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    condition = question.asked_if
    if condition is None:
        return list(answers)
    return [each for each in answers if each.get(condition.question) == condition.answer]


def _chosen(question: Question, counts: Counts) -> Iterator[str | None]:
    """The first option of each value, as many times as it was given; None for no answer."""
    options: dict[str, str] = {option.value: option.id for option in reversed(_SURVEY.scale(question).options)}
    for value, count in counts.items():
        yield from [options.get(value)] * count


async def take_in(office: Office) -> None:
    """Registers all of them. A play that goes on finds them registered."""
    body: Body = {"batch_id": str(_BATCH), "questionnaires": questionnaires()}
    await office.post(Role.OFFICE, "/api/reporting/surveys/nns/batches", body)
