"""Cases and sessions in PostgreSQL. Called inside a unit of work that has locked the case."""

from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from services.chassis.database import Connection
from services.planning.domain import Case, Kept, NotReferred, Place

_CASE: Final[TypeAdapter[Case]] = TypeAdapter(Case)
_KEPT: Final = TypeAdapter(Kept)

LOAD: Final = "SELECT state, kept FROM planning_case WHERE case_id = $1"
SAVE: Final = """
INSERT INTO planning_case (case_id, state, kept) VALUES ($1, $2, $3)
ON CONFLICT (case_id) DO UPDATE SET state = EXCLUDED.state, kept = EXCLUDED.kept
"""
# The update changes nothing; it takes the row's lock also when the session is there already.
LOCK_SESSION: Final = """
INSERT INTO team_session (insats, team, meets_on, starts_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (insats, team, meets_on, starts_at) DO UPDATE SET team = EXCLUDED.team
"""
OTHERS: Final = """
SELECT count(*) FROM session_place
WHERE insats = $1 AND team = $2 AND meets_on = $3 AND starts_at = $4 AND case_id <> $5
"""
TAKE_PLACE: Final = """
INSERT INTO session_place (case_id, insats, team, meets_on, starts_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (case_id) DO UPDATE
SET insats = EXCLUDED.insats, team = EXCLUDED.team, meets_on = EXCLUDED.meets_on, starts_at = EXCLUDED.starts_at
"""
GIVE_UP_PLACE: Final = "DELETE FROM session_place WHERE case_id = $1"


async def load(connection: Connection, case_id: UUID) -> tuple[Case, Kept]:
    """Where the case stands and what is kept of it; NotReferred for one never heard of."""
    row = await connection.fetchrow(LOAD, case_id)
    if row is None:
        return NotReferred(), Kept()
    return _CASE.validate_json(row["state"]), _KEPT.validate_json(row["kept"])


async def save(connection: Connection, case_id: UUID, case: Case, kept: Kept) -> None:
    """Replaces what was known of the case."""
    await connection.execute(SAVE, case_id, _CASE.dump_json(case), _KEPT.dump_json(kept))


async def others_in(connection: Connection, wanted: Place, case_id: UUID) -> int:
    """How many other cases have a place in a session. Until the unit ends nobody else can take one there."""
    session = (wanted.insats, wanted.team, wanted.meets_on, wanted.starts_at)
    await connection.execute(LOCK_SESSION, *session)
    # A statement of its own: it sees what those we waited for have committed.
    count: int = await connection.fetchval(OTHERS, *session, case_id)
    return count


async def move(connection: Connection, case_id: UUID, taken: Place | None) -> None:
    """Gives the case this place instead of the one it had; None: no place any more."""
    if taken is None:
        await connection.execute(GIVE_UP_PLACE, case_id)
    else:
        await connection.execute(TAKE_PLACE, case_id, taken.insats, taken.team, taken.meets_on, taken.starts_at)
