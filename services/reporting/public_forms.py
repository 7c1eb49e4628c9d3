"""Makes the public forms that the office has asked for, one after the other, each in a process of its own.

To decide what may be published can take minutes of processor time, which a request or the service's own loop has not:
the loop also reads the topics. A process that is killed has kept nothing, and its form is made from the beginning.
"""

import asyncio
import json
import sys
from typing import Final

from services.chassis.backoff import pause
from services.chassis.database import TRANSIENT
from services.chassis.logs import logger
from services.chassis.runtime import Runtime
from services.reporting import public_store
from services.reporting.domain import frozen, public_form
from services.reporting.domain.public_form import Kept
from services.reporting.indicators import DECLARED
from services.reporting.public_store import ToMake

_POLL_SECONDS: Final = 1.0
# A form that takes longer is noted as failed.
_LONGEST_SECONDS: Final = 3600.0


class MakingFailed(Exception):
    """The process ended without a form."""


async def keep_making(runtime: Runtime) -> None:
    """Until cancelled."""
    attempt = 0
    while True:
        try:
            found = await _make_next(runtime)
        except Exception as error:  # noqa: BLE001  # what was asked for stays asked for, whatever it is
            attempt += 1
            known = isinstance(error, TRANSIENT)
            logger().warning(
                "public_forms_interrupted", error=type(error).__name__, exc_info=None if known else error
            )
            await asyncio.sleep(pause(attempt))
        else:
            attempt = 0
            if not found:
                await asyncio.sleep(_POLL_SECONDS)


async def _make_next(runtime: Runtime) -> bool:
    """Makes one form that was asked for. False: there is none, or another worker makes it."""
    async with runtime.pool.acquire() as connection:
        to_make = await public_store.take(connection)
        if to_make is None:
            return False
        try:
            made = await _in_a_process(to_make)
        except (MakingFailed, TimeoutError) as error:
            logger().error("public_form_failed", report_id=str(to_make.report_id), error=type(error).__name__)
            await public_store.note_failed(connection, to_make.report_id, runtime.clock.now())
        else:
            await public_store.keep(connection, to_make.report_id, runtime.clock.now(), made)
            logger().info("public_form_made", report_id=str(to_make.report_id))
    return True


async def _in_a_process(to_make: ToMake) -> bytes:
    """The form's content. Raises MakingFailed or TimeoutError; the process does not outlive the caller."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.reporting.public_forms",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            made, _ = await process.communicate(_asked(to_make))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or not made:
        raise MakingFailed
    return made


def _asked(to_make: ToMake) -> bytes:
    earlier = [[kept.decode(), public.decode()] for kept, public in to_make.earlier]
    return json.dumps({"content": to_make.content.decode(), "earlier": earlier}).encode()


def main() -> None:
    """The process: reads what is asked from standard input, and writes the form to standard output."""
    asked = json.load(sys.stdin.buffer)
    earlier = [
        Kept(frozen.read(kept.encode()), public_form.read(public.encode())) for kept, public in asked["earlier"]
    ]
    sys.stdout.buffer.write(public_form.made(frozen.read(asked["content"].encode()), earlier, DECLARED))


if __name__ == "__main__":
    main()
