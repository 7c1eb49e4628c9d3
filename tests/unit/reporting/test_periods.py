"""Periods: each has one id and one address, its parts make it up, and the one after begins where it ends."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.periods import (
    NoPeriod,
    Period,
    after,
    before,
    months_of,
    parts,
    period_between,
    period_of,
    year_period,
)

_DAYS = st.dates(date(2004, 1, 1), date(2198, 12, 31))


@st.composite
def _periods(draw: st.DrawFn) -> Period:
    first, last = sorted((draw(_DAYS), draw(_DAYS)))
    by_days = st.just(period_between(first, last))
    named = st.sampled_from([year_period(first.year), *parts(year_period(first.year))])
    return draw(by_days | named)


@pytest.mark.parametrize(
    ("period_id", "first", "last", "label"),
    [
        ("2021", date(2021, 1, 1), date(2021, 12, 31), "2021"),
        ("2021-h1", date(2021, 1, 1), date(2021, 6, 30), "första halvåret 2021"),
        ("2021-h2", date(2021, 7, 1), date(2021, 12, 31), "andra halvåret 2021"),
        ("2021-k3", date(2021, 7, 1), date(2021, 9, 30), "tredje kvartalet 2021"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "februari 2024"),
        (
            "2021-03-01--2022-02-28",
            date(2021, 3, 1),
            date(2022, 2, 28),
            "1 mars 2021–28 februari 2022",
        ),
        ("2021-03-01--2021-03-01", date(2021, 3, 1), date(2021, 3, 1), "1 mars 2021"),
    ],
)
def test_a_period_is_called(period_id: str, first: date, last: date, label: str) -> None:
    assert period_of(period_id) == Period(id=period_id, label=label, first=first, last=last)


@pytest.mark.parametrize(
    "period_id",
    [
        "", "21", "2003", "2200", "2021-h3", "2021-h0", "2021-k5", "2021-13", "2021-00", "2021-1", "2021-01-01",
        "٢٠٢١", "2021-02-30--2021-03-01", "2021-02-02--2021-02-01", "2003-12-31--2004-01-01",
        "2021-01-01--2021-12-31", "2021-04-01--2021-06-30", "2021-06-01--2021-06-30", "2021\n", " 2021",
    ],
)  # fmt: skip
def test_no_period_has_such_an_id(period_id: str) -> None:
    with pytest.raises(NoPeriod):
        period_of(period_id)


@given(_periods())
def test_a_period_is_found_by_its_id_and_by_its_days(period: Period) -> None:
    assert period_of(period.id) == period
    assert period_between(period.first, period.last) == period


@given(_periods())
def test_the_period_after_begins_the_day_after_and_leads_back(period: Period) -> None:
    following = after(period)
    if following is not None:
        assert following.first == period.following
        assert before(following) == period


@given(st.integers(2004, 2199))
def test_the_parts_of_a_year_make_it_up(year: int) -> None:
    whole = year_period(year)
    by_length = {2: [], 4: [], 12: []}  # type: dict[int, list[Period]]
    for part in parts(whole):
        by_length[{6: 2, 3: 4, 1: 12}[part.last.month - part.first.month + 1]].append(part)
    for number, same in by_length.items():
        assert len(same) == number
        assert same[0].first == whole.first
        assert same[-1].last == whole.last
        for one, following in pairwise(same):
            assert one.last + timedelta(days=1) == following.first
    assert months_of(whole) == tuple(by_length[12])
