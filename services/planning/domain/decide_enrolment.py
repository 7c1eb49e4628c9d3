"""Decisions about a case's seats in groups and courses: enrol, record who came, end, and wait for a seat.

Why somebody left and whether they came to a session leave the service only with consent. That they have a seat, and
how it ended, do not need it: seats are counted from them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final, TypeAlias, assert_never
from uuid import UUID

from contracts.catalogue.vocabulary import word_label, words
from contracts.codes import EnrolmentOutcome
from contracts.envelope import Fact
from contracts.planning import (
    GroupEnrolled,
    GroupEnrolmentEnded,
    GroupReserveJoined,
    GroupReserveLeft,
    SessionAttendanceRecorded,
)
from contracts.problems import Conflict, Invalid, NotFound
from services.planning.domain.case import Case, Referral
from services.planning.domain.checks import check_day, known, rule_on, under_way
from services.planning.domain.command import (
    EndEnrolment,
    Enrol,
    JoinReserve,
    LeaveReserve,
    RecordSessionAttendance,
)
from services.planning.domain.decide_groups import standing
from services.planning.domain.decision import Catalogue, Decision, withholding
from services.planning.domain.enrolments import Enrolment
from services.planning.domain.groups import GroupOccupancy, GroupTerms, has_groups, is_course
from services.planning.domain.requirements import Milestone

EnrolmentCommand: TypeAlias = Enrol | EndEnrolment | RecordSessionAttendance | JoinReserve | LeaveReserve
Groups: TypeAlias = Mapping[UUID, GroupOccupancy]
"""Groups, by stream, as they are while nobody else can take a seat there."""

CHOSEN: Final = (
    EnrolmentOutcome.COMPLETED,
    EnrolmentOutcome.DROPPED_OUT,
    EnrolmentOutcome.WITHDRAWN_BEFORE_START,
)
"""The outcomes that somebody registers; the other one follows from the end of the case."""

_OF_A_COURSE: Final = (EnrolmentOutcome.COMPLETED, EnrolmentOutcome.DROPPED_OUT)
"""The outcomes that a course's exits are called by too."""


def decide(command: EnrolmentCommand, case: Case, catalogue: Catalogue) -> Decision:
    """What a command about a seat in a group leads to. Raises contracts.problems.Refused."""
    match command:
        case Enrol():
            return Decision(_enrol(command, case, catalogue))
        case EndEnrolment():
            return _end(command, case)
        case RecordSessionAttendance():
            return _attendance(command, case)
        case JoinReserve():
            return Decision(_join(command, case, catalogue))
        case LeaveReserve():
            return Decision(_leave(command, case))
        case _:
            assert_never(command)


# What the end of the case leads to --------------------------------------------------------------------------------


def end_with_case(
    case: Case, day: date, reason: str, groups: Groups, exit_outcome: EnrolmentOutcome | None = None
) -> tuple[Fact, ...]:
    """The case has ended: its seats in groups are free. ``exit_outcome``: what its exit calls the end of a course."""
    return tuple(
        GroupEnrolmentEnded(
            happened_on=day,
            enrolment_id=each.enrolment_id,
            outcome=_outcome_with_case(each, day, groups, exit_outcome),
            reason=reason,
        )
        for each in case.enrolments.under_way
    )


def _outcome_with_case(
    enrolment: Enrolment, day: date, groups: Groups, exit_outcome: EnrolmentOutcome | None
) -> EnrolmentOutcome:
    if not _begun(enrolment, day, groups.get(enrolment.group_id, GroupOccupancy())):
        return EnrolmentOutcome.WITHDRAWN_BEFORE_START
    return exit_outcome or EnrolmentOutcome.CASE_ENDED


def outcome_of_exit(case: Case, reason: str, catalogue: Catalogue) -> EnrolmentOutcome | None:
    """What an exit from a course says of its seat: the reason, where that is an outcome. None of other insatser.

    Raises Invalid for a reason that contradicts how the seat of this stay ended.
    """
    if not is_course(catalogue.get(known(case).insats)) or reason not in _OF_A_COURSE:
        return None
    wanted = EnrolmentOutcome(reason)
    stay = case.participations.ongoing
    since = date.min if stay is None or stay.episode == 1 else stay.started_on
    ended = [each.outcome for each in case.enrolments.all if not each.under_way and each.enrolled_on >= since]
    if ended and not case.enrolments.under_way and ended[-1] in _OF_A_COURSE and ended[-1] != wanted:
        said = word_label("exit_reasons", ended[-1])
        message = f"Deltagarens plats i kursen avslutades med ”{said}”. Välj den orsaken, eller rätta platsen först."
        raise Invalid("reason_contradicts_group", message, "reason")
    return wanted


