"""Audit and rehearsal: what reconciling would append to each case on a day, and nobody appends.

For today it is expected to be nothing once the timers have caught up; for a day ahead it is what will have been
appended by then if nothing else happens.
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

FIRST: Final = UUID(int=0)


@dataclass(frozen=True)
class Difference:
    """A fact that a case's ledger lacks."""

    case_id: UUID
    fact: Fact


@dataclass(frozen=True)
class Part:
    """Some of the cases, in the order of their ids. ``last``: the last of them; None if there were no more."""

    cases: int
    differences: Sequence[Difference]
    last: UUID | None


async def audit(pool: Pool, day: date, after: UUID, limit: int) -> Part:
    """What at most ``limit`` cases with greater ids than ``after`` lack on a day."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        cases = await store.cases_after(connection, after, limit)
        differences = [each for case_id in cases for each in await _of(connection, case_id, day)]
    return Part(len(cases), differences, cases[-1] if len(cases) == limit else None)


async def _of(connection: Connection, case_id: UUID, day: date) -> list[Difference]:
    log = await read_log(connection, case_id)
    findings = await store.findings_of(connection, case_id)
    return [Difference(case_id, each.fact) for each in commands.missing(log, findings, day)]


def about(fact: Fact) -> str:
    """What a fact of this service is about: a follow-up's point in the rule, or the clock of a time limit."""
    match fact:
        case FollowUpFact():
            return fact.point
        case DeadlineFact():
            return fact.clock
        case _:
            raise TypeError(f"{fact.wire_name()} is no fact of the follow-up service")
