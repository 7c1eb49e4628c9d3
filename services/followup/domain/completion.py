"""Registering that a follow-up was held: what it found, checked against the plan (follow-up 2021, L145-150)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.codes import ActivityOutcome, FollowUpReason, FollowUpResult, Timeliness
from contracts.consent import Consents
from contracts.envelope import Fact
from contracts.followup import (
    ActivityFinding,
    FollowUpCompleted,
    FollowUpDetailsReleased,
    FollowUpScheduled,
)
from contracts.problems import Invalid
from services.followup.domain.checks import check_day, require_owed
from services.followup.domain.facts import fact_about
from services.followup.domain.ledger import FollowUp
from services.followup.domain.reconcile import come_due


@dataclass(frozen=True)
class FollowUpFinding:
    """What a held follow-up found. ``activities`` may be empty; otherwise one for each activity of the plan."""

    held_on: date
    result: FollowUpResult
    reason: FollowUpReason | None = None
    activities: tuple[ActivityFinding, ...] = ()


@dataclass(frozen=True)
class CompleteFollowUp:
    """The follow-up was held. ``activities``: those of the plan it asks about; ``consents``: the person's."""

    finding: FollowUpFinding
    activities: frozenset[UUID]
    consents: Consents
    today: date


def complete(command: CompleteFollowUp, follow_up: FollowUp) -> tuple[Fact, ...]:
    """The facts of a follow-up that was held. Raises Conflict or Invalid."""
    require_owed(follow_up)
    check_day(follow_up.terms, command.finding.held_on, command.today, "held_on")
    _check_reason(command.finding)
    _check_activities(command.finding, command.activities)
    # The scheduler may lag behind the calendar; what is appended must not depend on by how much.
    due = tuple(each.fact for each in come_due(follow_up, command.today))
    return (*due, _completed(follow_up.terms, command.finding, command.consents))


def _check_reason(finding: FollowUpFinding) -> None:
    match finding.result, finding.reason:
        case FollowUpResult.ALL, FollowUpReason():
            message = (
                "När alla aktiviteter är genomförda ska inget skäl anges. Ta bort skälet eller ändra resultatet."
            )
            raise Invalid("reason_not_allowed", message, "reason")
        case FollowUpResult.NONE, None:
            raise Invalid("reason_required", "Ange skälet till att inga aktiviteter är genomförda.", "reason")
        case _:
            return


def _check_activities(finding: FollowUpFinding, activities: frozenset[UUID]) -> None:
    if not finding.activities:
        return
    found = [each.activity_id for each in finding.activities]
    if set(found) != activities or len(found) != len(activities):
        message = "Ange utfallet för var och en av samplanens aktiviteter, en gång för varje, eller inte för någon."
        raise Invalid("activities_not_those_of_the_plan", message, "activities")
    if result_of(each.outcome for each in finding.activities) is not finding.result:
        message = "Resultatet stämmer inte med aktiviteternas utfall. Ändra det ena eller det andra."
        raise Invalid("result_contradicts_activities", message, "result")


def result_of(outcomes: Iterable[ActivityOutcome]) -> FollowUpResult:
    """The result of a whole plan: all or none only where it holds of each activity (L145-150)."""
    found = frozenset(outcomes)
    if found == {ActivityOutcome.FULLY}:
        return FollowUpResult.ALL
    return FollowUpResult.NONE if found == {ActivityOutcome.NOT_DONE} else FollowUpResult.SOME


def _completed(terms: FollowUpScheduled, finding: FollowUpFinding, consents: Consents) -> FollowUpCompleted:
    timeliness = timeliness_of(terms, finding.held_on)
    held = fact_about(FollowUpCompleted, terms, finding.held_on, due_on=terms.due_on, timeliness=timeliness)
    if not consents.holds():
        return held
    found = {"result": finding.result, "reason": finding.reason, "activities": finding.activities}
    return held.model_copy(update=found)


def timeliness_of(terms: FollowUpScheduled, held_on: date) -> Timeliness:
    """By the day it was held, however late it was registered."""
    if held_on < terms.opens_on:
        return Timeliness.EARLY
    return Timeliness.LATE if held_on > terms.closes_on else Timeliness.IN_TIME


def released(follow_up: FollowUp, finding: FollowUpFinding, consents: Consents) -> tuple[Fact, ...]:
    """What the person's consent releases of a completed follow-up; nothing if it was appended before."""
    answer = consents.latest()
    if follow_up.details_released or answer is None or not consents.holds():
        return ()
    found = {"result": finding.result, "reason": finding.reason, "activities": finding.activities}
    return (fact_about(FollowUpDetailsReleased, follow_up.terms, answer.stated_on, **found),)
