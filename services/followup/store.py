"""Rows of follow-ups for lists, and what held ones found. The work list says in SQL what ``due_status`` says."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias, assert_never
from uuid import UUID

from contracts.codes import ActivityOutcome, FollowUpReason, FollowUpResult, Role, Timeliness
from contracts.followup import ActivityFinding, FollowUpScheduled
from contracts.referral import RuleRef
from services.chassis.database import Connection
from services.followup.domain.completion import FollowUpFinding
from services.followup.domain.ledger import DueStatus, FollowUp, Offer, Taken
from services.followup.work import worked_by


@dataclass(frozen=True)
class Entry:
    """A follow-up, the case it belongs to, and whose it is (a user id; None: anybody's of its sign-in role)."""

    case_id: UUID
    follow_up: FollowUp
    worker_id: str | None = None


@dataclass(frozen=True)
class RoleList:
    """All that a sign-in role has to do."""

    role: Role


@dataclass(frozen=True)
class WorkerList:
    """What is one person's to do: their own, and that of those who are away and whom they stand in for."""

    worker_id: str
    stands_in_for: tuple[str, ...] = ()


WorkList: TypeAlias = RoleList | WorkerList

Counts = Mapping[DueStatus, int]

# A follow-up's row: column, its SQL type, and its value. A known one keeps what it was scheduled with.
_TERMS: Final[Mapping[str, tuple[str, Callable[[Entry], Any]]]] = {
    "follow_up_id": ("uuid", lambda each: each.follow_up.terms.follow_up_id),
    "case_id": ("uuid", lambda each: each.case_id),
    "point": ("text", lambda each: each.follow_up.terms.point),
    "anchor": ("uuid", lambda each: each.follow_up.terms.anchor),
    "samplan_id": ("uuid", lambda each: each.follow_up.terms.samplan_id),
    "months": ("smallint", lambda each: each.follow_up.terms.months),
    "insats": ("text", lambda each: each.follow_up.terms.rule.insats),
    "rule_version": ("integer", lambda each: each.follow_up.terms.rule.version),
    "responsible": ("text", lambda each: each.follow_up.terms.responsible),
    "anchored_on": ("date", lambda each: each.follow_up.terms.happened_on),
    "nominal_on": ("date", lambda each: each.follow_up.terms.nominal_on),
    "due_on": ("date", lambda each: each.follow_up.terms.due_on),
    "opens_on": ("date", lambda each: each.follow_up.terms.opens_on),
    "closes_on": ("date", lambda each: each.follow_up.terms.closes_on),
}
_COURSE: Final[Mapping[str, tuple[str, Callable[[Entry], Any]]]] = {
    "worked_by": ("text", lambda each: worked_by(each.follow_up.terms)),
    "worker_id": ("text", lambda each: each.worker_id),
    "state": ("text", lambda each: each.follow_up.state),
    "opened": ("boolean", lambda each: each.follow_up.opened),
    "missed_on": ("date", lambda each: each.follow_up.missed_on),
    "ended_on": ("date", lambda each: each.follow_up.ended_on),
    "ended_by": ("uuid", lambda each: each.follow_up.ended_by),
    "timeliness": ("text", lambda each: each.follow_up.timeliness),
    "details_released": ("boolean", lambda each: each.follow_up.details_released),
    "escalated_to": ("text", lambda each: each.follow_up.escalated_to),
    "attempts": ("smallint", lambda each: each.follow_up.attempts),
    "taken_by": ("text", lambda each: each.follow_up.taken and each.follow_up.taken.by),
    "taken_since": ("date", lambda each: each.follow_up.taken and each.follow_up.taken.since),
    "offered_to": ("text", lambda each: each.follow_up.offered_to),
    "asked_of": ("text", lambda each: each.follow_up.offer and each.follow_up.offer.of),
    "asked_to": ("text", lambda each: each.follow_up.offer and each.follow_up.offer.to),
    "asked_on": ("date", lambda each: each.follow_up.offer and each.follow_up.offer.on),
    "answer": ("text", lambda each: each.follow_up.offer and each.follow_up.offer.answer),
    "answered_on": ("date", lambda each: each.follow_up.offer and each.follow_up.offer.answered_on),
    # Arrays of arrays have one length in SQL, so the ids travel as one text.
    "reminded": ("text", lambda each: " ".join(sorted(each.follow_up.reminded))),
}
_OFFER: Final = ("asked_of", "asked_to", "asked_on", "answer", "answered_on")
_COLUMNS: Final = {**_TERMS, **_COURSE}

_WRITE: Final = f"""
INSERT INTO follow_up ({", ".join(_COLUMNS)})
SELECT * FROM unnest({", ".join(f"${n}::{kind}[]" for n, (kind, _) in enumerate(_COLUMNS.values(), start=1))})
ON CONFLICT (follow_up_id) DO UPDATE SET {", ".join(f"{column} = EXCLUDED.{column}" for column in _COURSE)}
"""  # noqa: S608  # our own columns

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

_WHOSE: Final[Mapping[type[WorkList], str]] = {RoleList: "worked_by", WorkerList: "worker_id"}
# A role's list is read in order from follow_up_owed; a person's with those they stand in for, a part of each from
# follow_up_of_worker.
_ONE_OF: Final[Mapping[type[WorkList], str]] = {
    RoleList: "worked_by = $1",
    WorkerList: "worker_id = ANY ($1::text[])",
}

COUNTS: Final[Mapping[type[WorkList], str]] = {
    kind: f"""
    SELECT {column} AS whose,
           count(*) FILTER (WHERE opens_on > $2) AS upcoming,
           count(*) FILTER (WHERE opens_on <= $2 AND due_on >= $2) AS due,
           count(*) FILTER (WHERE due_on < $2) AS overdue
    FROM follow_up
    WHERE {column} = ANY ($1::text[]) AND ended_on IS NULL
    GROUP BY {column}
    """  # noqa: S608  # our own columns
    for kind, column in _WHOSE.items()
}

_STANDS: Final[Mapping[DueStatus, str]] = {
    DueStatus.OVERDUE: "due_on < $2",
    DueStatus.DUE: "due_on >= $2 AND opens_on <= $2",
    DueStatus.UPCOMING: "due_on > $2 AND opens_on > $2",
}
OWED: Final = tuple(_STANDS)

WORK_LIST: Final[Mapping[tuple[type[WorkList], DueStatus], str]] = {
    (kind, status): f"""
    SELECT * FROM follow_up
    WHERE {one_of} AND ended_on IS NULL AND {stands}
    ORDER BY due_on, follow_up_id LIMIT $3
    """  # noqa: S608  # our own columns
    for kind, one_of in _ONE_OF.items()
    for status, stands in _STANDS.items()
}

WHOLE_WORK_LIST: Final = """
SELECT * FROM follow_up
WHERE worked_by = $1 AND ended_on IS NULL
ORDER BY due_on, follow_up_id LIMIT $2
"""

OFFERED: Final = """
SELECT * FROM follow_up WHERE offered_to = $1 AND ended_on IS NULL ORDER BY due_on, follow_up_id LIMIT $2
"""

COUNT_OFFERED: Final = "SELECT count(*) FROM follow_up WHERE offered_to = $1 AND ended_on IS NULL"

# All that is one person's, now or later, by the index follow_up_of_worker.
WHOLE_OF_WORKER: Final = """
SELECT * FROM follow_up WHERE worker_id = $1 AND ended_on IS NULL ORDER BY due_on, follow_up_id LIMIT $2
"""

ESCALATED: Final = """
SELECT * FROM follow_up
WHERE escalated_to = $1 AND ended_on IS NULL
ORDER BY due_on, follow_up_id LIMIT $2
"""

ESCALATED_COUNTS: Final = """
SELECT escalated_to, count(*) AS owed FROM follow_up
WHERE escalated_to IS NOT NULL AND ended_on IS NULL
GROUP BY escalated_to
"""


async def write_rows(connection: Connection, entries: Sequence[Entry]) -> None:
    """Writes what follow-ups have become, new ones and known ones."""
    if entries:
        await connection.execute(_WRITE, *([value(each) for each in entries] for _, value in _COLUMNS.values()))


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


async def find(connection: Connection, follow_up_id: UUID) -> Entry | None:
    """One follow-up; None if there is none."""
    row = await connection.fetchrow(ONE, follow_up_id)
    return None if row is None else entry_of(row)


async def of_case(connection: Connection, case_id: UUID) -> list[Entry]:
    """The follow-ups of a case by due day, whatever has become of them."""
    return [entry_of(row) for row in await connection.fetch(OF_CASE, case_id)]


async def counts(connection: Connection, roles: Iterable[Role], today: date) -> Mapping[Role, Counts]:
    """How many follow-ups stand in each sign-in role's list today, by due status."""
    wanted = list(roles)
    found = await _counts(connection, RoleList, wanted, today)
    return {role: found.get(role, _NONE) for role in wanted}


async def count(connection: Connection, whose: WorkList, today: date) -> Counts:
    """How many follow-ups stand in a list today, by due status."""
    found = await _counts(connection, type(whose), _keys(whose), today)
    return {each: sum(counts[each] for counts in found.values()) for each in OWED}


async def work_list(
    connection: Connection, whose: WorkList, status: DueStatus, today: date, limit: int
) -> list[Entry]:
    """What of a list has that due status today, the longest due first. Raises KeyError for what has ended."""
    keys = _keys(whose)
    rows = await connection.fetch(
        WORK_LIST[type(whose), status], keys[0] if isinstance(whose, RoleList) else keys, today, limit
    )
    return [entry_of(row) for row in rows]


async def offered(connection: Connection, worker_id: str, limit: int) -> list[Entry]:
    """What somebody is asked to take over, the longest due first."""
    return [entry_of(row) for row in await connection.fetch(OFFERED, worker_id, limit)]


async def count_offered(connection: Connection, worker_id: str) -> int:
    """How much somebody is asked to take over."""
    counted: int = await connection.fetchval(COUNT_OFFERED, worker_id)
    return counted


async def whole_of_worker(connection: Connection, worker_id: str, limit: int) -> list[Entry]:
    """All that one person has to do, now or later, the longest due first."""
    return [entry_of(row) for row in await connection.fetch(WHOLE_OF_WORKER, worker_id, limit)]


async def escalated(connection: Connection, to: str, limit: int) -> list[Entry]:
    """What is owed and was last brought up with one of the catalogue's ``reminded``, the longest due first."""
    return [entry_of(row) for row in await connection.fetch(ESCALATED, to, limit)]


async def escalated_counts(connection: Connection) -> Mapping[str, int]:
    """How much is owed and was last brought up with whom."""
    return {row["escalated_to"]: row["owed"] for row in await connection.fetch(ESCALATED_COUNTS)}


async def whole_work_list(connection: Connection, role: Role, limit: int) -> list[Entry]:
    """All that a role has to do, now or later, the longest due first."""
    return [entry_of(row) for row in await connection.fetch(WHOLE_WORK_LIST, role, limit)]


_NONE: Final[Counts] = dict.fromkeys(OWED, 0)


async def _counts(
    connection: Connection, kind: type[WorkList], keys: Sequence[str], today: date
) -> Mapping[str, Counts]:
    rows = await connection.fetch(COUNTS[kind], keys, today)
    return {row["whose"]: {each: int(row[each]) for each in OWED} for row in rows}


def _keys(whose: WorkList) -> list[str]:
    match whose:
        case RoleList(role):
            return [role]
        case WorkerList(worker_id, stands_in_for):
            return [worker_id, *stands_in_for]
        case _:
            assert_never(whose)


def entry_of(row: Mapping[str, Any]) -> Entry:
    """A follow-up from its row."""
    return Entry(row["case_id"], _follow_up(row), row["worker_id"])


def _follow_up(row: Mapping[str, Any]) -> FollowUp:
    return FollowUp(
        terms=_terms(row),
        state=row["state"],
        opened=row["opened"],
        missed_on=row["missed_on"],
        ended_on=row["ended_on"],
        ended_by=row["ended_by"],
        timeliness=Timeliness(row["timeliness"]) if row["timeliness"] else None,
        details_released=row["details_released"],
        reminded=frozenset(row["reminded"].split()),
        escalated_to=row["escalated_to"],
        attempts=row["attempts"],
        taken=Taken(row["taken_by"], row["taken_since"]) if row["taken_by"] else None,
        offered_to=row["offered_to"],
        offer=None if row["asked_to"] is None else Offer(*(row[column] for column in _OFFER)),
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
