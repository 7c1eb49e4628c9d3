"""Tries again, now and then, the events kept by a version that did not know their type or a code in them."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol, runtime_checkable

from services.chassis.logs import logger
from services.chassis.unit import Unit

_PAUSE_SECONDS: Final = 60.0
_PAGE: Final = 500


@runtime_checkable
class Learner(Protocol):
    """An ``apply`` that keeps events it does not know yet."""

    async def learn(self, unit: Unit, batch: int, /) -> int:
        """Applies the kept events that this version knows; returns how many. ``batch``: read so many at a time."""
        ...


async def keep_learning(
    learner: Learner, new_unit: Callable[[], AbstractAsyncContextManager[Unit]], pause: float = _PAUSE_SECONDS
) -> None:
    """Lets it learn at once and then with pauses (seconds), until cancelled.

    Events that a neighbour of another version kept during a rolling upgrade are found at a later round.
    """
    while True:
        try:
            async with new_unit() as unit:
                learnt = await learner.learn(unit, _PAGE)
        except Exception as error:  # noqa: BLE001  # what was kept stays kept, and is tried at the next round
            logger().warning("learning_interrupted", error=type(error).__name__, exc_info=error)
        else:
            if learnt:
                logger().info("events_learnt", count=learnt)
        await asyncio.sleep(pause)