# Commands ---------------------------------------------------------------------------------------------------------


def _enrol(command: Enrol, case: Case, catalogue: Catalogue) -> tuple[Fact, ...]:
    """Gives the person a seat in a group."""
    referral = under_way(case)
    if command.found.terms is None:
        raise NotFound("group_unknown", "Gruppen finns inte. Välj en av grupperna i listan.")
    terms = standing(command.found)
    if terms.of.insats != referral.insats:
        raise Conflict("group_of_other_insats", "Gruppen hör till en annan insats.")
    if case.enrolments.in_group(command.group_id) is not None:
        raise Conflict("already_enrolled", "Deltagaren har redan en plats i gruppen.")
    check_day(command.enrolled_on, "enrolled_on", command.today, _accepted(referral))
    if command.enrolled_on > terms.ends_on:
        raise Conflict("group_over", "Gruppen har haft sin sista träff.")
    _check_open(command, terms, referral, catalogue)
    if not command.found.has_room:
        raise Conflict("group_full", "Gruppen är full. Sätt deltagaren på reservlistan i stället.")
    return (
        GroupEnrolled(
            happened_on=command.enrolled_on,
            enrolment_id=command.enrolment_id,
            group_id=command.group_id,
            insats=terms.of.insats,
            starts_on=terms.next_from(command.enrolled_on),
        ),
    )


def _check_open(command: Enrol, terms: GroupTerms, referral: Referral, catalogue: Catalogue) -> None:
    """Raises Conflict or Invalid where the group is for others, or cannot be enrolled in on that day."""
    rule = rule_on(catalogue, referral, terms.starts_on, "enrolled_on").group(terms.capacity)
    closed = terms.closes_on is not None and command.enrolled_on > terms.closes_on
    if closed and rule is not None and rule.wider_after_window:
        return
    if terms.reserved_for and referral.unit_kind not in terms.reserved_for:
        kinds = ", ".join(word_label("unit_kinds", each) for each in terms.reserved_for)
        raise Conflict("group_reserved", f"Gruppen är bara för den som anmälts av: {kinds}.")
    if closed or (terms.opens_on is not None and command.enrolled_on < terms.opens_on):
        raise Invalid("outside_window", f"Anmälan till gruppen är öppen {_window(terms)}.", "enrolled_on")


def _window(terms: GroupTerms) -> str:
    opens = "" if terms.opens_on is None else f"från {terms.opens_on} "
    return f"{opens}till och med {terms.closes_on}" if terms.closes_on is not None else opens.strip()


def _end(command: EndEnrolment, case: Case) -> Decision:
    """Ends a seat: the group was completed, or left."""
    enrolment = _seat(command.enrolment_id, case)
    if not enrolment.under_way:
        raise Conflict("already_ended", "Platsen i gruppen är redan avslutad.")
    if command.outcome not in CHOSEN:
        raise Invalid("outcome_not_chosen", "Välj hur det gick: genomförde, hoppade av eller före start.", "outcome")
    reasons = words()["enrolment_ends"]
    if command.reason is not None and command.reason not in reasons:
        raise Invalid("reason_unknown", f"Ange varför: {', '.join(reasons)}.", "reason")
    check_day(command.ended_on, "ended_on", command.today, _last_known(enrolment))
    _check_outcome(command, enrolment)
    fact = GroupEnrolmentEnded(
        happened_on=command.ended_on,
        enrolment_id=enrolment.enrolment_id,
        outcome=command.outcome,
        reason=command.reason,
    )
    return withholding(fact, case.consents, "reason")


def _check_outcome(command: EndEnrolment, enrolment: Enrolment) -> None:
    """Raises Invalid where a session says otherwise: what has not begun is neither completed nor dropped out of."""
    begun = _begun(enrolment, command.ended_on, command.found)
    if begun and command.outcome is EnrolmentOutcome.WITHDRAWN_BEFORE_START:
        message = "Gruppen har haft en träff sedan deltagaren fick platsen. Välj genomförde eller hoppade av."
        raise Invalid("already_begun", message, "outcome")
    if not begun and command.outcome is not EnrolmentOutcome.WITHDRAWN_BEFORE_START:
        message = "Ingen träff är registrerad som hållen medan deltagaren hade platsen. Registrera träffarna först."
        raise Invalid("not_begun", message, "outcome")


