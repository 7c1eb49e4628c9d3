"""From a request to appended events: lock, load, decide, append, rows. Routes and consumers all go this way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final
from uuid import UUID

from contracts import planning
from contracts.catalogue import INSATSER
from contracts.consent import INDIVIDUAL_FOLLOW_UP
from contracts.envelope import Fact
from contracts.events import AnyEvent
from contracts.problems import NotFound
from contracts.referral import ConsentGiven, PersonForgotten
from services.chassis.database import Connection
from services.chassis.log import read_log
from services.chassis.unit import Unit
from services.planning import (
    answers,
    call_store,
    group_store,
    handover_store,
    place_store,
    session_store,
    shared_store,
    store,
    support_store,
)
from services.planning.domain.awaiting import awaiting_seat
from services.planning.domain.called import awaited_parties, open_plans
from services.planning.domain.case import Case, LoggedEvent, Stage, evolve, fold
from services.planning.domain.command import (
    AssignSupport,
    BookMeeting,
    Command,
    EndEnrolment,
    Enrol,
    ExitInsats,
    JoinReserve,
    RecordSessionAttendance,
    RegisterInError,
    StartActivity,
)
from services.planning.domain.decide import concluded, decide, released
from services.planning.domain.decide_correction import (
    correct,
    groups_given_back,
    places_given_back,
    resumed,
    seats_given_back,
)
from services.planning.domain.decide_groups import CancelGroupSession, GroupCommand, HoldGroupSession
from services.planning.domain.decide_groups import decide as decide_group
from services.planning.domain.decide_places import PlacesCommand
from services.planning.domain.decide_places import decide as decide_places
from services.planning.domain.decide_sessions import DeclareSession, SessionCommand
from services.planning.domain.decide_sessions import decide as decide_session
from services.planning.domain.decision import Decision, Withheld
from services.planning.domain.groups import GroupOccupancy
from services.planning.domain.groups import fold as fold_group
from services.planning.domain.handovers import handovers
from services.planning.domain.kept import known_here, may_lack
from services.planning.domain.meetings import Seat, TakenSeat, taken_seats
from services.planning.domain.places import fold as fold_places
from services.planning.domain.places import taken_places
from services.planning.domain.sessions import Occupancy, stream_of
from services.planning.domain.sessions import fold as fold_session
from services.planning.domain.shared import shared_cases
from services.planning.domain.supported import ongoing_supports

_CAUGHT_UP_AT_ONCE: Final = 100


@dataclass(frozen=True)
class KnownCase:
    """A case, the log it is the fold of, and what its events left out for want of consent, which stands in its plans
    too."""

    case: Case
    withheld: dict[UUID, Withheld]
    log: Sequence[LoggedEvent]


async def load(connection: Connection, case_id: UUID) -> KnownCase:
    """The case as it stands. Raises NotFound if nothing has been heard of it."""
    log = await read_log(connection, case_id)
    case = fold(log)
    if case.referral is None:
        raise NotFound("case_unknown", "Ärendet finns inte här än. Försök igen om en stund.")
    withheld = await store.withheld_of(connection, case_id)
    return KnownCase(known_here(case, withheld), withheld, log)


async def carry_out(unit: Unit, case_id: UUID, command: Command) -> list[AnyEvent]:
    """Decides about a case and appends what comes of it. Raises contracts.problems.Refused."""
    before = await _known(unit, case_id, await unit.lock_and_read(case_id))
    if isinstance(command, BookMeeting):
        command = replace(command, found=await _session_found(unit, case_id, before.case, command))
    if isinstance(command, StartActivity) and command.place_id is not None:
        command = replace(command, found=await place_store.found(unit.conn, command.place_id))
    if isinstance(command, AssignSupport) and before.case.referral is not None:
        others = await support_store.others(
            unit.conn, before.case.referral.insats, command.role, command.worker_id, case_id
        )
        command = replace(command, others=others)
    command = await _with_groups(unit, before.case, command)
    decision = decide(command, before.case, INSATSER)
    appended = await _append_facts(unit, case_id, before.case, decision)
    new = {appended[place].id: details for place, details in decision.withheld.items()}
    await store.withhold(unit.conn, case_id, new)
    after = known_here(reduce(evolve, appended, before.case), {**before.withheld, **new})
    await _write_rows(unit, case_id, before.case, after)
    return appended


async def register_in_error(unit: Unit, case_id: UUID, command: RegisterInError) -> list[AnyEvent]:
    """Takes back an event of ours. Raises contracts.problems.Refused."""
    log = await unit.lock_and_read(case_id)
    before = await _known(unit, case_id, log)
    # In the order of the seats, then of the places, then of the groups, so that two corrections that lock the same
    # never wait for each other.
    wanted = sorted(seats_given_back(command, log))
    found = {seat: await session_store.found(unit.conn, seat, case_id) for seat in wanted}
    suppliers = sorted(places_given_back(command, log, before.withheld))
    places = {place_id: await place_store.found(unit.conn, place_id) for place_id in suppliers}
    groups = await _groups(unit, groups_given_back(command, log, before.withheld))
    command = replace(command, found=found, places=places, groups=groups)
    decision = correct(command, log, planning.SOURCE, INSATSER, before.withheld)
    appended = await _append_facts(unit, case_id, before.case, decision)
    after = known_here(fold([*log, *appended]), before.withheld)
    await _write_rows(unit, case_id, before.case, after)
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


async def carry_out_on_places(unit: Unit, command: PlacesCommand) -> list[AnyEvent]:
    """Declares, changes or withdraws a supplier's places. Raises contracts.problems.Refused.

    Their stream is locked before their row, which activities that begin lock: they never wait for the stream.
    """
    place_id = command.of.place_id
    log = await unit.lock_and_read(place_id)
    fact = decide_places(replace(command, found=await place_store.found(unit.conn, place_id)), INSATSER)
    insats = INSATSER.get(command.of.insats)
    association = None if insats is None else insats.association
    appended = await unit.append(place_id, [fact], association=association)
    after = fold_places([*log, *appended])
    if after is None:
        raise LookupError("places that were declared or withdrawn have terms")
    await place_store.write_terms(unit.conn, place_id, after)
    return appended


async def carry_out_on_group(unit: Unit, command: GroupCommand) -> list[AnyEvent]:
    """Declares, changes or cancels a group, or registers a session of it. Raises contracts.problems.Refused.

    The group's stream is locked before its row, which whoever takes a seat locks: they never wait for the stream.
    """
    group_id = command.of.group_id
    log = await unit.lock_and_read(group_id)
    session_on = command.session_on if isinstance(command, HoldGroupSession | CancelGroupSession) else None
    found = await group_store.found(unit.conn, group_id, session_on)
    fact = decide_group(replace(command, found=found), INSATSER)
    insats = INSATSER.get(command.of.insats)
    association = None if insats is None else insats.association
    appended = await unit.append(group_id, [fact], association=association)
    after = fold_group([*log, *appended])
    if after is None:
        raise LookupError("a group that was declared or cancelled has terms")
    await group_store.write_terms(unit.conn, group_id, after)
    return appended


async def hear(unit: Unit, event: LoggedEvent) -> None:
    """Takes in what the referral service appended to a case; the consumer has put it in the log."""
    case_id = event.subject
    log = await unit.lock_and_read(case_id)
    known = await _known(unit, case_id, log)
    after, withheld = known.case, known.withheld
    before = known_here(fold([each for each in log if each.id != event.id]), withheld)
    ended = after.enrolments.under_way if after.stage in {Stage.RETURNED, Stage.REFERRED} else ()
    groups = await _groups(unit, {each.group_id for each in ended})
    facts: Sequence[Fact] = (
        *concluded(before, after, event.data.happened_on, groups),
        *resumed(before, after, log, unit.today),
    )
    if isinstance(event.data, ConsentGiven) and event.data.purpose == INDIVIDUAL_FOLLOW_UP:
        facts = (*facts, *released(after, await store.withheld_of(unit.conn, case_id)))
    if isinstance(event.data, PersonForgotten):
        await answers.erase(unit.conn, case_id)
    appended = await unit.append(case_id, facts, association=_association(after))
    await _write_rows(unit, case_id, before, known_here(fold([*log, *appended]), withheld))


async def catch_up_shared(unit: Unit) -> int:
    """Writes which parties see cases that were consented to before there was a list of them. Returns how many."""
    found = await shared_store.unread(unit.conn, _CAUGHT_UP_AT_ONCE)
    for case_id in found:
        case = fold(await unit.lock_and_read(case_id))
        await shared_store.write(unit.conn, case_id, frozenset(), shared_cases(case))
        await shared_store.have_read(unit.conn, case_id)
    return len(found)


async def _known(unit: Unit, case_id: UUID, log: Sequence[LoggedEvent]) -> KnownCase:
    """The case with what its plans' events left out; it is read only where something may have been."""
    case = fold(log)
    withheld = await store.withheld_of(unit.conn, case_id) if may_lack(case) else {}
    return KnownCase(known_here(case, withheld), withheld, log)


