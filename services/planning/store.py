"""Planning's own tables: seats that cases take, and details withheld. Called in a unit that has locked the case."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from services.chassis.database import Connection
from services.planning.domain.decision import Withheld
from services.planning.domain.meetings import TakenSeat

_WITHHELD: Final = TypeAdapter(Withheld)

TAKE_SEATS: Final = """
INSERT INTO session_seat (meeting_id, case_id, insats, team, meets_on, starts_at, mode, held)
SELECT meeting_id, $2, insats, team, meets_on, starts_at, mode, held
FROM unnest($1::uuid[], $3::text[], $4::text[], $5::date[], $6::time[], $7::text[], $8::boolean[])
    AS new (meeting_id, insats, team, meets_on, starts_at, mode, held)
ON CONFLICT (meeting_id) DO UPDATE
SET insats = EXCLUDED.insats, team = EXCLUDED.team, meets_on = EXCLUDED.meets_on, starts_at = EXCLUDED.starts_at,
    mode = EXCLUDED.mode, held = EXCLUDED.held
"""
FREE_SEATS: Final = "DELETE FROM session_seat WHERE meeting_id = ANY ($1::uuid[])"
WITHHOLD: Final = "INSERT INTO withheld_details (event_id, case_id, details) VALUES ($1, $2, $3)"
READ_WITHHELD: Final = "SELECT event_id, details FROM withheld_details WHERE case_id = $1 ORDER BY event_id"


async def write_seats(
    connection: Connection, case_id: UUID, before: Mapping[UUID, TakenSeat], after: Mapping[UUID, TakenSeat]
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
            [each.seat.insats for each in taken.values()],
            [each.seat.team for each in taken.values()],
            [each.seat.meets_on for each in taken.values()],
            [each.seat.starts_at for each in taken.values()],
            [each.mode for each in taken.values()],
            [each.held for each in taken.values()],
        )


async def withhold(connection: Connection, case_id: UUID, withheld: Mapping[UUID, Withheld]) -> None:
    """Keeps what events, by id, left out for want of consent."""
    for event_id, details in withheld.items():
        await connection.execute(WITHHOLD, event_id, case_id, _WITHHELD.dump_json(details))


async def withheld_of(connection: Connection, case_id: UUID) -> dict[UUID, Withheld]:
    """What the case's events left out, by event."""
    rows = await connection.fetch(READ_WITHHELD, case_id)
    return {row["event_id"]: _WITHHELD.validate_json(row["details"]) for row in rows}
