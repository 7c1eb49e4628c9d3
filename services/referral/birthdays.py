"""Participants who soon come of an age that their insats' rule names. Computed when it is read: the day of birth is
known to the vault alone, and no event and no row has it (ADR 0045)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from contracts.catalogue import INSATSER
from services.chassis.auth import User
from services.chassis.database import Connection
from services.referral import protection
from services.referral.domain.birthdays import Birthday, birthday_clocks, near
from services.referral.domain.identity import read_number
from services.referral.fingerprints import NUMBER_FIELD
from services.referral.store import Sealed
from services.referral.vault import Vault

FOR_THE_BIRTHDAYS: Final = "name and birthday in the list of birthdays ahead"

MOST: Final = 2000
"""How many participants of insatser that have birthdays are looked at."""

# By referral_case_by_insats.
PARTICIPANTS: Final = """
SELECT case_id, insats, person_id, wrapped AS wrapped_key, identity_number AS sealed
FROM referral_case JOIN person USING (person_id) JOIN person_key USING (person_id)
WHERE insats = ANY ($1::text[]) AND state = 'started'
ORDER BY insats, received_at, case_id LIMIT $2
"""


@dataclass(frozen=True)
class BirthdayOfCase:
    """A birthday of a case's participant."""

    case_id: UUID
    insats: str
    birthday: Birthday


@dataclass(frozen=True)
class Ahead:
    """The birthdays to be told, the nearest first. ``whole``: False where there were more participants than are
    looked at."""

    birthdays: Sequence[BirthdayOfCase]
    whole: bool


async def birthdays_ahead(conn: Connection, vault: Vault, user: User, today: date) -> Ahead:
    """The birthdays that the user may see. Of people who are protected from them nothing is opened. Raises
    Tampered."""
    clocks = birthday_clocks(INSATSER, today)
    rows = await conn.fetch(PARTICIPANTS, list(clocks), MOST + 1)
    insatser = {row["case_id"]: row["insats"] for row in rows[:MOST]}
    withheld = await protection.withheld(conn, list(insatser), user)
    found = [
        BirthdayOfCase(row["case_id"], row["insats"], each)
        for row in rows[:MOST]
        if row["case_id"] not in withheld
        for each in near(_born(vault, _sealed(row)), clocks[row["insats"]], today)
    ]
    return Ahead(sorted(found, key=lambda each: (each.birthday.on, each.case_id)), whole=len(rows) <= MOST)


def _sealed(row: Mapping[str, Any]) -> Sealed:
    return Sealed(**{name: value for name, value in row.items() if name != "insats"})


def _born(vault: Vault, kept: Sealed) -> date:
    number = read_number(vault.key(kept.person_id, kept.wrapped_key).open(NUMBER_FIELD, kept.sealed))
    if number is None:
        raise LookupError("the vault keeps a number that is none")
    return number.born
