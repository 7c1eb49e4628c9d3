"""Rows of the supports that last, and of whoever has had a role. Writes are called inside a unit that has locked the
case."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.chassis.database import Connection
from services.planning.domain.supported import OngoingSupport

_COLUMNS: Final = "support_id, insats, role, worker_id, since, offered_to, offered_on, next_what, next_on"

_KEEP: Final = f"""
WITH kept AS (
    INSERT INTO ongoing_support ({_COLUMNS}, case_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (support_id) DO UPDATE
    SET insats = EXCLUDED.insats, role = EXCLUDED.role, worker_id = EXCLUDED.worker_id, since = EXCLUDED.since,
        offered_to = EXCLUDED.offered_to, offered_on = EXCLUDED.offered_on,
        next_what = EXCLUDED.next_what, next_on = EXCLUDED.next_on
)
INSERT INTO supporter (insats, role, worker_id) VALUES ($2, $3, $4) ON CONFLICT DO NOTHING
"""  # noqa: S608  # our own constants
_END: Final = "DELETE FROM ongoing_support WHERE support_id = $1"

# The update changes nothing; it takes the row's lock also when the worker is there already.
LOCK_SUPPORTER: Final = """
INSERT INTO supporter (insats, role, worker_id) VALUES ($1, $2, $3)
ON CONFLICT (insats, role, worker_id) DO UPDATE SET worker_id = EXCLUDED.worker_id
"""
OTHERS: Final = """
SELECT count(DISTINCT case_id) FROM ongoing_support
WHERE insats = $1 AND role = $2 AND worker_id = $3 AND case_id <> $4
"""
_OF_WORKER: Final = f"""
SELECT case_id, {_COLUMNS} FROM ongoing_support WHERE worker_id = $1{{after}} ORDER BY since, support_id LIMIT $2
"""  # noqa: S608  # our own constants
OF_WORKER: Final = _OF_WORKER.format(after="")
OF_WORKER_AFTER: Final = _OF_WORKER.format(after=" AND (since, support_id) > ($3, $4)")
OFFERED_TO: Final = f"""
SELECT case_id, {_COLUMNS} FROM ongoing_support WHERE offered_to = $1 ORDER BY offered_on, support_id LIMIT $2
"""  # noqa: S608  # our own constants
COUNT_OF_WORKER: Final = "SELECT count(*) FROM ongoing_support WHERE worker_id = $1"
COUNT_OFFERED_TO: Final = "SELECT count(*) FROM ongoing_support WHERE offered_to = $1"
CASELOADS: Final = """
SELECT insats, role, worker_id, count(DISTINCT case_id) AS cases FROM ongoing_support
GROUP BY insats, role, worker_id ORDER BY insats, role, worker_id LIMIT $1
"""
CASELOADS_OF_WORKER: Final = """
SELECT insats, role, worker_id, count(DISTINCT case_id) AS cases FROM ongoing_support WHERE worker_id = $1
GROUP BY insats, role, worker_id ORDER BY insats, role
"""
KNOWN: Final = """
SELECT insats, role, worker_id, (
    SELECT count(DISTINCT case_id) FROM ongoing_support AS ongoing
    WHERE ongoing.insats = supporter.insats AND ongoing.role = supporter.role
      AND ongoing.worker_id = supporter.worker_id
) AS cases
FROM supporter WHERE insats = $1 ORDER BY role, worker_id LIMIT $2
"""


@dataclass(frozen=True)
class SupportOfCase:
    """A support that lasts, and its case."""

    case_id: UUID
    support: OngoingSupport


@dataclass(frozen=True)
class Worker:
    """How many cases of an insats a worker supports in a role now."""

    insats: str
    role: str
    worker_id: str
    cases: int


@dataclass(frozen=True)
class LastShown:
    """The last participant that a page of a list showed."""

    since: date
    support_id: UUID


async def write_supports(
    connection: Connection,
    case_id: UUID,
    before: AbstractSet[OngoingSupport],
    after: AbstractSet[OngoingSupport],
) -> None:
    """Makes the rows of a case's supports what they are after a decision."""
    for each in before:
        if all(each.support_id != other.support_id for other in after):
            await connection.execute(_END, each.support_id)
    for each in after - before:
        await connection.execute(_KEEP, *astuple(each), case_id)


async def others(connection: Connection, insats: str, role: str, worker_id: str, case_id: UUID) -> int:
    """How many other cases a worker supports in a role, while nobody else can assign them one."""
    await connection.execute(LOCK_SUPPORTER, insats, role, worker_id)
    found: int = await connection.fetchval(OTHERS, insats, role, worker_id, case_id)
    return found


async def of_worker(
    connection: Connection, worker_id: str, limit: int, last: LastShown | None = None
) -> Sequence[SupportOfCase]:
    """What a worker supports, the longest first."""
    if last is None:
        return _supports(await connection.fetch(OF_WORKER, worker_id, limit))
    return _supports(await connection.fetch(OF_WORKER_AFTER, worker_id, limit, last.since, last.support_id))


async def offered_to(connection: Connection, worker_id: str, limit: int) -> Sequence[SupportOfCase]:
    """What a worker is asked to take over, the longest waiting first."""
    return _supports(await connection.fetch(OFFERED_TO, worker_id, limit))


async def count_of_worker(connection: Connection, worker_id: str) -> int:
    """How many supports a worker has."""
    counted: int = await connection.fetchval(COUNT_OF_WORKER, worker_id)
    return counted


async def count_offered_to(connection: Connection, worker_id: str) -> int:
    """How much a worker is asked to take over."""
    counted: int = await connection.fetchval(COUNT_OFFERED_TO, worker_id)
    return counted


async def caseloads(connection: Connection, limit: int) -> Sequence[Worker]:
    """Everybody who supports somebody now."""
    return [Worker(**row) for row in await connection.fetch(CASELOADS, limit)]


async def caseloads_of(connection: Connection, worker_id: str) -> Sequence[Worker]:
    """How many one worker supports, by insats and role."""
    return [Worker(**row) for row in await connection.fetch(CASELOADS_OF_WORKER, worker_id)]


async def known(connection: Connection, insats: str, limit: int) -> Sequence[Worker]:
    """Whoever has supported somebody in an insats, also those who have nobody now."""
    return [Worker(**row) for row in await connection.fetch(KNOWN, insats, limit)]


def _supports(rows: Sequence[Mapping[str, Any]]) -> list[SupportOfCase]:
    return [SupportOfCase(row["case_id"], OngoingSupport(**_without_case(row))) for row in rows]


def _without_case(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "case_id"}
