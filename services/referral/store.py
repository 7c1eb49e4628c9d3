"""The referral service's tables: cases, the identity vault, the messages read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, assert_never
from uuid import UUID

from pydantic import TypeAdapter

from contracts.agency import ReferralAcknowledged, ReferralRejected
from contracts.codes import ReturnReason
from contracts.problems import NotFound
from services.chassis.database import Connection
from services.referral.domain.case import Accepted, Case, CaseState, Closed, Consent, ConsentState, Returned, Waiting


@dataclass(frozen=True)
class Earlier:
    """A message read before: the fingerprint of what it said, and its receipt."""

    content: bytes
    receipt: ReferralAcknowledged | ReferralRejected


@dataclass(frozen=True)
class KnownPerson:
    """A person in the vault, and the insatser with an open referral of theirs."""

    person_id: UUID
    wrapped_key: bytes
    open_insatser: frozenset[str]


@dataclass(frozen=True)
class SealedPerson:
    """A person as the vault keeps them."""

    person_id: UUID
    lookup: bytes
    wrapped_key: bytes
    identity_number: bytes
    name: bytes
    phone: bytes | None


@dataclass(frozen=True)
class NewCase:
    """A case about to be opened. ``file``: sealed."""

    case: Waiting
    person_id: UUID
    insats: str
    agency: str
    unit: str
    file: bytes


@dataclass(frozen=True)
class Sealed:
    """Something sealed, and what it takes to open it."""

    case_id: UUID
    person_id: UUID
    wrapped_key: bytes
    sealed: bytes


@dataclass(frozen=True)
class Row:
    """A case as lists show it: nothing about who it is."""

    case_id: UUID
    insats: str
    agency: str
    unit: str
    referred_on: date
    received_at: datetime
    state: CaseState
    state_since: date
    consent: ConsentState


_RECEIPT: Final[TypeAdapter[ReferralAcknowledged | ReferralRejected]] = TypeAdapter(
    ReferralAcknowledged | ReferralRejected
)

# Sorted, so that two batches that share people or messages wait for each other instead of deadlocking.
_LOCK: Final = "SELECT pg_advisory_xact_lock(key) FROM (SELECT unnest($1::bigint[]) AS key ORDER BY 1) AS sorted"

_MESSAGES: Final = "SELECT message, content, receipt FROM inbox_message WHERE message = ANY ($1::bytea[])"

_PEOPLE: Final = """
SELECT person.lookup, person.person_id, person_key.wrapped,
       array(
           SELECT insats FROM referral_case
           WHERE referral_case.person_id = person.person_id AND state IN ('waiting', 'accepted')
       ) AS open_insatser
