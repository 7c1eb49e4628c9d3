"""Audit and rehearsal over HTTP: what would be appended now, by a day ahead, or by a changed rule. Nothing is."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from contracts.catalogue import INSATSER, Insats
from contracts.catalogue.timing import FollowUp
from contracts.events import local_date
from contracts.model import Code
from contracts.problems import NotFound
from services.chassis.auth import User
from services.chassis.http import Body, RuntimeOf, examples
from services.chassis.inputs import Day
from services.followup import audit
from services.followup.work import may_audit

# No rule of the catalogue has more than six.
_MOST_FOLLOW_UPS: Final = 50

router = APIRouter(prefix="/api/followup", tags=["followup"])

Operations = Annotated[User, Depends(may_audit)]
Limit = Annotated[int, Query(ge=1, le=500)]


class DifferenceOut(BaseModel):
    """An event that is missing. ``about``: the point of a follow-up or the clock of a time limit."""

    case_id: UUID
    type: str
    happened_on: date
    about: str


class AuditOut(BaseModel):
    """What some of the cases lack on a day. ``last``: ask for those after it; null when there are no more."""

    day: date
    cases: int
    differences: list[DifferenceOut]
    last: UUID | None


class NotMovedOut(BaseModel):
    """A follow-up that stays on the due day it was scheduled for, where the changed rule would have another."""

    case_id: UUID
    point: str
    due_on: date
    by_changed_rule: date


class RehearsalOut(AuditOut):
    """What a changed rule would append to some of the cases, and what it would leave where it is."""

    not_moved: list[NotMovedOut]


class ChangedRule(Body):
    """A rule's follow-ups as they would be, all of them, written as in the catalogue."""

    model_config = examples(
        {
            "insats": "finsam-team",
            "version": 2,
            "follow_ups": [
                {
                    "id": "uppfoljning-2",
                    "anchor": "plan",
                    "months": 3,
                    "responsible": "coordinator",
                    "opens_days_before": 14,
                    "closes_days_after": 30,
                }
            ],
        }
    )
    insats: Code
    version: Annotated[int, Field(ge=1, le=1000)]
    follow_ups: Annotated[tuple[FollowUp, ...], Field(max_length=_MOST_FOLLOW_UPS)]

    def catalogue(self) -> dict[str, Insats]:
        """The catalogue with this rule in it. Raises NotFound for a rule that it lacks."""
        insats = INSATSER.get(self.insats)
        if insats is None or all(rule.version != self.version for rule in insats.versions):
            raise NotFound("rule_unknown", "Katalogen har ingen sådan version av insatsen.")
        versions = tuple(
            rule.model_copy(update={"follow_ups": self.follow_ups}) if rule.version == self.version else rule
            for rule in insats.versions
        )
        return {**INSATSER, self.insats: insats.model_copy(update={"versions": versions})}


@router.get("/audit")
async def audit_cases(
    runtime: RuntimeOf,
    _user: Operations,
    on: Day | None = None,
    after: UUID = audit.FIRST,
    limit: Limit = 200,
) -> AuditOut:
    """What reconciling would append now, or by a day ahead, to the cases after one. Appends nothing."""
    day = on or local_date(runtime.clock.now())
    part = await audit.audit(runtime.pool, day, after, limit, INSATSER)
    return AuditOut(
        day=day, cases=part.cases, differences=[_difference(each) for each in part.differences], last=part.last
    )


@router.post("/rehearsal")
async def rehearse_a_changed_rule(
    changed: ChangedRule, runtime: RuntimeOf, _user: Operations, after: UUID = audit.FIRST, limit: Limit = 200
) -> RehearsalOut:
    """What a changed rule would append today to the cases after one, and the days it would not move. Appends
    nothing."""
    day = local_date(runtime.clock.now())
    part = await audit.audit(runtime.pool, day, after, limit, changed.catalogue())
    return RehearsalOut(
        day=day,
        cases=part.cases,
        differences=[_difference(each) for each in part.differences],
        not_moved=[
            NotMovedOut(
                case_id=each.case_id,
                point=each.not_moved.terms.point,
                due_on=each.not_moved.terms.due_on,
                by_changed_rule=each.not_moved.would_be,
            )
            for each in part.not_moved
        ],
        last=part.last,
    )


def _difference(found: audit.Difference) -> DifferenceOut:
    fact = found.fact
    return DifferenceOut(
        case_id=found.case_id, type=fact.wire_name(), happened_on=fact.happened_on, about=audit.about(fact)
    )
