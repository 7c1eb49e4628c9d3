"""An activity of a plan and what happens to it: planned, under way, and then carried out or not, never both."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal, TypeAlias, assert_never
from uuid import UUID

from contracts.codes import ActivityExtent, Member
from contracts.planning import (
    ActivityBlocked,
    ActivityCancelled,
    ActivityCompleted,
    ActivityExtentChanged,
    ActivityStarted,
    ActivityUnblocked,
    AttendanceRecorded,
)
from services.planning.domain.impossible import ImpossibleFactError

ActivityFact: TypeAlias = (
    ActivityStarted
    | ActivityCompleted
    | ActivityCancelled
    | ActivityBlocked
    | ActivityUnblocked
    | ActivityExtentChanged
    | AttendanceRecorded
)


@dataclass(frozen=True)
class Extent:
    """How much an activity takes up: percent of full time, hours a week, or both. Neither where nothing is said."""

    percent: int | None = None
    hours: float | None = None


NO_EXTENT: Final = Extent()
"""Nothing is said of how much an activity takes up."""


@dataclass(frozen=True)
class Hindrance:
    """Why an activity cannot go on, and since when; ``event_id`` names the event that recorded it."""

    event_id: UUID
    since: date
    reason: str | None
    waits_for: Member | None


@dataclass(frozen=True)
class Attendance:
    """Hours of a period, the first and last day included; None where they were left out for want of consent."""

    event_id: UUID
    from_on: date
    to_on: date
    weeks: int
    offered: float | None
    attended: float | None
    more_than_offered: bool = False


@dataclass(frozen=True)
class Activity:
    """An activity of a plan.

    What was left out for want of consent is None until :mod:`services.planning.domain.kept` fills it in. ``version``:
    the plan's version that brought it; ``ended_in``: the one that took it away, which leaves what had been done of
    it. ``planned``: the extent that was planned; ``current``: that of today.
    ``extent``: how far it was carried out. ``started_by``, ``extent_by`` and
    ``cancelled_by`` name the events that recorded it, ``latest`` the last event about it.
    """

    activity_id: UUID
    responsible: Member
    kind: str | None
    version: int
    state: Literal["planned", "ongoing", "completed", "cancelled"] = "planned"
    started_on: date | None = None
    completed_on: date | None = None
    extent: ActivityExtent | None = None
    ended_in: int | None = None
    responsible_unit: str | None = None
    starts_on: date | None = None
    due_on: date | None = None
    planned: Extent = NO_EXTENT
    current: Extent = NO_EXTENT
    place_id: UUID | None = None
    cost_bearer: str | None = None
    cancelled_on: date | None = None
    cancel_reason: str | None = None
    hindrance: Hindrance | None = None
    attendance: tuple[Attendance, ...] = ()
    started_by: UUID | None = None
    extent_by: UUID | None = None
    cancelled_by: UUID | None = None
    latest: UUID | None = None

    @property
    def hours_a_week(self) -> float | None:
        """The hours of a week in the period of attendance recorded last; without one, those that are agreed."""
        latest = max(self.attendance, key=lambda each: each.to_on, default=None)
        if latest is not None and latest.attended is not None:
            return latest.attended / latest.weeks
        return self.current.hours

    @property
    def ended_on(self) -> date | None:
        """The day it was carried out, or was found not to be."""
        return self.completed_on or self.cancelled_on


def evolve(before: Activity, fact: ActivityFact, event_id: UUID) -> Activity:
    """The activity after a fact about it. Raises ImpossibleFactError for one that cannot be."""
    match fact:
        case ActivityStarted():
            after = _started(before, fact, event_id)
        case ActivityCompleted():
            after = _completed(before, fact)
        case ActivityCancelled():
            after = _cancelled(before, fact, event_id)
        case ActivityBlocked():
            _require(before.state in {"planned", "ongoing"} and before.hindrance is None, fact)
            hindrance = Hindrance(event_id, fact.happened_on, fact.reason, fact.waits_for)
            after = replace(before, hindrance=hindrance)
        case ActivityUnblocked():
            _require(before.hindrance is not None, fact)
            after = replace(before, hindrance=None)
        case ActivityExtentChanged():
            _require(before.state == "ongoing", fact)
            after = replace(before, current=Extent(fact.extent_percent, fact.hours_per_week), extent_by=event_id)
        case AttendanceRecorded():
            after = _attended(before, fact, event_id)
        case _:
            assert_never(fact)
    return replace(after, latest=event_id)


def _started(before: Activity, fact: ActivityStarted, event_id: UUID) -> Activity:
    _require(before.state == "planned", fact)
    return replace(
        before,
        state="ongoing",
        started_on=fact.happened_on,
        started_by=event_id,
        place_id=fact.place_id,
        current=Extent(fact.extent_percent, fact.hours_per_week),
        extent_by=event_id,
        cost_bearer=fact.cost_bearer,
        hindrance=None,
    )


def _completed(before: Activity, fact: ActivityCompleted) -> Activity:
    _require(before.state == "ongoing", fact)
    return replace(before, state="completed", completed_on=fact.happened_on, extent=fact.extent, hindrance=None)


def _cancelled(before: Activity, fact: ActivityCancelled, event_id: UUID) -> Activity:
    _require(before.state in {"planned", "ongoing"}, fact)
    return replace(
        before,
        state="cancelled",
        cancelled_on=fact.happened_on,
        cancel_reason=fact.reason,
        cancelled_by=event_id,
        hindrance=None,
    )


def _attended(before: Activity, fact: AttendanceRecorded, event_id: UUID) -> Activity:
    _require(before.started_on is not None, fact)
    recorded = Attendance(
        event_id,
        fact.from_on,
        fact.happened_on,
        fact.weeks,
        fact.hours_offered,
        fact.hours_attended,
        fact.more_than_offered,
    )
    _require(overlapping(before, recorded.from_on, recorded.to_on) is None, fact)
    return replace(before, attendance=(*before.attendance, recorded))


def overlapping(activity: Activity, from_on: date, to_on: date) -> Attendance | None:
    """What has been recorded of a period that shares a day with this one."""
    return next((each for each in activity.attendance if each.from_on <= to_on and from_on <= each.to_on), None)


def _require(possible: bool, fact: ActivityFact) -> None:
    if not possible:
        raise ImpossibleFactError(f"{fact.wire_name()} of an activity that cannot have it")
