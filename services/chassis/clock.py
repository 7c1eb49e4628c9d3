"""Time. A service asks its clock once for each unit of work and hands the answer on; nothing else reads time."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from services.chassis.settings import Settings


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class ClockUnreadable(OSError):
    """The clock's file is there and does not say a time, or was there and is gone. It may be mended."""


class FileClock:
    """A clock set from outside, for playing a year in minutes. Ticks on from the moment it was set to.

    The file holds ``{"now": …, "set_at": …}``: the time to show and the real time of setting it. As long as there
    has been no file it shows real time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: int | None = None
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """The moment it was set to, and what passed since. Raises ClockUnreadable."""
        try:
            self._look()
            return datetime.now(UTC) + self._offset
        except (OSError, ValueError, TypeError, LookupError, OverflowError) as error:
            raise ClockUnreadable(f"{self._path} does not say a time: {type(error).__name__}") from error

    def _look(self) -> None:
        try:
            changed = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            if self._read_at is None:
                return
            raise
        if changed != self._read_at:
            said = json.loads(self._path.read_text(encoding="utf-8"))
            self._offset = datetime.fromisoformat(said["now"]) - datetime.fromisoformat(said["set_at"])
            self._read_at = changed


def clock_of(settings: Settings) -> Clock:
    """The clock the settings ask for."""
    return FileClock(settings.clock_file) if settings.clock_file else SystemClock()
