"""The list of referrals: a state's, to one insats or to all, page by page, and what has come since it was shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final
from uuid import UUID

from services.chassis.database import Connection
from services.referral.domain.permissions import CaseState
from services.referral.store import Row, listed


@dataclass(frozen=True)
class Inbox:
    """The referrals in a state. ``insats``: those to it; None: to all."""

    state: CaseState
    insats: str | None = None

    @property
    def oldest_first(self) -> bool:
        """True while somebody waits in it: nobody is to wait because newer ones came."""
        return self.state in (CaseState.WAITING, CaseState.INCOMPLETE)


@dataclass(frozen=True)
class Place:
    """Where a page of a list is: after a case, before one, at the end, or (none of them) at the beginning."""

    after: UUID | None = None
    before: UUID | None = None
    last: bool = False


@dataclass(frozen=True)
class Page:
    """A page in the list's order, and whether there is more before and after it."""

    rows: Sequence[Row]
    has_previous: bool
    has_next: bool


@dataclass(frozen=True)
class Standing:
    """What a list holds now: its newest case, how many cases, and how many of somebody forgotten or
    protected."""

    newest: UUID | None
    count: int
    forgotten: int


NEWEST: Final = "SELECT * FROM listed_case ORDER BY received_at DESC, case_id DESC LIMIT $1"
NEWEST_IN_STATE: Final = """
SELECT * FROM listed_case WHERE state = $2 ORDER BY received_at DESC, case_id DESC LIMIT $1
"""
OLDER: Final = """
SELECT * FROM listed_case
WHERE (received_at, case_id) < (SELECT received_at, case_id FROM referral_case WHERE case_id = $2)
ORDER BY received_at DESC, case_id DESC LIMIT $1
"""
OLDER_IN_STATE: Final = """
SELECT * FROM listed_case
WHERE state = $2 AND (received_at, case_id) < (SELECT received_at, case_id FROM referral_case WHERE case_id = $3)
ORDER BY received_at DESC, case_id DESC LIMIT $1
"""

_PAGE: Final = """
SELECT * FROM listed_case WHERE state = $1{insats}{anchor}
ORDER BY received_at {direction}, case_id {direction} LIMIT $2
"""
_BEYOND: Final = (
    " AND (received_at, case_id) {sign} (SELECT received_at, case_id FROM referral_case WHERE case_id = ${nth})"
)


def _page_query(*, of_insats: bool, ascending: bool, anchored: bool) -> str:
    beyond = _BEYOND.format(sign=">" if ascending else "<", nth=4 if of_insats else 3)
    return _PAGE.format(
        insats=" AND insats = $3" if of_insats else "",
        anchor=beyond if anchored else "",
        direction="ASC" if ascending else "DESC",
    )


PAGES: Final = {
    (of_insats, ascending, anchored): _page_query(of_insats=of_insats, ascending=ascending, anchored=anchored)
    for of_insats, ascending, anchored in product((False, True), repeat=3)
}
"""By whether they are of one insats, the oldest first, and beyond a case. Values: state, limit, insats, case."""

_STANDING: Final = """
SELECT (SELECT case_id FROM referral_case WHERE state = $1{insats}
        ORDER BY received_at DESC, case_id DESC LIMIT 1) AS newest,
       (SELECT count(*) FROM (SELECT FROM referral_case WHERE state = $1{insats} LIMIT $2) AS counted) AS count,
       (SELECT count(*) FROM (
            SELECT FROM referral_case WHERE state = $1{insats} AND file IS NULL
            UNION ALL
            SELECT FROM protected_person JOIN referral_case USING (person_id) WHERE state = $1{insats}
            LIMIT $2
        ) AS hidden) AS forgotten
"""
STANDING: Final = {False: _STANDING.format(insats=""), True: _STANDING.format(insats=" AND insats = $3")}
_COUNT_NEWER: Final = """
SELECT count(*) FROM (
    SELECT FROM referral_case
    WHERE state = $1{insats}
      AND ($3::uuid IS NULL
           OR (received_at, case_id) > (SELECT received_at, case_id FROM referral_case WHERE case_id = $3))
    LIMIT $2
) AS counted
"""
COUNT_NEWER: Final = {False: _COUNT_NEWER.format(insats=""), True: _COUNT_NEWER.format(insats=" AND insats = $4")}

