"""What taking back an event gives back: seats in sessions, and the meetings that an exit had cancelled."""

from datetime import date, time, timedelta

import pytest

from contracts import referral
from contracts.corrections import RegisteredInError
from contracts.planning import (
    CaseHandedBack,
    MeetingCancelled,
    ParticipantExited,
    PlanningEnded,
    TeamMeetingBooked,
)
from contracts.problems import Conflict
from contracts.referral import ReferralAccepted
from services.planning.domain.case import Stage
from services.planning.domain.meetings import seats
from tests.unit.planning import commands as ask
from tests.unit.planning import mother
from tests.unit.planning.mother import Life, given

NEXT_MEETING = mother.booked.model_copy(
    update={"meeting_id": mother.OTHER_MEETING, "meets_on": mother.TODAY, "happened_on": mother.STARTED_ON}
)
FULL = 2  # seats by telephone in 2021's rule


def _seats(life: Life) -> list[time]:
    return sorted(seat.starts_at for seat in seats(life.case.meetings, mother.FINSAM).values())


def _states(life: Life) -> list[str]:
    return [each.state for each in life.case.meetings.all]


def _stage(life: Life) -> Stage:
    return life.case.stage


def test_a_cancellation_is_taken_back_while_the_session_has_room() -> None:
    life = given(*mother.at_acceptance, mother.booked)
    life.ask(ask.cancel())
    with pytest.raises(Conflict, match="session_full"):
        life.take_back(life.id_of(MeetingCancelled), others=FULL)
    assert _seats(life) == []
    life.take_back(life.id_of(MeetingCancelled), others=FULL - 1)
    assert (_states(life), _seats(life)) == (["booked"], [mother.NINE])


def test_a_move_is_taken_back_while_the_session_it_moved_from_has_room() -> None:
    life = given(*mother.at_acceptance, mother.booked)
    life.ask(ask.book(starts_at=time(10)))
    with pytest.raises(Conflict, match="session_full"):
        life.take_back(life.id_of(TeamMeetingBooked), others=FULL)
    assert _seats(life) == [time(10)]
    life.take_back(life.id_of(TeamMeetingBooked), others=FULL - 1)
    assert _seats(life) == [mother.NINE]


def test_a_correction_is_taken_back_while_the_session_has_room() -> None:
    life = given(*mother.at_acceptance, mother.booked)
    life.take_back(life.id_of(TeamMeetingBooked))
    assert _seats(life) == []
    with pytest.raises(Conflict, match="session_full"):
        life.take_back(life.id_of(RegisteredInError), others=FULL)
    life.take_back(life.id_of(RegisteredInError))
    assert _seats(life) == [mother.NINE]


def test_what_gives_no_seat_back_is_taken_back_however_full_its_session_is() -> None:
    life = given(*mother.met)
    life.take_back(life.log[-1].id, others=FULL)
    assert (_states(life), _seats(life)) == (["booked"], [mother.NINE])


def test_an_exit_taken_back_takes_back_the_cancellations_it_caused() -> None:
    life = given(*mother.participating, NEXT_MEETING)
    life.ask(ask.leave)
    assert (_stage(life), _states(life)) == (Stage.EXITED, ["held", "cancelled"])
    exit_id, cancellation_id = life.id_of(ParticipantExited), life.id_of(MeetingCancelled)
    facts = life.take_back(exit_id, others=FULL - 1)
    back = life.id_of(CaseHandedBack)
    taken = [fact.event_id for fact in facts if isinstance(fact, RegisteredInError)]
    assert taken == [exit_id, cancellation_id, back]
    assert {each.causationid for each in life.log[-2:]} == {life.log[-3].id}
    assert (_stage(life), _states(life)) == (Stage.PARTICIPATING, ["held", "booked"])


@pytest.mark.parametrize(
    ("others", "today"), [(FULL, mother.TODAY), (0, mother.TODAY + timedelta(days=1))], ids=["full", "passed"]
)
def test_a_meeting_stays_cancelled_if_its_session_is_full_or_its_day_has_passed(others: int, today: date) -> None:
    life = given(*mother.participating, NEXT_MEETING)
    life.ask(ask.leave)
    life.take_back(life.id_of(ParticipantExited), others=others, today=today)
    assert (_stage(life), _states(life)) == (Stage.PARTICIPATING, ["held", "cancelled"])


def test_a_cancellation_before_the_exit_stays_when_the_exit_is_taken_back() -> None:
    life = given(*mother.participating, NEXT_MEETING)
    life.ask(ask.cancel(on=mother.EXITED_ON))
    life.ask(ask.leave)
    life.take_back(life.id_of(ParticipantExited))
    assert _states(life) == ["held", "cancelled"]


def test_an_exit_that_was_right_after_all_cancels_its_meetings_again() -> None:
    life = given(*mother.participating, NEXT_MEETING)
    life.ask(ask.leave)
    life.take_back(life.id_of(ParticipantExited))
    correction = life.log[-3].id
    life.take_back(correction, others=FULL)
    assert (_stage(life), _states(life)) == (Stage.EXITED, ["held", "cancelled"])
    assert _seats(life) == [mother.NINE]


def test_an_exit_cannot_be_right_after_all_once_a_meeting_it_had_cancelled_was_held() -> None:
    life = given(*mother.participating, NEXT_MEETING)
    life.ask(ask.leave)
    life.take_back(life.id_of(ParticipantExited))
    correction = life.log[-3].id
    life.ask(ask.hold())
    with pytest.raises(Conflict, match="later_events_depend"):
        life.take_back(correction)
    assert _states(life) == ["held", "held"]


class TestAnAcceptanceTakenBack:
    """Somebody was taken on by mistake: planning ends what it had begun, and goes on if they are taken on again."""

    def _undone(self) -> Life:
        life = given(*mother.at_acceptance, mother.booked, mother.planned)
        accepted = life.id_of(ReferralAccepted)
        sequence = sum(each.source == referral.SOURCE for each in life.log) + 1
        undone = RegisteredInError(happened_on=mother.TODAY, event_id=accepted, reason="registered_in_error")
        life.hear_event(mother.event(undone, sequence, referral.SOURCE))
        return life

    def test_its_meeting_is_cancelled_and_its_plan_followed_up_no_more(self) -> None:
        life = self._undone()
        assert life.case.stage is Stage.REFERRED
        ended = [each.data for each in life.log if isinstance(each.data, PlanningEnded)]
        assert [each.happened_on for each in ended] == [mother.TODAY]
        (cancelled,) = [each.data for each in life.log if isinstance(each.data, MeetingCancelled)]
        assert cancelled.reason == "acceptance_taken_back"
        assert life.refusal(ask.book(meeting_id=mother.OTHER_MEETING)) == "not_accepted"

    def test_taken_on_again_planning_goes_on(self) -> None:
        life = self._undone()
        again = mother.accepted.model_copy(update={"happened_on": mother.TODAY})
        sequence = sum(each.source == referral.SOURCE for each in life.log) + 1
        (resumed,) = life.hear_event(mother.event(again, sequence, referral.SOURCE))
        assert isinstance(resumed, RegisteredInError)
        assert resumed.event_id == life.id_of(PlanningEnded)
        assert life.case.planning_ended_on is None
        assert life.case.stage is Stage.ACCEPTED
