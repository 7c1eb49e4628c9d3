"""What happens to one referred person, as a plan: days and decisions, no service and no clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Final, Literal

from contracts.agency import ConsentChoice, ReferralSubmitted, RejectionCode
from contracts.catalogue import AGENCIES, INSATSER
from contracts.catalogue.course import QuestionStep
from contracts.catalogue.results import Exits
from contracts.codes import (
    ActivityExtent,
    ActivityOutcome,
    EnrolmentOutcome,
    FollowUpReason,
    FollowUpResult,
    MeetingMode,
    Member,
    Role,
    Sex,
)
from deploy.demo.days import working_day
from deploy.demo.exits import answers

Json = dict[str, Any]

INBOX: Final = "inbox"
"""The path of a referral: it is written to the agency's topic, and nothing is posted."""

CASE_MANAGER: Final = "case-manager"
"""The role of MIA Vidare's case managers in the catalogue."""
LOTS: Final = "lots"

_YEAR: Final = 2021
"""The last year that is played."""

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
class Attended:
    """Hours offered and attended in a period, registered on a day after it."""

    registered_on: date
    from_on: date
    to_on: date
    weeks: int
    offered: float
    attended: float


@dataclass(frozen=True)
class Activity:
    """One activity of the samplan and how far it came; ``extent`` belongs to ``completed_on``.

    ``place``: the number of the supplier whose place it takes; ``cost_bearer``: the association that pays.
    """

    responsible: Member
    kind: str
    started_on: date | None = None
    completed_on: date | None = None
    extent: ActivityExtent = ActivityExtent.FULLY
    place: int | None = None
    cost_bearer: str | None = None
    attended: Attended | None = None

    @property
    def ended(self) -> bool:
        return self.completed_on is not None

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
class Sip:
    """Parties called to a SIP, and its meeting, at which a plan was made.

    ``coordinator``: the SIP-samordnare was there.
    """

    called_on: date
    initiator: str
    parties: tuple[Member, ...]
    met_on: date
    coordinator: bool
    activities: tuple[tuple[Member, str], ...]
    follow_up_on: date | None


@dataclass(frozen=True)
class Job:
    """A decision about an employment. ``prolongs``: the one before it in the life, or one from before the play.

    ``extent``: percent of full time.
    """

    decided_on: date
    from_on: date
    until_on: date | None
    support: str
    extent: int
    kom_i_jobb: bool = False
    prolongs: Literal["nothing", "the_first", "an_earlier"] = "nothing"


