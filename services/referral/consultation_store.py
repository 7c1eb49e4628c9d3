"""Rows of consultations: the list of an insats' year, and its count by month and asker."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.chassis.database import Connection
from services.referral.domain.consultation import ConsultationRow

_WRITE: Final = """
INSERT INTO consultation (consultation_id, insats, held_on, asker, forum, topic, led_to)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_REMOVE: Final = "DELETE FROM consultation WHERE consultation_id = $1"
NEWEST: Final = """
SELECT consultation_id, insats, held_on, asker, forum, topic, led_to FROM consultation
WHERE insats = $1 AND held_on >= $2 AND held_on < $3
ORDER BY held_on DESC, consultation_id DESC LIMIT $4
"""
COUNTED: Final = """
SELECT extract(month FROM held_on)::integer AS month, asker, count(*)::integer AS count FROM consultation
WHERE insats = $1 AND held_on >= $2 AND held_on < $3
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Counted:
    """How many consultations an asker had in a month, 1 to 12."""

    month: int
    asker: str
    count: int


async def write_row(connection: Connection, row: ConsultationRow) -> None:
    """Adds a consultation to the list."""
    await connection.execute(_WRITE, *astuple(row))


async def remove_row(connection: Connection, consultation_id: UUID) -> None:
    """Takes a consultation off the list."""
    await connection.execute(_REMOVE, consultation_id)


async def newest(connection: Connection, insats: str, year: int, limit: int) -> Sequence[ConsultationRow]:
    """An insats' consultations of a year, the latest first."""
    rows = await connection.fetch(NEWEST, insats, date(year, 1, 1), date(year + 1, 1, 1), limit)
    return [ConsultationRow(**row) for row in rows]


async def counted(connection: Connection, insats: str, year: int) -> Sequence[Counted]:
    """How many there were in each month, by who asked."""
    rows = await connection.fetch(COUNTED, insats, date(year, 1, 1), date(year + 1, 1, 1))
    return [Counted(**row) for row in rows]