# From one insats to the next in the index, however many referrals each has.
INSATSER: Final = """
WITH RECURSIVE found AS (
    (SELECT insats FROM referral_case ORDER BY insats LIMIT 1)
    UNION ALL
    SELECT (SELECT insats FROM referral_case WHERE insats > found.insats ORDER BY insats LIMIT 1)
    FROM found WHERE found.insats IS NOT NULL
)
SELECT insats FROM found WHERE insats IS NOT NULL
"""

OF_INSATSER: Final = (
    "SELECT case_id FROM referral_case WHERE case_id = ANY ($1::uuid[]) AND insats = ANY ($2::text[])"
)


async def newest(conn: Connection, state: CaseState | None, limit: int, after: UUID | None) -> list[Row]:
    """Cases by arrival, the newest first; with ``after``, those that came before that case."""
    match state, after:
        case None, None:
            found = await conn.fetch(NEWEST, limit)
        case CaseState(), None:
            found = await conn.fetch(NEWEST_IN_STATE, limit, state)
        case None, UUID():
            found = await conn.fetch(OLDER, limit, after)
        case _:
            found = await conn.fetch(OLDER_IN_STATE, limit, state, after)
    return [listed(each) for each in found]


async def page(conn: Connection, inbox: Inbox, place: Place, limit: int) -> Page:
    """A page of the list. Beyond the list's end, and where less than a page is left before a case: its first page."""
    if place.before is not None or place.last:
        rows = await _read(conn, inbox, limit + 1, place.before, backwards=True)
        if len(rows) > limit:
            shown = rows[limit - 1 :: -1]
            return Page(shown, has_previous=True, has_next=await _any_after(conn, inbox, shown[-1]))
    elif place.after is not None:
        rows = await _read(conn, inbox, limit + 1, place.after)
        if rows:
            before = await _read(conn, inbox, 1, rows[0].case_id, backwards=True)
            return Page(rows[:limit], has_previous=bool(before), has_next=len(rows) > limit)
    rows = await _read(conn, inbox, limit + 1, None)
    return Page(rows[:limit], has_previous=False, has_next=len(rows) > limit)


async def _any_after(conn: Connection, inbox: Inbox, row: Row) -> bool:
    return bool(await _read(conn, inbox, 1, row.case_id))


async def _read(
    conn: Connection, inbox: Inbox, limit: int, beyond: UUID | None, *, backwards: bool = False
) -> list[Row]:
    query = PAGES[inbox.insats is not None, inbox.oldest_first is not backwards, beyond is not None]
    rows = await conn.fetch(query, inbox.state, limit, *_given(inbox.insats, beyond))
    return [listed(row) for row in rows]


async def standing(conn: Connection, inbox: Inbox, at_most: int) -> Standing:
    """What the list holds now, counted no further than ``at_most``."""
    row = await conn.fetchrow(STANDING[inbox.insats is not None], inbox.state, at_most, *_given(inbox.insats))
    return Standing(**row)


async def count_newer(conn: Connection, inbox: Inbox, than: UUID | None, at_most: int) -> int:
    """How many cases of the list came after a case (None: all), counted no further than ``at_most``."""
    query = COUNT_NEWER[inbox.insats is not None]
    counted: int = await conn.fetchval(query, inbox.state, at_most, than, *_given(inbox.insats))
    return counted


async def insatser(conn: Connection) -> list[str]:
    """The insatser to which somebody was ever referred."""
    return [row["insats"] for row in await conn.fetch(INSATSER)]


async def of_insatser(conn: Connection, case_ids: Sequence[UUID], insatser: Collection[str]) -> list[UUID]:
    """Those of the cases that are of one of the insatser."""
    return [row["case_id"] for row in await conn.fetch(OF_INSATSER, case_ids, list(insatser))]


def _given(*values: Any) -> list[Any]:
    return [value for value in values if value is not None]
