"""Applying a batch of one partition: everything in one transaction, and which records end as dead letters.

A record ends as a dead letter for two reasons only: it is :class:`Unusable`, or it alone, in a savepoint of its own,
violates a data constraint. Every other error says nothing about the record and goes to the caller, who reads again.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import asyncpg
from aiokafka import ConsumerRecord, TopicPartition

from contracts.envelope import service as service_actor
from contracts.events import AnyEvent
from services.chassis import dead_letters, offsets
from services.chassis.clock import Clock
from services.chassis.database import TRANSIENT, Connection, Pool
from services.chassis.logs import logger
from services.chassis.metrics import Metrics
from services.chassis.tracing import Tracing, trace_id_of
from services.chassis.unit import FailedRecord, Unit
from services.chassis.unpacking import Unreadable

Record: TypeAlias = ConsumerRecord[Any, Any]
Records: TypeAlias = Sequence[Record]
Apply: TypeAlias = Callable[[Unit, Records], Awaitable[None]]

# SQLSTATE classes 22, 23 and 54: what PostgreSQL says about values, constraints and sizes, not about itself.
VIOLATIONS: Final = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
MOST_IN_DOUBT: Final = 10
MOST_ALONE: Final = 250
"""A longer batch that fails is halved: to apply two thousand records one by one, because one of them is wrong, takes
longer than a worker may be silent."""


class Unusable(Exception):
    """A record that cannot be applied now or ever, as it stands. ``reason`` goes into its dead letter."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Outcome:
    """What became of a batch. ``following``: the next offset. ``stopped``: the error of the record there, if any.

    ``parked``: records of earlier batches whose turn came with this one, and that became dead letters.
    """

    following: int
    applied: int = 0
    dead_letters: list[tuple[Record, Exception]] = field(default_factory=list)
    parked: list[FailedRecord] = field(default_factory=list)
    appended: list[AnyEvent] = field(default_factory=list)
    stopped: Exception | None = None


