"""Decisions about what happens to an activity of a plan: it begins, waits, goes on, and is carried out or not.

What says what an activity is about (its place, extent, hours, reasons) leaves the service only with consent.
"""

from datetime import date
from typing import TypeAlias, assert_never
from uuid import UUID

from contracts.catalogue.course import ActivityRule
from contracts.catalogue.vocabulary import words
from contracts.envelope import Fact
from contracts.planning import (
    ActivityBlocked,
    ActivityCancelled,
    ActivityCompleted,
    ActivityExtentChanged,
    ActivityStarted,
    ActivityUnblocked,
    AttendanceRecorded,
)
from contracts.problems import Conflict, Invalid, NotFound
from services.planning.domain.activities import Activity, Extent, overlapping
from services.planning.domain.case import Case
from services.planning.domain.checks import check_day, known, under_way
from services.planning.domain.command import (
    BlockActivity,
    CancelActivity,
    ChangeExtent,
    CompleteActivity,
    RecordAttendance,
    StartActivity,
    UnblockActivity,
)
from services.planning.domain.decide_activities import check_extent, plan_made
from services.planning.domain.decision import Catalogue, Decision, withholding
from services.planning.domain.places import counts_places, taken_places
from services.planning.domain.plans import Samplan
from services.planning.domain.requirements import Milestone

ProgressCommand: TypeAlias = (
    StartActivity
    | CompleteActivity
    | CancelActivity
    | BlockActivity
    | UnblockActivity
    | ChangeExtent
    | RecordAttendance
)


def decide(command: ProgressCommand, case: Case, catalogue: Catalogue) -> Decision:
    """What a command about an activity leads to. Raises contracts.problems.Refused."""
    match command:
        case StartActivity():
            return _start(command, case, catalogue)
        case CompleteActivity():
            return Decision(_complete(command, case))
        case CancelActivity():
            return _cancel(command, case)
        case BlockActivity():
            return _block(command, case)
        case UnblockActivity():
            return Decision(_unblock(command, case))
        case ChangeExtent():
            return _change_extent(command, case, catalogue)
        case RecordAttendance():
            return _attendance(command, case, catalogue)
        case _:
            assert_never(command)


def cancel_placed(case: Case, day: date, reason: str) -> tuple[Fact, ...]:
    """The case has ended: what took a place is not done any more, and its place is free."""
    placed = taken_places(case)
    return tuple(
        ActivityCancelled(
            happened_on=day, samplan_id=plan.samplan_id, activity_id=activity.activity_id, reason=reason
        )
        for plan in case.plans.all
        for activity in plan.activities
        if activity.activity_id in placed
    )


def rules_of(kind: str | None, case: Case, catalogue: Catalogue, day: date) -> tuple[ActivityRule, ...]:
    """What the insats' rule of a day says of a kind of activity; nothing where it does not list its activities."""
    insats = catalogue.get(known(case).insats)
    rule = None if insats is None else insats.rule_on(day)
    return () if rule is None else tuple(each for each in rule.activities if each.kind == kind)


def place_owner(rule: ActivityRule, case: Case, catalogue: Catalogue, day: date) -> str | None:
    """The insats whose places such an activity takes; None where it needs none, or nobody counts them."""
    owner = catalogue.get(rule.insats or known(case).insats)
    return owner.id if rule.place and owner is not None and counts_places(owner.rule_on(day)) else None


def _start(command: StartActivity, case: Case, catalogue: Catalogue) -> Decision:
    """Registers that an activity has begun, and takes its place."""
    plan, activity = _in_plan(case, command.activity_id)
    match activity.state:
        case "planned":
            check_day(command.started_on, "started_on", command.today, plan_made(plan))
        case "ongoing":
            raise Conflict("already_started", "Aktiviteten är redan påbörjad.")
        case "completed" | "cancelled":
            raise _already_ended(activity)
    _check_start(command, _rule_of_start(command, activity, case, catalogue))
    fact = _started(plan, activity, command)
    return withholding(fact, case.consents, "place_id", "extent_percent", "hours_per_week", "cost_bearer")


