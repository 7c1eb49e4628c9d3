"""Decisions about meetings: book or move, hold, cancel."""

from datetime import date
from typing import TypeAlias, assert_never

from contracts.catalogue import Rule
from contracts.catalogue.course import MeetingRule
from contracts.catalogue.people import Session
from contracts.codes import MeetingMode
from contracts.envelope import Fact
from contracts.planning import MeetingBooked, MeetingCancelled, MeetingHeld, TeamMeetingBooked, TeamMeetingHeld
from contracts.problems import Conflict, Invalid
from services.planning.domain.case import Case
from services.planning.domain.checks import check_day, rule_on, rule_on_day, under_way
from services.planning.domain.command import BookMeeting, CancelMeeting, HoldMeeting
from services.planning.domain.decision import Catalogue, Decision, withholding
from services.planning.domain.meetings import Meeting, Seat, seats
from services.planning.domain.requirements import MeetingHeldFirst, ReferralAcceptedFirst, gate_of, milestone

MeetingCommand: TypeAlias = BookMeeting | HoldMeeting | CancelMeeting


def decide(command: MeetingCommand, case: Case, catalogue: Catalogue) -> Decision:
    """What a command about a meeting leads to. Raises contracts.problems.Refused."""
    match command:
        case BookMeeting():
            return Decision(_book(command, case, catalogue))
        case HoldMeeting():
            return _hold(command, case, catalogue)
        case CancelMeeting():
            return Decision(_cancel(command, case, catalogue))
        case _:
            assert_never(command)


def _book(command: BookMeeting, case: Case, catalogue: Catalogue) -> tuple[Fact, ...]:
    """Books a meeting of a kind, or moves the one of that kind that is booked."""
    referral = under_way(case)
    rule = rule_on(catalogue, referral, command.meets_on, "meets_on")
    meeting = meeting_rule(rule, command.kind)
    check_day(command.booked_on, "booked_on", command.today, milestone(ReferralAcceptedFirst(), case))
    if command.meets_on < command.booked_on:
        raise Invalid("meets_before_booking", "Mötet kan inte ligga före den dag då det bokas.", "meets_on")
    if meeting.modes and command.mode not in meeting.modes:
        raise Invalid("mode_not_used", f"Välj ett av mötets sätt: {', '.join(meeting.modes)}.", "mode")
    if meeting.seat_in is None:
        return (_booked_without_seat(command, case, meeting),)
    return (_booked_with_seat(command, case, rule, meeting, referral.insats),)


def _booked_without_seat(command: BookMeeting, case: Case, meeting: MeetingRule) -> Fact:
    if command.team is not None:
        raise Invalid("team_not_used", "Mötet hålls inte av ett team. Ange inget team.", "team")
    earlier = case.meetings.booked(meeting.id)
    fact = MeetingBooked(
        happened_on=command.booked_on,
        meeting_id=command.meeting_id if earlier is None else earlier.meeting_id,
        kind=meeting.id,
        meets_on=command.meets_on,
        starts_at=command.starts_at,
        mode=command.mode,
    )
    if earlier is not None and earlier.booking is not None:
        same = (earlier.booking.meets_on, earlier.booking.starts_at) == (fact.meets_on, fact.starts_at)
        if same and earlier.booking.mode == fact.mode:
            raise Conflict("already_booked", "Mötet är redan bokat då.")
    return fact


def _booked_with_seat(command: BookMeeting, case: Case, rule: Rule, meeting: MeetingRule, insats: str) -> Fact:
    session = session_of(rule, meeting, command.mode)
    if command.team not in session.resources:
        raise Invalid("team_unknown", f"Välj ett av insatsens team: {', '.join(session.resources)}.", "team")
    if command.starts_at is None:
        raise Invalid("starts_at_missing", "Ange när mötet börjar.", "starts_at")
    wanted = Seat(insats, command.team, command.meets_on, command.starts_at)
    if wanted in seats(case.meetings, insats).values():
        raise Conflict("already_booked", "Ärendet har redan en plats på det mötet.")
    _require_room(command, case, session)
    earlier = case.meetings.booked(None)
    return TeamMeetingBooked(
        happened_on=command.booked_on,
        meeting_id=command.meeting_id if earlier is None else earlier.meeting_id,
        team=command.team,
        meets_on=command.meets_on,
        starts_at=command.starts_at,
        mode=command.mode,
    )


def _require_room(command: BookMeeting, case: Case, session: Session) -> None:
    """Raises Conflict if the session is cancelled, full, or another district's where the rule does not allow that."""
    found, terms = command.found, command.found.terms
    if terms is not None and terms.cancelled:
        raise Conflict("session_cancelled", "Mötestiden är inställd. Välj en annan.")
    area = None if terms is None else terms.area
    if not session.across_areas and case.referral is not None and area not in {None, case.referral.unit}:
        raise Conflict("other_area", "Mötestiden är för en annan stadsdel. Välj en av den egna stadsdelens.")
    if found.has_room(command.mode, session.seats):
        return
    most = session.seats if terms is None else min(terms.seats, session.seats)
    if found.others < most:
        raise Conflict("places_reserved", "De platser som är kvar på mötestiden är reserverade. Välj en annan.")
    cases = "ärende" if most == 1 else "ärenden"
    raise Conflict("session_full", f"Mötestiden är full: högst {most} {cases}. Välj en annan.")


