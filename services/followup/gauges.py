"""What Prometheus may ask about follow-ups: how many are owed, how late the latest is, and digests."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Final

from prometheus_client.core import Metric

from contracts.events import local_date
from services.chassis.counting import Count, gauge
from services.chassis.database import Connection
from services.followup import notice_store
from services.followup.domain.notices import first_after, moment_of

_DAY_SECONDS: Final = 86_400

# Says in SQL what ``due_status`` says. Whether one is missed is kept in the row, so it lags no definition.
OWED: Final = """
SELECT insats, point, worked_by,
       count(*) FILTER (WHERE opens_on > $1) AS upcoming,
       count(*) FILTER (WHERE opens_on <= $1 AND due_on >= $1) AS due,
       count(*) FILTER (WHERE due_on < $1) AS overdue,
       count(*) FILTER (WHERE missed_on IS NOT NULL) AS missed,
       coalesce($1 - min(due_on) FILTER (WHERE due_on < $1), 0) AS days_overdue
FROM follow_up WHERE ended_on IS NULL GROUP BY insats, point, worked_by
"""
_STATUSES: Final = ("upcoming", "due", "overdue")


async def count(connection: Connection, now: datetime) -> Sequence[Metric]:
    """Counts what is owed on the Swedish day of ``now``. An insats and point that owe nothing have no series."""
    rows = await connection.fetch(OWED, local_date(now))
    places = {(row["insats"], row["point"], row["worked_by"]): row for row in rows}
    labels = ("insats", "point", "role")
    return [
        gauge(
            "samspel_obligations",
            "Follow-ups owed, by insats, point, the sign-in role that works them, and due status",
            (*labels, "due_status"),
            {(*place, status): row[status] for place, row in places.items() for status in _STATUSES},
        ),
        gauge(
            "samspel_obligations_missed",
            "Follow-ups owed whose window closed before they were held; each is overdue too",
            labels,
            {place: row["missed"] for place, row in places.items()},
        ),
        gauge(
            "samspel_obligations_oldest_overdue_seconds",
            "How long ago, in whole days, the follow-up was due that is overdue longest; 0 if none is overdue",
            labels,
            {place: row["days_overdue"] * _DAY_SECONDS for place, row in places.items()},
        ),
    ]


def digests(at: time) -> Count:
    """Counts how long the digest has been due that is due longest. ``at``: when digests are sent."""

    async def count_digests(connection: Connection, now: datetime) -> Sequence[Metric]:
        settled_on = await notice_store.oldest_settled(connection)
        delay = 0.0 if settled_on is None else (now - moment_of(first_after(settled_on), at)).total_seconds()
        return [
            gauge(
                "samspel_notices_oldest_due_seconds",
                "How long the daily digest has been due that is due longest; 0 if none is",
                (),
                {(): max(0.0, delay)},
            )
        ]

    return count_digests
