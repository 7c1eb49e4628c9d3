"""Rows of people put forward: the list of a group's year, and its count by month and by who put them forward."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import date
from typing import Final
from uuid import UUID

from services.chassis.database import Connection
from services.referral.consultation_store import Counted
from services.referral.domain.put_forward import PutForwardRow

_WRITE: Final = "INSERT INTO put_forward (put_forward_id, insats, met_on, put_by, led_to) VALUES ($1, $2, $3, $4, $5)"
_REMOVE: Final = "DELETE FROM put_forward WHERE put_forward_id = $1"
NEWEST: Final = """
SELECT put_forward_id, insats, met_on, put_by, led_to FROM put_forward
WHERE insats = $1 AND met_on >= $2 AND met_on < $3
ORDER BY met_on DESC, put_forward_id DESC LIMIT $4
"""
COUNTED: Final = """
SELECT extract(month FROM met_on)::integer AS month, put_by AS asker, count(*)::integer AS count FROM put_forward
WHERE insats = $1 AND met_on >= $2 AND met_on < $3
GROUP BY 1, 2 ORDER BY 1, 2
"""


async def write_row(connection: Connection, row: PutForwardRow) -> None:
    """Adds somebody put forward to the list."""
    await connection.execute(_WRITE, *astuple(row))


async def remove_row(connection: Connection, put_forward_id: UUID) -> None:
    """Takes somebody off the list."""
    await connection.execute(_REMOVE, put_forward_id)


async def newest(connection: Connection, insats: str, year: int, limit: int) -> Sequence[PutForwardRow]:
    """Those put forward in a group in a year, the latest first."""
    rows = await connection.fetch(NEWEST, insats, date(year, 1, 1), date(year + 1, 1, 1), limit)
    return [PutForwardRow(**row) for row in rows]


async def counted(connection: Connection, insats: str, year: int) -> Sequence[Counted]:
    """How many there were in each month, by who put them forward."""
    rows = await connection.fetch(COUNTED, insats, date(year, 1, 1), date(year + 1, 1, 1))
    return [Counted(**row) for row in rows]
