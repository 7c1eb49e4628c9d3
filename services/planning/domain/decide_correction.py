"""Decisions about corrections: whether an event may be taken back, and what goes with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from contracts.corrections import RegisteredInError, effective
from contracts.planning import (
    SOURCE,
    ActivityCancelled,
    AfterSupportEnded,
    CaseHandedBack,
    GroupEnrolmentEnded,
    LotsAssigned,
    MeetingCancelled,
    PlanningEnded,
    SupportAssigned,
    SupportEnded,
)
from contracts.problems import Conflict, NotFound
from services.planning.domain.case import Case, LoggedEvent, Stage, evolve, fold
from services.planning.domain.command import RegisterInError
from services.planning.domain.decide_meetings import seats_in_session
from services.planning.domain.decision import Catalogue, Decision, Withheld
from services.planning.domain.enrolments import Enrolment
from services.planning.domain.impossible import ImpossibleFactError
from services.planning.domain.kept import Details, known_here
from services.planning.domain.meetings import Meeting, Seat, seats
from services.planning.domain.places import TakenPlace, taken_places

_NOTHING: Final[Mapping[UUID, Withheld]] = {}

_SUPPORT_FACTS: Final = (LotsAssigned, SupportAssigned, SupportEnded)


@dataclass(frozen=True)
class _Known:
    """What a correction is decided from. ``withheld``: what the case's events left out for want of consent."""

    log: Sequence[LoggedEvent]
    command: RegisterInError
    catalogue: Catalogue
    withheld: Details

    def case(self) -> Case:
        return known_here(fold(self.log), self.withheld)

    def without(self, taken_back: Sequence[LoggedEvent]) -> Case:
        """The case without some events. Raises ImpossibleFactError if others depend on them."""
        return known_here(_without(self.log, taken_back), self.withheld)


def correct(
    command: RegisterInError,
    log: Sequence[LoggedEvent],
    source: str,
    catalogue: Catalogue,
    withheld: Details = _NOTHING,
) -> Decision:
    """Takes back an event of our own, if what came after it does not depend on it. Raises Refused.

    The cancellations, hand-back and corrections that it had led to are taken back with it; a meeting stays cancelled,
    though, if its day has passed or its session is full, an activity if its place has been taken, and a seat in a
    group if the group is full. What hands a
    support from one to another is one thing: it is taken back as a whole, by what led to it. ``source``: ours; only
    events of it can be taken back here. ``withheld``: what the case's events left out for want of consent.
    """
    known = _Known(log, command, catalogue, withheld)
    mine = [event for event in log if event.source == source]
    event = next((each for each in mine if each.id == command.event_id), None)
    if event is None:
        raise NotFound("event_unknown", "Ärendet har ingen sådan händelse som kan tas tillbaka här.")
    if _taken_back(event, mine):
        raise Conflict("already_corrected", "Händelsen är redan markerad som felregistrerad.")
    _require_whole(event, mine)
    try:
        succession = _succession(event, mine)
        after = known.without([event, *succession])
        _require_room(known.case(), after, known)
        with_it = [*succession, *_with_it([event, *succession], after, known)]
    except ImpossibleFactError as error:
        raise Conflict(
            "later_events_depend",
            "Det finns senare händelser som bygger på den här. Ta tillbaka dem först, den senaste först.",
        ) from error
    first, *others = (
        RegisteredInError(happened_on=command.today, event_id=each.id, reason=command.reason)
        for each in (event, *with_it)
    )
    return Decision((first,), consequences=tuple(others))


def resumed(before: Case, after: Case, log: Sequence[LoggedEvent], today: date) -> tuple[RegisteredInError, ...]:
    """What planning itself appends because the referral service took a return back, or took on again whom it had
    taken on by mistake: planning has not ended.

    Meetings that were cancelled with it stay cancelled: others may have their seats, so they are booked anew.
    """
    before_start = before.stage in {Stage.RETURNED, Stage.REFERRED}
    if not before_start or after.stage not in {Stage.ACCEPTED, Stage.PARTICIPATING}:
        return ()
    ended = [event for event in effective(log) if event.source == SOURCE and isinstance(event.data, PlanningEnded)]
    return tuple(
        RegisteredInError(happened_on=today, event_id=each.id, reason="return_registered_in_error") for each in ended
    )


def depending(event: LoggedEvent, log: Sequence[LoggedEvent]) -> list[LoggedEvent]:
    """The later events that build on an event, in the order they were registered: without it they cannot have
    happened, nor can those that build on them."""
    found: list[LoggedEvent] = []
    while (impossible := _first_impossible(log, [event, *found])) is not None:
        found.append(impossible)
    return found


