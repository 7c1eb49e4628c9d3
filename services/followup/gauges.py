"""What Prometheus may ask about follow-ups: how many are owed and how late, reminders, time limits, and digests."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Final

from prometheus_client.core import Metric

from contracts.catalogue.reminders import REMINDERS
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

# Says in SQL what ``Reminder.day`` says: on which day each reminder of the chain is for.
REMINDED: Final = """
SELECT insats, point, reminder,
       count(*) FILTER (WHERE reminder = ANY (string_to_array(reminded, ' '))) AS sent,
       count(*) FILTER (WHERE reminder <> ALL (string_to_array(reminded, ' '))) AS late
FROM follow_up
JOIN unnest($2::text[], $3::text[], $4::integer[]) AS chain (reminder, counted_from, days)
  ON CASE counted_from WHEN 'missed' THEN closes_on + 1 ELSE due_on END + days <= $1
WHERE ended_on IS NULL GROUP BY insats, point, reminder
"""
TIME_LIMITS: Final = """
SELECT insats, clock,
       count(*) FILTER (WHERE limit_on >= $1) AS running,
       count(*) FILTER (WHERE limit_on < $1) AS passed,
       coalesce($1 - min(limit_on) FILTER (WHERE limit_on < $1), 0) AS days_passed
FROM time_limit WHERE stopped_on IS NULL GROUP BY insats, clock
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


async def count_reminders(connection: Connection, now: datetime) -> Sequence[Metric]:
    """Counts the reminders that follow-ups owed should have had by the Swedish day of ``now``."""
    chain = [[each.id for each in REMINDERS], [each.counted_from for each in REMINDERS]]
    rows = await connection.fetch(REMINDED, local_date(now), *chain, [each.days for each in REMINDERS])
    return [
        gauge(
            "samspel_reminders",
            "Reminders and escalations whose day has come, of follow-ups owed: sent, or late",
            ("insats", "point", "reminder", "state"),
            {
                (row["insats"], row["point"], row["reminder"], state): row[state]
                for row in rows
                for state in ("sent", "late")
            },
        )
    ]


async def count_time_limits(connection: Connection, now: datetime) -> Sequence[Metric]:
    """Counts the time limits that are waited for on the Swedish day of ``now``."""
    rows = await connection.fetch(TIME_LIMITS, local_date(now))
    labels = ("insats", "clock")
    return [
        gauge(
            "samspel_time_limits",
            "Time limits of which what they wait for has not happened, by the clock of the rule: running or passed",
            (*labels, "state"),
            {(row["insats"], row["clock"], state): row[state] for row in rows for state in ("running", "passed")},
        ),
        gauge(
            "samspel_time_limits_oldest_passed_seconds",
            "How long ago, in whole days, the limit's last day was that passed longest ago; 0 if none has passed",
            labels,
            {(row["insats"], row["clock"]): row["days_passed"] * _DAY_SECONDS for row in rows},
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
