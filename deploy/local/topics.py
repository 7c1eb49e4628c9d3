"""The topics of the contract, made and looked at in a running Kafka."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from deploy.local import blocking
from deploy.local.errors import LaunchError

_SERVED_WITHIN: Final = 30.0
_CLUSTER_DEFAULT: Final = -1


class Spec(Protocol):
    """A topic as it must exist; `contracts.topics.TopicSpec` is one."""

    @property
    def name(self) -> str: ...

    @property
    def partitions(self) -> int: ...

    @property
    def config(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class TopicState:
    """A topic as it is: records ever written to each partition, deleted ones included."""

    name: str
    end_offsets: tuple[int, ...]


def create_topics(bootstrap: str, specs: Iterable[Spec]) -> list[str]:
    """Create the topics that are missing and return their names; those that exist are left as they are.

    Returns when every partition has a leader. Raises LaunchError when a topic has another number of
    partitions than the contract says: adding some would move keys between partitions and so break the order
    of a case.
    """
    return blocking.run(_create_topics(bootstrap, list(specs)))


def topic_states(bootstrap: str) -> list[TopicState]:
    """All topics but Kafka's own, by name."""
    return blocking.run(_topic_states(bootstrap))


async def _create_topics(bootstrap: str, specs: Sequence[Spec]) -> list[str]:
    async with _admin(bootstrap) as admin:
        existing = await _partitions(admin)
        _require_same_partitions(specs, existing)
        missing = [spec for spec in specs if spec.name not in existing]
        if missing:
            await _create(admin, missing)
        await _wait_served(admin, specs)
        return [spec.name for spec in missing]


def _require_same_partitions(specs: Iterable[Spec], existing: Mapping[str, int]) -> None:
    wrong = [
        f"{spec.name} has {existing[spec.name]} partitions, the contract says {spec.partitions}"
        for spec in specs
        if existing.get(spec.name, spec.partitions) != spec.partitions
    ]
    if wrong:
        raise LaunchError(
            "The number of partitions cannot be changed while records lie in a topic:\n  "
            + "\n  ".join(wrong)
            + "\nStart on an empty data folder (--data), or move the records to a new topic."
        )


async def _create(admin: AIOKafkaAdminClient, specs: Iterable[Spec]) -> None:
    wanted = [
        NewTopic(
            spec.name,
            spec.partitions,
            _CLUSTER_DEFAULT,
            replica_assignments={},
            topic_configs=dict(spec.config),
        )
        for spec in specs
    ]
    response = await admin.create_topics(wanted)
    for name, code, message in response.topic_errors:
        error = for_code(code)
        # Another launcher may have been faster.
        if code and error is not TopicAlreadyExistsError:
            raise LaunchError(f"Kafka did not create the topic {name}: {message or error.__name__}")


async def _wait_served(admin: AIOKafkaAdminClient, specs: Iterable[Spec]) -> None:
    wanted = {spec.name: spec.partitions for spec in specs}
    deadline = time.monotonic() + _SERVED_WITHIN
    while waiting := wanted.items() - (await _partitions(admin)).items():
        if time.monotonic() > deadline:
            names = ", ".join(sorted(name for name, _ in waiting))
            raise LaunchError(f"Kafka has not begun to serve these topics: {names}")
        await asyncio.sleep(0.05)


async def _partitions(admin: AIOKafkaAdminClient) -> dict[str, int]:
    """How many partitions with a leader each topic has."""
    return {
        topic["topic"]: sum(partition["leader"] >= 0 for partition in topic["partitions"])
        for topic in await admin.describe_topics()
    }


async def _topic_states(bootstrap: str) -> list[TopicState]:
    async with _admin(bootstrap) as admin:
        partitions = await _partitions(admin)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        places = [
            TopicPartition(topic, number)
            for topic, count in partitions.items()
            for number in range(count)
            if not topic.startswith("__")
        ]
        ends = await consumer.end_offsets(places) if places else {}
    finally:
        await consumer.stop()
    states: dict[str, list[int]] = {}
    for place in sorted(ends):
        states.setdefault(place.topic, []).append(ends[place])
    return [TopicState(name, tuple(offsets)) for name, offsets in states.items()]


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()
