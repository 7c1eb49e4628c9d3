"""Surveys: what may be answered, and what the answers come to by the surveys' own counting rules. Pure.

The rules are those of the NNS report (Sundsvall's report of 2023, L1915-2172): shares of those who answered the
question, halves upwards; the change is the difference of two rounded shares; the answer rate is of those asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final
from uuid import UUID, uuid5

from contracts.codes import Sex
from contracts.office import SurveyAnswer, SurveyAnswered
from contracts.problems import Invalid
from contracts.surveys import UNANSWERED, Question, RespondentGroup, Survey
from services.reporting.domain.counted import Counted
from services.reporting.domain.figures import half_up

ALL: Final = "all"
_SUBGROUPS: Final = (ALL, "woman", "man")


@dataclass(frozen=True)
class Questionnaire:
    """One answered questionnaire. ``answers``: the option chosen, by question; a question left open is not in it."""

    answered_on: date
    respondents: str
    sex: Sex = Sex.UNKNOWN
    insats: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)


def questionnaire_id(batch_id: UUID, place: int) -> UUID:
    """The stream of a questionnaire: it follows from the batch and the place in it, counted from 0."""
    return uuid5(batch_id, str(place))


def answered(survey: Survey, filled: Questionnaire, today: date, insatser: frozenset[str]) -> SurveyAnswered:
    """The fact. Raises Invalid with the field that is wrong, a question by its id."""
    if not survey.valid_from <= filled.answered_on <= today:
        message = f"Ange en dag från {survey.valid_from} som inte ligger i framtiden."
        raise Invalid("answered_on_invalid", message, "answered_on")
    group = survey.group(filled.respondents)
    if group is None:
        names = ", ".join(each.label for each in survey.groups)
        raise Invalid("respondents_unknown", f"Ange vilken enkät som besvarades: {names}.", "respondents")
    if filled.insats is not None and filled.insats not in insatser:
        raise Invalid("insats_unknown", "Ange en insats i katalogen, eller ingen.", "insats")
    _require_questions(survey, group, filled.answers)
    asked = [each for each in group.questions if _is_asked(each, filled.answers)]
    answers = tuple(SurveyAnswer(question=each.id, answer=filled.answers.get(each.id, UNANSWERED)) for each in asked)
    if all(each.answer == UNANSWERED for each in answers):
        raise Invalid("nothing_answered", "Ange svaret på minst en fråga.", "answers")
    return SurveyAnswered(
        happened_on=filled.answered_on,
        survey=survey.id,
        version=survey.version,
        respondents=group.id,
        insats=filled.insats,
        sex=filled.sex,
        answers=answers,
    )


@dataclass(frozen=True)
class AnswerFault:
    """What is wrong with a questionnaire. ``place``: which of the batch, from 0. ``field``: a question by its id."""

    place: int
    field: str
    message: str


class AnswersRefused(Invalid):
    """At least one questionnaire of a batch cannot be taken in, so none is."""

    def __init__(self, faults: Sequence[AnswerFault]) -> None:
        first = faults[0]
        super().__init__("answers_invalid", first.message, f"questionnaires.{first.place}.{first.field}")
        self.faults = faults


def all_answered(
    survey: Survey, batch: Sequence[Questionnaire], today: date, insatser: frozenset[str]
) -> list[SurveyAnswered]:
    """The facts of a batch. Raises AnswersRefused with everything that is wrong."""
    facts, faults = [], []
    for place, filled in enumerate(batch):
        try:
            facts.append(answered(survey, filled, today, insatser))
        except Invalid as refused:
            faults.append(AnswerFault(place, refused.field or "", refused.message))
    if faults:
        raise AnswersRefused(faults)
    return facts


def _require_questions(survey: Survey, group: RespondentGroup, answers: Mapping[str, str]) -> None:
    for question_id, answer in answers.items():
        question = group.question(question_id)
        if question is None:
            raise Invalid("question_not_asked", f"Frågan ställs inte i {group.label}.", question_id)
        scale = survey.scale(question)
        if scale.option(answer) is None:
            options = ", ".join(each.label for each in scale.options)
            raise Invalid("answer_unknown", f"Ange ett av svaren {options}.", question_id)
        if not _is_asked(question, answers):
            raise Invalid("not_asked_after_that", "Frågan ställs inte efter det svaret på frågan före.", question_id)


def _is_asked(question: Question, answers: Mapping[str, str]) -> bool:
    condition = question.asked_if
    return condition is None or answers.get(condition.question) == condition.answer


# The report -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class QuestionRow:
    """One question among all or one sex. Counts are of answers; the shares are in whole percent, None of nothing.

    ``asked``: to whom the question was put; ``change``: of ``positive``, in percentage points from the period before,
    None where nobody answered then.
    """

    subgroup: str
    asked: int
    answered: int
    negative: int
    neither: int
    positive: int
    clearly_positive: int
    change: int | None

    def percent(self, count: int) -> int | None:
        """A count as a share of those who answered."""
        return half_up(count, self.answered)

    @property
    def answer_rate(self) -> int | None:
        """The share of those asked who answered the question."""
        return half_up(self.answered, self.asked)


@dataclass(frozen=True)
class QuestionResult:
    """A question with its rows: of all, and of women and men where so many answered the survey."""

    question: Question
    has_neither: bool
    rows: tuple[QuestionRow, ...]


@dataclass(frozen=True)
class GroupResult:
    """A group's results. ``respondents``: how many answered the survey."""

    group: RespondentGroup
    respondents: int
    questions: tuple[QuestionResult, ...]


