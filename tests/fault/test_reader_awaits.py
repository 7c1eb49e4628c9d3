"""An exception nobody thought of, at every call of the reader into its database and its service.

One reader over real servers; before each round the next call in turn is armed. Whatever it is (beginning a
transaction, moving the offset, applying, committing), all records are applied or dead-lettered once, and a record
that is in order is never dead-lettered.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer

from contracts.planning import LotsAssigned
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from services.chassis.consumer import Reader, Records
from services.chassis.metrics import Metrics
from services.chassis.ordered import InOrder
from services.chassis.runtime import Runtime, ServiceDefinition
from services.chassis.unit import Unit
from tests.integration.chassis.probe import MIGRATIONS, Place, make_place, publish, record_of, write_down
from tests.waiting import until

_CALLS_AT_MOST = 100
_DEADLINE_SECONDS = 60.0


class Surprise(Exception):
    """Of no class that anybody knows."""


class Mine:
    """Raises a Surprise at one call to come, once."""

    def __init__(self) -> None:
        self._left: int | None = None
        self.gone_off = False

    def lay(self, calls: int) -> None:
        """The ``calls``-th call from now fails."""
        self._left, self.gone_off = calls, False

    def clear(self) -> None:
        self._left = None

    def step(self) -> None:
        """A call. Raises Surprise if it is the one."""
        if self._left is None:
            return
        self._left -= 1
        if self._left == 0:
            self._left, self.gone_off = None, True
            raise Surprise


class MinedTransaction:
    """A transaction whose begin and end are calls."""

    def __init__(self, inner: Any, mine: Mine) -> None:
        self._inner = inner
        self._mine = mine

    async def __aenter__(self) -> Any:
        self._mine.step()
        return await self._inner.__aenter__()

    async def __aexit__(self, *error: Any) -> Any:
        try:
            self._mine.step()
        except Surprise as surprise:
            await self._inner.__aexit__(type(surprise), surprise, surprise.__traceback__)
            raise
        return await self._inner.__aexit__(*error)


class MinedConnection:
    """A connection every statement of which is a call."""

    def __init__(self, inner: Any, mine: Mine) -> None:
        self._inner = inner
        self._mine = mine

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in {"execute", "executemany", "fetch", "fetchrow", "fetchval"}:
            return method

        async def call(*values: Any, **named: Any) -> Any:
            self._mine.step()
            return await method(*values, **named)

        return call

    def transaction(self, *values: Any, **named: Any) -> MinedTransaction:
        return MinedTransaction(self._inner.transaction(*values, **named), self._mine)


class MinedPool:
    """A pool whose connections are mined, and taking and giving them back too."""

    def __init__(self, inner: Any, mine: Mine) -> None:
        self._inner = inner
        self._mine = mine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @asynccontextmanager
    async def acquire(self, *values: Any, **named: Any) -> AsyncIterator[Any]:
        self._mine.step()
        async with self._inner.acquire(*values, **named) as connection:
            yield MinedConnection(connection, self._mine)
        self._mine.step()


class MinedClock:
    """A clock that may not be readable."""

    def __init__(self, inner: Any, mine: Mine) -> None:
        self._inner = inner
        self._mine = mine

    def now(self) -> Any:
        self._mine.step()
        return self._inner.now()


@asynccontextmanager
async def _mined(place: Place, mine: Mine) -> AsyncIterator[Runtime]:
    """A running service of which the reader's pool, clock and apply are mined, and nothing else."""

    def reader(**given: Any) -> Reader:
        mined = {"pool": MinedPool(given["pool"], mine), "clock": MinedClock(given["clock"], mine)}
        return Reader(**(given | mined))

    metrics = Metrics()
    in_order = InOrder([LotsAssigned], write_down, metrics)

    async def apply(unit: Unit, records: Records) -> None:
        mine.step()
        await in_order(unit, records)
        mine.step()

    definition = ServiceDefinition(
        name=place.name, topic=place.own, migrations=MIGRATIONS, reads=[place.read], apply=apply
    )
    runtime = Runtime(definition, place.settings, metrics)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.chassis.runtime.Reader", reader)
        await runtime.start()
        try:
            yield runtime
        finally:
            mine.clear()
            await runtime.stop()


@pytest.fixture
def place(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path) -> Place:
    return make_place(kafka, postgres, secrets_file)


async def test_an_unknown_exception_at_every_call_of_a_batch_loses_nothing(place: Place) -> None:
    mine, case = Mine(), uuid4()
    async with _mined(place, mine) as runtime, _producing(place) as producer:
        await until(runtime.why_not_ready, lambda missing: not missing)
        for calls in count(1):
            assert calls < _CALLS_AT_MOST, "a batch makes no end of calls"
            mine.lay(calls)
            await _send_together(producer, place, _records(case, calls))
            await until(partial(_settled, place, case, right=2 * calls, wrong=calls), seconds=_DEADLINE_SECONDS)
            mine.clear()
            if not mine.gone_off:
                break
        assert calls > 10, "the mine must have lain in every call of a batch and of its parts"
        await until(runtime.why_not_ready, lambda missing: not missing)
        assert runtime.alive


async def test_an_unknown_exception_while_partitions_are_taken_over_loses_nothing(place: Place) -> None:
    case = uuid4()
    for calls in count(1):
        mine = Mine()
        mine.lay(calls)
        await publish(place, [(case, record_of(case, calls))])
        async with _mined(place, mine) as runtime:
            await until(runtime.why_not_ready, lambda missing: "database not open" not in missing)
            await until(partial(_settled, place, case, right=calls, wrong=0), seconds=_DEADLINE_SECONDS)
            await until(runtime.why_not_ready, lambda missing: not missing, seconds=_DEADLINE_SECONDS)
            assert runtime.alive
        if calls == 6:  # taking over makes three or four calls; what follows is of the first batch
            return


def _records(case: UUID, calls: int) -> Sequence[bytes]:
    """Two events in turn, and between them what is none: it is found by taking the batch apart."""
    first, second = (record_of(case, 2 * (calls - 1) + nth) for nth in (1, 2))
    return [first, b"no event", second]


@asynccontextmanager
async def _producing(place: Place) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=place.bootstrap, acks="all")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def _send_together(producer: AIOKafkaProducer, place: Place, values: Sequence[bytes]) -> None:
    """Writes records in one request, so that they come to the reader in one batch."""
    batch = producer.create_batch()
    for value in values:
        assert batch.append(key=b"case", value=value, timestamp=None) is not None
    await (await producer.send_batch(batch, place.read, partition=0))


async def _settled(place: Place, case: UUID, *, right: int, wrong: int) -> bool:
    """Whether all records were dealt with. Fails at once for what no waiting mends."""
    letters = await place.fetch("SELECT reason FROM dead_letter")
    strange = [letter["reason"] for letter in letters if not letter["reason"].startswith("not an event")]
    assert not strange, f"dead-lettered though in order: {strange}"
    applied = await place.ledger()
    assert applied == [(case, nth, "lots") for nth in range(1, len(applied) + 1)]
    assert len(letters) <= wrong
    return len(applied) == right and len(letters) == wrong
