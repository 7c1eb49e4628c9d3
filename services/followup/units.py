"""Units of work: what each event read, timer fired and report registered leads to. The rules are the domain's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from contracts.envelope import Envelope
from contracts.events import midnight
from contracts.followup import FollowUpScheduled
from contracts.planning import ParticipantExitedEvent, PlanningEndedEvent, SamplanUpprättad, SamplanUpprättadEvent
from contracts.problems import NotFound
from contracts.referral import ConsentGivenEvent, ConsentRefusedEvent, ConsentWithdrawnEvent
from services.chassis.consumer import Unusable
from services.chassis.database import Connection
from services.chassis.timers import Timer, cancel_timers, set_timers
from services.chassis.unit import Unit
from services.followup import domain, store
from services.followup.domain import Complete, Consent, FollowUp, LookAtCalendar, NoteExit, NoteReturn, Report

FOLLOWED: Final[tuple[type[Envelope], ...]] = (
    SamplanUpprättadEvent,
    ParticipantExitedEvent,
    PlanningEndedEvent,
    ConsentGivenEvent,
    ConsentRefusedEvent,
    ConsentWithdrawnEvent,
)
OPENS: Final = "follow_up_opens"
CLOSES: Final = "follow_up_closes"


@dataclass(frozen=True)
class Completed:
    """A follow-up that was just completed, and what was told of it."""

    case_id: UUID
    follow_up: FollowUp
    events: list[Envelope]


async def handle(unit: Unit, event: Envelope) -> None:
    """Applies an event of planning or referral. Raises Unusable for a samplan under a rule we do not have."""
    match event:
        case SamplanUpprättadEvent():
            await _plan_made(unit, event.subject, event.data)
        case ParticipantExitedEvent():
            await _left(unit, event.subject, NoteExit(event.data.happened_on))
        case PlanningEndedEvent():
            await _left(unit, event.subject, NoteReturn(event.data.happened_on))
        case ConsentGivenEvent():
            await _consent_said(unit, event.subject, Consent.GIVEN)
        case ConsentRefusedEvent():
            await _consent_said(unit, event.subject, Consent.REFUSED)
        case ConsentWithdrawnEvent():
            await _consent_said(unit, event.subject, Consent.WITHDRAWN)
        case _:
            raise TypeError(f"{event.type} is not followed")


async def fire(unit: Unit, timer: Timer) -> None:
    """A window opens, or closes. Nothing is told if that was told before."""
    follow_up = await store.load(unit.conn, UUID(timer.key.partition(":")[2]))
    facts = domain.decide(LookAtCalendar(unit.today), follow_up)
    if facts:
        await store.save(unit.conn, [domain.evolved(follow_up, facts)])
        await unit.append(timer.case_id, facts)


async def case_of(connection: Connection, follow_up_id: UUID) -> UUID:
    """The case to lock before deciding about a follow-up. Raises NotFound."""
    case_id = await store.case_of(connection, follow_up_id)
    if case_id is None:
        raise NotFound("follow_up_unknown", "Uppföljningen finns inte.")
    return case_id


async def completed(connection: Connection, follow_up_id: UUID) -> store.Entry | None:
    """The follow-up, if it has been completed; None if not, or if there is none."""
    if await store.case_of(connection, follow_up_id) is None:
        return None
    entry = (await store.question(connection, follow_up_id)).entry
    return entry if isinstance(entry.follow_up, domain.Completed) else None


async def complete(unit: Unit, follow_up_id: UUID, report: Report, registered_by: str) -> Completed:
    """Registers that a follow-up was held. Raises NotFound, Conflict or Invalid."""
    case_id = await case_of(unit.conn, follow_up_id)
    await unit.lock(case_id)
    asked = await store.question(unit.conn, follow_up_id)
    follow_up = asked.entry.follow_up
    activities = frozenset(activity.activity_id for activity in asked.activities)
    facts = domain.decide(Complete(report, activities, asked.consent, unit.today), follow_up)
    after = domain.evolved(follow_up, facts)
    await store.save(unit.conn, [after])
    await store.keep_report(unit.conn, follow_up_id, report, registered_by)
    await _stop_timers(unit, [after])
    return Completed(case_id, after, await unit.append(case_id, facts))


async def _plan_made(unit: Unit, case_id: UUID, plan: SamplanUpprättad) -> None:
    try:
        points = domain.points_of(plan)
    except KeyError as error:
        raise Unusable(f"the catalogue has no rule {plan.rule.insats} version {plan.rule.version}") from error
    if not points:
        return
    await unit.lock(case_id)
    owed = domain.schedule(plan, [uuid4() for _ in points])
    await store.add(unit.conn, case_id, plan, owed)
    await set_timers(unit.conn, _timers(case_id, owed))
    await unit.append(case_id, owed)


async def _left(unit: Unit, case_id: UUID, noted: NoteExit | NoteReturn) -> None:
    await unit.lock(case_id)
    follow_ups = [held.entry.follow_up for held in await store.of_case(unit.conn, case_id)]
    decided = [(each, domain.decide(noted, each)) for each in follow_ups]
    after = [domain.evolved(each, facts) for each, facts in decided if facts]
    if after:
        await store.save(unit.conn, after)
        await _stop_timers(unit, after)
        await unit.append(case_id, [fact for _, facts in decided for fact in facts])


async def _consent_said(unit: Unit, case_id: UUID, choice: Consent) -> None:
    await unit.lock(case_id)
    await store.keep_consent(unit.conn, case_id, choice)


def _timers(case_id: UUID, owed: Iterable[FollowUpScheduled]) -> list[Timer]:
    return [
        timer
        for terms in owed
        for timer in (
            Timer(_key(OPENS, terms), case_id, OPENS, midnight(terms.opens_on)),
            Timer(_key(CLOSES, terms), case_id, CLOSES, midnight(domain.missed_from(terms))),
        )
    ]


async def _stop_timers(unit: Unit, follow_ups: Sequence[FollowUp]) -> None:
    keys = [_key(kind, follow_up.terms) for follow_up in follow_ups for kind in (OPENS, CLOSES)]
    await cancel_timers(unit.conn, keys)


def _key(kind: str, terms: FollowUpScheduled) -> str:
    return f"{kind}:{terms.follow_up_id}"
