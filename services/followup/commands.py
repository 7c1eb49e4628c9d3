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
from contracts.followup import FollowUpCompleted
from contracts.planning import (
    CasePutOnHold,
    CaseReopened,
    CaseResumed,
    InsatsStarted,
    MeetingBooked,
    MeetingCancelled,
    MeetingHeld,
    ParticipantExited,
    PlannedActivity,
    PlanningDetailsReleased,
    PlanningEnded,
    SamplanReviderad,
    SamplanUpprättad,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.problems import NotFound
from contracts.referral import REFERRAL_FACTS, ConsentGiven
from services.chassis.database import Connection
from services.chassis.log import read_log
from services.chassis.timers import Timer, cancel_timers, set_timers
from services.chassis.unit import Unit
from services.followup import store
from services.followup.domain.completion import CompleteFollowUp, FollowUpFinding, complete, released
from services.followup.domain.dates import DAY
from services.followup.domain.ledger import FollowUp, LoggedEvent, fold
from services.followup.domain.obligations import owed, unknown_rules
from services.followup.domain.plans import activities_of
from services.followup.domain.reconcile import Conclusion, next_due, reconcile

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
    SamplanUpprättad,
    SamplanReviderad,
    PlanningDetailsReleased,
    *CORRECTIONS,
)
"""What is kept of the other services' events: all that may be an anchor or an end, or start or stop a clock."""

RECONCILE: Final = "reconcile"


@dataclass(frozen=True)
class Completed:
    """A follow-up that was just completed, and what was appended."""

    case_id: UUID
    follow_up: FollowUp
    events: list[AnyEvent]


@dataclass(frozen=True)
class Asked:
    """What completing a follow-up asks about: its case, how it stands, and the plan's activities."""

    case_id: UUID
    follow_up: FollowUp
    activities: tuple[PlannedActivity, ...]


async def hear(unit: Unit, event: AnyEvent) -> None:
    """Takes in an event of planning or referral; the consumer has put it in the log."""
    await bring_up_to_date(unit, event.subject)


async def fire(unit: Unit, timer: Timer) -> None:
    """A day has come on which the calendar makes something true of a case."""
    await bring_up_to_date(unit, timer.stream_id)


async def bring_up_to_date(unit: Unit, case_id: UUID) -> list[AnyEvent]:
    """Appends whatever the ledger lacks today. Doing it again right away appends nothing."""
    log = await unit.lock_and_read(case_id)
    found = missing(log, await _findings(unit.conn, case_id, log), unit.today)
    appended = await unit.append(
        case_id,
        [each.fact for each in found],
        association=_association(log),
        causes=[each.cause for each in found],
    )
    await _write(unit, case_id, log, appended)
    return appended


def missing(
    log: Sequence[LoggedEvent], findings: Mapping[UUID, FollowUpFinding], today: date
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
    return (*reconcile(ledger, owed(log, INSATSER, today), today), *details)


async def complete_follow_up(
    unit: Unit, follow_up_id: UUID, finding: FollowUpFinding, registered_by: str
) -> Completed:
    """Registers that a follow-up was held. Raises NotFound, Conflict or Invalid."""
    case_id = await _case_of(unit.conn, follow_up_id)
    log = await unit.lock_and_read(case_id)
    follow_up = fold(log).follow_ups[follow_up_id]
    activities = frozenset(each.activity_id for each in activities_of(log, follow_up.terms.samplan_id))
    facts = complete(CompleteFollowUp(finding, activities, _consents(log), unit.today), follow_up)
    appended = await unit.append(case_id, facts, association=_association(log))
    await store.keep_finding(unit.conn, case_id, follow_up_id, finding, registered_by)
    after = await _write(unit, case_id, log, appended)
    return Completed(case_id, after[follow_up_id], appended)


async def asked(connection: Connection, follow_up_id: UUID) -> Asked:
    """What completing a follow-up asks about. Raises NotFound."""
    case_id = await _case_of(connection, follow_up_id)
    log = await read_log(connection, case_id)
    follow_up = fold(log).follow_ups[follow_up_id]
    return Asked(case_id, follow_up, activities_of(log, follow_up.terms.samplan_id))


async def _findings(
    connection: Connection, case_id: UUID, log: Sequence[LoggedEvent]
) -> Mapping[UUID, FollowUpFinding]:
    """What the case's completed follow-ups found; most cases have none, and are not asked about."""
    if not any(isinstance(event.data, FollowUpCompleted) for event in log):
        return {}
    return await store.findings_of(connection, case_id)


async def _case_of(connection: Connection, follow_up_id: UUID) -> UUID:
    case_id = await store.case_of(connection, follow_up_id)
    if case_id is None:
        raise NotFound("follow_up_unknown", "Uppföljningen finns inte.")
    return case_id


async def _write(
    unit: Unit, case_id: UUID, log: Sequence[LoggedEvent], appended: Sequence[AnyEvent]
) -> Mapping[UUID, FollowUp]:
    """Makes the case's rows and its timer what the log with the appended events says."""
    whole = [*log, *appended]
    before, after = fold(log).follow_ups, fold(whole)
    changed = [each for key, each in after.follow_ups.items() if before.get(key) != each]
    await store.write_rows(unit.conn, case_id, changed)
    day = next_due(after, owed(whole, INSATSER, unit.today), unit.today)
    if unknown_rules(whole, INSATSER):
        # Asked again each day, so that the first version of the service that has the rule schedules what it owes.
        day = unit.today + DAY
    await _set_timer(unit.conn, case_id, day)
    return after.follow_ups


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
