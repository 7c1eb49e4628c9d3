"""Absences: registered, refused, ended, taken back; and in whose list what is owed stands meanwhile."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import Fact
from contracts.followup import AbsenceEnded, WorkerAbsent
from contracts.problems import Refused
from services.followup.domain.absences import (
    Absence,
    Absences,
    evolve,
    stood_in_for,
    stream_of,
    substitute_on,
)
from services.followup.domain.decide_absence import AbsenceCommand, EndAbsence, RegisterAbsence, decide
from tests.spec import DeciderSpec

DAY = timedelta(days=1)
TODAY = date(2021, 6, 14)
FIRST, LAST = date(2021, 7, 5), date(2021, 8, 1)
ID = UUID(int=1)
LEAVE = Absence(ID, "lova", "lo", FIRST, LAST)
REGISTERED = WorkerAbsent(
    happened_on=TODAY, absence_id=ID, worker_id="lova", first_day=FIRST, last_day=LAST, substitute="lo"
)


def _decide(command: AbsenceCommand, state: Absences) -> tuple[Fact, ...]:
    return (decide(command, state),)


spec: DeciderSpec[AbsenceCommand, Absences, Fact] = DeciderSpec(_decide, evolve, Absences())


def back(on: date, told_on: date = TODAY) -> AbsenceEnded:
    return AbsenceEnded(happened_on=told_on, absence_id=ID, worker_id="lova", back_on=on)


def test_a_worker_is_away_and_another_stands_in() -> None:
    spec.given().when(RegisterAbsence(LEAVE, TODAY)).then(REGISTERED)
    assert evolve(Absences(), REGISTERED).all == (LEAVE,)
    assert stream_of("lova") != stream_of("lo")


def test_who_fell_ill_is_registered_the_day_after() -> None:
    ill = replace(LEAVE, first_day=TODAY - DAY, last_day=TODAY)
    [registered] = spec.given().when(RegisterAbsence(ill, TODAY)).facts
    assert isinstance(registered, WorkerAbsent)
    assert (registered.first_day, registered.happened_on) == (TODAY - DAY, TODAY)


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"first_day": LAST, "last_day": FIRST}, "days_reversed", "last_day"),
        ({"first_day": TODAY - 9 * DAY, "last_day": TODAY - DAY}, "absence_over", "last_day"),
        ({"last_day": FIRST + 367 * DAY}, "absence_too_long", "last_day"),
        ({"substitute": "lova"}, "own_substitute", "substitute"),
    ],
)
def test_what_cannot_be_is_refused(changed: Mapping[str, object], code: str, field: str) -> None:
    wanted = replace(LEAVE, **changed)  # type: ignore[arg-type]
    spec.given().when(RegisterAbsence(wanted, TODAY)).then_refused(code, field=field)


def test_nobody_is_away_twice_on_a_day() -> None:
    known = spec.given(REGISTERED)
    for first_day, last_day in ((FIRST, LAST), (TODAY, FIRST), (LAST, LAST + DAY), (FIRST + DAY, FIRST + DAY)):
        again = Absence(UUID(int=2), "lova", "bo", first_day, last_day)
        known.when(RegisterAbsence(again, TODAY)).then_refused("absence_overlaps")
    after = Absence(UUID(int=2), "lova", "bo", LAST + DAY, LAST + 9 * DAY)
    assert known.when(RegisterAbsence(after, TODAY)).refused is None


def test_she_is_back_before_the_last_day_or_was_never_away() -> None:
    known = spec.given(REGISTERED)
    known.when(EndAbsence(ID, FIRST + DAY, FIRST)).then(back(FIRST + DAY, FIRST))
    known.when(EndAbsence(ID, FIRST, TODAY)).then(back(FIRST))
    [shortened] = evolve(evolve(Absences(), REGISTERED), back(FIRST + DAY)).all
    assert (shortened.first_day, shortened.last_day) == (FIRST, FIRST)
    never = spec.given(REGISTERED, back(FIRST))
    assert not any(each.covers(FIRST + nth * DAY) for each in never.state.all for nth in range(-40, 40))
    assert never.when(RegisterAbsence(replace(LEAVE, absence_id=UUID(int=2)), TODAY)).refused is None


def test_what_is_over_is_not_ended_and_the_day_back_lies_within() -> None:
    known = spec.given(REGISTERED)
    known.when(EndAbsence(UUID(int=2), FIRST, TODAY)).then_refused("absence_unknown")
    known.when(EndAbsence(ID, LAST, LAST + DAY)).then_refused("absence_ended")
    known.when(EndAbsence(ID, FIRST, FIRST + DAY)).then_refused("back_outside_absence", field="back_on")
    known.when(EndAbsence(ID, FIRST - DAY, TODAY)).then_refused("back_outside_absence", field="back_on")
    known.when(EndAbsence(ID, LAST + DAY, TODAY)).then_refused("back_outside_absence", field="back_on")
    spec.given(REGISTERED, back(FIRST)).when(EndAbsence(ID, FIRST, TODAY)).then_refused("absence_ended")


def test_a_substitute_who_is_away_is_stood_in_for_by_theirs() -> None:
    lo = Absence(UUID(int=2), "lo", "bo", FIRST + DAY, FIRST + DAY)
    both = (LEAVE, lo)
    assert [substitute_on(both, "lova", FIRST + nth * DAY) for nth in range(-1, 3)] == [None, "lo", "bo", "lo"]
    assert stood_in_for(both, "bo", FIRST + DAY) == (lo, LEAVE)
    assert stood_in_for(both, "lo", FIRST + DAY) == ()


def test_substitutes_do_not_go_in_a_circle() -> None:
    lo = Absence(UUID(int=2), "lo", "bo", FIRST, LAST)
    bo = Absence(UUID(int=3), "bo", "lova", LAST, LAST + DAY)
    spec.given().when(RegisterAbsence(LEAVE, TODAY, (lo, bo))).then_refused(
        "substitutes_in_a_circle", field="substitute"
    )
    a_day_earlier = replace(LEAVE, last_day=LAST - DAY)
    assert spec.given().when(RegisterAbsence(a_day_earlier, TODAY, (lo, bo))).refused is None


# The law of lists ---------------------------------------------------------------------------------------------------

WORKERS = ("ada", "bo", "cilla", "dan", "eva")
DAYS = [TODAY + nth * DAY for nth in range(12)]


@st.composite
def commands(draw: st.DrawFn) -> list[tuple[str, AbsenceCommand]]:
    """What is asked, and of whose absences; some of it is refused."""
    asked: list[tuple[str, AbsenceCommand]] = []
    for nth in range(draw(st.integers(0, 12))):
        worker, substitute = draw(st.sampled_from(WORKERS)), draw(st.sampled_from(WORKERS))
        first_day, last_day = draw(st.sampled_from(DAYS)), draw(st.sampled_from(DAYS))
        asked.append(
            (worker, RegisterAbsence(Absence(UUID(int=nth), worker, substitute, first_day, last_day), TODAY))
        )
        if draw(st.booleans()):
            asked.append((worker, EndAbsence(UUID(int=nth), draw(st.sampled_from(DAYS)), TODAY)))
    return asked


def lived(asked: Sequence[tuple[str, AbsenceCommand]]) -> list[Absence]:
    """Everybody's absences after what was asked, as far as it was not refused."""
    streams: dict[str, Absences] = defaultdict(Absences)
    for worker, command in asked:
        everybody = [each for absences in streams.values() for each in absences.all]
        knowing = replace(command, others=everybody) if isinstance(command, RegisterAbsence) else command
        try:
            streams[worker] = evolve(streams[worker], decide(knowing, streams[worker]))
        except Refused:
            continue
    return [each for absences in streams.values() for each in absences.all]