def _begun(plan: Samplan, activity: Activity, day: date) -> ActivityStarted:
    return ActivityStarted(happened_on=day, samplan_id=plan.samplan_id, activity_id=activity.activity_id)


def _started(plan: Samplan, activity: Activity, command: StartActivity) -> ActivityStarted:
    return ActivityStarted(
        happened_on=command.started_on,
        samplan_id=plan.samplan_id,
        activity_id=activity.activity_id,
        place_id=command.place_id,
        extent_percent=command.extent.percent,
        hours_per_week=command.extent.hours,
        cost_bearer=command.cost_bearer,
    )


def _rule_of_start(
    command: StartActivity, activity: Activity, case: Case, catalogue: Catalogue
) -> ActivityRule | None:
    """The rule that the activity begins by: with a place, or without one. Raises Invalid or Conflict."""
    rules = rules_of(activity.kind, case, catalogue, command.started_on)
    owners = {number: place_owner(rule, case, catalogue, command.started_on) for number, rule in enumerate(rules)}
    if command.place_id is None:
        without = [rule for number, rule in enumerate(rules) if owners[number] is None]
        if rules and not without:
            raise Invalid("place_missing", "Välj den plats som aktiviteten tar.", "place_id")
        return without[0] if without else None
    placed = next((number for number, owner in owners.items() if owner is not None), None)
    if placed is None:
        raise Invalid("place_not_used", "Aktiviteten tar ingen plats hos en leverantör.", "place_id")
    terms = command.found.terms
    if terms is None or terms.withdrawn or terms.of.insats != owners[placed]:
        raise Invalid("place_unknown", "Välj en av platserna i listan.", "place_id")
    if not command.found.has_room:
        raise Conflict("place_full", f"Alla platser hos {terms.name} är upptagna. Välj en annan leverantör.")
    if command.started_on < terms.free_from:
        message = f"Platserna hos {terms.name} är lediga från {terms.free_from}."
        raise Invalid("place_not_free_yet", message, "started_on")
    return rules[placed]


def _check_start(command: StartActivity, rule: ActivityRule | None) -> None:
    """Raises Invalid for what the kind of activity does not have, and for a cost bearer that it must have."""
    _check_extent_used(command.extent, rule)
    payers = words()["associations"]
    if command.cost_bearer is not None and (rule is None or rule.cost_bearer is None):
        raise Invalid("cost_bearer_not_used", "För aktiviteten anges inte vem som betalar.", "cost_bearer")
    if command.cost_bearer is not None and command.cost_bearer not in payers:
        raise Invalid("cost_bearer_unknown", f"Ange vem som betalar: {', '.join(payers)}.", "cost_bearer")
    if command.cost_bearer is None and rule is not None and rule.cost_bearer == "required":
        raise Invalid("cost_bearer_missing", "Ange vilket förbund som betalar platsen.", "cost_bearer")


def _check_extent_used(extent: Extent, rule: ActivityRule | None) -> None:
    if extent != Extent() and (rule is None or rule.extent is None):
        raise Invalid("extent_not_used", "För aktiviteten anges ingen omfattning.", "extent")
    check_extent(extent, "extent")


def _complete(command: CompleteActivity, case: Case) -> tuple[Fact, ...]:
    """Registers that an activity was carried out; if its start was never registered, it started on that day."""
    plan, activity = _in_plan(case, command.activity_id)
    completed = ActivityCompleted(
        happened_on=command.completed_on,
        samplan_id=plan.samplan_id,
        activity_id=command.activity_id,
        extent=command.extent,
    )
    match activity.state:
        case "planned":
            check_day(command.completed_on, "completed_on", command.today, plan_made(plan))
            return (_begun(plan, activity, command.completed_on), completed)
        case "ongoing":
            check_day(command.completed_on, "completed_on", command.today, _last_known(plan, activity))
            return (completed,)
        case "completed" | "cancelled":
            raise _already_ended(activity)


