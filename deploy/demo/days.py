"""Days on which offices work, and the weeks the demo steps through."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import holidays

_PUBLIC_HOLIDAYS: Final = holidays.country_holidays("SE", years=range(2019, 2025))
# Eves on which Swedish offices are closed although they are no public holidays.
_EVES: Final = frozenset({(12, 24), (12, 31)})


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _PUBLIC_HOLIDAYS and (day.month, day.day) not in _EVES


def working_day(day: date) -> date:
    """The day itself, or the next one on which offices work."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def working_day_before(day: date) -> date:
    """The last working day up to and including ``day``."""
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def months_after(day: date, months: int) -> date:
    """The same day so many calendar months later, or that month's last day: 31 August + 6 = 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def weeks(first: date, last: date) -> Iterator[date]:
    """The Monday of each week from the one with ``first`` to the one with ``last``."""
    monday = monday_of(first)
    while monday <= last:
        yield monday
        monday += timedelta(days=7)
