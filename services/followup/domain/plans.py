"""The activities of a joint or coordinated plan, as a follow-up asks about them."""

from collections.abc import Iterable
from uuid import UUID

from contracts.corrections import effective
from contracts.planning import (
    CoordinatedPlanMade,
    PlannedActivity,
    PlanningDetailsReleased,
    SamplanReviderad,
    SamplanUpprättad,
)
from services.followup.domain.ledger import LoggedEvent


def activities_of(log: Iterable[LoggedEvent], samplan_id: UUID | None) -> tuple[PlannedActivity, ...]:
    """The activities that are part of a plan after its revisions; none for a follow-up without a plan.

    A kind that the plan left out for want of consent is there once PlanningDetailsReleased has brought it.
    """
    activities: dict[UUID, PlannedActivity] = {}
    kinds: dict[UUID, str] = {}
    for event in effective(log):
        match event.data:
            case SamplanUpprättad() if event.data.samplan_id == samplan_id:
                activities |= {each.activity_id: each for each in event.data.activities}
            case CoordinatedPlanMade() if event.data.plan_id == samplan_id:
                activities |= {each.activity_id: each for each in event.data.activities}
            case SamplanReviderad() if event.data.samplan_id == samplan_id:
                activities |= {each.activity_id: each for each in event.data.added}
                for ended in event.data.ended:
                    activities.pop(ended, None)
            case PlanningDetailsReleased():
                kinds |= {each.activity_id: each.kind for each in event.data.activities}
            case _:
                continue
    return tuple(
        each if each.kind is not None else each.model_copy(update={"kind": kinds.get(each.activity_id)})
        for each in activities.values()
    )
