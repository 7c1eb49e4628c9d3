"""The referral service's tables: cases, the identity vault, the messages read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from pydantic import TypeAdapter

from contracts.agency import ReferralAcknowledged, ReferralRejected
from contracts.agency_requests import RequestCarriedOut
from contracts.catalogue import OWN_KINDS
from contracts.codes import ReturnedBy, Sex
from contracts.consent import ConsentStatus
from contracts.problems import NotFound
from contracts.referral import Shortcut
from services.chassis.database import Connection
from services.referral.domain.case import CaseRow, CaseState
from services.referral.domain.queue_order import QueueClass

StoredReceipt: TypeAlias = ReferralAcknowledged | ReferralRejected | RequestCarriedOut
"""The receipts that are kept: a message that comes again gets the same. A refused request is judged again."""


@dataclass(frozen=True)
class Earlier:
    """A message read before: fingerprints of what it said and of its person, and its receipt.

    None: erased with the person it was about. Then it is known only that its id was used.
    """

    content: bytes | None
    receipt: StoredReceipt | None
    person: bytes | None = None


@dataclass(frozen=True)
class KnownPerson:
    """A person in the vault, and the insatser to which one agency has an open referral of theirs."""

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


@dataclass(frozen=True)
class NewCase:
    """A case about to be opened. ``name`` and ``file``: sealed. ``officer``: a fingerprint, None for nobody.
    ``tokens``: what it is found by."""

    row: CaseRow
    person_id: UUID
    insats: str
    agency: str
    unit: str
    referred_on: date
    name: bytes
    file: bytes
    officer: bytes | None
    tokens: frozenset[bytes]
    shortcut: Shortcut | None
    sex: Sex
    priorities: Sequence[str]
    queue_class: QueueClass


@dataclass(frozen=True)
class Sealed:
    """Something sealed, and what it takes to open it."""

    case_id: UUID
    person_id: UUID
    wrapped_key: bytes
    sealed: bytes


@dataclass(frozen=True)
class SealedName:
    """The name a case's referral gave. ``of_person``: sealed as the person's, as names once were.

    ``wrapped_key`` and ``sealed`` are None for a forgotten person.
    """

    case_id: UUID
    person_id: UUID
    wrapped_key: bytes | None
    sealed: bytes | None
    of_person: bool


@dataclass(frozen=True)
class Row:
    """A case as lists show it: nothing about who it is.

    ``other_open``: it waits, and the person has another open referral to the insats, of whatever agency.
    ``sought_insats`` and ``sought_door``: by which the person came straight to a meeting; None for all others.
    """

    case_id: UUID
    insats: str
    agency: str
    unit: str
    referred_on: date
    received_at: datetime
    state: CaseState
    state_since: date
    consent: ConsentStatus
    other_open: bool
    forgotten: bool
    returned_by: ReturnedBy | None
    sought_insats: str | None = None
    sought_door: str | None = None


_RECEIPT: Final[TypeAdapter[StoredReceipt]] = TypeAdapter(StoredReceipt)

# Sorted, so that two batches that share people or messages wait for each other instead of deadlocking.
_LOCK: Final = "SELECT pg_advisory_xact_lock(key) FROM (SELECT unnest($1::bigint[]) AS key ORDER BY 1) AS sorted"

_MESSAGES: Final = "SELECT message, content, receipt FROM inbox_message WHERE message = ANY ($1::bytea[])"

_PEOPLE: Final = """
SELECT person.lookup, person.person_id, person_key.wrapped,
       array(
           SELECT insats FROM referral_case
           WHERE referral_case.person_id = person.person_id AND agency = $2
             AND state IN ('waiting', 'incomplete', 'accepted', 'started')
       ) AS open_insatser
FROM person JOIN person_key USING (person_id)
WHERE person.lookup = ANY ($1::bytea[])
"""

_KEEP_PEOPLE: Final = """
WITH kept AS (
    INSERT INTO person (person_id, lookup, identity_number, known_since)
    SELECT person_id, lookup, identity_number, $5
    FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS new (person_id, lookup, identity_number)
)
INSERT INTO person_key (person_id, wrapped) SELECT * FROM unnest($1::uuid[], $4::bytea[])
"""

_OPEN: Final = """
WITH opened AS (
    INSERT INTO referral_case (
        case_id, person_id, insats, agency, unit, referred_on, received_at, state, state_since, consent, file, name,
        searchable, officer, sought_insats, sought_door, sex, priorities,
        queue_class
    )
    SELECT case_id, person_id, insats, agency, unit, referred_on, $13, state, state_since, consent, file, name, true,
           officer, sought_insats, sought_door, sex, string_to_array(priorities, ' '), queue_class
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::text[], $8::date[], $9::text[],
        $10::bytea[], $11::bytea[], $12::bytea[], $16::text[], $17::text[], $18::text[], $19::text[],
        $20::smallint[]
    ) AS new (
        case_id, person_id, insats, agency, unit, referred_on, state, state_since, consent, file, name, officer,
        sought_insats, sought_door, sex, priorities, queue_class
    )
)
INSERT INTO search_token (token, received_at, case_id)
SELECT token, $13, case_id FROM unnest($14::bytea[], $15::uuid[]) AS found_by (token, case_id)
"""

_REMEMBER: Final = """
INSERT INTO inbox_message (message, content, receipt, person, received_at)
SELECT message, content, receipt, person, $5
FROM unnest($1::bytea[], $2::bytea[], $3::jsonb[], $4::bytea[]) AS new (message, content, receipt, person)
"""

_WRITE_ROWS: Final = """
UPDATE referral_case
SET state = new.state, state_since = new.state_since, consent = new.consent, returned_by = new.returned_by,
    contacted_on = new.contacted_on, handed_back_on = new.handed_back_on
