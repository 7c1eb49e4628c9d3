"""Rebuilds reporting from the topics: ``python -m services.reporting.rebuild [--into SCHEMA] [--replace]``.

Every event is read again and folded into fresh tables beside the live ones, which go on being served. Python only
moves bytes: Postgres takes a batch apart while the next one is read, and the fold and the indices come last, once,
over everything. Then the checksums say whether the rebuilt facts are the live ones; ``--replace`` puts the rebuilt
tables in their place, and the live service reads on from where the rebuild ended.
"""

import argparse
import asyncio
import gc
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts import topics
from services.chassis.database import Connection, open_pool
from services.chassis.settings import Settings
from services.reporting import folds, reading, store

Record: TypeAlias = ConsumerRecord[Any, Any]
Batch: TypeAlias = Sequence[Record]
# Records that are within their contract, each with whether this version has learnt its type and codes.
Checked: TypeAlias = Sequence[tuple[Record, bool]]
# Called with how many records were stored, and of how many.
Say: TypeAlias = Callable[[int, int], None]

BATCH: Final = 5_000
_PORTION: Final = 1_000
# Connections that store at once. Two would keep two cores busy if they never waited for Python; a third fills in.
_LANES: Final = 3
_FETCH_BYTES: Final = 4 * 1024 * 1024
_PATIENCE_SECONDS: Final = 60.0
_HOURS: Final = 6 * 3600.0
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_LIVE: Final = "public"
_TABLES: Final = ("event_row", *store.FACTS)


@dataclass(frozen=True)
class Refused:
    """A record that is no event: its topic or its source, where it lies there, and why: a code, never a value."""

    topic: str
    partition: int
    offset: int
    why: str


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild read and made. ``ends``: where the live service has to read on. ``seconds``: from the first
    record until all was folded and indexed."""

    records: int
    repeated: int
    refused: Sequence[Refused]
    ends: Mapping[TopicPartition, int]
    checksums: store.Checksums
    seconds: float


# Reading --------------------------------------------------------------------------------------------------------


@dataclass
class Topics:
    """All that lay on some topics when they were opened."""

    consumer: Any
    ends: Mapping[TopicPartition, int]
    unfinished: set[TopicPartition]

    @property
    def size(self) -> int:
        """How many offsets there are; some may hold no record."""
        return sum(self.ends.values())

    async def batch(self) -> list[Record]:
        """The next records, in order within a partition; empty at the end. Raises TimeoutError if Kafka is silent."""
        gathered: list[Record] = []
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while self.unfinished and len(gathered) < BATCH:
                wanted = BATCH - len(gathered)
                fetched = await self.consumer.getmany(*self.unfinished, timeout_ms=1_000, max_records=wanted)
                for partition, records in fetched.items():
                    gathered += self._within(partition, records)
                for partition in tuple(self.unfinished):
                    await self._finish(partition)
        return gathered

    def _within(self, partition: TopicPartition, records: Batch) -> Batch:
        end = self.ends[partition]
        return records if records[-1].offset < end else [record for record in records if record.offset < end]

    async def _finish(self, partition: TopicPartition) -> None:
        if await self.consumer.position(partition) >= self.ends[partition]:
            self.unfinished.discard(partition)
            self.consumer.pause(partition)


@asynccontextmanager
async def opened(bootstrap: str, names: Sequence[str]) -> AsyncIterator[Topics]:
    """Topics, to be read from their beginning to where they end now. Raises KafkaError."""
    consumer = AIOKafkaConsumer(
        *names,
        bootstrap_servers=bootstrap,
        client_id="samspel.reporting.rebuild",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_FETCH_BYTES,
        fetch_max_wait_ms=100,
    )
    try:
        await consumer.start()
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning(*partitions)
        yield Topics(consumer, ends, {partition for partition in partitions if ends[partition] > 0})
    finally:
        await consumer.stop()


# Storing --------------------------------------------------------------------------------------------------------

_INSERT_UNKEYED: Final = store.sql("insert_events_unkeyed")
_DROP_REPEATED: Final = store.sql("drop_repeated")
# First what others build on; then two parts that take about as long, folded at once.
_FOLD_FIRST: Final = folds.fold_all(("not_counted",))
_FOLD_WITH_CONSENT: Final = folds.fold_all(("consent", "follow_up", "released", "participation"))
_FOLD_REST: Final = folds.fold_all(
    (
        *("meeting", "samplan", "support", "consultation", "put_forward", "call", "time_limit", "hand_back"),
        *("after_support", "enrolment", "course_group", "group_session", "team_session", "completion"),
        *("survey_answer", "deviation"),
    )
)
_FOLD_LAST: Final = folds.fold_all(
    (
        *("referral", "activity", "attendance", "employment", "benefit", "step", "document_request"),
        *("session_attendance", "background", "activity_finding"),
    )
)
_INDICES: Final = """
SELECT replace(pg_get_indexdef(indexrelid), format(' ON %I.', $1::text), ' ON ')
FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
WHERE relnamespace = $1::regnamespace AND relname = $2
"""
_KEY: Final = """
SELECT format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I', relname, conname, conname)
FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
WHERE contype = 'p' AND relnamespace = $1::regnamespace AND relname = $2
"""
# The live table asks each event whether it can be folded. Here the fold itself finds out, and only if it fails are
# the events asked.
_CHECK: Final = """
SELECT format('ALTER TABLE %I ADD CONSTRAINT %I %s NOT VALID',
              relname, conname, pg_get_constraintdef(pg_constraint.oid))
FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
WHERE conname = 'can_be_folded' AND relnamespace = $1::regnamespace AND relname = $2
"""
_CANNOT_BE_FOLDED: Final = """
SELECT format('DELETE FROM event_row WHERE NOT (%s) RETURNING source, partition, record_offset',
              pg_get_expr(conbin, conrelid))
FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
WHERE conname = 'can_be_folded' AND relnamespace = $1::regnamespace
"""


@dataclass
class Fresh:
    """Empty tables like the live ones, without their indices, and what was refused on the way into them."""

    lanes: Sequence[Connection]
    refused: list[Refused] = field(default_factory=list)
    stored: int = 0

    async def load(self, batches: "asyncio.Queue[Batch]", lane: Connection, say: Callable[[int], None]) -> None:
        """Stores batch after batch over one connection; an empty one is the end."""
        while batch := await batches.get():
            # In portions that stay in the processor's cache, each checked just before it is sent: PostgreSQL stores
            # what the other connections sent while Python checks this one.
            for begin in range(0, len(batch), _PORTION):
                await self._store(self._within_contract(batch[begin : begin + _PORTION]), lane)
            self.stored += len(batch)
            say(self.stored)

    def _within_contract(self, batch: Batch) -> Checked:
        """The batch without the records that the live service would have refused unread."""
        kept = []
        for record in batch:
            try:
                kept.append((record, reading.learnt(record.value)))
            except reading.ContractBreach as breach:
                self.refused.append(Refused(record.topic, record.partition, record.offset, breach.where))
        return kept

    async def _store(self, batch: Checked, lane: Connection) -> None:
        """Stores records. Where one of them is refused, halves them until the culprits stand alone."""
        try:
            await _insert(batch, lane)
        except store.REFUSALS as error:
            if len(batch) == 1:
                [(culprit, _)] = batch
                self.refused.append(Refused(culprit.topic, culprit.partition, culprit.offset, store.refusal(error)))
                return
            middle = len(batch) // 2
            await self._store(batch[:middle], lane)
            await self._store(batch[middle:], lane)

    async def fold(self) -> int:
        """From events to facts, with the indices last; returns how many events came more than once and were dropped.

        Facts are folded while the events are still being indexed: repetitions make no difference to them.
        """
        first, second, third = self.lanes
        gone, folded = await asyncio.gather(_index_events(first), _fold_beside(second, third))
        contradicting = [_place(row, "contradicts an event stored before") for row in gone if row["contradicts"]]
        if contradicting or not folded:
            self.refused += contradicting
            await self._fold_again(first)
        await asyncio.gather(
            _define(first, _INDICES, "follow_up"),
            _define(second, _INDICES, *(table for table in store.FACTS if table != "follow_up")),
        )
        await _define(first, _KEY, *_TABLES)
        await _define(first, _CHECK, "event_row")
        return len(gone)

    async def _fold_again(self, lane: Connection) -> None:
        """Without the events that the live table would have refused."""
        could_not = await lane.fetchval(_CANNOT_BE_FOLDED, _LIVE)
        for row in await lane.fetch(could_not, timeout=_HOURS):
            self.refused.append(_place(row, "CheckViolationError can_be_folded"))
        await lane.execute(f"TRUNCATE {', '.join(store.FACTS)}")
        for fold in folds.fold_all(store.FACTS):
            await lane.execute(fold, timeout=_HOURS)


async def _insert(records: Checked, lane: Connection) -> None:
    """Stores records, all or none."""
    await lane.execute(
        _INSERT_UNKEYED,
        [record.partition for record, _ in records],
        [record.offset for record, _ in records],
        [record.value for record, _ in records],
        [learnt for _, learnt in records],
        timeout=_HOURS,
    )


async def _index_events(lane: Connection) -> Sequence[Any]:
    """Indexes the event rows; returns those that came more than once, which are dropped."""
    try:
        await _define(lane, _INDICES, "event_row")
    except asyncpg.UniqueViolationError:
        gone: Sequence[Any] = await lane.fetch(_DROP_REPEATED, timeout=_HOURS)
        await _define(lane, _INDICES, "event_row")
        return gone
    return ()


async def _fold_beside(second: Connection, third: Connection) -> bool:
    """Folds over two connections. False if an event is in the way that cannot be folded."""
    if not await _folded(second, _FOLD_FIRST):
        return False
    rest = asyncio.create_task(_folded(third, _FOLD_REST))
    with_consent = await _folded(second, _FOLD_WITH_CONSENT)
    return await rest and with_consent and await _folded(third, _FOLD_LAST)


async def _folded(lane: Connection, statements: Sequence[str]) -> bool:
    """Folds over one connection. False if an event is in the way that cannot be folded."""
    try:
        for fold in statements:
            await lane.execute(fold, timeout=_HOURS)
    except store.REFUSALS:
        return False
    return True


async def _define(lane: Connection, definitions: str, *tables: str) -> None:
    """Gives fresh tables what the live ones of their names have."""
    for table in tables:
        for [statement] in await lane.fetch(definitions, _LIVE, table):
            await lane.execute(statement, timeout=_HOURS)


def _place(row: Mapping[str, Any], why: str) -> Refused:
    return Refused(row["source"], row["partition"], row["record_offset"], why)


@asynccontextmanager
async def fresh_tables(database_url: str, schema: str) -> AsyncIterator[Fresh]:
    """A schema made anew, with empty tables like the live ones, and the connections that fill them."""
    pool = await open_pool(database_url, size=_LANES)
    try:
        await pool.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")
        for table in _TABLES:
            like = f"(LIKE {_LIVE}.{table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
            await pool.execute(f"CREATE UNLOGGED TABLE {schema}.{table} {like}")
        await pool.execute(f"ALTER TABLE {schema}.event_row DROP CONSTRAINT can_be_folded")
        async with AsyncExitStack() as lanes:
            yield Fresh([await _lane(await lanes.enter_async_context(pool.acquire()), schema) for _ in range(_LANES)])
    finally:
        # The connections were given settings and a table of their own; nobody else may get them.
        pool.terminate()


async def _lane(connection: Connection, schema: str) -> Connection:
    await connection.execute(f"SET search_path TO {schema}, {_LIVE}; SET synchronous_commit = off")
    # The fresh tables have neither statistics nor indices: a nested loop would read one of them whole for each row of
    # the other, and a merge would sort all events once more.
    await connection.execute(
        "SET enable_nestloop = off; SET enable_mergejoin = off; "
        "SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'; SET max_parallel_maintenance_workers = 0"
    )
    return connection


# The whole ------------------------------------------------------------------------------------------------------


async def rebuild(
    bootstrap: str,
    database_url: str,
    *,
    into: str = "rebuilt",
    names: Sequence[str] = topics.COUNTED,
    say: Say = lambda _done, _of: None,
) -> Rebuilt:
    """Reads the topics from their beginning into tables of the schema ``into``, which is made anew.

    The live tables must exist; they are the pattern and are not touched. Raises ValueError for a schema that cannot
    be used, and KafkaError, OSError or asyncpg.PostgresError if a server fails on the way; run it again then.
    """
    if not _NAME.fullmatch(into) or into == _LIVE:
        raise ValueError(f"{into!r} cannot name the schema of rebuilt tables")
    async with fresh_tables(database_url, into) as fresh:
        begun = time.perf_counter()
        with _no_collection_of_cycles():
            async with opened(bootstrap, names) as source:
                await _load(source, fresh, say)
        repeated = await fresh.fold()
        seconds = time.perf_counter() - begun
        checksums = await store.checksums(fresh.lanes[0])
        return Rebuilt(fresh.stored, repeated, fresh.refused, source.ends, checksums, seconds)


@contextmanager
def _no_collection_of_cycles() -> Iterator[None]:
    """Records have no cycles; looking for some among millions of them takes a fifth of the time to read them."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


