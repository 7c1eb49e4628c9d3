"""Doors of insatser that are shut for a while. There are a handful; each batch of the intake reads them all."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from services.chassis.database import Connection
from services.referral.domain.pause import Paused

_PAUSED: Final = "SELECT insats, door, paused_on FROM paused_door"
_CLEAR: Final = "DELETE FROM paused_door WHERE insats = $1"
_WRITE: Final = """
INSERT INTO paused_door (insats, door, paused_on)
SELECT $1, door, paused_on FROM unnest($2::text[], $3::date[]) AS new (door, paused_on)
"""


async def paused(conn: Connection) -> dict[str, Paused]:
    """The doors that are shut, or will be, by insats: each since its first day."""
    found: dict[str, dict[str, date]] = {}
    for row in await conn.fetch(_PAUSED):
        found.setdefault(row["insats"], {})[row["door"]] = row["paused_on"]
    return {**found}


async def write(conn: Connection, insats: str, shut: Mapping[str, date]) -> None:
    """Writes which doors of an insats are shut."""
    await conn.execute(_CLEAR, insats)
    await conn.execute(_WRITE, insats, list(shut), list(shut.values()))
