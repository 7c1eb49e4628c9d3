"""Forgetting a person: one transaction removes everything that identifies them; the cases stay, without identity.

Other services learn it from ``PersonForgotten``, which is appended to each of the person's cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from contracts.catalogue import INSATSER
from contracts.problems import Conflict, Invalid, NotFound
from contracts.referral import PersonForgotten
from services.chassis.auth import User
from services.chassis.logs import logger
from services.chassis.unit import Append, Unit
from services.referral import erasure_store, store
from services.referral.domain.case import CaseState
from services.referral.domain.identity import IdentityNumber, read_number
from services.referral.erasure_store import CaseOfPerson
from services.referral.fingerprints import person_fingerprint
from services.referral.vault import Vault

FOR_ERASURE: Final = "look-up before erasure"

_OPEN: Final = frozenset({CaseState.WAITING, CaseState.INCOMPLETE, CaseState.ACCEPTED, CaseState.STARTED})

Whom: TypeAlias = IdentityNumber | UUID
"""A person by number, or by the id of one of their cases."""


@dataclass(frozen=True)
class Holding:
    """How much is held of a person: cases, how many of them are open, messages that are remembered, and drafts."""

    cases: int
    open_cases: int
    messages: int
    drafts: int


@dataclass(frozen=True)
class _Found:
    lookup: bytes
    person_id: UUID | None
    cases: Sequence[CaseOfPerson]
    messages: int
    drafts: int

    @property
    def case_ids(self) -> list[UUID]:
        return [case.case_id for case in self.cases]

    @property
    def holding(self) -> Holding:
        open_cases = sum(case.state in _OPEN for case in self.cases)
        return Holding(len(self.cases), open_cases, self.messages, self.drafts)


def whom(identity_number: str | None, case_id: UUID | None) -> Whom:
    """Who is meant, given in one way. Raises Invalid."""
    match identity_number, case_id:
        case str(), None:
            number = read_number(identity_number)
            if number is None:
                message = "Ange personnummer eller samordningsnummer med tolv siffror och rätt kontrollsiffra."
                raise Invalid("identity_number_invalid", message, "identity_number")
            return number
        case None, UUID():
            return case_id
        case _:
            raise Invalid("one_of_two", "Ange antingen identity_number eller case_id.", "identity_number")


async def find(unit: Unit, vault: Vault, sought: Whom, user: User) -> Holding:
    """What is held of a person; that it was asked is written down. Raises NotFound."""
    found = await _find(unit, vault, sought)
    await store.log_reads(unit.conn, found.case_ids, user.id, FOR_ERASURE, unit.now)
    return found.holding


async def forget(unit: Unit, vault: Vault, sought: Whom, user: User, *, also_open: bool) -> Holding:
    """Erases a person, and appends PersonForgotten to each of the cases.

    Raises NotFound, and Conflict while a case is open. With ``also_open`` an open case goes on without anybody's name
    until it is returned or exited.
    """
    found = await _find(unit, vault, sought)
    if found.holding.open_cases and not also_open:
        message = (
            "Personen har ett öppet ärende. Avsluta eller återremittera det först, eller begär att det ska ingå."
        )
        raise Conflict("case_open", message)
    await erasure_store.erase_messages(unit.conn, found.lookup, found.case_ids)
    await erasure_store.erase_drafts(unit.conn, found.lookup)
    if found.person_id is not None:
        await erasure_store.erase_person(unit.conn, found.person_id, user.id, unit.now)
        fact = PersonForgotten(happened_on=unit.today, person_id=found.person_id)
        await unit.append_all([Append(case.case_id, [fact], _association(case.insats)) for case in found.cases])
    logger().info("person_forgotten", user=user.id, cases=len(found.cases), messages=found.messages)
    return found.holding


async def _find(unit: Unit, vault: Vault, sought: Whom) -> _Found:
    lookup = await _lookup(unit, vault, sought)
    # The lock of intake: no referral of this person is taken in between.
    await store.lock(unit.conn, [lookup])
    person_id = await erasure_store.person(unit.conn, lookup)
    cases = [] if person_id is None else await erasure_store.cases(unit.conn, person_id)
    messages = await erasure_store.count_messages(unit.conn, lookup, [case.case_id for case in cases])
    drafts = await erasure_store.count_drafts(unit.conn, lookup)
    if person_id is None and isinstance(sought, UUID):
        raise _forgotten()  # meanwhile, by somebody else
    if person_id is None and not messages and not drafts:
        raise NotFound("person_unknown", "Det finns ingen uppgift om personen här.")
    return _Found(lookup, person_id, cases, messages, drafts)


async def _lookup(unit: Unit, vault: Vault, sought: Whom) -> bytes:
    match sought:
        case IdentityNumber():
            return person_fingerprint(vault, sought)
        case UUID():
            lookup = await erasure_store.lookup_of_case(unit.conn, sought)
            if lookup is None:
                raise _forgotten()
            return lookup


def _association(insats_id: str) -> str | None:
    insats = INSATSER.get(insats_id)
    return None if insats is None else insats.association


def _forgotten() -> NotFound:
    return NotFound("person_forgotten", "Personen är redan avidentifierad.")
