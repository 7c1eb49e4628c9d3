"""From an event, a day or a request to appended events: lock, load, decide, append, rows. All go this way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from contracts.catalogue import INSATSER
from contracts.consent import INDIVIDUAL_FOLLOW_UP, Consents, consents_of
from contracts.corrections import CORRECTIONS, effective
from contracts.envelope import Event, Fact
from contracts.events import AnyEvent, midnight
from contracts.followup import FollowUpCompleted, FollowUpFact
from contracts.planning import (
    AfterSupportBegun,
    AfterSupportEnded,
    CalledMeetingHeld,
    CallWithdrawn,
    CasePutOnHold,
    CaseReopened,
    CaseResumed,
    CoordinatedPlanClosed,
    CoordinatedPlanMade,
    EmploymentDecided,
    EmploymentEnded,
    InsatsStarted,
    LotsAssigned,
    MeetingBooked,
    MeetingCalled,
    MeetingCancelled,
    MeetingHeld,
    NextFollowUpAgreed,
    ParticipantExited,
    PlannedActivity,
    PlanningDetailsReleased,
    PlanningEnded,
    SamplanReviderad,
    SamplanUpprättad,
    StepReached,
    SupportAssigned,
    SupportEnded,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.problems import NotFound
from contracts.referral import REFERRAL_FACTS, ConsentGiven
from services.chassis.database import Connection
from services.chassis.log import read_log
from services.chassis.timers import Timer, cancel_timers, set_timers
from services.chassis.unit import Unit
from services.followup import store, time_limit_store
from services.followup.domain import registering
from services.followup.domain.completion import CompleteFollowUp, FollowUpFinding, complete, released
from services.followup.domain.dates import DAY
from services.followup.domain.ledger import FollowUp, Ledger, LoggedEvent, fold
from services.followup.domain.obligations import Owed, owed, unknown_rules
from services.followup.domain.plans import activities_of
from services.followup.domain.reconcile import Conclusion, next_due, reconcile
from services.followup.domain.registering import Registration
from services.followup.domain.time_limits import Catalogue
from services.followup.domain.workers import supporters, worker_of
from services.followup.time_limit_store import TimeLimitRow

HEARD: Final[tuple[type[Fact], ...]] = (
    *REFERRAL_FACTS,
    TeamMeetingBooked,
    TeamMeetingHeld,
    MeetingBooked,
    MeetingHeld,
    MeetingCancelled,
    InsatsStarted,
    ParticipantExited,
    PlanningEnded,
    CaseReopened,
    CasePutOnHold,
    CaseResumed,
    LotsAssigned,
    SupportAssigned,
    SupportEnded,
    StepReached,
    SamplanUpprättad,
    SamplanReviderad,
    PlanningDetailsReleased,
    MeetingCalled,
    CallWithdrawn,
    CalledMeetingHeld,
    CoordinatedPlanMade,
    NextFollowUpAgreed,
    CoordinatedPlanClosed,
    EmploymentDecided,
    EmploymentEnded,
    AfterSupportBegun,
    AfterSupportEnded,
    *CORRECTIONS,
)
"""What is kept of the other services' events: all that may be an anchor or an end, start or stop a clock, or say
whose a follow-up is."""

RECONCILE: Final = "reconcile"


@dataclass(frozen=True)
class Registered:
    """A follow-up about which something was just registered, and what was appended."""

    case_id: UUID
    follow_up: FollowUp
    events: list[AnyEvent]


@dataclass(frozen=True)
class Asked:
    """What completing a follow-up asks about: its case, how it stands, whose it is, and the plan's activities.

    ``history``: what has been appended about it, in order, and ``taken_back`` the ids of what does not count.
    """

    case_id: UUID
    follow_up: FollowUp
    worker_id: str | None
    activities: tuple[PlannedActivity, ...]
    history: Sequence[LoggedEvent]
    taken_back: frozenset[UUID]


async def hear(unit: Unit, event: AnyEvent) -> None:
    """Takes in an event of planning or referral; the consumer has put it in the log."""
    await bring_up_to_date(unit, event.subject)


async def fire(unit: Unit, timer: Timer) -> None:
    """A day has come on which the calendar makes something true of a case."""
    await bring_up_to_date(unit, timer.stream_id)


async def bring_up_to_date(unit: Unit, case_id: UUID) -> list[AnyEvent]:
    """Appends whatever the ledger lacks today. Doing it again right away appends nothing."""
    log = await unit.lock_and_read(case_id)
    appended = await _append_missing(unit, case_id, log)
    await _write(unit, case_id, log, appended)
    return appended


async def _append_missing(unit: Unit, case_id: UUID, log: Sequence[LoggedEvent]) -> list[AnyEvent]:
    found = missing(log, await _findings(unit.conn, case_id, log), unit.today, INSATSER)
    facts, causes = [each.fact for each in found], [each.cause for each in found]
    return await unit.append(case_id, facts, association=_association(log), causes=causes)


def missing(
    log: Sequence[LoggedEvent],
    findings: Mapping[UUID, FollowUpFinding],
    today: date,
    catalogue: Catalogue,
) -> tuple[Conclusion, ...]:
    """The facts that a case's log lacks on a day. ``findings``: those kept of its completed follow-ups, by id."""
    ledger = fold(log)
    consents = _consents(log)
    consent = next((event.id for event in reversed(effective(log)) if _to_follow_up(event.data)), None)
    details = [
        Conclusion(fact, consent)
        for follow_up_id, follow_up in ledger.follow_ups.items()
        if follow_up.state == "completed" and follow_up_id in findings
        for fact in released(follow_up, findings[follow_up_id], consents)
    ]
    return (*reconcile(ledger, owed(log, catalogue, today), today), *details)


