"""The versions of the plan that holds: when each was made, by whom, and what it changed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.catalogue import Rule
from contracts.corrections import effective
from contracts.labels import actor_label, label
from contracts.planning import SamplanReviderad, SamplanUpprättad
from services.planning.commands import KnownCase
from services.planning.domain.activities import Activity
from services.planning.domain.decide_activities import holding_plan
from services.planning.domain.plans import Samplan
from services.planning.web.case_events import activity_kinds
from services.planning.web.case_words import activity_label


@dataclass(frozen=True)
class Version:
    """One version of a plan. ``added`` and ``ended``: what is to be done and who answers for it, in words."""

    number: int
    day: date
    by: str
    added: Sequence[str]
    ended: Sequence[str]


def versions_of(case_id: UUID, found: KnownCase, rule: Rule | None) -> list[Version]:
    """The versions of the plan that holds, the latest first; none without a plan."""
    plan = holding_plan(found.case)
    if plan is None:
        return []
    kinds = activity_kinds(case_id, found)

    def words(activities: Sequence[Activity]) -> list[str]:
        return [
            f"{activity_label(kinds.get(each.activity_id), rule)} ({label(each.responsible)})" for each in activities
        ]

    return [
        Version(
            number,
            day,
            by,
            words([each for each in plan.activities if each.version == number]),
            words([each for each in plan.activities if each.ended_in == number]),
        )
        for number, day, by in reversed(_made(found, plan))
    ]


def _made(found: KnownCase, plan: Samplan) -> list[tuple[int, date, str]]:
    """Number, day and author of each version, in order."""
    facts = [(each.data, actor_label(each.actor)) for each in effective(found.log)]
    return [
        (fact.version if isinstance(fact, SamplanReviderad) else 1, fact.happened_on, by)
        for fact, by in facts
        if isinstance(fact, SamplanUpprättad | SamplanReviderad) and fact.samplan_id == plan.samplan_id
    ]