FROM person JOIN person_key USING (person_id)
WHERE person.lookup = ANY ($1::bytea[])
"""

_KEEP_PEOPLE: Final = """
WITH kept AS (
    INSERT INTO person (person_id, lookup, identity_number, name, phone, known_since)
    SELECT person_id, lookup, identity_number, name, phone, $7
    FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[])
        AS new (person_id, lookup, identity_number, name, phone)
    ON CONFLICT (person_id) DO UPDATE SET name = EXCLUDED.name, phone = EXCLUDED.phone
)
INSERT INTO person_key (person_id, wrapped) SELECT * FROM unnest($1::uuid[], $6::bytea[])
ON CONFLICT (person_id) DO NOTHING
"""

_OPEN: Final = """
INSERT INTO referral_case (
    case_id, person_id, insats, agency, unit, referred_on, received_at,
    state, state_since, consent, consent_stated_on, file
)
SELECT case_id, person_id, insats, agency, unit, referred_on, $10, 'waiting', referred_on, consent, stated_on, file
FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::text[], $8::date[], $9::bytea[]
) AS new (case_id, person_id, insats, agency, unit, referred_on, consent, stated_on, file)
"""

_REMEMBER: Final = """
INSERT INTO inbox_message (message, content, receipt, received_at)
SELECT message, content, receipt, $4
FROM unnest($1::bytea[], $2::bytea[], $3::jsonb[]) AS new (message, content, receipt)
"""

_LOAD: Final = """
SELECT case_id, referred_on, state, state_since, consent, consent_stated_on FROM referral_case WHERE case_id = $1
"""

_SAVE: Final = """
UPDATE referral_case SET state = $2, state_since = $3, consent = $4, consent_stated_on = $5 WHERE case_id = $1
"""

_KEEP_RETURN_REASON: Final = "UPDATE referral_case SET return_reason = $2 WHERE case_id = $1"

_FILE: Final = """
SELECT case_id, person_id, wrapped AS wrapped_key, file AS sealed FROM referral_case JOIN person_key USING (person_id)
WHERE case_id = $1
"""

_NAMES: Final = """
SELECT case_id, person_id, wrapped AS wrapped_key, person.name AS sealed
FROM referral_case JOIN person USING (person_id) JOIN person_key USING (person_id)
WHERE case_id = ANY ($1::uuid[])
"""

_LOG_READS: Final = """
INSERT INTO identity_read (read_at, user_id, case_id, purpose) SELECT $1, $2, unnest($3::uuid[]), $4
"""

_ROW: Final = "SELECT * FROM listed_case WHERE case_id = $1"

_NEWEST: Final = "SELECT * FROM listed_case ORDER BY received_at DESC, case_id DESC LIMIT $1"
_NEWEST_IN_STATE: Final = """
SELECT * FROM listed_case WHERE state = $2 ORDER BY received_at DESC, case_id DESC LIMIT $1
"""
_OLDER: Final = """
SELECT * FROM listed_case
WHERE (received_at, case_id) < (SELECT received_at, case_id FROM referral_case WHERE case_id = $2)
ORDER BY received_at DESC, case_id DESC LIMIT $1
"""
_OLDER_IN_STATE: Final = """
SELECT * FROM listed_case
WHERE state = $2 AND (received_at, case_id) < (SELECT received_at, case_id FROM referral_case WHERE case_id = $3)
ORDER BY received_at DESC, case_id DESC LIMIT $1
"""

_COUNT_NEWER: Final = """
SELECT count(*) FROM (
    SELECT FROM referral_case
    WHERE state = $1
      AND ($2::uuid IS NULL
           OR (received_at, case_id) > (SELECT received_at, case_id FROM referral_case WHERE case_id = $2))
    LIMIT $3
) AS counted
"""
_COUNT: Final = "SELECT count(*) FROM (SELECT FROM referral_case WHERE state = $1 LIMIT $2) AS counted"


async def lock(conn: Connection, keys: Iterable[int]) -> None:
    """Holds people and messages for this transaction. A statement of its own: what follows sees what others did."""
    await conn.execute(_LOCK, sorted(set(keys)))


async def messages(conn: Connection, wanted: Sequence[bytes]) -> dict[bytes, Earlier]:
    """The messages among these that were read before."""
    if not wanted:
        return {}
    rows = await conn.fetch(_MESSAGES, wanted)
    return {row["message"]: Earlier(row["content"], _RECEIPT.validate_json(row["receipt"])) for row in rows}


async def people(conn: Connection, lookups: Sequence[bytes]) -> dict[bytes, KnownPerson]:
    """The people among these that the vault knows."""
    if not lookups:
        return {}
    rows = await conn.fetch(_PEOPLE, lookups)
    return {
        row["lookup"]: KnownPerson(row["person_id"], row["wrapped"], frozenset(row["open_insatser"])) for row in rows
    }


async def keep_people(conn: Connection, sealed: Sequence[SealedPerson], now: datetime) -> None:
    """Adds new people to the vault; of known ones, takes the name and phone said last."""
    if sealed:
        await conn.execute(
            _KEEP_PEOPLE,
            [person.person_id for person in sealed],
            [person.lookup for person in sealed],
            [person.identity_number for person in sealed],
            [person.name for person in sealed],
            [person.phone for person in sealed],
            [person.wrapped_key for person in sealed],
            now,
        )


async def open_cases(conn: Connection, new: Sequence[NewCase], now: datetime) -> None:
    """Adds cases, all waiting."""
    if new:
        await conn.execute(
            _OPEN,
            [each.case.case_id for each in new],
            [each.person_id for each in new],
            [each.insats for each in new],
            [each.agency for each in new],
            [each.unit for each in new],
            [each.case.referred_on for each in new],
            [each.case.consent.choice for each in new],
            [each.case.consent.stated_on for each in new],
            [each.file for each in new],
            now,
        )


async def remember(conn: Connection, read: Mapping[bytes, Earlier], now: datetime) -> None:
    """Keeps the receipts of messages read for the first time."""
    if read:
        await conn.execute(
            _REMEMBER,
            list(read),
            [earlier.content for earlier in read.values()],
            [earlier.receipt.model_dump_json(exclude_none=True).encode() for earlier in read.values()],
            now,
        )


async def load(conn: Connection, case_id: UUID) -> Case:
    """The case. Raises NotFound."""
    row = await conn.fetchrow(_LOAD, case_id)
    if row is None:
        raise _unknown()
    return _case(row)


def _unknown() -> NotFound:
    return NotFound("case_unknown", "Det finns ingen anmälan med det ärendenumret.")


def _case(row: Any) -> Case:
    case_id, referred_on, since = row["case_id"], row["referred_on"], row["state_since"]
    consent = Consent(ConsentState(row["consent"]), row["consent_stated_on"])
    match CaseState(row["state"]):
        case CaseState.WAITING:
            return Waiting(case_id, referred_on, consent)
        case CaseState.ACCEPTED:
            return Accepted(case_id, referred_on, consent, since)
        case CaseState.RETURNED:
            return Returned(case_id, referred_on, consent, since)
        case CaseState.CLOSED:
            return Closed(case_id, referred_on, consent, since)


async def save(conn: Connection, case: Case) -> None:
    """Writes where the case stands now."""
    await conn.execute(_SAVE, case.case_id, case.state, _since(case), case.consent.choice, case.consent.stated_on)


def _since(case: Case) -> date:
    match case:
        case Waiting():
            return case.referred_on
        case Accepted():
            return case.accepted_on
        case Returned():
            return case.returned_on
        case Closed():
            return case.exited_on
    assert_never(case)


async def keep_return_reason(conn: Connection, case_id: UUID, reason: ReturnReason) -> None:
    """Keeps why a referral was returned, also where the reason may not leave this service."""
    await conn.execute(_KEEP_RETURN_REASON, case_id, reason)


async def case_file(conn: Connection, case_id: UUID) -> Sealed:
    """The sealed file of a case. Raises NotFound, also for a person whose key has been erased."""
    row = await conn.fetchrow(_FILE, case_id)
    if row is None:
        raise _unknown()
    return Sealed(**row)


async def names(conn: Connection, case_ids: Sequence[UUID]) -> list[Sealed]:
    """The sealed names of cases' people; unknown cases and erased people are left out."""
    return [Sealed(**row) for row in await conn.fetch(_NAMES, case_ids)]


