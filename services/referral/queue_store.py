"""The queue to an insats: who waits, in which order, and what did not count as waiting."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.chassis.database import Connection
from services.referral.domain.permissions import CaseState
from services.referral.domain.queue_order import TakenOn
from services.referral.domain.waiting import Hold, Standing, Wait, standing, waited


@dataclass(frozen=True)
class Queued:
    """A referral that waits for an insats, complete or not.

    ``priorities``: the ids of the criteria that let the person go first. ``contacted_on``: the latest day on which
    the person was reached meanwhile. ``supported``: the person takes part in another insats, whichever it is.
    """

    case_id: UUID
    agency: str
    unit: str
    referred_on: date
    state: CaseState
    contacted_on: date | None
    supported: bool
    sought_insats: str | None
    sought_door: str | None
    priorities: Sequence[str]


_QUEUE: Final = """
SELECT case_id, agency, unit, referred_on, state, contacted_on, sought_insats, sought_door, priorities,
       -- counted, because EXISTS may be planned as a scan of all who take part for the sake of a page
       (SELECT count(*) FROM referral_case AS other
        WHERE other.person_id = referral_case.person_id AND other.state = 'started') > 0 AS supported
FROM referral_case
WHERE insats = $1 AND state IN ('waiting', 'incomplete'){after}
ORDER BY queue_class, received_at, case_id LIMIT $2
"""
_PLACE: Final = "(SELECT queue_class, received_at, case_id FROM referral_case WHERE case_id = $3 AND insats = $1)"
FIRST_OF_QUEUE: Final = _QUEUE.format(after="")
NEXT_OF_QUEUE: Final = _QUEUE.format(after=f" AND (queue_class, received_at, case_id) > {_PLACE}")
BEFORE_IN_QUEUE: Final = """
SELECT count(*) FROM referral_case
WHERE insats = $1 AND state IN ('waiting', 'incomplete')
  AND (queue_class, received_at, case_id)
      <= (SELECT queue_class, received_at, case_id FROM referral_case WHERE case_id = $2 AND insats = $1)
"""
LENGTHS: Final = """
SELECT insats, count(*) AS queued FROM referral_case WHERE state IN ('waiting', 'incomplete') GROUP BY insats
"""
QUEUED: Final = """
SELECT case_id, referred_on FROM referral_case WHERE insats = $1 AND state IN ('waiting', 'incomplete')
"""
TAKEN_ON: Final = """
SELECT unit, sex, count(*) FROM referral_case
WHERE insats = $1 AND state IN ('accepted', 'started', 'closed') AND referred_on >= $2
GROUP BY unit, sex
"""
_HOLDS: Final = "SELECT case_id, asked_on, completed_on FROM completion WHERE case_id = ANY ($1::uuid[])"


async def page(conn: Connection, insats: str, limit: int, after: UUID | None) -> list[Queued]:
    """Those who wait for an insats, in its order; after one of them, if given."""
    if after is None:
        rows = await conn.fetch(FIRST_OF_QUEUE, insats, limit)
    else:
        rows = await conn.fetch(NEXT_OF_QUEUE, insats, limit, after)
    return [Queued(**{**row, "state": CaseState(row["state"])}) for row in rows]


async def before(conn: Connection, insats: str, after: UUID | None) -> int:
    """How many stand in the queue up to and including a referral; none without one."""
    if after is None:
        return 0
    counted: int = await conn.fetchval(BEFORE_IN_QUEUE, insats, after)
    return counted


async def taken_on(conn: Connection, insats: str, since: date) -> list[TakenOn]:
    """How many an insats has taken on of those referred since a day, by unit and sex."""
    return [TakenOn(**row) for row in await conn.fetch(TAKEN_ON, insats, since)]


async def lengths(conn: Connection) -> dict[str, int]:
    """How many wait for each insats that somebody waits for."""
    return {row["insats"]: row["queued"] for row in await conn.fetch(LENGTHS)}


async def standing_of(conn: Connection, insats: str, today: date) -> Standing:
    """How the queue to an insats stands today."""
    queued = [(row["case_id"], row["referred_on"]) for row in await conn.fetch(QUEUED, insats)]
    return standing(list((await waits(conn, queued, today)).values()))


async def waits(conn: Connection, referred: Iterable[tuple[UUID, date]], today: date) -> dict[UUID, Wait]:
    """How long each referral, given with its day, has waited until today."""
    days = dict(referred)
    holds: dict[UUID, list[Hold]] = {case_id: [] for case_id in days}
    for row in await conn.fetch(_HOLDS, _ids(days)):
        holds[row["case_id"]].append(Hold(row["asked_on"], row["completed_on"]))
    return {case_id: waited(day, today, holds[case_id]) for case_id, day in days.items()}


def _ids(days: dict[UUID, date]) -> Sequence[UUID]:
    return list(days)