def _hold(command: HoldMeeting, case: Case, catalogue: Catalogue) -> Decision:
    """Registers that a booked meeting was held."""
    meeting, rule = _booked_meeting(command.kind, case, catalogue)
    booking = meeting.booking
    if booking is None:
        raise LookupError("a meeting that is booked has a booking")
    held_on = command.held_on or booking.meets_on
    if held_on != booking.meets_on:
        # Otherwise one more case than a session has seats for could be met in it.
        message = f"Mötet är bokat till {booking.meets_on}. Boka om det om det hölls en annan dag."
        raise Invalid("not_the_booked_day", message, "held_on")
    check_day(held_on, "held_on", command.today, milestone(ReferralAcceptedFirst(), case))
    mode = command.mode or booking.mode
    present = _present(command, rule)
    fact: Fact
    if booking.team is not None:
        fact = TeamMeetingHeld(
            happened_on=held_on, meeting_id=meeting.meeting_id, team=booking.team, mode=mode, present=present
        )
    else:
        fact = MeetingHeld(
            happened_on=held_on, meeting_id=meeting.meeting_id, kind=rule.id, mode=mode, present=present
        )
    return withholding(fact, case.consents, "present")


def may_be_present(rule: MeetingRule) -> tuple[str, ...]:
    """Who may be said to have been there: the participant, those whom the rule names, and an interpreter."""
    return tuple(dict.fromkeys(("participant", *rule.called_by, *rule.attended_by, *rule.also, "interpreter")))


def _present(command: HoldMeeting, rule: MeetingRule) -> tuple[str, ...] | None:
    if command.present is None:
        return None
    allowed = may_be_present(rule)
    if not set(command.present) <= set(allowed):
        raise Invalid("present_unknown", f"Välj bland dem som kan vara med: {', '.join(allowed)}.", "present")
    return tuple(each for each in allowed if each in command.present)


def _cancel(command: CancelMeeting, case: Case, catalogue: Catalogue) -> tuple[Fact, ...]:
    """Registers that a booked meeting does not come about. Its seat is free again."""
    meeting, _ = _booked_meeting(command.kind, case, catalogue)
    check_day(command.cancelled_on, "cancelled_on", command.today, milestone(ReferralAcceptedFirst(), case))
    reason = "not_attended" if command.not_attended else "called_off"
    return (MeetingCancelled(happened_on=command.cancelled_on, meeting_id=meeting.meeting_id, reason=reason),)


def cancel_booked(case: Case, day: date, reason: str) -> tuple[Fact, ...]:
    """Cancels every meeting that is still booked when the case ends, so that its seat is free for others."""
    return tuple(
        MeetingCancelled(happened_on=day, meeting_id=each.meeting_id, reason=reason)
        for each in case.meetings.all
        if each.state == "booked"
    )


def _booked_meeting(kind: str | None, case: Case, catalogue: Catalogue) -> tuple[Meeting, MeetingRule]:
    referral = under_way(case)
    booked = [each for each in case.meetings.all if each.state == "booked" and each.booking is not None]
    for each in booked:
        day = each.booking.meets_on if each.booking is not None else referral.referred_on
        rule = meeting_rule(rule_on(catalogue, referral, day, "meets_on"), kind)
        if each.kind == (None if rule.seat_in is not None else rule.id):
            return each, rule
    if any(each.state == "held" for each in case.meetings.all if kind is None or each.kind == kind):
        raise Conflict("already_held", "Mötet är redan registrerat som hållet. Boka ett nytt om det ska hållas fler.")
    raise Conflict("no_meeting_booked", "Boka mötet först.")


def meeting_rule(rule: Rule, kind: str | None) -> MeetingRule:
    """The kind of meeting asked for; without one, that which the gate needs, or the only one with a seat.

    Raises Conflict if the insats has none, Invalid if there is no such kind.
    """
    if kind is not None:
        found = rule.meeting(kind)
        if found is None:
            kinds = ", ".join(each.id for each in rule.meetings) or "inga"
            raise Invalid("meeting_unknown", f"Insatsen har de här mötena: {kinds}.", "kind")
        return found
    gate = gate_of(rule)
    if isinstance(gate, MeetingHeldFirst) and (needed := rule.meeting(gate.kind)) is not None:
        return needed
    raise Conflict("no_team_meetings", "Insatsen har inga team-möten. Ange vilket möte som avses.")


def seats_in_session(seat: Seat, mode: MeetingMode, catalogue: Catalogue) -> int:
    """How many cases a session has seats for. Raises Refused if the catalogue has no such session that day."""
    rule = rule_on_day(catalogue, seat.insats, seat.meets_on, "meets_on")
    return session_of(rule, meeting_rule(rule, None), mode).seats


def session_of(rule: Rule, meeting: MeetingRule, mode: MeetingMode) -> Session:
    """The sessions that a meeting takes a seat in when held in that way. Raises Invalid if there are none."""
    for session in rule.sessions:
        if session.id == meeting.seat_in and (session.when is None or mode in session.when.mode):
            return session
    raise Invalid("mode_not_used", "Insatsen har inga mötestider för det sättet att mötas.", "mode")
