"""The obligation ledger: which follow-ups a samplan owes, when, and what became of each.

    Scheduled ──► Opened ──► Missed
        │            │          │
        └────────────┴──────────┴──► Completed, or Superseded

A miss is a fact of its own: what comes after it adds to it and never takes it back.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, reduce
from typing import Final, TypeAlias, assert_never
from uuid import UUID

from holidays.constants import DE_FACTO, PUBLIC
from holidays.countries.sweden import Sweden

from contracts.catalogue import INSATSER
from contracts.catalogue.wire import FollowUpPoint, follow_up_points
from contracts.codes import ActivityOutcome, FollowUpReason, FollowUpResult, SupersededBy, Timeliness
from contracts.envelope import Fact
from contracts.followup import (
    ActivityFinding,
    FollowUpCompleted,
    FollowUpMissed,
    FollowUpOpened,
    FollowUpScheduled,
    FollowUpSuperseded,
)
from contracts.planning import SamplanUpprättad
from contracts.problems import Conflict, Invalid

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


# When: calendar months from the plan, moved to a working day, with a window around it ---------------------


@dataclass(frozen=True)
class Dates:
    """The days of one follow-up; ``opens_on <= due_on <= closes_on``, all of them inclusive."""

    nominal_on: date
    due_on: date
    opens_on: date
    closes_on: date


def due_dates(plan_day: date, point: FollowUpPoint) -> Dates:
    """When a follow-up is due, counted from the plan's date.

    The report says after how many months (L145-150, L171, L194-195, L218-220); the rest is our reading: calendar
    months, the next working day, and the window of the catalogue.
    """
    nominal = months_after(plan_day, point.months)
    due = working_day_from(nominal)
    return Dates(
        nominal_on=nominal,
        due_on=due,
        opens_on=due - timedelta(days=point.opens_days_before),
        closes_on=due + timedelta(days=point.closes_days_after),
    )


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day where it is shorter."""
    year, month_before = divmod(day.year * 12 + day.month - 1 + months, 12)
    month = month_before + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def working_day_from(day: date) -> date:
    """The day itself if it is a working day, else the next one that is."""
    while not is_working_day(day):
        day += _DAY
    return day


def is_working_day(day: date) -> bool:
    """Monday to Friday, and no day off.

    As for a time limit set in law, which ends on the next working day when it would end on a Saturday, a Sunday, a
    public holiday, or Midsummer's, Christmas or New Year's Eve (lag 1930:173, section 2).
    """
    return day.weekday() < _SATURDAY and day not in _days_off(day.year)


@cache
def _days_off(year: int) -> frozenset[date]:
    return frozenset(Sweden(years=year, categories=(PUBLIC, DE_FACTO)))


# What is so: one follow-up ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scheduled:
    """It is owed and its window has not opened."""

    terms: FollowUpScheduled


@dataclass(frozen=True)
class Opened:
    """It can be held."""

    terms: FollowUpScheduled


@dataclass(frozen=True)
class Missed:
    """Its window closed and it has not been held. It is still owed."""

    terms: FollowUpScheduled
    missed_on: date


@dataclass(frozen=True)
class Completed:
    """It was held; ``missed_on`` tells of a miss before that."""

    terms: FollowUpScheduled
    held_on: date
    timeliness: Timeliness
    missed_on: date | None


@dataclass(frozen=True)
class Superseded:
    """It is no longer owed; ``missed_on`` tells of a miss before that."""

    terms: FollowUpScheduled
    superseded_on: date
    missed_on: date | None


Owed: TypeAlias = Scheduled | Opened | Missed
FollowUp: TypeAlias = Owed | Completed | Superseded


def evolve(follow_up: FollowUp | None, fact: Fact) -> FollowUp:
    """The follow-up after a fact about it. None: before it was scheduled."""
    if isinstance(fact, FollowUpScheduled):
        return Scheduled(fact)
    if follow_up is None:
        raise ValueError(f"{fact.wire_name()} about a follow-up that was never scheduled")
    match fact:
        case FollowUpOpened():
            return Opened(follow_up.terms)
        case FollowUpMissed():
            return Missed(follow_up.terms, fact.happened_on)
        case FollowUpCompleted():
            return Completed(follow_up.terms, fact.happened_on, fact.timeliness, missed_on(follow_up))
        case FollowUpSuperseded():
            return Superseded(follow_up.terms, fact.happened_on, missed_on(follow_up))
    raise ValueError(f"{fact.wire_name()} is not about a follow-up")


def evolved(follow_up: FollowUp, facts: Iterable[Fact]) -> FollowUp:
    """The follow-up after several facts about it, in order."""
    return reduce(evolve, facts, follow_up)


def missed_on(follow_up: FollowUp) -> date | None:
    """The day it was missed, whatever has come of it since."""
    match follow_up:
        case Scheduled() | Opened():
            return None
        case Missed() | Completed() | Superseded():
            return follow_up.missed_on
    assert_never(follow_up)


