"""Work on rows that an earlier version left behind, done in the background a batch at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, TypeAlias

from services.chassis.logs import logger
from services.chassis.unit import Unit

_PAUSE_SECONDS: Final = 60.0

CatchUp: TypeAlias = Callable[[Unit], Awaitable[int]]
"""Does a batch of what is left to do, and returns of how many rows; none when there is nothing left."""


async def keep_catching_up(
    catch_up: CatchUp, new_unit: Callable[[], AbstractAsyncContextManager[Unit]], pause: float = _PAUSE_SECONDS
) -> None:
    """Does batch after batch until nothing is left, and looks again after a pause (seconds), until cancelled.

    A process of an earlier version may leave more behind while it still runs.
    """
    while True:
        try:
            async with new_unit() as unit:
                caught_up = await catch_up(unit)
        except Exception as error:  # noqa: BLE001  # what is left stays left, and is tried at the next round
            logger().warning("catching_up_interrupted", error=type(error).__name__, exc_info=error)
            caught_up = 0
        if caught_up:
            logger().info("caught_up", count=caught_up)
        else:
            await asyncio.sleep(pause)
