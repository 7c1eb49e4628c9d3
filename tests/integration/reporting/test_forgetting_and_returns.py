"""What erasure and returns do to the figures: erasure nothing, and a return counts unless the case was started."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any, Final
from uuid import UUID, uuid4

from contracts import events, topics
from contracts.codes import ReturnStage
from contracts.envelope import TIMER, Fact
from contracts.planning import InsatsStarted, ParticipantExited, PlanningEnded
from contracts.referral import (
    Attributes,
    ConsentGiven,
    PersonForgotten,
    ReferralAccepted,
    ReferralReceived,
    ReferralReturned,
    RuleRef,
)
from deploy.local.kafka import KafkaServer
from services.chassis.database import Connection
from services.reporting import rebuild, store
from services.reporting.domain.periods import year_period
from tests.bench.rebuild_events import AppendedEvent
from tests.integration.reporting.facts import cases, empty, facts, ingest
from tests.integration.reporting.test_rebuild import _records, _written

APPENDED: Final = cases(seed=17, count=150)
_LATE: Final = datetime(2024, 1, 15, 8, tzinfo=UTC)


def _forgettings() -> list[AppendedEvent]:
    """Everybody is forgotten: one event more on each case, after the last of the referral service."""
    referral: dict[UUID, list[dict[str, Any]]] = {}
    for each in APPENDED:
        if each.topic == topics.REFERRAL:
            referral.setdefault(each.case_id, []).append(json.loads(each.value))
    return [
        _told(
            PersonForgotten(happened_on=_LATE.date(), person_id=UUID(said[0]["data"]["person_id"])),
            case_id,
            len(said) + 1,
        )
        for case_id, said in referral.items()
    ]


def _told(fact: Fact, case_id: UUID, sequence: int) -> AppendedEvent:
    event = events.event_of(fact, event_id=uuid4(), stream_id=case_id, sequence=sequence, recorded=_LATE, actor=TIMER)
    return AppendedEvent(case_id, _TOPIC[fact.sources[0]], _LATE, events.encode(event))


_TOPIC: Final = {"/samspel/referral": topics.REFERRAL, "/samspel/planning": topics.PLANNING}


async def test_everybody_forgotten_every_figure_is_as_before(
    connection: Connection, kafka: KafkaServer, database_url: str
) -> None:
    await ingest(connection, APPENDED)
    before = [await store.period_figures(connection, year_period(year)) for year in (2020, 2021, 2022)]
    known = await facts(connection)
    forgotten = _forgettings()
    await ingest(connection, forgotten)

    assert [await store.period_figures(connection, year_period(year)) for year in (2020, 2021, 2022)] == before
    assert sum(before[1].lines().values()) > 0
    assert await facts(connection) == known
    names = await _written(kafka, _records([*APPENDED, *forgotten]))
    rebuilt = await rebuild.rebuild(kafka.bootstrap, database_url, names=names, say=lambda *_: None)
    assert rebuilt.checksums == await store.checksums(connection)


_DAY: Final = date(2021, 3, 1)
_RULE: Final = RuleRef(insats="finsam-team", version=2)


def _case(*parts: str) -> list[AppendedEvent]:
    received = json.loads(next(each for each in APPENDED if each.topic == topics.REFERRAL).value)["data"]
    opening = [
        ReferralReceived.model_validate({**received, "insats": "finsam-team"}),
        ConsentGiven(happened_on=_DAY, attributes=Attributes()),
        ReferralAccepted(happened_on=_DAY),
    ]
    later: dict[str, Fact] = {
        "return": ReferralReturned(happened_on=_DAY, stage=ReturnStage.AFTER_ACCEPTANCE, reason="other"),
        "start": InsatsStarted(happened_on=_DAY, insats="finsam-team", rule=_RULE),
        "ended": PlanningEnded(happened_on=_DAY, insats="finsam-team"),
        "exit": ParticipantExited(happened_on=_DAY, insats="finsam-team", rule=_RULE),
    }
    case_id, last, appended = uuid4(), {"/samspel/referral": 0, "/samspel/planning": 0}, []
    for fact in (*opening, *(later[part] for part in parts)):
        last[fact.sources[0]] += 1
        appended.append(_told(fact, case_id, last[fact.sources[0]]))
    return appended


_SEXES = {"woman": "women", "man": "men", "other": "other", "unknown": "unknown"}


async def _participation(connection: Connection, appended: Sequence[AppendedEvent]) -> Any:
    await empty(connection)
    for each in appended:
        await ingest(connection, [each])
    return await connection.fetchrow(
        "SELECT returned_on, return_reason, referral.started_on, exited_on "
        "FROM referral LEFT JOIN participation USING (case_id)"
    )


async def test_a_return_after_acceptance_is_a_return_and_no_stay(connection: Connection) -> None:
    found = await _participation(connection, _case("return", "ended"))
    assert tuple(found) == (_DAY, "other", None, None)
    figures = await store.period_figures(connection, year_period(2021))
    counted = {line: count for line, count in figures.lines().items() if count}
    sex = await connection.fetchval("SELECT sex FROM referral")
    assert counted == dict.fromkeys((f"finsam_team.returned.{_SEXES[sex]}", "finsam_team.returned.total"), 1)
    assert (await store.start_counts(connection, _DAY)).waiting == 0


async def test_a_return_told_beside_a_start_does_not_count_whichever_is_heard_first(connection: Connection) -> None:
    *opening, returned, started, exited = _case("return", "start", "exit")
    for order in permutations([returned, started, exited]):
        found = await _participation(connection, [*opening, *order])
        assert tuple(found) == (None, None, _DAY, _DAY)
