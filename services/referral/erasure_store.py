"""The statements that erase a person: key, identity, names, case files, and what is remembered of messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.chassis.database import Connection
from services.referral.domain.case import CaseState
from services.referral.store import unknown_case

_PERSON_OF_CASE: Final = "SELECT lookup FROM referral_case JOIN person USING (person_id) WHERE case_id = $1"

_PERSON: Final = "SELECT person_id FROM person WHERE lookup = $1 FOR UPDATE"

_CASES: Final = "SELECT case_id, insats, state FROM referral_case WHERE person_id = $1 ORDER BY case_id"

_COUNT_MESSAGES: Final = """
SELECT count(*) FROM inbox_message
WHERE person = $1 OR (person IS NULL AND receipt ->> 'case_id' = ANY ($2::text[]))
"""

_ERASE_MESSAGES: Final = """
UPDATE inbox_message SET content = NULL, receipt = NULL, person = NULL
WHERE person = $1 OR (person IS NULL AND receipt ->> 'case_id' = ANY ($2::text[]))
"""

# A draft in which the number is not filled in whole cannot be found; it expires.
_COUNT_DRAFTS: Final = "SELECT count(*) FROM referral_draft WHERE person = $1"
_ERASE_DRAFTS: Final = "DELETE FROM referral_draft WHERE person = $1"

_ERASE_CASES: Final = """
UPDATE referral_case SET name = NULL, file = NULL, officer = NULL, handed_back_on = NULL, priorities = '{}'
WHERE person_id = $1
"""

_ERASE_COMPLETIONS: Final = """
UPDATE completion SET note = NULL, answer = NULL
FROM referral_case WHERE referral_case.case_id = completion.case_id AND referral_case.person_id = $1
"""

_ERASE_PERSON: Final = """
UPDATE person
SET lookup = NULL, identity_number = NULL, name = NULL, phone = NULL, forgotten_at = $2, forgotten_by = $3
WHERE person_id = $1
"""

# With the key go the tokens that the person's cases are found by (the trigger person_key_destroyed).
_DESTROY_KEY: Final = "DELETE FROM person_key WHERE person_id = $1"


@dataclass(frozen=True)
class CaseOfPerson:
    """A case of the person to be erased."""

    case_id: UUID
    insats: str
    state: CaseState


async def lookup_of_case(conn: Connection, case_id: UUID) -> bytes | None:
    """What the case's person is found by; None for a person who was forgotten. Raises NotFound."""
    row = await conn.fetchrow(_PERSON_OF_CASE, case_id)
    if row is None:
        raise unknown_case()
    lookup: bytes | None = row["lookup"]
    return lookup


async def person(conn: Connection, lookup: bytes) -> UUID | None:
    """The person with this fingerprint, held for this transaction; None for somebody who is not known."""
    person_id: UUID | None = await conn.fetchval(_PERSON, lookup)
    return person_id


async def cases(conn: Connection, person_id: UUID) -> list[CaseOfPerson]:
    """The person's cases."""
    rows = await conn.fetch(_CASES, person_id)
    return [CaseOfPerson(row["case_id"], row["insats"], CaseState(row["state"])) for row in rows]


async def count_messages(conn: Connection, lookup: bytes, case_ids: Sequence[UUID]) -> int:
    """How many messages about the person are remembered."""
    counted: int = await conn.fetchval(_COUNT_MESSAGES, lookup, [str(case_id) for case_id in case_ids])
    return counted


async def count_drafts(conn: Connection, lookup: bytes) -> int:
    """How many drafts of referrals about the person there are."""
    counted: int = await conn.fetchval(_COUNT_DRAFTS, lookup)
    return counted


async def erase_drafts(conn: Connection, lookup: bytes) -> None:
    """Deletes the drafts about the person, whoever began them."""
    await conn.execute(_ERASE_DRAFTS, lookup)


async def erase_messages(conn: Connection, lookup: bytes, case_ids: Sequence[UUID]) -> None:
    """Leaves of each message about the person only that its id was used."""
    await conn.execute(_ERASE_MESSAGES, lookup, [str(case_id) for case_id in case_ids])


async def erase_person(conn: Connection, person_id: UUID, user_id: str, now: datetime) -> None:
    """Destroys the person's key and clears all that was sealed with it, the fingerprint, and the search tokens."""
    await conn.execute(_ERASE_CASES, person_id)
    await conn.execute(_ERASE_COMPLETIONS, person_id)
    await conn.execute(_ERASE_PERSON, person_id, now, user_id)
    await conn.execute(_DESTROY_KEY, person_id)
