"""Rows of calls: the parties that have not come, and the coordinated plans that hold. Writes are called inside a unit
that has locked the case."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.chassis.database import Connection
from services.planning.domain.called import AwaitedParty, OpenPlan

_AWAIT: Final = """
INSERT INTO awaited_party (call_id, party, form, sent_on, limit_on, meets_on, starts_at, case_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_AWAIT_NO_MORE: Final = "DELETE FROM awaited_party WHERE call_id = $1 AND party = $2"
_KEEP: Final = """
INSERT INTO coordinated_plan (plan_id, form, made_on, follow_up_on, case_id) VALUES ($1, $2, $3, $4, $5)
"""
_CLOSE: Final = "DELETE FROM coordinated_plan WHERE plan_id = $1"
AWAITED: Final = """
SELECT case_id, call_id, party, form, sent_on, limit_on, meets_on, starts_at FROM awaited_party
ORDER BY limit_on, sent_on, call_id, party LIMIT $1
"""
COUNT_AWAITED: Final = """
SELECT count(*) FILTER (WHERE limit_on < $1) AS late,
       count(*) FILTER (WHERE limit_on >= $1 OR limit_on IS NULL) AS in_time
FROM awaited_party
"""
PLANS: Final = """
SELECT case_id, plan_id, form, made_on, follow_up_on FROM coordinated_plan
ORDER BY follow_up_on NULLS FIRST, made_on, plan_id LIMIT $1
"""


@dataclass(frozen=True)
class AwaitedOfCase:
    """A party that has not come, and the case it was called about."""

    case_id: UUID
    awaited: AwaitedParty


@dataclass(frozen=True)
class AwaitedCounts:
    """How many parties have not come: those whose last day has passed, and the others."""

    late: int
    in_time: int


@dataclass(frozen=True)
class PlanOfCase:
    """A coordinated plan that holds, and its case."""

    case_id: UUID
    plan: OpenPlan


async def write_awaited(
    connection: Connection, case_id: UUID, before: AbstractSet[AwaitedParty], after: AbstractSet[AwaitedParty]
) -> None:
    """Makes the rows of the parties that a case waits for what they are after a decision."""
    for each in before - after:
        await connection.execute(_AWAIT_NO_MORE, each.call_id, each.party)
    for each in after - before:
        await connection.execute(_AWAIT, *astuple(each), case_id)


async def write_plans(
    connection: Connection, case_id: UUID, before: AbstractSet[OpenPlan], after: AbstractSet[OpenPlan]
) -> None:
    """Makes the row of a case's coordinated plan what it is after a decision."""
    for each in before - after:
        await connection.execute(_CLOSE, each.plan_id)
    for each in after - before:
        await connection.execute(_KEEP, *astuple(each), case_id)


async def awaited(connection: Connection, limit: int) -> Sequence[AwaitedOfCase]:
    """The parties that have not come, those whose last day is first on top."""
    rows = await connection.fetch(AWAITED, limit)
    return [AwaitedOfCase(row["case_id"], AwaitedParty(**_without_case(row))) for row in rows]


async def count_awaited(connection: Connection, today: date) -> AwaitedCounts:
    """How many parties have not come."""
    row = await connection.fetchrow(COUNT_AWAITED, today)
    return AwaitedCounts(row["late"], row["in_time"])


async def plans(connection: Connection, limit: int) -> Sequence[PlanOfCase]:
    """The coordinated plans that hold, those without an agreed follow-up on top."""
    rows = await connection.fetch(PLANS, limit)
    return [PlanOfCase(row["case_id"], OpenPlan(**_without_case(row))) for row in rows]


def _without_case(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "case_id"}
