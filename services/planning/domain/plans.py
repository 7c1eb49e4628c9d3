"""Plans and their activities. A revision is a version of the plan; what it said before stays in the stream."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

from contracts.codes import ActivityExtent, Member
from contracts.envelope import Fact
from contracts.planning import (
    ActivityCompleted,
    ActivityStarted,
    PlannedActivity,
    SamplanReviderad,
    SamplanUpprättad,
)
from services.planning.domain.impossible import ImpossibleFactError


@dataclass(frozen=True)
class Activity:
    """An activity of a plan. ``kind`` is None where it was left out for want of consent. ``version``: the plan's
    version that brought it; ``ended_in``: the one that took it away, which leaves what had been done of it."""

    activity_id: UUID
    responsible: Member
    kind: str | None
    version: int
    state: Literal["planned", "ongoing", "completed"] = "planned"
    started_on: date | None = None
    completed_on: date | None = None
    extent: ActivityExtent | None = None
    ended_in: int | None = None


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
        case ActivityStarted():
            return _activity_started(before, fact)
        case ActivityCompleted():
            return _activity_completed(before, fact)
        case _:
            return before


def _made(before: Plans, fact: SamplanUpprättad, event_id: UUID) -> Plans:
    """A plan is made. Raises ImpossibleFactError for an id that is taken."""
    if any(plan.samplan_id == fact.samplan_id for plan in before.all):
        raise ImpossibleFactError("SamplanUpprättad twice for one plan")
    activities = _planned(fact.activities, version=1)
    return Plans((*before.all, Samplan(fact.samplan_id, event_id, fact.happened_on, 1, activities)))


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


def _activity_started(before: Plans, fact: ActivityStarted) -> Plans:
    """An activity begins. Raises ImpossibleFactError if it has."""
    plan, activity = _activity(before, fact.samplan_id, fact.activity_id)
    if activity.state != "planned":
        raise ImpossibleFactError("ActivityStarted of an activity that has begun")
    return _with_activity(before, plan, replace(activity, state="ongoing", started_on=fact.happened_on))


def _activity_completed(before: Plans, fact: ActivityCompleted) -> Plans:
    """An activity was carried out. Raises ImpossibleFactError if it is not under way."""
    plan, activity = _activity(before, fact.samplan_id, fact.activity_id)
    if activity.state != "ongoing":
        raise ImpossibleFactError("ActivityCompleted of an activity that is not under way")
    done = replace(activity, state="completed", completed_on=fact.happened_on, extent=fact.extent)
    return _with_activity(before, plan, done)


def _planned(activities: tuple[PlannedActivity, ...], version: int) -> tuple[Activity, ...]:
    return tuple(Activity(each.activity_id, each.responsible, each.kind, version) for each in activities)


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
    activities = tuple(activity if each.activity_id == activity.activity_id else each for each in plan.activities)
    return _with(before, replace(plan, activities=activities))


def _with(before: Plans, plan: Samplan) -> Plans:
    return Plans(tuple(plan if each.samplan_id == plan.samplan_id else each for each in before.all))
