"""Starting again what has died: at once the first time, then after longer and longer pauses, for ever."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from deploy.local.maven import Say

_LONGEST_PAUSE: Final = 60.0
_SETTLED_AFTER: Final = 60.0


class Part(Protocol):
    """What can be supervised: a process of ours. Properties, so that it may be any of the launcher's classes."""

    @property
    def exit_status(self) -> int | None: ...

    def launch(self) -> None: ...

    def last_words(self) -> str: ...


@dataclass
class Supervised:
    """A part and how its restarts have gone.

    `restarts` counts those since it last stayed up for a minute; `due` is when it is started again, on the
    supervisor's clock, and None while it runs.
    """

    name: str
    part: Part
    port: int
    restarts: int = 0
    started: float = 0.0
    due: float | None = None
    trouble: str = ""


@dataclass
class Supervisor:
    """Looks at parts and restarts the dead ones. It never gives up: a disk may be full for hours.

    `changed` is called when what runs, or what waits, has changed.
    """

    say: Say
    changed: Callable[[], None]
    now: Callable[[], float] = time.monotonic
    parts: list[Supervised] = field(default_factory=list)

    def take(self, parts: Iterable[tuple[str, Part, int]]) -> None:
        """Supervise these, which have been started: name, part and port of each."""
        self.parts = [Supervised(name, part, port, started=self.now()) for name, part, port in parts]

    @property
    def waiting(self) -> list[Supervised]:
        """The parts that have died and are not yet started again."""
        return [each for each in self.parts if each.due is not None]

    def look(self) -> None:
        """One look at every part. To be called every second or so; returns without waiting for readiness."""
        for each in self.parts:
            if each.due is None and each.part.exit_status is not None:
                self._put_off(each, f"stopped (status {each.part.exit_status})")
                self.say(f"{each.name} {each.trouble}. Its last words:\n{each.part.last_words()}")
            if each.due is not None and self.now() >= each.due:
                self._start(each)

    def _put_off(self, each: Supervised, trouble: str) -> None:
        if self.now() - each.started >= _SETTLED_AFTER:
            each.restarts = 0
        pause = min(_LONGEST_PAUSE, 2.0 ** min(each.restarts - 1, 10)) if each.restarts else 0.0
        each.due, each.trouble = self.now() + pause, trouble
        if pause:
            self.say(f"{each.name} is started again in {pause:.0f} s (attempt {each.restarts + 1})")
            self.changed()

    def _start(self, each: Supervised) -> None:
        each.restarts += 1
        each.started, each.due = self.now(), None
        try:
            each.part.launch()
        except Exception as failure:  # noqa: BLE001 - whatever kept it from starting may have passed at the next attempt
            self._put_off(each, f"could not be started: {failure}")
            self.say(f"{each.name} {each.trouble}")
            return
        self.changed()
        self.say(f"{each.name} has been started again")
