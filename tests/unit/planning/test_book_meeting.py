"""Booking a team meeting: a place in a session that has room for two cases (follow-up 2021, L243-244)."""

from dataclasses import replace
from datetime import date, time

import pytest

from contracts.codes import MeetingMode
from contracts.planning import TeamMeetingBooked
from services.planning.domain import BookMeeting
from tests.unit.planning.mother import (
    ACCEPTED_ON,
    BOOKED_ON,
    MEETING,
    MEETS_ON,
    MIA,
    NINE,
    OTHER_MEETING,
    TODAY,
    accepted,
    at_acceptance,
    booked,
    left,
    met,
    received,
    referred_to,
    returned,
    spec,
    started,
)

book = BookMeeting(
    meeting_id=MEETING,
    booked_on=BOOKED_ON,
    team="team-1",
    meets_on=MEETS_ON,
    starts_at=NINE,
    mode=MeetingMode.PHONE,
    others=0,
    today=BOOKED_ON,
)


def test_takes_a_place_in_a_session() -> None:
    spec.given(*at_acceptance).when(book).then(booked)


def test_takes_the_last_place() -> None:
    spec.given(*at_acceptance).when(replace(book, others=1)).then(booked)


def test_a_session_has_no_third_place() -> None:
    spec.given(*at_acceptance).when(replace(book, others=2)).then_refused("session_full")


def test_on_the_day_of_acceptance_for_the_same_day() -> None:
    same_day = replace(book, booked_on=ACCEPTED_ON, meets_on=ACCEPTED_ON)
    expected = booked.model_copy(update={"happened_on": ACCEPTED_ON, "meets_on": ACCEPTED_ON})
    spec.given(*at_acceptance).when(same_day).then(expected)


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(book, meeting_id=OTHER_MEETING, team="team-2"),
        replace(book, meeting_id=OTHER_MEETING, meets_on=date(2021, 3, 2)),
        replace(book, meeting_id=OTHER_MEETING, starts_at=time(10, 30)),
    ],
    ids=["another team", "another day", "another time"],
)
def test_moves_to_another_session(elsewhere: BookMeeting) -> None:
    expected = TeamMeetingBooked(
        happened_on=BOOKED_ON,
        meeting_id=OTHER_MEETING,
        team=elsewhere.team,
        meets_on=elsewhere.meets_on,
        starts_at=elsewhere.starts_at,
        mode=MeetingMode.PHONE,
    )
    spec.given(*at_acceptance, booked).when(elsewhere).then(expected)


def test_is_not_moved_into_a_full_session() -> None:
    moved = replace(book, team="team-2", others=2)
    spec.given(*at_acceptance, booked).when(moved).then_refused("session_full")


def test_the_same_booking_again_is_refused() -> None:
    spec.given(*at_acceptance, booked).when(book).then_refused("already_booked")


def test_the_same_booking_again_says_so_even_if_the_session_is_full_by_now() -> None:
    spec.given(*at_acceptance, booked).when(replace(book, others=1)).then_refused("already_booked")


def test_not_once_a_meeting_was_held() -> None:
    spec.given(*met).when(replace(book, meets_on=TODAY, today=TODAY)).then_refused("meeting_already_held")


def test_a_team_is_one_of_the_insats() -> None:
    spec.given(*at_acceptance).when(replace(book, team="team-7")).then_refused("team_unknown", field="team")


def test_an_insats_without_teams_has_no_team_meetings() -> None:
    spec.given(referred_to(MIA), accepted).when(book).then_refused("no_team_meetings")


def test_not_booked_in_the_future() -> None:
    late = replace(book, today=ACCEPTED_ON)
    spec.given(*at_acceptance).when(late).then_refused("in_future", field="booked_on")


def test_not_booked_before_acceptance() -> None:
    early = replace(book, booked_on=date(2021, 2, 9))
    spec.given(*at_acceptance).when(early).then_refused("before_acceptance", field="booked_on")


def test_not_before_the_booking() -> None:
    backwards = replace(book, meets_on=date(2021, 2, 11))
    spec.given(*at_acceptance).when(backwards).then_refused("meets_before_booking", field="meets_on")


def test_not_on_a_day_without_rules() -> None:
    before_all = replace(book, meets_on=date(2019, 12, 31))
    spec.given(*at_acceptance).when(before_all).then_refused("no_rule", field="meets_on")


def test_not_for_a_case_nobody_referred() -> None:
    spec.given().when(book).then_refused("case_unknown")


def test_not_before_the_referral_is_accepted() -> None:
    spec.given(received).when(book).then_refused("not_accepted")


def test_not_for_a_returned_referral() -> None:
    spec.given(received, returned).when(book).then_refused("returned")


def test_a_return_gives_the_place_back_and_ends_planning() -> None:
    spec.given(*at_acceptance, booked, returned).when(book).then_refused("returned")


def test_a_referral_accepted_after_all_may_be_booked_anew() -> None:
    spec.given(*at_acceptance, booked, returned, accepted).when(book).then(booked)


def test_still_possible_after_a_start_that_needed_no_meeting() -> None:
    spec.given(*at_acceptance, started).when(book).then(booked)


def test_not_after_the_exit() -> None:
    spec.given(*left).when(book).then_refused("exited")
