"""What a case's stage, its meetings, activities and events are called on its pages. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import assert_never
from uuid import UUID

from contracts.catalogue import INSATSER, Rule
from contracts.catalogue.course import MeetingRule
from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import Member
from contracts.consent import Consents, ConsentStatus
from contracts.envelope import Fact
from contracts.labels import event_label, label
from contracts.planning import (
    ActivityCompleted,
    ActivityStarted,
    CasePutOnHold,
    DocumentRequested,
    EmploymentDecided,
    GroupEnrolmentEnded,
    LotsAssigned,
    MeetingBooked,
    MeetingCancelled,
    MeetingHeld,
    ParticipantExited,
    SamplanReviderad,
    SessionAttendanceRecorded,
    StepReached,
    SupportAssigned,
    TeamMeetingBooked,
)
from services.chassis.pages import swedish_date
from services.planning.domain.case import Case, Referral, Stage
from services.planning.domain.checks import known
from services.planning.domain.meetings import Meeting
from services.planning.domain.support import LOTS
from services.planning.web import labels


def rule_of(referral: Referral, today: date) -> Rule | None:
    """The insats' rule of today; that of the referral's day for an insats that has ended since."""
    insats = INSATSER.get(referral.insats)
    return None if insats is None else insats.rule_on(today) or insats.rule_on(referral.referred_on)


def kind_of(meeting: Meeting, rule: Rule | None) -> str | None:
    """The id of a meeting's kind in the rule. Those that take a seat are registered as team meetings, without it."""
    if meeting.kind is not None or rule is None:
        return meeting.kind
    return next((each.id for each in rule.meetings if each.seat_in is not None), None)


def meeting_label(kind: str | None, rule: Rule | None) -> str:
    """What a kind of meeting is called; its id where the rule of today lacks it."""
    meeting: MeetingRule | None = None if rule is None or kind is None else rule.meeting(kind)
    if meeting is not None:
        return meeting.label
    return "team-möte" if kind is None else kind


def plan_label(rule: Rule | None) -> str:
    """What the insats calls its plan."""
    return "plan" if rule is None or rule.plan is None else rule.plan.label


def role_label(role: str, rule: Rule | None) -> str:
    """What a role is called; its id where the rule of today lacks it."""
    found = None if rule is None else rule.role(role)
    return role if found is None else found.label


def kinds_of(rule: Rule | None) -> Mapping[str, str]:
    """The kinds of activities that may be planned, by code: those the insats lists, or any."""
    listed = () if rule is None else rule.activities
    if not listed:
        return words()["activity_kinds"]
    own: dict[str, list[str]] = {}
    for each in listed:
        own.setdefault(each.kind, []).append(each.label or word_label("activity_kinds", each.kind))
    # A plan names the kind alone: where the insats tells several of one kind apart, it is called what all call it.
    return {
        kind: called[0] if len(called) == 1 else word_label("activity_kinds", kind) for kind, called in own.items()
    }


def activity_label(kind: str | None, rule: Rule | None) -> str:
    """What a kind of activity is called; for one that was left out of what is known, only that it is one."""
    if kind is None:
        return "aktivitet"
    return kinds_of(rule).get(kind) or word_label("activity_kinds", kind)


def standing(case: Case) -> str:
    """Where the case stands, in a sentence without a full stop."""
    return ", ".join((stage_words(case), *_on_hold(case)))


def stage_words(case: Case) -> str:
    """Where the case stands, without why it waits."""
    referral, stay = known(case), case.participations.latest
    match case.stage:
        case Stage.PARTICIPATING if stay is not None:
            return f"deltar {'igen ' if stay.episode > 1 else ''}sedan {swedish_date(stay.started_on)}"
        case Stage.EXITED if stay is not None and stay.exit is not None:
            return f"avslutad {swedish_date(stay.exit.exited_on)}"
        case Stage.RETURNED if referral.returned_on is not None:
            return f"återremitterad {swedish_date(referral.returned_on)}"
        case Stage.ACCEPTED if referral.accepted_on is not None:
            return f"antagen {swedish_date(referral.accepted_on)}, har inte börjat"
        case _:
            return "anmälan väntar på svar"


