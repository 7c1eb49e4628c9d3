"""Whether reading gets on.

aiokafka can stop fetching a partition after a broker has been away, without an error and without end
(aio-libs/aiokafka issue 1154). The client's own idea of its lag stands still with it, so the broker is asked.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

Partition = TypeVar("Partition")

STALLED_SECONDS: Final = 10.0


class Progress:
    """Remembers how long each partition has had records waiting without any being applied."""

    def __init__(self) -> None:
        self._standing: dict[object, tuple[int, float]] = {}

    def stalled(self, now: float, reached: Mapping[Partition, int], ends: Mapping[Partition, int]) -> bool:
        """True if a partition has stood at one offset, with more to read, for ten seconds of ``now``."""
        behind = {partition: following for partition, following in reached.items() if ends[partition] > following}
        self._standing = {
            partition: self._since(partition, following, now) for partition, following in behind.items()
        }
        return any(now - since >= STALLED_SECONDS for _, since in self._standing.values())

    def forget(self) -> None:
        """Begins anew: what stood still did so for a known reason."""
        self._standing.clear()

    def _since(self, partition: object, following: int, now: float) -> tuple[int, float]:
        stood = self._standing.get(partition)
        return stood if stood is not None and stood[0] == following else (following, now)
