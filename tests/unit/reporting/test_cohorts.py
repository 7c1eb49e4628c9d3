"""Cohorts: nobody is left out of a share, and no share rests on those alone who began early."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.cohorts import (
    MONTHS,
    WEEKS,
    Course,
    curve,
    median_days,
    months_after,
    size,
    weeks_after,
)

_DAYS = st.dates(date(2020, 1, 1), date(2021, 12, 31))


@st.composite
def _courses(draw: st.DrawFn) -> list[Course]:
    found = []
    for _ in range(draw(st.integers(0, 12))):
        since = draw(_DAYS)
        waited = draw(st.none() | st.integers(0, 800))
        reached = None if waited is None else since + timedelta(days=waited)
        sex = draw(st.sampled_from(["woman", "man", "other", "unknown"]))
        found.append(Course("a", sex, since, reached, draw(st.integers(1, 3))))
    return found


def _course(since: date, reached: date | None, count: int = 1, sex: str = "woman") -> Course:
    return Course("a", sex, since, reached, count)


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        (date(2021, 1, 31), 1, date(2021, 2, 28)),
        (date(2020, 1, 31), 1, date(2020, 2, 29)),
        (date(2021, 11, 15), 2, date(2022, 1, 15)),
        (date(2021, 12, 31), 0, date(2021, 12, 31)),
        (date(2021, 3, 31), 24, date(2023, 3, 31)),
    ],
)
def test_the_same_day_of_a_later_month_or_its_last(day: date, months: int, after: date) -> None:
    assert months_after(day, months) == after


@given(_courses(), st.dates(date(2021, 12, 31), date(2025, 12, 31)))
def test_a_curve_never_falls_and_ends_where_all_are_old_enough(courses: list[Course], today: date) -> None:
    for steps, last_of in ((MONTHS, months_after), (WEEKS, weeks_after)):
        points = curve(courses, steps, last_of, today)
        shown = [each.reached for each in points if each.reached is not None]
        assert [each.reached is not None for each in points] == sorted(
            (each.reached is not None for each in points), reverse=True
        )
        for before, then in pairwise(shown):
            for sex in ("women", "men", "other", "unknown", "total"):
                assert getattr(before, sex) <= getattr(then, sex)
        for point in points:
            assert (point.reached is not None) == (point.old_enough == size(courses).total)
            if point.reached is not None:
                assert point.reached.total <= size(courses).total


@given(_courses(), st.dates(date(2021, 12, 31), date(2025, 12, 31)), st.integers(0, 900))
def test_what_is_shown_of_a_day_stands_as_time_passes(courses: list[Course], today: date, more: int) -> None:
    """What had not happened by a day is not known then; a share that was shown is the same later."""
    known = [
        course if course.reached is None or course.reached <= today else _course(course.since, None, course.count)
        for course in courses
    ]
    then = curve(known, MONTHS, months_after, today)
    later = curve(courses, MONTHS, months_after, today + timedelta(days=more))
    for before, after in zip(then, later, strict=True):
        if before.reached is not None and after.reached is not None:
            assert before.reached.total == after.reached.total


def test_a_month_is_shown_on_the_day_the_youngest_reaches_it_and_not_the_day_before() -> None:
    courses = [_course(date(2021, 1, 10), date(2021, 2, 10)), _course(date(2021, 3, 31), None)]
    on = curve(courses, [1], months_after, date(2021, 4, 30))
    before = curve(courses, [1], months_after, date(2021, 4, 29))
    assert on[0].reached is not None
    assert (on[0].reached.total, on[0].old_enough) == (1, 2)
    assert (before[0].reached, before[0].old_enough) == (None, 1)


class TestMedian:
    def test_who_waits_counts_as_not_having_started(self) -> None:
        started = [_course(date(2021, 1, 1), date(2021, 1, 11)), _course(date(2021, 1, 1), date(2021, 1, 31))]
        today = date(2021, 12, 31)
        assert median_days(started, today) == 10
        assert median_days([*started, _course(date(2021, 1, 1), None)], today) == 30
        assert median_days([*started, _course(date(2021, 1, 1), None, 2)], today) == 30
        assert median_days([*started, _course(date(2021, 1, 1), None, 3)], today) is None

    def test_of_nobody_there_is_none(self) -> None:
        assert median_days([], date(2021, 12, 31)) is None

    def test_there_is_none_while_somebody_may_still_start_sooner(self) -> None:
        courses = [_course(date(2021, 1, 1), date(2021, 3, 2), 2), _course(date(2021, 4, 1), None)]
        assert median_days(courses, date(2021, 5, 30)) is None
        assert median_days(courses, date(2021, 5, 31)) == 60

    @given(_courses(), st.dates(date(2021, 12, 31), date(2025, 12, 31)))
    def test_half_have_started_within_it_and_fewer_before(self, courses: list[Course], today: date) -> None:
        days = median_days(courses, today)
        if days is not None:
            waited = [((each.reached - each.since).days, each.count) for each in courses if each.reached is not None]
            within = sum(count for waiting, count in waited if waiting <= days)
            sooner = sum(count for waiting, count in waited if waiting < days)
            everybody = sum(each.count for each in courses)
            assert 2 * within >= everybody > 2 * sooner
