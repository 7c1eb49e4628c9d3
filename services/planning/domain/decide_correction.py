"""Decisions about corrections: whether an event may be taken back, and what goes with it."""

from collections.abc import Iterator, Sequence
from datetime import date

from contracts.corrections import RegisteredInError, effective
from contracts.planning import SOURCE, MeetingCancelled, PlanningEnded
from contracts.problems import Conflict, NotFound
from services.planning.domain.case import Case, LoggedEvent, Stage, fold
from services.planning.domain.command import RegisterInError
from services.planning.domain.decide_meetings import seats_in_session
from services.planning.domain.decision import Catalogue, Decision
from services.planning.domain.impossible import ImpossibleFactError
from services.planning.domain.meetings import Meeting, Seat, seats


def correct(command: RegisterInError, log: Sequence[LoggedEvent], source: str, catalogue: Catalogue) -> Decision:
    """Takes back an event of our own, if what came after it does not depend on it. Raises Refused.

    The cancellations and corrections that it had led to are taken back with it; a meeting stays cancelled, though, if
    its day has passed or its session is full. ``source``: ours; only events of it can be taken back here.
    """
    mine = [event for event in log if event.source == source]
    event = next((each for each in mine if each.id == command.event_id), None)
    if event is None:
        raise NotFound("event_unknown", "Ärendet har ingen sådan händelse som kan tas tillbaka här.")
    if _taken_back(event, mine):
        raise Conflict("already_corrected", "Händelsen är redan markerad som felregistrerad.")
    try:
        after = _without(log, [event])
        _require_room(fold(log), after, command, catalogue)
        with_it = _with_it(event, after, log, command, catalogue)
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
    """What planning itself appends because the referral service took a return back: planning had not ended.

    Meetings that the return cancelled stay cancelled: others may have their seats, so they are booked anew.
    """
    if before.stage is not Stage.RETURNED or after.stage is Stage.RETURNED:
        return ()
    ended = [event for event in effective(log) if event.source == SOURCE and isinstance(event.data, PlanningEnded)]
    return tuple(
        RegisteredInError(happened_on=today, event_id=each.id, reason="return_registered_in_error") for each in ended
    )


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


def _without(log: Sequence[LoggedEvent], taken_back: Sequence[LoggedEvent]) -> Case:
    """The case without some events. Raises ImpossibleFactError if others depend on them."""
    gone = {each.id for each in taken_back}
    return fold(each for each in log if each.id not in gone)


def _taken_back(event: LoggedEvent, mine: Sequence[LoggedEvent]) -> bool:
    """Whether a correction that itself counts takes the event back."""
    return any(
        isinstance(each.data, RegisteredInError) and each.data.event_id == event.id and not _taken_back(each, mine)
        for each in mine
    )


def _caused_by(event: LoggedEvent, log: Sequence[LoggedEvent]) -> Iterator[LoggedEvent]:
    """The cancellations and corrections of the same service that the event led to, as far as they count."""
    mine = [each for each in log if each.source == event.source]
    for each in mine:
        goes_with_it = isinstance(each.data, MeetingCancelled | RegisteredInError)
        if goes_with_it and each.causationid == event.id and not _taken_back(each, mine):
            yield each


def _with_it(
    event: LoggedEvent, after: Case, log: Sequence[LoggedEvent], command: RegisterInError, catalogue: Catalogue
) -> list[LoggedEvent]:
    """What goes with the event: all that it led to, except what would book a meeting that can no longer be held."""
    with_it: list[LoggedEvent] = []
    for each in _caused_by(event, log):
        further = _without(log, [event, *with_it, each])
        if all(_can_be_held(meeting, further, command, catalogue) for meeting in _booked_again(after, further)):
            with_it.append(each)
            after = further
    return with_it


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


def _require_room(before: Case, after: Case, command: RegisterInError, catalogue: Catalogue) -> None:
    """Raises Conflict if the case would take a seat again that others have taken meanwhile."""
    taken = _seats(before)
    for seat, meeting in _seats(after).items():
        if seat not in taken and not _has_room(seat, meeting, command, catalogue):
            raise Conflict("session_full", "Mötestiden är full, så ärendet kan inte få tillbaka sin plats där.")


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