def _cancel(command: CancelActivity, case: Case) -> Decision:
    """Registers that an activity is not done."""
    plan, activity = _open(case, command.activity_id)
    reasons = words()["activity_cancellations"]
    if command.reason not in reasons:
        raise Invalid("reason_unknown", f"Ange varför aktiviteten inte blir av: {', '.join(reasons)}.", "reason")
    check_day(command.cancelled_on, "cancelled_on", command.today, _last_known(plan, activity))
    fact = ActivityCancelled(
        happened_on=command.cancelled_on,
        samplan_id=plan.samplan_id,
        activity_id=activity.activity_id,
        reason=command.reason,
    )
    return withholding(fact, case.consents, "reason")


def _block(command: BlockActivity, case: Case) -> Decision:
    """Registers that an activity cannot go on."""
    plan, activity = _open(case, command.activity_id)
    if activity.hindrance is not None:
        raise Conflict("already_blocked", "Aktiviteten väntar redan. Registrera först att den inte gör det längre.")
    reasons = words()["activity_hindrances"]
    if command.reason not in reasons:
        raise Invalid("reason_unknown", f"Ange vad aktiviteten väntar på: {', '.join(reasons)}.", "reason")
    if command.reason == "waits_for_party" and command.waits_for is None:
        raise Invalid("party_missing", "Ange vilken part aktiviteten väntar på.", "waits_for")
    check_day(command.since, "since", command.today, _begins(plan, activity))
    fact = ActivityBlocked(
        happened_on=command.since,
        samplan_id=plan.samplan_id,
        activity_id=activity.activity_id,
        reason=command.reason,
        waits_for=command.waits_for,
    )
    return withholding(fact, case.consents, "reason")


def _unblock(command: UnblockActivity, case: Case) -> tuple[Fact, ...]:
    """Registers that what an activity waited for has come."""
    plan, activity = _in_plan(case, command.activity_id)
    if activity.hindrance is None:
        raise Conflict("not_blocked", "Aktiviteten väntar inte på något.")
    since = Milestone(activity.hindrance.since, "before_wait", "aktiviteten började vänta")
    check_day(command.ended_on, "ended_on", command.today, since)
    return (
        ActivityUnblocked(happened_on=command.ended_on, samplan_id=plan.samplan_id, activity_id=activity.activity_id),
    )


def _change_extent(command: ChangeExtent, case: Case, catalogue: Catalogue) -> Decision:
    """Registers that an activity takes up more, or less, from now on."""
    plan, activity = _in_plan(case, command.activity_id)
    if activity.state != "ongoing":
        raise Conflict("not_ongoing", "Bara en aktivitet som pågår kan få en annan omfattning.")
    if command.extent == Extent():
        raise Invalid("extent_missing", "Ange omfattningen i procent eller timmar i veckan.", "extent")
    used = (each for each in rules_of(activity.kind, case, catalogue, command.changed_on) if each.extent is not None)
    _check_extent_used(command.extent, next(used, None))
    if command.extent == activity.current:
        raise Conflict("extent_unchanged", "Aktiviteten har redan den omfattningen.")
    check_day(command.changed_on, "changed_on", command.today, _begins(plan, activity))
    fact = ActivityExtentChanged(
        happened_on=command.changed_on,
        samplan_id=plan.samplan_id,
        activity_id=activity.activity_id,
        extent_percent=command.extent.percent,
        hours_per_week=command.extent.hours,
    )
    return withholding(fact, case.consents, "extent_percent", "hours_per_week")


