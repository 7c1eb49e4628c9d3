"""A database of the referral service with very many people in it: sealed, with tokens, as intake leaves it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

from contracts.agency import Background, Officer
from deploy.demo.identity import People
from services.chassis.database import Connection
from services.referral.domain.case import CaseFile
from services.referral.fingerprints import NUMBER_FIELD, file_field, name_field, tokens_of
from services.referral.vault import Vault

AGENCY: Final = "stockholms-stad"
QUEUE: Final = "finsam-team"
"""The insats that people wait for."""

_CLOSED: Final = "mia-vidare"
_CHUNK: Final = 20_000
_FIRST: Final = datetime(2021, 1, 1, tzinfo=UTC)
_NAMES: Final = 3_000
_FILE: Final = CaseFile(
    reference="#",
    officer=Officer(name="Handläggare Prov", phone="08-465 004 10"),
    background=Background(),
    needs=(),
    age=40,
    phone="070-174 06 05",
).model_dump_json()
_TABLES: Final = ("person", "person_key", "referral_case", "search_token")
_COLUMNS: Final = {
    "person": ("person_id", "lookup", "identity_number", "known_since"),
    "person_key": ("person_id", "wrapped"),
    "referral_case": (
        *("case_id", "person_id", "insats", "agency", "unit", "referred_on", "received_at", "state", "state_since"),
        *("consent", "file", "name", "searchable"),
    ),
    "search_token": ("token", "received_at", "case_id"),
}
# Built once at the end they cost a tenth of what they cost row by row.
_TOKEN_INDEXES: Final = """
SELECT pg_get_constraintdef(oid) AS primary_key,
       (SELECT indexdef FROM pg_indexes WHERE indexname = 'search_token_by_case') AS by_case
FROM pg_constraint WHERE conname = 'search_token_pkey'
"""


@dataclass(frozen=True)
class Known:
    """One of them, to look for."""

    name: str
    reference: str
    case_id: UUID


class Population:
    """Invented people, of whose names a few are common and most are rare, as names are."""

    def __init__(self, random: Random, vault: Vault) -> None:
        self._random = random
        self._vault = vault
        pairs = [People(random).name() for _ in range(_NAMES)]
        self._given = sorted({given for given, _ in pairs})
        self._family = sorted({family for _, family in pairs})

    async def fill(self, connection: Connection, persons: int, waiting: int) -> list[Known]:
        """Writes so many people with a case each, of whom the last wait; returns one in a thousand."""
        indexes = await connection.fetchrow(_TOKEN_INDEXES)
        await connection.execute("ALTER TABLE search_token DROP CONSTRAINT search_token_pkey")
        await connection.execute("DROP INDEX search_token_by_case")
        known: list[Known] = []
        for begin in range(0, persons, _CHUNK):
            numbers = range(begin, min(begin + _CHUNK, persons))
            rows: dict[str, list[Any]] = {table: [] for table in _TABLES}
            for nth in numbers:
                person = self._add(rows, nth, waits=nth >= persons - waiting)
                if nth % 1_000 == 0:
                    known.append(person)
            for table in _TABLES:
                await connection.copy_records_to_table(table, records=rows[table], columns=_COLUMNS[table])
        await connection.execute(f"ALTER TABLE search_token ADD {indexes['primary_key']}")
        await connection.execute(indexes["by_case"])
        for table in _TABLES:
            await connection.execute(f"VACUUM (ANALYZE) {table}")
        return known

    def _add(self, rows: dict[str, list[Any]], nth: int, *, waits: bool) -> Known:
        key, case_id = self._vault.new_key(uuid4()), uuid4()
        known = Known(f"{self._chosen(self._given)} {self._chosen(self._family)}", f"SOC-{nth:07d}", case_id)
        received = _FIRST + timedelta(seconds=nth)
        day = received.date()
        number = f"{date(1950, 1, 1) + timedelta(days=nth % 15_000):%Y%m%d}{nth % 10_000:04d}"
        sealed_number = key.seal(NUMBER_FIELD, number)
        lookup = self._vault.fingerprint("person", number.encode(), nth.to_bytes(8, "big"))
        rows["person"].append((key.person_id, lookup, sealed_number, received))
        rows["person_key"].append((key.person_id, key.wrapped))
        file = key.seal(file_field(case_id), _FILE.replace("#", known.reference))
        name = key.seal(name_field(case_id), known.name)
        insats, state = (QUEUE, "waiting") if waits else (_CLOSED, "closed")
        where = (case_id, key.person_id, insats, AGENCY, "farsta", day, received, state, day, "given")
        rows["referral_case"].append((*where, file, name, True))
        tokens = tokens_of(self._vault, known.name, known.reference)
        rows["search_token"].extend((token, received, case_id) for token in tokens)
        return known

    def _chosen(self, names: Sequence[str]) -> str:
        """The first names are the most common: the n-th is borne by a share of about 1/n."""
        return names[int(len(names) ** self._random.random()) - 1]


def searches(known: Sequence[Known], random: Random) -> Iterator[tuple[str, str]]:
    """What people type, of each kind as often: a whole name, two beginnings, one beginning, a reference."""
    for person in random.sample(known, len(known)):
        given, family = person.name.split()
        yield "whole name", f"{given} {family}"
        yield "two beginnings", f"{given[:3]} {family[:4]}"
        yield "one beginning", family[:3]
        yield "reference", person.reference
