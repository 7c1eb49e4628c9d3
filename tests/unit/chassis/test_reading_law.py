"""The law of reading: whatever fails and wherever, each record ends applied or dead-lettered, once, or is unread.

The real Reader over a log, a consumer and a database in memory. Errors are injected at any await of a batch.
"""

import asyncio
import copy
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis import batches, consumer, dead_letters, log_places, offsets
from services.chassis.clock import ClockUnreadable, SystemClock
from services.chassis.consumer import LOW_LATENCY, Reader, Records, Unusable
from services.chassis.log_places import Bounds
from services.chassis.metrics import Metrics
from services.chassis.tracing import Off
from services.chassis.unit import Unit
from tests.examples import examples

PLACES = (TopicPartition("topic", 0), TopicPartition("topic", 1))
SOUND, BREAKS_CONTRACT, VIOLATES = b"sound", b"breaks its contract", b"violates a constraint"


class NeverThoughtOf(Exception):
    """Of a class that no code knows."""


ERRORS: tuple[type[Exception], ...] = (
    NeverThoughtOf,
    KeyError,
    TypeError,
    RuntimeError,
    MemoryError,
    OSError,
    TimeoutError,
    ClockUnreadable,
    KafkaConnectionError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.DiskFullError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.UndefinedTableError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.InterfaceError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InternalServerError,
)


class World:
    """A log of two partitions, a database of offsets, effects and dead letters, and errors to come."""

    def __init__(self, logs: Sequence[Sequence[bytes]], errors: Sequence[type[Exception] | None]) -> None:
        self.logs = dict(zip(PLACES, logs, strict=True))
        self.errors = list(errors)
        self.state: dict[str, Any] = {"next": dict.fromkeys(PLACES, 0), "applied": [], "dead_letters": []}
        self.position = dict.fromkeys(PLACES, 0)
        self.paused: set[TopicPartition] = set()

    def fail(self) -> None:
        if self.errors and (error := self.errors.pop(0)) is not None:
            raise error("injected")

    # The consumer.
    def assignment(self) -> set[TopicPartition]:
        return set(PLACES)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.position[partition] = offset

    def pause(self, partition: TopicPartition) -> None:
        self.paused.add(partition)

    def resume(self, partition: TopicPartition) -> None:
        self.paused.discard(partition)

    def fetch(self, most: int) -> tuple[Any, ...]:
        records: list[Any] = []
        for place in PLACES:
            if place not in self.paused:
                begin = self.position[place]
                values = self.logs[place][begin : begin + most]
                records += [
                    SimpleNamespace(
                        topic=place.topic, partition=place.partition, offset=begin + nth, value=value, timestamp=-1
                    )
                    for nth, value in enumerate(values)
                ]
                self.position[place] += len(values)
        return tuple(records)

    # The pool and its connections.
    @asynccontextmanager
    async def acquire(self) -> AsyncIterator["World"]:
        self.fail()
        yield self

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        before = copy.deepcopy(self.state)
        try:
            self.fail()
            yield
            self.fail()
        except BaseException:
            self.state = before
            raise

    async def execute(self, sql: str, *values: Any) -> str:
        self.fail()
        if sql == offsets._ADVANCE:
            place = TopicPartition(values[0], values[1])
            if self.state["next"][place] != values[2]:
                return "UPDATE 0"
            self.state["next"][place] = values[3]
        return "UPDATE 1"


async def _apply(unit: Unit, records: Records) -> None:
    world: World = unit.conn
    for record in records:
        world.fail()
        if record.value == BREAKS_CONTRACT:
            raise Unusable("it breaks its contract")
        if record.value == VIOLATES:
            raise asyncpg.CheckViolationError("it violates")
        world.state["applied"].append((record.partition, record.offset))


async def _move_to_dead_letters(unit: Unit, _service: str, record: Any, _reason: str) -> None:
    world: World = unit.conn
    world.fail()
    world.state["dead_letters"].append((record.partition, record.offset))


async def _load(pool: World, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    pool.fail()
    return {partition: pool.state["next"][partition] for partition in partitions}


def _check(world: World) -> None:
    ended = world.state["applied"] + world.state["dead_letters"]
    assert len(ended) == len(set(ended)), "ended twice"
    read = {(place.partition, offset) for place in PLACES for offset in range(world.state["next"][place])}
    assert set(ended) == read, "the stored offset passed what had not ended, or did not pass what had"
    for partition, offset in world.state["dead_letters"]:
        assert world.logs[PLACES[partition]][offset] != SOUND


async def _play(world: World, most: int) -> None:
    reader = Reader(
        service="law",
        bootstrap="nowhere",
        topics_read=["topic"],
        own_topic="own",
        apply=_apply,
        fetch_profile=LOW_LATENCY,
        pool=world,
        clock=SystemClock(),
        metrics=Metrics(),
        tracing=Off(),
        on_commit=lambda: None,
        retry_bounds=(0.0, 0.0),
    )
    reader._subscriber = SimpleNamespace(consumer=world)
    reader._next = dict.fromkeys(PLACES, 0)
    before = dict(world.state["next"])
    for _ in range(1000):
        if batch := world.fetch(most):
            await reader._handle(SimpleNamespace(raw_message=batch))  # type: ignore[arg-type]
            _check(world)
            assert all(world.state["next"][place] >= before[place] for place in PLACES), "an offset went back"
            before = dict(world.state["next"])
        await asyncio.sleep(0)
        if all(world.state["next"][place] == len(world.logs[place]) for place in PLACES):
            assert reader._holds.errors() == []
            return
    raise AssertionError(f"reading did not end: {world.state['next']}")


_LOG = st.lists(st.sampled_from([SOUND, SOUND, SOUND, BREAKS_CONTRACT, VIOLATES]), max_size=5)


def _drop(*_: Any) -> Any:
    raise structlog.DropEvent


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "move_to_dead_letters", _move_to_dead_letters)
    monkeypatch.setattr(offsets, "load", _load)
    # So that the batches of eight here are halved, as those of thousands are.
    monkeypatch.setattr(batches, "MOST_ALONE", 2)
    # Written out, the tracebacks of thousands of injected errors take most of the time.
    silent = structlog.wrap_logger(None, processors=[_drop])
    for module in (consumer, batches):
        monkeypatch.setattr(module, "logger", lambda: silent)

    async def bounds(consumer: World, partition: TopicPartition) -> Bounds:
        consumer.fail()
        return Bounds(0, len(consumer.logs[partition]))

    monkeypatch.setattr(log_places, "bounds", bounds)


@settings(max_examples=examples(100), deadline=None)
@given(
    logs=st.tuples(_LOG, _LOG),
    errors=st.lists(st.one_of(st.none(), st.none(), st.sampled_from(ERRORS)), max_size=60),
    most=st.integers(1, 8),
)
def test_whatever_fails_wherever_nothing_is_lost_or_doubled(
    logs: tuple[list[bytes], list[bytes]], errors: list[type[Exception] | None], most: int
) -> None:
    asyncio.run(_play(World(logs, errors), most))
