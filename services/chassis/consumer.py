"""From Kafka into Postgres, exactly once.

A batch of one partition is applied in one transaction together with the partition's next offset. FastStream brings
the batches; what it would do with failures (log and pass on) is never left to it: a failure that may pass is
retried here, a record that cannot be used is buried with its reason, and nothing else ends a batch.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, TypeAlias, TypeVar

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.middlewares import AckPolicy

from services.chassis import dead_letters, offsets
from services.chassis.clock import Clock
from services.chassis.database import TRANSIENT, Connection, Pool
from services.chassis.logs import logger
from services.chassis.metrics import Metrics
from services.chassis.progress import Progress
from services.chassis.unit import Unit

Records: TypeAlias = Sequence[ConsumerRecord[Any, Any]]
Apply: TypeAlias = Callable[[Unit, Records], Awaitable[None]]

T = TypeVar("T")

_MAX_RECORDS: Final = 500
_LOOK_SECONDS: Final = 2.5
_BACKOFF_SECONDS: Final = (0.05, 5.0)


@dataclass(frozen=True)
class Pace:
    """How eagerly a reader asks for records.

    ``idle_ms``: FastStream asks for this long and, if nothing came, sleeps as long again. ``least_bytes`` and
    ``wait_ms``: Kafka holds an answer back until there is so much, or for so long.
    """

    idle_ms: int
    least_bytes: int
    wait_ms: int


PROMPT: Final = Pace(idle_ms=5, least_bytes=1, wait_ms=250)
"""For what people wait for."""

LEISURELY: Final = Pace(idle_ms=100, least_bytes=64 * 1024, wait_ms=400)
"""For what gains by large batches and is looked at now and then."""


class Unusable(Exception):
    """A record that cannot be applied now or ever, as it stands. ``reason`` goes into its dead letter."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Reader(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """Reads topics as one consumer group and applies their records with ``apply``."""

    def __init__(
        self,
        *,
        service: str,
        topics_read: Sequence[str],
        topic_told: str,
        apply: Apply,
        pace: Pace,
        pool: Pool,
        clock: Clock,
        metrics: Metrics,
        on_commit: Callable[[], None],
    ) -> None:
        self._service = service
        self._topics = tuple(topics_read)
        self._topic_told = topic_told
        self._apply = apply
        self._pace = pace
        self._pool = pool
        self._clock = clock
        self._metrics = metrics
        self._on_commit = on_commit
        self._next: dict[TopicPartition, int] = {}
        self._confirmed_gap: dict[TopicPartition, int] = {}
        self._stopping = False
        self._handling = False
        self._joined = False
        self._subscriber: Any = None

    def attach(self, broker: KafkaBroker) -> None:
        """Subscribes on a broker that has not started yet."""
        self._subscriber = broker.subscriber(
            *self._topics,
            group_id=f"samspel.{self._service}",
            batch=True,
            max_records=_MAX_RECORDS,
            batch_timeout_ms=self._pace.idle_ms,
            fetch_min_bytes=self._pace.least_bytes,
            # Never read: every assigned partition is sought to its stored offset first.
            auto_offset_reset="earliest",
            fetch_max_wait_ms=self._pace.wait_ms,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
            ack_policy=AckPolicy.MANUAL,
            listener=self,
            parser=_parse,
            decoder=_decode,
            include_in_schema=False,
        )
        self._subscriber(self._handle)

    def ready(self) -> bool:
        """True once partitions were given out and the stored offset of each of ours was loaded."""
        consumer = self._consumer
        return self._joined and consumer is not None and set(consumer.assignment()) == set(self._next)

    def stop(self) -> None:
        """Lets a batch that is being retried give up; it will be read again from its stored offset."""
        self._stopping = True

    @property
    def _consumer(self) -> Any:
        return self._subscriber.consumer if self._subscriber is not None else None

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        for partition in revoked:
            self._next.pop(partition, None)
        self._metrics.assigned.set(len(self._next))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        ours = list(assigned)
        # A batch that was overtaken may have found its place again after the partition was taken away from us.
        self._next = {partition: following for partition, following in self._next.items() if partition in ours}
        # aiokafka logs and drops what is raised here, so this does not end before the offsets are known.
        await self._find_places(ours)
        self._metrics.assigned.set(len(self._next))
        self._joined = True

    async def _find_places(self, partitions: Sequence[TopicPartition]) -> None:
        """Goes to the stored offset of each partition, however long the database is away."""
        attempt = 0
        while partitions and not self._stopping:
            try:
                stored = await offsets.load(self._pool, partitions)
            except TRANSIENT as error:
                attempt += 1
                logger().warning("offsets_not_loaded", error=type(error).__name__, attempt=attempt)
                await _back_off(attempt)
            else:
                for partition, following in stored.items():
                    self._go_to(partition, following)
                return

    def _go_to(self, partition: TopicPartition, following: int) -> None:
        if partition in self._consumer.assignment():  # it may have been given away meanwhile
            self._consumer.seek(partition, following)
            self._next[partition] = following

    async def _handle(self, message: KafkaMessage) -> None:
        records: Records = message.raw_message
        self._handling = True
        try:
            for partition, batch in groupby(records, key=lambda each: TopicPartition(each.topic, each.partition)):
                await self._handle_partition(partition, list(batch))
        finally:
            self._handling = False

    async def _handle_partition(self, partition: TopicPartition, batch: Records) -> None:
        attempt = 0
        while not self._stopping:
            expected = self._next.get(partition)
            if expected is None:
                return  # revoked, or handed over before its offset was sought: it will be read again
            fresh = [record for record in batch if record.offset >= expected]
            if not fresh or self._must_confirm_gap(partition, expected, fresh[0].offset):
                return
            try:
                with self._metrics.batch_seconds.time():
                    await self._commit(partition, expected, fresh)
            except TRANSIENT as error:
                attempt += 1
                self._metrics.retries.inc()
                logger().warning("batch_retried", error=type(error).__name__, attempt=attempt, topic=partition.topic)
                await _back_off(attempt)
            except offsets.Overtaken:
                self._metrics.overtaken.inc()
                self._next.pop(partition, None)
                await self._find_places([partition])
                return
            else:
                return

    def _must_confirm_gap(self, partition: TopicPartition, expected: int, first: int) -> bool:
        """Records were expected before the first one here. Seek back once; a gap that is still there is real.

        Real ones come from retention, compaction and transaction markers. Others come from records fetched
        before the stored offset was sought; taking those would skip what lies between.
        """
        if first == expected:
            return False
        if self._confirmed_gap.get(partition) == expected:
            self._metrics.skipped.labels(partition.topic).inc(first - expected)
            logger().error(
                "offsets_missing",
                topic=partition.topic,
                partition=partition.partition,
                first=expected,
                next=first,
            )
            return False
        self._confirmed_gap[partition] = expected
        self._consumer.seek(partition, expected)
        return True

    async def _commit(self, partition: TopicPartition, expected: int, batch: Records) -> None:
        try:
            await self._in_one_go(partition, expected, batch)
        except (*TRANSIENT, offsets.Overtaken):
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, it is one record's: find out whose
            logger().warning("batch_taken_apart", error=type(error).__name__, topic=partition.topic)
            await self._one_by_one(partition, expected, batch)
        following = batch[-1].offset + 1
        if partition in self._next:
            self._next[partition] = following
        self._metrics.applied.labels(partition.topic).inc(len(batch))
        self._on_commit()

    async def _in_one_go(self, partition: TopicPartition, expected: int, batch: Records) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await offsets.advance(connection, partition, expected, batch[-1].offset + 1)
            await self._apply(self._unit(connection), batch)

    async def _one_by_one(self, partition: TopicPartition, expected: int, batch: Records) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await offsets.advance(connection, partition, expected, batch[-1].offset + 1)
            for record in batch:
                try:
                    async with connection.transaction():
                        await self._apply(self._unit(connection), [record])
                except TRANSIENT:
                    raise
                except Exception as error:  # noqa: BLE001  # buried with its reason, never dropped
                    await self._bury(connection, record, error)

    async def _bury(self, connection: Connection, record: ConsumerRecord[Any, Any], error: Exception) -> None:
        reason = error.reason if isinstance(error, Unusable) else f"unexpected: {type(error).__name__}"
        logger().error(
            "record_buried",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            reason=reason,
            exc_info=error,
        )
        self._metrics.dead_letters.labels(record.topic).inc()
        await dead_letters.bury(self._unit(connection), self._service, record, reason)

    async def replay(self, record: ConsumerRecord[Any, Any]) -> None:
        """Applies one record again, out of turn. Raises what ``apply`` raises."""
        async with self._pool.acquire() as connection, connection.transaction():
            await self._apply(self._unit(connection), [record])
        self._on_commit()

    def _unit(self, connection: Connection) -> Unit:
        return Unit(connection, self._clock.now(), self._topic_told)

    async def watch(self) -> None:
        """Keeps the lag metric true, and Kafka's own offsets near ours. Returns if reading stands still.

        Whoever watches then closes this reader's broker and opens another.
        """
        progress = Progress()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            # A partition that is ours and whose offset is not known counts as standing before its first record.
            reached = {partition: self._next.get(partition, -1) for partition in self._consumer.assignment()}
            if self._handling or not reached:
                progress.forget()
                continue
            ends = await self._asked_kafka(self._consumer.end_offsets(list(reached)))
            if ends is None:
                continue  # Kafka is away: no news of progress
            for partition, following in reached.items():
                lag = max(0, ends[partition] - following)
                self._metrics.lag.labels(partition.topic, partition.partition).set(lag)
            if progress.stalled(asyncio.get_running_loop().time(), reached, ends):
                return
            if applied := {partition: self._next[partition] for partition in reached if partition in self._next}:
                # Nothing reads Kafka's copy but dashboards; during a rebalance it is refused, and told the next time.
                await self._asked_kafka(self._consumer.commit(applied))

    async def _asked_kafka(self, question: Awaitable[T]) -> T | None:
        try:
            async with asyncio.timeout(_LOOK_SECONDS * 2):
                return await question
        except (KafkaError, TimeoutError) as error:
            logger().info("kafka_did_not_answer", error=type(error).__name__)
            return None


async def _parse(message: tuple[ConsumerRecord[Any, Any], ...]) -> KafkaMessage:
    # FastStream's own parser decodes every header and drops the whole batch at the first that is not text.
    return KafkaMessage(raw_message=message, body=b"", consumer=None)  # type: ignore[arg-type]


async def _decode(message: KafkaMessage) -> KafkaMessage:
    return message


async def _back_off(attempt: int) -> None:
    least, most = _BACKOFF_SECONDS
    await asyncio.sleep(min(most, least * 2.0**attempt) * random.uniform(0.5, 1.0))
