"""Sessions of teams: what was declared of them, and how much room they have.

A session is a team's meeting time. It need not be declared: then it has the places of the insats' rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid5

from contracts.codes import MeetingMode
from contracts.corrections import effective
from contracts.planning import CapacityDeclared, CapacityWithdrawn
from services.planning.domain.case import LoggedEvent
from services.planning.domain.meetings import Seat

SESSION: Final = "session"
"""The kind of capacity that a session is."""

_SESSIONS: Final = UUID("6f1c7f4e-4d0d-5b9a-9a51-1d2f6a1f0c55")


def stream_of(seat: Seat) -> UUID:
    """The stream of a session's facts. The same session has the same one, whoever declares it first."""
    return uuid5(_SESSIONS, f"{seat.insats} {seat.team} {seat.meets_on} {seat.starts_at:%H:%M}")


@dataclass(frozen=True)
class SessionTerms:
    """What was declared of a session.

    ``seats``: places in all. ``reserved``: of these held back, for cases that meet in the way ``reserved_for``, or
    for nobody until they are freed. ``area``: the unit of the district it is meant for first.
    """

    seats: int
    reserved: int = 0
    reserved_for: MeetingMode | None = None
    area: str | None = None
    extra: bool = False
    cancelled: bool = False


@dataclass(frozen=True)
class Occupancy:
    """A session as it is while nobody else can take a place in it.

    ``others``: how many other cases have a place. ``in_reserved``: of them those that meet in the way that places are
    held for. ``terms``: what was declared; None where nothing was.
    """

    others: int = 0
    in_reserved: int = 0
    terms: SessionTerms | None = None

    def has_room(self, mode: MeetingMode, most: int) -> bool:
        """Whether one more case has a place, meeting in that way. ``most``: the places of the insats' rule."""
        if self.others >= most:
            return False
        return self.terms is None or (
            not self.terms.cancelled and self.others + self.held_back(mode) < self.terms.seats
        )

    def held_back(self, mode: MeetingMode | None = None) -> int:
        """How many free places are held back from cases that meet in that way; without a way, from anybody."""
        if self.terms is None or (mode is not None and mode == self.terms.reserved_for):
            return 0
        return max(0, self.terms.reserved - self.in_reserved)

    @property
    def full(self) -> bool:
        """Whether no declared place is left, not even one that is held back."""
        return self.terms is not None and self.others >= self.terms.seats

    @property
    def free(self) -> int:
        """Free places that anybody may take."""
        if self.terms is None or self.terms.cancelled:
            return 0
        return max(0, self.terms.seats - self.others - self.held_back())


def fold(log: Iterable[LoggedEvent]) -> SessionTerms | None:
    """What holds of a session by its log; None if it was never declared."""
    terms: SessionTerms | None = None
    for event in effective(log):
        match event.data:
            case CapacityDeclared() as fact:
                terms = SessionTerms(fact.seats, fact.reserved, fact.reserved_for, fact.area, fact.extra)
            case CapacityWithdrawn() if terms is not None:
                terms = replace(terms, cancelled=True)
    return terms
