"""What a search finds: cases by their tokens or by their person's number, and the tokens themselves."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.chassis.database import Connection
from services.referral.domain.search_words import MOST_WORDS
from services.referral.store import Row, Sealed, SealedName, listed

# Each token's cases come from the primary key in the order of the page, and are merged until the page is full.
_BY_TOKENS: Final = """
SELECT listed_case.* FROM (
    SELECT received_at, case_id FROM search_token AS word_1 {joined}
    WHERE {conditions}{beyond}
    ORDER BY received_at DESC, case_id DESC LIMIT $1
) AS page JOIN listed_case USING (case_id)
ORDER BY page.received_at DESC, case_id DESC
"""
_BEYOND: Final = (
    " AND (received_at, case_id) < (SELECT received_at, case_id FROM referral_case WHERE case_id = ${nth})"
)


def _by_tokens(words: int, *, anchored: bool) -> str:
    return _BY_TOKENS.format(
        joined=" ".join(
            f"JOIN search_token AS word_{nth} USING (received_at, case_id)" for nth in range(2, words + 1)
        ),
        conditions=" AND ".join(f"word_{nth}.token = ${nth + 1}" for nth in range(1, words + 1)),
        beyond=_BEYOND.format(nth=words + 2) if anchored else "",
    )


BY_TOKENS: Final = {
    (words, anchored): _by_tokens(words, anchored=anchored)
    for words in range(1, MOST_WORDS + 1)
    for anchored in (False, True)
}
"""By how many tokens there are, and whether the page begins after a case. Values: limit, each token, the case."""

# How many cases a token has decides how several are best merged, and differs from one to another by a thousand times.
_PLAN_EACH: Final = "SET LOCAL plan_cache_mode = force_custom_plan"

BY_NUMBERS: Final = """
SELECT * FROM listed_case
WHERE case_id IN (
    SELECT case_id FROM referral_case JOIN person USING (person_id) WHERE person.lookup = ANY ($2::bytea[])
  ) AND ($3::uuid IS NULL
         OR (received_at, case_id) < (SELECT received_at, case_id FROM referral_case WHERE case_id = $3))
ORDER BY received_at DESC, case_id DESC LIMIT $1
"""

_LOG_SEARCH: Final = """
INSERT INTO identity_search (searched_at, user_id, purpose, cases) VALUES ($1, $2, $3, $4)
"""

NUMBERS: Final = """
SELECT case_id, person_id, wrapped AS wrapped_key, identity_number AS sealed
FROM referral_case JOIN person USING (person_id) JOIN person_key USING (person_id)
WHERE case_id = ANY ($1::uuid[])
"""

# Holds the case and the person's key until the tokens are there: no person is forgotten in between. What somebody
# else holds waits for the next batch.
UNSEARCHABLE: Final = """
SELECT case_id, person_id, wrapped AS wrapped_key, coalesce(referral_case.name, person.name) AS name,
       referral_case.name IS NULL AS of_person, file
FROM referral_case JOIN person USING (person_id) JOIN person_key USING (person_id)
WHERE NOT searchable AND file IS NOT NULL
LIMIT $1
FOR NO KEY UPDATE OF referral_case SKIP LOCKED
FOR KEY SHARE OF person_key SKIP LOCKED
"""
_MAKE_SEARCHABLE: Final = """
WITH made AS (
    UPDATE referral_case SET searchable = true WHERE case_id = ANY ($3::uuid[]) RETURNING case_id, received_at
)
INSERT INTO search_token (token, received_at, case_id)
SELECT new.token, made.received_at, made.case_id
FROM unnest($1::bytea[], $2::uuid[]) AS new (token, case_id) JOIN made USING (case_id)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Unsearchable:
    """A case whose tokens have not been made, with what they are made of."""

    name: SealedName
    file: Sealed


async def by_tokens(conn: Connection, tokens: AbstractSet[bytes], limit: int, after: UUID | None) -> list[Row]:
    """The cases that have all these tokens, the newest first; with ``after``, those that came before that case."""
    if len(tokens) > 1:
        await conn.execute(_PLAN_EACH)
    beyond = () if after is None else (after,)
    query = BY_TOKENS[len(tokens), after is not None]
    return [listed(row) for row in await conn.fetch(query, limit, *sorted(tokens), *beyond)]


async def by_numbers(conn: Connection, lookups: Sequence[bytes], limit: int, after: UUID | None) -> list[Row]:
    """The cases of the people with these fingerprints, the newest first; with ``after``, those before that case."""
    return [listed(row) for row in await conn.fetch(BY_NUMBERS, limit, lookups, after)]


async def log_search(conn: Connection, user_id: str, purpose: str, cases: Sequence[UUID], now: datetime) -> None:
    """Writes down who searched, what for, and which cases were shown."""
    await conn.execute(_LOG_SEARCH, now, user_id, purpose, cases)


async def numbers(conn: Connection, case_ids: Sequence[UUID]) -> list[Sealed]:
    """The sealed identity numbers of cases' people; those of unknown cases and of forgotten people are left out."""
    return [Sealed(**row) for row in await conn.fetch(NUMBERS, case_ids)]


async def unsearchable(conn: Connection, limit: int) -> list[Unsearchable]:
    """Cases without tokens, held for this transaction."""
    return [_unsearchable(row) for row in await conn.fetch(UNSEARCHABLE, limit)]


def _unsearchable(row: Any) -> Unsearchable:
    of = (row["case_id"], row["person_id"], row["wrapped_key"])
    return Unsearchable(SealedName(*of, row["name"], row["of_person"]), Sealed(*of, row["file"]))


async def make_searchable(conn: Connection, tokens: Mapping[UUID, AbstractSet[bytes]]) -> None:
    """Keeps the tokens of cases, and that they have them."""
    pairs = [(token, case_id) for case_id, found in tokens.items() for token in found]
    await conn.execute(
        _MAKE_SEARCHABLE, [token for token, _ in pairs], [case_id for _, case_id in pairs], list(tokens)
    )
