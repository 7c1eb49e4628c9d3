"""Decisions about plans: make one, revise it. What then happens to its activities: :mod:`decide_progress`."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, assert_never
from uuid import UUID

from contracts.catalogue import Rule
from contracts.envelope import Fact
from contracts.planning import PlannedActivity, SamplanReviderad, SamplanUpprättad
from contracts.problems import Conflict, Invalid
from services.planning.domain.activities import Extent
from services.planning.domain.case import Case
from services.planning.domain.checks import check_day, ref, rule_on, under_way
from services.planning.domain.command import MakeSamplan, NewActivity, ReviseSamplan
from services.planning.domain.decision import Catalogue, Decision, PlannedDetails, Withheld
from services.planning.domain.plans import Samplan
from services.planning.domain.requirements import Milestone, gate_of, milestone

Kinds: TypeAlias = Mapping[UUID, str]

_MOST_HOURS: Final = 60

PlanCommand: TypeAlias = MakeSamplan | ReviseSamplan


def decide(command: PlanCommand, case: Case, catalogue: Catalogue) -> Decision:
    """What a command about the plan leads to. Raises contracts.problems.Refused."""
    match command:
        case MakeSamplan():
            return _make(command, case, catalogue)
        case ReviseSamplan():
            return _revise(command, case, catalogue)
        case _:
            assert_never(command)


def _make(command: MakeSamplan, case: Case, catalogue: Catalogue) -> Decision:
    """Makes the joint plan. An insats that has activities and no form of plan keeps them in one all the same."""
    referral = under_way(case)
    if holding_plan(case) is not None:
        raise Conflict("samplan_exists", "Ärendet har redan en samplan. Ändra den i stället.")
    rule = rule_on(catalogue, referral, command.made_on, "made_on")
    if rule.plan is None and not rule.activities:
        raise Conflict("no_samplan", "Insatsen arbetar inte med samplan.")
    if not command.activities:
        raise Invalid("no_activities", "En samplan har minst en aktivitet.", "activities")
    check_kinds(command.activities, rule)
    _check_terms(command.activities, "activities")
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
    return _without_kinds(fact, kinds, command.activities)


def _revise(command: ReviseSamplan, case: Case, catalogue: Catalogue) -> Decision:
    """Changes the joint plan."""
    referral = under_way(case)
    plan = holding_plan(case)
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
    _check_terms(command.added, "added")
    check_day(command.revised_on, "revised_on", command.today, plan_made(plan))
    planned, kinds = disclosed(command.added, case)
    fact = SamplanReviderad(
        happened_on=command.revised_on,
        samplan_id=plan.samplan_id,
        version=plan.version + 1,
        added=planned,
        ended=command.ended,
    )
    return _without_kinds(fact, kinds, command.added)


def _without_kinds(fact: Fact, kinds: Kinds, activities: Sequence[NewActivity]) -> Decision:
    if not kinds:
        return Decision((fact,))
    said = {
        each.activity_id: PlannedDetails(each.unit, each.extent.percent, each.extent.hours) for each in activities
    }
    planned = {activity_id: details for activity_id, details in said.items() if details != PlannedDetails()}
    return Decision((fact,), {0: Withheld(kinds=kinds, planned=planned)})


def _check_terms(activities: Sequence[NewActivity], name: str) -> None:
    """Raises Invalid for an activity that would be done before it begins, or has an extent that nobody can have."""
    for each in activities:
        if each.starts_on is not None and each.due_on is not None and each.due_on < each.starts_on:
            raise Invalid("due_before_start", "En aktivitet kan inte vara klar innan den börjar.", name)
        check_extent(each.extent, name)


def check_extent(extent: Extent, name: str) -> None:
    """Raises Invalid for an extent that no fact can carry."""
    percent, hours = extent.percent, extent.hours
    if percent is not None and not 1 <= percent <= 100:
        raise Invalid("extent_out_of_range", "Ange omfattningen i procent, från 1 till 100.", name)
    if hours is not None and not (0 < hours <= _MOST_HOURS and (4 * hours) % 1 == 0):
        message = f"Ange timmar i veckan, högst {_MOST_HOURS}, i hela kvartar: 12,5 eller 12,75."
        raise Invalid("hours_out_of_range", message, name)


def holding_plan(case: Case) -> Samplan | None:
    """The plan of the stay that goes on: one made before a reopening belongs to the stay before it."""
    plan = case.plans.latest
    stay = case.participations.ongoing
    if plan is None or (stay is not None and stay.episode > 1 and plan.made_on < stay.started_on):
        return None
    return plan


def plan_made(plan: Samplan) -> Milestone:
    """What happens to a plan's activities does not come before the plan."""
    return Milestone(plan.made_on, "before_plan", "samplanen upprättades")


def check_kinds(activities: Sequence[NewActivity], rule: Rule) -> None:
    """An insats that lists its kinds of activities uses only those; one that lists none uses any."""
    kinds = [each.kind for each in rule.activities]
    unknown = next((each.kind for each in activities if kinds and each.kind not in kinds), None)
    if unknown is not None:
        raise Invalid("kind_not_used", f"Välj insatsens aktiviteter: {', '.join(kinds)}.", "activities")


def disclosed(activities: Sequence[NewActivity], case: Case) -> tuple[tuple[PlannedActivity, ...], Kinds]:
    """The activities as a fact has them, and what they are about where the person does not consent to its leaving."""
    if case.consents.holds():
        return tuple(_with_details(each) for each in activities), {}
    kinds = {each.activity_id: each.kind for each in activities}
    return tuple(_without_details(each) for each in activities), kinds


def _with_details(activity: NewActivity) -> PlannedActivity:
    return PlannedActivity(
        activity_id=activity.activity_id,
        responsible=activity.responsible,
        kind=activity.kind,
        responsible_unit=activity.unit,
        starts_on=activity.starts_on,
        due_on=activity.due_on,
        extent_percent=activity.extent.percent,
        hours_per_week=activity.extent.hours,
    )


def _without_details(activity: NewActivity) -> PlannedActivity:
    return PlannedActivity(
        activity_id=activity.activity_id,
        responsible=activity.responsible,
        starts_on=activity.starts_on,
        due_on=activity.due_on,
    )
