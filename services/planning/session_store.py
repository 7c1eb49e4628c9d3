"""Sessions and the cases that wait for one, as the board lists them. Writes are called inside a unit that has locked
what they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from contracts.codes import MeetingMode
from services.chassis.database import Connection
from services.planning.domain.awaiting import AwaitingSeat
from services.planning.domain.meetings import Seat
from services.planning.domain.sessions import Occupancy, SessionTerms

_TERMS: Final = "seats, reserved, reserved_for, area, extra, cancelled"

# The update changes nothing; it takes the row's lock also when the session is there already.
LOCK_SESSION: Final = f"""
INSERT INTO team_session (insats, team, meets_on, starts_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (insats, team, meets_on, starts_at) DO UPDATE SET team = EXCLUDED.team
RETURNING {_TERMS}
"""  # noqa: S608  # our own constants
OTHERS: Final = """
SELECT count(DISTINCT case_id) AS others, count(DISTINCT case_id) FILTER (WHERE mode = $6) AS in_reserved
FROM session_seat
WHERE insats = $1 AND team = $2 AND meets_on = $3 AND starts_at = $4 AND case_id IS DISTINCT FROM $5
"""
DECLARE: Final = """
UPDATE team_session SET seats = $5, reserved = $6, reserved_for = $7, area = $8, extra = $9, cancelled = $10
WHERE insats = $1 AND team = $2 AND meets_on = $3 AND starts_at = $4
"""
# Undeclared sessions are on the board while somebody has a seat there.
BOARD: Final = """
SELECT team_session.*, meeting_id, case_id, mode, held
FROM team_session LEFT JOIN session_seat USING (insats, team, meets_on, starts_at)
WHERE team_session.insats = $1 AND team_session.meets_on >= $2 AND team_session.meets_on < $3
  AND ((seats IS NOT NULL AND NOT cancelled) OR meeting_id IS NOT NULL)
ORDER BY meets_on, starts_at, team, meeting_id
"""
FREE: Final = """
SELECT team_session.*, taken.others, taken.in_reserved
FROM team_session CROSS JOIN LATERAL (
    SELECT count(DISTINCT case_id) AS others,
           count(DISTINCT case_id) FILTER (WHERE mode = reserved_for) AS in_reserved
    FROM session_seat
    WHERE session_seat.insats = team_session.insats AND session_seat.team = team_session.team
      AND session_seat.meets_on = team_session.meets_on AND session_seat.starts_at = team_session.starts_at
) AS taken
WHERE insats = $1 AND meets_on >= $2 AND seats IS NOT NULL AND NOT cancelled
  AND taken.others < seats AND ($4::text IS NULL OR (coalesce(area, $4) = $4) = $5)
ORDER BY meets_on, starts_at, team LIMIT $3
"""
_WAITING: Final = """
SELECT case_id, insats, unit, referred_on, accepted_on FROM awaiting_seat
WHERE insats = $1{after} ORDER BY accepted_on, case_id LIMIT $2
"""
WAITING: Final = _WAITING.format(after="")
WAITING_AFTER: Final = _WAITING.format(after=" AND (accepted_on, case_id) > ($3, $4)")
_COUNT_WAITING: Final = "SELECT count(*) FROM awaiting_seat WHERE insats = $1"
_WAITING_COUNTS: Final = "SELECT insats, count(*) AS waiting FROM awaiting_seat GROUP BY insats ORDER BY insats"
_WAIT: Final = """
INSERT INTO awaiting_seat (case_id, insats, unit, referred_on, accepted_on) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (case_id) DO UPDATE
SET insats = EXCLUDED.insats, unit = EXCLUDED.unit,
    referred_on = EXCLUDED.referred_on, accepted_on = EXCLUDED.accepted_on
"""
_WAIT_NO_MORE: Final = "DELETE FROM awaiting_seat WHERE case_id = $1"


@dataclass(frozen=True)
class Taken:
    """A seat that a case has. ``held``: its meeting has been held."""

    meeting_id: UUID
    case_id: UUID
    mode: MeetingMode
    held: bool


@dataclass(frozen=True)
class BoardSession:
    """A session as the board shows it. ``terms``: None where it was never declared."""

    session: Seat
    terms: SessionTerms | None
    taken: tuple[Taken, ...]

    @property
    def occupancy(self) -> Occupancy:
        """How full it is, all its cases counted."""
        reserved_for = None if self.terms is None else self.terms.reserved_for
        cases = {each.case_id for each in self.taken}
        in_reserved = {each.case_id for each in self.taken if each.mode == reserved_for}
        return Occupancy(len(cases), len(in_reserved), self.terms)


@dataclass(frozen=True)
class FreeSession:
    """A declared session with a place that is not taken."""

    session: Seat
    terms: SessionTerms
    occupancy: Occupancy


@dataclass(frozen=True)
class WaitingCase:
    """A case that waits for a seat."""

    case_id: UUID
    waits: AwaitingSeat


@dataclass(frozen=True)
class LastWaiting:
    """The place of the last case of a page in the order of those who wait. It may have a seat by now."""

    accepted_on: date
    case_id: UUID


async def lock_session(connection: Connection, session: Seat) -> SessionTerms | None:
    """What was declared of a session. Until the unit ends nobody else can take a seat in it or declare it."""
    return _terms(
        await connection.fetchrow(LOCK_SESSION, session.insats, session.team, session.meets_on, session.starts_at)
    )


async def others(
    connection: Connection, session: Seat, case_id: UUID | None, apart: MeetingMode | None
) -> tuple[int, int]:
    """How many other cases, or cases for None, have a seat in a session; and how many of them meet in one way."""
    # A statement of its own: it sees what those who had locked the session before have committed.
    row = await connection.fetchrow(
        OTHERS, session.insats, session.team, session.meets_on, session.starts_at, case_id, apart
    )
    return row["others"], row["in_reserved"]


async def found(connection: Connection, session: Seat, case_id: UUID) -> Occupancy:
    """A session as it is for a case. Until the unit ends nobody else can take a seat in it."""
    terms = await lock_session(connection, session)
    counted = await others(connection, session, case_id, None if terms is None else terms.reserved_for)
    return Occupancy(*counted, terms)


async def write_terms(connection: Connection, session: Seat, terms: SessionTerms) -> None:
    """Makes the row of a session, which the unit has locked, what its stream says."""
    await connection.execute(
        DECLARE,
        *(session.insats, session.team, session.meets_on, session.starts_at),
        *(terms.seats, terms.reserved, terms.reserved_for, terms.area, terms.extra, terms.cancelled),
    )


async def board(connection: Connection, insats: str, first: date, until: date) -> list[BoardSession]:
    """The sessions of days from ``first`` to before ``until``, in order, each with the seats taken in it."""
    rows: dict[Seat, list[Any]] = {}
    for row in await connection.fetch(BOARD, insats, first, until):
        rows.setdefault(_session(row), []).append(row)
    return [
        BoardSession(
            session, _terms(found_[0]), tuple(_taken(row) for row in found_ if row["meeting_id"] is not None)
        )
        for session, found_ in rows.items()
    ]


async def free(
    connection: Connection, insats: str, first: date, limit: int, *, area: str | None = None, own: bool = True
) -> list[FreeSession]:
    """The next declared sessions from a day on with a place that is not taken, whatever it is held back for.

    ``area``: those meant for this district or for none in particular; with ``own`` False those of other districts.
    """
    sessions = []
    for row in await connection.fetch(FREE, insats, first, limit, area, own):
        terms = _terms(row)
        if terms is not None:
            sessions.append(FreeSession(_session(row), terms, Occupancy(row["others"], row["in_reserved"], terms)))
    return sessions


async def waiting(
    connection: Connection, insats: str, limit: int, after: LastWaiting | None = None
) -> Sequence[WaitingCase]:
    """The cases that have waited longest for a seat; with ``after``, those who come after that one."""
    query, beyond = (WAITING, ()) if after is None else (WAITING_AFTER, (after.accepted_on, after.case_id))
    return [
        WaitingCase(row["case_id"], AwaitingSeat(row["insats"], row["unit"], row["referred_on"], row["accepted_on"]))
        for row in await connection.fetch(query, insats, limit, *beyond)
    ]


async def count_waiting(connection: Connection, insats: str) -> int:
    """How many cases wait for a seat."""
    count: int = await connection.fetchval(_COUNT_WAITING, insats)
    return count


async def waiting_counts(connection: Connection) -> dict[str, int]:
    """How many cases wait for a seat, by insats; none where nobody does."""
    return {row["insats"]: row["waiting"] for row in await connection.fetch(_WAITING_COUNTS)}


async def write_awaiting(
    connection: Connection, case_id: UUID, before: AwaitingSeat | None, after: AwaitingSeat | None
) -> None:
    """Makes the row of a case that waits what it is after a decision."""
    if before == after:
        return
    if after is None:
        await connection.execute(_WAIT_NO_MORE, case_id)
    else:
        await connection.execute(_WAIT, case_id, after.insats, after.unit, after.referred_on, after.accepted_on)


def _session(row: Any) -> Seat:
    return Seat(row["insats"], row["team"], row["meets_on"], row["starts_at"])


def _terms(row: Any) -> SessionTerms | None:
    if row["seats"] is None:
        return None
    return SessionTerms(
        row["seats"],
        row["reserved"],
        None if row["reserved_for"] is None else MeetingMode(row["reserved_for"]),
        row["area"],
        row["extra"],
        row["cancelled"],
    )


def _taken(row: Any) -> Taken:
    return Taken(row["meeting_id"], row["case_id"], MeetingMode(row["mode"]), row["held"])
