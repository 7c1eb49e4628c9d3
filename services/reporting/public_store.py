"""Rows of the public forms of frozen reports."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.chassis.database import Connection
from services.reporting.domain import frozen, public_form
from services.reporting.domain.public_form import Kept, PublicContent

_WRITE: Final = "INSERT INTO public_form (report_id, made_at, content) VALUES ($1, $2, $3)"
_ONE: Final = "SELECT content FROM public_form WHERE report_id = $1"
_ALL: Final = """
SELECT frozen_report.content AS frozen, public_form.content AS public
FROM public_form JOIN frozen_report USING (report_id)
ORDER BY place
"""


async def add(connection: Connection, report_id: UUID, made_at: datetime, content: bytes) -> None:
    """Keeps the public form of a report, after all others."""
    await connection.execute(_WRITE, report_id, made_at, content)


async def find(connection: Connection, report_id: UUID) -> PublicContent | None:
    """The public form of a report; None if it has none yet."""
    content = await connection.fetchval(_ONE, report_id)
    return None if content is None else public_form.read(content)


async def every(connection: Connection) -> Sequence[Kept]:
    """All public forms with what they were made of, in the order in which they were made."""
    rows = await connection.fetch(_ALL)
    return [Kept(frozen.read(row["frozen"]), public_form.read(row["public"])) for row in rows]
