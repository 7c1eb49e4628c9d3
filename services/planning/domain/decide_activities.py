"""Decisions about plans and activities: make, revise, start, complete."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias, assert_never
from uuid import UUID

from contracts.catalogue import Rule
from contracts.envelope import Fact
from contracts.planning import (
    ActivityCompleted,
    ActivityStarted,
    PlannedActivity,
    SamplanReviderad,
    SamplanUpprättad,
)
from contracts.problems import Conflict, Invalid, NotFound
from services.planning.domain.case import Case
from services.planning.domain.checks import check_day, ref, rule_on, under_way
from services.planning.domain.command import (
    CompleteActivity,
    MakeSamplan,
    NewActivity,
    ReviseSamplan,
    StartActivity,
)
from services.planning.domain.decision import Catalogue, Decision, Withheld
from services.planning.domain.plans import Activity, Samplan
from services.planning.domain.requirements import Milestone, gate_of, milestone

Kinds: TypeAlias = Mapping[UUID, str]


PlanCommand: TypeAlias = MakeSamplan | ReviseSamplan | StartActivity | CompleteActivity


def decide(command: PlanCommand, case: Case, catalogue: Catalogue) -> Decision:
    """What a command about the plan leads to. Raises contracts.problems.Refused."""
    match command:
        case MakeSamplan():
            return _make(command, case, catalogue)
        case ReviseSamplan():
            return _revise(command, case, catalogue)
        case StartActivity():
            return Decision(_start(command, case))
        case CompleteActivity():
            return Decision(_complete(command, case))
        case _:
            assert_never(command)


def _make(command: MakeSamplan, case: Case, catalogue: Catalogue) -> Decision:
    """Makes the joint plan."""
    referral = under_way(case)
    if _holding_plan(case) is not None:
        raise Conflict("samplan_exists", "Ärendet har redan en samplan. Ändra den i stället.")
    rule = rule_on(catalogue, referral, command.made_on, "made_on")
    if rule.plan is None:
        raise Conflict("no_samplan", "Insatsen arbetar inte med samplan.")
    if not command.activities:
        raise Invalid("no_activities", "En samplan har minst en aktivitet.", "activities")
    check_kinds(command.activities, rule)
    check_day(command.made_on, "made_on", command.today, milestone(gate_of(rule), case))
    planned, kinds = disclosed(command.activities, case)
    meeting = case.meetings.last_held()
    fact = SamplanUpprättad(
        happened_on=command.made_on,
        samplan_id=command.samplan_id,
        insats=referral.insats,
        meeting_id=None if meeting is None else meeting.meeting_id,
        activities=planned,
        rule=ref(referral, rule),
    )
    return _without_kinds(fact, kinds)


def _revise(command: ReviseSamplan, case: Case, catalogue: Catalogue) -> Decision:
    """Changes the joint plan."""
    referral = under_way(case)
    plan = _holding_plan(case)
    if plan is None:
        raise Conflict("plan_missing", "Upprätta planen först.")
    if command.version != plan.version:
        raise Conflict("plan_changed", "Någon annan har ändrat planen under tiden. Läs den igen och ändra sedan.")
    if not command.added and not command.ended:
        raise Invalid("nothing_changed", "Ange vad som läggs till eller tas bort.", "added")
    going_on = {each.activity_id for each in plan.activities if each.ended_in is None}
    if not set(command.ended) <= going_on or len(set(command.ended)) != len(command.ended):
        raise Invalid("activity_unknown", "Bara planens aktiviteter kan tas bort, var och en en gång.", "ended")
    check_kinds(command.added, rule_on(catalogue, referral, command.revised_on, "revised_on"))
    check_day(command.revised_on, "revised_on", command.today, _plan_made(plan))
    planned, kinds = disclosed(command.added, case)
    fact = SamplanReviderad(
        happened_on=command.revised_on,
        samplan_id=plan.samplan_id,
        version=plan.version + 1,
        added=planned,
        ended=command.ended,
    )
    return _without_kinds(fact, kinds)


def _without_kinds(fact: Fact, kinds: Kinds) -> Decision:
    return Decision((fact,), {0: Withheld(kinds=kinds)} if kinds else {})


def _holding_plan(case: Case) -> Samplan | None:
    """The plan of the stay that goes on: one made before a reopening belongs to the stay before it."""
    plan = case.plans.latest
    stay = case.participations.ongoing
    if plan is None or (stay is not None and stay.episode > 1 and plan.made_on < stay.started_on):
        return None
    return plan


def _start(command: StartActivity, case: Case) -> tuple[Fact, ...]:
    """Registers that an activity has begun."""
    plan, activity = _planned(case, command.activity_id)
    match activity.state:
        case "planned":
            check_day(command.started_on, "started_on", command.today, _plan_made(plan))
            return (_started(plan, activity, command),)
        case "ongoing":
            raise Conflict("already_started", "Aktiviteten är redan påbörjad.")
        case "completed":
            raise _already_completed()


def _started(plan: Samplan, activity: Activity, command: StartActivity | CompleteActivity) -> ActivityStarted:
    day = command.started_on if isinstance(command, StartActivity) else command.completed_on
    return ActivityStarted(happened_on=day, samplan_id=plan.samplan_id, activity_id=activity.activity_id)


def _complete(command: CompleteActivity, case: Case) -> tuple[Fact, ...]:
    """Registers that an activity was carried out; if its start was never registered, it started on that day."""
    plan, activity = _planned(case, command.activity_id)
    completed = ActivityCompleted(
        happened_on=command.completed_on,
        samplan_id=plan.samplan_id,
        activity_id=command.activity_id,
        extent=command.extent,
    )
    match activity.state:
        case "planned":
            check_day(command.completed_on, "completed_on", command.today, _plan_made(plan))
            return (_started(plan, activity, command), completed)
        case "ongoing":
            begun = Milestone(activity.started_on or plan.made_on, "before_activity_start", "aktiviteten påbörjades")
            check_day(command.completed_on, "completed_on", command.today, begun)
            return (completed,)
        case "completed":
            raise _already_completed()


def _already_completed() -> Conflict:
    return Conflict("already_completed", "Aktiviteten är redan genomförd.")


def _planned(case: Case, activity_id: UUID) -> tuple[Samplan, Activity]:
    under_way(case)
    found = case.plans.of_activity(activity_id)
    if found is None:
        raise NotFound("activity_unknown", "Ärendets samplan har ingen sådan aktivitet.")
    plan, activity = found
    if activity.ended_in is not None:
        raise Conflict("activity_ended", "Aktiviteten ingår inte längre i planen.")
    return plan, activity


def _plan_made(plan: Samplan) -> Milestone:
    return Milestone(plan.made_on, "before_plan", "samplanen upprättades")


def check_kinds(activities: Sequence[NewActivity], rule: Rule) -> None:
    """An insats that lists its kinds of activities uses only those; one that lists none uses any."""
    kinds = [each.kind for each in rule.activities]
    unknown = next((each.kind for each in activities if kinds and each.kind not in kinds), None)
    if unknown is not None:
        raise Invalid("kind_not_used", f"Välj insatsens aktiviteter: {', '.join(kinds)}.", "activities")


def disclosed(activities: Sequence[NewActivity], case: Case) -> tuple[tuple[PlannedActivity, ...], Kinds]:
    """The activities as a fact has them, and what they are about where the person does not consent to telling it."""
    consents = case.consents.holds()
    planned = tuple(
        PlannedActivity(
            activity_id=each.activity_id, responsible=each.responsible, kind=each.kind if consents else None
        )
        for each in activities
    )
    return planned, {} if consents else {each.activity_id: each.kind for each in activities}