async def _session_found(unit: Unit, case_id: UUID, case: Case, command: BookMeeting) -> Occupancy:
    if case.referral is None or command.team is None or command.starts_at is None:
        return Occupancy()  # nothing to count; the decision says what is missing
    wanted = Seat(case.referral.insats, command.team, command.meets_on, command.starts_at)
    return await session_store.found(unit.conn, wanted, case_id)


async def _with_groups(unit: Unit, case: Case, command: Command) -> Command:
    """The command with the groups that it is about, as they are while nobody else can take a seat there."""
    match command:
        case Enrol():
            return replace(command, found=await group_store.found(unit.conn, command.group_id))
        case JoinReserve(group_id=UUID() as group_id):
            return replace(command, found=await group_store.found(unit.conn, group_id))
        case EndEnrolment() | RecordSessionAttendance():
            seat = case.enrolments.find(command.enrolment_id)
            found = GroupOccupancy() if seat is None else await group_store.found(unit.conn, seat.group_id)
            return replace(command, found=found)
        case ExitInsats():
            return replace(command, groups=await _groups(unit, {each.group_id for each in case.enrolments.under_way}))
        case _:
            return command


async def _groups(unit: Unit, group_ids: Iterable[UUID]) -> dict[UUID, GroupOccupancy]:
    """Groups as they are, locked in the order of their ids: two who lock the same never wait for each other."""
    return {each: await group_store.found(unit.conn, each) for each in sorted(group_ids)}


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
    await call_store.write_awaited(
        unit.conn, case_id, awaited_parties(before, INSATSER), awaited_parties(after, INSATSER)
    )
    await call_store.write_plans(unit.conn, case_id, open_plans(before), open_plans(after))
    await support_store.write_supports(unit.conn, case_id, ongoing_supports(before), ongoing_supports(after))
    await handover_store.write(unit.conn, case_id, handovers(before), handovers(after))
    await place_store.write_taken(unit.conn, case_id, taken_places(before), taken_places(after))
    await group_store.write_enrolments(unit.conn, case_id, before, after)
    await shared_store.write(unit.conn, case_id, shared_cases(before), shared_cases(after))


def _seats(case: Case) -> dict[UUID, TakenSeat]:
    return {} if case.referral is None else taken_seats(case.meetings, case.referral.insats)


def _association(case: Case) -> str | None:
    insats = None if case.referral is None else INSATSER.get(case.referral.insats)
    return None if insats is None else insats.association
