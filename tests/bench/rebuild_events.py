"""Invented case histories with every kind of event, from a seed: what a rebuild reads, and laws are tried on.

The wire form is built with the contract's own models, so that sizes and shapes are the real ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from contracts import events, topics
from contracts.catalogue import AGENCIES, INSATSER
from contracts.catalogue.vocabulary import words
from contracts.codes import (
    ActivityExtent,
    ActivityOutcome,
    Benefit,
    Education,
    FollowUpReason,
    FollowUpResult,
    MeetingMode,
    Member,
    NationalExitCode,
    ReturnStage,
    Sex,
    StepKind,
    SupersededBy,
    Timeliness,
)
from contracts.corrections import RegisteredInError
from contracts.envelope import TIMER, Fact
from contracts.events import AnyEvent
from contracts.followup import (
    ActivityFinding,
    FollowUpCompleted,
    FollowUpDetailsReleased,
    FollowUpMissed,
    FollowUpOpened,
    FollowUpReinstated,
    FollowUpScheduled,
    FollowUpSuperseded,
)
from contracts.planning import (
    ActivityBlocked,
    ActivityCancelled,
    ActivityCompleted,
    ActivityStarted,
    ActivityUnblocked,
    CaseHandedBack,
    CaseReopened,
    DocumentRequested,
    DocumentRequestEnded,
    InsatsStarted,
    LotsAssigned,
    MeetingBooked,
    MeetingCancelled,
    MeetingHeld,
    ParticipantExited,
    PlannedActivity,
    PlanningDetailsReleased,
    SamplanReviderad,
    SamplanUpprättad,
    StepReached,
    SupportAssigned,
    SupportEnded,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.referral import (
    Attributes,
    CompletionReceived,
    CompletionRequested,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    HandBackAcknowledged,
    ReferralAccepted,
    ReferralReceived,
    ReferralReturned,
    RuleRef,
)

T = TypeVar("T")

FINSAM_TEAM = "finsam-team"
_EXIT_REASONS = (
    ("work", "1"),
    ("studies", "1"),
    ("continued_rehabilitation", "2"),
    ("illness", "3"),
    ("parental_leave", "parental_leave"),
    ("moved", "moved"),
    ("broke_off", "other"),
    ("ended", "none"),
)
TOPIC_OF = dict(zip(("/samspel/referral", "/samspel/planning", "/samspel/followup"), topics.DOMAIN, strict=True))


@dataclass(frozen=True)
class AppendedEvent:
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
    appended: list[AppendedEvent] = field(default_factory=list)
    events: list[AnyEvent] = field(default_factory=list)
    last: dict[str, int] = field(default_factory=dict)

    def append(self, fact: Fact, source: str | None = None) -> AnyEvent:
        """Registers a fact, most often some days after it happened."""
        source = source or fact.sources[0]
        sequence = self.last[source] = self.last.get(source, 0) + 1
        registered = self.day + timedelta(days=self.chance.choice((0, 0, 0, 1, 3)))
        earliest = max((each.recorded for each in self.appended), default=datetime.min.replace(tzinfo=UTC))
        moment = datetime.combine(registered, time(8), UTC) + timedelta(seconds=self.chance.randrange(30_000))
        recorded = max(earliest, moment)
        event = events.event_of(
            fact,
            event_id=_uuid(self.chance),
            stream_id=self.case_id,
            sequence=sequence,
            recorded=recorded,
            actor=TIMER,
            source=source,
            association="stockholm",
        )
        self.appended.append(AppendedEvent(self.case_id, TOPIC_OF[source], recorded, events.encode(event)))
        self.events.append(event)
        return event

    def correct(self, event: AnyEvent) -> AnyEvent:
        """Registers that an event was registered in error."""
        fact = RegisteredInError(happened_on=self.day, event_id=event.id, reason="wrong_person")
        return self.append(fact, event.source)

    def pass_days(self, least: int, most: int) -> date:
        self.day += timedelta(days=self.chance.randint(least, most))
        return self.day

    def perhaps(self, probability: float) -> bool:
        return self.chance.random() < probability

    def one_of(self, choices: type[T] | tuple[T, ...]) -> T:
        return self.chance.choice(tuple(choices))  # type: ignore[arg-type]  # an Enum class is iterable


def history(chance: Random, first: date = date(2020, 2, 3), last: date = date(2021, 12, 30)) -> list[AppendedEvent]:
    """All events of one case, in the order they were registered."""
    day = first + timedelta(days=chance.randint(0, (last - first).days))
    case = _Case(chance, _uuid(chance), day)
    insats = FINSAM_TEAM if case.perhaps(0.6) else case.chance.choice(sorted(INSATSER))
    consents = _refer(case, insats)
    if case.perhaps(0.1):
        _complete(case)
    if case.perhaps(0.06):
        case.pass_days(2, 30)
        reason = case.one_of(_words("return_reasons")) if consents else None
        stage = case.one_of(ReturnStage)
        case.append(ReferralReturned(happened_on=case.day, stage=stage, reason=reason))
    elif case.perhaps(0.95):
        case.pass_days(0, 9)
        case.append(ReferralAccepted(happened_on=case.day))
        _take_part(case, insats, consents)
    if case.perhaps(0.1):
        _correct(case)
    return case.appended


def histories(seed: int, at_least: int) -> Iterator[list[AppendedEvent]]:
    """Case after case, until there are at least so many events."""
    chance = Random(seed)
    count = 0
    while count < at_least:
        case = history(chance)
        count += len(case)
        yield case


def _refer(case: _Case, insats: str) -> bool:
    agency = case.one_of(tuple(AGENCIES.values()))
    unit = case.one_of(agency.units)
    sex = case.chance.choices(tuple(Sex), weights=(48, 48, 2, 2))[0]
    case.append(
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
    case.append(_yes(case) if consents else ConsentRefused(happened_on=case.day))
    return consents


def _complete(case: _Case) -> None:
    """The referral lacks something, which comes or not."""
    completion = _uuid(case.chance)
    what, asked_of = case.one_of(_words("missing_things")), case.one_of(_words("asked_for_completion"))
    case.append(CompletionRequested(happened_on=case.day, completion_id=completion, what=(what,), asked_of=asked_of))
    case.pass_days(1, 20)
    if case.perhaps(0.7):
        case.append(CompletionReceived(happened_on=case.day, completion_id=completion))


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
    elif case.perhaps(0.3):
        _meet_otherwise(case)
    started = case.perhaps(0.95)
    if started:
        case.pass_days(0, 12)
        case.append(InsatsStarted(happened_on=case.day, insats=insats, rule=_rule(insats, case.day)))
    if insats == FINSAM_TEAM:
        consents = _carry_out(case, insats, consents)
    if case.perhaps(0.06):
        case.pass_days(1, 20)
        case.append(ConsentWithdrawn(happened_on=case.day) if consents else _yes(case))
        consents = not consents
    if case.perhaps(0.3):
        _reach_steps(case, insats, consents)
    episode = 1
    while started and case.perhaps(0.5 if episode == 1 else 0.7):
        case.pass_days(20, 200)
        exited = _exit(case, insats, episode, consents)
        _hand_back(case, insats, episode)
        if not consents and case.perhaps(0.3):
            _release(case, exited)
            consents = True
        if not case.perhaps(0.2):
            break
        episode += 1
        case.pass_days(1, 90)
        case.append(CaseReopened(happened_on=case.day, episode=episode))


def _reach_steps(case: _Case, insats: str, consents: bool) -> None:
    """A paper is asked for and comes, or is given up; something is rated."""
    rule, request = _rule(insats, case.day), _uuid(case.chance)
    told = {"document": "journal", "asked_of": "health_care"} if consents else {}
    asked = DocumentRequested(happened_on=case.day, request_id=request, step="underlag", rule=rule, **told)
    case.append(asked)
    case.pass_days(0, 40)
    if case.perhaps(0.6):
        came = {"document": "journal", "request_id": request} if consents else {"request_id": request}
        case.append(_step(case, rule, "underlag", StepKind.DOCUMENT, **came))
    elif case.perhaps(0.5):
        case.append(DocumentRequestEnded(happened_on=case.day, request_id=request))
    score = {"score": case.chance.randint(0, 20) / 4} if consents else {}
    case.append(_step(case, rule, "progressionskort", StepKind.RATING, **score))


def _step(case: _Case, rule: RuleRef, step: str, kind: StepKind, **more: Any) -> StepReached:
    return StepReached(happened_on=case.day, step_id=_uuid(case.chance), step=step, kind=kind, rule=rule, **more)


def _correct(case: _Case) -> None:
    """One or several events after the referral were registered in error, or it was an error to say so."""
    case.pass_days(0, 5)
    able = [each for each in case.events if not isinstance(each.data, ReferralReceived)]
    for wrong in case.chance.sample(able, k=min(len(able), case.chance.choice((1, 1, 2)))):
        correction = case.correct(wrong)
        while case.perhaps(0.4):
            correction = case.correct(correction)
        if case.perhaps(0.2):
            case.correct(wrong)


def _release(case: _Case, exited: AnyEvent) -> None:
    """The person consents after all: what was withheld is released."""
    case.pass_days(0, 30)
    case.append(_yes(case))
    reason, national = case.one_of(_EXIT_REASONS)
    case.append(
        PlanningDetailsReleased(
            happened_on=case.day, event_id=exited.id, reason=reason, national_code=NationalExitCode(national)
        )
    )
    for each in list(case.events):
        if isinstance(held := each.data, FollowUpCompleted) and held.result is None:
            about = held.model_dump(include={"follow_up_id", "point", "anchor", "samplan_id", "months"})
            result = case.one_of(FollowUpResult)
            reason_of = None if result is FollowUpResult.ALL else case.one_of(FollowUpReason)
            case.append(FollowUpDetailsReleased(happened_on=case.day, **about, result=result, reason=reason_of))


def _meet_otherwise(case: _Case) -> None:
    """A meeting that is not a team's."""
    meeting, mode = _uuid(case.chance), case.one_of(MeetingMode)
    meets_on = case.day + timedelta(days=10)
    case.append(
        MeetingBooked(happened_on=case.day, meeting_id=meeting, kind="informationsmote", meets_on=meets_on, mode=mode)
    )
    if case.perhaps(0.2):
        case.append(MeetingCancelled(happened_on=case.day, meeting_id=meeting, reason="called_off"))
    else:
        case.append(MeetingHeld(happened_on=meets_on, meeting_id=meeting, kind="informationsmote", mode=mode))


