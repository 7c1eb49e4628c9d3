"""What happens to one referred person, as a plan: days and decisions, no service and no clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final, Literal

from contracts.agency import ConsentChoice, ReferralSubmitted, RejectionCode
from contracts.catalogue import AGENCIES, INSATSER
from contracts.codes import (
    ActivityExtent,
    ActivityOutcome,
    FollowUpReason,
    FollowUpResult,
    MeetingMode,
    Member,
    Role,
    Sex,
)

Json = dict[str, Any]

INBOX: Final = "inbox"
"""The path of a referral: it is written to the agency's topic, and nothing is posted."""

CASE_MANAGER: Final = "case-manager"
"""The role of MIA Vidare's case managers in the catalogue."""

_REFERRAL: Final = "/api/referral/cases/{case}"
_PLANNING: Final = "/api/planning/cases/{case}"


@dataclass(frozen=True)
class ConsentChange:
    """The person changed their mind after the referral."""

    stated_on: date
    choice: Literal["given", "withdrawn"]


@dataclass(frozen=True)
class Session:
    """When a meeting is held; with a team, it is the team's time and has room for two cases."""

    team: str | None
    meets_on: date
    starts_at: time


@dataclass(frozen=True)
class Meeting:
    booked_on: date
    session: Session
    mode: MeetingMode
    held: bool


@dataclass(frozen=True)
class Activity:
    """One activity of the samplan and how far it came; ``extent`` belongs to ``completed_on``."""

    responsible: Member
    kind: str
    started_on: date | None = None
    completed_on: date | None = None
    extent: ActivityExtent = ActivityExtent.FULLY

    def outcome(self, day: date) -> ActivityOutcome:
        """What a follow-up held on that day finds."""
        if self.completed_on is None or self.completed_on > day:
            return ActivityOutcome.NOT_DONE
        return ActivityOutcome.FULLY if self.extent is ActivityExtent.FULLY else ActivityOutcome.PARTLY


@dataclass(frozen=True)
class Samplan:
    made_on: date
    activities: tuple[Activity, ...]


@dataclass(frozen=True)
class LotsAssignment:
    assigned_on: date
    lots_id: str


@dataclass(frozen=True)
class CaseManager:
    """Assigned before the start; ``ended_on`` only if the person never starts."""

    assigned_on: date
    worker_id: str
    ended_on: date | None = None


@dataclass(frozen=True)
class HeldFollowUp:
    months: int
    held_on: date
    result: FollowUpResult
    reason: FollowUpReason | None


@dataclass(frozen=True)
class Exit:
    exited_on: date
    reason: str


@dataclass(frozen=True)
class Returned:
    returned_on: date
    reason: str


@dataclass(frozen=True)
class Life:
    """One participation: from the referral to how far the person has come at the turn of 2021/22."""

    agency: str
    referral: ReferralSubmitted
    accepted_on: date | None = None
    returned: Returned | None = None
    consent_changes: tuple[ConsentChange, ...] = ()
    meeting: Meeting | None = None
    samplan: Samplan | None = None
    started_on: date | None = None
    case_manager: CaseManager | None = None
    lots: LotsAssignment | None = None
    follow_ups: tuple[HeldFollowUp, ...] = ()
    exit: Exit | None = None

    @property
    def sex(self) -> Sex:
        return self.referral.person.sex

    @property
    def consents(self) -> bool:
        """The latest statement decides."""
        if self.consent_changes:
            return self.consent_changes[-1].choice == "given"
        return self.referral.consent.choice is ConsentChoice.GIVEN

    @property
    def national_code(self) -> str | None:
        """The national code of the exit's reason, by the rule of the day of exit; None without an exit."""
        if self.exit is None:
            return None
        rule = INSATSER[self.referral.insats].rule_on(self.exit.exited_on)
        if rule is None or rule.exits is None:
            raise ValueError(f"{self.referral.insats} has no exit reasons on {self.exit.exited_on}")
        return {each.code: each.national for each in rule.exits.reasons}[self.exit.reason]

    @property
    def unit_kind(self) -> str:
        unit = AGENCIES[self.agency].unit(self.referral.referrer.unit)
        if unit is None:
            raise ValueError(f"{self.agency} has no unit {self.referral.referrer.unit}")
        return unit.kind


