"""Exits and hand-backs in the figures: each exit counts once, one registered in error not, and both stay as facts."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from contracts import events, topics
from contracts.codes import NationalExitCode, ReturnedBy, ReturnStage, Sex
from contracts.corrections import RegisteredInError
from contracts.envelope import TIMER, Fact
from contracts.planning import (
    SOURCE,
    CaseHandedBack,
    CaseReopened,
    InsatsStarted,
    ParticipantExited,
    PlanningDetailsReleased,
)
from contracts.referral import (
    Attributes,
    ConsentGiven,
    ConsentRefused,
    HandBackAcknowledged,
    ReferralAccepted,
    ReferralReceived,
    ReferralReturned,
    RuleRef,
)
from services.chassis.database import Connection
from services.reporting import store
from services.reporting.domain.periods import year_period
from services.reporting.indicators import DECLARED
from tests.integration.reporting.facts import ingest_values

_RULE: Final = RuleRef(insats="ratt-stod-for-mig", version=1)
_BACK: Final = UUID(int=21)
_AGAIN: Final = UUID(int=22)
_FIRST: Final = datetime(2021, 1, 15, 8, tzinfo=UTC)


class Case:
    """A case's events as reporting gets them."""

    def __init__(self, sex: Sex = Sex.WOMAN, *, consents: bool = True) -> None:
        self.case_id = uuid4()
        self.values: dict[str, list[bytes]] = {topics.REFERRAL: [], topics.PLANNING: []}
        self.ids: list[UUID] = []
        day = date(2021, 1, 11)
        answer: Fact = (
            ConsentGiven(happened_on=day, attributes=Attributes()) if consents else ConsentRefused(happened_on=day)
        )
        self.add(
            ReferralReceived(
                happened_on=day,
                person_id=uuid4(),
                insats="ratt-stod-for-mig",
                agency="stockholms-stad",
                unit="farsta",
                unit_kind="district",
                sex=sex,
                rule=_RULE,
            ),
            answer,
            ReferralAccepted(happened_on=day),
        )

    def add(self, *facts: Fact) -> "Case":
        for fact in facts:
            source = SOURCE if isinstance(fact, RegisteredInError) else fact.sources[0]
            values = self.values[topics.PLANNING if source == SOURCE else topics.REFERRAL]
            event = events.event_of(
                fact,
                event_id=uuid4(),
                stream_id=self.case_id,
                sequence=len(values) + 1,
                recorded=_FIRST + timedelta(days=len(self.ids)),
                actor=TIMER,
                source=source,
            )
            values.append(events.encode(event))
            self.ids.append(event.id)
        return self

    def left(self, day: date, reason: str, episode: int, back: UUID, **answers: Any) -> "Case":
        code = NationalExitCode.ONE if reason in {"work", "studies"} else NationalExitCode.THREE
        exited = ParticipantExited(
            happened_on=day,
            insats="ratt-stod-for-mig",
            episode=episode,
            reason=reason,
            national_code=code,
            rule=_RULE,
            **answers,
        )
        handed_back = CaseHandedBack(
            happened_on=day,
            hand_back_id=back,
            insats="ratt-stod-for-mig",
            episode=episode,
            to="anmalare",
            rule=_RULE,
        )
        return self.add(exited, handed_back)


def _started(**sex: Any) -> Case:
    return Case(**sex).add(InsatsStarted(happened_on=date(2021, 2, 1), insats="ratt-stod-for-mig", rule=_RULE))


def _left_twice() -> Case:
    case = _started().left(date(2021, 4, 1), "work", 1, _BACK, extent_percent=50)
    case.add(HandBackAcknowledged(happened_on=date(2021, 4, 8), hand_back_id=_BACK))
    case.add(CaseReopened(happened_on=date(2021, 6, 1), episode=2))
    return case.left(date(2021, 10, 1), "studies", 2, _AGAIN, extent_percent=100)


async def _take(connection: Connection, cases: Sequence[Case]) -> None:
    for topic in (topics.REFERRAL, topics.PLANNING):
        await ingest_values(connection, [value for case in cases for value in case.values[topic]])


async def _lines(connection: Connection, year: int = 2021) -> dict[str, int]:
    return (await store.period_figures(connection, year_period(year))).lines()


