"""The activities a follow-up asks about."""

from datetime import timedelta
from uuid import UUID

from contracts.codes import Member
from contracts.planning import PlannedActivity, PlanningDetailsReleased, ReleasedKind, SamplanReviderad
from services.followup.domain.plans import activities_of
from tests.unit.followup.story import FIRST, PLAN_DAY, SECOND, logged, plan

THIRD = UUID(int=103)
LATER = PLAN_DAY + timedelta(days=30)
REVISED = SamplanReviderad(
    happened_on=LATER,
    samplan_id=plan().samplan_id,
    version=2,
    added=(PlannedActivity(activity_id=THIRD, responsible=Member.REGION),),
    ended=(FIRST,),
)


def test_a_revision_adds_and_ends_activities_in_any_order_of_arrival() -> None:
    log = logged(plan(), REVISED)
    assert [each.activity_id for each in activities_of(log, plan().samplan_id)] == [SECOND, THIRD]
    assert activities_of(log[::-1], plan().samplan_id) == activities_of(log, plan().samplan_id)


def test_another_plans_activities_are_not_asked_about() -> None:
    assert activities_of(logged(plan()), UUID(int=8)) == ()
    assert activities_of(logged(plan()), None) == ()


def test_a_kind_is_known_once_consent_has_released_it() -> None:
    made = logged(plan())
    released = PlanningDetailsReleased(
        happened_on=LATER,
        event_id=made[0].id,
        activities=(ReleasedKind(activity_id=SECOND, kind="work_training"),),
    )
    found = activities_of(logged(plan(), released), plan().samplan_id)
    assert [each.kind for each in found] == [None, "work_training"]
