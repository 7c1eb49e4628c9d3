"""Waiting for what must come, with a deadline instead of a guess."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(look: Callable[[], Awaitable[T]], wanted: Callable[[T], bool] = bool, *, seconds: float = 30.0) -> T:
    """Looks again and again until what it sees is wanted. Fails with the last sight after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        seen = await look()
        if wanted(seen):
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s; last seen: {seen!r}")
        await asyncio.sleep(0.02)
