"""Meetings of any kind, several in a case, and the seats they take."""

from dataclasses import replace
from datetime import date, time

import pytest

from contracts.codes import MeetingMode
from contracts.planning import (
    MeetingBooked,
    MeetingCancelled,
    MeetingHeld,
    PlanningDetailsReleased,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.referral import ReferralAccepted
from services.planning.domain.meetings import seats
from tests.unit.planning import commands as ask
from tests.unit.planning import mother
from tests.unit.planning.mother import Life, given

AT_MIA = (mother.referred_to(mother.MIA), mother.consented, mother.accepted)
INTRODUCTION = "introduktionsmote"


def _seats(life: Life) -> int:
    return len(seats(life.case.meetings, mother.FINSAM))


def test_a_team_meeting_is_booked_and_held() -> None:
    life = given(*mother.at_acceptance)
    assert life.ask(ask.book()) == (mother.booked,)
    assert life.ask(ask.hold()) == (mother.held,)
    assert _seats(life) == 1, "a meeting that was held keeps its seat"


def test_a_booking_repeated_is_refused_and_one_moved_keeps_its_id() -> None:
    life = given(*mother.at_acceptance, mother.booked)
    assert life.refusal(ask.book()) == "already_booked"
    (moved,) = life.ask(ask.book(starts_at=time(10), meeting_id=mother.OTHER_MEETING))
    assert isinstance(moved, TeamMeetingBooked)
    assert (moved.meeting_id, _seats(life)) == (mother.MEETING, 1)


@pytest.mark.parametrize(("not_attended", "reason"), [(False, "called_off"), (True, "not_attended")])
def test_a_cancelled_meeting_frees_its_seat_and_a_new_one_may_be_booked(not_attended: bool, reason: str) -> None:
    life = given(*mother.at_acceptance, mother.booked)
    (fact,) = life.ask(ask.cancel(not_attended=not_attended))
    assert fact == MeetingCancelled(happened_on=mother.MEETS_ON, meeting_id=mother.MEETING, reason=reason)
    assert _seats(life) == 0
    assert life.refusal(ask.hold()) == "no_meeting_booked"
    life.ask(ask.book(meeting_id=mother.OTHER_MEETING))
    assert [each.state for each in life.case.meetings.all] == ["cancelled", "booked"]


def test_a_second_team_meeting_after_one_that_was_held() -> None:
    life = given(*mother.participating)
    life.ask(ask.book(meeting_id=mother.OTHER_MEETING, meets_on=date(2021, 5, 3), booked_on=date(2021, 4, 1)))
    (fact,) = life.ask(ask.hold())
    assert isinstance(fact, TeamMeetingHeld)
    assert fact.meeting_id == mother.OTHER_MEETING
    assert _seats(life) == 2


def test_an_exit_and_a_return_free_the_seats_of_meetings_not_held() -> None:
    life = given(*mother.participating, mother.booked.model_copy(update={"meeting_id": mother.OTHER_MEETING}))
    assert _seats(life) == 2
    facts = life.ask(ask.leave)
    assert facts[1] == MeetingCancelled(
        happened_on=mother.EXITED_ON, meeting_id=mother.OTHER_MEETING, reason="participant_exited"
    )
    assert _seats(life) == 1
    life = given(*mother.at_acceptance, mother.booked)
    ended, cancelled = life.hear(mother.returned)
    assert ended.wire_name() == "PlanningEnded"
    assert isinstance(cancelled, MeetingCancelled)
    assert (cancelled.reason, _seats(life)) == ("referral_returned", 0)


def test_a_meeting_of_another_kind_is_booked_held_and_opens_the_way_to_start() -> None:
    life = given(*AT_MIA)
    assert life.refusal(ask.start) == "meeting_missing"
    (fact,) = life.ask(ask.book(INTRODUCTION, team=None, starts_at=None))
    assert isinstance(fact, MeetingBooked)
    assert (fact.kind, fact.starts_at) == (INTRODUCTION, None)
    assert life.ask(ask.hold(INTRODUCTION)) == (
        MeetingHeld(
            happened_on=mother.MEETS_ON, meeting_id=mother.MEETING, kind=INTRODUCTION, mode=MeetingMode.PHONE
        ),
    )
    assert life.refusal(ask.start) is None
    assert seats(life.case.meetings, mother.MIA) == {}


def test_who_was_there_is_told_in_the_order_of_the_rule_and_never_of_those_whom_it_does_not_name() -> None:
    life = given(*AT_MIA)
    life.ask(ask.book(INTRODUCTION, team=None, starts_at=None))
    held = replace(ask.hold(INTRODUCTION), present=("interpreter", "participant"))
    assert life.refusal(replace(held, present=("participant", "neighbour"))) == "present_unknown"
    (fact,) = life.ask(held)
    assert isinstance(fact, MeetingHeld)
    assert fact.present == ("participant", "interpreter")


def test_without_consent_who_was_there_stays_here_until_the_person_consents() -> None:
    life = given(mother.referred_to(mother.MIA), mother.refused, mother.accepted)
    life.ask(ask.book(INTRODUCTION, team=None, starts_at=None))
    (fact,) = life.ask(replace(ask.hold(INTRODUCTION), present=("interpreter",)))
    assert isinstance(fact, MeetingHeld)
    assert fact.present is None
    assert life.case.meetings.all[0].present == ("interpreter",)
    (told,) = life.hear(mother.consented)
    assert isinstance(told, PlanningDetailsReleased)
    assert told.present == ("interpreter",)


def test_kinds_do_not_mix() -> None:
    life = given(*AT_MIA)
    life.ask(ask.book("trepartsmote", team=None))
    assert life.refusal(ask.hold(INTRODUCTION)) == "no_meeting_booked"
    (fact,) = life.ask(ask.cancel("trepartsmote", not_attended=True))
    assert isinstance(fact, MeetingCancelled)
    assert life.refusal(ask.book(INTRODUCTION)) == "team_not_used"
    assert life.refusal(ask.book("no-such-meeting", team=None)) == "meeting_unknown"


# year, seats by telephone, seats in person, length of the hour
@pytest.mark.parametrize(("year", "version", "room"), [(2020, 1, 2), (2021, 2, 2), (2025, 3, 1)])
@pytest.mark.parametrize("mode", [MeetingMode.PHONE, MeetingMode.PHYSICAL, MeetingMode.DIGITAL])
def test_finsam_team_in_its_three_versions(year: int, version: int, room: int, mode: MeetingMode) -> None:
    referral = mother.referred_to(mother.FINSAM, date(year, 2, 1))
    life = given(referral, mother.consented, ReferralAccepted(happened_on=date(year, 2, 2)))
    day, today = date(year, 2, 10), date(year, 3, 1)

    def booking(others: int, team: str = "team-3") -> str | None:
        return life.refusal(
            ask.book(mode=mode, others=others, team=team, meets_on=day, booked_on=date(year, 2, 3), today=today)
        )

    assert referral.rule.version == version
    assert (booking(room - 1), booking(room)) == (None, "session_full")
    assert booking(0, "team-6") == ("team_unknown" if version == 3 else None)
