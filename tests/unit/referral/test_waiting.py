"""The days a referral has waited are those of its intervals, whatever holds there were."""

from datetime import date, timedelta
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.waiting import Hold, Standing, Wait, standing, waited

FIRST: Final = date(2021, 1, 1)
_days = st.integers(-20, 120).map(lambda number: FIRST + timedelta(days=number))
_holds = st.lists(st.builds(Hold, since=_days, until=st.none() | _days), max_size=8)


@given(since=_days, until=_days, holds=_holds)
def test_the_days_waited_are_the_days_outside_every_hold(since: date, until: date, holds: list[Hold]) -> None:
    """Counted one by one, which is what the sum of the intervals must be."""
    every = [since + timedelta(days=number) for number in range(max(0, (until - since).days))]
    held = [day for day in every if any(h.since <= day and (h.until is None or day < h.until) for h in holds)]
    assert waited(since, until, holds) == Wait(len(every) - len(held), len(held))


@given(since=_days, until=_days, holds=_holds)
def test_the_order_and_repetition_of_holds_do_not_matter(since: date, until: date, holds: list[Hold]) -> None:
    assert waited(since, until, [*reversed(holds), *holds]) == waited(since, until, holds)


@given(days=st.lists(st.integers(0, 400), min_size=1, max_size=40))
def test_half_of_a_queue_has_waited_the_median_or_longer_and_nobody_longer_than_the_longest(days: list[int]) -> None:
    found = standing([Wait(each, 0) for each in days])
    middle = found.median_days
    assert middle is not None
    assert found.queued == len(days)
    assert 2 * sum(each >= middle for each in days) >= len(days)
    assert 2 * sum(each <= middle for each in days) >= len(days)
    assert found.longest_days == max(days)


def test_of_an_empty_queue_no_wait_is_said() -> None:
    assert standing([]) == Standing(0, None, None)
