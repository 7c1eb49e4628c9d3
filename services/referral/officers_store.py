"""Officers who refer: whose referrals are open, who has left, and who takes over. Officers are fingerprints here."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.chassis.database import Connection
from services.referral.domain.case import CaseState
from services.referral.store import Sealed


@dataclass(frozen=True)
class OpenOfOfficer:
    """How many open referrals an officer of a unit has, and one of them, whose file says the officer's name.

    ``left_on``: from which day the officer is gone; None for one who stays.
    """

    officer: bytes
    unit: str
    open_referrals: int
    example: Sealed
    left_on: date | None


@dataclass(frozen=True)
class WithoutReferrer:
    """An open referral whose referrer has left. ``file``: what is sealed of it, the officer's name too."""

    case_id: UUID
    insats: str
    agency: str
    unit: str
    referred_on: date
    state: CaseState
    left_on: date
    file: Sealed


OFFICERS: Final = """
WITH open AS (
    SELECT officer, unit, count(*) AS open_referrals, (array_agg(case_id ORDER BY received_at DESC))[1] AS case_id
    FROM referral_case
    WHERE agency = $1 AND officer IS NOT NULL AND state IN ('waiting', 'incomplete', 'accepted', 'started')
    GROUP BY officer, unit
)
SELECT open.officer, open.unit, open.open_referrals, officer_left.left_on,
       referral_case.case_id, referral_case.person_id, person_key.wrapped AS wrapped_key, referral_case.file AS sealed
FROM open JOIN referral_case USING (case_id) JOIN person_key USING (person_id)
     LEFT JOIN officer_left ON officer_left.agency = $1 AND officer_left.officer = open.officer
ORDER BY open.open_referrals DESC, open.officer LIMIT $2
"""

_WITHOUT: Final = """
SELECT referral_case.case_id, insats, referral_case.agency, unit, referred_on, state, left_on,
       referral_case.person_id, person_key.wrapped AS wrapped_key, file AS sealed
FROM officer_left JOIN referral_case USING (agency, officer) JOIN person_key USING (person_id)
WHERE left_on <= $1 AND referral_case.officer IS NOT NULL
  AND state IN ('waiting', 'incomplete', 'accepted', 'started'){which}
ORDER BY received_at, referral_case.case_id LIMIT $2
"""
WITHOUT_REFERRER: Final = _WITHOUT.format(which="")
WITHOUT_REFERRER_OF_AGENCY: Final = _WITHOUT.format(which=" AND referral_case.agency = $3")

COUNT_WITHOUT_REFERRER: Final = """
SELECT count(*) FROM (
    SELECT FROM officer_left JOIN referral_case USING (agency, officer)
    WHERE left_on <= $1 AND referral_case.officer IS NOT NULL
      AND state IN ('waiting', 'incomplete', 'accepted', 'started')
    LIMIT $2
) AS counted
"""

_REPLACE: Final = "UPDATE referral_case SET unit = $2, officer = $3, file = $4 WHERE case_id = $1"

_LEAVE: Final = """
INSERT INTO officer_left (agency, officer, left_on, noted_by, noted_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (agency, officer)
DO UPDATE SET left_on = EXCLUDED.left_on, noted_by = EXCLUDED.noted_by, noted_at = EXCLUDED.noted_at
"""
_STAY: Final = "DELETE FROM officer_left WHERE agency = $1 AND officer = $2 RETURNING officer"
_COUNT_OPEN: Final = """
SELECT count(*) FROM referral_case
WHERE agency = $1 AND officer = $2 AND state IN ('waiting', 'incomplete', 'accepted', 'started')
"""


async def officers(conn: Connection, agency: str, limit: int) -> list[OpenOfOfficer]:
    """The agency's officers with open referrals, those with most of them first."""
    return [
        OpenOfOfficer(row["officer"], row["unit"], row["open_referrals"], _sealed(row), row["left_on"])
        for row in await conn.fetch(OFFICERS, agency, limit)
    ]


async def without_referrer(conn: Connection, today: date, limit: int, agency: str | None) -> list[WithoutReferrer]:
    """Open referrals whose referrer has left, the oldest first; of one agency, if given."""
    if agency is None:
        rows = await conn.fetch(WITHOUT_REFERRER, today, limit)
    else:
        rows = await conn.fetch(WITHOUT_REFERRER_OF_AGENCY, today, limit, agency)
    return [
        WithoutReferrer(
            case_id=row["case_id"],
            insats=row["insats"],
            agency=row["agency"],
            unit=row["unit"],
            referred_on=row["referred_on"],
            state=CaseState(row["state"]),
            left_on=row["left_on"],
            file=_sealed(row),
        )
        for row in rows
    ]


async def count_without_referrer(conn: Connection, today: date, at_most: int) -> int:
    """How many open referrals have lost their referrer, counted no further than ``at_most``."""
    counted: int = await conn.fetchval(COUNT_WITHOUT_REFERRER, today, at_most)
    return counted


async def replace(conn: Connection, case_id: UUID, unit: str, officer: bytes, file: bytes) -> None:
    """Puts another officer in a referral. ``file``: sealed, with the officer in it."""
    await conn.execute(_REPLACE, case_id, unit, officer, file)


async def leave(conn: Connection, agency: str, officer: bytes, left_on: date, noted_by: str, now: datetime) -> None:
    """Keeps that an officer leaves, and from which day; what was noted of the officer before is replaced."""
    await conn.execute(_LEAVE, agency, officer, left_on, noted_by, now)


async def stay(conn: Connection, agency: str, officer: bytes) -> bool:
    """Removes that an officer leaves. False if that was not noted."""
    return await conn.fetchval(_STAY, agency, officer) is not None


async def count_open(conn: Connection, agency: str, officer: bytes) -> int:
    """How many open referrals an officer has."""
    counted: int = await conn.fetchval(_COUNT_OPEN, agency, officer)
    return counted


def _sealed(row: Any) -> Sealed:
    return Sealed(row["case_id"], row["person_id"], row["wrapped_key"], row["sealed"])
