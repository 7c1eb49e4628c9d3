"""What Prometheus may ask about referrals: how many there are by state, and how long the queues are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from prometheus_client.core import Metric

from contracts.catalogue import INSATSER
from services.chassis.counting import gauge
from services.chassis.database import Connection
from services.referral.domain.permissions import CaseState

_QUEUED: Final = frozenset({CaseState.WAITING, CaseState.INCOMPLETE})
"""The states of a referral that stands in the queue, as the page of the queue has them."""

BY_STATE: Final = """
SELECT insats, state, count(*) AS referrals, extract(epoch FROM $1 - min(received_at))::float AS age
FROM referral_case GROUP BY insats, state
"""


async def count(connection: Connection, now: datetime) -> Sequence[Metric]:
    """Counts referrals at ``now``. Every insats of the catalogue has a queue, if only of length 0."""
    rows = await connection.fetch(BY_STATE, now)
    lengths: dict[tuple[str, ...], float] = {(insats,): 0 for insats in INSATSER}
    waits: dict[tuple[str, ...], float] = {(insats,): 0.0 for insats in INSATSER}
    for row in rows:
        if row["state"] in _QUEUED:
            queue = (row["insats"],)
            lengths[queue] = lengths.get(queue, 0) + row["referrals"]
            waits[queue] = max(waits.get(queue, 0.0), row["age"])
    return [
        gauge(
            "samspel_referrals",
            "Referrals, by insats and the state they are in",
            ("insats", "state"),
            {(row["insats"], row["state"]): row["referrals"] for row in rows},
        ),
        gauge("samspel_queue_referrals", "Referrals that wait for an answer, by insats", ("insats",), lengths),
        gauge(
            "samspel_queue_oldest_wait_seconds",
            "How long ago the referral came that has waited longest, by insats; 0 if the queue is empty",
            ("insats",),
            waits,
        ),
    ]
