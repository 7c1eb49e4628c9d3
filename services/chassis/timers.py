"""What happens by itself, when its time has come: nothing lost over a stop, nothing twice.

A timer is a row written with the state that needs it. Firing takes the case's lock first, like everything that
decides about the case, then takes the row away in the transaction that appends the event. After a stop all that fell
due meanwhile fires once, and the delay shows in the metrics and between an event's two times.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from contracts.envelope import TIMER
from services.chassis.backoff import pause
from services.chassis.clock import Clock
from services.chassis.database import TRANSIENT, Connection, Pool
from services.chassis.logs import logger
from services.chassis.metrics import Metrics
from services.chassis.unit import Unit

_POLL_SECONDS: Final = 0.2
_BATCH: Final = 500
# So many of a kind that may be fired together are, in one transaction, which holds their streams as long as it takes.
_TOGETHER: Final = 100
# While the database writes one batch, another is decided about.
_AT_ONCE: Final = 2
_LONGEST_RETRY: Final = timedelta(minutes=5)

_SET: Final = """
INSERT INTO timer (key, stream_id, kind, due_at)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[])
ON CONFLICT (key) DO UPDATE SET due_at = EXCLUDED.due_at, kind = EXCLUDED.kind, attempts = 0, retry_at = '-infinity'
"""
_CANCEL: Final = "DELETE FROM timer WHERE key = ANY ($1::text[])"
_DUE: Final = """
SELECT key, stream_id, kind FROM timer WHERE due_at <= $1 AND retry_at <= clock_timestamp() ORDER BY due_at LIMIT $2
"""
# A case that somebody holds for long must not make the other timers wait with it.
_WAIT_BRIEFLY: Final = "SET LOCAL lock_timeout = '2s'"
_CLAIM: Final = """
DELETE FROM timer WHERE key = ANY ($1::text[]) AND due_at <= $2 RETURNING key, stream_id, kind, due_at
"""
_POSTPONE: Final = """
UPDATE timer SET attempts = attempts + 1,
                 retry_at = clock_timestamp() + least(interval '1 second' * 2 ^ least(attempts, 20), $2::interval)