def missed_from(terms: FollowUpScheduled) -> date:
    """The first day on which it counts as missed: the day after its window."""
    return terms.closes_on + _DAY


class Standing(StrEnum):
    """How a follow-up stands on a given day."""

    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    COMPLETED = "completed"
    SUPERSEDED = "superseded"


def standing(follow_up: FollowUp, today: date) -> Standing:
    """The one definition of upcoming, due and overdue: for lists, badges, metrics and answers alike."""
    match follow_up:
        case Completed():
            return Standing.COMPLETED
        case Superseded():
            return Standing.SUPERSEDED
        case Scheduled() | Opened() | Missed():
            if today > follow_up.terms.due_on:
                return Standing.OVERDUE
            return Standing.UPCOMING if today < follow_up.terms.opens_on else Standing.DUE
    assert_never(follow_up)


# What is decided --------------------------------------------------------------------------------------------------


class Consent(StrEnum):
    """What the person last said of individual follow-up; UNKNOWN until something was said."""

    UNKNOWN = "unknown"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Report:
    """What a held follow-up found (L145-150). ``findings`` may be empty; otherwise one for each activity."""

    held_on: date
    result: FollowUpResult
    reason: FollowUpReason | None = None
    findings: tuple[ActivityFinding, ...] = ()


@dataclass(frozen=True)
class LookAtCalendar:
    """A day has come: has the window opened, or closed?"""

    today: date


@dataclass(frozen=True)
class Complete:
    """The follow-up was held. ``activities``: those of the samplan; ``consent``: the latest heard of."""

    report: Report
    activities: frozenset[UUID]
    consent: Consent
    today: date


@dataclass(frozen=True)
class NoteExit:
    """The participant left the insats on that day."""

    exited_on: date


@dataclass(frozen=True)
class NoteReturn:
    """The referral was returned on that day, before the person started."""

    returned_on: date


Command: TypeAlias = LookAtCalendar | Complete | NoteExit | NoteReturn


def schedule(plan: SamplanUpprättad, ids: Sequence[UUID]) -> tuple[FollowUpScheduled, ...]:
    """The follow-ups that a samplan owes by the rule it was made under; ``ids``: one new id for each point.

    Raises KeyError if the catalogue has no such rule.
    """
    points = points_of(plan)
    return tuple(_schedule(plan, point, follow_up_id) for point, follow_up_id in zip(points, ids, strict=True))


def points_of(plan: SamplanUpprättad) -> tuple[FollowUpPoint, ...]:
    """The follow-up points of the rule a samplan was made under. Raises KeyError if the catalogue has none such."""
    return follow_up_points(INSATSER[plan.rule.insats].rule(plan.rule.version))


def _schedule(plan: SamplanUpprättad, point: FollowUpPoint, follow_up_id: UUID) -> FollowUpScheduled:
    dates = due_dates(plan.happened_on, point)
    return FollowUpScheduled(
        happened_on=plan.happened_on,
        follow_up_id=follow_up_id,
        samplan_id=plan.samplan_id,
        months=point.months,
        nominal_on=dates.nominal_on,
        due_on=dates.due_on,
        opens_on=dates.opens_on,
        closes_on=dates.closes_on,
        responsible=point.responsible,
        rule=plan.rule,
    )


def decide(command: Command, follow_up: FollowUp) -> tuple[Fact, ...]:
    """What comes of a command. Raises Conflict or Invalid, for Complete only."""
    match command:
        case LookAtCalendar():
            return _come_due(follow_up, command.today)
        case Complete():
            return _complete(follow_up, command)
        case NoteExit():
            return _note_exit(follow_up, command.exited_on)
        case NoteReturn():
            return _note_return(follow_up, command.returned_on)
    assert_never(command)


def _come_due(follow_up: FollowUp, day: date) -> tuple[Fact, ...]:
    """What the calendar alone has made true by a day, and has not been told yet."""
    facts: list[Fact] = []
    if isinstance(follow_up, Scheduled) and day >= follow_up.terms.opens_on:
        facts.append(_opened(follow_up.terms))
    if isinstance(follow_up, Scheduled | Opened) and day >= missed_from(follow_up.terms):
        facts.append(_missed(follow_up.terms))
    return tuple(facts)


def _complete(follow_up: FollowUp, command: Complete) -> tuple[Fact, ...]:
    owed = _still_owed(follow_up)
    _check_day(owed.terms, command.report.held_on, command.today)
    _check_reason(command.report)
    _check_findings(command.report, command.activities)
    # Timers may lag behind the calendar; what is told must not depend on by how much.
    return (*_come_due(owed, command.today), _completed(owed.terms, command.report, command.consent))


def _note_exit(follow_up: FollowUp, exited_on: date) -> tuple[Fact, ...]:
    if isinstance(follow_up, Completed | Superseded) or not _superseded_by_exit(follow_up.terms):
        return ()
    # By the day of the exit, not by today: if we hear of it late, nothing was owed meanwhile.
    return (*_come_due(follow_up, exited_on), _superseded(follow_up.terms, exited_on, SupersededBy.EXIT))


