"""Rows of follow-ups for lists, and what held ones found. The work list says in SQL what ``due_status`` says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from contracts.codes import ActivityOutcome, FollowUpReason, FollowUpResult, Role, Timeliness
from contracts.followup import ActivityFinding, FollowUpScheduled
from contracts.referral import RuleRef
from services.chassis.database import Connection
from services.followup.domain.completion import FollowUpFinding
from services.followup.domain.ledger import DueStatus, FollowUp
from services.followup.work import worked_by


@dataclass(frozen=True)
class Entry:
    """A follow-up and the case it belongs to."""

    case_id: UUID
    follow_up: FollowUp


Counts = Mapping[DueStatus, int]

_WRITE: Final = """
INSERT INTO follow_up (follow_up_id, case_id, point, anchor, samplan_id, months, insats, rule_version, responsible,
                       worked_by, anchored_on, nominal_on, due_on, opens_on, closes_on, state, opened, missed_on,
                       ended_on, timeliness, completed_by, details_released)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::smallint[], $7::text[], $8::integer[], $9::text[],
    $10::text[], $11::date[], $12::date[], $13::date[], $14::date[], $15::date[], $16::text[], $17::boolean[],
    $18::date[], $19::date[], $20::text[], $21::uuid[], $22::boolean[]
)
ON CONFLICT (follow_up_id) DO UPDATE
SET worked_by = EXCLUDED.worked_by, state = EXCLUDED.state, opened = EXCLUDED.opened,
    missed_on = EXCLUDED.missed_on, ended_on = EXCLUDED.ended_on, timeliness = EXCLUDED.timeliness,
    completed_by = EXCLUDED.completed_by, details_released = EXCLUDED.details_released