def _first_impossible(log: Sequence[LoggedEvent], taken_back: Sequence[LoggedEvent]) -> LoggedEvent | None:
    gone = {each.id for each in taken_back}
    case = Case()
    for each in effective(each for each in log if each.id not in gone):
        try:
            case = evolve(case, each)
        except ImpossibleFactError:
            return each
    return None


def seats_given_back(command: RegisterInError, log: Sequence[LoggedEvent]) -> frozenset[Seat]:
    """The seats that a correction may give back to the case: ``command.found`` must say how they are."""
    event = next((each for each in log if each.id == command.event_id), None)
    if event is None:
        return frozenset()
    try:
        after = _without(log, [event, *_caused_by(event, log)])
    except ImpossibleFactError:
        return frozenset()  # the correction will be refused, however many seats are taken
    return frozenset(_seats(after)) - frozenset(_seats(fold(log)))


def places_given_back(
    command: RegisterInError, log: Sequence[LoggedEvent], withheld: Details = _NOTHING
) -> frozenset[UUID]:
    """The suppliers whose places a correction may give back to the case: ``command.places`` must say how they are."""
    event = next((each for each in log if each.id == command.event_id), None)
    if event is None:
        return frozenset()
    known = _Known(log, command, {}, withheld)
    try:
        after = known.without([event, *_caused_by(event, log)])
    except ImpossibleFactError:
        return frozenset()  # the correction will be refused, whatever places are free
    return frozenset(taken.place_id for taken in _regained(known.case(), after))


def groups_given_back(
    command: RegisterInError, log: Sequence[LoggedEvent], withheld: Details = _NOTHING
) -> frozenset[UUID]:
    """The groups in which a correction may give the case a seat back, or attendance: ``command.groups`` must say how
    they are."""
    event = next((each for each in log if each.id == command.event_id), None)
    if event is None:
        return frozenset()
    known = _Known(log, command, {}, withheld)
    try:
        after = known.without([event, *_caused_by(event, log)])
    except ImpossibleFactError:
        return frozenset()  # the correction will be refused, whatever seats are free
    before = known.case()
    seats = {each.group_id for each in _seats_regained(before, after)}
    return frozenset(seats | {group_id for group_id, _ in _attendance_regained(before, after)})


def _without(log: Sequence[LoggedEvent], taken_back: Sequence[LoggedEvent]) -> Case:
    """The case without some events. Raises ImpossibleFactError if others depend on them."""
    gone = {each.id for each in taken_back}
    return fold(each for each in log if each.id not in gone)


def _succession(event: LoggedEvent, mine: Sequence[LoggedEvent]) -> list[LoggedEvent]:
    """What ended and began with an event that hands a support over or replaces whoever had it. Neither half may count
    alone: the role would be nobody's, or two persons'."""
    return [
        each
        for each in mine
        if each.causationid == event.id and isinstance(each.data, _SUPPORT_FACTS) and not _taken_back(each, mine)
    ]


def _require_whole(event: LoggedEvent, mine: Sequence[LoggedEvent]) -> None:
    """Raises Conflict for one half of a succession, and for the correction of one."""
    half = event
    while isinstance(half.data, RegisteredInError):
        corrected = half.data.event_id
        half = next(each for each in mine if each.id == corrected)
    led_to_by = next((each for each in mine if each.id == half.causationid), None)
    if led_to_by is not None and isinstance(half.data, _SUPPORT_FACTS):
        raise Conflict(
            "part_of_a_succession",
            "Då skulle ingen ha stödet, eller två. Ta tillbaka det som bytet av stödperson började med i stället: "
            "överlämningen, eller att det förra stödet avslutades.",
        )


def _taken_back(event: LoggedEvent, mine: Sequence[LoggedEvent]) -> bool:
    """Whether a correction that itself counts takes the event back."""
    return any(
        isinstance(each.data, RegisteredInError) and each.data.event_id == event.id and not _taken_back(each, mine)
        for each in mine
    )


def _caused_by(event: LoggedEvent, log: Sequence[LoggedEvent]) -> Iterator[LoggedEvent]:
    """The cancellations, hand-back and corrections of the same service that the event led to, those that count, in
    order."""
    mine = sorted((each for each in log if each.source == event.source), key=lambda each: each.sequence)
    for each in mine:
        goes_with_it = isinstance(
            each.data,
            MeetingCancelled
            | ActivityCancelled
            | AfterSupportEnded
            | GroupEnrolmentEnded
            | CaseHandedBack
            | RegisteredInError,
        )
        if goes_with_it and each.causationid == event.id and not _taken_back(each, mine):
            yield each


