"""Groups and courses: what may be declared, who gets a seat, who came, how a seat ends, and who waits for one."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.catalogue import INSATSER
from contracts.codes import EnrolmentOutcome
from contracts.planning import (
    GroupDeclared,
    GroupEnrolled,
    GroupEnrolmentEnded,
    GroupReserveJoined,
    GroupSessionCancelled,
    GroupSessionHeld,
    ParticipantExited,
    PlanningDetailsReleased,
    SessionAttendanceRecorded,
)
from contracts.problems import Refused
from contracts.referral import Attributes, ConsentGiven, ReferralReturned
from services.planning.domain import command as ask
from services.planning.domain import groups as domain
from services.planning.domain.decide_groups import (
    CancelGroup,
    CancelGroupSession,
    DeclareGroup,
    GroupCommand,
    GroupFact,
    HoldGroupSession,
    decide,
)
from services.planning.domain.groups import GroupOccupancy, scheduled
from tests.unit.planning import groups, mother
from tests.unit.planning.groups import DAYS, FIRST, GROUP, SEAT, TERMS, TODAY, accepted, found
from tests.unit.planning.mother import Life

_SOON = date(2023, 8, 20)


def declare(**changed: Any) -> DeclareGroup:
    said: dict[str, Any] = {
        "of": GROUP,
        "name": "ACT hösten",
        "capacity": "kurs",
        "session_days": DAYS,
        "today": groups.OPENS_ON,
        "seats": 10,
        "opens_on": groups.OPENS_ON,
        "closes_on": groups.CLOSES_ON,
    }
    return DeclareGroup(**said | changed)


def enrol(on: date = _SOON, *, seat: UUID = SEAT, of: GroupOccupancy | None = None) -> ask.Enrol:
    return ask.Enrol(seat, GROUP.group_id, on, TODAY, of or found())


def end(outcome: EnrolmentOutcome, on: date, of: GroupOccupancy, reason: str | None = None) -> ask.EndEnrolment:
    return ask.EndEnrolment(SEAT, on, outcome, TODAY, reason, of)


def came(on: date, of: GroupOccupancy, *, attended: bool = True) -> ask.RecordSessionAttendance:
    return ask.RecordSessionAttendance(SEAT, on, attended, TODAY, of)


def refused(command: GroupCommand) -> str | None:
    try:
        decide(command, INSATSER)
    except Refused as refusal:
        return refusal.code
    return None


# A group -----------------------------------------------------------------------------------------------------------


def test_what_is_not_said_of_a_group_is_what_the_rule_of_its_first_day_says() -> None:
    declared = decide(declare(), INSATSER)
    assert isinstance(declared, GroupDeclared)
    assert (declared.minutes, declared.starts_on, declared.ends_on) == (180, DAYS[0], DAYS[-1])
    site = decide(
        DeclareGroup(
            domain.GroupOf("aktivitetsplatsen", "skargarden"),
            "Skärgården",
            "reserverad-grupp",
            (date(2025, 2, 3),),
            date(2025, 1, 7),
        ),
        INSATSER,
    )
    assert isinstance(site, GroupDeclared)
    assert (site.seats, site.reserved_for) == (10, ("district",))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"session_days": ()}, "session_days_missing"),
        ({"capacity": "ingen"}, "capacity_unknown"),
        ({"seats": None}, "seats_missing"),
        ({"seats": 0}, "seats_out_of_range"),
        ({"opens_on": None}, "window_missing"),
        ({"closes_on": groups.OPENS_ON - timedelta(days=1)}, "window_backwards"),
        ({"closes_on": DAYS[-1] + timedelta(days=1)}, "window_after_group"),
        ({"site": "nowhere"}, "site_unknown"),
        ({"reserved_for": ("nobody",)}, "unit_kind_unknown"),
        ({"of": domain.GroupOf("finsam-team", "ett")}, "no_groups"),
        ({"found": found(), "minutes": 180}, "already_declared"),
        ({"found": found(), "new": True}, "group_exists"),
        ({"found": found(others=10), "seats": 9}, "seats_taken"),
        ({"found": found(others=1), "reserved_for": ("kaa",)}, "seats_taken"),
        ({"found": found(DAYS[0]), "session_days": DAYS[1:]}, "session_held"),
    ],
)
def test_a_declaration_that_is_refused(changed: dict[str, Any], code: str) -> None:
    assert refused(declare(**changed)) == code


def test_a_session_is_held_on_its_day_and_called_off_while_nobody_has_come() -> None:
    held = decide(HoldGroupSession(GROUP, FIRST, TODAY, replace(found(), present=7)), INSATSER)
    assert held == GroupSessionHeld(
        happened_on=FIRST, insats=groups.COURSE, group="act-hosten", session_on=FIRST, seats=10, enrolled=7
    )
    assert refused(HoldGroupSession(GROUP, FIRST, FIRST - timedelta(days=1), found())) == "in_future"
    assert refused(HoldGroupSession(GROUP, FIRST + timedelta(days=1), TODAY, found())) == "no_session"
    assert refused(HoldGroupSession(GROUP, FIRST, TODAY, found(FIRST))) == "already_held"
    assert refused(HoldGroupSession(GROUP, FIRST, TODAY)) == "not_declared"
    off = CancelGroupSession(GROUP, FIRST, "leader_away", TODAY, replace(found(FIRST), recorded=1))
    assert refused(off) == "attendance_recorded"
    assert refused(replace(off, reason="weather", found=found())) == "reason_unknown"
    assert isinstance(decide(replace(off, found=found(FIRST)), INSATSER), GroupSessionCancelled)


def test_a_group_with_participants_is_not_cancelled() -> None:
    command = CancelGroup(GROUP, "too_few", TODAY, found(others=1))
    assert refused(command) == "seats_taken"
    assert refused(replace(command, found=found())) is None
    assert refused(replace(command, found=GroupOccupancy(0, replace(TERMS, cancelled=True)))) == "group_cancelled"


def test_a_group_that_has_met_is_not_cancelled_until_the_session_is_called_off() -> None:
    command = CancelGroup(GROUP, "too_few", TODAY, found(FIRST))
    assert refused(command) == "session_held"
    assert refused(replace(command, found=found())) is None


def test_what_was_held_and_called_off_is_kept_when_the_group_is_declared_anew() -> None:
    facts: list[GroupFact] = [
        decide(declare(), INSATSER),
        decide(HoldGroupSession(GROUP, DAYS[0], TODAY, found()), INSATSER),
        decide(CancelGroupSession(GROUP, DAYS[1], "leader_away", TODAY, found()), INSATSER),
        decide(declare(seats=12, session_days=(*DAYS, DAYS[-1] + timedelta(weeks=1))), INSATSER),
    ]
    terms = domain.fold(mother.event(fact, number, "/samspel/planning") for number, fact in enumerate(facts, 1))
    assert terms is not None
    assert (terms.seats, len(terms.session_days)) == (12, 8)
    assert (set(terms.held), set(terms.called_off)) == ({DAYS[0]}, {DAYS[1]})
    assert terms.next_from(DAYS[1]) == DAYS[2]


def test_whom_a_group_is_for_stays_as_it_was_unless_it_is_said() -> None:
    reserved = found(terms=replace(TERMS, reserved_for=("kaa",)))
    kept, opened = (decide(declare(seats=8, found=reserved, **said), INSATSER) for said in ({}, {"reserved_for": ()}))
    assert isinstance(kept, GroupDeclared)
    assert isinstance(opened, GroupDeclared)
    assert (kept.reserved_for, opened.reserved_for) == (("kaa",), ())


def test_days_follow_from_the_first_and_the_days_of_the_week() -> None:
    assert scheduled(FIRST, (), 2) == (FIRST, FIRST + timedelta(weeks=1))
    twice = scheduled(date(2025, 2, 3), (1, 4), 4)
    assert twice == (date(2025, 2, 3), date(2025, 2, 6), date(2025, 2, 10), date(2025, 2, 13))


# A seat ------------------------------------------------------------------------------------------------------------


def test_whoever_is_accepted_gets_a_seat_and_the_first_session_they_may_come_to_is_told() -> None:
    life = accepted(consents=False)
    assert life.ask(enrol()) == (
        GroupEnrolled(
            happened_on=_SOON, enrolment_id=SEAT, group_id=GROUP.group_id, insats=groups.COURSE, starts_on=FIRST
        ),
    )
    assert life.refusal(enrol(seat=groups.OTHER_SEAT)) == "already_enrolled"


def test_a_seat_that_is_refused() -> None:
    life = accepted()
    assert life.refusal(enrol(of=GroupOccupancy())) == "group_unknown"
    assert life.refusal(enrol(of=found(others=10))) == "group_full"
    assert life.refusal(enrol(groups.CLOSES_ON + timedelta(days=1))) == "outside_window"
    assert life.refusal(enrol(groups.ACCEPTED_ON - timedelta(days=1))) == "before_acceptance"
    assert life.refusal(enrol(TODAY)) == "group_over"
    assert life.refusal(enrol(of=GroupOccupancy(0, replace(TERMS, cancelled=True)))) == "group_cancelled"
    other = replace(TERMS, of=domain.GroupOf("aktivitetsplatsen", "ett"))
    assert life.refusal(enrol(of=found(terms=other))) == "group_of_other_insats"
    early = replace(TERMS, opens_on=_SOON + timedelta(days=1))
    assert life.refusal(enrol(of=found(terms=early))) == "outside_window"


def test_a_reserved_group_is_for_those_it_is_reserved_for() -> None:
    reserved = found(terms=replace(TERMS, reserved_for=("kaa",)))
    assert accepted().refusal(enrol(of=reserved)) == "group_reserved"
    mine = found(terms=replace(TERMS, reserved_for=("kaa", "arbetskonsulent")))
    assert accepted().refusal(enrol(of=mine)) is None


def test_others_get_a_free_seat_after_the_window_only_where_the_file_says_so() -> None:
    reserved = replace(TERMS, reserved_for=("kaa",))
    late = groups.CLOSES_ON + timedelta(days=1)
    assert accepted().refusal(enrol(late, of=found(terms=reserved))) == "group_reserved"
    insats = INSATSER[groups.COURSE]
    wider = tuple(
        rule.model_copy(
            update={"capacity": tuple(each.model_copy(update={"wider_after_window": True}) for each in rule.groups)}
        )
        for rule in insats.versions
    )
    life = accepted()
    life.catalogue = {groups.COURSE: insats.model_copy(update={"versions": wider})}
    assert life.refusal(enrol(late, of=found(terms=reserved))) is None
    assert life.refusal(enrol(of=found(terms=reserved))) == "group_reserved"


def test_attendance_is_of_a_session_that_was_held_while_the_person_had_the_seat() -> None:
    life = accepted()
    life.ask(enrol())
    held = found(*DAYS[:3])
    assert life.refusal(came(DAYS[0], found())) == "session_not_held"
    life.ask(came(DAYS[0], held))
    assert life.refusal(came(DAYS[0], held, attended=False)) == "already_recorded"
    life.ask(end(EnrolmentOutcome.DROPPED_OUT, DAYS[1], held, "health"))
    assert life.refusal(came(DAYS[2], held)) == "after_enrolment"
    assert life.refusal(came(DAYS[1], held)) is None
    late = accepted()
    late.add(
        GroupEnrolled(
            happened_on=DAYS[1],
            enrolment_id=SEAT,
            group_id=GROUP.group_id,
            insats=groups.COURSE,
            starts_on=DAYS[1],
        )
    )
    assert late.refusal(came(DAYS[0], held)) == "before_enrolment"


def test_a_seat_ends_once_and_as_its_sessions_say() -> None:
    life = accepted()
    life.ask(enrol())
    assert life.refusal(end(EnrolmentOutcome.COMPLETED, DAYS[-1], found())) == "not_begun"
    assert life.refusal(end(EnrolmentOutcome.WITHDRAWN_BEFORE_START, DAYS[0], found(*DAYS))) == "already_begun"
    assert life.refusal(end(EnrolmentOutcome.CASE_ENDED, DAYS[0], found(*DAYS))) == "outcome_not_chosen"
    assert life.refusal(end(EnrolmentOutcome.DROPPED_OUT, DAYS[0], found(*DAYS), "bored")) == "reason_unknown"
    life.ask(came(DAYS[3], found(*DAYS)))
    assert life.refusal(end(EnrolmentOutcome.COMPLETED, DAYS[2], found(*DAYS))) == "before_attendance"
    life.ask(end(EnrolmentOutcome.COMPLETED, DAYS[-1], found(*DAYS)))
    assert life.refusal(end(EnrolmentOutcome.DROPPED_OUT, DAYS[-1], found(*DAYS))) == "already_ended"


def test_without_consent_who_came_and_why_somebody_left_stay_here_until_consent_comes() -> None:
    life = accepted(consents=False)
    life.ask(enrol())
    held = found(*DAYS)
    assert life.ask(came(DAYS[0], held)) == (
        SessionAttendanceRecorded(happened_on=DAYS[0], enrolment_id=SEAT, session_on=DAYS[0]),
    )
    assert life.ask(end(EnrolmentOutcome.DROPPED_OUT, DAYS[1], held, "health")) == (
        GroupEnrolmentEnded(happened_on=DAYS[1], enrolment_id=SEAT, outcome=EnrolmentOutcome.DROPPED_OUT),
    )
    [seat] = life.case.enrolments.all
    assert (seat.attendance[0].attended, seat.reason) == (True, "health"), "known here all the same"
    released = life.hear(ConsentGiven(happened_on=TODAY, attributes=Attributes()))
    assert [(each.attended, each.reason) for each in released if isinstance(each, PlanningDetailsReleased)] == [
        (True, None),
        (None, "health"),
    ]


# The end of the case -----------------------------------------------------------------------------------------------


def test_a_return_before_the_start_frees_the_seat() -> None:
    life = accepted()
    life.ask(enrol())
    returned = ReferralReturned(happened_on=groups.CLOSES_ON, reason="not_reached", stage=mother.returned.stage)
    ended = [each for each in life.hear(returned) if isinstance(each, GroupEnrolmentEnded)]
    assert [(each.outcome, each.reason) for each in ended] == [
        (EnrolmentOutcome.WITHDRAWN_BEFORE_START, "referral_returned")
    ]
    assert not life.case.enrolments.under_way


def _leave(reason: str, on: date = DAYS[-1], of: GroupOccupancy | None = None) -> ask.ExitInsats:
    return ask.ExitInsats(on, reason, mother.HAND_BACK, TODAY, groups={GROUP.group_id: of or found(*DAYS)})


def test_an_exit_from_a_course_ends_the_seat_as_it_says() -> None:
    life = groups.start(accepted())
    life.ask(enrol())
    _, ended = life.ask(_leave("completed"))
    assert isinstance(ended, GroupEnrolmentEnded)
    assert ended.outcome is EnrolmentOutcome.COMPLETED
    assert life.log[-1].causationid == life.id_of(ParticipantExited)


def test_who_came_is_registered_also_after_the_case_has_ended() -> None:
    life = groups.start(accepted())
    life.ask(enrol())
    life.ask(_leave("completed", DAYS[2]))
    life.ask(came(DAYS[2], found(*DAYS)))
    assert life.refusal(came(DAYS[3], found(*DAYS))) == "after_enrolment"
    life.take_back(life.id_of(ParticipantExited), groups={GROUP.group_id: found(*DAYS)})
    assert life.refusal(came(DAYS[3], found(*DAYS))) is None


def test_an_exit_does_not_contradict_how_the_seat_ended() -> None:
    life = groups.start(accepted())
    life.ask(enrol())
    life.ask(end(EnrolmentOutcome.DROPPED_OUT, DAYS[2], found(*DAYS)))
    assert life.refusal(_leave("completed")) == "reason_contradicts_group"
    assert [type(each) for each in life.ask(_leave("dropped_out"))] == [ParticipantExited]


def test_the_exit_taken_back_gives_the_seat_back_if_it_is_free() -> None:
    for others, under_way in ((9, 1), (10, 0)):
        life = groups.start(accepted())
        life.ask(enrol())
        life.ask(_leave("completed"))
        life.take_back(life.id_of(ParticipantExited), today=TODAY, groups={GROUP.group_id: found(others=others)})
        assert len(life.case.enrolments.under_way) == under_way


def test_the_end_taken_back_needs_a_free_seat_and_an_enrolment_that_is_built_on_stays() -> None:
    life = accepted()
    life.ask(enrol())
    life.ask(end(EnrolmentOutcome.DROPPED_OUT, DAYS[2], found(*DAYS)))
    with pytest.raises(Refused, match="group_full"):
        life.take_back(life.id_of(GroupEnrolmentEnded), groups={GROUP.group_id: found(others=10)})
    with pytest.raises(Refused, match="later_events_depend"):
        life.take_back(life.id_of(GroupEnrolled))
    life.take_back(life.id_of(GroupEnrolmentEnded), groups={GROUP.group_id: found(others=9)})
    life.take_back(life.id_of(GroupEnrolled))
    assert not life.case.enrolments.all


def test_attendance_does_not_come_back_to_a_session_that_was_called_off_meanwhile() -> None:
    life = accepted()
    life.ask(enrol())
    life.ask(came(DAYS[0], found(*DAYS)))
    life.take_back(life.id_of(SessionAttendanceRecorded))
    correction = life.log[-1].id
    with pytest.raises(Refused, match="session_not_held"):
        life.take_back(correction, groups={GROUP.group_id: found()})
    life.take_back(correction, groups={GROUP.group_id: found(DAYS[0])})
    assert life.case.enrolments.all[0].of_session(DAYS[0]) is not None


# The reserve list --------------------------------------------------------------------------------------------------


def test_the_wait_for_a_seat_ends_with_a_seat_and_comes_back_when_that_is_taken_back() -> None:
    life = accepted()
    life.ask(ask.JoinReserve(GROUP.group_id, groups.ACCEPTED_ON, TODAY, found(others=10)))
    assert life.refusal(ask.JoinReserve(None, _SOON, TODAY)) == "already_waiting"
    life.ask(enrol())
    assert not _waits(life)
    life.take_back(life.id_of(GroupEnrolled))
    assert _waits(life)
    life.ask(ask.LeaveReserve(_SOON, TODAY))
    assert life.refusal(ask.LeaveReserve(_SOON, TODAY)) == "not_waiting"
    life.take_back(life.log[-1].id)
    assert _waits(life)


def _waits(life: Life) -> bool:
    return life.case.enrolments.reserve is not None


def test_a_wait_is_for_a_group_of_the_own_insats_and_ends_with_the_case() -> None:
    life = groups.start(accepted())
    other = found(terms=replace(TERMS, of=domain.GroupOf("aktivitetsplatsen", "ett")))
    assert life.refusal(ask.JoinReserve(GROUP.group_id, _SOON, TODAY, other)) == "group_of_other_insats"
    assert life.refusal(ask.JoinReserve(GROUP.group_id, _SOON, TODAY)) == "group_unknown"
    assert [type(each) for each in life.ask(ask.JoinReserve(None, _SOON, TODAY))] == [GroupReserveJoined]
    life.ask(_leave("dropped_out"))
    assert life.case.enrolments.reserve is None
    life.ask(ask.ReopenCase(DAYS[-1], TODAY))
    assert life.case.enrolments.reserve is None
