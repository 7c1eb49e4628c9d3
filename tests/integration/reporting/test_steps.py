"""Steps and papers in the figures: counted with and without consent, and gone where they were taken back."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from contracts import topics
from contracts.codes import Sex, StepKind
from contracts.corrections import RegisteredInError
from contracts.planning import (
    DocumentRequested,
    DocumentRequestEnded,
    InsatsStarted,
    PlanningDetailsReleased,
    StepReached,
)
from contracts.referral import Attributes, ConsentGiven, RuleRef
from services.chassis.database import Connection
from services.reporting import store
from services.reporting.domain.periods import year_period
from services.reporting.indicators import DECLARED
from tests.integration.reporting.facts import ingest_values
from tests.integration.reporting.test_exits import Case

_RULE: Final = RuleRef(insats="ratt-stod-for-mig", version=1)
_DAY: Final = date(2021, 3, 1)


def _started(**sex: Any) -> Case:
    return Case(**sex).add(InsatsStarted(happened_on=date(2021, 2, 1), insats="ratt-stod-for-mig", rule=_RULE))


def _reached(step: str = "valdsfragor-erbjudna", kind: StepKind = StepKind.QUESTION, **more: Any) -> StepReached:
    return StepReached(happened_on=_DAY, step_id=uuid4(), step=step, kind=kind, rule=_RULE, **more)


def _asked(request_id: UUID, **more: Any) -> DocumentRequested:
    return DocumentRequested(happened_on=_DAY, request_id=request_id, step="underlag", rule=_RULE, **more)


async def take(connection: Connection, cases: Sequence[Case]) -> None:
    for topic in (topics.REFERRAL, topics.PLANNING):
        await ingest_values(connection, [value for case in cases for value in case.values[topic]])


async def _counts(connection: Connection, *names: str) -> dict[str, Any]:
    indicators = [DECLARED.indicators[name] for name in names]
    counted = await store.count(connection, indicators, date(2021, 1, 1), date(2022, 1, 1))
    return {name: counted[name] for name in names}


async def test_those_who_were_asked_are_a_share_of_the_started(connection: Connection) -> None:
    asked, not_asked, in_error = _started(), _started(), _started(sex=Sex.MAN)
    without_consent = _started(sex=Sex.MAN, consents=False)
    for case in (asked, in_error, without_consent):
        case.add(_reached())
    in_error.add(RegisteredInError(happened_on=_DAY, event_id=in_error.ids[-1], reason="wrong_person"))
    await take(connection, [asked, not_asked, in_error, without_consent])

    counts = await _counts(connection, "started", "steps.violence_asked", "steps")
    assert (counts["steps.violence_asked"].total(), counts["started"].total()) == (2, 4)
    assert counts["steps.violence_asked"].total(sex="man", insats="ratt-stod-for-mig") == 1
    assert counts["steps"].total(step_rule="ratt-stod-for-mig", step="valdsfragor-erbjudna") == 2


async def test_a_paper_is_awaited_until_it_comes_or_is_given_up(connection: Connection) -> None:
    came, ended, waits = UUID(int=1), UUID(int=2), UUID(int=3)
    case = _started().add(_asked(came), _asked(ended), _asked(waits))
    later = date(2021, 3, 11)
    case.add(
        _reached("underlag", StepKind.DOCUMENT, request_id=came).model_copy(update={"happened_on": later}),
        _reached("underlag", StepKind.DOCUMENT),  # nobody had asked for this one
        DocumentRequestEnded(happened_on=later, request_id=ended, reason="refused"),
    )
    await take(connection, [case])

    names = ("requested", "received", "ended", "waited_days")
    counts = await _counts(connection, *(f"documents.{name}" for name in names))
    by_rule = [counts[f"documents.{name}"].total(step_rule="ratt-stod-for-mig") for name in names]
    assert by_rule == [3, 1, 1, 10]
    figures = await store.period_figures(connection, year_period(2021))
    [papers] = figures.documents
    assert (papers.mean_days, papers.requested) == (10, 3)


async def test_what_only_consent_tells_is_empty_without_it_and_there_once_it_is_given(connection: Connection) -> None:
    case = _started(consents=False).add(_asked(UUID(int=1)), _reached("progressionskort", StepKind.RATING))
    asked, rated = case.ids[-2:]
    await take(connection, [case])
    assert await _told(connection) == [(None, None, None)]
    case.add(
        ConsentGiven(happened_on=date(2021, 4, 1), attributes=Attributes()),
        PlanningDetailsReleased(
            happened_on=date(2021, 4, 1), event_id=asked, document="journal", asked_of="health_care"
        ),
        PlanningDetailsReleased(happened_on=date(2021, 4, 1), event_id=rated, score=3.5),
    )
    await take(connection, [case])
    assert await _told(connection) == [("journal", "health_care", Decimal("3.5"))]


async def _told(connection: Connection) -> list[tuple[Any, ...]]:
    rows: Sequence[Any] = await connection.fetch(
        "SELECT document_request.document, asked_of, score FROM document_request JOIN step USING (case_id)"
    )
    return [tuple(row) for row in rows]
