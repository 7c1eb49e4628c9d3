"""From outbox to Kafka: in order for each case, nothing lost, repeated rather than forgotten.

One relay sends for a hash partition of cases while its connection holds that partition's advisory lock. Because it
reads and deletes over the very connection that holds the lock, losing the lock means losing the ability to
delete. A crash between sending and deleting sends again; readers pass over what they have seen.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.chassis.backoff import pause
from services.chassis.database import TRANSIENT, Connection
from services.chassis.kafka_clients import stop_within
from services.chassis.logs import logger
from services.chassis.metrics import Metrics
from services.chassis.tracing import HEADER
from services.chassis.unit import OUTBOX_PARTITIONS

_LOCK_SPACE: Final = 7_203_002
_BATCH: Final = 1000
_POLL_SECONDS: Final = 0.1
_SEND_TIMEOUT_SECONDS: Final = 15.0
_TAKING_ROUNDS: Final = 10
_ASK_SECONDS: Final = 1.5
_ANSWER_SECONDS: Final = 2.5
_SILENT_SECONDS: Final = 5.0

_TAKE: Final = "SELECT pg_try_advisory_lock($1, $2)"
_READ: Final = """
SELECT outbox.outbox_id, outbox.traceparent, event.topic, event.stream_id, event.value
FROM outbox JOIN event USING (event_id)
WHERE outbox.partition_no = ANY ($1::smallint[])
ORDER BY outbox.outbox_id
LIMIT $2
"""
_FORGET: Final = "DELETE FROM outbox WHERE outbox_id = ANY ($1::bigint[])"


class Relay:
    """Runs until cancelled; :meth:`wake` after a commit makes it look at once."""

    def __init__(self, database_url: str, bootstrap: str, metrics: Metrics, *, client_id: str) -> None:
        self._url = database_url
        self._bootstrap = bootstrap
        self._metrics = metrics
        self._client_id = client_id
        self._woken = asyncio.Event()
        self._held: set[int] = set()
        self._last_round: float | None = None
        self._asked_at = 0.0

    def wake(self) -> None:
        """Says that there is something to send."""
        self._woken.set()

    def ready(self) -> bool:
        """True while the outbox can be read and Kafka answers, whether this worker sends or stands by."""
        return self._last_round is not None and _now() - self._last_round < _SILENT_SECONDS

    async def run(self) -> None:
        """Sends for ever. Whatever fails is begun anew; nothing is deleted that Kafka has not acknowledged."""
        attempt = 0
        while True:
            begun = _now()
            try:
                await self._session()
            except Exception as error:  # noqa: BLE001  # events wait in the outbox, whatever it is
                # A session that lasted had mended whatever the one before it failed of.
                attempt = attempt + 1 if _now() - begun < _SEND_TIMEOUT_SECONDS * 2 else 1
                self._metrics.relay_errors.inc()
                known = isinstance(error, (*TRANSIENT, KafkaError))
                logger().warning("relay_interrupted", error=type(error).__name__, exc_info=None if known else error)
            finally:
                self._last_round = None
            await asyncio.sleep(pause(attempt))

    async def _session(self) -> None:
        # A deletion that is lost in a crash only sends again, so it does not wait for the disk.
        settings = {"synchronous_commit": "off", "application_name": "samspel-relay"}
        connection: Connection = await asyncpg.connect(self._url, command_timeout=30, server_settings=settings)
        try:
            await self._with_producer(connection)
        finally:
            self._held.clear()
            self._metrics.relay_held.set(0)
            connection.terminate()

    async def _with_producer(self, connection: Connection) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            max_batch_size=256 * 1024,
            request_timeout_ms=10_000,
        )
        try:
            async with asyncio.timeout(_SEND_TIMEOUT_SECONDS):
                await producer.start()
            await self._rounds(connection, producer)
        finally:
            await stop_within(producer, _ANSWER_SECONDS)  # what was unsent is still in the outbox

    async def _rounds(self, connection: Connection, producer: AIOKafkaProducer) -> None:
        rounds = 0
        while True:
            if rounds % _TAKING_ROUNDS == 0:
                await self._take_free_partitions(connection)
            rounds += 1
            self._woken.clear()
            rows = await connection.fetch(_READ, sorted(self._held), _BATCH)
            if rows:
                await self._send(connection, producer, rows)
            await self._ask_kafka(producer)
            self._last_round = _now()
            if len(rows) < _BATCH:
                await _wait(self._woken, _POLL_SECONDS)

    async def _ask_kafka(self, producer: AIOKafkaProducer) -> None:
        """Now and then, also when there is nothing to send. Raises KafkaError or TimeoutError without an answer."""
        if _now() - self._asked_at >= _ASK_SECONDS:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await producer.client.fetch_all_metadata()
            self._asked_at = _now()

    async def _take_free_partitions(self, connection: Connection) -> None:
        for partition in range(OUTBOX_PARTITIONS):
            if partition not in self._held and await connection.fetchval(_TAKE, _LOCK_SPACE, partition):
                self._held.add(partition)
        self._metrics.relay_held.set(len(self._held))

    async def _send(self, connection: Connection, producer: AIOKafkaProducer, rows: Sequence[Any]) -> None:
        async with asyncio.timeout(_SEND_TIMEOUT_SECONDS):
            futures = [
                await producer.send(
                    row["topic"], value=row["value"], key=str(row["stream_id"]).encode(), headers=_headers(row)
                )
                for row in rows
            ]
            outcomes = await asyncio.gather(*futures, return_exceptions=True)
        sent = acknowledged(rows, outcomes)
        await self._forget(connection, sent)
        self._metrics.relay_sent.inc(len(sent))
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failures:
            # The rest stays queued. A new session starts with a new producer, so none of its state is trusted.
            raise failures[0]

    async def _forget(self, connection: Connection, sent: Sequence[int]) -> None:
        await connection.execute(_FORGET, sent)


def acknowledged(rows: Iterable[Any], outcomes: Iterable[object]) -> list[int]:
    """The outbox ids that may be forgotten: for each case, those before its first failure."""
    sent: list[int] = []
    broken: set[object] = set()
    for row, outcome in zip(rows, outcomes, strict=True):
        if isinstance(outcome, BaseException):
            broken.add(row["stream_id"])
        elif row["stream_id"] not in broken:
            sent.append(row["outbox_id"])
    return sent


def _headers(row: Any) -> list[tuple[str, bytes]] | None:
    return None if row["traceparent"] is None else [(HEADER, row["traceparent"].encode())]


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return
