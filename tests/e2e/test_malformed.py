"""Two hundred and more malformed records in an agency's inbox: each is answered, and none stops what follows."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaProducer

from contracts import topics
from contracts.events import local_date
from deploy.local.stack import LocalStack
from services.chassis.clock import FileClock
from tests.malformed import MALFORMED
from tests.oracle import decoded
from tests.raw_topics import read_topic
from tests.traffic import AGENCY, Doors, Submissions
from tests.waiting import until

Place = tuple[str, int, int]


async def test_each_malformed_record_gets_its_receipt_and_none_stops_a_partition(stack: LocalStack) -> None:
    assert len(MALFORMED) >= 200
    places = await _publish_all(stack.bootstrap)
    async with Doors(stack.gateway_url, stack.bootstrap, stack.secrets_file) as doors:
        sound = Submissions(2021)
        today = local_date(FileClock(stack.clock_file).now())
        behind = [sound.next(today) for _ in range(8)]
        for submission in behind:
            await doors.publish(submission)

    answered = await until(
        lambda: _answered(stack.bootstrap), lambda seen: places.keys() <= seen.keys(), seconds=60
    )
    for place, name in places.items():
        answer = answered[place]
        assert answer["type"] in {"ReferralRejected", "RecordDeadLettered"}, name
        if answer["type"] == "ReferralRejected":
            assert answer["data"]["errors"], name
            assert all(error["code"] and error["message"] for error in answer["data"]["errors"]), name

    acknowledged = {
        answer["data"]["reference"] for answer in answered.values() if answer["type"] == "ReferralAcknowledged"
    }
    assert {submission["data"]["reference"] for submission in behind} <= acknowledged


async def _publish_all(bootstrap: str) -> dict[Place, str]:
    """Every malformed record, spread over the inbox's partitions; answers where each lies and its name."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_request_size=4_000_000)
    await producer.start()
    try:
        sent = await asyncio.gather(
            *[
                await producer.send(
                    topics.inbox(AGENCY), record.value, key=record.key, headers=list(record.headers), partition=nth % 2
                )
                for nth, record in enumerate(MALFORMED)
            ]
        )
    finally:
        await producer.stop()
    return {
        (told.topic, told.partition, told.offset): record.name for told, record in zip(sent, MALFORMED, strict=True)
    }


async def _answered(bootstrap: str) -> dict[Place, dict[str, Any]]:
    """What was said of each inbox record: its receipt, or the dead letter that tells where it lies."""
    answers: dict[Place, dict[str, Any]] = {}
    for topic in (topics.outbox(AGENCY), topics.dead_letters("referral")):
        for record in await read_topic(bootstrap, topic):
            event = decoded(record.value)
            place = event["data"] if event["type"] == "RecordDeadLettered" else event["data"].get("record")
            if place:
                answers[place["topic"], place["partition"], place["offset"]] = event
    return answers