FROM unnest($1::uuid[], $2::text[], $3::date[], $4::text[], $5::text[], $6::date[], $7::date[])
    AS new (case_id, state, state_since, consent, returned_by, contacted_on, handed_back_on)
WHERE referral_case.case_id = new.case_id
"""

_KEEP_RETURN_REASON: Final = "UPDATE referral_case SET return_reason = $2 WHERE case_id = $1"

_FILE: Final = """
SELECT case_id, person_id, wrapped AS wrapped_key, file AS sealed
FROM referral_case LEFT JOIN person_key USING (person_id)
WHERE case_id = $1
"""

_FILES: Final = """
SELECT case_id, person_id, wrapped AS wrapped_key, file AS sealed
FROM referral_case JOIN person_key USING (person_id)
WHERE case_id = ANY ($1::uuid[])
"""

_NAMES: Final = """
SELECT case_id, person_id, wrapped AS wrapped_key, coalesce(referral_case.name, person.name) AS sealed,
       referral_case.name IS NULL AS of_person
FROM referral_case JOIN person USING (person_id) LEFT JOIN person_key USING (person_id)
WHERE case_id = ANY ($1::uuid[])
"""

# The person's row is locked before the case's stream, by everything that locks both.
_LOCK_PERSON: Final = """
SELECT FROM person WHERE person_id = (SELECT person_id FROM referral_case WHERE case_id = $1) FOR NO KEY UPDATE
"""

_TAKEN_ON_ELSEWHERE: Final = """
SELECT count(*) > 0 FROM referral_case AS this JOIN referral_case AS other USING (person_id, insats)
WHERE this.case_id = $1 AND other.case_id <> $1 AND other.state IN ('accepted', 'started')
"""

_LOG_READS: Final = """
INSERT INTO identity_read (read_at, user_id, case_id, purpose) SELECT $1, $2, unnest($3::uuid[]), $4
"""

_ROW: Final = "SELECT * FROM listed_case WHERE case_id = $1"

_COUNT_OWN: Final = """
SELECT count(*) FROM (
    SELECT FROM referral_case WHERE received_at > $1 AND unit = ANY ($2::text[]) LIMIT $3
) AS counted
"""


async def lock(conn: Connection, fingerprints: Iterable[bytes]) -> None:
    """Holds people and messages for this transaction. A statement of its own: what follows sees what others did."""
    await conn.execute(_LOCK, sorted({int.from_bytes(each[:8], "big", signed=True) for each in fingerprints}))


async def messages(conn: Connection, wanted: Sequence[bytes]) -> dict[bytes, Earlier]:
    """The messages among these that were read before."""
    if not wanted:
        return {}
    rows = await conn.fetch(_MESSAGES, wanted)
    return {row["message"]: Earlier(row["content"], _receipt(row["receipt"])) for row in rows}


def _written(receipt: StoredReceipt | None) -> bytes | None:
    return None if receipt is None else receipt.model_dump_json(exclude_none=True).encode()


def _receipt(kept: bytes | None) -> StoredReceipt | None:
    return None if kept is None else _RECEIPT.validate_json(kept)


async def people(conn: Connection, lookups: Sequence[bytes], agency: str) -> dict[bytes, KnownPerson]:
    """The people among these that the vault knows, with what this agency has open; nothing of what others have."""
    if not lookups:
        return {}
    rows = await conn.fetch(_PEOPLE, lookups, agency)
    return {
        row["lookup"]: KnownPerson(row["person_id"], row["wrapped"], frozenset(row["open_insatser"])) for row in rows
    }


async def keep_people(conn: Connection, sealed: Sequence[SealedPerson], now: datetime) -> None:
    """Adds new people to the vault."""
    if sealed:
        await conn.execute(
            _KEEP_PEOPLE,
            [person.person_id for person in sealed],
            [person.lookup for person in sealed],
            [person.identity_number for person in sealed],
            [person.wrapped_key for person in sealed],
            now,
        )


async def open_cases(conn: Connection, new: Sequence[NewCase], now: datetime) -> None:
    """Adds cases, and what they are found by."""
    if new:
        found_by = [(token, each.row.case_id) for each in new for token in each.tokens]
        await conn.execute(
            _OPEN,
            [each.row.case_id for each in new],
            [each.person_id for each in new],
            [each.insats for each in new],
            [each.agency for each in new],
            [each.unit for each in new],
            [each.referred_on for each in new],
            [each.row.state for each in new],
            [each.row.state_since for each in new],
            [each.row.consent for each in new],
            [each.file for each in new],
            [each.name for each in new],
            [each.officer for each in new],
            now,
            [token for token, _ in found_by],
            [case_id for _, case_id in found_by],
            [None if each.shortcut is None else each.shortcut.insats for each in new],
            [None if each.shortcut is None else each.shortcut.door for each in new],
            [each.sex for each in new],
            # As one text each: PostgreSQL has no list of lists of different lengths. No id has a space in it.
            [" ".join(each.priorities) for each in new],
            [each.queue_class for each in new],
        )


async def remember(conn: Connection, read: Mapping[bytes, Earlier], now: datetime) -> None:
    """Keeps the receipts of messages read for the first time."""
    if read:
        await conn.execute(
            _REMEMBER,
            list(read),
            [earlier.content for earlier in read.values()],
            [_written(earlier.receipt) for earlier in read.values()],
            [earlier.person for earlier in read.values()],
            now,
        )


async def count_own(conn: Connection, since: datetime, at_most: int) -> int:
    """How many cases people opened by themselves since a moment, counted no further than ``at_most``."""
    counted: int = await conn.fetchval(_COUNT_OWN, since, sorted(OWN_KINDS), at_most)
    return counted


def unknown_case() -> NotFound:
    """The refusal of a case that is not known here."""
    return NotFound("case_unknown", "Det finns ingen anmälan med det ärendenumret.")


async def write_rows(conn: Connection, rows: Sequence[CaseRow]) -> None:
    """Writes where cases stand now."""
    await conn.execute(
        _WRITE_ROWS,
        [each.case_id for each in rows],
        [each.state for each in rows],
        [each.state_since for each in rows],
        [each.consent for each in rows],
        [each.returned_by for each in rows],
        [each.contacted_on for each in rows],
        [each.handed_back_on for each in rows],
    )


async def keep_return_reason(conn: Connection, case_id: UUID, reason: str | None) -> None:
    """Keeps why a referral was returned, also where the reason may not leave this service. None: it was not."""
    await conn.execute(_KEEP_RETURN_REASON, case_id, reason)


def person_forgotten() -> NotFound:
    """The refusal of what needs a person's key, once it has been destroyed."""
    return NotFound("person_forgotten", "Personen är avidentifierad, så det går inte att ändra uppgifter om den.")


