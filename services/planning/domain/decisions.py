"""What may be done with a case: commands, and the facts they lead to.

Rules of an insats come from the catalogue's version valid on the day that matters: the start's, the plan's, the
meeting's, the exit's. Its number goes into the fact. Days are Swedish calendar days; each command brings the day it
is given (``today``) and any new ids.

Nothing happens after an exit, and nothing twice: a command repeated is refused with a code that says so
(``already_booked``, ``already_held``, ``already_started``, ``samplan_exists``, ``already_completed``,
``already_assigned``, ``already_exited``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import TypeAlias, assert_never
from uuid import UUID

from contracts.catalogue import Insats, Rule, wire
from contracts.codes import NATIONAL_EXIT_CODE, ActivityExtent, ActivityKind, ExitReason, Gate, MeetingMode, Member
from contracts.planning import (
    ActivityCompleted,
    ActivityStarted,
    InsatsStarted,
    LotsAssigned,
    ParticipantExited,
    PlannedActivity,
    SamplanUpprättad,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.problems import Conflict, Invalid, NotFound
from contracts.referral import RuleRef
from services.planning.domain.case import (
    Accepted,
    Activity,
    Booked,
    Case,
    Completed,
    Consent,
    Exited,
    Held,
    NotReferred,
    Ongoing,
    Participating,
    Place,
    Planned,
    PlanningFact,
    Referral,
    Referred,
    Returned,
    Samplan,
    place,
)

Catalogue: TypeAlias = Mapping[str, Insats]
UnderWay: TypeAlias = Accepted | Participating


@dataclass(frozen=True)
class BookMeeting:
    """Takes a place in a team's session, or moves to another one if the meeting has not been held.

    ``others``: how many other cases have a place in that session, counted while nobody else can take one.
    """

    meeting_id: UUID
    booked_on: date
    team: str
    meets_on: date
    starts_at: time
    mode: MeetingMode
    others: int
    today: date


@dataclass(frozen=True)
class HoldMeeting:
    """The booked meeting was held, on its day and as booked unless told otherwise."""

    held_on: date | None
    mode: MeetingMode | None
    today: date


@dataclass(frozen=True)
class StartInsats:
    """The person begins to take part."""

    started_on: date
    today: date


@dataclass(frozen=True)
class NewActivity:
    """An activity as planned."""

    activity_id: UUID
    responsible: Member
    kind: ActivityKind


@dataclass(frozen=True)
class MakeSamplan:
    """The joint plan is made."""

    samplan_id: UUID
    made_on: date
    activities: tuple[NewActivity, ...]
    today: date


@dataclass(frozen=True)
class StartActivity:
    """An activity begins."""

    activity_id: UUID
    started_on: date
    today: date


@dataclass(frozen=True)
class CompleteActivity:
    """An activity was carried out. If its start was never told, it started on that day."""

    activity_id: UUID
    completed_on: date
    extent: ActivityExtent
    today: date


@dataclass(frozen=True)
class AssignLots:
    """A lots begins to support the participant, in place of any lots before."""

    lots_id: str
    assigned_on: date
    today: date


@dataclass(frozen=True)
class ExitInsats:
    """The person leaves the insats."""

    exited_on: date
    reason: ExitReason
    today: date


Command: TypeAlias = (
    BookMeeting | HoldMeeting | StartInsats | MakeSamplan | StartActivity | CompleteActivity | AssignLots | ExitInsats
)


def decide(command: Command, case: Case, insatser: Catalogue) -> tuple[PlanningFact, ...]:
    """The facts a command leads to: what may leave the service, so without consent no kind and no reason.

    Raises contracts.problems.Refused.
    """
    match command:
        case BookMeeting():
            return _book(command, _under_way(case), insatser)
        case HoldMeeting():
            return _hold(command, _under_way(case))
        case StartInsats():
            return _start(command, _under_way(case), insatser)
        case MakeSamplan():
            return _make_samplan(command, _under_way(case), insatser)
        case StartActivity():
            return _start_activity(command, _under_way(case))
        case CompleteActivity():
            return _complete_activity(command, _under_way(case))
        case AssignLots():
            return _assign_lots(command, _under_way(case), insatser)
        case ExitInsats():
            return _exit(command, case, insatser)
        case _:
            assert_never(command)


@dataclass(frozen=True)
class Kept:
    """What case workers need and facts may not carry without consent. Never leaves the service's own pages."""

    kinds: Mapping[UUID, ActivityKind] = field(default_factory=dict)
    exit_reason: ExitReason | None = None


