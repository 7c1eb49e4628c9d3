"""Ending a Kafka client that may not end by itself."""

import asyncio
from typing import Final, Protocol

from services.chassis.logs import logger

_LONGEST: Final = 5.0


class Stoppable(Protocol):
    """An aiokafka consumer or producer, or FastStream's broker around them."""

    async def stop(self) -> None:
        """Leaves the group, closes the connections."""


async def stop_within(client: Stoppable, seconds: float = _LONGEST) -> None:
    """Stops a client, waiting no longer than some seconds, whatever it raises.

    While the broker is away ``stop()`` may wait without end, and aiokafka catches the cancellation that a timeout
    sends it: so the stop is waited for in a task of its own, and left behind.
    """
    stopping = asyncio.ensure_future(client.stop())
    try:
        await asyncio.wait([stopping], timeout=seconds)
    finally:
        if not stopping.done():
            stopping.cancel()
    if not stopping.done():
        logger().warning("kafka_client_not_stopped", client=type(client).__name__, error="TimeoutError")
    elif not stopping.cancelled() and (error := stopping.exception()) is not None:
        logger().warning("kafka_client_not_stopped", client=type(client).__name__, error=type(error).__name__)
