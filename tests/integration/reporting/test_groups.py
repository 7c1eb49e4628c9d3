"""Groups in the figures: who took part and how it ended, sessions held, who came; as live as folded anew, and as the
oracle reads the topics."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from contracts import events, topics
from contracts.codes import EnrolmentOutcome, Sex
from contracts.corrections import RegisteredInError
from contracts.envelope import TIMER, Fact
from contracts.planning import (
    SOURCE,
    GroupCancelled,
    GroupDeclared,
    GroupEnrolled,
    GroupEnrolmentEnded,
    GroupSessionCancelled,
    GroupSessionHeld,
    PlanningDetailsReleased,
    SessionAttendanceRecorded,
)
from contracts.referral import Attributes, ConsentGiven, ConsentRefused, ReferralReceived, RuleRef
from services.chassis.database import Connection
from services.planning.domain.groups import GroupOf
from services.reporting import store
from services.reporting.domain.periods import year_period
from services.reporting.domain.report import period_figures
from services.reporting.indicators import DECLARED, asked_for
from tests.integration.reporting.facts import facts, fold_anew, ingest_values
from tests.oracle.compare import table_differences
from tests.oracle.reporting import tables
from tests.oracle.story import Place, Story

_GROUP: Final = GroupOf("act-kurs", "act-hosten").group_id
_DAYS: Final = tuple(date(2023, 9, 6) + timedelta(weeks=week) for week in range(7))
_FIRST: Final = datetime(2023, 8, 14, 8, tzinfo=UTC)
_YEAR: Final = (date(2023, 1, 1), date(2024, 1, 1))


class Streams:
    """Events of cases and groups as reporting gets them."""

    def __init__(self) -> None:
        self.story = Story()
        self.values: dict[str, list[bytes]] = {topics.REFERRAL: [], topics.PLANNING: []}
        self._sequences: dict[tuple[UUID, str], int] = {}

    def add(self, stream: UUID, *said: Fact) -> list[UUID]:
        """Appends facts to a stream, and gives their ids."""
        ids = []
        for fact in said:
            source = SOURCE if isinstance(fact, RegisteredInError) else fact.sources[0]
            topic = topics.PLANNING if source == SOURCE else topics.REFERRAL
            sequence = self._sequences[stream, source] = self._sequences.get((stream, source), 0) + 1
            event = events.event_of(
                fact,
                event_id=uuid4(),
                stream_id=stream,
                sequence=sequence,
                recorded=_FIRST + timedelta(minutes=sum(map(len, self.values.values()))),
                actor=TIMER,
                source=source,
            )
            value = events.encode(event)
            self.story.add(Place(topic, 0, len(self.values[topic])), str(stream).encode(), value)
            self.values[topic].append(value)
            ids.append(event.id)
        return ids

    def participant(self, sex: Sex, outcome: EnrolmentOutcome | None, *, consents: bool = True) -> UUID:
        """Somebody who came to the first session, unless they gave up their seat before it."""
        case, seat, day = uuid4(), uuid4(), date(2023, 8, 21)
        rule = RuleRef(insats="act-kurs", version=1)
        answer = (
            ConsentGiven(happened_on=day, attributes=Attributes()) if consents else ConsentRefused(happened_on=day)
        )
        self.add(
            case,
            ReferralReceived(
                happened_on=day,
                person_id=uuid4(),
                insats="act-kurs",
                agency="sundsvalls-kommun",
                unit="arbetsmarknadstorget",
                unit_kind="arbetskonsulent",
                sex=sex,
                rule=rule,
            ),
            answer,
            GroupEnrolled(happened_on=day, enrolment_id=seat, group_id=_GROUP, insats="act-kurs", starts_on=_DAYS[0]),
        )
        if outcome is not EnrolmentOutcome.WITHDRAWN_BEFORE_START:
            came = SessionAttendanceRecorded(
                happened_on=_DAYS[0],
                enrolment_id=seat,
                session_on=_DAYS[0],
                attended=outcome is not EnrolmentOutcome.DROPPED_OUT if consents else None,
            )
            self.add(case, came)
        if outcome is not None:
            self.add(case, GroupEnrolmentEnded(happened_on=_DAYS[-1], enrolment_id=seat, outcome=outcome))
        return case


def _declared(seats: int = 10, stream_days: Sequence[date] = _DAYS) -> GroupDeclared:
    return GroupDeclared(
        happened_on=date(2023, 8, 14),
        insats="act-kurs",
        group="act-hosten",
        group_name="ACT hösten",
        capacity="kurs",
        seats=seats,
        session_days=tuple(stream_days),
        starts_on=stream_days[0],
        ends_on=stream_days[-1],
    )


def _held(day: date, enrolled: int) -> GroupSessionHeld:
    return GroupSessionHeld(
        happened_on=day, insats="act-kurs", group="act-hosten", session_on=day, seats=10, enrolled=enrolled
    )


def _off(day: date) -> GroupSessionCancelled:
    return GroupSessionCancelled(
        happened_on=day, insats="act-kurs", group="act-hosten", session_on=day, reason="leader_away"
    )


def _course() -> Streams:
    """Two complete the course, one drops out, one gives up the seat before, one goes on; one does not consent."""
    streams = Streams()
    streams.add(_GROUP, _declared(), _held(_DAYS[0], 4), _off(_DAYS[1]), _held(_DAYS[2], 3), _off(_DAYS[2]))
    streams.add(
        _GROUP,
        _off(_DAYS[3]),
        _held(_DAYS[3], 3),
        GroupCancelled(happened_on=_DAYS[0], insats="act-kurs", group="act-hosten", reason="too_few"),
        _declared(12),
    )
    streams.participant(Sex.WOMAN, EnrolmentOutcome.COMPLETED)
    silent = streams.participant(Sex.MAN, EnrolmentOutcome.COMPLETED, consents=False)
    streams.participant(Sex.WOMAN, EnrolmentOutcome.DROPPED_OUT)
    streams.participant(Sex.WOMAN, EnrolmentOutcome.WITHDRAWN_BEFORE_START)
    streams.participant(Sex.MAN, None)
    wrong = uuid4()
    [mistake] = streams.add(
        wrong,
        GroupEnrolled(
            happened_on=_DAYS[0], enrolment_id=uuid4(), group_id=_GROUP, insats="act-kurs", starts_on=_DAYS[0]
        ),
    )
    streams.add(wrong, RegisteredInError(happened_on=_DAYS[1], event_id=mistake, reason="wrong_person"))
    assert silent
    return streams


async def _ingested(connection: Connection, streams: Streams) -> None:
    for values in streams.values.values():
        await ingest_values(connection, values)


async def test_who_took_part_completed_and_dropped_out_by_sex_and_how_often_the_group_met(
    connection: Connection,
) -> None:
    await _ingested(connection, _course())
    counts = await store.count(connection, asked_for("year"), *_YEAR)
    [course] = [each for each in period_figures(year_period(2023), None, counts).groups if each.id == "act-kurs"]
    assert (course.took_part.women, course.took_part.men, course.took_part.total) == (2, 2, 4)
    assert (course.completed.women, course.completed.men) == (1, 1)
    assert (course.dropped_out.total, course.ended_with_the_case.total) == (1, 0)
    assert (course.started, course.sessions_held) == (1, 2)
    assert (course.attended.total, course.attendance_recorded.total, course.attended_percent) == (2, 3, 67)
    lines = course.lines()
    assert (lines["act_kurs.groups_took_part.total"], lines["act_kurs.groups_sessions_held.total"]) == (4, 2)
    seats = {name: counts[f"groups.{name}"].total() for name in ("seats", "seats_used")}
    assert seats == {"seats": 20, "seats_used": 7}


async def test_the_fold_is_what_the_oracle_says_live_and_anew(connection: Connection) -> None:
    streams = _course()
    silent = streams.participant(Sex.WOMAN, EnrolmentOutcome.COMPLETED, consents=False)
    [record] = [each.event_id for each in streams.story.of_type("SessionAttendanceRecorded") if each.case == silent]
    day = _DAYS[-1]
    streams.add(silent, ConsentGiven(happened_on=day, attributes=Attributes()))
    streams.add(silent, PlanningDetailsReleased(happened_on=day, event_id=record, attended=True))
    await _ingested(connection, streams)
    live = await facts(connection)
    described = [
        table
        for table in tables(streams.story)
        if table.name in {"enrolment", "session_attendance", "course_group", "group_session", "released"}
    ]
    assert all(table.rows for table in described)
    assert [said for table in described for said in await table_differences(table, connection)] == []
    await fold_anew(connection)
    assert await facts(connection) == live


async def test_an_indicator_with_not_in_counts_what_is_not_known(connection: Connection) -> None:
    await _ingested(connection, _course())
    took_part = DECLARED.indicators["groups.took_part"]
    counts = await store.count(connection, (took_part,), *_YEAR)
    assert counts["groups.took_part"].total() == 4, "the one who goes on has no outcome yet"
