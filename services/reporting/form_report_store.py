"""Rows of reports on an insats: those that were begun, their texts, and what was signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.chassis.database import Connection
from services.reporting.domain.periods import Period, period_of

_BEGIN: Final = """
INSERT INTO form_report (report_id, form, insats, period_id, known_on, begun_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
_FIND: Final = """
SELECT report_id, form, insats, period_id, known_on, begun_at FROM form_report WHERE report_id = $1
"""
LISTED: Final = """
SELECT report_id, form, insats, period_id, known_on, begun_at FROM form_report
WHERE $1::text[] IS NULL OR insats = ANY ($1)
ORDER BY begun_at DESC, report_id LIMIT $2
"""
_KNOWN_ON: Final = "UPDATE form_report SET known_on = $2 WHERE report_id = $1"
_TEXTS: Final = "SELECT field, text FROM form_report_text WHERE report_id = $1"
_WRITE: Final = """
INSERT INTO form_report_text (report_id, field, text, saved_at)
SELECT $1, field, text, $4 FROM unnest($2::text[], $3::text[]) AS written (field, text)
ON CONFLICT (report_id, field) DO UPDATE SET text = excluded.text, saved_at = excluded.saved_at
"""
_SIGNED: Final = """
INSERT INTO signed_report (report_id, revision, form, insats, period_id, known_until, signed_at, content)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_COLUMNS: Final = """
report_id, revision, form, insats, period_id, known_until, signed_at, hash, returned_at, reason, approved_at
"""
_REVISIONS: Final = f"""
SELECT {_COLUMNS} FROM signed_report WHERE report_id = ANY ($1) ORDER BY report_id, revision
"""  # noqa: S608  # our own columns
_REVISION: Final = f"""
SELECT {_COLUMNS}, content FROM signed_report WHERE report_id = $1 AND revision = $2
"""  # noqa: S608  # our own columns
_RETURN: Final = "UPDATE signed_report SET returned_at = $3, reason = $4 WHERE report_id = $1 AND revision = $2"
_APPROVE: Final = "UPDATE signed_report SET approved_at = $3 WHERE report_id = $1 AND revision = $2"


@dataclass(frozen=True)
class BegunReport:
    """A report that was begun. ``known_on``: its cut-off, the last day whose registrations its figures count."""

    report_id: UUID
    form: str
    insats: str
    period: Period
    known_on: date
    begun_at: datetime


@dataclass(frozen=True)
class SignedReport:
    """A revision that was signed. ``returned_at`` and ``approved_at``: None until the office has answered so."""

    report_id: UUID
    revision: int
    form: str
    insats: str
    period: Period
    known_until: datetime
    signed_at: datetime
    content_sha256: str
    returned_at: datetime | None = None
    reason: str | None = None
    approved_at: datetime | None = None


async def begin(connection: Connection, begun: BegunReport) -> None:
    """Adds a report."""
    await connection.execute(
        _BEGIN, begun.report_id, begun.form, begun.insats, begun.period.id, begun.known_on, begun.begun_at
    )


async def find(connection: Connection, report_id: UUID) -> BegunReport | None:
    """A report; None if there is none with that id."""
    row = await connection.fetchrow(_FIND, report_id)
    return None if row is None else _begun(row)


async def listed(connection: Connection, insatser: Sequence[str] | None, limit: int) -> list[BegunReport]:
    """The reports on some insatser, or on all, the one begun last first."""
    return [_begun(row) for row in await connection.fetch(LISTED, insatser, limit)]


async def choose_day(connection: Connection, report_id: UUID, known_on: date) -> None:
    """Gives a report another cut-off."""
    await connection.execute(_KNOWN_ON, report_id, known_on)


async def texts(connection: Connection, report_id: UUID) -> dict[str, str]:
    """A report's texts as they were saved last, by field."""
    return {row["field"]: row["text"] for row in await connection.fetch(_TEXTS, report_id)}


async def write(connection: Connection, report_id: UUID, written: Mapping[str, str], moment: datetime) -> None:
    """Saves texts in place of those saved before."""
    await connection.execute(_WRITE, report_id, list(written), list(written.values()), moment)


async def add_signed(connection: Connection, signed: SignedReport, content: bytes) -> None:
    """Keeps a revision with its bytes."""
    await connection.execute(
        _SIGNED,
        signed.report_id,
        signed.revision,
        signed.form,
        signed.insats,
        signed.period.id,
        signed.known_until,
        signed.signed_at,
        content,
    )


async def revisions(connection: Connection, report_ids: Sequence[UUID]) -> dict[UUID, list[SignedReport]]:
    """What was signed of reports, by report, the first first; nothing of one of which nothing was."""
    found: dict[UUID, list[SignedReport]] = {}
    for row in await connection.fetch(_REVISIONS, list(report_ids)):
        found.setdefault(row["report_id"], []).append(_signed(row))
    return found


async def revision(connection: Connection, report_id: UUID, number: int) -> tuple[SignedReport, bytes] | None:
    """A revision and its bytes; None if no such was signed."""
    row = await connection.fetchrow(_REVISION, report_id, number)
    return None if row is None else (_signed(row), row["content"])


async def note_returned(connection: Connection, report_id: UUID, number: int, moment: datetime, reason: str) -> None:
    """Keeps that a revision was returned, and why."""
    await connection.execute(_RETURN, report_id, number, moment, reason)


async def note_approved(connection: Connection, report_id: UUID, number: int, moment: datetime) -> None:
    """Keeps that a revision was approved."""
    await connection.execute(_APPROVE, report_id, number, moment)


def _begun(row: Mapping[str, Any]) -> BegunReport:
    return BegunReport(
        report_id=row["report_id"],
        form=row["form"],
        insats=row["insats"],
        period=period_of(row["period_id"]),
        known_on=row["known_on"],
        begun_at=row["begun_at"],
    )


def _signed(row: Mapping[str, Any]) -> SignedReport:
    return SignedReport(
        report_id=row["report_id"],
        revision=row["revision"],
        form=row["form"],
        insats=row["insats"],
        period=period_of(row["period_id"]),
        known_until=row["known_until"],
        signed_at=row["signed_at"],
        content_sha256=row["hash"].hex(),
        returned_at=row["returned_at"],
        reason=row["reason"],
        approved_at=row["approved_at"],
    )
