"""The other cases of a case's person."""

from typing import Final
from uuid import UUID

from services.chassis.database import Connection

MOST: Final = 50
"""Nobody is known to have been referred so often; the page says so if somebody has."""

OTHERS: Final = """
SELECT other.case_id FROM referral_case AS this JOIN referral_case AS other USING (person_id)
WHERE this.case_id = $1 AND other.case_id <> $1
ORDER BY other.referred_on DESC, other.case_id
LIMIT $2
"""


async def others(conn: Connection, case_id: UUID) -> list[UUID]:
    """The latest referred first, one more than MOST if there are more. None of a forgotten person."""
    rows = await conn.fetch(OTHERS, case_id, MOST + 1)
    return [row["case_id"] for row in rows]
