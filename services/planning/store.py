"""Planning's own tables: seats in sessions, and details withheld. Called inside a unit that has locked the case."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from services.chassis.database import Connection
from services.planning.domain.decision import Withheld
from services.planning.domain.meetings import Seat

_WITHHELD: Final = TypeAdapter(Withheld)

# The update changes nothing; it takes the row's lock also when the session is there already.
LOCK_SESSION: Final = """
INSERT INTO team_session (insats, team, meets_on, starts_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (insats, team, meets_on, starts_at) DO UPDATE SET team = EXCLUDED.team
"""
OTHERS: Final = """
SELECT count(DISTINCT case_id) FROM session_seat
WHERE insats = $1 AND team = $2 AND meets_on = $3 AND starts_at = $4 AND case_id <> $5
"""
TAKE_SEATS: Final = """
INSERT INTO session_seat (meeting_id, case_id, insats, team, meets_on, starts_at)
SELECT meeting_id, $2, insats, team, meets_on, starts_at
FROM unnest($1::uuid[], $3::text[], $4::text[], $5::date[], $6::time[])
    AS new (meeting_id, insats, team, meets_on, starts_at)
ON CONFLICT (meeting_id) DO UPDATE
SET insats = EXCLUDED.insats, team = EXCLUDED.team, meets_on = EXCLUDED.meets_on, starts_at = EXCLUDED.starts_at
"""
FREE_SEATS: Final = "DELETE FROM session_seat WHERE meeting_id = ANY ($1::uuid[])"
WITHHOLD: Final = "INSERT INTO withheld_details (event_id, case_id, details) VALUES ($1, $2, $3)"
READ_WITHHELD: Final = "SELECT event_id, details FROM withheld_details WHERE case_id = $1 ORDER BY event_id"


async def others_in(connection: Connection, wanted: Seat, case_id: UUID) -> int:
    """How many other cases have a seat in a session. Until the unit ends nobody else can take one there."""
    session = (wanted.insats, wanted.team, wanted.meets_on, wanted.starts_at)
    await connection.execute(LOCK_SESSION, *session)
    # A statement of its own: it sees what those we waited for have committed.
    count: int = await connection.fetchval(OTHERS, *session, case_id)
    return count


async def write_seats(
    connection: Connection, case_id: UUID, before: Mapping[UUID, Seat], after: Mapping[UUID, Seat]
) -> None:
    """Makes the rows of the case's seats what they are after a decision; seats are by meeting."""
    freed = [meeting_id for meeting_id in before if meeting_id not in after]
    taken = {meeting_id: seat for meeting_id, seat in after.items() if before.get(meeting_id) != seat}
    if freed:
        await connection.execute(FREE_SEATS, freed)
    if taken:
        await connection.execute(
            TAKE_SEATS,
            list(taken),
            case_id,
            [seat.insats for seat in taken.values()],
            [seat.team for seat in taken.values()],
            [seat.meets_on for seat in taken.values()],
            [seat.starts_at for seat in taken.values()],
        )


async def withhold(connection: Connection, case_id: UUID, withheld: Mapping[UUID, Withheld]) -> None:
    """Keeps what events, by id, left out for want of consent."""
    for event_id, details in withheld.items():
        await connection.execute(WITHHOLD, event_id, case_id, _WITHHELD.dump_json(details))


async def withheld_of(connection: Connection, case_id: UUID) -> dict[UUID, Withheld]:
    """What the case's events left out, by event."""
    rows = await connection.fetch(READ_WITHHELD, case_id)
    return {row["event_id"]: _WITHHELD.validate_json(row["details"]) for row in rows}