async def _load(source: Topics, fresh: Fresh, say: Say) -> None:
    """Reads and stores at once: while Postgres takes one batch apart in each lane, the next is read."""
    batches: asyncio.Queue[Batch] = asyncio.Queue(maxsize=1)
    try:
        async with asyncio.TaskGroup() as work:
            for lane in fresh.lanes:
                work.create_task(fresh.load(batches, lane, lambda stored: say(stored, source.size)))
            while batch := await source.batch():
                await batches.put(batch)
            for _ in fresh.lanes:
                await batches.put(())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed


async def replace(connection: Connection, rebuilt: Rebuilt, schema: str = "rebuilt") -> None:
    """Puts rebuilt tables in the place of the live ones, in one transaction.

    They were kept out of the write-ahead log until now, for speed; first they become as durable as the live ones.
    The service's workers then find that their offsets were moved, and read on from where the rebuild ended: what
    they had read beyond that is read, and falls in its place, again.
    """
    for table in _TABLES:
        await connection.execute(f"ALTER TABLE {schema}.{table} SET LOGGED", timeout=_HOURS)
        await connection.execute(f"ANALYZE {schema}.{table}", timeout=_HOURS)
    async with connection.transaction():
        # First what every worker takes first, so that none is in the middle of a batch.
        await connection.execute("LOCK TABLE consumer_offset IN EXCLUSIVE MODE")
        for table in _TABLES:
            await connection.execute(f"DROP TABLE {_LIVE}.{table}")
            await connection.execute(f"ALTER TABLE {schema}.{table} SET SCHEMA {_LIVE}")
        await connection.executemany(
            _READ_ON, [(place.topic, place.partition, end) for place, end in rebuilt.ends.items()]
        )
        await connection.execute(f"DROP SCHEMA {schema}")


