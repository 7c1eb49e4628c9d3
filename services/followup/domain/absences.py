"""Workers who are away, and who stands in for whom on a day.

What an absence changes is computed from these for the day that is asked about. A follow-up gets no event when one
begins or ends, and is its owner's all the time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID, uuid5

from contracts.corrections import effective
from contracts.envelope import Fact
from contracts.followup import AbsenceEnded, WorkerAbsent
from services.followup.domain.dates import DAY
from services.followup.domain.ledger import LoggedEvent

_WORKERS: Final = UUID("c9a3e0e2-2f7a-5e0b-9c0e-0b8a3c6d5f14")


def stream_of(worker_id: str) -> UUID:
    """The stream of a worker's absences: the same whoever registers them."""
    return uuid5(_WORKERS, worker_id)


@dataclass(frozen=True)
class Absence:
    """A worker is away from ``first_day`` to ``last_day``, both included, and ``substitute`` stands in for them."""

    absence_id: UUID
    worker_id: str
    substitute: str
    first_day: date
    last_day: date

    def covers(self, day: date) -> bool:
        """Whether the worker is away on that day. On none, if the absence was taken back before it began."""
        return self.first_day <= day <= self.last_day

    def overlaps(self, first_day: date, last_day: date) -> bool:
        """Whether the worker is away on any of those days."""
        return max(self.first_day, first_day) <= min(self.last_day, last_day)


@dataclass(frozen=True)
class Absences:
    """One worker's absences, in the order they were registered."""

    all: tuple[Absence, ...] = ()

    def find(self, absence_id: UUID) -> Absence | None:
        """The absence with this id."""
        return next((each for each in self.all if each.absence_id == absence_id), None)


def fold(log: Iterable[LoggedEvent]) -> Absences:
    """The absences by a worker's log."""
    absences = Absences()
    for event in effective(log):
        absences = evolve(absences, event.data)
    return absences


def evolve(before: Absences, fact: Fact) -> Absences:
    """The absences after a fact; unchanged by facts about other things."""
    match fact:
        case WorkerAbsent():
            absence = Absence(fact.absence_id, fact.worker_id, fact.substitute, fact.first_day, fact.last_day)
            return Absences((*before.all, absence))
        case AbsenceEnded():
            return Absences(
                tuple(
                    replace(each, last_day=fact.back_on - DAY) if each.absence_id == fact.absence_id else each
                    for each in before.all
                )
            )
        case _:
            return before


def absence_on(absences: Iterable[Absence], worker_id: str, day: date) -> Absence | None:
    """The absence that a worker is away by on a day."""
    return next((each for each in absences if each.worker_id == worker_id and each.covers(day)), None)


def substitute_on(absences: Iterable[Absence], worker_id: str, day: date) -> str | None:
    """Who stands in for a worker on a day; None while the worker is there.

    A substitute who is away as well is stood in for by theirs, and so on to the first who is there. Where this leads
    back to somebody already passed nobody stands in: registering refuses such a circle.
    """
    away = {each.worker_id: each.substitute for each in absences if each.covers(day)}
    passed, at = {worker_id}, away.get(worker_id)
    while at is not None and at in away:
        if at in passed:
            return None
        passed.add(at)
        at = away[at]
    return at


def stood_in_for(absences: Iterable[Absence], worker_id: str, day: date) -> tuple[Absence, ...]:
    """The absences in which a worker stands in on a day, by who is away."""
    known = tuple(absences)
    found = (each for each in known if each.covers(day) and substitute_on(known, each.worker_id, day) == worker_id)
    return tuple(sorted(found, key=lambda each: each.worker_id))


def leads_back(absences: Iterable[Absence], wanted: Absence) -> bool:
    """Whether on some day of a wanted absence its chain of substitutes would lead back to who is away.

    ``absences``: those of other workers, among which no chain leads back.
    """
    known = [each for each in absences if each.worker_id != wanted.worker_id]
    waiting = [(wanted.substitute, wanted.first_day, wanted.last_day)]
    while waiting:
        at, first_day, last_day = waiting.pop()
        if at == wanted.worker_id:
            return True
        waiting += [
            (each.substitute, max(each.first_day, first_day), min(each.last_day, last_day))
            for each in known
            if each.worker_id == at and each.overlaps(first_day, last_day)
        ]
    return False
