"""Numbers counted in the database for Prometheus: what waits there, and since when.

Each process counts every few seconds and shows what it found to whoever asks meanwhile. All workers of a service
count the same rows, so they show the same: take ``max`` over them, never ``sum``. A count that has become old is no
longer shown: its series end, and ``samspel_counted_timestamp_seconds`` says since when.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.chassis.database import Connection, Pool
from services.chassis.logs import logger

Count: TypeAlias = Callable[[Connection, datetime], Awaitable[Sequence[Metric]]]
"""Counts in one transaction, given the service's present moment. Raises what the database says."""

Labels: TypeAlias = tuple[str, ...]

SHOWN_SECONDS: Final = 60.0
"""How long a count is shown if no later one succeeds."""

_LEAST_PAUSE_SECONDS: Final = 5.0
_LONGEST_PAUSE_SECONDS: Final = 25.0
# Up to the longest pause, counting takes at most a tenth of one connection's time.
_PAUSE_TO_WORK: Final = 10.0
# One that waits for somebody's lock is given up: it says nothing of how long the next one takes.
_LONGEST_COUNT_SECONDS: Final = 10.0

WAITING: Final = """
SELECT (SELECT count(*) FROM outbox) AS unsent,
       (SELECT extract(epoch FROM clock_timestamp() - queued_at)::float
        FROM outbox ORDER BY outbox_id LIMIT 1) AS age,
       count(*) AS due,
       extract(epoch FROM $1 - min(due_at))::float AS delay
FROM timer WHERE due_at <= $1
"""
DEAD_LETTERS: Final = "SELECT topic, count(*) AS letters FROM dead_letter WHERE state = 'open' GROUP BY topic"
# No index: the table holds what waits for a predecessor, which is nothing as a rule.
_PARKED: Final = """
SELECT topic, count(DISTINCT (stream_id, source)) AS streams,
       extract(epoch FROM clock_timestamp() - min(parked_at))::float AS age
FROM parked_event GROUP BY topic
"""


def gauge(name: str, meaning: str, labels: Labels, values: Mapping[Labels, float]) -> GaugeMetricFamily:
    """A gauge with a value for each combination of its labels' values."""
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for said, value in values.items():
        family.add_metric(said, value)
    return family


async def count_chassis(connection: Connection, now: datetime) -> Sequence[Metric]:
    """What waits in the tables that every service has."""
    waiting = await connection.fetchrow(WAITING, now)
    letters = await connection.fetch(DEAD_LETTERS)
    parked = await connection.fetch(_PARKED)
    return [
        gauge("samspel_outbox_unsent", "Events committed and not yet sent to Kafka", (), {(): waiting["unsent"]}),
        gauge(
            "samspel_outbox_oldest_seconds",
            "How long ago the first of the unsent events was committed; 0 if there is none",
            (),
            {(): waiting["age"] or 0.0},
        ),
        gauge("samspel_timers_due", "Timers that are due and have not fired", (), {(): waiting["due"]}),
        gauge(
            "samspel_timers_oldest_due_seconds",
            "How late the timer is that is due longest, by the service's clock; 0 if there is none",
            (),
            {(): waiting["delay"] or 0.0},
        ),
        gauge(
            "samspel_dead_letters_open",
            "Dead letters neither replayed nor discarded, by the topic of the record",
            ("topic",),
            {(row["topic"],): row["letters"] for row in letters},
        ),
        gauge(
            "samspel_parked_streams",
            "Streams of which an event waits for its predecessor, by topic",
            ("topic",),
            {(row["topic"],): row["streams"] for row in parked},
        ),
        gauge(
            "samspel_parked_oldest_seconds",
            "How long the event has waited for its predecessor that has waited longest, by topic",
            ("topic",),
            {(row["topic"],): row["age"] for row in parked},
        ),
    ]


class Counts(Collector):
    """The latest count, as Prometheus may ask for it at any time. :meth:`keep` makes the counts."""

    def __init__(self, counts: Iterable[Count], now: Callable[[], float] = time.time) -> None:
        self._counts = (count_chassis, *counts)
        self._now = now
        self._latest: Sequence[Metric] = ()
        self._counted_at = 0.0
        self._took = 0.0

    def describe(self) -> Iterable[Metric]:
        """Nothing: what is shown follows from what is counted."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The latest count unless it is old; always when it was made, which is 0 before the first."""
        yield gauge(
            "samspel_counted_timestamp_seconds",
            "When the numbers from the database were counted last, in Unix time; 0 before the first count",
            (),
            {(): self._counted_at},
        )
        yield gauge("samspel_counting_seconds", "How long the last count took", (), {(): self._took})
        if self._now() - self._counted_at <= SHOWN_SECONDS:
            yield from self._latest

    @property
    def _pause(self) -> float:
        return min(_LONGEST_PAUSE_SECONDS, max(_LEAST_PAUSE_SECONDS, self._took * _PAUSE_TO_WORK))

    async def count(self, pool: Pool, now: datetime) -> None:
        """Counts all once, in one snapshot. Raises what the database says, and TimeoutError if it takes more than ten
        seconds; then the earlier count stays."""
        begun = time.perf_counter()
        async with (
            asyncio.timeout(_LONGEST_COUNT_SECONDS),
            pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            latest = [metric for count in self._counts for metric in await count(connection, now)]
        self._latest, self._counted_at, self._took = latest, self._now(), time.perf_counter() - begun

    async def keep(self, pool: Pool, clock: Callable[[], datetime]) -> None:
        """Counts again and again, until cancelled."""
        while True:
            try:
                await self.count(pool, clock())
            except Exception as error:  # noqa: BLE001  # the age of the last count tells of it, whatever it is
                logger().warning("not_counted", error=type(error).__name__)
            await asyncio.sleep(self._pause)
