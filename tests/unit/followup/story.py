"""Follow-ups to decide about: those of a samplan made on 1 March 2021, unless told otherwise."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from contracts.codes import ActivityOutcome, FollowUpReason, FollowUpResult, Member, SupersededBy, Timeliness
from contracts.envelope import Fact
from contracts.followup import (
    ActivityFinding,
    FollowUpCompleted,
    FollowUpFact,
    FollowUpMissed,
    FollowUpOpened,
    FollowUpScheduled,
    FollowUpSuperseded,
)
from contracts.planning import PlannedActivity, SamplanUpprättad
from contracts.referral import RuleRef
from services.followup.domain import (
    Command,
    Complete,
    Consent,
    FollowUp,
    LookAtCalendar,
    NoteExit,
    NoteReturn,
    Report,
    decide,
    evolve,
    schedule,
)
from tests.spec import DeciderSpec

PLAN_DAY = date(2021, 3, 1)
FIRST, SECOND = UUID(int=101), UUID(int=102)
FINSAM = RuleRef(insats="finsam-team", version=2)


def plan(made_on: date = PLAN_DAY, rule: RuleRef = FINSAM) -> SamplanUpprättad:
    activities = tuple(
        PlannedActivity(activity_id=activity, responsible=Member.KOMMUN) for activity in (FIRST, SECOND)
    )
    return SamplanUpprättad(
        happened_on=made_on, samplan_id=UUID(int=7), insats=rule.insats, activities=activities, rule=rule
    )


def owed(made_on: date = PLAN_DAY) -> dict[int, FollowUpScheduled]:
    """What the plan owes, by months."""
    return {terms.months: terms for terms in schedule(plan(made_on), [UUID(int=number) for number in (2, 6, 12)])}


# Due 2021-09-01, a Wednesday; opens 2021-08-18, closes 2021-10-16.
SCHEDULED = owed()[6]
OPENS, DUE, CLOSES, MISSED_FROM = date(2021, 8, 18), date(2021, 9, 1), date(2021, 10, 16), date(2021, 10, 17)


def _decide(command: Command, state: FollowUp | None) -> tuple[Fact, ...]:
    assert state is not None, "nothing is asked of a follow-up before it is scheduled"
    return decide(command, state)


spec: DeciderSpec[Command, FollowUp | None, Fact] = DeciderSpec(decide=_decide, evolve=evolve, initial=None)


def opened(terms: FollowUpScheduled = SCHEDULED) -> FollowUpOpened:
    return FollowUpOpened(happened_on=terms.opens_on, due_on=terms.due_on, **_about(terms))


def missed(terms: FollowUpScheduled = SCHEDULED, on: date = MISSED_FROM) -> FollowUpMissed:
    return FollowUpMissed(happened_on=on, due_on=terms.due_on, **_about(terms))


def completed(
    on: date,
    timeliness: Timeliness,
    result: FollowUpResult | None = None,
    reason: FollowUpReason | None = None,
    activities: Iterable[ActivityFinding] = (),
) -> FollowUpCompleted:
    return FollowUpCompleted(
        happened_on=on,
        due_on=DUE,
        timeliness=timeliness,
        result=result,
        reason=reason,
        activities=tuple(activities),
        **_about(SCHEDULED),
    )


def superseded(
    on: date, terms: FollowUpScheduled = SCHEDULED, cause: SupersededBy = SupersededBy.EXIT
) -> FollowUpSuperseded:
    return FollowUpSuperseded(happened_on=on, cause=cause, **_about(terms))


def _about(terms: FollowUpFact) -> dict[str, object]:
    return {"follow_up_id": terms.follow_up_id, "samplan_id": terms.samplan_id, "months": terms.months}


def found(first: ActivityOutcome, second: ActivityOutcome) -> tuple[ActivityFinding, ...]:
    return (
        ActivityFinding(activity_id=FIRST, outcome=first),
        ActivityFinding(activity_id=SECOND, outcome=second),
    )


def complete(
    held_on: date,
    today: date | None = None,
    *,
    result: FollowUpResult = FollowUpResult.ALL,
    reason: FollowUpReason | None = None,
    findings: tuple[ActivityFinding, ...] = (),
    consent: Consent = Consent.GIVEN,
) -> Complete:
    report = Report(held_on, result, reason, findings)
    return Complete(report, frozenset({FIRST, SECOND}), consent, today or held_on)


def look(today: date) -> LookAtCalendar:
    return LookAtCalendar(today)


def note_exit(on: date) -> NoteExit:
    return NoteExit(on)


def note_return(on: date) -> NoteReturn:
    return NoteReturn(on)