def _begun(enrolment: Enrolment, day: date, found: GroupOccupancy) -> bool:
    """Whether a session was held while the person had the seat, up to a day."""
    return found.terms is not None and found.terms.held_between(enrolment.enrolled_on, day)


def _attendance(command: RecordSessionAttendance, case: Case) -> Decision:
    """Records whether the person came to a session."""
    enrolment = _seat(command.enrolment_id, case)
    terms = command.found.terms
    if terms is None or command.session_on not in terms.held:
        raise Invalid("session_not_held", "Registrera först att träffen är hållen.", "session_on")
    since = Milestone(enrolment.enrolled_on, "before_enrolment", "deltagaren fick platsen i gruppen")
    check_day(command.session_on, "session_on", command.today, since)
    if enrolment.ended_on is not None and command.session_on > enrolment.ended_on:
        message = f"Deltagaren hade platsen till och med {enrolment.ended_on}."
        raise Invalid("after_enrolment", message, "session_on")
    if enrolment.of_session(command.session_on) is not None:
        raise Conflict(
            "already_recorded", "Närvaron vid träffen är redan registrerad. Ta tillbaka den om den är fel."
        )
    fact = SessionAttendanceRecorded(
        happened_on=command.session_on,
        enrolment_id=enrolment.enrolment_id,
        session_on=command.session_on,
        attended=command.attended,
    )
    return withholding(fact, case.consents, "attended")


def _join(command: JoinReserve, case: Case, catalogue: Catalogue) -> tuple[Fact, ...]:
    """The person waits for a seat."""
    referral = under_way(case)
    if not has_groups(rule_on(catalogue, referral, command.since, "since")):
        raise Conflict("no_groups", "Insatsen har inga grupper.")
    if case.enrolments.reserve is not None:
        raise Conflict("already_waiting", "Deltagaren står redan på reservlistan.")
    check_day(command.since, "since", command.today, _accepted(referral))
    if command.group_id is not None:
        _check_waited_for(command.group_id, command.found, case, referral)
    return (GroupReserveJoined(happened_on=command.since, insats=referral.insats, group_id=command.group_id),)


def _check_waited_for(group_id: UUID, found: GroupOccupancy, case: Case, referral: Referral) -> None:
    if found.terms is None:
        raise NotFound("group_unknown", "Gruppen finns inte. Välj en av grupperna i listan.")
    terms = standing(found)
    if terms.of.insats != referral.insats:
        raise Conflict("group_of_other_insats", "Gruppen hör till en annan insats.")
    if case.enrolments.in_group(group_id) is not None:
        raise Conflict("already_enrolled", "Deltagaren har redan en plats i gruppen.")


def _leave(command: LeaveReserve, case: Case) -> tuple[Fact, ...]:
    """The person waits no more."""
    referral, reserve = known(case), case.enrolments.reserve
    if reserve is None:
        raise Conflict("not_waiting", "Deltagaren står inte på reservlistan.")
    since = Milestone(reserve.since, "before_reserve", "deltagaren sattes på reservlistan")
    check_day(command.left_on, "left_on", command.today, since)
    return (GroupReserveLeft(happened_on=command.left_on, insats=referral.insats),)


def _seat(enrolment_id: UUID, case: Case) -> Enrolment:
    """A seat of the case. Who came may be registered late, also of a case that has ended. Raises NotFound."""
    known(case)
    found = case.enrolments.find(enrolment_id)
    if found is None:
        raise NotFound("enrolment_unknown", "Ärendet har ingen sådan plats i en grupp.")
    return found


def _accepted(referral: Referral) -> Milestone:
    return Milestone(referral.accepted_on or referral.referred_on, "before_acceptance", "anmälan antogs")


def _last_known(enrolment: Enrolment) -> Milestone:
    """A seat does not end before the last session for which attendance was recorded."""
    last = max((each.session_on for each in enrolment.attendance), default=None)
    if last is None:
        return Milestone(enrolment.enrolled_on, "before_enrolment", "deltagaren fick platsen i gruppen")
    return Milestone(last, "before_attendance", "närvaro senast registrerades")
