"""Follow-ups to decide about: those of a samplan made on 1 March 2021, unless told otherwise."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from contracts import planning
from contracts.catalogue import INSATSER
from contracts.codes import ActivityOutcome, FollowUpReason, FollowUpResult, Member, SupersededBy, Timeliness
from contracts.consent import Consents, consents_of
from contracts.envelope import TIMER, Event, Fact
from contracts.events import event_of
from contracts.followup import (
    ActivityFinding,
    FollowUpCompleted,
    FollowUpEscalated,
    FollowUpFact,
    FollowUpMissed,
    FollowUpOpened,
    FollowUpReminded,
    FollowUpScheduled,
    FollowUpSuperseded,
)
from contracts.planning import PlannedActivity, SamplanUpprättad
from contracts.referral import Attributes, ConsentGiven, RuleRef
from services.followup.domain.completion import CompleteFollowUp, FollowUpFinding, complete
from services.followup.domain.ledger import FollowUp, Ledger, evolve
from services.followup.domain.obligations import owed
from services.followup.domain.reconcile import Conclusion, reconcile
from services.followup.domain.time_limits import Catalogue
from tests.spec import DeciderSpec

PLAN_DAY = date(2021, 3, 1)
FIRST, SECOND = UUID(int=101), UUID(int=102)
FINSAM = RuleRef(insats="finsam-team", version=2)
CASE = UUID(int=7)
_EVENTS = UUID(int=99)
GIVEN = consents_of([ConsentGiven(happened_on=PLAN_DAY, attributes=Attributes())])


def plan(made_on: date = PLAN_DAY, rule: RuleRef = FINSAM) -> SamplanUpprättad:
    activities = tuple(
        PlannedActivity(activity_id=activity, responsible=Member.KOMMUN) for activity in (FIRST, SECOND)
    )
    return SamplanUpprättad(
        happened_on=made_on, samplan_id=UUID(int=7), insats=rule.insats, activities=activities, rule=rule
    )


def logged(*facts: Fact, source: str = planning.SOURCE) -> list[Event[Any]]:
    """The facts as events of one source, in their order from sequence 1."""
    return [
        event_of(
            fact,
            event_id=uuid5(_EVENTS, f"{source}{sequence}"),
            stream_id=CASE,
            sequence=sequence,
            recorded=datetime.combine(fact.happened_on, time(12), UTC),
            actor=TIMER,
            source=source,
        )
        for sequence, fact in enumerate(facts, start=1)
    ]


def scheduled(made_on: date = PLAN_DAY, rule: RuleRef = FINSAM) -> dict[int | None, FollowUpScheduled]:
    """What the plan owes, by months."""
    found = owed(logged(plan(made_on, rule)), INSATSER, made_on).follow_ups.values()
    return {each.terms.months: each.terms for each in found}


# Due 2021-09-01, a Wednesday; opens 2021-08-18, closes 2021-10-16.
SCHEDULED = scheduled()[6]
OPENS, DUE, CLOSES, MISSED_FROM = date(2021, 8, 18), date(2021, 9, 1), date(2021, 10, 16), date(2021, 10, 17)


def folded(follow_up: FollowUp | None, fact: Fact) -> FollowUp:
    """One follow-up after one more fact about it."""
    assert isinstance(fact, FollowUpFact)
    before = {} if follow_up is None else {fact.follow_up_id: follow_up}
    return evolve(Ledger(before), fact, UUID(int=1)).follow_ups[fact.follow_up_id]


def _decide(command: CompleteFollowUp, state: FollowUp | None) -> tuple[Fact, ...]:
    assert state is not None, "nothing is asked of a follow-up before it is scheduled"
    return complete(command, state)


spec: DeciderSpec[CompleteFollowUp, FollowUp | None, Fact] = DeciderSpec(decide=_decide, evolve=folded, initial=None)


def conclusions(
    facts: Sequence[Fact], ledger: Ledger, today: date, catalogue: Catalogue = INSATSER
) -> list[Conclusion]:
    """What reconciling says of a case of which planning has told these facts."""
    return list(reconcile(ledger, owed(logged(*facts), catalogue, today), today))


def after(ledger: Ledger, found: Iterable[Conclusion]) -> Ledger:
    """The ledger once what was concluded is appended."""
    for each in found:
        ledger = evolve(ledger, each.fact, UUID(int=1))
    return ledger


def opened(terms: FollowUpScheduled = SCHEDULED) -> FollowUpOpened:
    return FollowUpOpened(happened_on=terms.opens_on, due_on=terms.due_on, **about(terms))


def missed(terms: FollowUpScheduled = SCHEDULED, on: date = MISSED_FROM) -> FollowUpMissed:
    return FollowUpMissed(happened_on=on, due_on=terms.due_on, **about(terms))


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
        **about(SCHEDULED),
    )


def reminded(day: date) -> list[FollowUpFact]:
    """The reminders of the follow-up up to a day, by the catalogue's chain."""
    due = {"due_on": SCHEDULED.due_on, **about(SCHEDULED)}
    chain = [
        FollowUpReminded(happened_on=DUE, step="due", **due),
        FollowUpReminded(happened_on=DUE + timedelta(days=7), step="overdue", **due),
        FollowUpEscalated(happened_on=DUE + timedelta(days=14), step="to-coordinator", to="coordinator", **due),
        FollowUpEscalated(happened_on=MISSED_FROM, step="to-manager", to="manager", **due),
    ]
    return [each for each in chain if each.happened_on <= day]


def until(day: date) -> list[FollowUpFact]:
    """Everything that the calendar alone makes true of the follow-up up to a day."""
    facts: list[FollowUpFact] = [SCHEDULED, opened(), missed(), *reminded(day)]
    return sorted((each for each in facts if each.happened_on <= day), key=lambda each: each.happened_on)


def superseded(
    on: date, terms: FollowUpScheduled = SCHEDULED, cause: SupersededBy = SupersededBy.EXIT
) -> FollowUpSuperseded:
    return FollowUpSuperseded(happened_on=on, cause=cause, **about(terms))


def about(terms: FollowUpFact) -> dict[str, Any]:
    """The fields that say which follow-up a fact is about."""
    return terms.model_dump(include={"follow_up_id", "point", "anchor", "samplan_id", "months"})


def found(first: ActivityOutcome, second: ActivityOutcome) -> tuple[ActivityFinding, ...]:
    return (
        ActivityFinding(activity_id=FIRST, outcome=first),
        ActivityFinding(activity_id=SECOND, outcome=second),
    )


def held(
    held_on: date,
    today: date | None = None,
    *,
    result: FollowUpResult = FollowUpResult.ALL,
    reason: FollowUpReason | None = None,
    findings: tuple[ActivityFinding, ...] = (),
    consents: Consents = GIVEN,
) -> CompleteFollowUp:
    finding = FollowUpFinding(held_on, result, reason, findings)
    return CompleteFollowUp(finding, frozenset({FIRST, SECOND}), consents, today or held_on)
