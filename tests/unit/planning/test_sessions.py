"""Sessions with declared places: declare, add, hold back, free, cancel, and what that lets a case book."""

from dataclasses import replace
from datetime import date, time

import pytest

from contracts.catalogue import INSATSER
from contracts.codes import MeetingMode
from contracts.planning import CapacityDeclared, CapacityWithdrawn
from services.planning.domain.awaiting import AwaitingSeat, awaiting_seat
from services.planning.domain.decide_sessions import CancelSession, DeclareSession, SessionCommand, decide
from services.planning.domain.meetings import Seat
from services.planning.domain.sessions import Occupancy, SessionTerms, fold, stream_of
from tests.spec import DeciderSpec
from tests.unit.planning import commands as ask
from tests.unit.planning import mother
from tests.unit.planning.mother import Life, given

SESSION = Seat(mother.FINSAM, "team-1", mother.MEETS_ON, mother.NINE)
DAY = mother.BOOKED_ON
PHONE, PHYSICAL = MeetingMode.PHONE, MeetingMode.PHYSICAL

CapacityFact = CapacityDeclared | CapacityWithdrawn


def _evolve(terms: SessionTerms | None, fact: CapacityFact) -> SessionTerms | None:
    if isinstance(fact, CapacityWithdrawn):
        return None if terms is None else replace(terms, cancelled=True)
    return SessionTerms(fact.seats, fact.reserved, fact.reserved_for, fact.area, fact.extra)


def _spec(others: int = 0, in_reserved: int = 0) -> DeciderSpec[SessionCommand, SessionTerms | None, CapacityFact]:
    """A session in which so many cases have a place."""

    def decided(command: SessionCommand, terms: SessionTerms | None) -> list[CapacityFact]:
        return [decide(replace(command, found=Occupancy(others, in_reserved, terms)), INSATSER)]

    return DeciderSpec(decide=decided, evolve=_evolve, initial=None)


def _declare(seats: int = 2, **changed: object) -> DeclareSession:
    command = DeclareSession(SESSION, seats, 0, None, None, extra=False, today=DAY)
    return replace(command, **changed)  # type: ignore[arg-type]  # a field's value by its name


def _declared(seats: int = 2, **changed: object) -> CapacityDeclared:
    fact = CapacityDeclared(
        happened_on=DAY,
        kind="session",
        insats=mother.FINSAM,
        resource="team-1",
        meets_on=mother.MEETS_ON,
        starts_at=mother.NINE,
        seats=seats,
    )
    return fact.model_copy(update=changed)


CANCEL = CancelSession(SESSION, DAY)
CANCELLED = CapacityWithdrawn(
    happened_on=DAY,
    kind="session",
    insats=mother.FINSAM,
    resource="team-1",
    meets_on=mother.MEETS_ON,
    starts_at=mother.NINE,
)


def test_a_session_is_declared_gets_a_place_more_and_is_cancelled() -> None:
    _spec().given().when(_declare(1, area="farsta", extra=True)).then(_declared(1, area="farsta", extra=True))
    _spec(1).given(_declared(1)).when(_declare(2)).then(_declared(2))
    _spec().given(_declared()).when(CANCEL).then(CANCELLED)
    _spec().given(_declared(), CANCELLED).when(_declare()).then(_declared())


def test_places_are_held_back_for_the_telephone_and_freed() -> None:
    held_back = _declared(reserved=1, reserved_for=PHONE)
    _spec(1).given(_declared()).when(_declare(reserved=1, reserved_for=PHONE)).then(held_back)
    _spec(2, in_reserved=1).given(_declared()).when(_declare(reserved=1, reserved_for=PHONE)).then(held_back)
    _spec(1).given(held_back).when(_declare()).then(_declared())
    _spec().given().when(_declare(reserved=0, reserved_for=PHONE)).then(_declared())


@pytest.mark.parametrize(
    ("command", "code", "field"),
    [
        (_declare(session=replace(SESSION, insats=mother.MIA)), "no_sessions", None),
        (_declare(session=replace(SESSION, insats="no-such")), "insats_unknown", None),
        (_declare(session=replace(SESSION, team="team-9")), "team_unknown", "team"),
        (_declare(session=replace(SESSION, meets_on=date(2019, 1, 1))), "no_rule", "meets_on"),
        (_declare(session=replace(SESSION, meets_on=date(2021, 2, 11))), "in_past", "meets_on"),
        (_declare(3), "seats_out_of_range", "seats"),
        (_declare(0), "seats_out_of_range", "seats"),
        (_declare(2, reserved=3), "reserved_out_of_range", "reserved"),
        (_declare(area="no-such"), "area_unknown", "area"),
        (
            _declare(1, session=replace(SESSION, meets_on=date(2026, 3, 2)), extra=True),
            "extra_not_used",
            "extra",
        ),
        (_declare(2, session=replace(SESSION, meets_on=date(2026, 3, 2))), "seats_out_of_range", "seats"),
    ],
)
def test_what_the_rule_of_the_day_does_not_allow_is_refused(
    command: DeclareSession, code: str, field: str | None
) -> None:
    _spec().given().when(command).then_refused(code, field=field)


