"""From an event, a day or a request to appended events: lock, load, decide, append, rows. All go this way."""

from collections.abc import Iterator, Mapping, Sequence
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
from services.chassis.log import read_log, read_logs
from services.chassis.timers import Timer, cancel_timers, set_timers
from services.chassis.unit import Append, Unit
from services.followup import store, time_limit_store
from services.followup.case import case_of
from services.followup.domain import registering
from services.followup.domain.completion import CompleteFollowUp, FollowUpFinding, complete, released
from services.followup.domain.ledger import FollowUp, Ledger, LoggedEvent, fold
from services.followup.domain.obligations import owed
from services.followup.domain.plans import activities_of
from services.followup.domain.reconcile import Conclusion, reconcile
from services.followup.domain.registering import Registration
from services.followup.domain.time_limits import Catalogue
from services.followup.domain.workers import supporters, worker_of

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


async def fire(unit: Unit, timers: Sequence[Timer]) -> None:
    """A day has come on which the calendar makes something true of cases."""
    await bring_all_up_to_date(unit, [timer.stream_id for timer in timers])


async def bring_all_up_to_date(unit: Unit, case_ids: Sequence[UUID]) -> list[AnyEvent]:
    """As :func:`bring_up_to_date` of many cases, which the unit has locked, in as many round trips as of one."""
    return await _bring_up_to_date(unit, await read_logs(unit.conn, case_ids))


async def bring_up_to_date(unit: Unit, case_id: UUID) -> list[AnyEvent]:
    """Appends whatever the ledger lacks today. Doing it again right away appends nothing."""
    return await _bring_up_to_date(unit, {case_id: await unit.lock_and_read(case_id)})


async def _bring_up_to_date(unit: Unit, logs: Mapping[UUID, Sequence[LoggedEvent]]) -> list[AnyEvent]:
    appended = await _append_missing(unit, logs)
    await _write(unit, logs, appended)
    return appended


async def _append_missing(unit: Unit, logs: Mapping[UUID, Sequence[LoggedEvent]]) -> list[AnyEvent]:
    findings = await _findings(unit.conn, logs)
    appends = []
    for case_id, log in logs.items():
        found = missing(log, findings.get(case_id, {}), unit.today, INSATSER)
        facts, causes = [each.fact for each in found], [each.cause for each in found]
        appends.append(Append(case_id, facts, _association(log), causes=causes))
    return await unit.append_all(appends)


def missing(
    log: Sequence[LoggedEvent],
    findings: Mapping[UUID, FollowUpFinding],
    today: date,
    catalogue: Catalogue,
) -> tuple[Conclusion, ...]:
    """The facts that a case's log lacks on a day. ``findings``: those kept of its completed follow-ups, by id."""
    ledger = fold(log)
    found = reconcile(ledger, owed(log, catalogue, today), today)
    return (*found, *_details(log, ledger, findings)) if findings else found


def _details(
    log: Sequence[LoggedEvent], ledger: Ledger, findings: Mapping[UUID, FollowUpFinding]
) -> Iterator[Conclusion]:
    """What consent allows to be said of completed follow-ups and has not been said."""
    consents = _consents(log)
    consent = next((event.id for event in reversed(effective(log)) if _to_follow_up(event.data)), None)
    for follow_up_id, follow_up in ledger.follow_ups.items():
        if follow_up.state == "completed" and follow_up_id in findings:
            yield from (Conclusion(fact, consent) for fact in released(follow_up, findings[follow_up_id], consents))


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
    appended = [*taken, *await _append_missing(unit, {case_id: [*log, *taken]})]
    after = await _write(unit, {case_id: log}, appended)
    return Registered(case_id, after[case_id].follow_ups[follow_up_id], appended)


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
    after = await _write(unit, {case_id: log}, appended)
    return Registered(case_id, after[case_id].follow_ups[follow_up_id], appended)


def _is_about(event: LoggedEvent, follow_up_id: UUID) -> bool:
    return isinstance(event.data, FollowUpFact) and event.data.follow_up_id == follow_up_id


async def _findings(
    connection: Connection, logs: Mapping[UUID, Sequence[LoggedEvent]]
) -> Mapping[UUID, Mapping[UUID, FollowUpFinding]]:
    """What the cases' completed follow-ups found; most cases have none, and are not asked about."""
    completed = [
        case_id for case_id, log in logs.items() if any(isinstance(event.data, FollowUpCompleted) for event in log)
    ]
    return {case_id: await store.findings_of(connection, case_id) for case_id in completed}


async def _case_of(connection: Connection, follow_up_id: UUID) -> UUID:
    return (await _entry(connection, follow_up_id)).case_id


async def _entry(connection: Connection, follow_up_id: UUID) -> store.Entry:
    entry = await store.find(connection, follow_up_id)
    if entry is None:
        raise NotFound("follow_up_unknown", "Uppföljningen finns inte.")
    return entry


async def _write(
    unit: Unit, logs: Mapping[UUID, Sequence[LoggedEvent]], appended: Sequence[AnyEvent]
) -> Mapping[UUID, Ledger]:
    """Makes the cases' rows and timers what their logs with the appended events say; the ledgers after them."""
    after = {case_id: list(log) for case_id, log in logs.items()}
    for event in appended:
        after[event.subject].append(event)
    cases = [case_of(case_id, log, INSATSER, unit.today) for case_id, log in after.items()]
    # The log has the event that is being applied: the rows say what it said without it.
    before = {case_id: [event for event in log if event.id != unit.cause] for case_id, log in logs.items()}
    await store.write_rows(unit.conn, [row for case in cases for row in case.changed_rows(before[case.case_id])])
    limited = [case for case in cases if case.ledger.deadlines]
    rows = [row for case in limited for row in case.time_limits()]
    await time_limit_store.write(unit.conn, [case.case_id for case in limited], rows)
    await _set_timers(unit.conn, {case.case_id: case.next_day() for case in cases})
    return {case.case_id: case.ledger for case in cases}


async def _set_timers(connection: Connection, days: Mapping[UUID, date | None]) -> None:
    """The timers of cases, each on the day given; none where nothing is waited for."""
    keys = {case_id: f"{RECONCILE}:{case_id}" for case_id in days}
    if gone := [keys[case_id] for case_id, day in days.items() if day is None]:
        await cancel_timers(connection, gone)
    timers = [
        Timer(keys[case_id], case_id, RECONCILE, midnight(day)) for case_id, day in days.items() if day is not None
    ]
    if timers:
        await set_timers(connection, timers)


def _to_follow_up(fact: Fact) -> bool:
    return isinstance(fact, ConsentGiven) and fact.purpose == INDIVIDUAL_FOLLOW_UP


def _consents(log: Sequence[LoggedEvent]) -> Consents:
    return consents_of(event.data for event in effective(log))


def _association(log: Sequence[Event[Any]]) -> str | None:
    """A case has one association: that of the events heard of it."""
    return next((event.association for event in log if event.association is not None), None)
