"""The one definition of upcoming, due and overdue."""

from datetime import date, timedelta

import pytest

from contracts.codes import Timeliness
from services.followup.domain.ledger import DueStatus, FollowUp, due_status
from tests.unit.followup.story import CLOSES, DUE, MISSED_FROM, OPENS, SCHEDULED

DAY = timedelta(days=1)
OWED = [
    FollowUp(SCHEDULED),
    FollowUp(SCHEDULED, opened=True),
    FollowUp(SCHEDULED, opened=True, missed_on=MISSED_FROM),
]


@pytest.mark.parametrize("follow_up", OWED)
@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (OPENS - DAY, DueStatus.UPCOMING),
        (OPENS, DueStatus.DUE),
        (DUE, DueStatus.DUE),
        (DUE + DAY, DueStatus.OVERDUE),
        (CLOSES, DueStatus.OVERDUE),
        (MISSED_FROM, DueStatus.OVERDUE),
        (MISSED_FROM + 1000 * DAY, DueStatus.OVERDUE),
    ],
)
def test_what_is_owed_stands_by_its_days_whatever_was_appended(
    follow_up: FollowUp, today: date, expected: DueStatus
) -> None:
    assert due_status(follow_up, today) is expected


@pytest.mark.parametrize("today", [OPENS - DAY, DUE, MISSED_FROM])
def test_what_has_ended_is_neither_due_nor_overdue(today: date) -> None:
    completed = FollowUp(SCHEDULED, "completed", ended_on=DUE, timeliness=Timeliness.IN_TIME)
    assert due_status(completed, today) is DueStatus.COMPLETED
    assert due_status(FollowUp(SCHEDULED, "superseded", ended_on=DUE), today) is DueStatus.SUPERSEDED