def results(survey: Survey, now: Counted, before: Counted | None) -> tuple[GroupResult, ...]:
    """The results of each group in which somebody answered.

    ``now`` and ``before``: the indicator ``survey.answers`` of the period, and of the one before it if there is one.
    """
    counts, earlier = _Answers(survey, now), None if before is None else _Answers(survey, before)
    groups = (_group(survey, group, counts, earlier) for group in survey.groups)
    return tuple(each for each in groups if each.respondents)


class _Answers:
    """How many gave which answer, from the counted indicator."""

    def __init__(self, survey: Survey, counted: Counted) -> None:
        self._survey = survey
        self._counted = counted

    def respondents(self, group: RespondentGroup, subgroup: str) -> int:
        """How many questionnaires of a group were answered: its first question is asked in each."""
        return self._count(group.questions[0], subgroup)

    def row(self, question: Question, subgroup: str, before: "QuestionRow | None") -> QuestionRow:
        options = {
            option.id: self._count(question, subgroup, option.id) for option in self._survey.scale(question).options
        }
        values = {option.id: option.value for option in self._survey.scale(question).options}
        by_value = {
            value: sum(count for option, count in options.items() if values[option] == value)
            for value in ("negative", "neither", "positive", "clearly_positive")
        }
        row = QuestionRow(
            subgroup=subgroup,
            asked=self._count(question, subgroup),
            answered=sum(options.values()),
            negative=by_value["negative"],
            neither=by_value["neither"],
            positive=by_value["positive"] + by_value["clearly_positive"],
            clearly_positive=by_value["clearly_positive"],
            change=None,
        )
        return row if before is None else _with_change(row, before)

    def _count(self, question: Question, subgroup: str, answer: str | None = None) -> int:
        wanted = {"survey_question": question.id}
        if answer is not None:
            wanted["survey_answer"] = answer
        if subgroup != ALL:
            wanted["survey_sex"] = subgroup
        return self._counted.total(**wanted)


def _with_change(row: QuestionRow, before: QuestionRow) -> QuestionRow:
    now, then = row.percent(row.positive), before.percent(before.positive)
    return row if now is None or then is None else replace(row, change=now - then)


def _group(survey: Survey, group: RespondentGroup, counts: _Answers, earlier: _Answers | None) -> GroupResult:
    subgroups = _subgroups(survey, group, counts)
    questions = tuple(_question(survey, question, subgroups, counts, earlier) for question in group.questions)
    return GroupResult(group, counts.respondents(group, ALL), questions)


def _question(
    survey: Survey, question: Question, subgroups: Sequence[str], counts: _Answers, earlier: _Answers | None
) -> QuestionResult:
    def rows() -> Iterator[QuestionRow]:
        for subgroup in subgroups:
            before = None if earlier is None else earlier.row(question, subgroup, None)
            yield counts.row(question, subgroup, before)

    has_neither = any(option.value == "neither" for option in survey.scale(question).options)
    return QuestionResult(question, has_neither, tuple(rows()))


def _subgroups(survey: Survey, group: RespondentGroup, counts: _Answers) -> Sequence[str]:
    women, men = counts.respondents(group, "woman"), counts.respondents(group, "man")
    split = women >= survey.sex_split.women and men >= survey.sex_split.men
    return _SUBGROUPS if split else (ALL,)
