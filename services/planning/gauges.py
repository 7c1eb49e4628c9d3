"""What Prometheus may ask about seats: how many are free, and how long accepted cases wait for one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from prometheus_client.core import Metric

from contracts.catalogue import INSATSER
from contracts.events import local_date
from services.chassis.counting import gauge
from services.chassis.database import Connection

AHEAD: Final = timedelta(days=28)
"""Sessions so far ahead count: one that is later helps nobody who waits now."""

_DAY_SECONDS: Final = 86_400

SEATS: Final = """
SELECT insats, 'session' AS kind, sum(seats) AS seats, sum(greatest(seats - taken, 0)) AS free
FROM team_session CROSS JOIN LATERAL (
    SELECT count(DISTINCT case_id) AS taken FROM session_seat
    WHERE session_seat.insats = team_session.insats AND session_seat.team = team_session.team
      AND session_seat.meets_on = team_session.meets_on AND session_seat.starts_at = team_session.starts_at
) AS of_session
WHERE insats = ANY ($1::text[]) AND meets_on >= $2 AND meets_on < $3 AND seats IS NOT NULL AND NOT cancelled
GROUP BY insats
UNION ALL
SELECT insats, 'group', sum(seats), sum(greatest(seats - taken, 0))
FROM declared_group CROSS JOIN LATERAL (
    SELECT count(*) AS taken FROM group_seat WHERE group_seat.group_id = declared_group.group_id AND ended_on IS NULL
) AS of_group
WHERE insats = ANY ($1::text[]) AND ends_on >= $2 AND NOT cancelled
GROUP BY insats
UNION ALL
SELECT insats, 'place', sum(seats), sum(greatest(seats - taken, 0))
FROM place CROSS JOIN LATERAL (
    SELECT count(*) AS taken FROM taken_place WHERE taken_place.place_id = place.place_id
) AS of_place
WHERE insats = ANY ($1::text[]) AND free_from <= $2 AND NOT withdrawn
GROUP BY insats
"""
AWAITING: Final = "SELECT insats, count(*) AS cases, $1 - min(accepted_on) AS days FROM awaiting_seat GROUP BY insats"


async def count(connection: Connection, now: datetime) -> Sequence[Metric]:
    """Counts seats and those who wait for one on the Swedish day of ``now``."""
    today = local_date(now)
    seats = await connection.fetch(SEATS, sorted(INSATSER), today, today + AHEAD)
    awaiting = await connection.fetch(AWAITING, today)
    labels = ("insats", "kind")
    return [
        gauge(
            "samspel_seats_declared",
            "Seats in team sessions of the next 28 days, in groups under way or ahead, and places, by insats",
            labels,
            {(row["insats"], row["kind"]): row["seats"] for row in seats},
        ),
        gauge(
            "samspel_seats_free",
            "Of the declared seats, those that nobody has",
            labels,
            {(row["insats"], row["kind"]): row["free"] for row in seats},
        ),
        gauge(
            "samspel_awaiting_seat_cases",
            "Accepted cases that have no seat in a team session, by insats",
            ("insats",),
            {(row["insats"],): row["cases"] for row in awaiting},
        ),
        gauge(
            "samspel_awaiting_seat_oldest_seconds",
            "How long, in whole days, the case was accepted ago that has waited longest for a seat, by insats",
            ("insats",),
            {(row["insats"],): row["days"] * _DAY_SECONDS for row in awaiting},
        ),
    ]
