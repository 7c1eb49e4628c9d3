"""Break every part under load, mend it, and compare all tables with what the raw topics say.

Each test adds its own people to the same installation, so the later ones also run over what the earlier left behind.
"""

import asyncio

import pytest

from deploy.local.processes import running_as_root
from deploy.local.stack import LocalStack
from tests import oracle
from tests.fault import load
from tests.fault.faults import FAULTS, Fault, disk_full
from tests.fault.watch import Watch
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions
from tests.waiting import until

_PATIENCE_SECONDS = 300.0
_DRAINED_WITHIN_SECONDS = 90.0


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_nothing_acknowledged_is_lost_or_doubled(breakable: LocalStack, fault: Fault) -> None:
    """Acknowledged is applied or dead-lettered, once; no answer is a bare failure; all are ready again unaided."""
    if fault.injected is disk_full and not running_as_root():
        pytest.skip("only root may mount a small disk to fill")
    watch = Watch(breakable)
    async with Doors(
        breakable.gateway_url,
        breakable.bootstrap,
        breakable.secrets_file,
        patience=_PATIENCE_SECONDS,
        forgiving=True,
    ) as doors:
        await _break_under_load(breakable, fault, doors, watch)
        if not fault.processes_end:
            watch.note_ended()
            assert watch.ended == set(), "processes must wait, not end"
        await asyncio.to_thread(_all_ready, breakable)
        await until(lambda: faults_of(breakable, doors), lambda found: not found, seconds=_DRAINED_WITHIN_SECONDS)
        assert doors.unfit == []
        assert fault.noticed_by <= watch.unready.keys(), f"only these were not ready: {dict(watch.unready)}"


async def _break_under_load(stack: LocalStack, fault: Fault, doors: Doors, watch: Watch) -> None:
    """Begins the traffic, breaks something while it goes on, mends it, and lets the traffic end."""
    seed = 100 + FAULTS.index(fault)
    submissions, today, over = Submissions(seed), swedish_day(), asyncio.Event()
    living = asyncio.create_task(load.lives(doors, submissions, seed, today))
    living.add_done_callback(lambda _: over.set())
    referring = asyncio.create_task(load.inbox(doors, submissions, seed, today, over))
    try:
        await until(lambda: _count(doors), lambda events: events > load.PEOPLE)
        async with fault.injected(stack):
            await watch.until(over, fault.seconds)
    finally:
        await asyncio.gather(living, referring)


async def _count(doors: Doors) -> int:
    return len(doors.acknowledged)


def _all_ready(stack: LocalStack) -> None:
    for workers in stack.services.values():
        for worker in workers:
            worker.wait_ready()


async def faults_of(stack: LocalStack, doors: Doors) -> list[str]:
    """Everything that is not as the topics and the acknowledgements say it must be."""
    story = await oracle.read_story(stack.bootstrap)
    if broken := oracle.broken_laws(story):
        return broken  # what lacks its beginning cannot be folded
    addresses = {name: stack.postgres.dsn(f"samspel_{name}") for name in stack.services}
    records = story.inbox | story.unreadable
    return [
        *await oracle.differences_of(story, addresses),
        *[f"answered, and not sent: {event_id}" for event_id in doors.acknowledged - story.events.keys()],
        *[f"acknowledged by Kafka, and not there: {place}" for place in doors.published - records],
    ]
