"""One case's events as they may be shown, and what goes on today. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from contracts.envelope import Fact
from contracts.model import Model
from contracts.planning import PLANNING_FACTS, PlanningDetailsReleased


class TimelineEvent(Model):
    """One event of a case, as it was registered; without the person's consent less the details that need it."""

    event_id: UUID | None = Field(description="None of an event that is not readable.")
    source: str
    sequence: int
    type: str
    happened_on: date
    recorded: datetime
    data: dict[str, Any]
    readable: bool = Field(
        default=True, description="False: it breaks its contract or is not learnt, and its data are not shown."
    )
    taken_back: bool = Field(default=False, description="Registered in error: it counts no more.")


def without_unit(event: TimelineEvent) -> TimelineEvent:
    """The event without what says where somebody is: the unit that referred and its kind, the units that are
    responsible for activities, and the place that one takes."""
    data = {name: value for name, value in event.data.items() if name not in _PLACES}
    return event.model_copy(update={"data": _in_activities(data, _PLACES)})


class StartCounts(Model):
    """What goes on today. Overdue: the due day has passed, and the follow-up is neither held nor superseded."""

    waiting: int = Field(description="Referrals neither accepted nor returned.")
    participating: int = Field(description="Participations begun and not ended.")
    plans_this_year: int
    overdue: int


def _released_later(fact: type[Fact]) -> frozenset[str]:
    """The fields that a fact of planning lacks without consent: those that PlanningDetailsReleased brings later."""
    later = PlanningDetailsReleased.model_fields.keys() - {"happened_on", "event_id"}
    return frozenset(name for name in later & fact.model_fields.keys() if not fact.model_fields[name].is_required())


# Who does not consent is followed by sex and dates only; these details were registered while consent still held.
_NEEDS_CONSENT: Final[Mapping[str, frozenset[str]]] = {
    **{fact.wire_name(): _released_later(fact) for fact in PLANNING_FACTS},
    "ReferralReturned": frozenset({"reason"}),
    "FollowUpCompleted": frozenset({"result", "reason", "activities"}),
    "FollowUpDetailsReleased": frozenset({"result", "reason", "activities"}),
}
_LISTS_OF_ACTIVITIES: Final = ("activities", "added")
_OF_ACTIVITIES: Final = frozenset({"kind", "responsible_unit", "extent_percent", "hours_per_week"})
_PLACES: Final = frozenset({"unit", "unit_kind", "responsible_unit", "place_id"})


def without_details(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a type of fact less what only consent allows to show."""
    hidden = _NEEDS_CONSENT.get(kind, frozenset())
    kept = {name: value for name, value in data.items() if name not in hidden}
    if "attributes" in kept:
        kept["attributes"] = {}
    return _in_activities(kept, _OF_ACTIVITIES)


def _in_activities(data: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    """The data with some fields left out of each planned activity in it."""
    kept = dict(data)
    for name in _LISTS_OF_ACTIVITIES:
        if isinstance(planned := kept.get(name), list):
            kept[name] = [{field: each[field] for field in each if field not in hidden} for each in planned]
    return kept
