"""Reading names from the identity vault. Every read is written down in the transaction that makes it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.chassis.auth import User
from services.chassis.unit import Unit
from services.referral import store
from services.referral.intake import name_field
from services.referral.vault import Vault

FOR_ANOTHER_PAGE: Final = "name on a page of another service"
FOR_THE_REFERRALS: Final = "name in the list of referrals"


FORGOTTEN: Final = "Avidentifierad person"
"""What stands where the name of a forgotten person would."""

WITHHELD: Final = frozenset({FORGOTTEN})
"""What stands where a name may not be shown. It is nobody's name: it is neither found nor compared."""

_NAME_OF_PERSON: Final = "name"
"""What a name was sealed under while it was the person's and not the case's."""


async def read_names(unit: Unit, vault: Vault, case_ids: Sequence[UUID], user: User, purpose: str) -> dict[UUID, str]:
    """The names of cases' people, read by this user. Cases unknown here are left out. Raises Tampered.

    A forgotten person has no name to read, so nothing is written down of it.
    """
    found = await store.names(unit.conn, case_ids)
    names = {each.case_id: open_name(vault, each) for each in found}
    read = [case_id for case_id, name in names.items() if name is not None]
    await store.log_reads(unit.conn, read, user.id, purpose, unit.now)
    return {case_id: FORGOTTEN if name is None else name for case_id, name in names.items()}


def open_name(vault: Vault, name: store.SealedName) -> str | None:
    """The name of a case's person; None of a forgotten one. Nobody is shown it before the read is written down."""
    if name.wrapped_key is None or name.sealed is None:
        return None
    field = _NAME_OF_PERSON if name.of_person else name_field(name.case_id)
    return vault.key(name.person_id, name.wrapped_key).open(field, name.sealed)