def _attendance(command: RecordAttendance, case: Case, catalogue: Catalogue) -> Decision:
    """Registers what was offered and attended in a period."""
    plan, activity = _in_plan(case, command.activity_id)
    rules = rules_of(activity.kind, case, catalogue, command.to_on)
    if not any(each.attendance == "hours" for each in rules):
        raise Conflict("attendance_not_used", "För aktiviteten registreras inte närvaro i timmar.")
    if activity.started_on is None:
        raise Conflict("not_started", "Registrera först att aktiviteten har börjat.")
    _check_period(command, plan, activity)
    _check_hours(command)
    fact = AttendanceRecorded(
        happened_on=command.to_on,
        samplan_id=plan.samplan_id,
        activity_id=activity.activity_id,
        from_on=command.from_on,
        weeks=command.weeks,
        hours_offered=command.offered,
        hours_attended=command.attended,
        more_than_offered=command.more_than_offered,
    )
    return withholding(fact, case.consents, "hours_offered", "hours_attended")


def _check_period(command: RecordAttendance, plan: Samplan, activity: Activity) -> None:
    check_day(command.from_on, "from_on", command.today, _begins(plan, activity))
    begins = Milestone(command.from_on, "before_period", "perioden börjar")
    check_day(command.to_on, "to_on", command.today, begins)
    if activity.ended_on is not None and command.to_on > activity.ended_on:
        message = f"Aktiviteten slutade {activity.ended_on}. Perioden kan inte sluta senare."
        raise Invalid("after_activity", message, "to_on")
    if (found := overlapping(activity, command.from_on, command.to_on)) is not None:
        message = f"Närvaro är redan registrerad för {found.from_on} till {found.to_on}. Välj en annan period."
        raise Invalid("periods_overlap", message, "from_on")
    most = (command.to_on - command.from_on).days // 7 + 1
    if not 1 <= command.weeks <= most:
        raise Invalid("weeks_out_of_range", f"Perioden har högst {most} veckor. Ange minst en.", "weeks")


def _check_hours(command: RecordAttendance) -> None:
    for hours, name in ((command.offered, "hours_offered"), (command.attended, "hours_attended")):
        if not (0 <= hours <= 168 * command.weeks and hours <= 2_000 and (4 * hours) % 1 == 0):
            raise Invalid("hours_out_of_range", "Ange timmarna i hela kvartar: 12,5 eller 12,75.", name)
    if (command.attended > command.offered) is not command.more_than_offered:
        message = (
            "Fler timmar deltagna än erbjudna. Rätta, eller markera att det stämmer."
            if command.attended > command.offered
            else "Deltagna timmar är inte fler än de erbjudna. Ta bort markeringen."
        )
        raise Invalid("attended_above_offered", message, "hours_attended")


def _already_ended(activity: Activity) -> Conflict:
    if activity.state == "completed":
        return Conflict("already_completed", "Aktiviteten är redan genomförd.")
    return Conflict("already_cancelled", "Aktiviteten blev inte genomförd. Ta tillbaka det om det är fel.")


def _open(case: Case, activity_id: UUID) -> tuple[Samplan, Activity]:
    """An activity that is planned or under way. Raises Refused."""
    plan, activity = _in_plan(case, activity_id)
    if activity.state not in {"planned", "ongoing"}:
        raise _already_ended(activity)
    return plan, activity


def _in_plan(case: Case, activity_id: UUID) -> tuple[Samplan, Activity]:
    under_way(case)
    found = case.plans.of_activity(activity_id)
    if found is None:
        raise NotFound("activity_unknown", "Ärendets samplan har ingen sådan aktivitet.")
    plan, activity = found
    if activity.ended_in is not None:
        raise Conflict("activity_ended", "Aktiviteten ingår inte längre i planen.")
    return plan, activity


def _begins(plan: Samplan, activity: Activity) -> Milestone:
    """What comes after it is not before the activity's start; of a planned one, not before the plan."""
    if activity.started_on is None:
        return plan_made(plan)
    return Milestone(activity.started_on, "before_activity_start", "aktiviteten påbörjades")


def _last_known(plan: Samplan, activity: Activity) -> Milestone:
    """An activity does not end before the last period for which attendance was recorded."""
    attended = max((each.to_on for each in activity.attendance), default=None)
    if attended is None or (activity.started_on is not None and attended < activity.started_on):
        return _begins(plan, activity)
    return Milestone(attended, "before_attendance", "närvaro senast registrerades")
