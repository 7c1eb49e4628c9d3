"""The clock the services go by while the year is played: a file, replaced in one step."""

import json
from datetime import UTC, date, datetime, time
from pathlib import Path

from contracts.events import STOCKHOLM


def set_clock(file: Path, day: date, at: time) -> None:
    """Makes it that time, Europe/Stockholm, of that day; it ticks on from there."""
    said = {"now": datetime.combine(day, at, STOCKHOLM).isoformat(), "set_at": datetime.now(UTC).isoformat()}
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(said), encoding="utf-8")
    fresh.replace(file)
