"""From a request to an absence's event: lock, load, decide, append, row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.events import AnyEvent
from contracts.problems import Forbidden, NotFound
from services.chassis.auth import User
from services.chassis.database import Connection
from services.chassis.unit import Unit
from services.followup import absence_store
from services.followup.domain.absences import Absence, fold, stood_in_for, stream_of
from services.followup.domain.decide_absence import EndAbsence, RegisterAbsence, decide
from services.followup.store import WorkerList
from services.followup.work import COORDINATES


@dataclass(frozen=True)
class StandIns:
    """Whose follow-ups a worker does beside their own today: the absences, by who is away."""

    absences: Sequence[Absence]

    def list_of(self, worker_id: str) -> WorkerList:
        """The worker's list with those of whom they stand in for."""
        return WorkerList(worker_id, tuple(each.worker_id for each in self.absences))


async def stand_ins(connection: Connection, worker_id: str, today: date) -> StandIns:
    """For whom a worker stands in today."""
    return StandIns(stood_in_for(await absence_store.overlapping(connection, today, today), worker_id, today))


def check_may_act_for(user: User, worker_id: str) -> None:
    """Raises Forbidden unless it is the user's own, or the user coordinates."""
    if worker_id != user.worker_id and not user.has(COORDINATES):
        raise Forbidden("another_workers", "Det här gäller någon annan. Be en koordinator göra det.")


async def register_absence(unit: Unit, user: User, wanted: Absence) -> list[AnyEvent]:
    """Registers that a worker is away. Raises contracts.problems.Refused."""
    check_may_act_for(user, wanted.worker_id)
    await absence_store.lock(unit.conn)
    others = await absence_store.overlapping(unit.conn, wanted.first_day, wanted.last_day)
    return await _carry_out(unit, wanted.worker_id, RegisterAbsence(wanted, unit.today, others))


async def end_absence(unit: Unit, user: User, absence_id: UUID, back_on: date) -> list[AnyEvent]:
    """Registers that a worker is back. Raises contracts.problems.Refused."""
    await absence_store.lock(unit.conn)
    absence = await absence_store.find(unit.conn, absence_id)
    if absence is None:
        raise NotFound("absence_unknown", "Frånvaron finns inte.")
    check_may_act_for(user, absence.worker_id)
    return await _carry_out(unit, absence.worker_id, EndAbsence(absence_id, back_on, unit.today))


async def _carry_out(unit: Unit, worker_id: str, command: RegisterAbsence | EndAbsence) -> list[AnyEvent]:
    stream_id = stream_of(worker_id)
    log = await unit.lock_and_read(stream_id)
    fact = decide(command, fold(log))
    appended = await unit.append(stream_id, [fact])
    await absence_store.write(unit.conn, fold([*log, *appended]))
    return appended