class Batches:
    """Applies batches for one service.

    A violation proves something about the record only if others succeed where it fails. In a batch with an applied
    neighbour that is so. Where there is none, the same transaction moves the offset and writes the dead letter, which
    proves that the database takes writes, but not that the handler's own tables do: so at most ``MOST_IN_DOUBT`` such
    records in a row, of all partitions, end as dead letters before any record is applied. The next is held.
    """

    def __init__(
        self,
        *,
        service: str,
        own_topic: str,
        apply: Apply,
        pool: Pool,
        clock: Clock,
        metrics: Metrics,
        tracing: Tracing,
    ) -> None:
        self._service = service
        self._own_topic = own_topic
        self._apply = apply
        self._pool = pool
        self._clock = clock
        self._metrics = metrics
        self._tracing = tracing
        self._in_doubt = 0

    async def take(self, partition: TopicPartition, expected: int, batch: Records) -> Outcome:
        """Commits what can be committed of a batch, from its beginning, with the partition's next offset.

        Where that fails and the batch is long, of its first half, quarter, … only: what follows is to be given again.
        Raises offsets.Overtaken if another worker moved the offset, and whatever hindered all of it; then nothing
        was committed.
        """
        while True:
            with self._tracing.processing(batch):
                try:
                    outcome = await self._in_one_go(partition, expected, batch)
                except (*TRANSIENT, offsets.Overtaken):
                    raise
                except Exception as error:  # noqa: BLE001  # taken apart to find out which record it comes from
                    logger().warning("batch_taken_apart", error=type(error).__name__, topic=partition.topic)
                    if len(batch) > MOST_ALONE:
                        batch = batch[: len(batch) // 2]
                        continue
                    outcome = await self._one_by_one(partition, expected, batch)
                self._note(partition, outcome)
            self._note_delays(partition, outcome, batch)
            return outcome

    async def replay(self, record: Record) -> None:
        """Applies one record again, out of turn. Raises what ``apply`` raises."""
        with self._tracing.processing([record]):
            async with self._pool.acquire() as connection, connection.transaction():
                unit = self._unit(connection)
                await self._apply_readable(unit, [record])
        self._metrics.count_appended(unit.appended)
        self._note_dead_letters([(failed, failed.error) for failed in unit.failed])

    async def _in_one_go(self, partition: TopicPartition, expected: int, batch: Records) -> Outcome:
        following = batch[-1].offset + 1
        async with self._pool.acquire() as connection, connection.transaction():
            await offsets.advance(connection, partition, expected, following)
            unit = self._unit(connection)
            await self._apply_readable(unit, batch)
        return Outcome(following, applied=len(batch), parked=unit.failed, appended=unit.appended)

    async def _one_by_one(self, partition: TopicPartition, expected: int, batch: Records) -> Outcome:
        async with self._pool.acquire() as connection, connection.transaction():
            # Keeps other owners of the partition out from the first record on.
            await offsets.advance(connection, partition, expected, expected)
            outcome = Outcome(expected)
            for record in batch:
                await self._apply_alone(connection, record, outcome)
                if outcome.stopped is not None:
                    break
            self._hold_what_is_not_proven(outcome, expected)
            if outcome.following == expected and outcome.stopped is not None:
                raise outcome.stopped
            for record, error in outcome.dead_letters:
                unit = self._unit(connection)
                await dead_letters.move_to_dead_letters(unit, self._service, record, _reason(error))
                outcome.appended.extend(unit.appended)
            await offsets.advance(connection, partition, expected, outcome.following)
        return outcome

    async def _apply_alone(self, connection: Connection, record: Record, outcome: Outcome) -> None:
        try:
            async with connection.transaction():
                unit = self._unit(connection)
                await self._apply_readable(unit, [record])
        except TRANSIENT:
            raise
        except (Unusable, *VIOLATIONS) as error:
            outcome.dead_letters.append((record, error))
        except Exception as error:  # noqa: BLE001  # of a kind that says nothing about the record: it is read again
            outcome.stopped = error
            return
        else:
            outcome.applied += 1
            outcome.parked.extend(unit.failed)
            outcome.appended.extend(unit.appended)
        outcome.following = record.offset + 1

    def _hold_what_is_not_proven(self, outcome: Outcome, expected: int) -> None:
        """Without an applied neighbour, cuts the batch before the first violation beyond the allowance."""
        if outcome.applied:
            return
        allowance = MOST_IN_DOUBT - self._in_doubt
        before = expected
        for nth, (record, error) in enumerate(outcome.dead_letters):
            if not isinstance(error, Unusable):
                allowance -= 1
            if allowance < 0:
                outcome.dead_letters = outcome.dead_letters[:nth]
                outcome.following = before
                outcome.stopped = error
                return
            before = record.offset + 1

    async def _apply_readable(self, unit: Unit, batch: Records) -> None:
        for record in batch:
            if isinstance(record.value, Unreadable):
                raise Unusable(record.value.reason)
        await self._apply(unit, batch)
        # Their predecessors are applied in this transaction, so it is not the database that does not take writes.
        for failed in unit.failed:
            await dead_letters.move_to_dead_letters(unit, self._service, failed, _reason(failed.error))

    def _unit(self, connection: Connection) -> Unit:
        actor = service_actor(self._service)
        unit = Unit(connection, self._clock.now(), self._own_topic, f"/samspel/{self._service}", actor)
        unit.traces = self._tracing.of_records()
        return unit

    def _note(self, partition: TopicPartition, outcome: Outcome) -> None:
        violations = sum(not isinstance(error, Unusable) for _, error in outcome.dead_letters)
        self._in_doubt = 0 if outcome.applied else self._in_doubt + violations
        self._metrics.applied.labels(partition.topic).inc(outcome.applied)
        self._metrics.count_appended(outcome.appended)
        self._note_dead_letters([*outcome.dead_letters, *((failed, failed.error) for failed in outcome.parked)])

    def _note_delays(self, partition: TopicPartition, outcome: Outcome, batch: Records) -> None:
        """How long each record that is behind us now was on its way, by the real clock: a test's may be moved."""
        now = time.time()
        observe = self._metrics.record_delay.labels(partition.topic).observe
        for record in batch:
            # A sender may leave the timestamp out (-1), or have a clock that is ahead.
            if record.offset < outcome.following and record.timestamp > 0:
                observe(max(0.0, now - record.timestamp / 1000))

    def _note_dead_letters(self, moved: Sequence[tuple[Record | FailedRecord, Exception]]) -> None:
        for record, error in moved:
            self._metrics.dead_letters.labels(record.topic).inc()
            logger().error(
                "record_dead_lettered",
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                reason=_reason(error),
                **trace_id_of(self._tracing.of_records().get(record.offset)),
                exc_info=error,
            )


def _reason(error: Exception) -> str:
    return error.reason if isinstance(error, Unusable) else f"violates: {type(error).__name__}"
