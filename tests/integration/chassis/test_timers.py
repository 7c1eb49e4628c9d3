"""What timers promise: fired when due, once, however long the stop and however many workers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from contracts.envelope import TIMER
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from services.chassis.runtime import Runtime
from services.chassis.timers import Timer, Timers, cancel_timers, set_timers
from services.chassis.unit import Unit
from tests.integration.chassis.probe import make_place, make_runtime

NOON = datetime(2021, 3, 4, 11, tzinfo=UTC)


class SetClock:
    def __init__(self, now: datetime) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment


class World:
    """A database with timers, and any number of loops that fire them by a clock set by hand: each in a transaction of
    its own, or ``together``."""

    def __init__(self, runtime: Runtime, *, together: bool) -> None:
        self.runtime = runtime
        self.together = together
        self.clock = SetClock(NOON)
        self.fired: list[str] = []
        self.fails: set[str] = set()
        self.transactions: list[int] = []

    def loop(self) -> Timers:
        return Timers(
            {} if self.together else {"ring": self._ring},
            {"ring": self._ring_all} if self.together else {},
            pool=self.runtime.pool,
            clock=self.clock,
            metrics=self.runtime.metrics,
            topic="unused",
            source="/samspel/probe",
            on_commit=lambda: None,
        )

    async def _ring(self, unit: Unit, timer: Timer) -> None:
        await unit.conn.execute(
            "INSERT INTO ledger (case_id, sequence, lots_id) VALUES ($1, 1, $2)", timer.stream_id, timer.key
        )
        if timer.key in self.fails:
            raise ValueError(timer.key)

    async def _ring_all(self, unit: Unit, timers: Sequence[Timer]) -> None:
        self.transactions.append(len(timers))
        for timer in timers:
            await self._ring(unit, timer)

    async def set(self, key: str, due: datetime, case_id: UUID | None = None) -> None:
        async with self.runtime.unit(TIMER) as unit:
            await set_timers(unit.conn, [Timer(key, case_id or uuid4(), "ring", due)])

    async def rung(self) -> list[str]:
        rows = await self.runtime.pool.fetch("SELECT lots_id FROM ledger ORDER BY entry")
        return [row["lots_id"] for row in rows]


@pytest.fixture(params=[False, True], ids=["alone", "together"])
async def world(
    request: pytest.FixtureRequest, kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path
) -> AsyncIterator[World]:
    runtime = make_runtime(make_place(kafka, postgres, secrets_file))
    await runtime.open_database()
    yield World(runtime, together=request.param)
    await runtime.pool.close()


async def test_nothing_fires_before_its_time(world: World) -> None:
    await world.set("later", NOON + timedelta(seconds=1))
    assert await world.loop().fire_due() == 0
    world.clock.moment += timedelta(seconds=1)
    await world.loop().fire_due()
    assert await world.rung() == ["later"]


async def test_after_a_stop_all_that_fell_due_fires_once_and_in_order(world: World) -> None:
    for days in (3, 1, 2):
        await world.set(f"day {days}", NOON + timedelta(days=days))
    world.clock.moment += timedelta(days=400)
    for _ in range(3):
        await world.loop().fire_due()
    assert await world.rung() == ["day 1", "day 2", "day 3"]


async def test_two_workers_fire_each_timer_once(world: World) -> None:
    keys = [f"timer {number:02}" for number in range(40)]
    for key in keys:
        await world.set(key, NOON)
    await asyncio.gather(*(world.loop().fire_due() for _ in range(3)))
    assert sorted(await world.rung()) == keys


async def test_a_timer_can_be_moved_and_cancelled(world: World) -> None:
    await world.set("moved", NOON)
    await world.set("moved", NOON + timedelta(days=1))
    await world.set("cancelled", NOON)
    async with world.runtime.unit(TIMER) as unit:
        await cancel_timers(unit.conn, ["cancelled"])
    await world.loop().fire_due()
    assert await world.rung() == []
    world.clock.moment += timedelta(days=1)
    await world.loop().fire_due()
    assert await world.rung() == ["moved"]


async def test_one_that_fails_leaves_no_trace_holds_up_nobody_and_is_tried_again(world: World) -> None:
    world.fails = {"broken"}
    await world.set("broken", NOON)
    await world.set("sound", NOON)
    await world.loop().fire_due()
    assert await world.rung() == ["sound"]
    assert await world.loop().fire_due() == 0  # not at once: later and later
    world.fails = set()
    await world.runtime.pool.execute("UPDATE timer SET retry_at = '-infinity'")
    await world.loop().fire_due()
    assert await world.rung() == ["sound", "broken"]


@pytest.mark.parametrize("world", [True], indirect=True, ids=["together"])
async def test_those_fired_together_share_transactions_until_one_of_them_fails(world: World) -> None:
    world.fails = {"timer 007"}
    keys = [f"timer {number:03}" for number in range(250)]
    for key in keys:
        await world.set(key, NOON)
    await world.loop().fire_due()
    assert sorted(await world.rung()) == [key for key in keys if key not in world.fails]
    # The hundred with the one that fails are fired apart.
    assert sorted(world.transactions) == [*[1] * 100, 50, 100, 100]
