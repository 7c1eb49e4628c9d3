"""Reading names from the identity vault. Every read is written down in the transaction that makes it.

Of a protected person only those who are named read the name; for all others it is not even opened, and that they were
refused is written down.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.chassis.auth import User
from services.chassis.names import PROTECTED, Names
from services.chassis.unit import Unit
from services.referral import protection_store, store
from services.referral.fingerprints import name_field
from services.referral.vault import Vault

FOR_ANOTHER_PAGE: Final = "name on a page of another service"
FOR_THE_REFERRALS: Final = "name in the list of referrals"


FORGOTTEN: Final = "Avidentifierad person"
"""What stands where the name of a forgotten person would."""

NAMELESS: Final = "Namn saknas"
"""What stands where the name would of a case that is not known here."""

WITHHELD: Final = frozenset({FORGOTTEN, PROTECTED})
"""What stands where a name may not be shown. It is nobody's name: it is neither found nor compared."""

_NAME_OF_PERSON: Final = "name"
"""What a name was sealed under while it was the person's and not the case's."""


async def read_names(unit: Unit, vault: Vault, case_ids: Sequence[UUID], user: User, purpose: str) -> Names:
    """The names of cases' people, read by this user. Cases unknown here are left out. Raises Tampered.

    A forgotten person has no name to read, so nothing is written down of it. Whoever is named for a protected person
    reads the name with a mark, so that they take care wherever it is shown.
    """
    protections = await protection_store.of_cases(unit.conn, case_ids)
    withheld = frozenset(case_id for case_id, each in protections.items() if not each.open_to(user.id))
    found = await store.names(unit.conn, [case_id for case_id in case_ids if case_id not in withheld])
    names = {each.case_id: open_name(vault, each) for each in found}
    read = [case_id for case_id, name in names.items() if name is not None]
    await store.log_reads(unit.conn, read, user.id, purpose, unit.now)
    await protection_store.log_refusals(unit.conn, withheld, user.id, purpose, unit.now)
    shown = {
        case_id: FORGOTTEN if name is None else marked(name) if case_id in protections else name
        for case_id, name in names.items()
    }
    return Names(shown | dict.fromkeys(withheld, PROTECTED), withheld)


async def read_name(unit: Unit, vault: Vault, case_id: UUID, user: User, purpose: str) -> str:
    """The name of one case's person, as :func:`read_names` has it, or what stands in its place. Raises Tampered."""
    names = await read_names(unit, vault, [case_id], user, purpose)
    return names.get(case_id, NAMELESS)


def marked(name: str) -> str:
    """The name of a protected person, for those who may read it."""
    return f"{name} ({PROTECTED.lower()})"


def open_name(vault: Vault, name: store.SealedName) -> str | None:
    """The name of a case's person; None of a forgotten one. Nobody is shown it before the read is written down."""
    if name.wrapped_key is None or name.sealed is None:
        return None
    field = _NAME_OF_PERSON if name.of_person else name_field(name.case_id)
    return vault.key(name.person_id, name.wrapped_key).open(field, name.sealed)
