"""The ledger in PostgreSQL. The conditions of the work list say in SQL what :func:`domain.standing` says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, assert_never
from uuid import UUID

from pydantic import TypeAdapter

from contracts.codes import FollowUpReason, FollowUpResult, Role, Timeliness
from contracts.followup import ActivityFinding, FollowUpScheduled
from contracts.planning import PlannedActivity, SamplanUpprättad
from contracts.referral import RuleRef
from services.chassis.database import Connection
from services.followup.domain import (
    Completed,
    Consent,
    FollowUp,
    Missed,
    Opened,
    Report,
    Scheduled,
    Standing,
    Superseded,
    missed_on,
)

_ACTIVITIES: Final = TypeAdapter(tuple[PlannedActivity, ...])
_FINDINGS: Final = TypeAdapter(tuple[ActivityFinding, ...])


@dataclass(frozen=True)
class Entry:
    """A follow-up and the case it belongs to."""

    case_id: UUID
    follow_up: FollowUp


@dataclass(frozen=True)
class Held:
    """An entry with what was found when it was held; without ``result`` if it has not been held."""

    entry: Entry
    result: FollowUpResult | None
    reason: FollowUpReason | None
    findings: tuple[ActivityFinding, ...]


@dataclass(frozen=True)
class Question:
    """All that completing a follow-up is decided from."""

    entry: Entry
    activities: tuple[PlannedActivity, ...]
    consent: Consent


Counts = Mapping[Standing, int]

_ADD: Final = """
WITH plan AS (
    INSERT INTO samplan (samplan_id, case_id, activities) VALUES ($1, $2, $3)
)
INSERT INTO follow_up (follow_up_id, case_id, samplan_id, insats, rule_version, planned_on,
                       months, responsible, nominal_on, due_on, opens_on, closes_on)
SELECT follow_up_id, $2, $1, $4, $5, $6, months, responsible, nominal_on, due_on, opens_on, closes_on
FROM unnest($7::uuid[], $8::smallint[], $9::text[], $10::date[], $11::date[], $12::date[], $13::date[])
    AS new (follow_up_id, months, responsible, nominal_on, due_on, opens_on, closes_on)
"""

_SAVE: Final = """
UPDATE follow_up
SET state = new.state, missed_on = new.missed_on, ended_on = new.ended_on, timeliness = new.timeliness
FROM unnest($1::uuid[], $2::text[], $3::date[], $4::date[], $5::text[])
    AS new (follow_up_id, state, missed_on, ended_on, timeliness)
WHERE follow_up.follow_up_id = new.follow_up_id
"""

_KEEP_REPORT: Final = """
UPDATE follow_up SET result = $2, reason = $3, findings = $4, registered_by = $5 WHERE follow_up_id = $1
"""

_CASE_OF: Final = "SELECT case_id FROM follow_up WHERE follow_up_id = $1"

_ONE: Final = "SELECT * FROM follow_up WHERE follow_up_id = $1"

QUESTION: Final = """
SELECT follow_up.*, samplan.activities, consent.choice
FROM follow_up JOIN samplan USING (samplan_id) LEFT JOIN consent ON consent.case_id = follow_up.case_id
WHERE follow_up_id = $1
"""

OF_CASE: Final = "SELECT * FROM follow_up WHERE case_id = $1 ORDER BY due_on, follow_up_id"

_CONSENT: Final = """
INSERT INTO consent (case_id, choice) VALUES ($1, $2) ON CONFLICT (case_id) DO UPDATE SET choice = EXCLUDED.choice
"""

COUNTS: Final = """
SELECT responsible,
       count(*) FILTER (WHERE opens_on > $2) AS upcoming,
       count(*) FILTER (WHERE opens_on <= $2 AND due_on >= $2) AS due,
       count(*) FILTER (WHERE due_on < $2) AS overdue
