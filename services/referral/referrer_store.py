"""What a referring agency sees of its own referrals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from contracts.codes import ReturnedBy
from services.chassis.database import Connection
from services.referral.domain.case import CaseState


@dataclass(frozen=True)
class OwnReferral:
    """A referral as the agency that made it sees it.

    ``position``: its place in the queue to the insats, from 1, and ``queued``: how many wait there; None unless it
    waits. ``missing``: what it lacks while it is incomplete. ``handed_back_on``: None too once the agency has
    acknowledged it. ``wrapped_key`` and ``sealed``: the file with the reference; None once the person has been
    forgotten.
    """

    case_id: UUID
    insats: str
    unit: str
    referred_on: date
    received_at: datetime
    state: CaseState
    state_since: date
    returned_by: ReturnedBy | None
    missing: Sequence[str] | None
    handed_back_on: date | None
    position: int | None
    queued: int | None
    person_id: UUID
    wrapped_key: bytes | None
    sealed: bytes | None
    sought_insats: str | None
    sought_door: str | None
    priorities: Sequence[str]


# The positions of a page's referrals are counted once for each insats, not once for each referral.
_OWN: Final = """
WITH page AS (
    {page}
), queue AS (
    SELECT case_id, row_number() OVER in_order AS position, count(*) OVER (PARTITION BY insats) AS queued
    FROM referral_case
    WHERE state IN ('waiting', 'incomplete')
      AND insats IN (SELECT insats FROM page WHERE state IN ('waiting', 'incomplete'))
    WINDOW in_order AS (PARTITION BY insats ORDER BY queue_class, received_at, case_id)
)
SELECT page.case_id, page.insats, page.unit, page.referred_on, page.received_at, page.state, page.state_since,
       page.returned_by, page.handed_back_on,
       CASE WHEN page.state = 'incomplete' THEN (
           SELECT what FROM completion WHERE completion.case_id = page.case_id AND completed_on IS NULL
           ORDER BY asked_on DESC LIMIT 1
       ) END AS missing,
       queue.position, queue.queued, page.person_id, person_key.wrapped AS wrapped_key, page.file AS sealed,
       page.sought_insats, page.sought_door, page.priorities
FROM page LEFT JOIN queue USING (case_id) LEFT JOIN person_key ON person_key.person_id = page.person_id
ORDER BY page.received_at DESC, page.case_id DESC
"""
NEWEST_OWN: Final = _OWN.format(
    page="SELECT * FROM referral_case WHERE agency = $1 ORDER BY received_at DESC, case_id DESC LIMIT $2"
)
OLDER_OWN: Final = _OWN.format(
    page="""SELECT * FROM referral_case
    WHERE agency = $1
      AND (received_at, case_id) < (SELECT received_at, case_id FROM referral_case WHERE case_id = $3 AND agency = $1)
    ORDER BY received_at DESC, case_id DESC LIMIT $2"""
)
_WAITS_FOR_AGENCY: Final = "agency = $1 AND (state = 'incomplete' OR handed_back_on IS NOT NULL) IS TRUE"
NEWEST_TO_DO: Final = _OWN.format(
    page=f"SELECT * FROM referral_case WHERE {_WAITS_FOR_AGENCY} ORDER BY received_at DESC, case_id DESC LIMIT $2"  # noqa: S608
)
COUNT_TO_DO: Final = f"SELECT count(*) FROM referral_case WHERE {_WAITS_FOR_AGENCY}"  # noqa: S608  # our own constant
ONE_OWN: Final = _OWN.format(page="SELECT * FROM referral_case WHERE agency = $1 AND case_id = $2")


# Of a person who has been erased the receipt is gone, so nothing is found.
_ACKNOWLEDGED: Final = """
SELECT (receipt ->> 'case_id')::uuid FROM inbox_message
WHERE message = ANY ($1::bytea[]) AND receipt ->> 'case_id' IS NOT NULL
"""


async def newest(conn: Connection, agency: str, limit: int, after: UUID | None) -> list[OwnReferral]:
    """The agency's referrals, the latest first; after one of them, if given."""
    asked: tuple[Any, ...] = (agency, limit) if after is None else (agency, limit, after)
    rows = await conn.fetch(NEWEST_OWN if after is None else OLDER_OWN, *asked)
    return [_own(row) for row in rows]


async def to_do(conn: Connection, agency: str, limit: int) -> list[OwnReferral]:
    """The agency's referrals that wait for it to complete them or to acknowledge a hand-back, the latest first."""
    return [_own(row) for row in await conn.fetch(NEWEST_TO_DO, agency, limit)]


async def count_to_do(conn: Connection, agency: str) -> int:
    """How many of the agency's referrals wait for it."""
    counted: int = await conn.fetchval(COUNT_TO_DO, agency)
    return counted


async def one(conn: Connection, agency: str, case_id: UUID) -> OwnReferral | None:
    """One of the agency's referrals; None if it has no such."""
    row = await conn.fetchrow(ONE_OWN, agency, case_id)
    return None if row is None else _own(row)


async def acknowledged(conn: Connection, messages: Sequence[bytes]) -> list[UUID]:
    """The cases that messages were acknowledged with. ``messages``: fingerprints."""
    return [row[0] for row in await conn.fetch(_ACKNOWLEDGED, messages)]


def _own(row: Any) -> OwnReferral:
    by = row["returned_by"]
    return OwnReferral(
        **{**row, "state": CaseState(row["state"]), "returned_by": None if by is None else ReturnedBy(by)}
    )