def _meet(case: _Case) -> None:
    meeting, team = _uuid(case.chance), f"team-{case.chance.randint(1, 6)}"
    meets_on, starts_at = case.day + timedelta(days=case.chance.randint(5, 20)), case.one_of((time(9), time(13)))
    mode = case.one_of(MeetingMode)
    case.append(
        TeamMeetingBooked(
            happened_on=case.day, meeting_id=meeting, team=team, meets_on=meets_on, starts_at=starts_at, mode=mode
        )
    )
    if case.perhaps(0.95):
        case.day = meets_on
        case.append(TeamMeetingHeld(happened_on=meets_on, meeting_id=meeting, team=team, mode=mode))
    else:
        case.append(MeetingCancelled(happened_on=case.day, meeting_id=meeting, reason="not_attended"))


def _carry_out(case: _Case, insats: str, consents: bool) -> bool:
    plan = SamplanUpprättad(
        happened_on=case.day,
        samplan_id=_uuid(case.chance),
        insats=insats,
        activities=tuple(_activity(case, consents) for _ in range(case.chance.randint(1, 3))),
        rule=_rule(insats, case.day),
    )
    made = case.append(plan)
    owed = [_scheduled(case, plan, made.id, months) for months in (2, 6, 12)]
    for each in owed:
        case.append(each)
    if case.perhaps(0.3):
        _support(case)
    if case.perhaps(0.1):
        more = (_activity(case, consents),)
        case.append(SamplanReviderad(happened_on=case.day, samplan_id=plan.samplan_id, version=2, added=more))
    for activity in plan.activities:
        _progress(case, plan, activity, consents)
    for each in owed[: case.chance.randint(0, 3)]:
        _follow_up(case, plan, each, consents)
    return consents


