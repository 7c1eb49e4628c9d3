"""Rows of time limits, for the list of what is still waited for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from contracts.referral import RuleRef
from services.chassis.database import Connection


@dataclass(frozen=True)
class TimeLimitRow:
    """A time limit of a case. ``state``: what has been said of it, which stays ``passed``. ``stopped_on``: the day on
    which what it waits for happened, within the limit or after it."""

    deadline_id: UUID
    case_id: UUID
    rule: RuleRef
    clock: str
    party: str | None
    started_on: date
    limit_on: date
    state: Literal["running", "met", "passed"]
    stopped_on: date | None


# What an event of the case took away is taken away here too.
_WRITE: Final = """
WITH gone AS (
    DELETE FROM time_limit WHERE case_id = ANY ($1::uuid[]) AND deadline_id <> ALL ($3::uuid[])
)
INSERT INTO time_limit
    (case_id, deadline_id, insats, rule_version, clock, party, started_on, limit_on, state, stopped_on)
SELECT * FROM unnest(
    $2::uuid[], $3::uuid[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::date[], $9::date[], $10::text[],
    $11::date[]
)
ON CONFLICT (deadline_id) DO UPDATE SET state = EXCLUDED.state, stopped_on = EXCLUDED.stopped_on
"""

PASSED: Final = """
SELECT * FROM time_limit WHERE stopped_on IS NULL AND limit_on < $1 ORDER BY limit_on, deadline_id LIMIT $2
"""
RUNNING: Final = """
SELECT * FROM time_limit WHERE stopped_on IS NULL AND limit_on >= $1 ORDER BY limit_on, deadline_id LIMIT $2
"""
COUNTS: Final = """
SELECT count(*) FILTER (WHERE limit_on < $1) AS passed, count(*) FILTER (WHERE limit_on >= $1) AS running
FROM time_limit WHERE stopped_on IS NULL
"""


@dataclass(frozen=True)
class TimeLimitCounts:
    """How many limits are waited for: those that have passed, and those that have not."""

    passed: int
    running: int


async def write(connection: Connection, cases: Collection[UUID], rows: Sequence[TimeLimitRow]) -> None:
    """Makes the rows of cases these, in one statement."""
    if not cases:
        return
    await connection.execute(
        _WRITE,
        list(cases),
        [each.case_id for each in rows],
        [each.deadline_id for each in rows],
        [each.rule.insats for each in rows],
        [each.rule.version for each in rows],
        [each.clock for each in rows],
        [each.party for each in rows],
        [each.started_on for each in rows],
        [each.limit_on for each in rows],
        [each.state for each in rows],
        [each.stopped_on for each in rows],
    )


async def passed(connection: Connection, today: date, limit: int) -> list[TimeLimitRow]:
    """Those that have passed and are still waited for, the longest passed first."""
    return [_row(each) for each in await connection.fetch(PASSED, today, limit)]


async def running(connection: Connection, today: date, limit: int) -> list[TimeLimitRow]:
    """Those that are waited for and have not passed, the nearest first."""
    return [_row(each) for each in await connection.fetch(RUNNING, today, limit)]


async def counts(connection: Connection, today: date) -> TimeLimitCounts:
    """How many there are of both."""
    row = await connection.fetchrow(COUNTS, today)
    return TimeLimitCounts(row["passed"], row["running"])


def _row(row: Any) -> TimeLimitRow:
    return TimeLimitRow(
        deadline_id=row["deadline_id"],
        case_id=row["case_id"],
        rule=RuleRef(insats=row["insats"], version=row["rule_version"]),
        clock=row["clock"],
        party=row["party"],
        started_on=row["started_on"],
        limit_on=row["limit_on"],
        state=row["state"],
        stopped_on=row["stopped_on"],
    )