async def test_a_case_reopened_and_left_again_counts_both_exits(connection: Connection) -> None:
    await _take(connection, [_left_twice()])
    lines = await _lines(connection)
    assert lines["totals.exited.women"] == 2
    assert lines["ratt_stod_for_mig.exited.women"] == 2
    assert lines["ratt_stod_for_mig.to_work.women"] == 1
    assert lines["ratt_stod_for_mig.to_work_or_studies.total"] == 2
    assert lines["ratt_stod_for_mig.to_studies.women.percent"] == 50
    rows = await connection.fetch("SELECT episode, exit_reason, extent_percent FROM participation ORDER BY episode")
    assert [tuple(row) for row in rows] == [(1, "work", 50), (2, "studies", 100)]
    backs = await connection.fetch("SELECT episode, acknowledged_on FROM hand_back ORDER BY episode")
    assert [tuple(row) for row in backs] == [(1, date(2021, 4, 8)), (2, None)]


async def test_an_exit_registered_in_error_leaves_the_counts_and_stays_in_the_history(connection: Connection) -> None:
    case = _left_twice()
    *_, of_exit, of_back = case.ids
    for event_id in (of_exit, of_back):
        case.add(RegisteredInError(happened_on=date(2021, 10, 4), event_id=event_id, reason="wrong_person"))
    await _take(connection, [case])
    lines = await _lines(connection)
    assert lines["totals.exited.total"] == lines["ratt_stod_for_mig.exited.total"] == 1
    assert await connection.fetchval("SELECT count(*) FROM hand_back") == 1
    told = await store.case_events(connection, case.case_id)
    assert sum(each.type == "ParticipantExited" for each in told) == 2
    assert [each.taken_back for each in told if each.type == "ParticipantExited"] == [False, True]


async def test_the_exits_to_date_of_a_year_are_those_of_the_years_before_too(connection: Connection) -> None:
    await _take(connection, [_left_twice(), _started(sex=Sex.MAN).left(date(2022, 3, 1), "illness", 1, uuid4())])
    assert (await _lines(connection, 2020))["ratt_stod_for_mig.exited.total"] == 0
    assert (await _lines(connection, 2021))["ratt_stod_for_mig.exited.total"] == 2
    later = await _lines(connection, 2022)
    assert (later["ratt_stod_for_mig.exited.total"], later["ratt_stod_for_mig.exited.men"]) == (3, 1)
    assert later["totals.exited.total"] == 1, "a year's own exits are another figure"


async def test_answers_released_later_are_known_and_those_without_consent_are_not(connection: Connection) -> None:
    case = _started(consents=False)
    case.add(ParticipantExited(happened_on=date(2021, 4, 1), insats="ratt-stod-for-mig", rule=_RULE))
    exit_id = case.ids[-1]
    await _take(connection, [case])
    read = "SELECT exit_reason, extent_percent, support, continued_planning FROM participation"
    assert tuple(await connection.fetchrow(read)) == (None, None, None, None)
    case.add(
        ConsentGiven(happened_on=date(2021, 5, 1), attributes=Attributes()),
        PlanningDetailsReleased(
            happened_on=date(2021, 5, 1),
            event_id=exit_id,
            reason="work",
            national_code=NationalExitCode.ONE,
            extent_percent=75,
            support="none",
            continued_planning=True,
        ),
    )
    await _take(connection, [case])
    assert tuple(await connection.fetchrow(read)) == ("work", 75, "none", True)


async def test_who_left_before_the_start_is_counted_apart_from_exits_and_from_returns_by_the_referrer(
    connection: Connection,
) -> None:
    declined, withdrawn, waiting = Case(), Case(), Case(sex=Sex.MAN)
    for case, by in ((declined, ReturnedBy.PARTICIPANT), (withdrawn, ReturnedBy.REFERRER)):
        case.add(
            ReferralReturned(happened_on=date(2021, 3, 1), stage=ReturnStage.AFTER_ACCEPTANCE, by=by, reason="other")
        )
    await _take(connection, [declined, withdrawn, waiting, _left_twice()])

    indicators = [DECLARED.indicators[name] for name in ("left_before_start", "exited", "hand_backs")]
    counts = await store.count(connection, indicators, date(2021, 1, 1), date(2022, 1, 1))
    before = counts["left_before_start"]
    assert (before.total(returned_by="participant"), before.total(returned_by="referrer"), before.total()) == (
        1,
        1,
        2,
    )
    assert counts["exited"].total() == 2
    assert counts["hand_backs"].total(insats="ratt-stod-for-mig") == 2