def test_what_is_taken_is_not_taken_away() -> None:
    _spec(2).given(_declared()).when(_declare(1)).then_refused("places_taken")
    _spec(2).given(_declared()).when(_declare(reserved=1)).then_refused("places_taken")
    _spec(1).given(_declared()).when(CANCEL).then_refused("places_taken")
    _spec(2).given().when(_declare(1)).then_refused("places_taken")


def test_a_command_repeated_is_refused() -> None:
    _spec().given(_declared()).when(_declare()).then_refused("already_declared")
    _spec().given(_declared(), CANCELLED).when(CANCEL).then_refused("already_cancelled")
    _spec().given().when(CANCEL).then_refused("not_declared")


def _refusal(found: Occupancy, mode: MeetingMode = PHONE) -> str | None:
    return given(*mother.at_acceptance).refusal(ask.book(mode=mode, found=found))


def test_a_case_books_a_place_that_is_free_and_no_other() -> None:
    one = SessionTerms(1)
    assert _refusal(Occupancy(0, 0, one)) is None
    assert _refusal(Occupancy(1, 0, one)) == "session_full"
    assert _refusal(Occupancy(0, 0, replace(one, cancelled=True))) == "session_cancelled"


def test_how_many_places_are_free_and_when_a_session_is_full() -> None:
    terms = SessionTerms(2, reserved=1, reserved_for=PHONE)
    shown = [
        (found.free, found.held_back(), found.full)
        for found in (
            Occupancy(0, 0, terms),
            Occupancy(1, 0, terms),
            Occupancy(1, 1, terms),
            Occupancy(2, 1, terms),
        )
    ]
    assert shown == [(1, 1, False), (0, 1, False), (1, 0, False), (0, 0, True)]
    assert (Occupancy(1).free, Occupancy(1).full) == (0, False), "not declared: the rule says how many"


def test_a_place_held_back_is_for_those_who_meet_that_way() -> None:
    terms = SessionTerms(2, reserved=1, reserved_for=PHONE)
    assert _refusal(Occupancy(1, 0, terms), PHONE) is None
    assert _refusal(Occupancy(1, 0, terms), PHYSICAL) == "places_reserved"
    assert _refusal(Occupancy(1, 1, terms), PHYSICAL) is None
    assert _refusal(Occupancy(1, 0, SessionTerms(2, reserved=1)), PHONE) == "places_reserved"
    assert _refusal(Occupancy(2, 1, terms), PHYSICAL) == "session_full"


def test_a_case_of_another_district_takes_a_free_place_and_the_booking_says_which_team() -> None:
    life = given(*mother.at_acceptance)
    elsewhere = Occupancy(0, 0, SessionTerms(2, area="farsta"))
    assert mother.received.unit == "rinkeby-kista"
    (fact,) = life.ask(ask.book(team="team-4", found=elsewhere))
    assert fact == mother.booked.model_copy(update={"team": "team-4"})


def test_where_the_rule_keeps_districts_apart_a_session_of_another_is_refused() -> None:
    insats = INSATSER[mother.FINSAM]
    apart = tuple(
        rule.model_copy(
            update={"capacity": tuple(each.model_copy(update={"across_areas": False}) for each in rule.capacity)}
        )
        for rule in insats.versions
    )
    catalogue = {mother.FINSAM: insats.model_copy(update={"versions": apart})}
    for area, code in (("farsta", "other_area"), ("rinkeby-kista", None), (None, None)):
        booking = ask.book(found=Occupancy(0, 0, SessionTerms(2, area=area)))
        assert Life(catalogue=catalogue).add(*mother.at_acceptance).refusal(booking) == code


def test_who_waits_for_a_seat() -> None:
    waits = AwaitingSeat(mother.FINSAM, "rinkeby-kista", mother.REFERRED_ON, mother.ACCEPTED_ON)
    life = given(mother.received, mother.consented)
    assert awaiting_seat(life.case, INSATSER) is None
    life.hear(mother.accepted)
    assert awaiting_seat(life.case, INSATSER) == waits
    life.ask(ask.book())
    assert awaiting_seat(life.case, INSATSER) is None
    life.ask(ask.cancel(not_attended=True))
    assert awaiting_seat(life.case, INSATSER) == waits
    life.hear(mother.returned)
    assert awaiting_seat(life.case, INSATSER) is None
    elsewhere = given(mother.referred_to(mother.MIA), mother.consented, mother.accepted)
    assert awaiting_seat(elsewhere.case, INSATSER) is None, "no session, no seat to wait for"
    assert awaiting_seat(given(*mother.met).case, INSATSER) is None


def test_a_session_is_the_fold_of_its_stream() -> None:
    facts = [_declared(2, reserved=1, reserved_for=PHONE), _declared(2), CANCELLED]
    log = [mother.event(fact, nth, fact.sources[0]) for nth, fact in enumerate(facts, start=1)]
    assert [fold(log[:many]) for many in range(4)] == [
        None,
        SessionTerms(2, 1, PHONE),
        SessionTerms(2),
        SessionTerms(2, cancelled=True),
    ]


def test_a_session_has_one_stream_and_another_session_another() -> None:
    others = [
        replace(SESSION, team="team-2"),
        replace(SESSION, starts_at=time(9, 30)),
        replace(SESSION, meets_on=DAY),
        replace(SESSION, insats="bron"),
    ]
    assert stream_of(SESSION) == stream_of(replace(SESSION))
    assert len({stream_of(each) for each in [SESSION, *others]}) == 5
