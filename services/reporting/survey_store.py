"""Rows of the batches in which answers to surveys were taken in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.chassis.database import Connection

_ADD: Final = "INSERT INTO survey_batch (batch_id, survey, questionnaires, taken_in_at) VALUES ($1, $2, $3, $4)"
_FIND: Final = """
SELECT batch_id, survey, questionnaires, taken_in_at, taken_back_at FROM survey_batch WHERE batch_id = $1
"""
NEWEST: Final = """
SELECT batch_id, survey, questionnaires, taken_in_at, taken_back_at FROM survey_batch
ORDER BY taken_in_at DESC, batch_id LIMIT $1
"""
_TAKE_BACK: Final = "UPDATE survey_batch SET taken_back_at = $2 WHERE batch_id = $1"


@dataclass(frozen=True)
class Batch:
    """Questionnaires that were taken in together. ``taken_back_at``: None unless they were registered in error."""

    batch_id: UUID
    survey: str
    questionnaires: int
    taken_in_at: datetime
    taken_back_at: datetime | None


async def add(connection: Connection, batch: Batch) -> None:
    """Adds a batch to the list."""
    await connection.execute(_ADD, batch.batch_id, batch.survey, batch.questionnaires, batch.taken_in_at)


async def find(connection: Connection, batch_id: UUID) -> Batch | None:
    """A batch; None if there is none with that id."""
    row: Mapping[str, Any] | None = await connection.fetchrow(_FIND, batch_id)
    return None if row is None else Batch(**dict(row))


async def newest(connection: Connection, limit: int) -> Sequence[Batch]:
    """The batches, the one taken in last first."""
    return [Batch(**dict(row)) for row in await connection.fetch(NEWEST, limit)]


async def note_taken_back(connection: Connection, batch_id: UUID, moment: datetime) -> None:
    """Marks a batch as registered in error."""
    await connection.execute(_TAKE_BACK, batch_id, moment)