async def case_file(conn: Connection, case_id: UUID) -> Sealed | None:
    """The sealed file of a case; None if the person has been forgotten. Raises NotFound for an unknown case."""
    row = await conn.fetchrow(_FILE, case_id)
    if row is None:
        raise unknown_case()
    return None if row["wrapped_key"] is None else Sealed(**row)


async def case_files(conn: Connection, case_ids: Sequence[UUID]) -> list[Sealed]:
    """The sealed files of cases; those of unknown cases and of forgotten people are left out."""
    return [Sealed(**row) for row in await conn.fetch(_FILES, case_ids)]


async def lock_person(conn: Connection, case_id: UUID) -> None:
    """Holds the case's person for this transaction, so that two cases of theirs are decided one after the other."""
    await conn.execute(_LOCK_PERSON, case_id)


async def taken_on_elsewhere(conn: Connection, case_id: UUID) -> bool:
    """True if another referral of the case's person to the insats is accepted or started."""
    taken: bool = await conn.fetchval(_TAKEN_ON_ELSEWHERE, case_id)
    return taken


async def names(conn: Connection, case_ids: Sequence[UUID]) -> list[SealedName]:
    """The sealed names of cases' people; unknown cases are left out."""
    return [SealedName(**row) for row in await conn.fetch(_NAMES, case_ids)]


async def log_reads(conn: Connection, case_ids: Sequence[UUID], user_id: str, purpose: str, now: datetime) -> None:
    """Writes down who read the identities of these cases, and what for."""
    await conn.execute(_LOG_READS, now, user_id, case_ids, purpose)


async def row(conn: Connection, case_id: UUID) -> Row:
    """A case as lists show it. Raises NotFound."""
    found = await conn.fetchrow(_ROW, case_id)
    if found is None:
        raise unknown_case()
    return listed(found)


def listed(found: Any) -> Row:
    """A row of the view ``listed_case``."""
    by = found["returned_by"]
    return Row(
        **{
            **found,
            "state": CaseState(found["state"]),
            "consent": ConsentStatus(found["consent"]),
            "returned_by": None if by is None else ReturnedBy(by),
        }
    )
