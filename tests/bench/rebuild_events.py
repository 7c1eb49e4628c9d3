"""Invented case histories with all that a case can tell, from a seed: what a rebuild reads, and laws are tried on.

The wire form is built with the contract's own models, so that sizes and shapes are the real ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

from contracts import events, topics
from contracts.catalogue import AGENCIES, INSATSER
from contracts.codes import (
    NATIONAL_EXIT_CODE,
    ActivityExtent,
    ActivityKind,
    ActivityOutcome,
    Benefit,
    Education,
    ExitReason,
    FollowUpReason,
    FollowUpResult,
    MeetingMode,
    Member,
    ReturnReason,
    Role,
    Sex,
    SupersededBy,
    Timeliness,
)
from contracts.envelope import Fact
from contracts.followup import (
    ActivityFinding,
    FollowUpCompleted,
    FollowUpMissed,
    FollowUpOpened,
    FollowUpScheduled,
    FollowUpSuperseded,
)
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
from contracts.referral import (
    Attributes,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    ReferralAccepted,
    ReferralReceived,
    ReferralReturned,
    RuleRef,
)

T = TypeVar("T")

FINSAM_TEAM = "finsam-team"
TOPIC_OF = dict(zip(("/samspel/referral", "/samspel/planning", "/samspel/followup"), topics.DOMAIN, strict=True))


@dataclass(frozen=True)
class Told:
    """One event as it lies on its topic."""

    case_id: UUID
    topic: str
    recorded: datetime
    value: bytes


@dataclass
class _Case:
    """A history being written: ``day`` moves on as things happen."""

    chance: Random
    case_id: UUID
    day: date
    told: list[Told] = field(default_factory=list)
    last: dict[str, int] = field(default_factory=dict)

    def append(self, fact: Fact) -> None:
        """Registers a fact, most often some days after it happened."""
        sequence = self.last[fact.source] = self.last.get(fact.source, 0) + 1
        registered = self.day + timedelta(days=self.chance.choice((0, 0, 0, 1, 3)))
        earliest = max((each.recorded for each in self.told), default=datetime.min.replace(tzinfo=UTC))
        moment = datetime.combine(registered, time(8), UTC) + timedelta(seconds=self.chance.randrange(30_000))
        recorded = max(earliest, moment)
        event = events.envelope(
            fact, event_id=_uuid(self.chance), case_id=self.case_id, sequence=sequence, recorded=recorded
        )
        self.told.append(Told(self.case_id, TOPIC_OF[fact.source], recorded, events.encode(event)))

    def pass_days(self, least: int, most: int) -> date:
        self.day += timedelta(days=self.chance.randint(least, most))
        return self.day

    def perhaps(self, probability: float) -> bool:
        return self.chance.random() < probability

    def one_of(self, choices: type[T] | tuple[T, ...]) -> T:
        return self.chance.choice(tuple(choices))  # type: ignore[arg-type]  # an Enum class is iterable


def history(chance: Random, first: date = date(2020, 2, 3), last: date = date(2021, 12, 30)) -> list[Told]:
    """All events of one case, in the order they were registered."""
    day = first + timedelta(days=chance.randint(0, (last - first).days))
    case = _Case(chance, _uuid(chance), day)
    insats = FINSAM_TEAM if case.perhaps(0.6) else case.chance.choice(sorted(INSATSER))
    consents = _refer(case, insats)
    if case.perhaps(0.06):
        case.pass_days(2, 30)
        reason = case.one_of(ReturnReason) if consents else None
        case.tell(ReferralReturned(happened_on=case.day, reason=reason))
    elif case.perhaps(0.95):
        case.pass_days(0, 9)
        case.tell(ReferralAccepted(happened_on=case.day))
        _take_part(case, insats, consents)
    return case.told


def histories(seed: int, at_least: int) -> Iterator[list[Told]]:
    """Case after case, until there are at least so many events."""
    chance = Random(seed)
    told = 0
    while told < at_least:
        case = history(chance)
        told += len(case)
        yield case


def _refer(case: _Case, insats: str) -> bool:
    agency = case.one_of(tuple(AGENCIES.values()))
    unit = case.one_of(agency.units)
    sex = case.chance.choices(tuple(Sex), weights=(48, 48, 2, 2))[0]
    case.tell(
        ReferralReceived(
            happened_on=case.day,
            person_id=_uuid(case.chance),
            insats=insats,
            agency=agency.id,
            unit=unit.id,
            unit_kind=unit.kind,
            sex=sex,
            rule=_rule(insats, case.day),
        )
    )
    consents = case.perhaps(0.9)
    case.tell(_yes(case) if consents else ConsentRefused(happened_on=case.day))
    return consents


def _yes(case: _Case) -> ConsentGiven:
    attributes = Attributes(
        age=case.chance.randint(16, 64),
        education=case.one_of(Education),
        benefits=tuple(case.chance.sample(tuple(Benefit), k=2)),
        public_support_years=case.chance.randint(0, 12),
        needs=tuple(case.chance.sample(tuple(Member), k=2)),
    )
    return ConsentGiven(happened_on=case.day, attributes=attributes)


def _take_part(case: _Case, insats: str, consents: bool) -> None:
    if insats == FINSAM_TEAM and case.perhaps(0.95):
        _meet(case)
    started = case.perhaps(0.95)
    if started:
        case.pass_days(0, 12)
        case.tell(InsatsStarted(happened_on=case.day, insats=insats, rule=_rule(insats, case.day)))
    if insats == FINSAM_TEAM:
        consents = _carry_out(case, insats, consents)
    if case.perhaps(0.06):
        case.pass_days(1, 20)
        case.tell(ConsentWithdrawn(happened_on=case.day) if consents else _yes(case))
        consents = not consents
    if started and case.perhaps(0.5):
        case.pass_days(20, 200)
        _exit(case, insats, consents)


def _meet(case: _Case) -> None:
    meeting, team = _uuid(case.chance), f"team-{case.chance.randint(1, 6)}"
    meets_on, starts_at = case.day + timedelta(days=case.chance.randint(5, 20)), case.one_of((time(9), time(13)))
    mode = case.one_of(MeetingMode)
    case.tell(
        TeamMeetingBooked(
            happened_on=case.day, meeting_id=meeting, team=team, meets_on=meets_on, starts_at=starts_at, mode=mode
        )
    )
    if case.perhaps(0.95):
        case.day = meets_on
        case.tell(TeamMeetingHeld(happened_on=meets_on, meeting_id=meeting, team=team, mode=mode))


def _carry_out(case: _Case, insats: str, consents: bool) -> bool:
    plan = SamplanUpprättad(
        happened_on=case.day,
        samplan_id=_uuid(case.chance),
        insats=insats,
        activities=tuple(_activity(case, consents) for _ in range(case.chance.randint(1, 3))),
        rule=_rule(insats, case.day),
    )
    case.tell(plan)
    owed = [_scheduled(case, plan, months) for months in (2, 6, 12)]
    for each in owed:
        case.tell(each)
    if case.perhaps(0.3):
        case.tell(LotsAssigned(happened_on=case.day, lots_id=f"lots-{case.chance.randint(1, 2)}"))
    for activity in plan.activities:
        _progress(case, plan, activity)
    for each in owed[: case.chance.randint(0, 3)]:
        _follow_up(case, plan, each, consents)
    return consents


def _activity(case: _Case, consents: bool) -> PlannedActivity:
    kind = case.one_of(ActivityKind) if consents else None
    return PlannedActivity(activity_id=_uuid(case.chance), responsible=case.one_of(Member), kind=kind)


def _progress(case: _Case, plan: SamplanUpprättad, activity: PlannedActivity) -> None:
    if case.perhaps(0.8):
        case.pass_days(3, 20)
        case.tell(ActivityStarted(happened_on=case.day, samplan_id=plan.samplan_id, activity_id=activity.activity_id))
    if case.perhaps(0.6):
        case.pass_days(3, 20)
        case.tell(
            ActivityCompleted(
                happened_on=case.day,
                samplan_id=plan.samplan_id,
                activity_id=activity.activity_id,
                extent=case.one_of(ActivityExtent),
            )
        )


def _scheduled(case: _Case, plan: SamplanUpprättad, months: int) -> FollowUpScheduled:
    due = plan.happened_on + timedelta(days=30 * months)
    return FollowUpScheduled(
        happened_on=plan.happened_on,
        follow_up_id=_uuid(case.chance),
        samplan_id=plan.samplan_id,
        months=months,
        nominal_on=due,
        due_on=due,
        opens_on=due - timedelta(days=14),
        closes_on=due + timedelta(days=45),
        responsible=Role.LOTS if months == 2 else Role.COORDINATOR,
        rule=plan.rule,
    )


def _follow_up(case: _Case, plan: SamplanUpprättad, owed: FollowUpScheduled, consents: bool) -> None:
    about = {"follow_up_id": owed.follow_up_id, "samplan_id": owed.samplan_id, "months": owed.months}
    case.day = max(case.day, owed.opens_on)
    if case.perhaps(0.1):
        case.tell(FollowUpSuperseded(happened_on=case.day, **about, cause=SupersededBy.EXIT))
        return
    case.tell(FollowUpOpened(happened_on=owed.opens_on, **about, due_on=owed.due_on))
    missed = case.perhaps(0.2)
    if missed:
        case.day = max(case.day, owed.closes_on + timedelta(days=1))
        case.tell(FollowUpMissed(happened_on=case.day, **about, due_on=owed.due_on))
    if missed and case.perhaps(0.5):
        return
    case.pass_days(0, 20)
    result = case.one_of(FollowUpResult)
    case.tell(
        FollowUpCompleted(
            happened_on=case.day,
            **about,
            due_on=owed.due_on,
            timeliness=Timeliness.LATE if missed else Timeliness.IN_TIME,
            result=result if consents else None,
            reason=case.one_of(FollowUpReason) if consents and result is not FollowUpResult.ALL else None,
            activities=tuple(
                ActivityFinding(activity_id=each.activity_id, outcome=case.one_of(ActivityOutcome))
                for each in plan.activities
                if consents
            ),
        )
    )


def _exit(case: _Case, insats: str, consents: bool) -> None:
    reason = case.one_of(ExitReason)
    case.tell(
        ParticipantExited(
            happened_on=case.day,
            insats=insats,
            reason=reason if consents else None,
            national_code=NATIONAL_EXIT_CODE[reason] if consents else None,
            rule=_rule(insats, case.day),
        )
    )


def _rule(insats: str, day: date) -> RuleRef:
    rule = INSATSER[insats].rule_on(day)
    return RuleRef(insats=insats, version=rule.version if rule else 1)


def _uuid(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