def keep(kept: Kept, command: Command) -> Kept:
    """What is kept after a command that was carried out."""
    match command:
        case MakeSamplan():
            return replace(kept, kinds={each.activity_id: each.kind for each in command.activities})
        case ExitInsats():
            return replace(kept, exit_reason=command.reason)
        case BookMeeting() | HoldMeeting() | StartInsats() | StartActivity() | CompleteActivity() | AssignLots():
            return kept
        case _:
            assert_never(command)


# The commands ---------------------------------------------------------------------------------------------------


def _book(command: BookMeeting, case: UnderWay, insatser: Catalogue) -> tuple[PlanningFact, ...]:
    if isinstance(case.course.meeting, Held):
        raise Conflict("meeting_already_held", "Team-mötet är redan hållet.")
    rule = _rule(insatser, case.referral, command.meets_on, "meets_on")
    teams = wire.teams(rule)
    if not teams:
        raise Conflict("no_team_meetings", "Insatsen har inga team-möten.")
    if command.team not in teams:
        raise Invalid("team_unknown", f"Välj ett av insatsens team: {', '.join(teams)}.", "team")
    _check(command.booked_on, "booked_on", command.today, _acceptance(case))
    if command.meets_on < command.booked_on:
        raise Invalid("meets_before_booking", "Mötet kan inte ligga före den dag då det bokas.", "meets_on")
    wanted = Place(case.referral.insats, command.team, command.meets_on, command.starts_at)
    if place(case) == wanted:
        raise Conflict("already_booked", "Ärendet har redan en plats på det mötet.")
    seats = wire.cases_per_session(rule, command.mode)
    if seats is not None and command.others >= seats:
        raise Conflict("session_full", f"Mötestiden är full: högst {seats} ärenden. Välj en annan.")
    return (
        TeamMeetingBooked(
            happened_on=command.booked_on,
            meeting_id=command.meeting_id,
            team=command.team,
            meets_on=command.meets_on,
            starts_at=command.starts_at,
            mode=command.mode,
        ),
    )


def _hold(command: HoldMeeting, case: UnderWay) -> tuple[PlanningFact, ...]:
    booking = _booking_to_hold(case)
    held_on = command.held_on or booking.meets_on
    if held_on != booking.meets_on:
        # Otherwise a third case could be met in a session that has room for two.
        message = f"Mötet är bokat till {booking.meets_on}. Boka om det om det hölls en annan dag."
        raise Invalid("not_the_booked_day", message, "held_on")
    _check(held_on, "held_on", command.today, _acceptance(case))
    return (
        TeamMeetingHeld(
            happened_on=held_on,
            meeting_id=booking.meeting_id,
            team=booking.team,
            mode=command.mode or booking.mode,
        ),
    )


def _booking_to_hold(case: UnderWay) -> Booked:
    match case.course.meeting:
        case None:
            raise Conflict("no_meeting_booked", "Boka ett team-möte först.")
        case Held():
            raise Conflict("already_held", "Team-mötet är redan registrerat som hållet.")
        case Booked() as booking:
            return booking
        case never:
            assert_never(never)


def _start(command: StartInsats, case: UnderWay, insatser: Catalogue) -> tuple[PlanningFact, ...]:
    if isinstance(case, Participating):
        raise Conflict("already_started", "Deltagaren har redan startat i insatsen.")
    rule = _rule(insatser, case.referral, command.started_on, "started_on")
    _check(command.started_on, "started_on", command.today, _gate(case, rule))
    insats = case.referral.insats
    return (InsatsStarted(happened_on=command.started_on, insats=insats, rule=_ref(case.referral, rule)),)


