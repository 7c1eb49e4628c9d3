"""How to reach a referral's person and referrer. Every read is written down in the transaction that makes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts.agency import Relation
from contracts.catalogue import OWN_KINDS, SELF
from contracts.catalogue.vocabulary import word_label
from services.chassis.auth import User
from services.chassis.unit import Unit
from services.referral import protection, protection_store, store
from services.referral.domain.case import CaseFile
from services.referral.fingerprints import file_field
from services.referral.vault import Vault

FOR_CONTACT: Final = "contact details in the list of referrals"


@dataclass(frozen=True)
class Contact:
    """How to reach the person, and who referred or helped them and how to reach those.

    ``filled_in_by``: of an application without an agency, who filled it in, in words. ``officer``: empty if the
    person did so alone.
    """

    reference: str
    filled_in_by: str
    reach: tuple[str, ...]
    officer: str
    officer_reach: tuple[str, ...]
    wish: str


async def read_contacts(
    unit: Unit, vault: Vault, rows: Sequence[store.Row], user: User, purpose: str = FOR_CONTACT
) -> dict[UUID, Contact]:
    """The contacts of cases, read by this user. Raises Tampered.

    Of a forgotten person there is none, and of a protected one none for whoever is not named: that is written down.
    """
    own = {row.case_id for row in rows if row.unit in OWN_KINDS}
    case_ids = [row.case_id for row in rows]
    withheld = await protection.withheld(unit.conn, case_ids, user)
    await protection_store.log_refusals(unit.conn, withheld, user.id, purpose, unit.now)
    found = await store.case_files(unit.conn, [case_id for case_id in case_ids if case_id not in withheld])
    await store.log_reads(unit.conn, [each.case_id for each in found], user.id, purpose, unit.now)
    return {each.case_id: _contact(vault, each, own=each.case_id in own) for each in found}


def _contact(vault: Vault, kept: store.Sealed, *, own: bool) -> Contact:
    opened = vault.key(kept.person_id, kept.wrapped_key).open(file_field(kept.case_id), kept.sealed)
    file = CaseFile.model_validate_json(opened)
    alone = own and file.relation is None
    return Contact(
        reference=file.reference,
        filled_in_by=_who(file.relation) if own else "",
        reach=tuple(way for way in (file.phone, file.email) if way),
        officer="" if alone else file.officer.name,
        officer_reach=() if alone else tuple(way for way in (file.officer.phone, file.officer.email) if way),
        wish=file.wish or "",
    )


def _who(relation: Relation | None) -> str:
    return word_label("unit_kinds", SELF) if relation is None else word_label("actors", relation)
