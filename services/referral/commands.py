"""What coordinators do with a case, each in the unit of work it is given: lock, load, decide, save, tell."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from contracts.codes import ReturnReason
from contracts.envelope import Envelope
from services.chassis.unit import Unit
from services.referral import store
from services.referral.domain.case import (
    Accept,
    Case,
    CaseFile,
    ChangeConsent,
    ConsentState,
    Decided,
    Heard,
    Return,
    decide,
    evolve,
)
from services.referral.intake import file_field
from services.referral.vault import Vault


async def accept(unit: Unit, case_id: UUID, accepted_on: date | None) -> list[Envelope]:
    """Takes the person on. Raises NotFound, Conflict, Invalid."""
    await store.lock_person(unit.conn, case_id)
    case = await _locked(unit, case_id)
    elsewhere = await store.taken_on_elsewhere(unit.conn, case_id)
    return await _told(unit, case, decide(Accept(accepted_on or unit.today, unit.today, elsewhere), case))


async def return_(unit: Unit, case_id: UUID, returned_on: date | None, reason: ReturnReason) -> list[Envelope]:
    """Sends the referral back. Raises NotFound, Conflict, Invalid."""
    case = await _locked(unit, case_id)
    told = await _told(unit, case, decide(Return(returned_on or unit.today, reason, unit.today), case))
    await store.keep_return_reason(unit.conn, case_id, reason)
    return told


async def change_consent(
    unit: Unit, vault: Vault, case_id: UUID, choice: ConsentState, stated_on: date | None
) -> list[Envelope]:
    """Writes down the person's new answer. Raises NotFound, Conflict, Invalid."""
    case = await _locked(unit, case_id)
    file = await _file(unit, vault, case_id)
    command = ChangeConsent(choice, stated_on or unit.today, file.attributes(), unit.today)
    return await _told(unit, case, decide(command, case))


async def hear(unit: Unit, case_id: UUID, fact: Heard) -> None:
    """Takes in what planning told: the person takes part, or has left and may be referred again. Raises NotFound."""
    case = await _locked(unit, case_id)
    await store.save(unit.conn, evolve(case, fact))


async def _locked(unit: Unit, case_id: UUID) -> Case:
    await unit.lock(case_id)
    return await store.load(unit.conn, case_id)


async def _file(unit: Unit, vault: Vault, case_id: UUID) -> CaseFile:
    kept = await store.case_file(unit.conn, case_id)
    opened = vault.key(kept.person_id, kept.wrapped_key).open(file_field(case_id), kept.sealed)
    return CaseFile.model_validate_json(opened)


async def _told(unit: Unit, case: Case, facts: Sequence[Decided]) -> list[Envelope]:
    for fact in facts:
        case = evolve(case, fact)
    await store.save(unit.conn, case)
    return await unit.append(case.case_id, facts)
