"""What must have happened before something else may: conditions of the insats' rule, checked against the case."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, assert_never

from contracts.catalogue import Rule
from contracts.catalogue.people import AcceptanceGate, DecisionGate, LotGate, MeetingGate
from contracts.problems import Conflict, Refused
from services.planning.domain.case import Case


@dataclass(frozen=True)
class ReferralAcceptedFirst:
    """The insats has taken the person on. An authority's decision and a lot are shown by the acceptance too."""


@dataclass(frozen=True)
class MeetingHeldFirst:
    """A meeting has been held. ``kind``: its id in the rule; ``session``: it takes a seat in a team's session, and is
    then registered as a team meeting."""

    kind: str
    label: str
    session: bool


@dataclass(frozen=True)
class PlanMadeFirst:
    """There is a plan."""


Requirement: TypeAlias = ReferralAcceptedFirst | MeetingHeldFirst | PlanMadeFirst


@dataclass(frozen=True)
class Milestone:
    """A day that what depends on it must not come before; ``code`` and ``what`` say so in a refusal."""

    day: date
    code: str
    what: str


def gate_of(rule: Rule) -> Requirement:
    """What opens the way to start, plan and support under a rule."""
    match rule.gate:
        case AcceptanceGate() | DecisionGate() | LotGate():
            return ReferralAcceptedFirst()
        case MeetingGate(meeting=meeting_id):
            meeting = rule.meeting(meeting_id)
            if meeting is None:  # the catalogue's own check of references forbids it
                raise LookupError(f"the rule has no meeting {meeting_id}")
            return MeetingHeldFirst(meeting.id, meeting.label, meeting.seat_in is not None)
        case _:
            assert_never(rule.gate)


def unmet(requirement: Requirement, case: Case) -> Refused | None:
    """Why the requirement is not met, as the refusal to answer with; None if it is met."""
    match requirement:
        case ReferralAcceptedFirst():
            accepted = case.referral is not None and case.referral.accepted_on is not None
            return None if accepted else Conflict("not_accepted", "Anmälan är inte antagen än.")
        case MeetingHeldFirst():
            if case.meetings.first_held(_told_as(requirement)) is not None:
                return None
            return Conflict("meeting_missing", f"Registrera först att mötet har hållits: {requirement.label}.")
        case PlanMadeFirst():
            return None if case.plans.latest is not None else Conflict("plan_missing", "Upprätta planen först.")
        case _:
            assert_never(requirement)


def milestone(requirement: Requirement, case: Case) -> Milestone:
    """The day on which the requirement was met. Raises Refused if it is not."""
    refusal = unmet(requirement, case)
    if refusal is not None:
        raise refusal
    match requirement:
        case ReferralAcceptedFirst():
            return _acceptance(case)
        case MeetingHeldFirst():
            held = case.meetings.first_held(_told_as(requirement))
            day = held.ended_on if held is not None else None
            return Milestone(_known(day), "before_meeting", f"mötet hölls ({requirement.label})")
        case PlanMadeFirst():
            plan = case.plans.latest
            return Milestone(_known(plan.made_on if plan is not None else None), "before_plan", "planen upprättades")
        case _:
            assert_never(requirement)


def _told_as(requirement: MeetingHeldFirst) -> str | None:
    return None if requirement.session else requirement.kind


def _acceptance(case: Case) -> Milestone:
    if case.referral is None or case.referral.accepted_on is None:
        raise LookupError("a case that was accepted has a referral")
    if case.referral.accepted_on < case.referral.referred_on:
        return Milestone(case.referral.referred_on, "before_referral", "anmälan gjordes")
    return Milestone(case.referral.accepted_on, "before_acceptance", "anmälan antogs")


def _known(day: date | None) -> date:
    if day is None:
        raise LookupError("a requirement that is met has a day")
    return day
