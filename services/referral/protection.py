"""Protecting a person: one transaction locks the person, decides, and keeps the mark with who changed it and when.

No event tells it: the other services keep no name, and ask for each page they show (ADR 0023).
"""

from collections.abc import Sequence
from uuid import UUID

from contracts.problems import Forbidden
from services.chassis.auth import User
from services.chassis.database import Connection
from services.chassis.logs import logger
from services.chassis.unit import Unit
from services.referral import protection_store, store
from services.referral.domain import protection
from services.referral.domain.protection import Decider, Protection


async def change(unit: Unit, case_id: UUID, wanted: protection.Change) -> Protection | None:
    """The mark of the case's person after a change. Raises NotFound, Conflict, Forbidden, Invalid."""
    person_id = await protection_store.lock_person(unit.conn, case_id)
    if person_id is None:
        await store.row(unit.conn, case_id)
        raise store.person_forgotten()
    before = await of_case(unit, case_id)
    after = protection.decide(wanted, before)
    by = wanted.by.user_id
    await protection_store.keep(unit.conn, person_id, case_id, after, by, unit.now)
    logger().info("protection_changed", user=by, change=type(wanted).__name__)
    return after


async def withheld(conn: Connection, case_ids: Sequence[UUID], user: User) -> frozenset[UUID]:
    """Those among the cases whose person is protected from this user."""
    found = await protection_store.of_cases(conn, case_ids)
    return frozenset(case_id for case_id, each in found.items() if not each.open_to(user.id))


async def of_case(unit: Unit, case_id: UUID) -> Protection | None:
    """The mark of the case's person; None if there is none."""
    return (await protection_store.of_cases(unit.conn, [case_id])).get(case_id)


async def refused(unit: Unit, case_id: UUID, user: User, purpose: str) -> bool:
    """True if the case's person is protected from this user; then it is written down that the user was refused."""
    found = await of_case(unit, case_id)
    if found is None or found.open_to(user.id):
        return False
    await protection_store.log_refusals(unit.conn, [case_id], user.id, purpose, unit.now)
    return True


def not_open() -> Forbidden:
    """The refusal of a page that shows nothing but what is withheld. Raise it once the refusal is written down."""
    return Forbidden(
        "protected_person",
        "Personen har skyddade personuppgifter, och du är inte en av dem som får läsa dem. Fråga den koordinator"
        " som har ärendet.",
    )


def decider(user: User) -> Decider:
    """A user as the decisions know one."""
    return Decider(user.id, user.roles)
