"""Rows of absences. Writes are called inside a unit that has locked the table and the worker's stream."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.chassis.database import Connection
from services.followup.domain.absences import Absence, Absences

# Readers are not kept waiting; another who registers is.
_LOCK: Final = "LOCK TABLE absence IN SHARE ROW EXCLUSIVE MODE"
_WRITE: Final = """
INSERT INTO absence (absence_id, worker_id, substitute, first_day, last_day) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (absence_id) DO UPDATE SET last_day = EXCLUDED.last_day
"""
ONE: Final = "SELECT * FROM absence WHERE absence_id = $1"
# By absence_by_last_day.
OVERLAPPING: Final = """
SELECT * FROM absence WHERE last_day >= $1 AND first_day <= $2 ORDER BY first_day, worker_id, absence_id
"""
NOT_OVER: Final = """
SELECT * FROM absence WHERE last_day >= $1 AND last_day >= first_day
ORDER BY first_day, worker_id, absence_id LIMIT $2
"""


async def lock(connection: Connection) -> None:
    """Until the unit ends nobody else can register or end an absence."""
    await connection.execute(_LOCK)


async def write(connection: Connection, absences: Absences) -> None:
    """Makes the rows of a worker's absences what their stream says."""
    await connection.executemany(
        _WRITE,
        [(each.absence_id, each.worker_id, each.substitute, each.first_day, each.last_day) for each in absences.all],
    )


async def find(connection: Connection, absence_id: UUID) -> Absence | None:
    """One absence; None if there is none."""
    row = await connection.fetchrow(ONE, absence_id)
    return None if row is None else _absence(row)


async def overlapping(connection: Connection, first_day: date, last_day: date) -> Sequence[Absence]:
    """Everybody's absences on any of those days."""
    return [_absence(row) for row in await connection.fetch(OVERLAPPING, first_day, last_day)]


async def not_over(connection: Connection, today: date, limit: int) -> Sequence[Absence]:
    """Those of today and to come, the earliest first."""
    return [_absence(row) for row in await connection.fetch(NOT_OVER, today, limit)]


def _absence(row: Any) -> Absence:
    return Absence(row["absence_id"], row["worker_id"], row["substitute"], row["first_day"], row["last_day"])
