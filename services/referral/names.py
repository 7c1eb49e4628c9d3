"""Reading names from the identity vault. Every read is written down in the transaction that makes it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.chassis.auth import User
from services.chassis.unit import Unit
from services.referral import store
from services.referral.intake import NAME
from services.referral.vault import Vault

FOR_ANOTHER_PAGE: Final = "name on a page of another service"
FOR_THE_REFERRALS: Final = "name in the list of referrals"


async def read_names(unit: Unit, vault: Vault, case_ids: Sequence[UUID], user: User, purpose: str) -> dict[UUID, str]:
    """The names of cases' people, read by this user. Cases unknown here are left out. Raises Tampered."""
    found = await store.names(unit.conn, case_ids)
    await store.log_reads(unit.conn, [each.case_id for each in found], user.id, purpose, unit.now)
    return {each.case_id: vault.key(each.person_id, each.wrapped_key).open(NAME, each.sealed) for each in found}