@dataclass(frozen=True)
class Course:
    """A seat in a course, and the sessions that the person came to or did not, up to the end of the seat.

    ``group``: the number of the group among those of the insats, by their first day. ``registers``: this person's
    steps also say of the group with this code that its sessions of these days were held; one in each group has it.
    """

    group: int
    enrolled_on: date
    came: tuple[tuple[date, bool], ...]
    ended_on: date
    outcome: EnrolmentOutcome
    code: str = ""
    registers: tuple[date, ...] = ()


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
    sip: Sip | None = None
    jobs: tuple[Job, ...] = ()
    course: Course | None = None

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
        exits = _exits(self.referral.insats, self.exit.exited_on)
        return {each.code: each.national for each in exits.reasons}[self.exit.reason]

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
    """Something somebody does on a day: ``body`` is posted to ``path`` by somebody with ``role``; with that of an
    agency, at the one that referred.

    Names in braces stand for ids that only the services' answers contain: ``{case}``, ``{activity-0}`` for the plan's
    first activity, ``{follow-up-6}`` for the follow-up after six months, ``{place-0}`` for the places of the first
    supplier by name, ``{employment-0}`` for the first employment, ``{group-0}`` for the first group of the insats,
    ``{enrolment}`` for the seat in it.
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
    if life.course:
        yield _step(life.course.enrolled_on, f"{_PLANNING}/enrolments", "enrolled_on", **_seat(life.course))
    yield from _until_the_start(life)
    yield from _plan_steps(life)
    yield from (_job_step(job) for job in life.jobs)
    if life.exit:
        yield from _support_ends(life, life.exit.exited_on)
        yield _exit_step(life.referral.insats, life.exit)
        yield from _acknowledgement(life.agency, life.referral.insats, life.exit)


def _until_the_start(life: Life) -> Iterator[Step]:
    """The return, or the plan and the start with a lots."""
    if life.returned:
        yield _step(life.returned.returned_on, f"{_REFERRAL}/return", "returned_on", reason=life.returned.reason)
    if life.samplan:
        planned = [{"responsible": each.responsible, "kind": each.kind} for each in life.samplan.activities]
        yield _step(life.samplan.made_on, f"{_PLANNING}/samplan", "made_on", activities=planned)
    if life.started_on:
        yield _step(life.started_on, f"{_PLANNING}/start", "started_on")
        yield from _questions(life.referral.insats, life.started_on)
    if life.lots:
        yield _step(life.lots.assigned_on, f"{_PLANNING}/lots", "assigned_on", lots_id=life.lots.lots_id)


def _exits(insats: str, day: date) -> Exits:
    rule = INSATSER[insats].rule_on(day)
    if rule is None or rule.exits is None:
        raise ValueError(f"{insats} has no exit reasons on {day}")
    return rule.exits


def _exit_step(insats: str, left: Exit) -> Step:
    said = answers(_exits(insats, left.exited_on), left.reason, left.exited_on)
    return _step(left.exited_on, f"{_PLANNING}/exit", "exited_on", reason=left.reason, **said)


def _acknowledgement(agency: str, insats: str, left: Exit) -> Iterator[Step]:
    """Five of six referrers say within a fortnight that they go on with the case; the others are on a list."""
    hand_back = _exits(insats, left.exited_on).hand_back
    day = working_day(left.exited_on + timedelta(days=3 + left.exited_on.day % 8))
    if hand_back is None or left.exited_on.toordinal() % 6 == 0 or day.year > _YEAR:
        return
    path = f"/api/referral/inbox/{agency}/hand-backs/acknowledged"
    yield Step(day, path, {"case_id": "{case}", "acknowledged_on": day.isoformat()}, Role.AGENCY)


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


def _sip_steps(sip: Sip) -> Iterator[Step]:
    parties = list(sip.parties)
    yield _step(
        sip.called_on,
        f"{_PLANNING}/call",
        "sent_on",
        initiator=sip.initiator,
        parties=parties,
        consents_to=parties,
        meets_on=sip.met_on.isoformat(),
    )
    agreed = {} if sip.follow_up_on is None else {"follow_up_on": sip.follow_up_on.isoformat()}
    yield _step(
        sip.met_on,
        f"{_PLANNING}/call/held",
        "held_on",
        attended=parties,
        activities=[{"responsible": member, "kind": kind} for member, kind in sip.activities],
        coordinator_present=sip.coordinator,
        **agreed,
    )


def _job_step(job: Job) -> Step:
    terms: Json = {
        "from_on": job.from_on.isoformat(),
        "support": job.support,
        "extent_percent": job.extent,
        "kom_i_jobb": job.kom_i_jobb,
        "prolongs": job.prolongs != "nothing",
    }
    if job.until_on is not None:
        terms["until_on"] = job.until_on.isoformat()
    if job.prolongs == "the_first":
        terms["employment_id"] = "{employment-0}"
    return _step(job.decided_on, f"{_PLANNING}/employments", "decided_on", **terms)


def _questions(insats: str, day: date) -> Iterator[Step]:
    """Everybody is asked what the insats asks once: MIA Vidare seven questions about violence (L840)."""
    rule = INSATSER[insats].rule_on(day)
    for step in () if rule is None else rule.steps:
        if isinstance(step, QuestionStep):
            yield _step(day, f"{_PLANNING}/steps/{step.id}/reached", "reached_on")


def _support_ends(life: Life, day: date) -> Iterator[Step]:
    """Nobody keeps on supporting whoever leaves."""
    for role in (CASE_MANAGER if life.case_manager else None, LOTS if life.lots else None):
        if role is not None:
            yield _step(day, f"{_PLANNING}/support/end", "ended_on", role=role, reason="left_insats")


def _plan_steps(life: Life) -> Iterator[Step]:
    if life.sip:
        yield from _sip_steps(life.sip)
    if life.course:
        yield from _course_steps(life.referral.insats, life.course)
    activities = life.samplan.activities if life.samplan else ()
    for number, activity in enumerate(activities):
        path = f"{_PLANNING}/activities/{{activity-{number}}}"
        if activity.started_on:
            yield _step(activity.started_on, f"{path}/start", "started_on", **_taken(activity))
        if activity.attended:
            yield _attendance_step(activity.attended, f"{path}/attendance")
        if activity.completed_on:
            yield _step(activity.completed_on, f"{path}/complete", "completed_on", extent=activity.extent)
    for held in life.follow_ups:
        yield _follow_up_step(held, activities)


def _seat(course: Course) -> Json:
    return {"group_id": f"{{group-{course.group}}}"}


def _course_steps(insats: str, course: Course) -> Iterator[Step]:
    """Who came to each session, and the end of the seat."""
    came, seat = dict(course.came), f"{_PLANNING}/enrolments/{{enrolment}}"
    for day in sorted({*came, *course.registers}):
        if day in course.registers:
            held: Json = {"insats": insats, "group": course.code}
            yield _step(day, "/api/planning/groups/sessions/held", "session_on", **held)
        if day in came:
            yield _step(day, f"{seat}/attendance", "session_on", attended=came[day])
    yield _step(course.ended_on, f"{seat}/end", "ended_on", outcome=course.outcome)


def _taken(activity: Activity) -> Json:
    """The place that the activity takes, and who pays for it."""
    place = {} if activity.place is None else {"place_id": f"{{place-{activity.place}}}"}
    return place if activity.cost_bearer is None else {**place, "cost_bearer": activity.cost_bearer}


def _attendance_step(attended: Attended, path: str) -> Step:
    body: Json = {
        "from_on": attended.from_on.isoformat(),
        "to_on": attended.to_on.isoformat(),
        "weeks": attended.weeks,
        "hours_offered": attended.offered,
        "hours_attended": attended.attended,
    }
    return Step(attended.registered_on, path, body)


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
