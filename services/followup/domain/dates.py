"""Calendar arithmetic of follow-ups: months from an anchor, moved to a working day, with a window around it."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from holidays.constants import DE_FACTO, PUBLIC
from holidays.countries.sweden import Sweden

from contracts.catalogue.timing import AgreedFollowUp, CountedFollowUp, months_after

DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


@dataclass(frozen=True)
class Dates:
    """The days of one follow-up; ``opens_on <= due_on <= closes_on``, all of them inclusive."""

    nominal_on: date
    due_on: date
    opens_on: date
    closes_on: date


def due_dates(anchor_day: date, months: int, rule: CountedFollowUp) -> Dates:
    """When a follow-up is due, so many months after its anchor, with the window of its rule.

    The report says after how many months (follow-up 2021, L145-150, L171, L194-195, L218-220); the rest is our
    reading: calendar months, the next working day, and the window of the catalogue.
    """
    nominal = months_after(anchor_day, months)
    due = working_day_from(nominal)
    return Dates(
        nominal_on=nominal,
        due_on=due,
        opens_on=due - timedelta(days=rule.opens_days_before),
        closes_on=due + timedelta(days=rule.closes_days_after),
    )


def agreed_dates(agreed_on: date, day: date, rule: AgreedFollowUp) -> Dates:
    """When a follow-up is due whose day was agreed, with the window of its rule; it opens no sooner than agreed."""
    due = working_day_from(day)
    return Dates(
        nominal_on=day,
        due_on=due,
        opens_on=max(agreed_on, due - timedelta(days=rule.opens_days_before)),
        closes_on=due + timedelta(days=rule.closes_days_after),
    )


def working_day_from(day: date) -> date:
    """The day itself if it is a working day, else the next one that is."""
    while not is_working_day(day):
        day += DAY
    return day


def is_working_day(day: date) -> bool:
    """Monday to Friday, and no day off.

    As for a time limit set in law, which ends on the next working day when it would end on a Saturday, a Sunday, a
    public holiday, or Midsummer's, Christmas or New Year's Eve (lag 1930:173, section 2).
    """
    return day.weekday() < _SATURDAY and day not in _days_off(day.year)


@cache
def _days_off(year: int) -> frozenset[date]:
    return frozenset(Sweden(years=year, categories=(PUBLIC, DE_FACTO)))