@given(asked=commands(), day=st.sampled_from(DAYS))
def test_what_is_owed_stands_in_its_owners_list_and_while_they_are_away_in_one_more(
    asked: Sequence[tuple[str, AbsenceCommand]], day: date
) -> None:
    absences = lived(asked)
    away = {each.worker_id for each in absences if each.covers(day)}
    lists = {
        worker: {worker, *(each.worker_id for each in stood_in_for(absences, worker, day))} for worker in WORKERS
    }
    for owner in WORKERS:
        stands_with = {worker for worker, owners in lists.items() if owner in owners}
        if owner in away:
            [other] = stands_with - {owner}
            assert other == substitute_on(absences, owner, day)
            assert other not in away, "somebody who is there does it"
        else:
            assert stands_with == {owner}


@given(asked=commands())
def test_after_an_absence_nothing_differs_from_never_having_been_away(
    asked: Sequence[tuple[str, AbsenceCommand]],
) -> None:
    absences = lived(asked)
    after = max((each.last_day for each in absences), default=TODAY) + DAY
    assert all(stood_in_for(absences, worker, after) == () for worker in WORKERS)
    for gone in absences:
        rest = [each for each in absences if each is not gone]
        for day in (each for each in DAYS if not gone.covers(each)):
            for worker in WORKERS:
                assert stood_in_for(absences, worker, day) == stood_in_for(rest, worker, day)
