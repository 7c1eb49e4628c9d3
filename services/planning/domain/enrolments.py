"""A case's seats in groups and courses: had, attended and ended; and its wait for one. An enrolment ends once."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from contracts.codes import EnrolmentOutcome
from contracts.envelope import Fact
from contracts.planning import (
    GroupEnrolled,
    GroupEnrolmentEnded,
    GroupReserveJoined,
    GroupReserveLeft,
    ParticipantExited,
    PlanningEnded,
    SessionAttendanceRecorded,
)
from services.planning.domain.impossible import ImpossibleFactError


@dataclass(frozen=True)
class Attended:
    """Whether the person came to a session; None where that was left out for want of consent. ``event_id``: of the
    event that recorded it."""

    event_id: UUID
    session_on: date
    attended: bool | None


@dataclass(frozen=True)
class Enrolment:
    """A seat in a group. ``starts_on``: the first session that the person may come to, as known when they were
    enrolled. ``ended_on`` and ``outcome``: None while they have it. ``ended_by``: the event that ended it;
    ``latest``: the last event about it."""

    enrolment_id: UUID
    group_id: UUID
    enrolled_on: date
    starts_on: date
    attendance: tuple[Attended, ...] = ()
    ended_on: date | None = None
    outcome: EnrolmentOutcome | None = None
    reason: str | None = None
    ended_by: UUID | None = None
    latest: UUID | None = None

    @property
    def under_way(self) -> bool:
        """Whether the person has the seat."""
        return self.outcome is None

    def had_on(self, day: date) -> bool:
        """Whether the person had the seat on a day."""
        return self.enrolled_on <= day and (self.ended_on is None or day <= self.ended_on)

    def of_session(self, session_on: date) -> Attended | None:
        """What was recorded of a session."""
        return next((each for each in self.attendance if each.session_on == session_on), None)


@dataclass(frozen=True)
class Reserve:
    """A wait for a seat, in ``group_id`` or in any group of the insats. ``joined_at``: when it was registered, which
    is the order of those who joined on one day."""

    event_id: UUID
    group_id: UUID | None
    since: date
    joined_at: datetime


@dataclass(frozen=True)
class Enrolments:
    """The case's seats in groups, the latest last, and its wait for one."""

    all: tuple[Enrolment, ...] = ()
    reserve: Reserve | None = None

    def find(self, enrolment_id: UUID) -> Enrolment | None:
        """The seat with this id."""
        return next((each for each in self.all if each.enrolment_id == enrolment_id), None)

    @property
    def under_way(self) -> tuple[Enrolment, ...]:
        """The seats that the person has."""
        return tuple(each for each in self.all if each.under_way)

    def in_group(self, group_id: UUID) -> Enrolment | None:
        """The seat that the person has in a group."""
        return next((each for each in self.under_way if each.group_id == group_id), None)


def evolve(before: Enrolments, fact: Fact, event_id: UUID, recorded: datetime) -> Enrolments:
    """The seats and the wait after a fact; unchanged by facts about other things."""
    match fact:
        case GroupEnrolled():
            return _enrolled(before, fact, event_id)
        case GroupEnrolmentEnded():
            return _ended(before, fact, event_id)
        case SessionAttendanceRecorded():
            return _attended(before, fact, event_id)
        case GroupReserveJoined():
            if before.reserve is not None:
                raise ImpossibleFactError("GroupReserveJoined by a case that waits already")
            return replace(before, reserve=Reserve(event_id, fact.group_id, fact.happened_on, recorded))
        case GroupReserveLeft():
            if before.reserve is None:
                raise ImpossibleFactError("GroupReserveLeft by a case that does not wait")
            return replace(before, reserve=None)
        case ParticipantExited() | PlanningEnded():
            # Whoever comes back joins behind those who wait by then.
            return replace(before, reserve=None)
        case _:
            return before


def _enrolled(before: Enrolments, fact: GroupEnrolled, event_id: UUID) -> Enrolments:
    if before.find(fact.enrolment_id) is not None or before.in_group(fact.group_id) is not None:
        raise ImpossibleFactError("GroupEnrolled twice")
    new = Enrolment(fact.enrolment_id, fact.group_id, fact.happened_on, fact.starts_on, latest=event_id)
    waits = before.reserve is not None and before.reserve.group_id not in (None, fact.group_id)
    return Enrolments((*before.all, new), before.reserve if waits else None)


def _ended(before: Enrolments, fact: GroupEnrolmentEnded, event_id: UUID) -> Enrolments:
    enrolment = before.find(fact.enrolment_id)
    if enrolment is None or not enrolment.under_way:
        raise ImpossibleFactError("GroupEnrolmentEnded of a seat that the case does not have")
    ended = replace(
        enrolment,
        ended_on=fact.happened_on,
        outcome=fact.outcome,
        reason=fact.reason,
        ended_by=event_id,
        latest=event_id,
    )
    return _with(before, ended)


def _attended(before: Enrolments, fact: SessionAttendanceRecorded, event_id: UUID) -> Enrolments:
    enrolment = before.find(fact.enrolment_id)
    if enrolment is None or enrolment.of_session(fact.session_on) is not None:
        raise ImpossibleFactError("SessionAttendanceRecorded without a seat, or twice for a session")
    recorded = Attended(event_id, fact.session_on, fact.attended)
    return _with(before, replace(enrolment, attendance=(*enrolment.attendance, recorded), latest=event_id))


def _with(before: Enrolments, changed: Enrolment) -> Enrolments:
    seats = tuple(changed if each.enrolment_id == changed.enrolment_id else each for each in before.all)
    return replace(before, all=seats)
