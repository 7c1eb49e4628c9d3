"""Rows of deviations as they are worked with."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from contracts.codes import DeviationKind, DeviationMeasure, Member
from services.chassis.database import Connection
from services.reporting.domain.deviations import Deviation, Sight, Wanted

_ADD: Final = """
INSERT INTO reported_deviation
    (deviation_id, area, kind, member, unit, insats, happened_on, reported_at, reported_by, what)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_FIND: Final = """
SELECT deviation_id, area, kind, member, unit, insats, happened_on, reported_at, reported_by,
       closed_on, measure, taken_back, what, done
FROM reported_deviation WHERE deviation_id = $1
"""
NEWEST: Final = """
SELECT deviation_id, area, kind, member, unit, insats, happened_on, reported_at, reported_by,
       closed_on, measure, taken_back, what, done
FROM reported_deviation
WHERE NOT taken_back
  AND ($1 OR reported_by = $2 OR insats = ANY ($3::text[]) OR member = $4)
  AND ($5::text IS NULL OR member = $5) AND ($6::text IS NULL OR area = $6) AND ($7::text IS NULL OR kind = $7)
  AND ($8::boolean IS NULL OR (closed_on IS NULL) = $8)
ORDER BY reported_at DESC, deviation_id LIMIT $9
"""
_CLOSE: Final = "UPDATE reported_deviation SET closed_on = $2, measure = $3, done = $4 WHERE deviation_id = $1"
_REOPEN: Final = """
UPDATE reported_deviation SET closed_on = NULL, measure = NULL, done = NULL WHERE deviation_id = $1
"""
_TAKE_BACK: Final = """
UPDATE reported_deviation SET taken_back = true, what = NULL, done = NULL WHERE deviation_id = $1
"""
_REMOVE_WORDS: Final = "UPDATE reported_deviation SET what = NULL, done = NULL WHERE deviation_id = $1"


async def add(connection: Connection, new: Deviation) -> None:
    """Adds a deviation that was reported."""
    await connection.execute(
        _ADD,
        new.deviation_id,
        new.area,
        new.kind.value,
        None if new.member is None else new.member.value,
        new.unit,
        new.insats,
        new.happened_on,
        new.reported_at,
        new.reported_by,
        new.what,
    )


async def find(connection: Connection, deviation_id: UUID) -> Deviation | None:
    """A deviation, also one that was taken back; None if there is none with that id."""
    row = await connection.fetchrow(_FIND, deviation_id)
    return None if row is None else _deviation(row)


async def newest(connection: Connection, sight: Sight, wanted: Wanted, limit: int) -> list[Deviation]:
    """The deviations that somebody sees and wants, the one reported last first."""
    rows = await connection.fetch(
        NEWEST,
        sight.everything,
        sight.actor,
        sorted(sight.insatser),
        None if sight.member is None else sight.member.value,
        None if wanted.member is None else wanted.member.value,
        wanted.area,
        None if wanted.kind is None else wanted.kind.value,
        wanted.open_still,
        limit,
    )
    return [_deviation(row) for row in rows]


async def close(
    connection: Connection, deviation_id: UUID, closed_on: date, measure: DeviationMeasure, done: str | None
) -> None:
    """Notes that a deviation is closed, and the words about what was done."""
    await connection.execute(_CLOSE, deviation_id, closed_on, measure.value, done)


async def reopen(connection: Connection, deviation_id: UUID) -> None:
    """Notes that a deviation is open again; the words about what was done are removed."""
    await connection.execute(_REOPEN, deviation_id)


async def take_back(connection: Connection, deviation_id: UUID) -> None:
    """Notes that a deviation was reported in error; its words are removed."""
    await connection.execute(_TAKE_BACK, deviation_id)


async def remove_words(connection: Connection, deviation_id: UUID) -> None:
    """Removes what was written about a deviation."""
    await connection.execute(_REMOVE_WORDS, deviation_id)


def _deviation(row: Mapping[str, Any]) -> Deviation:
    told = dict(row)
    return Deviation(
        **{
            **told,
            "kind": DeviationKind(told["kind"]),
            "member": None if told["member"] is None else Member(told["member"]),
            "measure": None if told["measure"] is None else DeviationMeasure(told["measure"]),
        }
    )