async def log_reads(conn: Connection, case_ids: Sequence[UUID], user_id: str, purpose: str, now: datetime) -> None:
    """Writes down who read the identities of these cases, and what for."""
    await conn.execute(_LOG_READS, now, user_id, case_ids, purpose)


async def row(conn: Connection, case_id: UUID) -> Row:
    """A case as lists show it. Raises NotFound."""
    found = await conn.fetchrow(_ROW, case_id)
    if found is None:
        raise _unknown()
    return _row(found)


async def newest(conn: Connection, state: CaseState | None, limit: int, after: UUID | None) -> list[Row]:
    """Cases by arrival, the newest first; with ``after``, those that came before that case."""
    match state, after:
        case None, None:
            found = await conn.fetch(_NEWEST, limit)
        case CaseState(), None:
            found = await conn.fetch(_NEWEST_IN_STATE, limit, state)
        case None, UUID():
            found = await conn.fetch(_OLDER, limit, after)
        case _:
            found = await conn.fetch(_OLDER_IN_STATE, limit, state, after)
    return [_row(each) for each in found]


def _row(found: Any) -> Row:
    return Row(**{**found, "state": CaseState(found["state"]), "consent": ConsentState(found["consent"])})


async def count_newer(conn: Connection, state: CaseState, than: UUID | None, at_most: int) -> int:
    """How many cases in a state came after a case (None: all), counted no further than ``at_most``."""
    counted: int = await conn.fetchval(_COUNT_NEWER, state, than, at_most)
    return counted


async def count(conn: Connection, state: CaseState, at_most: int) -> int:
    """How many cases are in a state, counted no further than ``at_most``."""
    counted: int = await conn.fetchval(_COUNT, state, at_most)
    return counted