async def complete_follow_up(
    unit: Unit, follow_up_id: UUID, finding: FollowUpFinding, registered_by: str
) -> Registered:
    """Registers that a follow-up was held. Raises NotFound, Conflict or Invalid."""
    case_id = await _case_of(unit.conn, follow_up_id)
    log = await unit.lock_and_read(case_id)
    follow_up = fold(log).follow_ups[follow_up_id]
    activities = frozenset(each.activity_id for each in activities_of(log, follow_up.terms.samplan_id))
    facts = complete(CompleteFollowUp(finding, activities, _consents(log), unit.today), follow_up)
    await store.keep_finding(unit.conn, case_id, follow_up_id, finding, registered_by)
    return await _append(unit, case_id, follow_up_id, log, facts)


async def register(unit: Unit, follow_up_id: UUID, command: Registration) -> Registered:
    """Registers an attempt, that it is not to be held, or whose it is. Raises Refused."""
    case_id = await _case_of(unit.conn, follow_up_id)
    log = await unit.lock_and_read(case_id)
    follow_up = fold(log).follow_ups[follow_up_id]
    facts = registering.register(command, follow_up, worker_of(follow_up, supporters(log)), unit.today)
    return await _append(unit, case_id, follow_up_id, log, facts)


async def take_back(unit: Unit, follow_up_id: UUID, event_id: UUID, reason: str) -> Registered:
    """Takes back something that was registered about a follow-up, and appends what is owed again. Raises Refused."""
    case_id = await _case_of(unit.conn, follow_up_id)
    log = await unit.lock_and_read(case_id)
    about = [event for event in log if not isinstance(event.data, FollowUpFact) or _is_about(event, follow_up_id)]
    facts = registering.take_back(event_id, reason, about, unit.today)
    taken = await unit.append(case_id, facts, association=_association(log))
    appended = [*taken, *await _append_missing(unit, case_id, [*log, *taken])]
    after = await _write(unit, case_id, log, appended)
    return Registered(case_id, after[follow_up_id], appended)


async def asked(connection: Connection, follow_up_id: UUID) -> Asked:
    """What completing a follow-up asks about. Raises NotFound."""
    case_id = await _case_of(connection, follow_up_id)
    log = await read_log(connection, case_id)
    follow_up = fold(log).follow_ups[follow_up_id]
    history = [event for event in log if _is_about(event, follow_up_id)]
    return Asked(
        case_id=case_id,
        follow_up=follow_up,
        worker_id=worker_of(follow_up, supporters(log)),
        activities=activities_of(log, follow_up.terms.samplan_id),
        history=history,
        taken_back=frozenset(event.id for event in history) - {event.id for event in effective(log)},
    )