FROM follow_up
WHERE responsible = ANY ($1::text[]) AND ended_on IS NULL
GROUP BY responsible
"""

# One for each standing of what is owed, so that the index bounds each of them. ``due_on > $2`` adds nothing to
# ``opens_on > $2`` but such a bound, for a window opens no later than its day is due.
WORK_LIST: Final[Mapping[Standing, str]] = {
    Standing.OVERDUE: """
        SELECT * FROM follow_up
        WHERE responsible = $1 AND ended_on IS NULL AND due_on < $2
        ORDER BY due_on, follow_up_id LIMIT $3
        """,
    Standing.DUE: """
        SELECT * FROM follow_up
        WHERE responsible = $1 AND ended_on IS NULL AND due_on >= $2 AND opens_on <= $2
        ORDER BY due_on, follow_up_id LIMIT $3
        """,
    Standing.UPCOMING: """
        SELECT * FROM follow_up
        WHERE responsible = $1 AND ended_on IS NULL AND due_on > $2 AND opens_on > $2
        ORDER BY due_on, follow_up_id LIMIT $3
        """,
}
OWED: Final = tuple(WORK_LIST)

WHOLE_WORK_LIST: Final = """
SELECT * FROM follow_up
WHERE responsible = $1 AND ended_on IS NULL
ORDER BY due_on, follow_up_id LIMIT $2
"""


async def add(
    connection: Connection, case_id: UUID, plan: SamplanUpprättad, owed: Sequence[FollowUpScheduled]
) -> None:
    """Enters a samplan and the follow-ups it owes."""
    await connection.execute(
        _ADD,
        plan.samplan_id,
        case_id,
        _ACTIVITIES.dump_json(plan.activities),
        plan.rule.insats,
        plan.rule.version,
        plan.happened_on,
        [terms.follow_up_id for terms in owed],
        [terms.months for terms in owed],
        [terms.responsible for terms in owed],
        [terms.nominal_on for terms in owed],
        [terms.due_on for terms in owed],
        [terms.opens_on for terms in owed],
        [terms.closes_on for terms in owed],
    )


async def save(connection: Connection, follow_ups: Sequence[FollowUp]) -> None:
    """Writes what follow-ups have become."""
    states = [_state(follow_up) for follow_up in follow_ups]
    await connection.execute(
        _SAVE,
        [follow_up.terms.follow_up_id for follow_up in follow_ups],
        [state.name for state in states],
        [missed_on(follow_up) for follow_up in follow_ups],
        [state.ended_on for state in states],
        [state.timeliness for state in states],
    )


async def keep_report(connection: Connection, follow_up_id: UUID, report: Report, registered_by: str) -> None:
    """Keeps what a follow-up found, with or without consent, and who registered it."""
    findings = _FINDINGS.dump_json(report.findings)
    await connection.execute(_KEEP_REPORT, follow_up_id, report.result, report.reason, findings, registered_by)


async def keep_consent(connection: Connection, case_id: UUID, choice: Consent) -> None:
    """Keeps what the person said last."""
    await connection.execute(_CONSENT, case_id, choice)


async def case_of(connection: Connection, follow_up_id: UUID) -> UUID | None:
    """The case of a follow-up, which never changes; None if there is no such follow-up."""
    found: UUID | None = await connection.fetchval(_CASE_OF, follow_up_id)
    return found


async def load(connection: Connection, follow_up_id: UUID) -> FollowUp:
    """One follow-up. Raises LookupError if there is none."""
    row = await connection.fetchrow(_ONE, follow_up_id)
    if row is None:
        raise LookupError(f"no follow-up {follow_up_id}")
    return _follow_up(row)


async def question(connection: Connection, follow_up_id: UUID) -> Question:
    """All that completing a follow-up is decided from. Raises LookupError if there is no such follow-up."""
    row = await connection.fetchrow(QUESTION, follow_up_id)
    if row is None:
        raise LookupError(f"no follow-up {follow_up_id}")
    return Question(
        entry=_entry(row),
        activities=_ACTIVITIES.validate_json(row["activities"]),
        consent=Consent(row["choice"]) if row["choice"] else Consent.UNKNOWN,
    )


async def of_case(connection: Connection, case_id: UUID) -> list[Held]:
    """The follow-ups of a case by due day, whatever has become of them."""
    rows = await connection.fetch(OF_CASE, case_id)
    return [
        Held(
            entry=_entry(row),
            result=FollowUpResult(row["result"]) if row["result"] else None,
            reason=FollowUpReason(row["reason"]) if row["reason"] else None,
            findings=_FINDINGS.validate_json(row["findings"]) if row["findings"] else (),
        )
        for row in rows
    ]


async def counts(connection: Connection, roles: Iterable[Role], today: date) -> Mapping[Role, Counts]:
    """How many follow-ups each role owes today, by standing."""
    wanted = list(roles)
    rows = await connection.fetch(COUNTS, wanted, today)
    found = {Role(row["responsible"]): {each: int(row[each]) for each in OWED} for row in rows}
    return {role: found.get(role, dict.fromkeys(OWED, 0)) for role in wanted}


async def work_list(connection: Connection, role: Role, standing: Standing, today: date, limit: int) -> list[Entry]:
    """What a role owes today with that standing, the longest due first. Raises KeyError for what is not owed."""
    return [_entry(row) for row in await connection.fetch(WORK_LIST[standing], role, today, limit)]


async def whole_work_list(connection: Connection, role: Role, limit: int) -> list[Entry]:
    """All that a role owes, the longest due first."""
    return [_entry(row) for row in await connection.fetch(WHOLE_WORK_LIST, role, limit)]


@dataclass(frozen=True)
class _State:
    name: str
    ended_on: date | None = None
    timeliness: Timeliness | None = None


def _state(follow_up: FollowUp) -> _State:
    match follow_up:
        case Scheduled():
            return _State("scheduled")
        case Opened():
            return _State("opened")
        case Missed():
            return _State("missed")
        case Completed():
            return _State("completed", follow_up.held_on, follow_up.timeliness)
        case Superseded():
            return _State("superseded", follow_up.superseded_on)
    assert_never(follow_up)


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(row["case_id"], _follow_up(row))


def _follow_up(row: Mapping[str, Any]) -> FollowUp:
    terms = _terms(row)
    match row["state"]:
        case "scheduled":
            return Scheduled(terms)
        case "opened":
            return Opened(terms)
        case "missed":
            return Missed(terms, row["missed_on"])
        case "completed":
            return Completed(terms, row["ended_on"], Timeliness(row["timeliness"]), row["missed_on"])
        case "superseded":
            return Superseded(terms, row["ended_on"], row["missed_on"])
        case unknown:
            raise ValueError(f"follow_up.state is {unknown!r}")


def _terms(row: Mapping[str, Any]) -> FollowUpScheduled:
    return FollowUpScheduled(
        happened_on=row["planned_on"],
        follow_up_id=row["follow_up_id"],
        samplan_id=row["samplan_id"],
        months=row["months"],
        nominal_on=row["nominal_on"],
        due_on=row["due_on"],
        opens_on=row["opens_on"],
        closes_on=row["closes_on"],
        responsible=Role(row["responsible"]),
        rule=RuleRef(insats=row["insats"], version=row["rule_version"]),
    )