_READ_ON: Final = """
INSERT INTO consumer_offset (topic, partition, next_offset) VALUES ($1, $2, $3)
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = EXCLUDED.next_offset
"""


# The command ----------------------------------------------------------------------------------------------------


def main() -> None:
    """Rebuilds with the settings of the service (``SAMSPEL_*``). Ends with status 1 if records were refused."""
    parser = argparse.ArgumentParser(prog="python -m services.reporting.rebuild", description=rebuild.__doc__)
    parser.add_argument("--into", default="rebuilt", help="the schema of the fresh tables (default: rebuilt)")
    parser.add_argument("--replace", action="store_true", help="then put them in the place of the live ones")
    wanted = parser.parse_args()
    settings = Settings()  # from the environment
    sys.exit(asyncio.run(_run(settings, wanted.into, wanted.replace)))


async def _run(settings: Settings, schema: str, replacing: bool) -> int:
    rebuilt = await rebuild(settings.kafka_bootstrap, settings.database_url, into=schema, say=_progress)
    print(
        f"\n{rebuilt.records} records in {rebuilt.seconds:.1f} s, {rebuilt.records / rebuilt.seconds:,.0f} a second"
    )
    print(f"{rebuilt.repeated} had come before, {len(rebuilt.refused)} were refused")
    for refused in rebuilt.refused:
        print(f"  {refused.topic} partition {refused.partition} offset {refused.offset}: {refused.why}")
    pool = await open_pool(settings.database_url, size=2)
    try:
        async with pool.acquire() as connection:
            _compare(rebuilt.checksums, await store.checksums(connection))
            if replacing:
                await replace(connection, rebuilt, schema)
                print("The rebuilt tables are live.")
    finally:
        await pool.close()
    return 1 if rebuilt.refused else 0


def _progress(done: int, of: int) -> None:
    print(f"\r{done:>12,} of {of:,}", end="", file=sys.stderr, flush=True)


def _compare(rebuilt: store.Checksums, live: store.Checksums) -> None:
    for fact, checksum in rebuilt.items():
        verdict = "same as live" if live[fact] == checksum else f"live has {live[fact].rows}, or other values"
        print(f"  {fact:<14}{checksum.rows:>12,} rows, {verdict}")


if __name__ == "__main__":
    main()
