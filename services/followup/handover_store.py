"""What somebody has taken over, what they have offered to colleagues and what became of it: for who leaves."""

from collections.abc import Sequence
from typing import Final

from services.chassis.database import Connection
from services.followup.store import Entry, entry_of

_WORKERS_SHOWN: Final = 500

# By follow_up_of_worker. What follows a support is handed over with it, in planning.
TAKEN: Final = """
SELECT * FROM follow_up WHERE worker_id = $1 AND taken_by = $1 AND ended_on IS NULL
ORDER BY due_on, follow_up_id LIMIT $2
"""
TAKEN_COUNT: Final = """
SELECT count(*) FROM follow_up WHERE worker_id = $1 AND taken_by = $1 AND ended_on IS NULL
"""
# By follow_up_asked_of.
ANSWERED: Final = """
SELECT * FROM follow_up WHERE asked_of = $1 AND answer IS NOT NULL ORDER BY asked_on DESC, follow_up_id LIMIT $2
"""
WORKERS: Final = """
SELECT DISTINCT worker_id FROM follow_up WHERE worker_id IS NOT NULL AND ended_on IS NULL ORDER BY worker_id LIMIT $1
"""


async def taken(connection: Connection, worker_id: str, limit: int) -> Sequence[Entry]:
    """What is somebody's because they took it over, the longest due first."""
    return [entry_of(row) for row in await connection.fetch(TAKEN, worker_id, limit)]


async def taken_count(connection: Connection, worker_id: str) -> int:
    """How much is somebody's because they took it over."""
    found: int = await connection.fetchval(TAKEN_COUNT, worker_id)
    return found


async def answered(connection: Connection, worker_id: str, limit: int) -> Sequence[Entry]:
    """What was somebody's when a colleague was asked about it, and has been answered; the latest asked first."""
    return [entry_of(row) for row in await connection.fetch(ANSWERED, worker_id, limit)]


async def workers(connection: Connection) -> Sequence[str]:
    """Whose something is that is owed, to suggest in forms: there is no register of users."""
    return [row["worker_id"] for row in await connection.fetch(WORKERS, _WORKERS_SHOWN)]
