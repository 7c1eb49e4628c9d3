"""What the processes say of themselves while something is broken."""

import asyncio
from collections import defaultdict
from typing import Final

import httpx

from deploy.local.services import ServiceProcess
from deploy.local.stack import LocalStack

_PAUSE_SECONDS: Final = 0.5


class Watch:
    """Asks every process again and again whether it is ready, and sees which have ended."""

    def __init__(self, stack: LocalStack) -> None:
        self._processes = [worker for workers in stack.services.values() for worker in workers]
        self.unready: dict[str, set[str]] = defaultdict(set)
        """What the workers of each service missed."""
        self.ended: set[str] = set()

    async def until(self, over: asyncio.Event, seconds: float | None) -> None:
        """Watches for so many seconds, or until it is over."""
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            looking = asyncio.create_task(self._look(client))
            try:
                async with asyncio.timeout(seconds):
                    await over.wait() if seconds is None else await asyncio.Event().wait()
            except TimeoutError:
                return
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)

    async def _look(self, client: httpx.AsyncClient) -> None:
        while True:
            await asyncio.gather(*(self._ask(client, process) for process in self._processes))
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _ask(self, client: httpx.AsyncClient, process: ServiceProcess) -> None:
        self.note_ended()
        try:
            answer = await client.get(f"{process.url}/health/ready")
        except httpx.TransportError as error:
            self.unready[process.name].add(type(error).__name__)
            return
        if not answer.is_success:
            self.unready[process.name].update(answer.json()["missing"])

    def note_ended(self) -> None:
        """Writes down which processes have ended; nobody starts them again here."""
        self.ended |= {
            f"{process.log.stem} ended with status {process.exit_status}"
            for process in self._processes
            if process.exit_status is not None
        }
