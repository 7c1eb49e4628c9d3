"""Which periods have reports, the ways from one to others, and the day it is."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from contracts.events import local_date
from contracts.problems import Invalid, NotFound
from services.chassis.runtime import Runtime
from services.reporting.domain.periods import (
    FIRST_YEAR,
    NoPeriod,
    Period,
    after,
    before,
    end_of,
    parts,
    period_between,
    period_of,
    year_period,
)

_REPORTS: Final = "/rapport"
# So long into a new year the report people want is the one of the year that ended.
_UNTIL_THE_REPORT_IS_OUT: Final = timedelta(days=60)


@dataclass(frozen=True)
class Choices:
    """A page's period and the addresses of the same page for others. ``begun``: the parts that have begun.

    ``known_on``: only what had been registered by the end of that day counts; None for all that is known now.
    ``latest``: the last day that can be chosen for that.
    """

    period: Period
    place: str
    page: str
    previous: Period | None
    following: Period | None
    year: Period | None
    begun: tuple[Period, ...]
    over: bool
    """Whether its last day has passed: until then more will be counted."""
    known_on: date | None
    latest: date

    @property
    def own(self) -> str:
        """The page itself, as all is known now."""
        return f"{self.place}{self.page}"

    @property
    def known(self) -> str:
        """What an address ends with for figures to be as they were known that day."""
        return "" if self.known_on is None else f"?kand={self.known_on}"

    def address(self, period: Period) -> str:
        """The same page for another period."""
        return f"{_REPORTS}/{period.id}{self.page}{self.known}"


def today_of(runtime: Runtime) -> date:
    """The Swedish calendar day of the service's clock."""
    return local_date(runtime.clock.now())


def latest_year(today: date) -> int:
    """The year whose report is of interest."""
    return (today - _UNTIL_THE_REPORT_IS_OUT).year


def asked_period(period_id: str, today: date) -> Period:
    """The period that an address names. Raises NotFound for one that does not exist or has not begun."""
    try:
        period = period_of(period_id)
    except NoPeriod:
        period = None
    if period is None or period.first > today:
        raise NotFound(
            "period_unknown",
            f"Det finns rapporter för perioder som har börjat, från {FIRST_YEAR}. Skriv ett år ({today.year}), ett "
            f"halvår ({today.year}-h1), ett kvartal ({today.year}-k1), en månad ({today.year}-01) eller två dagar "
            f"({today.year}-01-01--{today}).",
        )
    return period


def chosen_period(first: date, last: date, today: date) -> Period:
    """The period between two days that somebody chose. Raises Invalid for days that make no period."""
    try:
        period = period_between(first, last)
    except NoPeriod:
        period = None
    if period is None or period.first > today:
        raise Invalid(
            "period_invalid",
            f"Perioden ska börja tidigast {FIRST_YEAR}-01-01 och senast i dag, och sluta samma dag eller senare.",
        )
    return period


def known_day(asked: date | None, today: date) -> date | None:
    """The day by whose end figures were known; None for all that is known now, which is also so of today."""
    return asked if asked is not None and asked < today else None


def known_until(known_on: date | None) -> datetime | None:
    """The last moment whose registrations count; None for all that are known now."""
    return None if known_on is None else end_of(known_on)


def choices(period: Period, today: date, page: str = "", known_on: date | None = None) -> Choices:
    """The ways from a page of a period to those of others. ``page``: what stands after the period in its address."""
    following = after(period)
    return Choices(
        period=period,
        place=f"{_REPORTS}/{period.id}",
        page=page,
        previous=before(period),
        following=following if following is not None and following.first <= today else None,
        year=None if period.is_year or period.first.year != period.last.year else year_period(period.first.year),
        begun=tuple(part for part in parts(period) if part.first <= today),
        over=period.last < today,
        known_on=known_on,
        latest=today - timedelta(days=1),
    )
