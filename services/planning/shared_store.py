"""Rows of the cases that parties see. Writes are called inside a unit that has locked the case."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.chassis.database import Connection
from services.planning.domain.shared import SharedCase

_COLUMNS: Final = "party, insats, planned_on, shared_until"
_SHARE: Final = f"""
INSERT INTO shared_case ({_COLUMNS}, case_id) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (case_id, party) DO UPDATE
SET insats = EXCLUDED.insats, planned_on = EXCLUDED.planned_on, shared_until = EXCLUDED.shared_until
"""  # noqa: S608  # our own constants
_SHARE_NO_MORE: Final = "DELETE FROM shared_case WHERE case_id = $1 AND party = $2"
_OF_PARTY: Final = f"""
SELECT case_id, {_COLUMNS} FROM shared_case
WHERE party = $1 AND (shared_until IS NULL OR shared_until >= $2){{after}}
ORDER BY planned_on DESC, case_id DESC LIMIT $3
"""  # noqa: S608  # our own constants
OF_PARTY: Final = _OF_PARTY.format(after="")
OF_PARTY_AFTER: Final = _OF_PARTY.format(after=" AND (planned_on, case_id) < ($4, $5)")
_UNREAD: Final = "SELECT case_id FROM shared_case_unread ORDER BY case_id LIMIT $1 FOR UPDATE SKIP LOCKED"
_READ: Final = "DELETE FROM shared_case_unread WHERE case_id = $1"


@dataclass(frozen=True)
class SharedWithParty:
    """A case that a party sees, by its id."""

    case_id: UUID
    shared: SharedCase


async def write(
    connection: Connection, case_id: UUID, before: AbstractSet[SharedCase], after: AbstractSet[SharedCase]
) -> None:
    """Makes the case's rows what they are after a decision."""
    kept = {each.party for each in after}
    for each in before:
        if each.party not in kept:
            await connection.execute(_SHARE_NO_MORE, case_id, each.party)
    for each in after - before:
        await connection.execute(_SHARE, *astuple(each), case_id)


async def of_party(
    connection: Connection, party: str, today: date, limit: int, last: tuple[date, UUID] | None = None
) -> Sequence[SharedWithParty]:
    """The cases that a party sees, the latest plan first. ``last``: the plan's day and the case shown last."""
    if last is None:
        return _shared(await connection.fetch(OF_PARTY, party, today, limit))
    return _shared(await connection.fetch(OF_PARTY_AFTER, party, today, limit, *last))


async def unread(connection: Connection, limit: int) -> list[UUID]:
    """Cases whose rows an earlier version has not written, locked."""
    return [row["case_id"] for row in await connection.fetch(_UNREAD, limit)]


async def have_read(connection: Connection, case_id: UUID) -> None:
    """The rows of the case have been written."""
    await connection.execute(_READ, case_id)


def _shared(rows: Sequence[Mapping[str, Any]]) -> list[SharedWithParty]:
    return [SharedWithParty(row["case_id"], SharedCase(*list(row.values())[1:])) for row in rows]
