"""What planning has registered of a case, for whoever may take it back. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from contracts.catalogue import Rule
from contracts.corrections import effective
from contracts.events import local_date
from contracts.labels import actor_label
from contracts.planning import SOURCE, PlanningDetailsReleased, PlanningEnded
from services.planning.commands import KnownCase
from services.planning.domain.case import LoggedEvent
from services.planning.view import view
from services.planning.web.case_words import said

_CONCLUDED: Final = (PlanningEnded, PlanningDetailsReleased)
"""What planning itself appends when it hears something: whoever would take it back takes back what it heard."""


@dataclass(frozen=True)
class RegisteredEvent:
    """An event that counts. ``registered_on`` only where it is another day than it happened."""

    event_id: UUID
    happened_on: date
    registered_on: date | None
    text: str
    by: str


def registered(case_id: UUID, found: KnownCase, rule: Rule | None) -> list[RegisteredEvent]:
    """The events of planning that count and that somebody registered, the latest first."""
    kinds = activity_kinds(case_id, found)
    mine = [each for each in effective(found.log) if each.source == SOURCE and not isinstance(each.data, _CONCLUDED)]
    return [shown(each, found, kinds, rule) for each in reversed(mine)]


def shown(event: LoggedEvent, found: KnownCase, kinds: Mapping[UUID, str], rule: Rule | None) -> RegisteredEvent:
    """An event as a page shows it."""
    recorded = local_date(event.recordedtime)
    return RegisteredEvent(
        event_id=event.id,
        happened_on=event.data.happened_on,
        registered_on=None if recorded == event.data.happened_on else recorded,
        text=said(event.data, found.case, kinds, rule),
        by=actor_label(event.actor),
    )


def activity_kinds(case_id: UUID, found: KnownCase) -> dict[UUID, str]:
    """What each activity of the case's plans is about, also where its event left it out for want of consent."""
    return {
        activity.activity_id: activity.kind
        for plan in view(case_id, found).plans
        for activity in plan.activities
        if activity.kind is not None
    }
