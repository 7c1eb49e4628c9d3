"""What ending a referral before the start asks of the database, and taking that back."""

from typing import Final
from uuid import UUID

from services.chassis.database import Connection
from services.referral.domain.correction import OpenElsewhere

OPEN_ELSEWHERE: Final = """
SELECT count(*) FILTER (WHERE other.agency = this.agency) > 0 AS referred_again,
       count(*) FILTER (WHERE other.state IN ('accepted', 'started')) > 0 AS taken_on
FROM referral_case AS this JOIN referral_case AS other USING (person_id, insats)
WHERE this.case_id = $1 AND other.case_id <> $1 AND other.state IN ('waiting', 'incomplete', 'accepted', 'started')
"""

CASES_BY_REFERENCE: Final = """
SELECT DISTINCT referral_case.case_id
FROM inbox_message JOIN referral_case ON referral_case.case_id = (receipt ->> 'case_id')::uuid
WHERE receipt ->> 'agency' = $1 AND receipt ->> 'reference' = $2 AND receipt ->> 'case_id' IS NOT NULL
  AND referral_case.state IN ('waiting', 'incomplete', 'accepted', 'started')
  AND ($3::uuid IS NULL OR referral_case.case_id = $3)
ORDER BY 1 LIMIT 2
"""

_OWNED: Final = "SELECT count(*) > 0 FROM referral_case WHERE case_id = $1 AND agency = $2"


async def open_elsewhere(conn: Connection, case_id: UUID) -> OpenElsewhere:
    """What else is open of the case's person to the insats."""
    row = await conn.fetchrow(OPEN_ELSEWHERE, case_id)
    return OpenElsewhere(**row)


async def cases_by_reference(
    conn: Connection, agency: str, reference: str, case_id: UUID | None = None
) -> list[UUID]:
    """The agency's open cases with its own reference, or that of them with ``case_id``; two at most are looked
    for."""
    return [row["case_id"] for row in await conn.fetch(CASES_BY_REFERENCE, agency, reference, case_id)]


async def owned(conn: Connection, case_id: UUID, agency: str) -> bool:
    """True if the case is of a referral by the agency."""
    found: bool = await conn.fetchval(_OWNED, case_id, agency)
    return found