def _with_it(events: Sequence[LoggedEvent], after: Case, known: _Known) -> list[LoggedEvent]:
    """What goes with events that are taken back together: all that the first led to, except what would book a meeting
    that can no longer be held, or take a place or a seat that others have."""
    with_it: list[LoggedEvent] = []
    kind = _unit_kind(after)
    for each in _caused_by(events[0], known.log):
        further = known.without([*events, *with_it, each])
        meetings = (
            _can_be_held(meeting, further, known.command, known.catalogue)
            for meeting in _booked_again(after, further)
        )
        places = (known.command.places[taken.place_id].has_room for taken in _regained(after, further))
        seats = (known.command.groups[each.group_id].has_room_for(kind) for each in _seats_regained(after, further))
        if all(meetings) and all(places) and all(seats):
            with_it.append(each)
            after = further
    return with_it


def _regained(before: Case, after: Case) -> list[TakenPlace]:
    """The places that the case would take and does not have."""
    had = taken_places(before)
    return [taken for activity_id, taken in taken_places(after).items() if activity_id not in had]


def _seats_regained(before: Case, after: Case) -> list[Enrolment]:
    """The seats in groups that the case would have and does not."""
    had = {each.enrolment_id for each in before.enrolments.under_way}
    return [each for each in after.enrolments.under_way if each.enrolment_id not in had]


def _attendance_regained(before: Case, after: Case) -> set[tuple[UUID, date]]:
    """The groups and days of sessions of which the case would have attendance again."""
    return _sessions(after) - _sessions(before)


def _sessions(case: Case) -> set[tuple[UUID, date]]:
    return {(seat.group_id, each.session_on) for seat in case.enrolments.all for each in seat.attendance}


def _unit_kind(case: Case) -> str:
    return "" if case.referral is None else case.referral.unit_kind


def _booked_again(before: Case, after: Case) -> Iterator[Meeting]:
    for meeting in after.meetings.all:
        earlier = before.meetings.find(meeting.meeting_id)
        if meeting.state == "booked" and (earlier is None or earlier.state != "booked"):
            yield meeting


def _can_be_held(meeting: Meeting, case: Case, command: RegisterInError, catalogue: Catalogue) -> bool:
    if meeting.booking is None or meeting.booking.meets_on < command.today:
        return False
    return all(
        _has_room(seat, booked, command, catalogue)
        for seat, booked in _seats(case).items()
        if booked.meeting_id == meeting.meeting_id
    )


def _require_room(before: Case, after: Case, known: _Known) -> None:
    """Raises Conflict if the case would take a seat or a place again that others have taken meanwhile, or have come
    to a session that was not held."""
    taken = _seats(before)
    for seat, meeting in _seats(after).items():
        if seat not in taken and not _has_room(seat, meeting, known.command, known.catalogue):
            raise Conflict("session_full", "Mötestiden är full, så ärendet kan inte få tillbaka sin plats där.")
    if not all(known.command.places[taken.place_id].has_room for taken in _regained(before, after)):
        message = "Platsen hos leverantören är upptagen, så aktiviteten kan inte få tillbaka den."
        raise Conflict("place_full", message)
    groups, kind = known.command.groups, _unit_kind(after)
    if not all(groups[each.group_id].has_room_for(kind) for each in _seats_regained(before, after)):
        raise Conflict("group_full", "Gruppen är full eller inställd, så deltagaren kan inte få tillbaka sin plats.")
    for group_id, day in _attendance_regained(before, after):
        if not groups[group_id].was_held(day):
            raise Conflict("session_not_held", f"Träffen {day} är inte hållen, så närvaron kan inte komma tillbaka.")


def _has_room(seat: Seat, meeting: Meeting, command: RegisterInError, catalogue: Catalogue) -> bool:
    if meeting.booking is None:
        raise LookupError("a meeting with a seat has a booking")
    mode = meeting.booking.mode
    return command.found[seat].has_room(mode, seats_in_session(seat, mode, catalogue))


def _seats(case: Case) -> dict[Seat, Meeting]:
    """The case's seats, each with the meeting that takes it."""
    if case.referral is None:
        return {}
    taken = seats(case.meetings, case.referral.insats)
    return {taken[each.meeting_id]: each for each in case.meetings.all if each.meeting_id in taken}
