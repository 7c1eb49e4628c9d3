"""Partitions whose reading is retried: why, since which offset, and how long until the next attempt."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from aiokafka import TopicPartition

from services.chassis.backoff import LEAST_SECONDS, MOST_SECONDS, pause
from services.chassis.metrics import Metrics

DEFAULT_BOUNDS: Final = (LEAST_SECONDS, MOST_SECONDS)


@dataclass
class Hold:
    """One partition's. ``waiting``: it is paused until the next attempt."""

    following: int
    error: str
    attempts: int
    waiting: bool = True


class Holds:
    """The partitions held; each until something of it was applied, or it was given away."""

    def __init__(self, metrics: Metrics, bounds: tuple[float, float]) -> None:
        self._metrics = metrics
        self._least, self._most = bounds
        self._holds: dict[TopicPartition, Hold] = {}

    def add(self, partition: TopicPartition, following: int, error: Exception) -> tuple[Hold, float]:
        """Notes a failure at an offset; returns the hold and the seconds until the next attempt."""
        before = self._holds.get(partition)
        attempts = before.attempts + 1 if before is not None and before.following == following else 1
        self._forget_gauge(partition)
        hold = Hold(following, type(error).__name__, attempts)
        self._holds[partition] = hold
        self._metrics.blocked.labels(partition.topic, partition.partition, hold.error).set(1)
        return hold, pause(attempts, least=self._least, most=self._most)

    def release(self, partition: TopicPartition) -> None:
        """Reading goes on."""
        self._forget_gauge(partition)
        self._holds.pop(partition, None)

    def keep_only(self, partitions: Iterable[TopicPartition]) -> None:
        """Forgets those of other partitions."""
        for partition in set(self._holds) - set(partitions):
            self.release(partition)

    def get(self, partition: TopicPartition) -> Hold | None:
        return self._holds.get(partition)

    def waits(self, partition: TopicPartition) -> bool:
        """True while a partition is paused on purpose."""
        hold = self._holds.get(partition)
        return hold is not None and hold.waiting

    def errors(self) -> list[str]:
        """The classes of the errors for which reading is retried."""
        return sorted({hold.error for hold in self._holds.values()})

    def _forget_gauge(self, partition: TopicPartition) -> None:
        if (hold := self._holds.get(partition)) is not None:
            self._metrics.blocked.remove(partition.topic, partition.partition, hold.error)
