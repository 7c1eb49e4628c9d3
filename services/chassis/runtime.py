"""A running service: its parts, started in order, retried until database and broker answer, stopped gracefully."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from contracts.envelope import Actor, service
from contracts.problems import Conflict, NotFound
from services.chassis import dead_letters, unpacking
from services.chassis.auth import Identity, LocalTokens
from services.chassis.backoff import pause
from services.chassis.catching_up import CatchUp, keep_catching_up
from services.chassis.clock import Clock, clock_of
from services.chassis.consumer import LOW_LATENCY, Apply, FetchProfile, Reader
from services.chassis.counting import Count, Counts
from services.chassis.database import (
    CHASSIS_MIGRATIONS,
    TRANSIENT,
    MigrationChanged,
    Pool,
    migrate,
    open_pool,
    require_writable,
)
from services.chassis.kafka_clients import stop_within
from services.chassis.learning import Learner, keep_learning
from services.chassis.logs import logger
from services.chassis.metrics import Metrics
from services.chassis.relay import Relay
from services.chassis.settings import Settings
from services.chassis.timers import Fire, FireTogether, Timers
from services.chassis.tracing import tracing_of
from services.chassis.unit import Unit

_GRACE_SECONDS: Final = 10.0
_PATIENCE_SECONDS: Final = 0.5
_START_SECONDS: Final = 60.0


@dataclass(frozen=True)
class ServiceDefinition:
    """What makes one service differ from another.

    ``topic``: where it appends its facts. ``reads``: topics it follows with ``apply``, at its ``fetch_profile``.
    ``fires``: its timers by kind; ``fires_together``: those that are fired many at a time. ``migrations``: its own
    folder of numbered SQL. ``apply`` may be None for a service that only appends. One that is a
    :class:`~services.chassis.learning.Learner` is let learn at the start and later. ``open_to_all``: paths to which
    somebody who is not signed in may send a form. ``catches_up``: what is done in the background with rows that an
    earlier version left. ``counts``: what is counted for Prometheus. ``keeps``: what goes on beside all this, from
    when the database is open until the process stops.
    """

    name: str
    topic: str
    migrations: Path
    reads: Sequence[str] = ()
    fetch_profile: FetchProfile = LOW_LATENCY
    apply: Apply | None = None
    fires: Mapping[str, Fire] = field(default_factory=dict)
    fires_together: Mapping[str, FireTogether] = field(default_factory=dict)
    open_to_all: frozenset[str] = frozenset()
    catches_up: Sequence[CatchUp] = ()
    counts: Sequence[Count] = ()
    keeps: "Sequence[Callable[[Runtime], Coroutine[Any, Any, None]]]" = ()


class Runtime:
    """The parts of a running service. Handlers reach the database through :meth:`unit` and :attr:`pool`."""

    def __init__(self, definition: ServiceDefinition, settings: Settings, metrics: Metrics) -> None:
        self.definition = definition
        self.settings = settings
        self.metrics = metrics
        self.clock: Clock = clock_of(settings)
        self.tracing = tracing_of(definition.name, settings)
        self.identity: Identity = LocalTokens(settings.secrets["token_key"])
        self.relay = Relay(
            settings.database_url,
            settings.kafka_bootstrap,
            metrics,
            client_id=f"samspel.{definition.name}.relay",
        )
        self._counts = Counts(definition.counts)
        metrics.registry.register(self._counts)
        self._pool: Pool | None = None
        self._reader: Reader | None = None
        self._broker: KafkaBroker | None = None
        self._timers: Timers | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._keeping: asyncio.Task[None] | None = None
        self._failed: BaseException | None = None
        self.on_failure: Callable[[], None] = lambda: None
        self.also_waits_for: Callable[[], list[str]] = list
        """What else is missing before the service is ready; whoever assembles it may say."""

    @property
    def source(self) -> str:
        """The service, as its events name it."""
        return f"/samspel/{self.definition.name}"

    @property
    def pool(self) -> Pool:
        """The database. Raises ConnectionError before it is open, which the HTTP interface answers with 503."""
        if self._pool is None:
            raise ConnectionError("the database is not open yet")
        return self._pool

    @asynccontextmanager
    async def unit(self, actor: Actor) -> AsyncIterator[Unit]:
        """One unit of work by an actor; commits when its block ends well, and then wakes the relay."""
        async with self.pool.acquire() as connection, connection.transaction():
            unit = Unit(connection, self.clock.now(), self.definition.topic, self.source, actor)
            unit.trace = self.tracing.current()
            yield unit
        if unit.appended:
            self.metrics.count_appended(unit.appended)
            self.relay.wake()

    async def start(self) -> None:
        """Begins to start; readiness says when it has."""
        self._spawn(self._come_up())

    async def _come_up(self) -> None:
        await self._retry_until_success("open the database", self.open_database)
        self._spawn(self.relay.run())
        self._spawn(self._counts.keep(self.pool, self.clock.now))
        for keep in self.definition.keeps:
            self._spawn(keep(self))
        for catch_up in self.definition.catches_up:
            self._spawn(keep_catching_up(catch_up, lambda: self.unit(service(self.definition.name))))
        if (apply := self.definition.apply) is not None:
            await self._retry_until_success("read from Kafka", lambda: self._open_broker(apply))
            self._keeping = self._spawn(self._keep_reading(apply))
            keeps_unknown: object = apply
            if isinstance(keeps_unknown, Learner):
                self._spawn(keep_learning(keeps_unknown, lambda: self.unit(service(self.definition.name))))
        if self.definition.fires or self.definition.fires_together:
            self._timers = self._make_timers()
            self._spawn(self._timers.run())
        logger().info("service_up")

    async def _retry_until_success(self, what: str, step: Callable[[], Awaitable[None]]) -> None:
        """Does a step again and again until it works. Raises MigrationChanged, which no waiting mends."""
        attempt = 0
        while True:
            try:
                await step()
            except MigrationChanged:
                raise
            except Exception as error:  # noqa: BLE001  # the world may become as the step needs it
                attempt += 1
                known = isinstance(error, (*TRANSIENT, KafkaError))
                logger().warning(
                    "waiting_to_start", step=what, error=type(error).__name__, exc_info=None if known else error
                )
                await asyncio.sleep(pause(attempt, least=_PATIENCE_SECONDS))
            else:
                return

    async def open_database(self) -> None:
        """Opens the pool and applies migrations. Raises TRANSIENT while the server is away, and MigrationChanged."""
        pool = await open_pool(self.settings.database_url, waited=self.metrics.pool_wait.observe)
        try:
            await migrate(pool, [("chassis", CHASSIS_MIGRATIONS), (self.definition.name, self.definition.migrations)])
        except BaseException:
            pool.terminate()
            raise
        self.metrics.watch_pool(pool)
        self._pool = pool

    async def _open_broker(self, apply: Apply) -> None:
        reader = Reader(
            service=self.definition.name,
            bootstrap=self.settings.kafka_bootstrap,
            topics_read=self.definition.reads,
            own_topic=self.definition.topic,
            apply=apply,
            fetch_profile=self.definition.fetch_profile,
            pool=self.pool,
            clock=self.clock,
            metrics=self.metrics,
            tracing=self.tracing,
            on_commit=self.relay.wake,
        )
        broker = KafkaBroker(
            self.settings.kafka_bootstrap,
            client_id=f"samspel.{self.definition.name}",
            allow_auto_create_topics=False,
            graceful_timeout=_GRACE_SECONDS,
            apply_types=False,
            middlewares=self.tracing.middlewares(),
            logger=None,
        )
        reader.attach(broker)
        self._reader = reader
        try:
            async with asyncio.timeout(_START_SECONDS):
                await broker.start()
        except BaseException:
            await stop_within(broker, _GRACE_SECONDS + 5)
            raise
        self._broker = broker

    async def _keep_reading(self, apply: Apply) -> None:
        while self._reader is not None:
            await self._reader.watch()
            self.metrics.stalls.inc()
            logger().error("reading_stood_still")
            await self._close_broker()
            await self._retry_until_success("read from Kafka", lambda: self._open_broker(apply))

    async def _close_broker(self) -> None:
        if self._reader is not None:
            self._reader.stop()
        if self._broker is not None:
            broker, self._broker = self._broker, None
            await stop_within(broker, _GRACE_SECONDS + 5)

    def _make_timers(self) -> Timers:
        return Timers(
            self.definition.fires,
            self.definition.fires_together,
            pool=self.pool,
            clock=self.clock,
            metrics=self.metrics,
            topic=self.definition.topic,
            source=self.source,
            on_commit=self.relay.wake,
        )

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed = error
            logger().critical("part_failed", error=type(error).__name__, exc_info=error)
            self.on_failure()

    @property
    def alive(self) -> bool:
        """False once a part has failed in a way that only a new process can mend."""
        return self._failed is None

    async def why_not_ready(self) -> list[str]:
        """What is missing before work can be done; empty when ready."""
        if self._pool is None:
            return ["database not open"]
        missing: list[str] = []
        try:
            async with asyncio.timeout(2):
                await require_writable(self._pool)
        except Exception as error:  # noqa: BLE001  # whatever it is, it stands in the way
            missing.append(f"database does not take writes: {type(error).__name__}")
        if not self.relay.ready():
            missing.append("Kafka or the outbox does not answer the relay")
        if self.definition.apply is not None:
            missing.extend(self._reader.why_not_ready() if self._reader is not None else ["not reading yet"])
        if self._timers is not None and self._timers.failing is not None:
            missing.append(f"timers are retried: {self._timers.failing}")
        missing.extend(self._why_no_time())
        missing.extend(self.also_waits_for())
        if not self.alive:
            missing.append("a part has failed")
        return missing

    def _why_no_time(self) -> list[str]:
        try:
            self.clock.now()
        except OSError as error:
            return [f"the clock cannot be read: {type(error).__name__}"]
        return []

    async def stop(self) -> None:
        """Stops reading, lets the batch at hand end, sends what is queued no longer than a moment, closes."""
        if self._keeping is not None:
            self._keeping.cancel()
        await self._close_broker()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._pool is not None:
            try:
                async with asyncio.timeout(5):
                    await self._pool.close()
            except TimeoutError:
                self._pool.terminate()
        await asyncio.to_thread(self.tracing.close)
        logger().info("service_down")

    async def replay(self, dead_letter_id: UUID, *, discarded: bool = False) -> None:
        """Applies a dead-lettered record again, read anew from where it lies; a discarded one only if ``discarded``.

        Raises NotFound if there is no such dead letter or its record is no longer kept, Conflict if replayed before;
        and whatever applying it raises, in which case the dead letter stays.
        """
        dead_letter = await dead_letters.find(self.pool, dead_letter_id)
        if dead_letter is None:
            raise dead_letters.unknown()
        if dead_letter.replayed_at is not None:
            raise dead_letters.already_replayed()
        if dead_letter.discarded_at is not None and not discarded:
            raise Conflict("discarded", "Dödbrevet är avskrivet. Ange att det ändå ska spelas upp.")
        if self._reader is None:
            raise ConnectionError("not reading yet")
        await self._reader.replay(
            await _fetch(self.settings.kafka_bootstrap, dead_letter.partition, dead_letter.offset)
        )
        await dead_letters.note_replayed(self.pool, dead_letter_id, self.clock.now())


async def _fetch(bootstrap: str, partition: TopicPartition, offset: int) -> Any:
    """The record at one place. Raises NotFound if the topic no longer holds it."""
    unpacking.install()
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    async with asyncio.timeout(15):
        await consumer.start()
        try:
            consumer.assign([partition])
            consumer.seek(partition, offset)
            record = await consumer.getone(partition)
        finally:
            await stop_within(consumer)
    if record.offset != offset:
        raise NotFound("record_gone", "Posten finns inte längre kvar i ämnet.")
    return record
