"""A Kafka client is left behind when it does not stop, whatever it does with its cancellation."""

import asyncio

from services.chassis.kafka_clients import stop_within


class Client:
    """Stops after a while, with an error, or never."""

    def __init__(self, error: Exception | None = None, *, hangs: bool = False) -> None:
        self._error = error
        self._hangs = hangs
        self.let_go = asyncio.Event()
        self.asked = False

    async def stop(self) -> None:
        self.asked = True
        while self._hangs and not self.let_go.is_set():
            try:
                await self.let_go.wait()
            except asyncio.CancelledError:
                continue  # as aiokafka does while it waits for its own tasks
        if self._error is not None:
            raise self._error


async def test_a_client_that_disregards_its_cancellation_is_left_behind() -> None:
    client = Client(hangs=True)
    await stop_within(client, 0.01)
    assert client.asked
    client.let_go.set()


async def test_an_error_while_stopping_is_nobodys_trouble() -> None:
    client = Client(OSError("gone"))
    await stop_within(client)
    assert client.asked
