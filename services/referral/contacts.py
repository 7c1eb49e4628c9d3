"""How to reach those who came by themselves. Every read is written down in the transaction that makes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts.catalogue import SELF
from contracts.catalogue.vocabulary import word_label
from services.chassis.auth import User
from services.chassis.unit import Unit
from services.referral import protection, protection_store, store
from services.referral.domain.case import CaseFile
from services.referral.intake import file_field
from services.referral.vault import Vault

FOR_CONTACT: Final = "contact details in the list of referrals"


@dataclass(frozen=True)
class OwnContact:
    """Who applied, and how to reach them. ``filled_in_by``: in words. ``helper``: empty if the person did it."""

    reference: str
    filled_in_by: str
    reach: tuple[str, ...]
    helper: str
    helper_reach: tuple[str, ...]
    wish: str


async def read_contacts(unit: Unit, vault: Vault, case_ids: Sequence[UUID], user: User) -> dict[UUID, OwnContact]:
    """The contacts of cases that people opened by themselves, read by this user. Raises Tampered.

    Of a forgotten person there is none, and of a protected one none for whoever is not named: that is written down.
    """
    withheld = await protection.withheld(unit.conn, case_ids, user)
    await protection_store.log_refusals(unit.conn, withheld, user.id, FOR_CONTACT, unit.now)
    found = await store.case_files(unit.conn, [case_id for case_id in case_ids if case_id not in withheld])
    await store.log_reads(unit.conn, [each.case_id for each in found], user.id, FOR_CONTACT, unit.now)
    return {each.case_id: _contact(vault, each) for each in found}


def _contact(vault: Vault, kept: store.Sealed) -> OwnContact:
    opened = vault.key(kept.person_id, kept.wrapped_key).open(file_field(kept.case_id), kept.sealed)
    file = CaseFile.model_validate_json(opened)
    helped = file.relation is not None
    return OwnContact(
        reference=file.reference,
        filled_in_by=word_label("actors", file.relation) if file.relation else word_label("unit_kinds", SELF),
        reach=tuple(way for way in (file.phone, file.email) if way),
        helper=file.officer.name if helped else "",
        helper_reach=tuple(way for way in (file.officer.phone, file.officer.email) if way and helped),
        wish=file.wish or "",
    )
