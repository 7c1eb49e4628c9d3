"""The periods that figures are counted for: a year, a half-year, a quarter, a month, from one day to another. Pure.

Each has an id that stands in addresses: ``2021``, ``2021-h1``, ``2021-k3`` (kvartal), ``2021-06``, and for any other
period, as a project's, its first and last day: ``2021-03-01--2022-02-28``.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from contracts.events import midnight
from contracts.labels import MONTHS
from contracts.model import Model

FIRST_YEAR: Final = 2004
"""The law on financial coordination (2003:1210) came into force then: no association has figures from before it."""

_LAST_YEAR: Final = 2199
_FORM: Final = re.compile(r"(\d{4})(?:-(?:h([12])|k([1-4])|(\d\d)))?", re.ASCII)
_DAYS: Final = re.compile(r"(\d{4}-\d\d-\d\d)--(\d{4}-\d\d-\d\d)", re.ASCII)
_ORDINALS: Final = ("första", "andra", "tredje", "fjärde")
_A_YEAR: Final = 12


def end_of(day: date) -> datetime:
    """The last moment of a Swedish calendar day, in UTC: what is known on a day was registered by then."""
    return midnight(day + timedelta(days=1)).astimezone(UTC) - timedelta(microseconds=1)


class NoPeriod(ValueError):
    """No period has such an id, or such a first and last day."""


class Period(Model):
    """From ``first`` to ``last``, both included. ``label``: what it is called within a sentence."""

    id: str
    label: str
    first: date
    last: date

    @property
    def following(self) -> date:
        """The day after its last."""
        return self.last + timedelta(days=1)

    @property
    def heading(self) -> str:
        """Its label with a capital letter, where it stands alone."""
        return self.label[:1].upper() + self.label[1:]

    @property
    def is_year(self) -> bool:
        """Whether it is a calendar year: published figures are of such."""
        return self.id == f"{self.first.year}"


def year_period(year: int) -> Period:
    """A calendar year. Raises NoPeriod for one before the law."""
    return _of_months(year, 1, _A_YEAR)


def period_of(period_id: str) -> Period:
    """The period that has an id. Raises NoPeriod."""
    if days := _DAYS.fullmatch(period_id):
        try:
            period = period_between(date.fromisoformat(days[1]), date.fromisoformat(days[2]))
        except ValueError as error:
            raise NoPeriod(period_id) from error
    elif found := _FORM.fullmatch(period_id):
        period = _named(int(found[1]), *found.groups()[1:])
    else:
        raise NoPeriod(period_id)
    if period.id != period_id:
        # One period, one address: a year given by its days has the year's.
        raise NoPeriod(period_id)
    return period


def period_between(first: date, last: date) -> Period:
    """The period of these days, by the name it has as a year, half-year, quarter or month if it is one.

    Raises NoPeriod if the last day is before the first, or the period begins before the law.
    """
    if last < first:
        raise NoPeriod(f"{first}--{last}")
    months = (last.year - first.year) * _A_YEAR + last.month - first.month + 1
    whole = first.day == 1 and last == _last_day(last.year, last.month)
    if whole and months in (1, 3, 6, _A_YEAR) and (first.month - 1) % months == 0:
        return _of_months(first.year, first.month, months)
    _require_years(first.year, last.year)
    label = _day(first) if first == last else f"{_day(first)}–{_day(last)}"
    return Period(id=f"{first}--{last}", label=label, first=first, last=last)


def before(period: Period) -> Period | None:
    """The period of the same length that ends the day before this begins; None where the law had not begun."""
    return _shifted(period, -1)


def after(period: Period) -> Period | None:
    """The period of the same length that begins the day after this ends; None after the last one that has an id."""
    return _shifted(period, 1)


def parts(period: Period) -> tuple[Period, ...]:
    """The months, quarters and half-years that lie within a period and make it up; none of a month or of days."""
    return tuple(part for months in (6, 3, 1) for part in _parts_of(period, months))


def months_of(period: Period) -> tuple[Period, ...]:
    """The calendar months of a year, half-year or quarter; of others none."""
    return tuple(_parts_of(period, 1))


def _parts_of(period: Period, months: int) -> Iterator[Period]:
    whole = _months_in(period)
    if whole is None or months >= whole:
        return
    for passed in range(0, whole, months):
        yield _of_months(period.first.year, period.first.month + passed, months)


def _shifted(period: Period, by: int) -> Period | None:
    months = _months_in(period)
    try:
        if months is None:
            days = timedelta(days=(period.following - period.first).days * by)
            return period_between(period.first + days, period.last + days)
        year, month = divmod(period.first.year * _A_YEAR + period.first.month - 1 + months * by, _A_YEAR)
        return _of_months(year, month + 1, months)
    except (NoPeriod, OverflowError):
        return None


def _months_in(period: Period) -> int | None:
    """How many months a named period has; None of one that is called by its days."""
    if _DAYS.fullmatch(period.id):
        return None
    return period.last.month - period.first.month + 1


def _named(year: int, half: str | None, quarter: str | None, month: str | None) -> Period:
    if half is not None:
        return _of_months(year, 6 * int(half) - 5, 6)
    if quarter is not None:
        return _of_months(year, 3 * int(quarter) - 2, 3)
    if month is not None:
        if not 1 <= int(month) <= _A_YEAR:
            raise NoPeriod(f"{year}-{month}")
        return _of_months(year, int(month), 1)
    return year_period(year)


def _of_months(year: int, month: int, months: int) -> Period:
    """The named period of one, three, six or twelve months that begins with a month."""
    _require_years(year, year)
    last = _last_day(year, month + months - 1)
    nth = (month - 1) // months
    match months:
        case 12:
            name, label = f"{year}", f"{year}"
        case 6:
            name, label = f"{year}-h{nth + 1}", f"{_ORDINALS[nth]} halvåret {year}"
        case 3:
            name, label = f"{year}-k{nth + 1}", f"{_ORDINALS[nth]} kvartalet {year}"
        case _:
            name, label = f"{year}-{month:02}", f"{MONTHS[nth]} {year}"
    return Period(id=name, label=label, first=date(year, month, 1), last=last)


def _require_years(first: int, last: int) -> None:
    if not FIRST_YEAR <= first <= last <= _LAST_YEAR:
        raise NoPeriod(f"{first}–{last}")


def _last_day(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
