"""When follow-ups are due: the laws of the calendar, over all plan days and every point of the catalogue."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import INSATSER
from contracts.catalogue.timing import CountedFollowUp, Limit, limit_after, months_after
from contracts.events import local_date, midnight
from services.followup.domain.dates import (
    Dates,
    due_dates,
    is_working_day,
    working_day_from,
)

DAYS = st.dates(date(2005, 1, 1), date(2060, 12, 31))
POINTS = st.builds(
    CountedFollowUp,
    id=st.just("uppfoljning"),
    anchor=st.sampled_from(["plan", "start", "exit"]),
    months=st.integers(1, 60),
    responsible=st.sampled_from(["lots", "koordinator"]),
    opens_days_before=st.integers(0, 60),
    closes_days_after=st.integers(0, 120),
)


def _due(day: date, point: CountedFollowUp) -> Dates:
    return due_dates(day, point.months or point.every_months or 0, point)


@given(DAYS, POINTS)
def test_a_follow_up_opens_is_due_and_closes_in_that_order(day: date, point: CountedFollowUp) -> None:
    dates = _due(day, point)
    assert dates.opens_on <= dates.due_on <= dates.closes_on
    assert (dates.due_on - dates.opens_on).days == point.opens_days_before
    assert (dates.closes_on - dates.due_on).days == point.closes_days_after


@given(DAYS, POINTS)
def test_it_is_due_on_the_first_working_day_from_the_nominal_one(day: date, point: CountedFollowUp) -> None:
    dates = _due(day, point)
    passed = [dates.nominal_on + timedelta(days=n) for n in range((dates.due_on - dates.nominal_on).days)]
    assert is_working_day(dates.due_on)
    assert not any(is_working_day(each) for each in passed)
    assert len(passed) <= 5, "the longest run of days off is Christmas or Easter beside a weekend"


@given(DAYS, st.integers(1, 60))
def test_the_day_of_the_month_stays_unless_the_month_is_shorter(day: date, months: int) -> None:
    nominal = months_after(day, months)
    assert (nominal.year - day.year) * 12 + nominal.month - day.month == months
    assert nominal.day == min(day.day, monthrange(nominal.year, nominal.month)[1])


@given(DAYS, st.integers(1, 30), st.integers(1, 30))
def test_months_add_up_where_no_month_end_cuts_in(day: date, first: int, second: int) -> None:
    day = day.replace(day=min(day.day, 28))
    assert months_after(months_after(day, first), second) == months_after(day, first + second)


@given(DAYS, DAYS, st.integers(1, 60))
def test_an_earlier_plan_is_never_followed_up_later(one: date, other: date, months: int) -> None:
    earlier, later = sorted([one, other])
    assert months_after(earlier, months) <= months_after(later, months)
    assert working_day_from(earlier) <= working_day_from(later)


@given(DAYS)
def test_windows_of_the_catalogue_open_after_the_plan_is_made(day: date) -> None:
    for insats in INSATSER.values():
        for rule in insats.versions:
            counted = [point for point in rule.follow_ups if isinstance(point, CountedFollowUp)]
            assert all(_due(day, point).opens_on > day for point in counted)


@given(DAYS)
def test_a_timer_at_swedish_midnight_fires_on_its_day_and_not_a_moment_before(day: date) -> None:
    moment = midnight(day).astimezone(UTC)
    assert local_date(moment) == day
    assert local_date(moment - timedelta(microseconds=1)) == day - timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        (date(2021, 3, 28), datetime(2021, 3, 27, 23, tzinfo=UTC)),  # the clocks go forward at two in the night
        (date(2021, 3, 29), datetime(2021, 3, 28, 22, tzinfo=UTC)),
        (date(2021, 10, 31), datetime(2021, 10, 30, 22, tzinfo=UTC)),  # and back at three
        (date(2021, 11, 1), datetime(2021, 10, 31, 23, tzinfo=UTC)),
    ],
)
def test_midnight_follows_summer_time(day: date, utc: datetime) -> None:
    assert midnight(day) == utc


@pytest.mark.parametrize(
    ("plan_day", "months", "nominal", "due"),
    [
        ("2020-08-31", 6, "2021-02-28", "2021-03-01"),  # a Sunday at the end of a shorter month
        ("2019-08-31", 6, "2020-02-29", "2020-03-02"),  # leap year; a Saturday
        ("2019-08-30", 6, "2020-02-29", "2020-03-02"),
        ("2020-02-29", 12, "2021-02-28", "2021-03-01"),
        ("2021-12-31", 2, "2022-02-28", "2022-02-28"),
        ("2020-10-02", 6, "2021-04-02", "2021-04-06"),  # Good Friday, and Easter Monday after it
        ("2020-06-24", 12, "2021-06-24", "2021-06-24"),
        ("2020-06-25", 12, "2021-06-25", "2021-06-28"),  # Midsummer's Eve
        ("2020-11-13", 6, "2021-05-13", "2021-05-14"),  # Ascension Day; the Friday after it is worked
        ("2020-07-06", 6, "2021-01-06", "2021-01-07"),  # Epiphany
        ("2021-06-24", 6, "2021-12-24", "2021-12-27"),  # Christmas on a weekend
        ("2019-12-24", 12, "2020-12-24", "2020-12-28"),
        ("2021-10-31", 2, "2021-12-31", "2022-01-03"),  # New Year's Eve
        ("2021-12-06", 6, "2022-06-06", "2022-06-07"),  # the national day
        ("2022-05-06", 6, "2022-11-06", "2022-11-07"),
        ("2021-05-01", 6, "2021-11-01", "2021-11-01"),
    ],
)
def test_known_days(plan_day: str, months: int, nominal: str, due: str) -> None:
    point = CountedFollowUp(id="uppfoljning", anchor="plan", months=months, responsible="lots")
    dates = _due(date.fromisoformat(plan_day), point)
    assert (dates.nominal_on.isoformat(), dates.due_on.isoformat()) == (nominal, due)


def test_days_off_in_2021_are_those_of_the_law() -> None:
    """Public holidays (lag 1989:253), and the three eves that count as such for time limits (lag 1930:173)."""
    year = [date(2021, 1, 1) + timedelta(days=n) for n in range(365)]
    off = [f"{day:%m-%d}" for day in year if day.weekday() < 5 and not is_working_day(day)]
    assert off == ["01-01", "01-06", "04-02", "04-05", "05-13", "06-25", "12-24", "12-31"]


@pytest.mark.parametrize(
    ("limit", "last"),
    [
        (Limit(days=5), date(2021, 2, 5)),
        (Limit(weeks=3), date(2021, 2, 21)),
        (Limit(months=1), date(2021, 2, 28)),
        (Limit(birthday=30), None),
    ],
)
def test_a_time_limit_ends_on_its_last_day_whatever_day_of_the_week_that_is(limit: Limit, last: date | None) -> None:
    assert limit_after(date(2021, 1, 31), limit) == last