WHERE key = $1
"""


@dataclass(frozen=True)
class Timer:
    """One thing that is to happen to a case."""

    key: str
    stream_id: UUID
    kind: str
    due_at: datetime


Fire: TypeAlias = Callable[[Unit, Timer], Awaitable[None]]
FireTogether: TypeAlias = Callable[[Unit, Sequence[Timer]], Awaitable[None]]
"""Fires timers of different streams, which the unit has locked."""


async def set_timers(connection: Connection, timers: Sequence[Timer]) -> None:
    """Sets timers, no two with the same key, in one statement; moves those that are there."""
    await connection.execute(
        _SET,
        [timer.key for timer in timers],
        [timer.stream_id for timer in timers],
        [timer.kind for timer in timers],
        [timer.due_at for timer in timers],
    )


async def cancel_timers(connection: Connection, keys: Sequence[str]) -> None:
    """Takes timers away in one statement; no harm for those that are not there."""
    await connection.execute(_CANCEL, keys)


class Timers:
    """Fires what is due until cancelled: each timer in a unit of its own, those of ``fires_together`` many in one."""

    def __init__(
        self,
        fires: Mapping[str, Fire],
        fires_together: Mapping[str, FireTogether] | None = None,
        *,
        pool: Pool,
        clock: Clock,
        metrics: Metrics,
        topic: str,
        source: str,
        on_commit: Callable[[], None],
    ) -> None:
        self._together = dict(fires_together or {})
        self._fires = {kind: _one_by_one(fire) for kind, fire in fires.items()} | self._together
        self._pool = pool
        self._clock = clock
        self._metrics = metrics
        self._topic = topic
        self._source = source
        self._on_commit = on_commit
        self.failing: str | None = None
        """The class of the error for which the loop is retried, while it is."""

    async def run(self) -> None:
        attempt = 0
        while True:
            try:
                fired = await self.fire_due()
            except Exception as error:  # noqa: BLE001  # timers stay due, whatever it is
                attempt += 1
                self.failing = type(error).__name__
                known = isinstance(error, TRANSIENT)
                logger().warning("timers_interrupted", error=self.failing, exc_info=None if known else error)
                await asyncio.sleep(pause(attempt))
            else:
                attempt, self.failing = 0, None
                if fired < _BATCH:
                    await asyncio.sleep(_POLL_SECONDS)

    async def fire_due(self) -> int:
        """Fires what is due at the clock's present moment; returns how many were found due.

        One that fails is put off, later and later, and holds up no other. Raises what hinders even that.
        """
        async with self._pool.acquire() as connection:
            due = await connection.fetch(_DUE, self._clock.now(), _BATCH)
        rows = [_Due(row["key"], row["stream_id"], row["kind"]) for row in due]
        for each in rows:
            if each.kind not in self._together:
                await self._attempt([each])
        batches = list(self._batches(rows))
        for first in range(0, len(batches), _AT_ONCE):
            await _all(self._attempt(batch) for batch in batches[first : first + _AT_ONCE])
        if due:
            self._on_commit()
        return len(due)

    def _batches(self, due: Sequence["_Due"]) -> Iterator[Sequence["_Due"]]:
        for kind in self._together:
            of_kind = [each for each in due if each.kind == kind]
            yield from (of_kind[nth : nth + _TOGETHER] for nth in range(0, len(of_kind), _TOGETHER))

    async def _attempt(self, batch: Sequence["_Due"]) -> None:
        try:
            await self._fire(batch)
        except Exception as error:  # noqa: BLE001  # one case's trouble, of whatever kind
            failure = error
        else:
            return
        if len(batch) == 1:
            await self._put_off(batch[0], failure)
            return
        # All were rolled back. Alone, those that can be fired are.
        logger().warning("timers_fired_apart", kind=batch[0].kind, error=type(failure).__name__)
        for each in batch:
            await self._attempt([each])

    async def _put_off(self, failed: "_Due", failure: Exception) -> None:
        self._metrics.timer_failed.labels(failed.kind).inc()
        logger().error("timer_failed", kind=failed.kind, error=type(failure).__name__, exc_info=failure)
        async with self._pool.acquire() as connection:
            await connection.execute(_POSTPONE, failed.key, _LONGEST_RETRY)

    async def _fire(self, batch: Sequence["_Due"]) -> None:
        """Fires timers of one kind in one unit."""
        kind = batch[0].kind
        async with self._pool.acquire() as connection, connection.transaction():
            unit = Unit(connection, self._clock.now(), self._topic, self._source, TIMER)
            await connection.execute(_WAIT_BRIEFLY)
            await unit.lock_all({each.stream_id for each in batch})
            claimed = await connection.fetch(_CLAIM, [each.key for each in batch], unit.now)
            if not claimed:
                return  # moved, cancelled, or fired by another worker meanwhile
            timers = sorted((Timer(**row) for row in claimed), key=lambda timer: timer.due_at)
            await self._fires[kind](unit, timers)
        self._metrics.timer_fired.labels(kind).inc(len(timers))
        self._metrics.count_appended(unit.appended)
        self._metrics.count_of_the_calendar(unit.appended)
        for timer in timers:
            self._metrics.timer_delay.observe((unit.now - timer.due_at).total_seconds())


@dataclass(frozen=True)
class _Due:
    """A timer that was found due and is not claimed yet."""

    key: str
    stream_id: UUID
    kind: str


async def _all(attempts: Iterable[Awaitable[None]]) -> None:
    """Waits for all of them, and only then raises what one of them raised: none goes on unseen."""
    results = await asyncio.gather(*attempts, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


def _one_by_one(fire: Fire) -> FireTogether:
    async def each_of(unit: Unit, timers: Sequence[Timer]) -> None:
        for timer in timers:
            await fire(unit, timer)

    return each_of
