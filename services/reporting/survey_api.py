"""Surveys over HTTP: answers taken in, taken back, and what they come to."""

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from contracts.codes import Role, Sex
from contracts.model import Code
from contracts.problems import NotFound
from contracts.surveys import SURVEYS, Survey
from services.chassis.auth import User
from services.chassis.http import Body, RuntimeOf, examples, signed_in
from services.chassis.idempotency import CommandRequestOf
from services.chassis.inputs import Day, Moment
from services.chassis.runtime import Runtime
from services.reporting import commands, store
from services.reporting.domain.periods import Period, before
from services.reporting.domain.surveys import GroupResult, Questionnaire, QuestionRow, results
from services.reporting.indicators import DECLARED
from services.reporting.period_parameter import PeriodInPath

_MOST_QUESTIONNAIRES = 500
Office = Annotated[User, Depends(signed_in(Role.OFFICE))]
Reader = Annotated[User, Depends(signed_in(Role.COORDINATOR, Role.LOTS, Role.OFFICE, Role.OPERATIONS))]


class QuestionnaireIn(BaseModel):
    """``answers``: the option chosen, by question; a question left open is left out."""

    model_config = ConfigDict(extra="forbid")

    answered_on: Day
    respondents: Code
    sex: Sex = Sex.UNKNOWN
    insats: Code | None = None
    answers: dict[Code, Code] = Field(max_length=100)

    def filled(self) -> Questionnaire:
        """What is asked of the domain."""
        return Questionnaire(self.answered_on, self.respondents, self.sex, self.insats, self.answers)


class NewAnswers(Body):
    """``batch_id``: chosen by the client; the same batch sent again changes nothing."""

    model_config = examples(
        {
            "questionnaires": [
                {
                    "answered_on": "2023-05-16",
                    "respondents": "avslut",
                    "sex": "woman",
                    "answers": {"avslut-1": "always", "avslut-6a": "no"},
                }
            ]
        }
    )
    batch_id: UUID | None = None
    questionnaires: list[QuestionnaireIn] = Field(min_length=1, max_length=_MOST_QUESTIONNAIRES)


class BatchOut(BaseModel):
    """Questionnaires that were taken in together."""

    model_config = ConfigDict(from_attributes=True)

    batch_id: UUID
    survey: str
    questionnaires: int
    taken_in_at: datetime
    taken_back_at: datetime | None


class QuestionRowOut(BaseModel):
    """A question among all, women or men. Shares in whole percent of those who answered, halves upwards."""

    subgroup: str
    asked: int
    answered: int
    negative: int | None
    neither: int | None
    positive: int | None
    clearly_positive: int | None
    answer_rate: int | None
    change: int | None = Field(description="Of positive, in percentage points from the period before.")


class QuestionOut(BaseModel):
    question: str
    indicator: int
    text: str
    rows: list[QuestionRowOut]


class RespondentsOut(BaseModel):
    respondents: str
    label: str
    answered: int
    questions: list[QuestionOut]


class SurveyOut(BaseModel):
    """A survey's results in a period."""

    survey: str
    version: int
    period: Period
    groups: list[RespondentsOut]


def survey_api() -> APIRouter:
    """The routes about surveys under /api/reporting."""
    router = APIRouter(prefix="/api/reporting", tags=["surveys"])

    @router.post("/surveys/{survey}/batches", status_code=201)
    async def take_in(survey: str, body: NewAnswers, request: CommandRequestOf, user: Office) -> BatchOut:
        """Registers answered questionnaires, all or none. No person is named, and no answer is in free words."""
        wanted = survey_named(survey)
        filled = [each.filled() for each in body.questionnaires]
        async with request.unit(user.actor) as unit:
            batch = await commands.take_in_answers(unit, wanted, body.batch_id or uuid4(), filled)
            return await request.answered(unit, BatchOut.model_validate(batch))

    @router.post("/surveys/batches/{batch_id}/registered-in-error", status_code=201)
    async def take_back(batch_id: UUID, request: CommandRequestOf, user: Office) -> BatchOut:
        """Registers that the questionnaires of a batch never were answered so: they no longer count."""
        async with request.unit(user.actor) as unit:
            batch = await commands.take_back_answers(unit, batch_id)
            return await request.answered(unit, BatchOut.model_validate(batch))

    @router.get("/periods/{period_id}/surveys/{survey}")
    async def of_a_period(
        period: PeriodInPath,
        survey: str,
        runtime: RuntimeOf,
        _user: Reader,
        as_of: Annotated[Moment | None, Query(description="Only what was registered by then is counted.")] = None,
    ) -> SurveyOut:
        """What was answered in a period, by the survey's counting rules."""
        wanted = survey_named(survey)
        groups = [_group_out(each) for each in await results_of(runtime, wanted, period, as_of)]
        return SurveyOut(survey=wanted.id, version=wanted.version, period=period, groups=groups)

    return router


def survey_named(survey_id: str) -> Survey:
    """The survey with an id. Raises NotFound."""
    found = SURVEYS.get(survey_id)
    if found is None:
        raise NotFound("survey_unknown", f"Det finns ingen sådan enkät. De som finns: {', '.join(SURVEYS)}.")
    return found


async def results_of(
    runtime: Runtime, survey: Survey, period: Period, as_of: datetime | None = None
) -> tuple[GroupResult, ...]:
    """A survey's results in a period, with the change from the period of the same length before it.

    ``as_of``: only what had been registered by then counts.
    """
    answers = DECLARED.indicators["survey.answers"]
    earlier = before(period)
    async with runtime.pool.acquire() as connection:
        now = await store.counted_in(connection, answers, period, as_of)
        then = None if earlier is None else await store.counted_in(connection, answers, earlier, as_of)
    return results(survey, now, then)


def _group_out(result: GroupResult) -> RespondentsOut:
    questions = [
        QuestionOut(
            question=each.question.id,
            indicator=each.question.indicator,
            text=each.question.text,
            rows=[_row_out(row) for row in each.rows],
        )
        for each in result.questions
    ]
    return RespondentsOut(
        respondents=result.group.id, label=result.group.label, answered=result.respondents, questions=questions
    )


def _row_out(row: QuestionRow) -> QuestionRowOut:
    return QuestionRowOut(
        subgroup=row.subgroup,
        asked=row.asked,
        answered=row.answered,
        negative=row.percent(row.negative),
        neither=row.percent(row.neither),
        positive=row.percent(row.positive),
        clearly_positive=row.percent(row.clearly_positive),
        answer_rate=row.answer_rate,
        change=row.change,
    )
