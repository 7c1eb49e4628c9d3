"""What was asked for of referrals that lack something, and what was answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from contracts.referral import CompletionRequested
from services.chassis.database import Connection


@dataclass(frozen=True)
class Completion:
    """A question for completion. ``note`` and ``answer``: sealed; None for none, and for a forgotten person."""

    completion_id: UUID
    case_id: UUID
    what: Sequence[str]
    asked_of: str
    asked_on: date
    note: bytes | None
    completed_on: date | None
    answer: bytes | None


_ADD: Final = """
INSERT INTO completion (completion_id, case_id, what, asked_of, asked_on, note) VALUES ($1, $2, $3, $4, $5, $6)
"""
_COMPLETE: Final = "UPDATE completion SET completed_on = $2, answer = $3 WHERE completion_id = $1"
_REMOVE: Final = "DELETE FROM completion WHERE completion_id = $1"
_OF_CASES: Final = """
SELECT DISTINCT ON (case_id) completion_id, case_id, what, asked_of, asked_on, note, completed_on, answer
FROM completion WHERE case_id = ANY ($1::uuid[])
ORDER BY case_id, completed_on IS NOT NULL, asked_on DESC
"""


async def add(conn: Connection, case_id: UUID, fact: CompletionRequested, note: bytes | None) -> None:
    """Keeps a question."""
    await conn.execute(_ADD, fact.completion_id, case_id, list(fact.what), fact.asked_of, fact.happened_on, note)


async def complete(conn: Connection, completion_id: UUID, completed_on: date, answer: bytes | None) -> None:
    """Keeps that what was asked for has come."""
    await conn.execute(_COMPLETE, completion_id, completed_on, answer)


async def remove(conn: Connection, completion_id: UUID) -> None:
    """Removes a question that was registered in error, and what it said."""
    await conn.execute(_REMOVE, completion_id)


async def of_cases(conn: Connection, case_ids: Sequence[UUID]) -> dict[UUID, Completion]:
    """The open question of each case, or the latest that was answered; cases without one are left out."""
    rows = await conn.fetch(_OF_CASES, case_ids)
    return {row["case_id"]: Completion(**row) for row in rows}