async def _append(
    unit: Unit, case_id: UUID, follow_up_id: UUID, log: Sequence[LoggedEvent], facts: Sequence[Fact]
) -> Registered:
    appended = await unit.append(case_id, facts, association=_association(log))
    after = await _write(unit, case_id, log, appended)
    return Registered(case_id, after[follow_up_id], appended)


def _is_about(event: LoggedEvent, follow_up_id: UUID) -> bool:
    return isinstance(event.data, FollowUpFact) and event.data.follow_up_id == follow_up_id


async def _findings(
    connection: Connection, case_id: UUID, log: Sequence[LoggedEvent]
) -> Mapping[UUID, FollowUpFinding]:
    """What the case's completed follow-ups found; most cases have none, and are not asked about."""
    if not any(isinstance(event.data, FollowUpCompleted) for event in log):
        return {}
    return await store.findings_of(connection, case_id)


async def _case_of(connection: Connection, follow_up_id: UUID) -> UUID:
    return (await _entry(connection, follow_up_id)).case_id


async def _entry(connection: Connection, follow_up_id: UUID) -> store.Entry:
    entry = await store.find(connection, follow_up_id)
    if entry is None:
        raise NotFound("follow_up_unknown", "Uppföljningen finns inte.")
    return entry


async def _write(
    unit: Unit, case_id: UUID, log: Sequence[LoggedEvent], appended: Sequence[AnyEvent]
) -> Mapping[UUID, FollowUp]:
    """Makes the case's rows and its timer what the log with the appended events says."""
    whole = [*log, *appended]
    # The log has the event that is being applied: the rows say what it said without it.
    before = _entries(case_id, [event for event in log if event.id != unit.cause])
    after = _entries(case_id, whole)
    await store.write_rows(unit.conn, [each for key, each in after.items() if before.get(key) != each])
    ledger, wanted = fold(whole), owed(whole, INSATSER, unit.today)
    if ledger.deadlines:
        await time_limit_store.write(unit.conn, case_id, _time_limits(case_id, ledger, wanted))
    day = next_due(ledger, wanted, unit.today)
    if unknown_rules(whole, INSATSER):
        # Asked again each day, so that the first version of the service that has the rule schedules what it owes.
        day = unit.today + DAY
    await _set_timer(unit.conn, case_id, day)
    return ledger.follow_ups


def _entries(case_id: UUID, log: Sequence[LoggedEvent]) -> Mapping[UUID, store.Entry]:
    by_role = supporters(log)
    return {
        key: store.Entry(case_id, follow_up, worker_of(follow_up, by_role))
        for key, follow_up in fold(log).follow_ups.items()
    }


def _time_limits(case_id: UUID, ledger: Ledger, wanted: Owed) -> list[TimeLimitRow]:
    """Those of the ledger that the rules still ask for: what set another never happened."""
    return [
        TimeLimitRow(
            deadline_id=limit_id,
            case_id=case_id,
            rule=limit.terms.rule,
            clock=limit.terms.clock,
            party=limit.terms.party,
            started_on=limit.terms.happened_on,
            limit_on=limit.terms.limit_on,
            state=ledger.deadlines[limit_id].state,
            stopped_on=limit.stopped[0] if limit.stopped else None,
        )
        for limit_id, limit in wanted.time_limits.items()
        if limit_id in ledger.deadlines
    ]


async def _set_timer(connection: Connection, case_id: UUID, day: date | None) -> None:
    key = f"{RECONCILE}:{case_id}"
    if day is None:
        await cancel_timers(connection, [key])
    else:
        await set_timers(connection, [Timer(key, case_id, RECONCILE, midnight(day))])


def _to_follow_up(fact: Fact) -> bool:
    return isinstance(fact, ConsentGiven) and fact.purpose == INDIVIDUAL_FOLLOW_UP


def _consents(log: Sequence[LoggedEvent]) -> Consents:
    return consents_of(event.data for event in effective(log))


def _association(log: Sequence[Event[Any]]) -> str | None:
    """A case has one association: that of the events heard of it."""
    return next((event.association for event in log if event.association is not None), None)
