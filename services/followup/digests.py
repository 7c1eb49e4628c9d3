"""Sends the daily digests: takes one that is owed, hands it to the mail server, and appends that it was sent.

No transaction is open and no stream locked while the mail server is spoken to. Whoever takes a digest has it alone
for a while; a process that is killed meanwhile leaves it, and another takes it when that while is over:

    killed before the mail server took it     sent then, late
    killed after that, before the event       sent once more with the same Message-ID; one event
    killed after the event                    nothing left to do
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final, assert_never

from prometheus_client import Counter

from contracts.envelope import TIMER
from contracts.events import local_date
from services.chassis import mail
from services.chassis.backoff import pause
from services.chassis.database import TRANSIENT
from services.chassis.logs import logger
from services.chassis.mail import MailServer, NotNow, Outcome, Refused, Taken
from services.chassis.metrics import Metrics
from services.chassis.runtime import Runtime
from services.followup import letter, notice_store, notices
from services.followup.domain.notices import DAILY_DIGEST, OwedDigest, last_begun, owed_digest
from services.followup.notice_store import Subscription

_POLL_SECONDS: Final = 1.0
_LONGEST_RETRY: Final = timedelta(hours=1)
# Beside the time that the mail server is given: for the database, before and after.
_GRACE: Final = timedelta(seconds=60)


class Digests:
    """Sends what is owed, one after the other, until cancelled."""

    def __init__(self, runtime: Runtime, server: MailServer, outcomes: Counter) -> None:
        self._runtime = runtime
        self._server = server
        self._outcomes = outcomes
        self._patience = timedelta(seconds=server.timeout) + _GRACE

    async def run(self) -> None:
        attempt = 0
        while True:
            try:
                found = await self.send_next()
            except Exception as error:  # noqa: BLE001  # what is owed stays owed, whatever it is
                attempt += 1
                known = isinstance(error, TRANSIENT)
                logger().warning("digests_interrupted", error=type(error).__name__, exc_info=None if known else error)
                await asyncio.sleep(pause(attempt))
            else:
                attempt = 0
                if not found:
                    await asyncio.sleep(_POLL_SECONDS)

    async def send_next(self) -> bool:
        """Sends one digest that is owed, if there is anything to say in it. False: none is owed to anybody now."""
        now, at = self._runtime.clock.now(), self._runtime.settings.digest_at
        async with self._runtime.pool.acquire() as connection:
            to = await notice_store.take(connection, last_begun(now, at), self._patience)
            if to is None or (owed := owed_digest(to.settled_on, now, at)) is None:
                return False
            numbers = await notice_store.numbers(connection, to, local_date(now))
            if not numbers.say_something:
                await notice_store.settle(connection, to.worker_id, owed.settles)
                return True
        message = letter.digest(
            to,
            owed,
            numbers,
            sender=self._server.sender,
            public_url=self._runtime.settings.public_url,
            now=now,
        )
        await self._note(to, owed, await mail.send(message, to.address, self._server))
        return True

    async def _note(self, to: Subscription, owed: OwedDigest, outcome: Outcome) -> None:
        match outcome:
            case Taken():
                self._outcomes.labels(DAILY_DIGEST, "sent").inc()
                async with self._runtime.unit(TIMER) as unit:
                    await notices.note_sent(unit, to, owed)
            case Refused(code):
                self._outcomes.labels(DAILY_DIGEST, "refused").inc()
                logger().warning("digest_refused", code=code)
                async with self._runtime.pool.acquire() as connection:
                    await notice_store.refuse(connection, to, code)
            case NotNow(why):
                self._outcomes.labels(DAILY_DIGEST, "put_off").inc()
                logger().warning("digest_put_off", why=why)
                async with self._runtime.pool.acquire() as connection:
                    await notice_store.put_off(connection, to, _LONGEST_RETRY)
            case _:
                assert_never(outcome)


def sender(metrics: Metrics) -> Callable[[Runtime], Coroutine[Any, Any, None]]:
    """What sends digests while a service runs, where a mail server is set; else nothing."""
    outcomes = Counter(
        "samspel_notices",
        "Notices handed to the mail server, by what came of it: sent, refused for good, put off",
        ["kind", "outcome"],
        registry=metrics.registry,
    )

    async def keep(runtime: Runtime) -> None:
        server = mail.mail_server(runtime.settings)
        if server is not None:
            await Digests(runtime, server, outcomes).run()

    return keep
