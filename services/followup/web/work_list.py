"""The work list as a page shows it: sections by due status, rows, and a mark of what was shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from fastapi import Request

from services.chassis.database import Connection
from services.chassis.names import NameClient
from services.chassis.pages import Pages, token_of
from services.followup import store
from services.followup.domain.ledger import DueStatus, due_status
from services.followup.web.labels import insats_label, point_label
from services.followup.web.whose import Whose, on_day

PAGES: Final = Pages(Path(__file__).parent / "templates")

NOBODY: Final[Mapping[str, date]] = {}

# Together no more than the names that the vault answers at once.
SHOWN: Final[Mapping[DueStatus, int]] = {DueStatus.OVERDUE: 100, DueStatus.DUE: 100, DueStatus.UPCOMING: 50}


@dataclass(frozen=True)
class Row:
    """A follow-up as it is shown. ``days_late``: 0 unless overdue. ``name``: None if it could not be read.
    ``away_until``: where it is in the list because its owner is away."""

    follow_up_id: UUID
    case_id: UUID
    name: str | None
    insats: str
    point: str
    opens_on: date
    due_on: date
    status: DueStatus
    days_late: int
    missed: bool
    attempts: int
    escalated_to: str | None
    worker_id: str | None
    away_until: date | None


@dataclass(frozen=True)
class Section:
    """The follow-ups of one due status: those shown, and how many there are."""

    status: DueStatus
    entries: Sequence[store.Entry]
    count: int


@dataclass(frozen=True)
class Seen:
    """A list as it was shown: its mark, and how many follow-ups there were to do."""

    mark: str
    count: int


@dataclass(frozen=True)
class ShownList:
    """What there is to do in a list now, with a mark that changes when anything of it does."""

    whose: Whose
    today: date
    counts: store.Counts
    sections: Sequence[Section]

    @property
    def seen(self) -> Seen:
        """What a page that shows the list remembers of it."""
        return Seen(self._mark(), sum(section.count for section in self.sections))

    def _mark(self) -> str:
        shown = [
            (entry.follow_up.terms.follow_up_id.hex, due_status(entry.follow_up, self.today), _changes(entry))
            for section in self.sections
            for entry in section.entries
        ]
        word = self.whose.word
        away = sorted(self.whose.away.items())
        return sha256(repr((word, self.today, sorted(self.counts.items()), away, shown)).encode()).hexdigest()[:16]


def _changes(entry: store.Entry) -> tuple[Any, ...]:
    follow_up = entry.follow_up
    return (follow_up.missed_on is not None, follow_up.attempts, follow_up.escalated_to, entry.worker_id)


async def read(connection: Connection, whose: Whose, today: date) -> ShownList:
    """The list as it is now."""
    whose = await on_day(connection, whose, today)
    counts = await store.count(connection, whose.work_list, today)
    sections = [
        Section(
            status, await store.work_list(connection, whose.work_list, status, today, SHOWN[status]), counts[status]
        )
        for status in (DueStatus.OVERDUE, DueStatus.DUE)
    ]
    return ShownList(whose, today, counts, sections)


async def values(request: Request, names: NameClient, found: ShownList) -> dict[str, Any]:
    """What ``list.html`` shows."""
    entries = [entry for section in found.sections for entry in section.entries]
    shown = await rows(request, names, entries, found.today, found.whose.away)
    by_id = {row.follow_up_id: row for row in shown}
    return {
        "role_word": found.whose.word,
        "counts": found.counts,
        "seen": found.seen,
        "sections": {
            section.status: [by_id[entry.follow_up.terms.follow_up_id] for entry in section.entries]
            for section in found.sections
        },
    }


async def rows(
    request: Request,
    names: NameClient,
    entries: Iterable[store.Entry],
    today: date,
    away: Mapping[str, date] = NOBODY,
) -> list[Row]:
    """Follow-ups with their names. ``away``: until when somebody is away whose follow-ups another does meanwhile."""
    entries = list(entries)
    names_of = await names.of([entry.case_id for entry in entries], token_of(request))
    return [_row(entry, names_of.get(entry.case_id), today, away) for entry in entries]


def _row(entry: store.Entry, name: str | None, today: date, away: Mapping[str, date]) -> Row:
    follow_up = entry.follow_up
    terms = follow_up.terms
    status = due_status(follow_up, today)
    return Row(
        follow_up_id=terms.follow_up_id,
        case_id=entry.case_id,
        name=name,
        insats=insats_label(terms.rule.insats),
        point=point_label(terms),
        opens_on=terms.opens_on,
        due_on=terms.due_on,
        status=status,
        days_late=(today - terms.due_on).days if status is DueStatus.OVERDUE else 0,
        missed=follow_up.missed_on is not None,
        attempts=follow_up.attempts,
        escalated_to=follow_up.escalated_to,
        worker_id=entry.worker_id,
        away_until=None if entry.worker_id is None else away.get(entry.worker_id),
    )
