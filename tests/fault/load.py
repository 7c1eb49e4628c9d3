"""Traffic while something is broken: people live, agencies refer over Kafka, and some records are wrong."""

import asyncio
from datetime import date
from itertools import cycle
from random import Random
from typing import Final

from contracts import topics
from tests.malformed import malformed
from tests.traffic import Doors, Submissions, begun, called, consents, live

PEOPLE: Final = 24
_AT_ONCE: Final = 8
_BETWEEN_RECORDS_SECONDS: Final = 0.25


async def lives(doors: Doors, submissions: Submissions, seed: int, today: date) -> None:
    """People from referral to wherever they get, many at a time."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def take_turns(nth: int) -> None:
        day = begun(nth, today)
        answer = {"consent": {"choice": "given" if consents(nth) else "refused", "stated_on": day.isoformat()}}
        insats = {"insats": "mia-vidare"} if called(nth) else {}
        submission = submissions.next(day, **answer, **insats)
        async with turns:
            await live(doors, submission, nth, today)

    await asyncio.gather(*(take_turns(seed * PEOPLE + nth) for nth in range(PEOPLE)))


async def inbox(doors: Doors, submissions: Submissions, seed: int, today: date, over: asyncio.Event) -> None:
    """Referrals over Kafka, every third of them wrong, until it is over; and a record on each domain topic
    that is no event.
    """
    wrong = malformed()
    Random(seed).shuffle(wrong)
    for topic in topics.DOMAIN:
        await doors.send(topic, b"nobody", b"no event of ours")
    for nth, faulty in enumerate(cycle(wrong)):
        if over.is_set():
            return
        if nth % 3 == 0:
            await doors.send(topics.inbox("stockholms-stad"), faulty.key, faulty.value)
        else:
            await doors.publish(submissions.next(today))
        await asyncio.sleep(_BETWEEN_RECORDS_SECONDS)