def _make_samplan(command: MakeSamplan, case: UnderWay, insatser: Catalogue) -> tuple[PlanningFact, ...]:
    if case.course.samplan is not None:
        raise Conflict("samplan_exists", "Ärendet har redan en samplan.")
    rule = _rule(insatser, case.referral, command.made_on, "made_on")
    if not wire.makes_samplan(rule):
        raise Conflict("no_samplan", "Insatsen arbetar inte med samplan.")
    if not command.activities:
        raise Invalid("no_activities", "En samplan har minst en aktivitet.", "activities")
    _check(command.made_on, "made_on", command.today, _gate(case, rule))
    meeting = case.course.meeting
    return (
        SamplanUpprättad(
            happened_on=command.made_on,
            samplan_id=command.samplan_id,
            insats=case.referral.insats,
            meeting_id=meeting.booking.meeting_id if isinstance(meeting, Held) else None,
            activities=tuple(_disclosed(each, case.referral.consent) for each in command.activities),
            rule=_ref(case.referral, rule),
        ),
    )


def _disclosed(activity: NewActivity, consent: Consent) -> PlannedActivity:
    kind = activity.kind if consent is Consent.GIVEN else None
    return PlannedActivity(activity_id=activity.activity_id, responsible=activity.responsible, kind=kind)


def _start_activity(command: StartActivity, case: UnderWay) -> tuple[PlanningFact, ...]:
    plan, activity = _planned(case, command.activity_id)
    match activity:
        case Planned():
            _check(command.started_on, "started_on", command.today, _plan_made(plan))
            return (_activity_started(plan, activity, command.started_on),)
        case Ongoing():
            raise Conflict("already_started", "Aktiviteten är redan påbörjad.")
        case Completed():
            raise _already_completed()
        case _:
            assert_never(activity)


def _complete_activity(command: CompleteActivity, case: UnderWay) -> tuple[PlanningFact, ...]:
    plan, activity = _planned(case, command.activity_id)
    completed = ActivityCompleted(
        happened_on=command.completed_on,
        samplan_id=plan.samplan_id,
        activity_id=command.activity_id,
        extent=command.extent,
    )
    match activity:
        case Planned():
            _check(command.completed_on, "completed_on", command.today, _plan_made(plan))
            return (_activity_started(plan, activity, command.completed_on), completed)
        case Ongoing():
            begun = _Milestone(activity.started_on, "before_activity_start", "aktiviteten påbörjades")
            _check(command.completed_on, "completed_on", command.today, begun)
            return (completed,)
        case Completed():
            raise _already_completed()
        case _:
            assert_never(activity)


def _activity_started(plan: Samplan, activity: Planned, day: date) -> ActivityStarted:
    return ActivityStarted(happened_on=day, samplan_id=plan.samplan_id, activity_id=activity.activity_id)


def _already_completed() -> Conflict:
    return Conflict("already_completed", "Aktiviteten är redan genomförd.")


def _planned(case: UnderWay, activity_id: UUID) -> tuple[Samplan, Activity]:
    plan = case.course.samplan
    activity = plan.activity(activity_id) if plan else None
    if plan is None or activity is None:
        raise NotFound("activity_unknown", "Ärendets samplan har ingen sådan aktivitet.")
    return plan, activity


def _assign_lots(command: AssignLots, case: UnderWay, insatser: Catalogue) -> tuple[PlanningFact, ...]:
    rule = _rule(insatser, case.referral, command.assigned_on, "assigned_on")
    if not wire.has_lots(rule):
        raise Conflict("no_lots", "Insatsen har inga lotsar.")
    before = case.course.lots
    if before is not None and before.lots_id == command.lots_id:
        raise Conflict("already_assigned", "Deltagaren har redan den lotsen.")
    _check(command.assigned_on, "assigned_on", command.today, _gate(case, rule))
    if before is not None:
        earlier = _Milestone(before.assigned_on, "before_earlier_lots", "den förra lotsen utsågs")
        _check(command.assigned_on, "assigned_on", command.today, earlier)
    return (LotsAssigned(happened_on=command.assigned_on, lots_id=command.lots_id),)


