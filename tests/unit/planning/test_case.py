"""How a case takes in facts, above all those that come at an unexpected moment."""

from functools import reduce

import pytest

from services.planning.domain import (
    Accepted,
    Booked,
    Case,
    Consent,
    Exited,
    Fact,
    Held,
    NotReferred,
    Participating,
    Place,
    Returned,
    evolve,
    place,
)
from tests.unit.planning.mother import (
    FINSAM,
    MEETS_ON,
    NINE,
    accepted,
    at_acceptance,
    booked,
    consented,
    exited,
    left,
    met,
    participating,
    received,
    refused,
    returned,
    started,
    withdrawn,
    without_consent,
)

THE_PLACE = Place(FINSAM, "team-1", MEETS_ON, NINE)


def after(*facts: Fact) -> Case:
    nothing: Case = NotReferred()
    return reduce(evolve, facts, nothing)


@pytest.mark.parametrize("before", [participating, left], ids=["taking part", "left"])
def test_a_late_return_changes_nothing(before: tuple[Fact, ...]) -> None:
    assert after(*before, returned) == after(*before)


def test_until_the_start_the_referral_services_latest_word_counts() -> None:
    assert isinstance(after(*met, returned), Returned)
    assert after(*met, returned, accepted) == after(*met)


def test_the_same_referral_received_again_changes_nothing() -> None:
    assert after(*met, received) == after(*met)


@pytest.mark.parametrize("fact", [consented, refused, withdrawn, accepted, returned, booked, started, exited])
def test_nothing_is_known_before_the_referral(fact: Fact) -> None:
    assert after(fact) == NotReferred()


def test_consent_is_followed_to_the_end() -> None:
    states = [after(*before, withdrawn) for before in (at_acceptance, met, participating, left)]
    assert [type(state) for state in states] == [Accepted, Accepted, Participating, Exited]
    assert {state.referral.consent for state in states if not isinstance(state, NotReferred)} == {Consent.WITHDRAWN}


def test_a_case_without_a_meeting_takes_no_place() -> None:
    assert place(after()) is None
    assert place(after(received)) is None
    assert place(after(*at_acceptance)) is None


def test_a_booking_takes_a_place_and_the_meeting_keeps_it() -> None:
    assert place(after(*at_acceptance, booked)) == THE_PLACE
    assert place(after(*met)) == THE_PLACE
    assert place(after(*met, returned)) == THE_PLACE
    assert place(after(*left)) == THE_PLACE


def test_a_booking_that_will_not_be_used_gives_its_place_back() -> None:
    assert place(after(*at_acceptance, booked, returned)) is None
    assert place(after(*without_consent, started, booked, exited)) is None


def test_a_meeting_moved_takes_one_place() -> None:
    moved = booked.model_copy(update={"team": "team-2"})
    assert place(after(*at_acceptance, booked, moved)) == Place(FINSAM, "team-2", MEETS_ON, NINE)


def test_a_meeting_held_remembers_its_booking() -> None:
    case = after(*met)
    assert isinstance(case, Accepted)
    assert isinstance(case.course.meeting, Held)
    assert isinstance(case.course.meeting.booking, Booked)
    assert case.course.meeting.held_on == MEETS_ON
