"""Plans and their activities. A revision is a version of the plan; what it said before stays in the stream."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from contracts.envelope import Fact
from contracts.planning import (
    ActivityBlocked,
    ActivityCancelled,
    ActivityCompleted,
    ActivityExtentChanged,
    ActivityStarted,
    ActivityUnblocked,
    AttendanceRecorded,
    PlannedActivity,
    SamplanReviderad,
    SamplanUpprättad,
)
from services.planning.domain import activities
from services.planning.domain.activities import Activity, ActivityFact, Extent
from services.planning.domain.impossible import ImpossibleFactError


@dataclass(frozen=True)
class Samplan:
    """A joint plan in its latest version. ``event_id``: the event it was made by, from which follow-ups count."""

    samplan_id: UUID
    event_id: UUID
    made_on: date
    version: int
    activities: tuple[Activity, ...]

    def activity(self, activity_id: UUID) -> Activity | None:
        """The activity with this id, also one that a revision took away."""
        return next((each for each in self.activities if each.activity_id == activity_id), None)


@dataclass(frozen=True)
class Plans:
    """The case's plans, the latest last."""

    all: tuple[Samplan, ...] = ()

    @property
    def latest(self) -> Samplan | None:
        """The plan that holds."""
        return self.all[-1] if self.all else None

    def of_activity(self, activity_id: UUID) -> tuple[Samplan, Activity] | None:
        """The plan an activity belongs to, and the activity."""
        for plan in reversed(self.all):
            if (activity := plan.activity(activity_id)) is not None:
                return plan, activity
        return None


def evolve(before: Plans, fact: Fact, event_id: UUID) -> Plans:
    """The plans after a fact; unchanged by facts about other things."""
    match fact:
        case SamplanUpprättad():
            return _made(before, fact, event_id)
        case SamplanReviderad():
            return _revised(before, fact)
        case (
            ActivityStarted()
            | ActivityCompleted()
            | ActivityCancelled()
            | ActivityBlocked()
            | ActivityUnblocked()
            | ActivityExtentChanged()
            | AttendanceRecorded()
        ):
            return _of_activity(before, fact, event_id)
        case _:
            return before


def _made(before: Plans, fact: SamplanUpprättad, event_id: UUID) -> Plans:
    """A plan is made. Raises ImpossibleFactError for an id that is taken."""
    if any(plan.samplan_id == fact.samplan_id for plan in before.all):
        raise ImpossibleFactError("SamplanUpprättad twice for one plan")
    planned = _planned(fact.activities, version=1)
    return Plans((*before.all, Samplan(fact.samplan_id, event_id, fact.happened_on, 1, planned)))


def _revised(before: Plans, fact: SamplanReviderad) -> Plans:
    """The plan has a new version. Raises ImpossibleFactError for a plan, version or activity that cannot be."""
    plan = _plan(before, fact.samplan_id)
    going_on = {each.activity_id for each in plan.activities if each.ended_in is None}
    if fact.version != plan.version + 1 or not set(fact.ended) <= going_on:
        raise ImpossibleFactError("SamplanReviderad of a version or an activity that the plan does not have")
    kept = tuple(
        replace(each, ended_in=fact.version) if each.activity_id in fact.ended else each for each in plan.activities
    )
    return _with(before, replace(plan, version=fact.version, activities=(*kept, *_planned(fact.added, fact.version))))


def _of_activity(before: Plans, fact: ActivityFact, event_id: UUID) -> Plans:
    """Something happened to an activity. Raises ImpossibleFactError if it cannot have."""
    plan, activity = _activity(before, fact.samplan_id, fact.activity_id)
    return _with_activity(before, plan, activities.evolve(activity, fact, event_id))


def _planned(planned: tuple[PlannedActivity, ...], version: int) -> tuple[Activity, ...]:
    return tuple(
        Activity(
            each.activity_id,
            each.responsible,
            each.kind,
            version,
            responsible_unit=each.responsible_unit,
            starts_on=each.starts_on,
            due_on=each.due_on,
            planned=Extent(each.extent_percent, each.hours_per_week),
        )
        for each in planned
    )


def _plan(before: Plans, samplan_id: UUID) -> Samplan:
    for plan in before.all:
        if plan.samplan_id == samplan_id:
            return plan
    raise ImpossibleFactError("a fact about a plan that was never made")


def _activity(before: Plans, samplan_id: UUID, activity_id: UUID) -> tuple[Samplan, Activity]:
    plan = _plan(before, samplan_id)
    activity = plan.activity(activity_id)
    if activity is None:
        raise ImpossibleFactError("a fact about an activity that the plan does not have")
    return plan, activity


def _with_activity(before: Plans, plan: Samplan, activity: Activity) -> Plans:
    changed = tuple(activity if each.activity_id == activity.activity_id else each for each in plan.activities)
    return _with(before, replace(plan, activities=changed))


def _with(before: Plans, plan: Samplan) -> Plans:
    return Plans(tuple(plan if each.samplan_id == plan.samplan_id else each for each in before.all))
