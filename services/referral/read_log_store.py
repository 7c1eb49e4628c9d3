"""The log of reads: who read whose name or was refused it, who searched, and who looked at the log itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.chassis.database import Connection


class Kind(StrEnum):
    """What a row of the log tells."""

    READ = "read"
    REFUSED = "refused"
    SEARCH = "search"
    LOOK = "look"


@dataclass(frozen=True)
class Asked:
    """What is asked of the log. ``cases``: those of one person, None for everybody. ``first``, ``last``: days."""

    cases: Sequence[UUID] | None
    user_id: str | None
    kind: Kind | None
    first: date
    last: date


@dataclass(frozen=True)
class Place:
    """Where a page of the log begins: after the row of this moment, table and number; the latest come first."""

    at: datetime
    source: int
    number: int


@dataclass(frozen=True)
class Row:
    """A row of the log. ``purpose``: empty where the kind says it all. ``cases``: which were shown, refused or asked
    about."""

    at: datetime
    source: int
    number: int
    kind: Kind
    user_id: str
    purpose: str
    cases: Sequence[UUID]

    @property
    def place(self) -> Place:
        """Where the page after this row begins."""
        return Place(self.at, self.source, self.number)


# A search shows each case it found as a read of its name, so the log of one person has no searches.
PAGE: Final = """
SELECT * FROM (
    (SELECT read_at AS at, 1 AS source, identity_read_id AS number,
            CASE WHEN refused THEN 'refused' ELSE 'read' END AS kind, user_id, purpose, ARRAY[case_id] AS cases
     FROM identity_read
     WHERE read_at >= $2 AND read_at <= $3 AND (read_at, 1, identity_read_id) < ($3, $4::int, $5::bigint)
       AND ($6::uuid[] IS NULL OR case_id = ANY ($6)) AND ($7::text IS NULL OR user_id = $7)
       AND ($8::text IS NULL OR ($8 = 'read' AND NOT refused) OR ($8 = 'refused' AND refused))
     ORDER BY read_at DESC, identity_read_id DESC LIMIT $1)
    UNION ALL
    (SELECT searched_at, 2, identity_search_id, 'search', user_id, '', cases
     FROM identity_search
     WHERE searched_at >= $2 AND searched_at <= $3
       AND (searched_at, 2, identity_search_id) < ($3, $4::int, $5::bigint)
       AND $6::uuid[] IS NULL AND ($7::text IS NULL OR user_id = $7) AND ($8::text IS NULL OR $8 = 'search')
     ORDER BY searched_at DESC, identity_search_id DESC LIMIT $1)
    UNION ALL
    (SELECT looked_at, 3, read_log_look_id, 'look', user_id, CASE WHEN exported THEN 'exported' ELSE '' END, cases
     FROM read_log_look
     WHERE looked_at >= $2 AND looked_at <= $3
       AND (looked_at, 3, read_log_look_id) < ($3, $4::int, $5::bigint)
       AND ($6::uuid[] IS NULL OR cases && $6) AND ($7::text IS NULL OR user_id = $7)
       AND ($8::text IS NULL OR $8 = 'look')
     ORDER BY looked_at DESC, read_log_look_id DESC LIMIT $1)
) AS log
ORDER BY at DESC, source DESC, number DESC LIMIT $1
"""

PLAN_EACH: Final = "SET LOCAL plan_cache_mode = force_custom_plan"
"""What is asked decides which index serves it, so no plan is kept from one question to the next."""

_KEEP_LOOK: Final = """
INSERT INTO read_log_look (looked_at, user_id, cases, about_user, kind, first_on, last_on, exported)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

_OF_PERSON: Final = """
SELECT case_id FROM referral_case
WHERE person_id IN (SELECT person_id FROM referral_case WHERE case_id = ANY ($1::uuid[]))
"""


async def page(conn: Connection, asked: Asked, since: datetime, after: Place, limit: int) -> list[Row]:
    """So many rows after a place, the latest first, none from before ``since``."""
    await conn.execute(PLAN_EACH)
    cases = None if asked.cases is None else list(asked.cases)
    found = await conn.fetch(
        PAGE, limit, since, after.at, after.source, after.number, cases, asked.user_id, asked.kind
    )
    return [Row(**{**row, "kind": Kind(row["kind"])}) for row in found]


async def keep_look(conn: Connection, asked: Asked, user_id: str, now: datetime, *, exported: bool) -> None:
    """Writes down who looked at the log, and what they asked for."""
    await conn.execute(
        _KEEP_LOOK,
        now,
        user_id,
        list(asked.cases or ()),
        asked.user_id,
        asked.kind,
        asked.first,
        asked.last,
        exported,
    )


async def cases_of_the_person(conn: Connection, case_ids: Sequence[UUID]) -> list[UUID]:
    """All cases of those cases' people; the log tells of a person, not of one case."""
    return [row["case_id"] for row in await conn.fetch(_OF_PERSON, case_ids)]
