"""Rows of the public forms of frozen reports: asked for, made, or failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.chassis.database import Connection
from services.reporting.domain.periods import Period, period_of

_ASK: Final = """
INSERT INTO public_form (report_id, asked_at) VALUES ($1, $2)
ON CONFLICT (report_id) DO UPDATE SET asked_at = $2, failed_at = NULL WHERE public_form.failed_at IS NOT NULL
"""
_FIND: Final = "SELECT asked_at, failed_at, content FROM public_form WHERE report_id = $1"
_PUBLISHED: Final = """
SELECT period_id, known_until FROM public_form JOIN frozen_report USING (report_id)
WHERE failed_at IS NULL AND report_id <> $1
"""
_NEXT: Final = """
SELECT report_id, frozen_report.content FROM public_form JOIN frozen_report USING (report_id)
WHERE made_at IS NULL AND failed_at IS NULL ORDER BY asked_at, report_id LIMIT 1
"""
_MADE: Final = """
SELECT frozen_report.content AS frozen, public_form.content AS public
FROM public_form JOIN frozen_report USING (report_id)
WHERE made_at IS NOT NULL ORDER BY made_at, report_id
"""
_KEEP: Final = "UPDATE public_form SET made_at = $2, content = $3 WHERE report_id = $1"
_FAIL: Final = "UPDATE public_form SET failed_at = $2 WHERE report_id = $1"
_LOCK: Final = "SELECT pg_try_advisory_lock($1)"
_MAKING: Final = 7_203_016


@dataclass(frozen=True)
class PublicForm:
    """The public form of a report. ``content``: None until it is made. ``failed_at``: when to make it failed."""

    asked_at: datetime
    failed_at: datetime | None
    content: bytes | None


@dataclass(frozen=True)
class ToMake:
    """A form that was asked for: what the report holds, and the contents and public forms of those made before."""

    report_id: UUID
    content: bytes
    earlier: Sequence[tuple[bytes, bytes]]


async def ask(connection: Connection, report_id: UUID, asked_at: datetime) -> None:
    """Asks for the public form of a report; for one that failed, again."""
    await connection.execute(_ASK, report_id, asked_at)


async def find(connection: Connection, report_id: UUID) -> PublicForm | None:
    """The public form of a report; None if nobody has asked for it."""
    row = await connection.fetchrow(_FIND, report_id)
    return None if row is None else PublicForm(row["asked_at"], row["failed_at"], row["content"])


async def published(connection: Connection, besides: UUID) -> list[tuple[Period, datetime]]:
    """The periods of the other reports that are made public or will be, and until when they are known."""
    rows = await connection.fetch(_PUBLISHED, besides)
    return [(period_of(row["period_id"]), row["known_until"]) for row in rows]


async def take(connection: Connection) -> ToMake | None:
    """The form to make next, for this connection alone as long as it is open; None if there is none, or another one
    makes it."""
    if not await connection.fetchval(_LOCK, _MAKING):
        return None
    row = await connection.fetchrow(_NEXT)
    if row is None:
        return None
    made = await connection.fetch(_MADE)
    return ToMake(row["report_id"], row["content"], [(each["frozen"], each["public"]) for each in made])


async def keep(connection: Connection, report_id: UUID, made_at: datetime, content: bytes) -> None:
    """Keeps the public form of a report, which is published from now on."""
    await connection.execute(_KEEP, report_id, made_at, content)


async def note_failed(connection: Connection, report_id: UUID, failed_at: datetime) -> None:
    """Notes that the form could not be made, so that those after it are, and the office can ask again."""
    await connection.execute(_FAIL, report_id, failed_at)
