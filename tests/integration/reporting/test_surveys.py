"""Answers to surveys, from the office's questionnaires to the printed tables, line for line."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from contracts import events
from contracts.office import SurveyAnswered
from contracts.surveys import SURVEYS
from deploy.demo.nns import MEASURED, Printed, printed, questionnaires
from services.chassis.database import Connection
from services.reporting import store
from services.reporting.domain.periods import before, period_between
from services.reporting.domain.surveys import QuestionRow, answered, questionnaire_id, results
from services.reporting.indicators import DECLARED
from services.reporting.survey_api import QuestionnaireIn
from tests.integration.reporting.facts import ingest_values

_NNS = SURVEYS["nns"]
_BATCH = UUID(int=7)
_PERIOD = period_between(*MEASURED)
_TODAY = date(2024, 1, 2)


def values_of(facts: Iterable[SurveyAnswered]) -> list[bytes | None]:
    return [
        events.encode(
            events.event_of(
                fact,
                event_id=UUID(int=1000 + place),
                stream_id=questionnaire_id(_BATCH, place),
                sequence=1,
                recorded=events.midnight(_TODAY),
                actor="worker:kim:office",
            )
        )
        for place, fact in enumerate(facts)
    ]


def _line(question: str, row: QuestionRow, line: Printed) -> Printed:
    """A computed row as it would be printed, in the place of a printed one."""
    no_neither = line.neither is None
    return Printed(
        question=question,
        subgroup=row.subgroup,
        asked=row.asked,
        negative=_shown(row.percent(row.negative)),
        neither=None if no_neither else row.percent(row.neither),
        positive=_shown(row.percent(row.positive)),
        clearly_positive=None if no_neither else row.percent(row.clearly_positive),
        answer_rate=_shown(row.answer_rate),
        change=_shown(row.change),
        line=line.line,
    )


def _shown(value: int | None) -> int:
    assert value is not None
    return value


async def _computed(connection: Connection) -> dict[tuple[str, str], QuestionRow]:
    indicator = DECLARED.indicators["survey.answers"]
    earlier = before(_PERIOD)
    assert earlier is not None
    now = await store.counted_in(connection, indicator, _PERIOD)
    then = await store.counted_in(connection, indicator, earlier)
    found = results(_NNS, now, then)
    assert [(each.group.id, each.respondents) for each in found] == [("pagaende", 42), ("avslut", 48)]
    return {
        (each.question.id, row.subgroup): row for result in found for each in result.questions for row in each.rows
    }


def answers() -> list[SurveyAnswered]:
    filled = (QuestionnaireIn.model_validate(body).filled() for body in questionnaires())
    return [answered(_NNS, each, _TODAY, frozenset()) for each in filled]


async def test_every_printed_line_of_the_participants_comes_out(connection: Connection) -> None:
    await ingest_values(connection, values_of(answers()))
    computed = await _computed(connection)
    lines = printed()
    assert len(lines) == 51
    assert [_line(line.question, computed[line.question, line.subgroup], line) for line in lines] == lines


async def test_men_and_women_are_not_shown_apart_where_fewer_than_ten_answered(connection: Connection) -> None:
    nine_women = [each for each in answers() if each.respondents == "avslut"]
    women = [each for each in nine_women if each.sex == "woman" and each.happened_on >= MEASURED[0]]
    kept = [each for each in nine_women if each.sex == "man"] + women[:9]
    await ingest_values(connection, values_of(kept))
    counted = await store.counted_in(connection, DECLARED.indicators["survey.answers"], _PERIOD)
    [result] = results(_NNS, counted, None)
    assert result.respondents == 29
    assert {row.subgroup for each in result.questions for row in each.rows} == {"all"}


async def test_the_shares_of_a_question_are_of_those_who_answered_it(connection: Connection) -> None:
    await ingest_values(connection, values_of(answers()))
    for row in (await _computed(connection)).values():
        assert row.negative + row.neither + row.positive == row.answered <= row.asked
        assert row.clearly_positive <= row.positive


def test_what_is_registered_names_no_person_and_holds_no_words_of_anybody() -> None:
    told: set[str] = set()
    for fact in answers():
        data: dict[str, Any] = fact.model_dump(mode="json")
        told |= data.keys()
    assert told == {"happened_on", "survey", "version", "respondents", "insats", "sex", "answers"}