def _support(case: _Case) -> None:
    support = _uuid(case.chance)
    worker = f"lots-{case.chance.randint(1, 2)}"
    if case.perhaps(0.8):
        case.append(LotsAssigned(happened_on=case.day, support_id=support, lots_id=worker))
    else:
        case.append(SupportAssigned(happened_on=case.day, support_id=support, role="case-manager", worker_id=worker))
    if case.perhaps(0.6):
        ended_on = case.day + timedelta(days=case.chance.randint(10, 200))
        case.append(SupportEnded(happened_on=ended_on, support_id=support, reason="agreed"))


def _activity(case: _Case, consents: bool) -> PlannedActivity:
    kind = case.one_of(_words("activity_kinds")) if consents else None
    return PlannedActivity(activity_id=_uuid(case.chance), responsible=case.one_of(Member), kind=kind)


def _progress(case: _Case, plan: SamplanUpprättad, activity: PlannedActivity, consents: bool) -> None:
    about = {"samplan_id": plan.samplan_id, "activity_id": activity.activity_id}
    if case.perhaps(0.1):
        hindered = case.one_of(_words("activity_hindrances")) if consents else None
        case.append(ActivityBlocked(happened_on=case.day, **about, reason=hindered))
        case.pass_days(3, 20)
        if case.perhaps(0.5):
            case.append(ActivityUnblocked(happened_on=case.day, **about))
    if case.perhaps(0.1):
        cancelled = case.one_of(_words("activity_cancellations")) if consents else None
        case.append(ActivityCancelled(happened_on=case.day, **about, reason=cancelled))
        return
    if case.perhaps(0.8):
        case.pass_days(3, 20)
        case.append(
            ActivityStarted(happened_on=case.day, samplan_id=plan.samplan_id, activity_id=activity.activity_id)
        )
    if case.perhaps(0.6):
        case.pass_days(3, 20)
        case.append(
            ActivityCompleted(
                happened_on=case.day,
                samplan_id=plan.samplan_id,
                activity_id=activity.activity_id,
                extent=case.one_of(ActivityExtent),
            )
        )


