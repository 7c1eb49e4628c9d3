"""Who is protected, who may read of them, every change of that, and the reads that were refused."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.chassis.database import Connection
from services.referral.domain.protection import Protection


@dataclass(frozen=True)
class Marked:
    """A person whom a referral says is protected."""

    person_id: UUID
    case_id: UUID
    protection: Protection
    by: str


@dataclass(frozen=True)
class Change:
    """A change of a person's mark. ``readers``: None if it was lifted."""

    changed_at: datetime
    changed_by: str
    readers: Sequence[str] | None


OF_CASES: Final = """
SELECT case_id, readers, taken_on FROM referral_case JOIN protected_person USING (person_id)
WHERE case_id = ANY ($1::uuid[])
"""

# The person's row is locked before the case's stream, by everything that locks both.
_LOCK: Final = """
SELECT person_id FROM person
WHERE person_id = (SELECT person_id FROM referral_case WHERE case_id = $1) AND forgotten_at IS NULL
FOR NO KEY UPDATE
"""

_KEEP: Final = """
WITH kept AS (
    INSERT INTO protected_person (person_id, readers, taken_on) VALUES ($1, $5, $6)
    ON CONFLICT (person_id) DO UPDATE SET readers = EXCLUDED.readers, taken_on = EXCLUDED.taken_on
)
INSERT INTO protection_change (person_id, case_id, changed_at, changed_by, readers) VALUES ($1, $2, $3, $4, $5)
"""

_LIFT: Final = """
WITH lifted AS (DELETE FROM protected_person WHERE person_id = $1)
INSERT INTO protection_change (person_id, case_id, changed_at, changed_by) VALUES ($1, $2, $3, $4)
"""

# Whoever is protected already stays so as it is: a referral does not change who may read.
# Of a person whom several referrals of a batch mark, the first one does. Readers come as JSON: arrays of different
# lengths cannot be unnested side by side.
_MARK: Final = """
WITH marked AS (
    SELECT DISTINCT ON (person_id) person_id, case_id, marked_by, taken_on,
           ARRAY(SELECT jsonb_array_elements_text(readers::jsonb)) AS readers
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::boolean[]) WITH ORDINALITY
        AS new (person_id, case_id, marked_by, readers, taken_on, nth)
    ORDER BY person_id, nth
), kept AS (
    INSERT INTO protected_person (person_id, readers, taken_on) SELECT person_id, readers, taken_on FROM marked
    ON CONFLICT (person_id) DO NOTHING
    RETURNING person_id
)
INSERT INTO protection_change (person_id, case_id, changed_at, changed_by, readers)
SELECT person_id, case_id, $6, marked_by, readers FROM marked JOIN kept USING (person_id)
"""

CHANGES: Final = """
SELECT changed_at, changed_by, readers FROM protection_change
WHERE person_id = (SELECT person_id FROM referral_case WHERE case_id = $1)
ORDER BY protection_change_id DESC LIMIT $2
"""

_LOG_REFUSALS: Final = """
INSERT INTO identity_read (read_at, user_id, case_id, purpose, refused) SELECT $1, $2, unnest($3::uuid[]), $4, true
"""


async def of_cases(conn: Connection, case_ids: Sequence[UUID]) -> dict[UUID, Protection]:
    """The marks of those among the cases' people who are protected."""
    return {row["case_id"]: _protection(row) for row in await conn.fetch(OF_CASES, case_ids)}


async def lock_person(conn: Connection, case_id: UUID) -> UUID | None:
    """The case's person, held for this transaction; None for a forgotten person and an unknown case."""
    person_id: UUID | None = await conn.fetchval(_LOCK, case_id)
    return person_id


async def keep(
    conn: Connection, person_id: UUID, case_id: UUID, protection: Protection | None, by: str, now: datetime
) -> None:
    """Keeps a person's mark as it is from now on (None: it is lifted), and writes the change down."""
    if protection is None:
        await conn.execute(_LIFT, person_id, case_id, now, by)
    else:
        await conn.execute(_KEEP, person_id, case_id, now, by, sorted(protection.readers), protection.taken_on)


async def mark(conn: Connection, marked: Sequence[Marked], now: datetime) -> None:
    """Marks the people of referrals that say so, and writes it down of those who were not marked."""
    if marked:
        await conn.execute(
            _MARK,
            [each.person_id for each in marked],
            [each.case_id for each in marked],
            [each.by for each in marked],
            [json.dumps(sorted(each.protection.readers)) for each in marked],
            [each.protection.taken_on for each in marked],
            now,
        )


async def changes(conn: Connection, case_id: UUID, limit: int) -> list[Change]:
    """The changes of the mark of the case's person, the latest first."""
    return [Change(**row) for row in await conn.fetch(CHANGES, case_id, limit)]


async def log_refusals(
    conn: Connection, case_ids: Collection[UUID], user_id: str, purpose: str, now: datetime
) -> None:
    """Writes down who was refused the identities of these cases, and what for."""
    if case_ids:
        await conn.execute(_LOG_REFUSALS, now, user_id, sorted(case_ids), purpose)


def _protection(row: Any) -> Protection:
    return Protection(frozenset(row["readers"]), row["taken_on"])