@dataclass(frozen=True)
class FaultyReferral:
    """What an agency got wrong: the record it writes, and a code its receipt must name."""

    agency: str
    sent_on: date
    value: bytes
    code: RejectionCode


@dataclass(frozen=True)
class Step:
    """Something somebody does on a day: ``body`` is posted to ``path`` by somebody with ``role``.

    Names in braces stand for ids that only the services' answers contain: ``{case}``, ``{activity-0}`` for the plan's
    first activity, ``{follow-up-6}`` for the follow-up after six months.
    """

    on: date
    path: str
    body: Json
    role: Role = Role.COORDINATOR


def steps(life: Life) -> tuple[Step, ...]:
    """A life as what people do, in order. Steps of one day keep the order in which the rules allow them."""
    return tuple(sorted(_steps(life), key=lambda step: step.on))


def _steps(life: Life) -> Iterator[Step]:
    yield Step(life.referral.referred_on, INBOX, {})
    if life.accepted_on:
        yield _step(life.accepted_on, f"{_REFERRAL}/accept", "accepted_on")
    for change in life.consent_changes:
        yield _step(change.stated_on, f"{_REFERRAL}/consent", "stated_on", choice=change.choice)
    if life.meeting:
        yield from _meeting_steps(life.meeting)
    if life.case_manager:
        yield from _case_manager_steps(life.case_manager)
    if life.returned:
        yield _step(life.returned.returned_on, f"{_REFERRAL}/return", "returned_on", reason=life.returned.reason)
    if life.samplan:
        planned = [{"responsible": each.responsible, "kind": each.kind} for each in life.samplan.activities]
        yield _step(life.samplan.made_on, f"{_PLANNING}/samplan", "made_on", activities=planned)
    if life.started_on:
        yield _step(life.started_on, f"{_PLANNING}/start", "started_on")
    if life.lots:
        yield _step(life.lots.assigned_on, f"{_PLANNING}/lots", "assigned_on", lots_id=life.lots.lots_id)
    yield from _plan_steps(life)
    if life.exit:
        yield _step(life.exit.exited_on, f"{_PLANNING}/exit", "exited_on", reason=life.exit.reason)


def _step(on: date, path: str, dated: str, **body: Any) -> Step:
    return Step(on, path, {dated: on.isoformat(), **body})


def _meeting_steps(meeting: Meeting) -> Iterator[Step]:
    session = meeting.session
    seat: Json = {
        "meets_on": session.meets_on.isoformat(),
        "starts_at": f"{session.starts_at:%H:%M}",
        "mode": meeting.mode,
    }
    if session.team is not None:
        seat["team"] = session.team
    yield _step(meeting.booked_on, f"{_PLANNING}/meeting", "booked_on", **seat)
    if meeting.held:
        yield _step(session.meets_on, f"{_PLANNING}/meeting/held", "held_on", mode=meeting.mode)


def _case_manager_steps(assigned: CaseManager) -> Iterator[Step]:
    path = f"{_PLANNING}/support"
    role: Json = {"role": CASE_MANAGER}
    yield _step(assigned.assigned_on, path, "assigned_on", worker_id=assigned.worker_id, **role)
    if assigned.ended_on:
        yield _step(assigned.ended_on, f"{path}/end", "ended_on", **role)


def _plan_steps(life: Life) -> Iterator[Step]:
    activities = life.samplan.activities if life.samplan else ()
    for number, activity in enumerate(activities):
        path = f"{_PLANNING}/activities/{{activity-{number}}}"
        if activity.started_on:
            yield _step(activity.started_on, f"{path}/start", "started_on")
        if activity.completed_on:
            yield _step(activity.completed_on, f"{path}/complete", "completed_on", extent=activity.extent)
    for held in life.follow_ups:
        yield _follow_up_step(held, activities)


def _follow_up_step(held: HeldFollowUp, activities: tuple[Activity, ...]) -> Step:
    body: Json = {
        "held_on": held.held_on.isoformat(),
        "result": held.result,
        "activities": [
            {"activity_id": f"{{activity-{number}}}", "outcome": activity.outcome(held.held_on)}
            for number, activity in enumerate(activities)
        ],
    }
    if held.reason is not None:
        body["reason"] = held.reason
    path = f"/api/followup/follow-ups/{{follow-up-{held.months}}}/complete"
    return Step(held.held_on, path, body, Role.LOTS if held.months == 2 else Role.COORDINATOR)