def _scheduled(case: _Case, plan: SamplanUpprättad, anchor: UUID, months: int) -> FollowUpScheduled:
    due = plan.happened_on + timedelta(days=30 * months)
    return FollowUpScheduled(
        happened_on=plan.happened_on,
        follow_up_id=_uuid(case.chance),
        point=f"uppfoljning-{months}",
        anchor=anchor,
        samplan_id=plan.samplan_id,
        months=months,
        nominal_on=due,
        due_on=due,
        opens_on=due - timedelta(days=14),
        closes_on=due + timedelta(days=45),
        responsible="lots" if months == 2 else "koordinator",
        rule=plan.rule,
    )


def _follow_up(case: _Case, plan: SamplanUpprättad, owed: FollowUpScheduled, consents: bool) -> None:
    about = owed.model_dump(include={"follow_up_id", "point", "anchor", "samplan_id", "months"})
    case.day = max(case.day, owed.opens_on)
    if case.perhaps(0.1):
        case.append(FollowUpSuperseded(happened_on=case.day, **about, cause=SupersededBy.EXIT))
        if case.perhaps(0.7):
            return
        case.append(FollowUpReinstated(happened_on=case.day, **about))
    case.append(FollowUpOpened(happened_on=owed.opens_on, **about, due_on=owed.due_on))
    missed = case.perhaps(0.2)
    if missed:
        case.day = max(case.day, owed.closes_on + timedelta(days=1))
        case.append(FollowUpMissed(happened_on=case.day, **about, due_on=owed.due_on))
    if missed and case.perhaps(0.5):
        return
    case.pass_days(0, 20)
    result = case.one_of(FollowUpResult)
    case.append(
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


def _exit(case: _Case, insats: str, episode: int, consents: bool) -> AnyEvent:
    reason, national = case.one_of(_EXIT_REASONS)
    return case.append(
        ParticipantExited(
            happened_on=case.day,
            insats=insats,
            episode=episode,
            reason=reason if consents else None,
            national_code=NationalExitCode(national) if consents else None,
            extent_percent=case.one_of((25, 50, 100)) if consents and national == "1" else None,
            support="none" if consents and reason == "work" else None,
            livelihood=(case.one_of(Benefit),) if consents else None,
            rule=_rule(insats, case.day),
        )
    )


def _hand_back(case: _Case, insats: str, episode: int) -> None:
    """Most cases go back to their referrers, half of whom say that they go on."""
    if not case.perhaps(0.9):
        return
    hand_back_id = _uuid(case.chance)
    case.append(
        CaseHandedBack(
            happened_on=case.day,
            hand_back_id=hand_back_id,
            insats=insats,
            episode=episode,
            to="anmalare",
            rule=_rule(insats, case.day),
        )
    )
    if case.perhaps(0.5):
        case.append(HandBackAcknowledged(happened_on=case.day, hand_back_id=hand_back_id))


def _words(name: str) -> tuple[str, ...]:
    return tuple(words()[name])


def _rule(insats: str, day: date) -> RuleRef:
    rule = INSATSER[insats].rule_on(day)
    return RuleRef(insats=insats, version=rule.version if rule else 1)


def _uuid(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
