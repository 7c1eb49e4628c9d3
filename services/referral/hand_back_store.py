"""Cases handed back to their referrers that nobody there has acknowledged."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.chassis.database import Connection

HANDED_BACK: Final = """
SELECT case_id, insats, agency, unit, handed_back_on FROM referral_case
WHERE handed_back_on IS NOT NULL ORDER BY handed_back_on, case_id LIMIT $1
"""

COUNT_HANDED_BACK: Final = """
SELECT count(*) FROM (SELECT FROM referral_case WHERE handed_back_on IS NOT NULL LIMIT $1) AS counted
"""

HANDED_BACK_BY_REFERENCE: Final = """
SELECT DISTINCT referral_case.case_id
FROM inbox_message JOIN referral_case ON referral_case.case_id = (receipt ->> 'case_id')::uuid
WHERE receipt ->> 'agency' = $1 AND receipt ->> 'reference' = $2 AND receipt ->> 'case_id' IS NOT NULL
  AND referral_case.handed_back_on IS NOT NULL
ORDER BY 1 LIMIT 2
"""


@dataclass(frozen=True)
class HandedBack:
    """A case that was handed back, and since when nobody has acknowledged it."""

    case_id: UUID
    insats: str
    agency: str
    unit: str
    handed_back_on: date


async def not_acknowledged(conn: Connection, limit: int) -> list[HandedBack]:
    """The hand-backs that nobody has acknowledged, the oldest first."""
    return [HandedBack(**row) for row in await conn.fetch(HANDED_BACK, limit)]


async def count(conn: Connection, most: int) -> int:
    """How many hand-backs nobody has acknowledged; no more than ``most`` are counted."""
    counted: int = await conn.fetchval(COUNT_HANDED_BACK, most)
    return counted


async def by_reference(conn: Connection, agency: str, reference: str) -> list[UUID]:
    """The agency's cases with its own reference that were handed back and wait; two at most are looked for."""
    return [row["case_id"] for row in await conn.fetch(HANDED_BACK_BY_REFERENCE, agency, reference)]
