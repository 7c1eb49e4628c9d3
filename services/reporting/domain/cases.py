"""One case's events as they may be shown, and what goes on today. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from contracts.model import Model


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
    """The event without the unit that referred, and its kind."""
    data = {name: value for name, value in event.data.items() if name not in {"unit", "unit_kind"}}
    return event.model_copy(update={"data": data})


class StartCounts(Model):
    """What goes on today. Overdue: the due day has passed, and the follow-up is neither held nor superseded."""

    waiting: int = Field(description="Referrals neither accepted nor returned.")
    participating: int = Field(description="Participations begun and not ended.")
    plans_this_year: int
    overdue: int


# Who does not consent is followed by sex and dates only; these details were registered while consent still held.
_NEEDS_CONSENT: Final[Mapping[str, frozenset[str]]] = {
    "ReferralReturned": frozenset({"reason"}),
    "ParticipantExited": frozenset({"reason", "national_code"}),
    "FollowUpCompleted": frozenset({"result", "reason", "activities"}),
    "PlanningDetailsReleased": frozenset({"reason", "national_code", "activities"}),
    "FollowUpDetailsReleased": frozenset({"result", "reason", "activities"}),
}
_LISTS_OF_ACTIVITIES: Final = ("activities", "added")


def without_details(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a type of fact less what only consent allows to show."""
    hidden = _NEEDS_CONSENT.get(kind, frozenset())
    kept = {name: value for name, value in data.items() if name not in hidden}
    if "attributes" in kept:
        kept["attributes"] = {}
    for name in _LISTS_OF_ACTIVITIES:
        if isinstance(planned := kept.get(name), list):
            kept[name] = [{field: value for field, value in each.items() if field != "kind"} for each in planned]
    return kept
