"""What the referring agency is told of its referral, whatever order things are heard of in and what is taken back."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from contracts import agency, planning, referral
from contracts.agency import BookedMeeting, ReferralProgressed, ReferralProgressTakenBack
from contracts.codes import MeetingMode
from contracts.corrections import RegisteredInError, effective
from contracts.envelope import Event, Fact
from contracts.events import event_of
from contracts.planning import CasePutOnHold, MeetingCancelled, TeamMeetingBooked, TeamMeetingHeld
from contracts.referral import ReferralReturned
from services.referral.domain.feedback import Referral, missing, stream_of
from tests.unit.referral.mother import accepted, exited, received, reopened, returned, started
from tests.unit.referral.mother import given as consent

CASE: Final = UUID(int=1)
TODAY: Final = date(2021, 3, 1)
FIRST: Final = datetime(2021, 2, 8, 9, tzinfo=UTC)
REFERRAL: Final = Referral(CASE, "stockholms-stad", "SOC-2021-88", "finsam-team")
MEETING: Final = UUID(int=7)

booked: Final = TeamMeetingBooked(
    happened_on=date(2021, 2, 12),
    meeting_id=MEETING,
    team="team-1",
    meets_on=date(2021, 2, 18),
    starts_at=time(9),
    mode=MeetingMode.PHYSICAL,
)
cancelled: Final = MeetingCancelled(happened_on=date(2021, 2, 15), meeting_id=MEETING, reason="called_off")
held: Final = TeamMeetingHeld(
    happened_on=date(2021, 2, 18), meeting_id=MEETING, team="team-1", mode=MeetingMode.PHYSICAL
)
on_hold: Final = CasePutOnHold(happened_on=date(2021, 2, 20), reason="illness")


def _id(source: str, sequence: int) -> UUID:
    return uuid5(CASE, f"{source} {sequence}")


def _stream(source: str, facts: Sequence[Fact]) -> list[Event[Any]]:
    return [_event(source, fact, sequence) for sequence, fact in enumerate(facts, start=1)]


def _event(source: str, fact: Fact, sequence: int, cause: UUID | None = None) -> Event[Any]:
    return event_of(
        fact,
        event_id=_id(source, sequence),
        stream_id=CASE,
        sequence=sequence,
        recorded=FIRST + timedelta(hours=sequence, days=1 if source == planning.SOURCE else 0),
        actor="service:referral",
        source=source,
        causation_id=cause,
    )


def _in_error(sequence: int) -> RegisteredInError:
    return RegisteredInError(happened_on=TODAY, event_id=_id(planning.SOURCE, sequence), reason="wrong_person")


class Outbox:
    """What an agency has been told, as the service appends it."""

    def __init__(self) -> None:
        self.log: list[Event[Any]] = []

    def bring_up_to_date(self, log: Sequence[Event[Any]]) -> list[Fact]:
        """Appends what is missing; returns it."""
        found = missing(REFERRAL, log, self.log, TODAY)
        for each in found:
            self.log.append(_event(agency.SOURCE, each.fact, len(self.log) + 1, each.cause))
        return [each.fact for each in found]

    def standing(self) -> set[tuple[UUID | None, str]]:
        """What the agency believes: steps by the event that each is about."""
        gone = {event.data.progress_id for event in self.log if isinstance(event.data, ReferralProgressTakenBack)}
        return {
            (event.causationid, event.data.step)
            for event in self.log
            if isinstance(event.data, ReferralProgressed) and event.id not in gone
        }


def _steps(facts: Sequence[Fact]) -> list[tuple[str, date]]:
    return [(fact.step, fact.happened_on) for fact in facts if isinstance(fact, ReferralProgressed)]


def test_the_referrer_hears_of_each_step_from_the_acceptance_to_the_end() -> None:
    log = [
        *_stream(referral.SOURCE, [received, consent, accepted]),
        *_stream(planning.SOURCE, [booked, cancelled, booked, held, started, on_hold, exited, reopened]),
    ]
    assert _steps(Outbox().bring_up_to_date(log)) == [
        ("accepted", accepted.happened_on),
        ("meeting_booked", booked.happened_on),
        ("meeting_cancelled", cancelled.happened_on),
        ("meeting_booked", booked.happened_on),
        ("meeting_held", held.happened_on),
        ("started", started.happened_on),
        ("ended", exited.happened_on),
        ("reopened", reopened.happened_on),
    ]


def test_it_names_the_referral_by_the_agency_s_own_reference() -> None:
    [fact] = Outbox().bring_up_to_date(_stream(referral.SOURCE, [received, consent, accepted]))
    assert isinstance(fact, ReferralProgressed)
    assert (fact.agency, fact.reference, fact.case_id, fact.insats) == (
        "stockholms-stad",
        "SOC-2021-88",
        CASE,
        "finsam-team",
    )


def test_a_booking_says_when_and_how_the_meeting_is_held() -> None:
    [fact] = Outbox().bring_up_to_date([*_stream(referral.SOURCE, [received]), *_stream(planning.SOURCE, [booked])])
    assert isinstance(fact, ReferralProgressed)
    assert fact.meeting == BookedMeeting(meets_on=date(2021, 2, 18), starts_at=time(9), mode=MeetingMode.PHYSICAL)


def test_a_return_says_why_where_the_person_consents_to_that() -> None:
    without = returned.model_copy(update={"reason": None})
    for fact, reason in ((returned, "relapse"), (without, None)):
        assert isinstance(fact, ReferralReturned)
        [told] = Outbox().bring_up_to_date(_stream(referral.SOURCE, [received, consent, fact]))
        assert isinstance(told, ReferralProgressed)
        assert (told.step, told.reason) == ("returned", reason)


def test_a_step_registered_in_error_is_taken_back() -> None:
    outbox = Outbox()
    log = _stream(planning.SOURCE, [started, exited, _in_error(2)])
    outbox.bring_up_to_date(log[:2])
    [fact] = outbox.bring_up_to_date(log)
    assert isinstance(fact, ReferralProgressTakenBack)
    assert (fact.progress_id, fact.happened_on) == (outbox.log[1].id, TODAY)
    assert {step for _, step in outbox.standing()} == {"started"}


def test_a_step_whose_correction_is_taken_back_is_told_again() -> None:
    outbox = Outbox()
    log = _stream(planning.SOURCE, [started, exited, _in_error(2), _in_error(3)])
    for known in (2, 3):
        outbox.bring_up_to_date(log[:known])
    assert {step for _, step in outbox.standing()} == {"started"}
    assert _steps(outbox.bring_up_to_date(log)) == [("ended", exited.happened_on)]
    assert {step for _, step in outbox.standing()} == {"started", "ended"}


OWN: Final = _stream(referral.SOURCE, [received, consent, accepted, returned])
PLANNED: Final = _stream(
    planning.SOURCE,
    [booked, cancelled, booked, held, started, exited, _in_error(6), reopened, _in_error(7), _in_error(4)],
)


@given(cuts=st.lists(st.tuples(st.integers(0, len(OWN)), st.integers(0, len(PLANNED)))), order=st.randoms())
def test_whatever_was_heard_of_when_the_agency_ends_up_knowing_what_counts(
    cuts: list[tuple[int, int]], order: Any
) -> None:
    """Both services' events become known bit by bit, shuffled; nothing is told twice, nothing is left out."""
    outbox = Outbox()
    for own, planned in [*sorted(cuts), (len(OWN), len(PLANNED))]:
        log = [*OWN[:own], *PLANNED[:planned]]
        order.shuffle(log)
        outbox.bring_up_to_date(log)
        assert outbox.bring_up_to_date(log) == []
        counts = {each.id for each in effective(log)}
        assert {cause for cause, _ in outbox.standing()} <= counts
    once = Outbox()
    once.bring_up_to_date([*OWN, *PLANNED])
    assert outbox.standing() == once.standing()
    assert len(outbox.standing()) == len({cause for cause, _ in outbox.standing()})


def test_the_feedback_of_a_case_is_a_stream_of_its_own() -> None:
    assert stream_of(CASE) not in {CASE, stream_of(UUID(int=2))}
