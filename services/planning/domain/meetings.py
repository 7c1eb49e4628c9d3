"""Meetings of a case, of any kind and number: booked, moved, held, cancelled."""

from dataclasses import dataclass, replace
from datetime import date, time
from typing import Literal, TypeAlias
from uuid import UUID

from contracts.codes import MeetingMode
from contracts.envelope import Fact
from contracts.planning import MeetingBooked, MeetingCancelled, MeetingHeld, TeamMeetingBooked, TeamMeetingHeld
from services.planning.domain.impossible import ImpossibleFactError

BookedFact: TypeAlias = TeamMeetingBooked | MeetingBooked
HeldFact: TypeAlias = TeamMeetingHeld | MeetingHeld


@dataclass(frozen=True)
class MeetingBooking:
    """When and how a meeting is to be held. ``team``: whose session it has a seat in, if it takes one."""

    booked_on: date
    meets_on: date
    starts_at: time | None
    mode: MeetingMode
    team: str | None = None


@dataclass(frozen=True)
class Meeting:
    """One meeting. ``kind``: the meeting's id in the insats' rule, or None for a team meeting.

    ``ended_on``: the day it was held, called off or not attended. ``booking`` is None for one held without booking.
    ``present``: who was there; None where nobody has said, and without consent. ``held_by``: the event that recorded
    that it was held.
    """

    meeting_id: UUID
    kind: str | None
    state: Literal["booked", "held", "cancelled"]
    booking: MeetingBooking | None
    ended_on: date | None = None
    mode: MeetingMode | None = None
    present: tuple[str, ...] | None = None
    held_by: UUID | None = None


@dataclass(frozen=True, order=True)
class Seat:
    """A seat in a session: one team, one day, one time. A session has few seats (follow-up 2021, L243-244)."""

    insats: str
    team: str
    meets_on: date
    starts_at: time


@dataclass(frozen=True)
class TakenSeat:
    """A seat that a meeting takes. ``mode``: how they meet. ``held``: the meeting has been held."""

    seat: Seat
    mode: MeetingMode
    held: bool


@dataclass(frozen=True)
class Meetings:
    """The case's meetings in the order of their first events."""

    all: tuple[Meeting, ...] = ()

    def find(self, meeting_id: UUID) -> Meeting | None:
        """The meeting with this id."""
        return next((each for each in self.all if each.meeting_id == meeting_id), None)

    def booked(self, kind: str | None) -> Meeting | None:
        """The meeting of a kind that is booked and has not come about yet."""
        return next((each for each in self.all if each.kind == kind and each.state == "booked"), None)

    def first_held(self, kind: str | None) -> Meeting | None:
        """The earliest meeting of a kind that was held."""
        held = [each for each in self.all if each.kind == kind and each.state == "held" and each.ended_on is not None]
        return min(held, key=lambda each: each.ended_on or date.max, default=None)

    def last_held(self) -> Meeting | None:
        """The latest meeting of any kind that was held."""
        held = [each for each in self.all if each.state == "held" and each.ended_on is not None]
        return max(held, key=lambda each: each.ended_on or date.min, default=None)


def evolve(before: Meetings, fact: Fact, event_id: UUID) -> Meetings:
    """The meetings after a fact; unchanged by facts about other things."""
    match fact:
        case TeamMeetingBooked() | MeetingBooked():
            return _booked(before, fact)
        case TeamMeetingHeld() | MeetingHeld():
            return _held(before, fact, event_id)
        case MeetingCancelled():
            return _cancelled(before, fact)
        case _:
            return before


def _booked(before: Meetings, fact: BookedFact) -> Meetings:
    """A meeting is booked, or a booked one moved. Raises ImpossibleFactError for one that is over."""
    earlier = before.find(fact.meeting_id)
    if earlier is not None and earlier.state != "booked":
        raise ImpossibleFactError("a booking of a meeting that is over")
    match fact:
        case TeamMeetingBooked():
            kind: str | None = None
            team: str | None = fact.team
        case MeetingBooked():
            kind, team = fact.kind, None
    booking = MeetingBooking(fact.happened_on, fact.meets_on, fact.starts_at, fact.mode, team)
    return _with(before, Meeting(fact.meeting_id, kind, "booked", booking))


def _held(before: Meetings, fact: HeldFact, event_id: UUID) -> Meetings:
    """A meeting was held. Raises ImpossibleFactError for one that is over, and for a team meeting never booked."""
    earlier = before.find(fact.meeting_id)
    if earlier is None and isinstance(fact, TeamMeetingHeld):
        raise ImpossibleFactError("TeamMeetingHeld of a meeting that was never booked")
    if earlier is not None and earlier.state != "booked":
        raise ImpossibleFactError("a meeting held that is over")
    kind = None if isinstance(fact, TeamMeetingHeld) else fact.kind
    booking = None if earlier is None else earlier.booking
    held = Meeting(fact.meeting_id, kind, "held", booking, fact.happened_on, fact.mode, fact.present, event_id)
    return _with(before, held)


def _cancelled(before: Meetings, fact: MeetingCancelled) -> Meetings:
    """A booked meeting did not come about. Raises ImpossibleFactError for one that is not booked."""
    earlier = before.find(fact.meeting_id)
    if earlier is None or earlier.state != "booked":
        raise ImpossibleFactError("MeetingCancelled of a meeting that is not booked")
    return _with(before, replace(earlier, state="cancelled", ended_on=fact.happened_on))


def seats(meetings: Meetings, insats: str) -> dict[UUID, Seat]:
    """The seats that the case takes up in teams' sessions, by meeting. A meeting that was held keeps its seat."""
    return {meeting_id: taken.seat for meeting_id, taken in taken_seats(meetings, insats).items()}


def taken_seats(meetings: Meetings, insats: str) -> dict[UUID, TakenSeat]:
    """As :func:`seats`, with how each meeting is held and whether it has been."""
    taken: dict[UUID, TakenSeat] = {}
    for each in meetings.all:
        booking = each.booking
        if each.state == "cancelled" or booking is None or booking.team is None or booking.starts_at is None:
            continue
        seat = Seat(insats, booking.team, booking.meets_on, booking.starts_at)
        taken[each.meeting_id] = TakenSeat(seat, each.mode or booking.mode, each.state == "held")
    return taken


def _with(before: Meetings, meeting: Meeting) -> Meetings:
    if before.find(meeting.meeting_id) is None:
        return Meetings((*before.all, meeting))
    return Meetings(tuple(meeting if each.meeting_id == meeting.meeting_id else each for each in before.all))
