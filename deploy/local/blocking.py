"""Asynchronous client calls for callers that are not asynchronous, and the waiting they share."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a coroutine to its end on a thread and event loop of its own.

    Works with or without a running event loop in the caller, which `asyncio.run` does not; the caller waits.
    """
    answers: list[Answer] = []
    failures: list[BaseException] = []

    def body() -> None:
        try:
            answers.append(asyncio.run(work))
        except BaseException as failure:  # noqa: BLE001 - handed over to the caller's thread, not swallowed
            failures.append(failure)

    thread = threading.Thread(target=body, name="blocking-client", daemon=True)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return answers[0]


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Ask until the condition holds; False when the time is up first."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
