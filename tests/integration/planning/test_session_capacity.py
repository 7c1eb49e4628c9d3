"""A session has room for two cases (follow-up 2021, L243-244), whoever books at the same time."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, TypeAlias
from uuid import UUID, uuid4

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.envelope import Fact
from tests.integration.planning.planning import Planning
from tests.unit.planning.mother import accepted, consented, received, returned

_CAPACITY: Final = 2
_CASES: Final = 6
_SESSIONS: Final = ("09:00", "10:30", "13:00")

# Each example meets on a day of its own, so that none fills another's sessions.
_days = (date(2022, 1, 1) + timedelta(days=number) for number in itertools.count())


@dataclass(frozen=True)
class Book:
    """A case asks for a place in a session."""

    case: int
    starts_at: str


@dataclass(frozen=True)
class Return:
    """A referral goes back to its referrer, and is accepted after all."""

    case: int


Step: TypeAlias = Book | Return

_cases = st.integers(0, _CASES - 1)
_steps: st.SearchStrategy[Step] = st.builds(Book, _cases, st.sampled_from(_SESSIONS)) | st.builds(Return, _cases)
# The steps of a round are taken at the same time; a case takes part in a round once.
_rounds = st.lists(st.lists(_steps, min_size=1, unique_by=lambda step: step.case), min_size=1, max_size=6)


@dataclass
class World:
    """The cases of one example, and where each has a place by our own reckoning."""

    planning: Planning
    day: date = field(default_factory=lambda: next(_days))
    ids: list[UUID] = field(default_factory=lambda: [uuid4() for _ in range(_CASES)])
    places: dict[int, str] = field(default_factory=dict)
    _heard: dict[int, int] = field(default_factory=dict)  # how many referral events of each case

    async def open(self) -> None:
        for case in range(_CASES):
            await self._hear(case, [received, consented, accepted])

    async def _hear(self, case: int, facts: Sequence[Fact]) -> None:
        first = self._heard.get(case, 0) + 1
        self._heard[case] = first + len(facts) - 1
        await self.planning.hear(self.ids[case], facts, first=first)

    async def play(self, together: Sequence[Step]) -> None:
        """Takes all steps at once, and checks each answer against what could have been."""
        before = dict(self.places)
        answers = await asyncio.gather(*(self._take(step) for step in together))
        for step, answer in zip(together, answers, strict=True):
            match step:
                case Return():
                    self.places.pop(step.case, None)
                case Book():
                    self._reckon(step, answer, before, together)
        assert await self._stored() == self.places
        assert all(self._taken(starts_at) <= _CAPACITY for starts_at in _SESSIONS)

    async def _take(self, step: Step) -> httpx.Response | None:
        match step:
            case Book():
                booking = {"booked_on": "2021-02-12", "team": "team-1", "mode": "phone"}
                session = {"meets_on": self.day.isoformat(), "starts_at": step.starts_at}
                return await self.planning.post(self.ids[step.case], "meeting", booking | session)
            case Return():
                await self._hear(step.case, [returned, accepted])
                return None

    def _reckon(
        self, step: Book, answer: httpx.Response | None, before: dict[int, str], together: Sequence[Step]
    ) -> None:
        assert answer is not None
        if answer.status_code == 201:
            assert before.get(step.case) != step.starts_at
            self.places[step.case] = step.starts_at
            return
        assert answer.status_code == 409
        if answer.json()["code"] == "already_booked":
            assert before.get(step.case) == step.starts_at
            return
        assert answer.json()["code"] == "session_full"
        there = {case for case, starts_at in before.items() if starts_at == step.starts_at}
        coming = {other.case for other in together if isinstance(other, Book) and other.starts_at == step.starts_at}
        assert len((there | coming) - {step.case}) >= _CAPACITY, "refused although there was room"

    def _taken(self, starts_at: str) -> int:
        return sum(each == starts_at for each in self.places.values())

    async def _stored(self) -> dict[int, str]:
        rows = await self.planning.runtime.pool.fetch(
            "SELECT case_id, to_char(starts_at, 'HH24:MI') AS starts_at FROM session_seat WHERE case_id = ANY($1)",
            self.ids,
        )
        return {self.ids.index(row["case_id"]): row["starts_at"] for row in rows}


@settings(deadline=None, max_examples=25)
@given(rounds=_rounds)
async def test_no_session_is_ever_overbooked_and_none_refused_with_room(
    planning: Planning, rounds: list[list[Step]]
) -> None:
    world = World(planning)
    await world.open()
    for together in rounds:
        await world.play(together)


async def test_of_many_who_want_the_last_places_two_get_them(planning: Planning) -> None:
    world = World(planning)
    await world.open()
    await world.play([Book(case, "09:00") for case in range(_CASES)])
    assert len(world.places) == _CAPACITY


async def test_moving_gives_the_former_place_to_another(planning: Planning) -> None:
    world = World(planning)
    await world.open()
    await world.play([Book(0, "09:00"), Book(1, "09:00")])
    await world.play([Book(0, "10:30")])
    await world.play([Book(2, "09:00")])
    assert world.places == {0: "10:30", 1: "09:00", 2: "09:00"}


async def test_a_returned_referral_gives_its_place_to_another(planning: Planning) -> None:
    world = World(planning)
    await world.open()
    await world.play([Book(0, "09:00"), Book(1, "09:00")])
    await world.play([Return(0)])
    await world.play([Book(2, "09:00")])
    assert world.places == {1: "09:00", 2: "09:00"}


async def test_a_seat_that_another_has_taken_is_not_given_back_by_a_correction(planning: Planning) -> None:
    world = World(planning)
    await world.open()
    await world.play([Book(0, "09:00"), Book(1, "09:00")])
    moved = await _moved(world, 0, "10:30")
    await world.play([Book(2, "09:00")])
    correction = {"event_id": moved, "reason": "wrong_person"}
    answer = await planning.post(world.ids[0], "registered-in-error", correction)
    assert (answer.status_code, answer.json()["code"]) == (409, "session_full")
    assert await world._stored() == {0: "10:30", 1: "09:00", 2: "09:00"}
    await world.play([Book(2, "13:00")])
    await planning.done(world.ids[0], "registered-in-error", correction)
    assert await world._stored() == {0: "09:00", 1: "09:00", 2: "13:00"}


async def test_of_two_corrections_and_a_booking_at_once_one_gets_the_last_seat(planning: Planning) -> None:
    world = World(planning)
    await world.open()
    await world.play([Book(0, "09:00"), Book(1, "09:00")])
    moves = [await _moved(world, case, "10:30") for case in (0, 1)]
    await world.play([Book(2, "09:00")])
    booking = world._take(Book(3, "09:00"))
    corrections = [
        planning.post(world.ids[case], "registered-in-error", {"event_id": moved, "reason": "wrong_person"})
        for case, moved in enumerate(moves)
    ]
    answers = await asyncio.gather(*corrections, booking)
    assert sorted(answer.status_code for answer in answers if answer is not None) == [201, 409, 409]
    assert sum(starts_at == "09:00" for starts_at in (await world._stored()).values()) == _CAPACITY


async def _moved(world: World, case: int, starts_at: str) -> str:
    """Moves a case's meeting, and returns the id of the event that says so."""
    answer = await world._take(Book(case, starts_at))
    assert answer is not None
    assert answer.status_code == 201, answer.text
    world.places[case] = starts_at
    return str(answer.json()["events"][0]["id"])