def _note_return(follow_up: FollowUp, returned_on: date) -> tuple[Fact, ...]:
    # Whatever the catalogue says of exits: somebody who never took part is not followed up.
    if isinstance(follow_up, Completed | Superseded):
        return ()
    return (*_come_due(follow_up, returned_on), _superseded(follow_up.terms, returned_on, SupersededBy.RETURN))


def _still_owed(follow_up: FollowUp) -> Owed:
    match follow_up:
        case Completed():
            raise Conflict("already_completed", "Uppföljningen är redan genomförd och registrerad.")
        case Superseded():
            raise Conflict(
                "superseded", "Uppföljningen är inte längre aktuell, för personen deltar inte längre i insatsen."
            )
        case Scheduled() | Opened() | Missed():
            return follow_up
    assert_never(follow_up)


def _check_day(terms: FollowUpScheduled, held_on: date, today: date) -> None:
    if held_on > today:
        raise Invalid("held_in_the_future", "Ange en dag som inte ligger i framtiden.", "held_on")
    if held_on < terms.happened_on:
        raise Invalid("held_before_plan", f"Ange en dag efter att samplanen gjordes, {terms.happened_on}.", "held_on")
    if held_on < terms.opens_on:
        message = f"Uppföljningen kan göras tidigast {terms.opens_on}. Ange den dagen eller en senare."
        raise Invalid("not_open_yet", message, "held_on")


def _check_reason(report: Report) -> None:
    match report.result, report.reason:
        case FollowUpResult.ALL, FollowUpReason():
            message = (
                "När alla aktiviteter är genomförda ska inget skäl anges. Ta bort skälet eller ändra resultatet."
            )
            raise Invalid("reason_not_allowed", message, "reason")
        case FollowUpResult.NONE, None:
            raise Invalid("reason_required", "Ange skälet till att inga aktiviteter är genomförda.", "reason")
        case _:
            return


def _check_findings(report: Report, activities: frozenset[UUID]) -> None:
    if not report.findings:
        return
    told = [finding.activity_id for finding in report.findings]
    if set(told) != activities or len(told) != len(activities):
        message = "Ange utfallet för var och en av samplanens aktiviteter, en gång för varje, eller inte för någon."
        raise Invalid("activities_not_those_of_the_plan", message, "activities")
    if result_of(finding.outcome for finding in report.findings) is not report.result:
        message = "Resultatet stämmer inte med aktiviteternas utfall. Ändra det ena eller det andra."
        raise Invalid("result_contradicts_activities", message, "result")


def result_of(outcomes: Iterable[ActivityOutcome]) -> FollowUpResult:
    """The result of a whole plan: all or none only where it holds of each activity (L145-150)."""
    found = frozenset(outcomes)
    if found == {ActivityOutcome.FULLY}:
        return FollowUpResult.ALL
    return FollowUpResult.NONE if found == {ActivityOutcome.NOT_DONE} else FollowUpResult.SOME


def _superseded_by_exit(terms: FollowUpScheduled) -> bool:
    rule = INSATSER[terms.rule.insats].rule(terms.rule.version)
    return any(point.superseded_by_exit for point in follow_up_points(rule) if point.months == terms.months)


def _opened(terms: FollowUpScheduled) -> FollowUpOpened:
    return FollowUpOpened(
        happened_on=terms.opens_on,
        follow_up_id=terms.follow_up_id,
        samplan_id=terms.samplan_id,
        months=terms.months,
        due_on=terms.due_on,
    )


def _missed(terms: FollowUpScheduled) -> FollowUpMissed:
    return FollowUpMissed(
        happened_on=missed_from(terms),
        follow_up_id=terms.follow_up_id,
        samplan_id=terms.samplan_id,
        months=terms.months,
        due_on=terms.due_on,
    )


def _completed(terms: FollowUpScheduled, report: Report, consent: Consent) -> FollowUpCompleted:
    held = FollowUpCompleted(
        happened_on=report.held_on,
        follow_up_id=terms.follow_up_id,
        samplan_id=terms.samplan_id,
        months=terms.months,
        due_on=terms.due_on,
        timeliness=Timeliness.LATE if report.held_on > terms.closes_on else Timeliness.IN_TIME,
    )
    match consent:
        case Consent.GIVEN:
            found = {"result": report.result, "reason": report.reason, "activities": report.findings}
            return held.model_copy(update=found)
        case Consent.UNKNOWN | Consent.REFUSED | Consent.WITHDRAWN:
            return held
    assert_never(consent)


def _superseded(terms: FollowUpScheduled, day: date, cause: SupersededBy) -> FollowUpSuperseded:
    return FollowUpSuperseded(
        happened_on=day,
        follow_up_id=terms.follow_up_id,
        samplan_id=terms.samplan_id,
        months=terms.months,
        cause=cause,
    )
