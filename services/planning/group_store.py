"""Groups, the seats that people have in them, who came, and who waits. Writes are called in a unit that has locked
what they touch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from contracts.codes import EnrolmentOutcome
from services.chassis.database import Connection
from services.planning.domain.case import Case
from services.planning.domain.enrolments import Enrolment, Reserve
from services.planning.domain.groups import GroupOccupancy, GroupOf, GroupTerms

_TERMS: Final = (
    "group_id, insats, code, name, capacity, seats, session_days, starts_on, ends_on, starts_at, minutes, site, "
    "leader_id, opens_on, closes_on, reserved_for, held, called_off, cancelled"
)
LOCK: Final = f"SELECT {_TERMS} FROM declared_group WHERE group_id = $1 FOR UPDATE"  # noqa: S608  # our own constant
# Of a session ($2): for how many attendance was recorded, and how many had a seat on its day.
COUNTED: Final = """
SELECT count(*) FILTER (WHERE ended_on IS NULL) AS others,
       count(*) FILTER (WHERE enrolled_on <= $2 AND coalesce(ended_on >= $2, true)) AS present,
       count(session_on) AS recorded
FROM group_seat LEFT JOIN seat_attendance
  ON seat_attendance.enrolment_id = group_seat.enrolment_id AND session_on = $2
WHERE group_id = $1
"""
DECLARE: Final = f"""
INSERT INTO declared_group ({_TERMS})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
ON CONFLICT (group_id) DO UPDATE
SET name = EXCLUDED.name, capacity = EXCLUDED.capacity, seats = EXCLUDED.seats,
    session_days = EXCLUDED.session_days, starts_on = EXCLUDED.starts_on, ends_on = EXCLUDED.ends_on,
    starts_at = EXCLUDED.starts_at, minutes = EXCLUDED.minutes, site = EXCLUDED.site,
    leader_id = EXCLUDED.leader_id, opens_on = EXCLUDED.opens_on, closes_on = EXCLUDED.closes_on,
    reserved_for = EXCLUDED.reserved_for, held = EXCLUDED.held, called_off = EXCLUDED.called_off,
    cancelled = EXCLUDED.cancelled
"""  # noqa: S608  # our own constant
_COUNTS: Final = """
CROSS JOIN LATERAL (
    SELECT count(*) AS taken FROM group_seat WHERE group_seat.group_id = declared_group.group_id AND ended_on IS NULL
) AS seats_taken
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting FROM group_reserve
    WHERE group_reserve.insats = declared_group.insats
      AND (group_reserve.group_id = declared_group.group_id OR group_reserve.group_id IS NULL)
) AS reserve
"""
LISTED: Final = f"""
SELECT declared_group.*, taken, waiting FROM declared_group {_COUNTS}
WHERE insats = $1 AND ends_on >= $2 AND NOT cancelled ORDER BY starts_on, name, group_id LIMIT $3
"""  # noqa: S608  # our own constant
_ONE: Final = f"SELECT declared_group.*, taken, waiting FROM declared_group {_COUNTS} WHERE group_id = $1"  # noqa: S608
ENROL: Final = """
INSERT INTO group_seat (enrolment_id, group_id, case_id, enrolled_on, ended_on, outcome)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (enrolment_id) DO UPDATE SET ended_on = EXCLUDED.ended_on, outcome = EXCLUDED.outcome
"""
_REMOVE: Final = "DELETE FROM group_seat WHERE enrolment_id = ANY ($1::uuid[])"
_CAME: Final = "INSERT INTO seat_attendance (enrolment_id, session_on, attended) VALUES ($1, $2, $3)"
_CAME_NOT: Final = "DELETE FROM seat_attendance WHERE enrolment_id = $1 AND session_on = $2"
_WAIT: Final = "INSERT INTO group_reserve (case_id, insats, group_id, since, joined_at) VALUES ($1, $2, $3, $4, $5)"
_WAIT_NO_MORE: Final = "DELETE FROM group_reserve WHERE case_id = $1"
PARTICIPANTS: Final = """
SELECT enrolment_id, case_id, enrolled_on, ended_on, outcome FROM group_seat WHERE group_id = $1
ORDER BY enrolled_on, enrolment_id
"""
_ATTENDANCE: Final = """
SELECT enrolment_id, session_on, attended FROM seat_attendance JOIN group_seat USING (enrolment_id)
WHERE group_id = $1 ORDER BY session_on
"""
RESERVE: Final = """
SELECT case_id, group_id, since, joined_at FROM group_reserve
WHERE insats = $1 AND (group_id = $2 OR group_id IS NULL) ORDER BY since, joined_at, case_id LIMIT $3
"""
_NAMES: Final = "SELECT group_id, name FROM declared_group WHERE group_id = ANY ($1::uuid[])"


@dataclass(frozen=True)
class ListedGroup:
    """A group; ``taken``: how many have a seat, ``waiting``: how many wait for one in it or in any group."""

    terms: GroupTerms
    taken: int
    waiting: int

    @property
    def free(self) -> int:
        """How many seats nobody has."""
        return max(0, self.terms.seats - self.taken)


@dataclass(frozen=True)
class Participant:
    """A seat that somebody has or had in a group. ``attendance``: by day, whether they came."""

    enrolment_id: UUID
    case_id: UUID
    enrolled_on: date
    ended_on: date | None
    outcome: EnrolmentOutcome | None
    attendance: Mapping[date, bool]

    def had_seat_on(self, day: date) -> bool:
        """Whether they had the seat on a day."""
        return self.enrolled_on <= day and (self.ended_on is None or day <= self.ended_on)


@dataclass(frozen=True)
class Waiting:
    """Somebody who waits for a seat; ``any_group``: in whichever group of the insats."""

    case_id: UUID
    since: date
    any_group: bool


async def found(connection: Connection, group_id: UUID, session_on: date | None = None) -> GroupOccupancy:
    """A group as it is, and one session of it. Until the unit ends nobody else can take a seat in it or change it."""
    row = await connection.fetchrow(LOCK, group_id)
    if row is None:
        return GroupOccupancy()
    # A statement of its own: it sees what those who had locked the row before have committed.
    counted = await connection.fetchrow(COUNTED, group_id, session_on)
    return GroupOccupancy(counted["others"], _terms(row), counted["recorded"], counted["present"])


async def write_terms(connection: Connection, group_id: UUID, terms: GroupTerms) -> None:
    """Makes the row of a group, which the unit has locked, what its stream says."""
    await connection.execute(
        DECLARE,
        group_id,
        *(terms.of.insats, terms.of.group, terms.name, terms.capacity, terms.seats),
        *(list(terms.session_days), terms.starts_on, terms.ends_on, terms.starts_at, terms.minutes),
        *(terms.site, terms.leader_id, terms.opens_on, terms.closes_on, list(terms.reserved_for)),
        *(sorted(terms.held), sorted(terms.called_off), terms.cancelled),
    )


async def write_enrolments(connection: Connection, case_id: UUID, before: Case, after: Case) -> None:
    """Makes the rows of a case's seats in groups, who came and its wait what they are after a decision."""
    was, now = ({each.enrolment_id: each for each in case.enrolments.all} for case in (before, after))
    for enrolment_id in {*was, *now}:
        await _write_attendance(connection, enrolment_id, _came(was.get(enrolment_id)), _came(now.get(enrolment_id)))
    if gone := [each for each in was if each not in now]:
        await connection.execute(_REMOVE, gone)
    for enrolment_id, each in now.items():
        if enrolment_id not in was or _row(was[enrolment_id]) != _row(each):
            await connection.execute(ENROL, enrolment_id, each.group_id, case_id, *_row(each))
    await _write_reserve(connection, case_id, before, after)


