"""Rows of frozen reports, and the cases of a cell that have changed since one was frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from contracts.indicators import Indicator
from services.chassis.database import Connection
from services.reporting import store
from services.reporting.domain.frozen import FrozenReport
from services.reporting.domain.periods import Period, period_of

MOST_CASES: Final = 10_000
"""Of a cell with more cases it is not said which have changed: one of its parts has to be chosen."""

_WRITE: Final = """
INSERT INTO frozen_report (report_id, period_id, known_until, frozen_at, figures, content)
VALUES ($1, $2, $3, $4, $5, $6)
"""
NEWEST: Final = """
SELECT report_id, period_id, known_until, frozen_at, figures, hash FROM frozen_report
ORDER BY frozen_at DESC, report_id LIMIT $1
"""
_ONE: Final = """
SELECT report_id, period_id, known_until, frozen_at, figures, hash, content FROM frozen_report WHERE report_id = $1
"""
EVENTS_SINCE: Final = """
SELECT case_id, type, happened_on, recorded FROM event_row
WHERE case_id = ANY ($1::uuid[]) AND recorded > $2
ORDER BY case_id, recorded, source, sequence
"""
_BEFORE_ALL: Final = UUID(int=0)


@dataclass(frozen=True)
class RegisteredSince:
    """An event of a case that was registered after a report was frozen."""

    type: str
    happened_on: date
    recorded: datetime


@dataclass(frozen=True)
class ChangedCase:
    """A case that a cell counts now or counted then, and what was registered since, the first first."""

    case_id: UUID
    then: bool
    now: bool
    events: tuple[RegisteredSince, ...]


class TooManyCases(Exception):
    """A cell counts more than MOST_CASES cases."""


async def add(connection: Connection, report: FrozenReport, content: bytes) -> None:
    """Keeps a report."""
    await connection.execute(
        _WRITE,
        report.report_id,
        report.period.id,
        report.known_until,
        report.frozen_at,
        report.figures,
        content,
    )


async def newest(connection: Connection, limit: int) -> list[FrozenReport]:
    """The reports, the one frozen last first."""
    return [_report(row) for row in await connection.fetch(NEWEST, limit)]


async def find(connection: Connection, report_id: UUID) -> tuple[FrozenReport, bytes] | None:
    """A report and the bytes of its content; None if there is none with that id."""
    row = await connection.fetchrow(_ONE, report_id)
    return None if row is None else (_report(row), row["content"])


async def changed_cases(
    connection: Connection, indicator: Indicator, period: Period, group: Mapping[str, str], known_until: datetime
) -> list[ChangedCase]:
    """The cases that a cell counts or counted of which something was registered since, by their ids: a case comes in
    or goes out by its own events only.

    The connection must not be inside a transaction. Raises TooManyCases.
    """
    now = await _cases(connection, indicator, period, group, None)
    then = await _cases(connection, indicator, period, group, known_until)
    events: dict[UUID, list[RegisteredSince]] = {}
    for row in await connection.fetch(EVENTS_SINCE, sorted(now | then), known_until):
        registered = RegisteredSince(row["type"], row["happened_on"], row["recorded"])
        events.setdefault(row["case_id"], []).append(registered)
    return [ChangedCase(case_id, case_id in then, case_id in now, tuple(since)) for case_id, since in events.items()]


async def _cases(
    connection: Connection,
    indicator: Indicator,
    period: Period,
    group: Mapping[str, str],
    as_of: datetime | None,
) -> set[UUID]:
    found: Sequence[UUID] = await store.cases_behind(
        connection, indicator, period, group, after=_BEFORE_ALL, limit=MOST_CASES + 1, as_of=as_of
    )
    if len(found) > MOST_CASES:
        raise TooManyCases
    return set(found)


def _report(row: Mapping[str, Any]) -> FrozenReport:
    return FrozenReport(
        report_id=row["report_id"],
        period=period_of(row["period_id"]),
        known_until=row["known_until"],
        frozen_at=row["frozen_at"],
        figures=row["figures"],
        content_sha256=row["hash"].hex(),
    )
