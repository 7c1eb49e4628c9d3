"""From another referrer of a referral to the appended event, and from an officer who leaves to the referrals left."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from contracts.agency import Officer
from contracts.catalogue import AGENCIES, Agency
from contracts.codes import ReferrerChangeCause
from contracts.events import AnyEvent
from contracts.problems import Invalid, NotFound
from services.chassis.auth import User
from services.chassis.unit import Unit
from services.referral import commands, officers_store, store
from services.referral.domain.case import CaseFile
from services.referral.domain.referrer import ChangeReferrer, Referring
from services.referral.fingerprints import file_field, officer_fingerprint
from services.referral.vault import Vault

_LONGEST_NOTICE: Final = 366
"""Days ahead that somebody's leaving may be noted. Our reading: no source says how early a unit knows."""


@dataclass(frozen=True)
class NewReferrer:
    """Who refers from now on. ``unit``: the id of one of the agency's. ``changed_on``: today unless given."""

    unit: str
    officer: Officer
    cause: ReferrerChangeCause
    changed_on: date | None = None


async def change(unit: Unit, vault: Vault, case_id: UUID, new: NewReferrer) -> list[AnyEvent]:
    """Puts another officer in a referral. Raises NotFound, Conflict, Invalid."""
    await unit.lock(case_id)
    row = await store.row(unit.conn, case_id)
    kept = await store.case_file(unit.conn, case_id)
    if kept is None:
        raise store.person_forgotten()
    file = _file(vault, kept)
    agency = AGENCIES.get(row.agency)
    command = ChangeReferrer(
        officer=new.officer,
        unit=None if agency is None else agency.unit(new.unit),
        cause=new.cause,
        changed_on=new.changed_on or unit.today,
        today=unit.today,
        before=Referring(row.unit, file.officer),
    )
    appended = await commands.carry_out(unit, vault, case_id, command)
    changed = file.model_copy(update={"officer": new.officer})
    sealed = vault.key(kept.person_id, kept.wrapped_key).seal(file_field(case_id), changed.model_dump_json())
    officer = officer_fingerprint(vault, row.agency, new.unit, new.officer.name)
    await officers_store.replace(unit.conn, case_id, new.unit, officer, sealed)
    return appended


async def leave(unit: Unit, vault: Vault, agency: Agency, of: str, name: str, left_on: date, user: User) -> int:
    """Notes that an officer of a unit leaves: how many open referrals need another. Raises Invalid, NotFound.

    ``of``: the unit's id. ``name``: as it stands in the officer's referrals.
    """
    if agency.unit(of) is None:
        raise Invalid("unit_unknown", "Välj en av er myndighets enheter.", "unit")
    if (left_on - unit.today).days > _LONGEST_NOTICE:
        raise Invalid("date_too_far_ahead", "Ange en dag inom ett år.", "left_on")
    officer = officer_fingerprint(vault, agency.id, of, name)
    count = await officers_store.count_open(unit.conn, agency.id, officer)
    if not count:
        raise NotFound(
            "officer_unknown", "Ingen öppen anmälan från enheten har den remittenten. Skriv namnet som i anmälan."
        )
    await officers_store.leave(unit.conn, agency.id, officer, left_on, user.id, unit.now)
    return count


async def stay(unit: Unit, vault: Vault, agency: Agency, of: str, name: str) -> None:
    """Takes back that an officer of a unit leaves. Raises NotFound."""
    officer = officer_fingerprint(vault, agency.id, of, name)
    if not await officers_store.stay(unit.conn, agency.id, officer):
        raise NotFound("not_leaving", "Det är inte noterat att den remittenten slutar.")


def officer_of(vault: Vault, kept: store.Sealed) -> Officer:
    """Who refers, as the referral's file says. Raises Tampered."""
    return _file(vault, kept).officer


def reference_of(vault: Vault, kept: store.Sealed) -> str:
    """The agency's own reference, as the referral's file says. Raises Tampered."""
    return _file(vault, kept).reference


def _file(vault: Vault, kept: store.Sealed) -> CaseFile:
    opened = vault.key(kept.person_id, kept.wrapped_key).open(file_field(kept.case_id), kept.sealed)
    return CaseFile.model_validate_json(opened)