async def _write_attendance(
    connection: Connection, enrolment_id: UUID, was: Mapping[date, bool], now: Mapping[date, bool]
) -> None:
    for day in (day for day in was if was[day] != now.get(day)):
        await connection.execute(_CAME_NOT, enrolment_id, day)
    for day in (day for day in now if now[day] != was.get(day)):
        await connection.execute(_CAME, enrolment_id, day, now[day])


async def _write_reserve(connection: Connection, case_id: UUID, before: Case, after: Case) -> None:
    was, now = _waits(before), _waits(after)
    if was == now:
        return
    if was is not None:
        await connection.execute(_WAIT_NO_MORE, case_id)
    if now is not None and after.referral is not None:
        insats = after.referral.insats
        await connection.execute(_WAIT, case_id, insats, now.group_id, now.since, now.joined_at)


def _waits(case: Case) -> Reserve | None:
    return case.enrolments.reserve


def _row(enrolment: Enrolment) -> tuple[Any, ...]:
    return enrolment.enrolled_on, enrolment.ended_on, enrolment.outcome


def _came(enrolment: Enrolment | None) -> dict[date, bool]:
    recorded = () if enrolment is None else enrolment.attendance
    return {each.session_on: each.attended for each in recorded if each.attended is not None}


async def listed(connection: Connection, insats: str, first: date, limit: int) -> Sequence[ListedGroup]:
    """The groups of an insats that have a session on a day or later, the first to begin first."""
    return [_listed(row) for row in await connection.fetch(LISTED, insats, first, limit)]


async def one(connection: Connection, group_id: UUID) -> ListedGroup | None:
    """A group, also one that is cancelled; None if it was never declared."""
    row = await connection.fetchrow(_ONE, group_id)
    return None if row is None else _listed(row)


async def participants(connection: Connection, group_id: UUID) -> list[Participant]:
    """Who has or had a seat in a group, in the order of their enrolment, and when they came."""
    came: dict[UUID, dict[date, bool]] = {}
    for row in await connection.fetch(_ATTENDANCE, group_id):
        came.setdefault(row["enrolment_id"], {})[row["session_on"]] = row["attended"]
    return [
        Participant(
            row["enrolment_id"],
            row["case_id"],
            row["enrolled_on"],
            row["ended_on"],
            None if row["outcome"] is None else EnrolmentOutcome(row["outcome"]),
            came.get(row["enrolment_id"], {}),
        )
        for row in await connection.fetch(PARTICIPANTS, group_id)
    ]


async def reserve(connection: Connection, insats: str, group_id: UUID, limit: int) -> list[Waiting]:
    """Who waits for a seat in a group, or in any of the insats, the first to join first."""
    rows = await connection.fetch(RESERVE, insats, group_id, limit)
    return [Waiting(row["case_id"], row["since"], row["group_id"] is None) for row in rows]


async def names_of(connection: Connection, group_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What groups are called."""
    return {row["group_id"]: row["name"] for row in await connection.fetch(_NAMES, group_ids)}


def _listed(row: Any) -> ListedGroup:
    return ListedGroup(_terms(row), row["taken"], row["waiting"])


def _terms(row: Any) -> GroupTerms:
    return GroupTerms(
        of=GroupOf(row["insats"], row["code"]),
        name=row["name"],
        capacity=row["capacity"],
        seats=row["seats"],
        session_days=tuple(row["session_days"]),
        starts_at=row["starts_at"],
        minutes=row["minutes"],
        site=row["site"],
        leader_id=row["leader_id"],
        opens_on=row["opens_on"],
        closes_on=row["closes_on"],
        reserved_for=tuple(row["reserved_for"]),
        held=frozenset(row["held"]),
        called_off=frozenset(row["called_off"]),
        cancelled=row["cancelled"],
    )
