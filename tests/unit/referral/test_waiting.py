"""The days a referral has waited are those of its intervals, whatever holds there were."""

from datetime import date, timedelta
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.waiting import Hold, Wait, waited

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