def _exit(command: ExitInsats, case: Case, insatser: Catalogue) -> tuple[PlanningFact, ...]:
    if isinstance(case, Exited):
        raise Conflict("already_exited", "Deltagaren har redan avslutat insatsen.")
    under_way = _under_way(case)
    if isinstance(under_way, Accepted):
        raise Conflict("not_started", "Personen har inte startat i insatsen. Återremittera anmälan i stället.")
    rule = _rule(insatser, under_way.referral, command.exited_on, "exited_on")
    if command.reason not in wire.exit_reasons(rule):
        raise Invalid("reason_not_used", "Insatsen använder inte den avslutsorsaken.", "reason")
    latest = _Milestone(max(_days(under_way)), "before_last_event", "något senast hände i ärendet")
    _check(command.exited_on, "exited_on", command.today, latest)
    consents = under_way.referral.consent is Consent.GIVEN
    return (
        ParticipantExited(
            happened_on=command.exited_on,
            insats=under_way.referral.insats,
            reason=command.reason if consents else None,
            national_code=NATIONAL_EXIT_CODE[command.reason] if consents else None,
            rule=_ref(under_way.referral, rule),
        ),
    )


def _days(case: Participating) -> Iterator[date]:
    """Every day on which something happened, from the start on."""
    course = case.course
    yield case.started_on
    if isinstance(course.meeting, Held):
        yield course.meeting.held_on
    if course.lots is not None:
        yield course.lots.assigned_on
    if course.samplan is not None:
        yield course.samplan.made_on
        for activity in course.samplan.activities:
            if isinstance(activity, Ongoing | Completed):
                yield activity.started_on
            if isinstance(activity, Completed):
                yield activity.completed_on


# What the commands share ----------------------------------------------------------------------------------------


def _under_way(case: Case) -> UnderWay:
    """The case, if planning is under way."""
    match case:
        case Accepted() | Participating():
            return case
        case NotReferred():
            raise NotFound("case_unknown", "Ärendet finns inte här än. Försök igen om en stund.")
        case Referred():
            raise Conflict("not_accepted", "Anmälan är inte antagen än.")
        case Returned():
            raise Conflict("returned", "Anmälan har återremitterats.")
        case Exited():
            raise Conflict("exited", "Deltagaren har avslutat insatsen.")
        case _:
            assert_never(case)


@dataclass(frozen=True)
class _Milestone:
    """Something that must not come after what depends on it."""

    day: date
    code: str
    what: str


def _check(day: date, name: str, today: date, earliest: _Milestone) -> None:
    if day > today:
        raise Invalid("in_future", "Datumet ligger i framtiden. Ange när det hände.", name)
    if day < earliest.day:
        message = f"Datumet kan inte vara före {earliest.day}, då {earliest.what}."
        raise Invalid(earliest.code, message, name)


def _acceptance(case: UnderWay) -> _Milestone:
    if case.accepted_on < case.referral.referred_on:
        return _Milestone(case.referral.referred_on, "before_referral", "anmälan gjordes")
    return _Milestone(case.accepted_on, "before_acceptance", "anmälan antogs")


def _plan_made(plan: Samplan) -> _Milestone:
    return _Milestone(plan.made_on, "before_plan", "samplanen upprättades")


def _gate(case: UnderWay, rule: Rule) -> _Milestone:
    """What opens the way to start, plan and lots under a rule."""
    gate = wire.gate(rule)
    match gate:
        case Gate.ACCEPTANCE:
            return _acceptance(case)
        case Gate.TEAM_MEETING:
            if not isinstance(case.course.meeting, Held):
                raise Conflict("team_meeting_missing", "Team-mötet måste vara hållet först.")
            return _Milestone(case.course.meeting.held_on, "before_meeting", "team-mötet hölls")
        case _:
            assert_never(gate)


def _rule(insatser: Catalogue, referral: Referral, day: date, name: str) -> Rule:
    insats = insatser.get(referral.insats)
    if insats is None:
        raise Conflict("insats_unknown", "Insatsen finns inte i katalogen.")
    rule = insats.rule_on(day)
    if rule is None:
        raise Invalid("no_rule", f"Katalogen har inga regler för insatsen {day}.", name)
    return rule


def _ref(referral: Referral, rule: Rule) -> RuleRef:
    return RuleRef(insats=referral.insats, version=rule.version)
