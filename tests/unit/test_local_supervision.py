"""When what has died is started again."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from deploy.local.supervision import Supervisor


class World:
    """A supervisor, its clock, and the one process it looks after, which ends and starts as a test says."""

    def __init__(self, exit_status: int | None = None, failures: Sequence[Exception] = ()) -> None:
        self.time = 1000.0
        self.said: list[str] = []
        self.changes = 0
        self.launched: list[float] = []
        self.exit_status = exit_status
        self._failures = list(failures)
        self.supervisor = Supervisor(self.said.append, self._changed, lambda: self.time)
        self.supervisor.take([("planning-1", self, 8082)])

    def launch(self) -> None:
        self.launched.append(self.time)
        if self._failures:
            raise self._failures.pop()
        self.exit_status = None

    def last_words(self) -> str:
        return "last words"

    def _changed(self) -> None:
        self.changes += 1

    def run(self, seconds: int, *, dies_with: int | None = None) -> None:
        """Let time pass; the process lives for a second at a time if it dies."""
        for _ in range(seconds):
            self.supervisor.look()
            self.time += 1
            if dies_with is not None:
                self.exit_status = dies_with


def test_what_runs_is_left_alone() -> None:
    world = World()
    world.run(100)
    assert (world.launched, world.said, world.changes) == ([], [], 0)


def test_the_first_restart_is_at_once_and_told_with_the_last_words() -> None:
    world = World(exit_status=-9)
    world.supervisor.look()
    assert world.launched == [1000.0]
    assert world.changes == 1
    assert world.said == [
        "planning-1 stopped (status -9). Its last words:\nlast words",
        "planning-1 has been started again",
    ]


def test_what_keeps_dying_is_started_after_longer_and_longer_pauses_and_never_given_up() -> None:
    world = World(exit_status=1)
    world.run(100_000, dies_with=1)
    between = [later - earlier for earlier, later in pairwise(world.launched)]
    assert between[:7] == [2, 3, 5, 9, 17, 33, 61]  # the pause and the second that it lived
    assert set(between[7:]) == {61}
    assert len(between) > 1500


def test_what_waits_is_listed_with_its_trouble_and_its_time() -> None:
    world = World(exit_status=3)
    world.run(1, dies_with=3)
    world.supervisor.look()
    (waiting,) = world.supervisor.waiting
    assert (waiting.name, waiting.port, waiting.trouble) == ("planning-1", 8082, "stopped (status 3)")
    assert (waiting.restarts, waiting.due) == (1, world.time + 1)
    assert "planning-1 is started again in 1 s (attempt 2)" in world.said


def test_after_a_minute_up_the_pauses_begin_anew() -> None:
    world = World(exit_status=1)
    world.run(30, dies_with=1)
    world.run(120)
    world.exit_status = 1
    world.supervisor.look()
    assert world.launched[-1] == world.time


@pytest.mark.parametrize("failure", [OSError("no space left on device"), ValueError("nobody thought of it")])
def test_a_start_that_fails_for_whatever_reason_is_tried_again(failure: Exception) -> None:
    world = World(exit_status=1, failures=[failure, failure])
    world.run(10)
    assert world.launched == [1000.0, 1001.0, 1003.0]
    assert world.supervisor.waiting == []
    assert f"planning-1 could not be started: {failure}" in world.said


def test_one_part_that_cannot_start_does_not_keep_another_from_it() -> None:
    ill, well = World(exit_status=1, failures=[OSError("x")] * 50), World(exit_status=1)
    ill.supervisor.take([("PostgreSQL", ill, 1), ("Kafka", well, 2)])
    ill.run(3)
    assert len(ill.launched) > 1
    assert len(well.launched) == 1
