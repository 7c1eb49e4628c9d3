"""From Kafka into Postgres, exactly once.

The stored offset of a partition never passes a record that was neither applied nor dead-lettered, whatever error
occurs. FastStream brings the batches and would log a failure and pass on, so none reaches it: a partition whose batch
fails is paused, sought back to its stored offset and read again after a while, for as long as it takes. The other
partitions go on meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, TypeVar

from aiokafka import ConsumerRebalanceListener, TopicPartition
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.middlewares import AckPolicy

from services.chassis import log_places, offsets, unpacking
from services.chassis.backoff import pause
from services.chassis.batches import Apply as Apply
from services.chassis.batches import Batches, Outcome, Record
from services.chassis.batches import Records as Records
from services.chassis.batches import Unusable as Unusable
from services.chassis.clock import Clock
from services.chassis.database import TRANSIENT, Pool
from services.chassis.holds import DEFAULT_BOUNDS, Holds
from services.chassis.log_places import BeyondEnd
from services.chassis.logs import logger
from services.chassis.metrics import Metrics
from services.chassis.progress import Progress
from services.chassis.tracing import Tracing

T = TypeVar("T")

_LOOK_SECONDS: Final = 1.5
_ANSWER_SECONDS: Final = 2.5
_SILENT_SECONDS: Final = 5.0
_MOST_UNANSWERED: Final = 4
_LONG_BATCH_SECONDS: Final = 30.0


@dataclass(frozen=True)
class FetchProfile:
    """How eagerly a reader asks for records.

    ``idle_ms``: FastStream asks for this long and, if nothing came, sleeps as long again. ``least_bytes`` and
    ``wait_ms``: Kafka holds an answer back until there is so much, or for so long. ``most_records``: in one batch.
    """

    idle_ms: int
    least_bytes: int
    wait_ms: int
    most_records: int


LOW_LATENCY: Final = FetchProfile(idle_ms=5, least_bytes=1, wait_ms=250, most_records=500)
"""For what people wait for."""

HIGH_THROUGHPUT: Final = FetchProfile(idle_ms=100, least_bytes=64 * 1024, wait_ms=400, most_records=2_000)
"""For what gains by large batches and is looked at now and then."""


class Reader(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """Reads topics as one consumer group and applies their records with ``apply``."""

    def __init__(
        self,
        *,
        service: str,
        bootstrap: str,
        topics_read: Sequence[str],
        own_topic: str,
        apply: Apply,
        fetch_profile: FetchProfile,
        pool: Pool,
        clock: Clock,
        metrics: Metrics,
        tracing: Tracing,
        on_commit: Callable[[], None],
        retry_bounds: tuple[float, float] = DEFAULT_BOUNDS,
    ) -> None:
        self._service = service
        self._bootstrap = bootstrap
        self._topics = tuple(topics_read)
        self._pace = fetch_profile
        self._pool = pool
        self._metrics = metrics
        self._on_commit = on_commit
        self._batches = Batches(
            service=service,
            own_topic=own_topic,
            apply=apply,
            pool=pool,
            clock=clock,
            metrics=metrics,
            tracing=tracing,
        )
        self._next: dict[TopicPartition, int] = {}
        self._lost: set[TopicPartition] = set()  # ours, overtaken, and the stored offset is to be loaded again
        self._sought: dict[TopicPartition, int] = {}  # where a batch in the wrong place made us seek back to
        self._empty_until: dict[TopicPartition, int] = {}  # the broker said: no record from the stored offset to here
        self._holds = Holds(metrics, retry_bounds)
        self._stopping = False
        self._handling_since: float | None = None
        self._answered_at: float | None = None
        self._unanswered = 0  # questions in a row
        self._joined = False
        self._subscriber: Any = None

    def attach(self, broker: KafkaBroker) -> None:
        """Subscribes on a broker that has not started yet."""
        unpacking.install()
        self._subscriber = broker.subscriber(
            *self._topics,
            group_id=f"samspel.{self._service}",
            batch=True,
            max_records=self._pace.most_records,
            batch_timeout_ms=self._pace.idle_ms,
            fetch_min_bytes=self._pace.least_bytes,
            fetch_max_bytes=unpacking.FETCH_BYTES,
            max_partition_fetch_bytes=unpacking.FETCH_BYTES_OF_A_PARTITION,
            isolation_level=log_places.ISOLATION,
            # Decides nothing: partitions are sought to their stored offsets, and a batch in another place is doubted.
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

    def why_not_ready(self) -> list[str]:
        """What hinders reading now; empty if nothing does."""
        missing: list[str] = []
        consumer = self._consumer
        if not self._joined or consumer is None or set(consumer.assignment()) != set(self._next):
            missing.append("partitions not assigned, or their offsets not loaded")
        now = asyncio.get_running_loop().time()
        if self._answered_at is None or now - self._answered_at > _SILENT_SECONDS:
            missing.append("Kafka does not answer the reader")
        if self._handling_since is not None and now - self._handling_since > _LONG_BATCH_SECONDS:
            missing.append(f"one batch has taken more than {_LONG_BATCH_SECONDS:.0f} seconds")
        missing.extend(f"reading is retried: {error}" for error in self._holds.errors())
        return missing

    def stop(self) -> None:
        """Lets what is being retried give up; it will be read again from its stored offset."""
        self._stopping = True

    @property
    def _consumer(self) -> Any:
        return self._subscriber.consumer if self._subscriber is not None else None

    def _assigned(self, partition: TopicPartition) -> bool:
        consumer = self._consumer
        return consumer is not None and partition in consumer.assignment()

    # Places -----------------------------------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._keep_only(set(self._next) - set(revoked))
        self._metrics.assigned.set(len(self._next))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        ours = list(assigned)
        # A batch that was overtaken may have found its place again after the partition was taken away from us.
        self._keep_only(ours)
        self._answered_at = asyncio.get_running_loop().time()
        # aiokafka logs and drops what is raised here, so this does not end before the offsets are known.
        await self._find_places(ours)
        self._metrics.assigned.set(len(self._next))
        self._joined = True

    def _keep_only(self, partitions: Iterable[TopicPartition]) -> None:
        ours = set(partitions)
        self._metrics.lag.clear()  # another worker shows what is no longer ours; the rest is set at the next look
        self._next = {partition: following for partition, following in self._next.items() if partition in ours}
        self._lost &= ours
        self._sought.clear()
        self._empty_until.clear()
        # A new assignment is fetched from its sought offset, so nothing stays paused.
        self._holds.keep_only(())

    async def _find_places(self, partitions: Sequence[TopicPartition]) -> None:
        """Goes to the stored offset of each partition, however long loading them fails."""
        attempt = 0
        while partitions and not self._stopping:
            try:
                await self._go_to_stored(partitions)
            except Exception as error:  # noqa: BLE001  # tried again whatever it is; without offsets nothing is read
                attempt += 1
                _log_retried("offsets_not_loaded", error, attempt=attempt)
                await asyncio.sleep(pause(attempt))
            else:
                return

    async def _go_to_stored(self, partitions: Sequence[TopicPartition]) -> None:
        stored = await offsets.load(self._pool, partitions)
        for partition, following in stored.items():
            if self._assigned(partition):  # it may have been given away meanwhile
                self._consumer.seek(partition, following)
                self._next[partition] = following
                self._lost.discard(partition)

    # Batches ----------------------------------------------------------------------------------------------------

    async def _handle(self, message: KafkaMessage) -> None:
        records: Records = message.raw_message
        self._handling_since = asyncio.get_running_loop().time()
        try:
            for partition, batch in groupby(records, key=lambda each: TopicPartition(each.topic, each.partition)):
                await self._handle_partition(partition, list(batch))
        finally:
            self._handling_since = None

    async def _handle_partition(self, partition: TopicPartition, batch: Records) -> None:
        if self._stopping:
            return
        try:
            if await self._advance(partition, batch):
                self._holds.release(partition)
        except Exception as error:  # noqa: BLE001  # FastStream would pass on to the next batch
            self._hold(partition, error)

    async def _advance(self, partition: TopicPartition, batch: Records) -> bool:
        """Applies a batch that begins where reading is to go on. Raises whatever hindered it; False if not there."""
        if partition in self._lost:
            await self._go_to_stored([partition])
            return False
        expected = self._next.get(partition)
        if expected is None:
            return False  # revoked, or handed over before its offset was sought: it will be read again
        if not await self._begins_at(partition, expected, batch[0]):
            return False
        while batch and self._next.get(partition) == expected:  # it may be given away between the parts of a batch
            try:
                with self._metrics.batch_seconds.time():
                    outcome = await self._batches.take(partition, expected, batch)
            except offsets.Overtaken:
                self._metrics.overtaken.inc()
                self._next.pop(partition, None)
                self._lost.add(partition)
                await self._go_to_stored([partition])
                return False
            self._move_on(partition, outcome)
            if outcome.stopped is not None:
                raise outcome.stopped
            expected = outcome.following
            batch = [record for record in batch if record.offset >= expected]
        return True

    def _move_on(self, partition: TopicPartition, outcome: Outcome) -> None:
        if partition in self._next:
            self._next[partition] = outcome.following
        self._sought.pop(partition, None)
        self._on_commit()

    def _hold(self, partition: TopicPartition, error: Exception) -> None:
        """Pauses a partition at its stored offset, and resumes it after a while."""
        self._metrics.retries.inc()
        following = self._next.get(partition, -1)
        if not self._assigned(partition):
            return  # it will be read again by whoever has it
        hold, seconds = self._holds.add(partition, following, error)
        _log_retried(
            "reading_retried", error, attempt=hold.attempts, topic=partition.topic, partition=partition.partition
        )
        if following >= 0:
            self._consumer.seek(partition, following)
        self._consumer.pause(partition)
        asyncio.get_running_loop().call_later(seconds, self._resume, partition, hold)

    def _resume(self, partition: TopicPartition, hold: object) -> None:
        current = self._holds.get(partition)
        if current is hold and current is not None and self._assigned(partition):
            current.waiting = False
            self._consumer.resume(partition)

    async def _begins_at(self, partition: TopicPartition, expected: int, first: Record) -> bool:
        """Whether a batch is the one that comes next.

        One that begins elsewhere was fetched before the stored offset was sought, as a rule: it is read again from
        there. If it begins elsewhere again, the broker is asked. Raises BeyondEnd.
        """
        begins = unpacking.first_offset(first)
        if begins == expected or (begins < expected <= first.offset):
            return True
        if self._sought.get(partition) == expected and await self._holds_no_record(partition, expected, begins):
            return True
        self._sought[partition] = expected
        if self._assigned(partition):
            self._consumer.seek(partition, expected)
        return False

    async def _holds_no_record(self, partition: TopicPartition, expected: int, first: int) -> bool:
        """Whether the broker itself says that there is no record from ``expected`` up to ``first``."""
        log = await log_places.bounds(self._consumer, partition)
        if log.end < expected:
            raise BeyondEnd
        if first < expected:
            return False
        where = await log_places.next_record(self._bootstrap, partition, max(expected, log.start))
        if where != first:
            return False
        self._metrics.skipped.labels(partition.topic).inc(first - expected)
        logger().error(
            "offsets_hold_no_record",
            topic=partition.topic,
            partition=partition.partition,
            first=expected,
            next=first,
            deleted=max(0, min(log.start, first) - expected),
        )
        return True

    async def replay(self, record: Record) -> None:
        """Applies one record again, out of turn. Raises what ``apply`` raises."""
        await self._batches.replay(record)
        self._on_commit()

    # Watching ---------------------------------------------------------------------------------------------------

    async def watch(self) -> None:
        """Keeps the lag metric true, and Kafka's own offsets near ours. Returns if reading stands still.

        Whoever watches then closes this reader's broker and opens another.
        """
        progress = Progress()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                if await self._stands_still(progress):
                    return
            except Exception as error:  # noqa: BLE001  # looked at again in a moment, whatever it is
                _log_retried("watching_failed", error)

    async def _stands_still(self, progress: Progress) -> bool:
        if self._has_left_the_group():
            return True
        # A partition that is ours and whose offset is not known counts as being before its first record.
        reached = {partition: self._next.get(partition, -1) for partition in self._consumer.assignment()}
        # Without a partition of ours any will do: the answer shows that this client still gets one.
        asked = list(reached) or [TopicPartition(self._topics[0], 0)]
        ends = await self._asked_kafka(self._consumer.end_offsets(asked))
        if ends is None:
            self._metrics.lag.clear()  # nobody knows it; the last known would be shown for as long as Kafka is away
            return await self._client_is_stuck(asked[0])
        self._answered_at, self._unanswered = asyncio.get_running_loop().time(), 0
        if not reached:
            progress.forget()
            return False
        self._compare_with_ends(reached, ends)
        if applied := {partition: self._next[partition] for partition in reached if partition in self._next}:
            # Nothing reads Kafka's copy but dashboards; during a rebalance it is refused, and stored the next time.
            await self._asked_kafka(self._consumer.commit(applied))
        if self._handling_since is not None:
            progress.forget()
            return False
        moving = {
            partition: max(following, self._empty_until.get(partition, -1))
            for partition, following in reached.items()
            if not self._holds.waits(partition)
        }
        if not progress.stalled(asyncio.get_running_loop().time(), moving, ends):
            return False
        return await self._has_something_to_read(moving, ends)

    async def _client_is_stuck(self, partition: TopicPartition) -> bool:
        """Whether Kafka answers a new client while this one has got no answer to four questions in a row.

        aiokafka's tasks end by an error they do not expect (uvloop answers a write to a connection just closed with
        RuntimeError). Without its metadata task a client waits for ever, and only a new one reads again.
        """
        self._unanswered += 1
        if self._unanswered < _MOST_UNANSWERED:
            return False
        return await self._asked_kafka(log_places.answered(self._bootstrap, partition)) is True

    def _has_left_the_group(self) -> bool:
        """Whether aiokafka's task that joins the group has ended.

        No partition will be assigned any more, and a rebalance waits for this member until Kafka gives it up.
        """
        coordinator = self._consumer._coordinator  # noqa: SLF001  # it says so nowhere else: getmany raises it once
        return bool(coordinator._coordination_task.done())  # noqa: SLF001

    def _compare_with_ends(self, reached: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]) -> None:
        for partition, following in reached.items():
            end = ends[partition]
            self._metrics.lag.labels(partition.topic, partition.partition).set(max(0, end - following))
            if self._next.get(partition) != following:
                continue  # it moved while Kafka was asked
            if end < following and not self._holds.waits(partition):
                self._hold(partition, BeyondEnd())
            elif end == following and (hold := self._holds.get(partition)) is not None:
                self._resume(partition, hold)  # nothing is left to fail
                self._holds.release(partition)

    async def _has_something_to_read(
        self, reached: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> bool:
        """Whether a record waits in any partition. The end of one may be markers of transactions, and no record."""
        for partition, following in reached.items():
            if ends[partition] <= following:
                continue
            if await log_places.next_record(self._bootstrap, partition, max(0, following)) is not None:
                return True
            self._empty_until[partition] = ends[partition]
        return False

    async def _asked_kafka(self, question: Awaitable[T]) -> T | None:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await question
        except Exception as error:  # noqa: BLE001  # whatever it is, there was no answer
            logger().info("kafka_did_not_answer", error=type(error).__name__)
            return None


def _log_retried(event: str, error: Exception, **context: Any) -> None:
    known = isinstance(error, TRANSIENT)
    logger().warning(event, error=type(error).__name__, exc_info=None if known else error, **context)


async def _parse(message: tuple[Record, ...]) -> KafkaMessage:
    # FastStream's own parser decodes every header and drops the whole batch at the first that is not text.
    return KafkaMessage(raw_message=message, body=b"", consumer=None)  # type: ignore[arg-type]


async def _decode(message: KafkaMessage) -> KafkaMessage:
    return message
