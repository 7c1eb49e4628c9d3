"""Cohorts: of those who began in a period, how many have come to something by each step since then. Pure.

A step is shown only when the whole cohort is old enough for it, so that no share rests on those alone who began
early; and whoever has not come to it is counted as not having, also who never will.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

from services.reporting.domain.figures import BySex

Reckoning: TypeAlias = Callable[[date, int], date]
"""The last day of a step, from the day of the beginning."""

MONTHS: Final = tuple(range(25))
"""Months since the start of an insats."""

WEEKS: Final = tuple(range(0, 27, 2))
"""Weeks since the referral: queues are of up to five months (uppfoljning-2021:957-961)."""


@dataclass(frozen=True)
class Course:
    """So many of one sex in one insats, who began on a day and came to what is asked on another; None: have not."""

    insats: str
    sex: str
    since: date
    reached: date | None
    count: int


@dataclass(frozen=True)
class Point:
    """A step: how many of the cohort are old enough for it, and how many had come to it by its last day; None where
    some are too young."""

    step: int
    old_enough: int
    reached: BySex | None


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def weeks_after(day: date, weeks: int) -> date:
    """The same weekday of a later week."""
    return day + timedelta(weeks=weeks)


def size(courses: Iterable[Course]) -> BySex:
    """How many are in a cohort."""
    return _by_sex(courses)


def curve(courses: Sequence[Course], steps: Sequence[int], last_of: Reckoning, today: date) -> tuple[Point, ...]:
    """The points of a cohort's curve, as they are on a day."""
    return tuple(_points(courses, steps, last_of, today))


def _points(courses: Sequence[Course], steps: Sequence[int], last_of: Reckoning, today: date) -> Iterator[Point]:
    everybody = sum(each.count for each in courses)
    for step in steps:
        old_enough = sum(each.count for each in courses if last_of(each.since, step) <= today)
        reached = [each for each in courses if each.reached is not None and each.reached <= last_of(each.since, step)]
        yield Point(step, old_enough, _by_sex(reached) if old_enough == everybody else None)


def median_days(courses: Sequence[Course], today: date) -> int | None:
    """The days within which half of a cohort had come to it, where all who have not count as not having.

    None where fewer than half have, or not all are old enough for so many days: those who are not may still come to
    it sooner.
    """
    everybody = sum(each.count for each in courses)
    waited = sorted(
        (max((each.reached - each.since).days, 0), each.count) for each in courses if each.reached is not None
    )
    passed = 0
    for days, count in waited:
        passed += count
        if 2 * passed >= everybody:
            youngest = max(each.since for each in courses)
            return days if youngest + timedelta(days=days) <= today else None
    return None


def _by_sex(courses: Iterable[Course]) -> BySex:
    counted = dict.fromkeys(("woman", "man", "other", "unknown"), 0)
    for each in courses:
        counted[each.sex] += each.count
    return BySex(
        women=counted["woman"],
        men=counted["man"],
        other=counted["other"],
        unknown=counted["unknown"],
        total=sum(counted.values()),
    )