"""

_KEEP_FINDING: Final = """
INSERT INTO follow_up_finding
    (follow_up_id, case_id, held_on, result, reason, activity_ids, outcomes, registered_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (follow_up_id) DO UPDATE
SET held_on = EXCLUDED.held_on, result = EXCLUDED.result, reason = EXCLUDED.reason,
    activity_ids = EXCLUDED.activity_ids, outcomes = EXCLUDED.outcomes, registered_by = EXCLUDED.registered_by
"""
FINDINGS: Final = "SELECT * FROM follow_up_finding WHERE case_id = $1"

ONE: Final = "SELECT * FROM follow_up WHERE follow_up_id = $1"

OF_CASE: Final = "SELECT * FROM follow_up WHERE case_id = $1 ORDER BY due_on, follow_up_id"

CASES: Final = """
SELECT DISTINCT stream_id FROM heard_event WHERE stream_id > $1 ORDER BY stream_id LIMIT $2
"""

COUNTS: Final = """
SELECT worked_by,
       count(*) FILTER (WHERE opens_on > $2) AS upcoming,
       count(*) FILTER (WHERE opens_on <= $2 AND due_on >= $2) AS due,
       count(*) FILTER (WHERE due_on < $2) AS overdue
FROM follow_up
WHERE worked_by = ANY ($1::text[]) AND ended_on IS NULL
GROUP BY worked_by
"""

# One for each due status of what is owed, so that the index bounds each of them. ``due_on > $2`` adds nothing to
# ``opens_on > $2`` but such a bound, for a window opens no later than its day is due.
WORK_LIST: Final[Mapping[DueStatus, str]] = {
    DueStatus.OVERDUE: """
        SELECT * FROM follow_up
        WHERE worked_by = $1 AND ended_on IS NULL AND due_on < $2
        ORDER BY due_on, follow_up_id LIMIT $3
        """,
    DueStatus.DUE: """
        SELECT * FROM follow_up
        WHERE worked_by = $1 AND ended_on IS NULL AND due_on >= $2 AND opens_on <= $2
        ORDER BY due_on, follow_up_id LIMIT $3
        """,
    DueStatus.UPCOMING: """
        SELECT * FROM follow_up
        WHERE worked_by = $1 AND ended_on IS NULL AND due_on > $2 AND opens_on > $2
        ORDER BY due_on, follow_up_id LIMIT $3
        """,
}
OWED: Final = tuple(WORK_LIST)

WHOLE_WORK_LIST: Final = """
SELECT * FROM follow_up
WHERE worked_by = $1 AND ended_on IS NULL
ORDER BY due_on, follow_up_id LIMIT $2
"""


async def write_rows(connection: Connection, case_id: UUID, follow_ups: Sequence[FollowUp]) -> None:
    """Writes what follow-ups have become, new ones and known ones."""
    if follow_ups:
        await connection.execute(_WRITE, *zip(*(_values(case_id, each) for each in follow_ups), strict=True))


async def keep_finding(
    connection: Connection, case_id: UUID, follow_up_id: UUID, finding: FollowUpFinding, registered_by: str
) -> None:
    """Keeps what a follow-up found, with or without consent, and who registered it."""
    await connection.execute(
        _KEEP_FINDING,
        follow_up_id,
        case_id,
        finding.held_on,
        finding.result,
        finding.reason,
        [each.activity_id for each in finding.activities],
        [each.outcome for each in finding.activities],
        registered_by,
    )


async def findings_of(connection: Connection, case_id: UUID) -> dict[UUID, FollowUpFinding]:
    """What the case's held follow-ups found, by follow-up."""
    rows = await connection.fetch(FINDINGS, case_id)
    return {row["follow_up_id"]: _finding(row) for row in rows}


async def cases_after(connection: Connection, case_id: UUID, limit: int) -> list[UUID]:
    """The cases something was heard of, with greater ids than one, in their order."""
    return [row["stream_id"] for row in await connection.fetch(CASES, case_id, limit)]


async def case_of(connection: Connection, follow_up_id: UUID) -> UUID | None:
    """The case of a follow-up, which never changes; None if there is no such follow-up."""
    entry = await find(connection, follow_up_id)
    return None if entry is None else entry.case_id


async def find(connection: Connection, follow_up_id: UUID) -> Entry | None:
    """One follow-up; None if there is none."""
    row = await connection.fetchrow(ONE, follow_up_id)
    return None if row is None else _entry(row)


async def of_case(connection: Connection, case_id: UUID) -> list[Entry]:
    """The follow-ups of a case by due day, whatever has become of them."""
    return [_entry(row) for row in await connection.fetch(OF_CASE, case_id)]


async def counts(connection: Connection, roles: Iterable[Role], today: date) -> Mapping[Role, Counts]:
    """How many follow-ups stand in each sign-in role's list today, by due status."""
    wanted = list(roles)
    rows = await connection.fetch(COUNTS, wanted, today)
    found = {Role(row["worked_by"]): {each: int(row[each]) for each in OWED} for row in rows}
    return {role: found.get(role, dict.fromkeys(OWED, 0)) for role in wanted}


async def work_list(connection: Connection, role: Role, status: DueStatus, today: date, limit: int) -> list[Entry]:
    """What a role has to do with that due status today, the longest due first. Raises KeyError for what has ended."""
    return [_entry(row) for row in await connection.fetch(WORK_LIST[status], role, today, limit)]


async def whole_work_list(connection: Connection, role: Role, limit: int) -> list[Entry]:
    """All that a role has to do, now or later, the longest due first."""
    return [_entry(row) for row in await connection.fetch(WHOLE_WORK_LIST, role, limit)]


def _values(case_id: UUID, follow_up: FollowUp) -> tuple[Any, ...]:
    terms = follow_up.terms
    return (
        terms.follow_up_id,
        case_id,
        terms.point,
        terms.anchor,
        terms.samplan_id,
        terms.months,
        terms.rule.insats,
        terms.rule.version,
        terms.responsible,
        worked_by(terms),
        terms.happened_on,
        terms.nominal_on,
        terms.due_on,
        terms.opens_on,
        terms.closes_on,
        follow_up.state,
        follow_up.opened,
        follow_up.missed_on,
        follow_up.ended_on,
        follow_up.timeliness,
        follow_up.completed_by,
        follow_up.details_released,
    )


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(row["case_id"], _follow_up(row))


def _follow_up(row: Mapping[str, Any]) -> FollowUp:
    return FollowUp(
        terms=_terms(row),
        state=row["state"],
        opened=row["opened"],
        missed_on=row["missed_on"],
        ended_on=row["ended_on"],
        timeliness=Timeliness(row["timeliness"]) if row["timeliness"] else None,
        completed_by=row["completed_by"],
        details_released=row["details_released"],
    )


def _terms(row: Mapping[str, Any]) -> FollowUpScheduled:
    return FollowUpScheduled(
        happened_on=row["anchored_on"],
        follow_up_id=row["follow_up_id"],
        point=row["point"],
        anchor=row["anchor"],
        samplan_id=row["samplan_id"],
        months=row["months"],
        nominal_on=row["nominal_on"],
        due_on=row["due_on"],
        opens_on=row["opens_on"],
        closes_on=row["closes_on"],
        responsible=row["responsible"],
        rule=RuleRef(insats=row["insats"], version=row["rule_version"]),
    )


def _finding(row: Mapping[str, Any]) -> FollowUpFinding:
    return FollowUpFinding(
        held_on=row["held_on"],
        result=FollowUpResult(row["result"]),
        reason=FollowUpReason(row["reason"]) if row["reason"] else None,
        activities=tuple(
            ActivityFinding(activity_id=activity_id, outcome=ActivityOutcome(outcome))
            for activity_id, outcome in zip(row["activity_ids"], row["outcomes"], strict=True)
        ),
    )