def _on_hold(case: Case) -> Iterator[str]:
    hold = case.participations.hold
    if hold is not None:
        why = "" if hold.reason is None else f" ({word_label('hold_reasons', hold.reason)})"
        yield f"vilande sedan {swedish_date(hold.since)}{why}"


def consent_label(consents: Consents) -> str:
    """What the person has answered about being followed up."""
    match consents.status():
        case ConsentStatus.GIVEN:
            return "lämnat"
        case ConsentStatus.WITHDRAWN:
            return "återkallat"
        case ConsentStatus.REFUSED:
            return "lämnas inte"
        case ConsentStatus.NOT_ASKED:
            return "inte tillfrågad"
        case unknown:
            assert_never(unknown)


def said(fact: Fact, case: Case, kinds: Mapping[UUID, str], rule: Rule | None) -> str:
    """What an event says: its name, and what it is about where the case has several of it."""
    detail = _detail(fact, case, kinds, rule)
    name = event_label(fact.wire_name())
    return name if detail is None else f"{name}: {detail}"


def _detail(fact: Fact, case: Case, kinds: Mapping[UUID, str], rule: Rule | None) -> str | None:
    match fact:
        case TeamMeetingBooked() | MeetingBooked() | MeetingHeld() | MeetingCancelled():
            return _of_a_meeting(fact, case, rule)
        case ActivityStarted() | ActivityCompleted():
            return activity_label(kinds.get(fact.activity_id), rule)
        case SamplanReviderad():
            return f"version {fact.version}"
        case LotsAssigned():
            return f"{role_label(LOTS, rule)} {fact.lots_id}"
        case SupportAssigned():
            return f"{role_label(fact.role, rule)} {fact.worker_id}"
        case CasePutOnHold() if fact.reason is not None:
            return word_label("hold_reasons", fact.reason)
        case ParticipantExited() if fact.reason is not None:
            return word_label("exit_reasons", fact.reason)
        case _:
            return _detail_beside_the_plan(fact)


def _detail_beside_the_plan(fact: Fact) -> str | None:
    match fact:
        case StepReached() | DocumentRequested():
            return _step_label(fact)
        case GroupEnrolmentEnded():
            return label(fact.outcome)
        case SessionAttendanceRecorded():
            return swedish_date(fact.session_on)
        case EmploymentDecided():
            return f"från {swedish_date(fact.from_on)}"
        case _:
            return None


def _step_label(fact: StepReached | DocumentRequested) -> str:
    """What the step is called by the rule that its event names; its id where the catalogue has it no more."""
    insats = INSATSER.get(fact.rule.insats)
    rules = () if insats is None else (rule for rule in insats.versions if rule.version == fact.rule.version)
    found = next((step for rule in rules if (step := rule.step(fact.step)) is not None), None)
    return fact.step if found is None else found.label


def _of_a_meeting(
    fact: TeamMeetingBooked | MeetingBooked | MeetingHeld | MeetingCancelled, case: Case, rule: Rule | None
) -> str | None:
    match fact:
        case TeamMeetingBooked():
            return f"{swedish_date(fact.meets_on)}, {labels.team_label(fact.team)}"
        case MeetingBooked():
            return f"{meeting_label(fact.kind, rule)} {swedish_date(fact.meets_on)}"
        case MeetingHeld():
            return meeting_label(fact.kind, rule)
        case MeetingCancelled():
            meeting = case.meetings.find(fact.meeting_id)
            return None if meeting is None else meeting_label(kind_of(meeting, rule), rule)


def members() -> Mapping[str, str]:
    """The parties that may answer for an activity, by code."""
    return {each.value: label(each) for each in Member}
