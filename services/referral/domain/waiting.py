"""How long a referral has waited: the days since it was made, less those on which an answer was waited for.

That an unanswered question stops the clock is our reading: the sources measure queue time with stops
(mia_vidare's clock ``kotid`` pauses) and do not name this one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median


@dataclass(frozen=True)
class Hold:
    """A time that does not count as waiting. ``until``: the first day that counts again; None while it lasts."""

    since: date
    until: date | None


@dataclass(frozen=True)
class Wait:
    """``days``: waited, holds taken out. ``held``: the days of the holds. Together they are all days."""

    days: int
    held: int


def waited(since: date, until: date, holds: Iterable[Hold]) -> Wait:
    """The wait from a day to a day, which itself does not count. Holds may overlap, and reach outside."""
    last = max(since, until)
    held, reached = 0, since
    for hold in sorted(holds, key=lambda each: each.since):
        begins = max(reached, hold.since)
        ends = last if hold.until is None else min(last, hold.until)
        if ends > begins:
            held += (ends - begins).days
            reached = ends
    return Wait((last - since).days - held, held)


@dataclass(frozen=True)
class Standing:
    """How a queue stands: how many wait, and how many days they have waited; None where nobody waits."""

    queued: int
    median_days: float | None
    longest_days: int | None


def standing(waits: Sequence[Wait]) -> Standing:
    """How a queue with these waits stands. Of an even number the median is the mean of the two in the middle."""
    days = [each.days for each in waits]
    if not days:
        return Standing(0, None, None)
    return Standing(len(days), float(median(days)), max(days))
