"""The birth years of those whose names are alike. Every read is written down in the transaction that makes it."""

from collections import Counter
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from services.chassis.auth import User
from services.chassis.unit import Unit
from services.referral import search_store, store
from services.referral.fingerprints import NUMBER_FIELD
from services.referral.names import WITHHELD
from services.referral.vault import Vault

FOR_TELLING_APART: Final = "birth year, to tell apart people whose names are alike"


async def read_birth_years(unit: Unit, vault: Vault, names: Mapping[UUID, str], user: User) -> dict[UUID, int]:
    """The birth years of the cases' people, of those among these whose name another has too. Raises Tampered."""
    alike = cases_alike(names)
    if not alike:
        return {}
    found = await search_store.numbers(unit.conn, alike)
    await store.log_reads(unit.conn, [each.case_id for each in found], user.id, FOR_TELLING_APART, unit.now)
    return {each.case_id: _year(vault, each) for each in found}


def cases_alike(names: Mapping[UUID, str]) -> list[UUID]:
    """The cases whose name another one has too. What stands where a name may not is no name."""
    shown = {case_id: name.casefold() for case_id, name in names.items() if name not in WITHHELD}
    times = Counter(shown.values())
    return [case_id for case_id, name in shown.items() if times[name] > 1]


def _year(vault: Vault, kept: store.Sealed) -> int:
    return int(vault.key(kept.person_id, kept.wrapped_key).open(NUMBER_FIELD, kept.sealed)[:4])
