"""Audit and rehearsal: what reconciling would append to each case on a day, and nobody appends.

For today it is expected to be nothing once the timers have caught up; for a day ahead it is what will have been
appended by then if nothing else happens; by a changed catalogue it is what that change would append.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from contracts.envelope import Fact
from contracts.followup import DeadlineFact, FollowUpFact
from services.chassis.database import Connection, Pool
from services.chassis.log import read_log
from services.followup import commands, store
from services.followup.domain.ledger import fold
from services.followup.domain.obligations import owed
from services.followup.domain.reconcile import NotMoved, not_moved
from services.followup.domain.time_limits import Catalogue

FIRST: Final = UUID(int=0)


@dataclass(frozen=True)
class Difference:
    """A fact that a case's ledger lacks."""

    case_id: UUID
    fact: Fact


@dataclass(frozen=True)
class NotMovedOfCase:
    """A follow-up of a case that stays on its scheduled day, whatever the catalogue says now."""

    case_id: UUID
    not_moved: NotMoved


@dataclass(frozen=True)
class Part:
    """Some of the cases, in the order of their ids. ``last``: the last of them; None if there were no more."""

    cases: int
    differences: Sequence[Difference]
    not_moved: Sequence[NotMovedOfCase]
    last: UUID | None


async def audit(pool: Pool, day: date, after: UUID, limit: int, catalogue: Catalogue) -> Part:
    """What at most ``limit`` cases with greater ids than ``after`` lack on a day by a catalogue."""
    differences: list[Difference] = []
    unmoved: list[NotMovedOfCase] = []
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        cases = await store.cases_after(connection, after, limit)
        for case_id in cases:
            lacks, stay = await _of(connection, case_id, day, catalogue)
            differences += lacks
            unmoved += stay
    return Part(len(cases), differences, unmoved, cases[-1] if len(cases) == limit else None)


async def _of(
    connection: Connection, case_id: UUID, day: date, catalogue: Catalogue
) -> tuple[list[Difference], list[NotMovedOfCase]]:
    log = await read_log(connection, case_id)
    findings = await store.findings_of(connection, case_id)
    lacks = [Difference(case_id, each.fact) for each in commands.missing(log, findings, day, catalogue)]
    stay = [NotMovedOfCase(case_id, each) for each in not_moved(fold(log), owed(log, catalogue, day))]
    return lacks, stay


def about(fact: Fact) -> str:
    """What a fact of this service is about: a follow-up's point in the rule, or the clock of a time limit."""
    match fact:
        case FollowUpFact():
            return fact.point
        case DeadlineFact():
            return fact.clock
        case _:
            raise TypeError(f"{fact.wire_name()} is no fact of the follow-up service")
