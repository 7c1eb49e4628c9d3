"""Background work goes on batch by batch, and after a failure."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from services.chassis.catching_up import keep_catching_up
from tests.waiting import until


@asynccontextmanager
async def _unit() -> AsyncIterator[Any]:
    yield None


async def test_it_does_batch_after_batch_and_then_looks_again() -> None:
    left, seen = [200, 200, 17, 0, 3, 0], []

    async def catch_up(_unit: Any) -> int:
        seen.append(left[0] if len(left) == 1 else left.pop(0))
        return seen[-1]

    task = asyncio.create_task(keep_catching_up(catch_up, _unit, pause=0))

    async def done() -> list[int]:
        return seen

    try:
        await until(done, lambda done: len(done) > 6)
    finally:
        task.cancel()
    assert seen[:7] == [200, 200, 17, 0, 3, 0, 0]


async def test_a_failure_is_tried_again() -> None:
    tries: list[int] = []

    async def catch_up(_unit: Any) -> int:
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("the database is away")
        return 0

    task = asyncio.create_task(keep_catching_up(catch_up, _unit, pause=0))

    async def tried() -> int:
        return len(tries)

    try:
        await until(tried, lambda count: count > 2)
    finally:
        task.cancel()
