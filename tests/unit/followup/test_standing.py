"""The one definition of upcoming, due and overdue."""

from datetime import date, timedelta

import pytest

from contracts.codes import Timeliness
from services.followup.domain import Completed, FollowUp, Missed, Opened, Scheduled, Standing, Superseded, standing
from tests.unit.followup.story import CLOSES, DUE, MISSED_FROM, OPENS, SCHEDULED

DAY = timedelta(days=1)
OWED: list[FollowUp] = [Scheduled(SCHEDULED), Opened(SCHEDULED), Missed(SCHEDULED, MISSED_FROM)]


@pytest.mark.parametrize("follow_up", OWED)
@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (OPENS - DAY, Standing.UPCOMING),
        (OPENS, Standing.DUE),
        (DUE, Standing.DUE),
        (DUE + DAY, Standing.OVERDUE),
        (CLOSES, Standing.OVERDUE),
        (MISSED_FROM, Standing.OVERDUE),
        (MISSED_FROM + 1000 * DAY, Standing.OVERDUE),
    ],
)
def test_what_is_owed_stands_by_its_days_whatever_was_told_of_it(
    follow_up: FollowUp, today: date, expected: Standing
) -> None:
    assert standing(follow_up, today) is expected


@pytest.mark.parametrize("today", [OPENS - DAY, DUE, MISSED_FROM])
def test_what_has_ended_is_neither_due_nor_overdue(today: date) -> None:
    assert standing(Completed(SCHEDULED, DUE, Timeliness.IN_TIME, None), today) is Standing.COMPLETED
    assert standing(Superseded(SCHEDULED, DUE, None), today) is Standing.SUPERSEDED
