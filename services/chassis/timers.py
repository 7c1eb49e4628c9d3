"""What happens by itself, when its time has come: nothing lost over a stop, nothing twice.

A timer is a row written with the state that needs it. Firing takes the case's lock first, like everything that
decides about the case, then takes the row away in the transaction that appends the event. After a stop all that fell
due meanwhile fires once, and the delay shows in the metrics and between an event's two times.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
_CLAIM: Final = "DELETE FROM timer WHERE key = $1 AND due_at <= $2 RETURNING due_at"
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
    """Fires what is due, kind by kind, until cancelled."""

    def __init__(
        self,
        fires: Mapping[str, Fire],
        *,
        pool: Pool,
        clock: Clock,
        metrics: Metrics,
        topic: str,
        source: str,
        on_commit: Callable[[], None],
    ) -> None:
        self._fires = fires
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
        for row in due:
            try:
                await self._fire(row["key"], row["stream_id"], row["kind"])
            except Exception as error:  # noqa: BLE001  # one case's trouble, of whatever kind
                self._metrics.timer_failed.labels(row["kind"]).inc()
                logger().error("timer_failed", kind=row["kind"], error=type(error).__name__, exc_info=error)
                async with self._pool.acquire() as connection:
                    await connection.execute(_POSTPONE, row["key"], _LONGEST_RETRY)
        if due:
            self._on_commit()
        return len(due)

    async def _fire(self, key: str, stream_id: UUID, kind: str) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            unit = Unit(connection, self._clock.now(), self._topic, self._source, TIMER)
            await connection.execute(_WAIT_BRIEFLY)
            await unit.lock(stream_id)
            due_at = await connection.fetchval(_CLAIM, key, unit.now)
            if due_at is None:
                return  # moved, cancelled, or fired by another worker meanwhile
            await self._fires[kind](unit, Timer(key, stream_id, kind, due_at))
        self._metrics.timer_fired.labels(kind).inc()
        self._metrics.count_appended(unit.appended)
        self._metrics.timer_delay.observe((unit.now - due_at).total_seconds())
