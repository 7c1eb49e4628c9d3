"""Kill, pause and restart every part under load; then compare all tables with what the raw topics say.

Each test adds its own people to the same installation, so the later ones also run over what the earlier left behind.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from datetime import date
from random import Random
from typing import Any

import pytest

from contracts import topics
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from deploy.local.services import ServiceProcess
from deploy.local.stack import LocalStack
from tests import oracle
from tests.raw_topics import read_topic
from tests.traffic import Doors, Submissions, live
from tests.waiting import until

PEOPLE = 24
AT_ONCE = 8
FOLLOW_UPS_OF_A_SAMPLAN = 3

Breaking = Callable[[LocalStack, asyncio.Event], Coroutine[Any, Any, None]]


async def kill_processes(stack: LocalStack, ended: asyncio.Event) -> None:
    """kill -9 of one worker after another, mid-batch as often as not, each started again at once."""
    chance = Random(1)
    while not ended.is_set():
        await asyncio.sleep(0.3)
        process = chance.choice([worker for workers in stack.services.values() for worker in workers])
        await asyncio.to_thread(_kill_and_start, process)


def _kill_and_start(process: ServiceProcess) -> None:
    process.kill()
    process.start()
    process.wait_ready()


async def come_and_go(stack: LocalStack, ended: asyncio.Event) -> None:
    """Second workers leave in good order and come back, so that partitions move to and fro."""
    while not ended.is_set():
        for _, second in stack.services.values():
            await asyncio.to_thread(second.terminate)
        for _, second in stack.services.values():
            second.start()
        for _, second in stack.services.values():
            await asyncio.to_thread(second.wait_ready)


async def pause_workers(stack: LocalStack, ended: asyncio.Event) -> None:
    """Workers freeze for longer than Kafka waits, lose their partitions, and wake up believing they own them."""
    while not ended.is_set():
        frozen = [stack.services[name][0].pid for name in ("planning", "followup")]
        for pid in frozen:
            assert pid is not None
            os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(12)
        for pid in frozen:
            assert pid is not None
            os.kill(pid, signal.SIGCONT)
        await asyncio.sleep(1)


async def restart_kafka(stack: LocalStack, ended: asyncio.Event) -> None:
    """kill -9 of the broker, twice."""
    assert isinstance(stack.kafka, KafkaServer)
    for _ in range(2):
        await asyncio.sleep(1)
        await asyncio.to_thread(stack.kafka.kill)
        await asyncio.to_thread(stack.kafka.start)
    await ended.wait()


async def restart_postgres(stack: LocalStack, ended: asyncio.Event) -> None:
    """kill -9 of the database server and all its children: every transaction under way ends with unknown outcome."""
    assert isinstance(stack.postgres, PostgresServer)
    for _ in range(3):
        await asyncio.sleep(1)
        await asyncio.to_thread(stack.postgres.kill)
        await asyncio.to_thread(stack.postgres.start)
    await ended.wait()


@pytest.mark.parametrize(
    ("breaking", "seed"),
    [
        (kill_processes, 101),
        (come_and_go, 102),
        (pause_workers, 103),
        (restart_kafka, 104),
        (restart_postgres, 105),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_nothing_is_lost_or_doubled(breakable: LocalStack, breaking: Breaking, seed: int) -> None:
    ended = asyncio.Event()
    breaker = asyncio.create_task(breaking(breakable, ended))
    async with Doors(breakable.gateway_url, breakable.bootstrap, breakable.secrets_file) as doors:
        submissions = Submissions(seed)
        published = await _load(doors, submissions, seed)
        ended.set()
        await breaker
        await asyncio.to_thread(_all_ready, breakable)
        await until(lambda: _faults(breakable, doors, published), lambda faults: not faults, seconds=60)


async def _load(doors: Doors, submissions: Submissions, seed: int) -> list[str]:
    """People live, many at a time; others are only referred, over Kafka. Returns the references of those."""
    today = date.today()  # noqa: DTZ011  # the day of this machine, as the services see it
    turns = asyncio.Semaphore(AT_ONCE)
    referred = [submissions.next(today) for _ in range(PEOPLE)]
    living = [submissions.next(today) for _ in range(PEOPLE)]

    async def take_turns(nth: int) -> None:
        async with turns:
            await doors.publish(referred[nth])
            await live(doors, living[nth], seed * PEOPLE + nth, today)

    await asyncio.gather(*(take_turns(nth) for nth in range(PEOPLE)))
    return [submission["data"]["reference"] for submission in referred]


def _all_ready(stack: LocalStack) -> None:
    for workers in stack.services.values():
        for worker in workers:
            worker.wait_ready()


async def _faults(stack: LocalStack, doors: Doors, published: list[str]) -> list[str]:
    databases = {name: stack.postgres.dsn(f"samspel_{name}") for name in stack.services}
    told = await oracle.story(stack.bootstrap)
    return [
        *oracle.faults_of_order(told),
        *await oracle.faults_of_storage(told, databases),
        *oracle.faults_of_follow_ups(told, FOLLOW_UPS_OF_A_SAMPLAN),
        *await oracle.faults_of_reporting(told, databases["reporting"]),
        *[f"answered, and not told: {event_id}" for event_id in doors.acknowledged - told.values.keys()],
        *await _without_receipt(stack.bootstrap, published),
    ]


async def _without_receipt(bootstrap: str, published: list[str]) -> list[str]:
    receipts = [
        oracle.decoded(record.value) for record in await read_topic(bootstrap, topics.outbox("stockholms-stad"))
    ]
    acknowledged = {
        receipt["data"].get("reference") for receipt in receipts if receipt["type"] == "ReferralAcknowledged"
    }
    return [f"no receipt for {reference}" for reference in published if reference not in acknowledged]
