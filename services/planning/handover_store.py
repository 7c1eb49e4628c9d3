"""Rows of offers of supports and of their answers. Writes are called inside a unit that has locked the case."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import astuple, dataclass
from typing import Final
from uuid import UUID

from services.chassis.database import Connection
from services.planning.domain.handovers import Handover

_COLUMNS: Final = (
    "support_id, insats, role, worker_id, offered_to, offered_on, answer, answered_on, reason"  # Handover's own order
)
_KEEP: Final = f"""
INSERT INTO handover ({_COLUMNS}, case_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (support_id) DO UPDATE
SET worker_id = EXCLUDED.worker_id, offered_to = EXCLUDED.offered_to, offered_on = EXCLUDED.offered_on,
    answer = EXCLUDED.answer, answered_on = EXCLUDED.answered_on, reason = EXCLUDED.reason
"""  # noqa: S608  # our own constants
_FORGET: Final = "DELETE FROM handover WHERE support_id = $1"
# By handover_by_worker.
OFFERED_BY: Final = f"""
SELECT case_id, {_COLUMNS} FROM handover WHERE worker_id = $1 ORDER BY offered_on DESC, support_id LIMIT $2
"""  # noqa: S608  # our own constants


@dataclass(frozen=True)
class HandoverOfCase:
    """An offer of a support, and its case."""

    case_id: UUID
    handover: Handover


async def write(
    connection: Connection, case_id: UUID, before: AbstractSet[Handover], after: AbstractSet[Handover]
) -> None:
    """Makes the rows of a case's offers what they are after a decision."""
    kept = {each.support_id for each in after}
    for each in before:
        if each.support_id not in kept:
            await connection.execute(_FORGET, each.support_id)
    for each in after - before:
        await connection.execute(_KEEP, *astuple(each), case_id)


async def offered_by(connection: Connection, worker_id: str, limit: int) -> Sequence[HandoverOfCase]:
    """What a worker has offered to colleagues, the latest first."""
    rows = await connection.fetch(OFFERED_BY, worker_id, limit)
    return [HandoverOfCase(row["case_id"], Handover(*list(row.values())[1:])) for row in rows]
