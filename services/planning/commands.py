"""From a request to appended events: lock, load, decide, append, rows. Routes and consumers all go this way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from uuid import UUID

from contracts import planning
from contracts.catalogue import INSATSER
from contracts.consent import INDIVIDUAL_FOLLOW_UP
from contracts.envelope import Fact
from contracts.events import AnyEvent
from contracts.problems import NotFound
from contracts.referral import ConsentGiven
from services.chassis.database import Connection
from services.chassis.log import read_log
from services.chassis.unit import Unit
from services.planning import session_store, store
from services.planning.domain.awaiting import awaiting_seat
from services.planning.domain.case import Case, LoggedEvent, evolve, fold
from services.planning.domain.command import BookMeeting, Command, RegisterInError
from services.planning.domain.decide import concluded, decide, released
from services.planning.domain.decide_correction import correct, resumed, seats_given_back
from services.planning.domain.decide_sessions import DeclareSession, SessionCommand
from services.planning.domain.decide_sessions import decide as decide_session
from services.planning.domain.decision import Decision, Withheld
from services.planning.domain.meetings import Seat, TakenSeat, taken_seats
from services.planning.domain.sessions import Occupancy, stream_of
from services.planning.domain.sessions import fold as fold_session


@dataclass(frozen=True)
class KnownCase:
    """A case, and what its events left out for want of consent."""

    case: Case
    withheld: dict[UUID, Withheld]


async def load(connection: Connection, case_id: UUID) -> KnownCase:
    """The case as it stands. Raises NotFound if nothing has been heard of it."""
    case = fold(await read_log(connection, case_id))
    if case.referral is None:
        raise NotFound("case_unknown", "Ärendet finns inte här än. Försök igen om en stund.")
    return KnownCase(case, await store.withheld_of(connection, case_id))


async def carry_out(unit: Unit, case_id: UUID, command: Command) -> list[AnyEvent]:
    """Decides about a case and appends what comes of it. Raises contracts.problems.Refused."""
    before = fold(await unit.lock_and_read(case_id))
    if isinstance(command, BookMeeting):
        command = replace(command, found=await _session_found(unit, case_id, before, command))
    return await _append(unit, case_id, before, decide(command, before, INSATSER))


async def register_in_error(unit: Unit, case_id: UUID, command: RegisterInError) -> list[AnyEvent]:
    """Takes back an event of ours. Raises contracts.problems.Refused."""
    log = await unit.lock_and_read(case_id)
    before = fold(log)
    # In the order of the seats, so that two corrections that lock the same sessions never wait for each other.
    wanted = sorted(seats_given_back(command, log))
    found = {seat: await session_store.found(unit.conn, seat, case_id) for seat in wanted}
    decision = correct(replace(command, found=found), log, planning.SOURCE, INSATSER)
    appended = await _append_facts(unit, case_id, before, decision)
    await _write_rows(unit, case_id, before, fold([*log, *appended]))
    return appended


async def carry_out_on_session(unit: Unit, command: SessionCommand) -> list[AnyEvent]:
    """Declares, changes or cancels a session. Raises contracts.problems.Refused.

    The session's stream is locked before its row, which bookings lock: they never wait for the stream.
    """
    stream_id = stream_of(command.session)
    log = await unit.lock_and_read(stream_id)
    terms = await session_store.lock_session(unit.conn, command.session)
    apart = command.reserved_for if isinstance(command, DeclareSession) else None
    counted = await session_store.others(unit.conn, command.session, None, apart)
    fact = decide_session(replace(command, found=Occupancy(*counted, terms)), INSATSER)
    insats = INSATSER.get(command.session.insats)
    association = None if insats is None else insats.association
    appended = await unit.append(stream_id, [fact], association=association)
    after = fold_session([*log, *appended])
    if after is None:
        raise LookupError("a session that was declared or cancelled has terms")
    await session_store.write_terms(unit.conn, command.session, after)
    return appended


async def hear(unit: Unit, event: LoggedEvent) -> None:
    """Takes in what the referral service appended to a case; the consumer has put it in the log."""
    case_id = event.subject
    log = await unit.lock_and_read(case_id)
    after = fold(log)
    before = fold([each for each in log if each.id != event.id])
    facts: Sequence[Fact] = (*concluded(before, after), *resumed(before, after, log, unit.today))
    if isinstance(event.data, ConsentGiven) and event.data.purpose == INDIVIDUAL_FOLLOW_UP:
        facts = (*facts, *released(after, await store.withheld_of(unit.conn, case_id)))
    appended = await unit.append(case_id, facts, association=_association(after))
    await _write_rows(unit, case_id, before, fold([*log, *appended]))


async def _session_found(unit: Unit, case_id: UUID, case: Case, command: BookMeeting) -> Occupancy:
    if case.referral is None or command.team is None or command.starts_at is None:
        return Occupancy()  # nothing to count; the decision says what is missing
    wanted = Seat(case.referral.insats, command.team, command.meets_on, command.starts_at)
    return await session_store.found(unit.conn, wanted, case_id)


async def _append(unit: Unit, case_id: UUID, before: Case, decision: Decision) -> list[AnyEvent]:
    appended = await _append_facts(unit, case_id, before, decision)
    await store.withhold(
        unit.conn, case_id, {appended[place].id: details for place, details in decision.withheld.items()}
    )
    await _write_rows(unit, case_id, before, reduce(evolve, appended, before))
    return appended


async def _append_facts(unit: Unit, case_id: UUID, before: Case, decision: Decision) -> list[AnyEvent]:
    appended = await unit.append(case_id, decision.facts, association=_association(before))
    consequences = await unit.append(
        case_id,
        decision.consequences,
        association=_association(before),
        causes=[appended[0].id] * len(decision.consequences),
    )
    return [*appended, *consequences]


async def _write_rows(unit: Unit, case_id: UUID, before: Case, after: Case) -> None:
    await store.write_seats(unit.conn, case_id, _seats(before), _seats(after))
    await session_store.write_awaiting(
        unit.conn, case_id, awaiting_seat(before, INSATSER), awaiting_seat(after, INSATSER)
    )


def _seats(case: Case) -> dict[UUID, TakenSeat]:
    return {} if case.referral is None else taken_seats(case.meetings, case.referral.insats)


def _association(case: Case) -> str | None:
    insats = None if case.referral is None else INSATSER.get(case.referral.insats)
    return None if insats is None else insats.association
