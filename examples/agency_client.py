#!/usr/bin/env python3
"""Refer a person to an insats over Kafka, read the receipt, and later what became of it; or withdraw the referral.

Stands on its own: it needs `pip install aiokafka` and nothing else of Samspel. The person is invented: a birth
number in 980-999 is never given to anybody. Against `make demo`:

    .venv/bin/python examples/agency_client.py
    .venv/bin/python examples/agency_client.py --course EX-9d5ef7a4
    .venv/bin/python examples/agency_client.py --withdraw EX-9d5ef7a4

Ends with 0 if what was sent was taken in or done, 1 if it was refused, 2 if no receipt came.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import uuid
from datetime import date, timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaConnectionError

RECEIPT_WITHIN_SECONDS = 30


def main() -> int:
    chosen = _arguments()
    message = withdrawal(chosen) if chosen.withdraw else referral(chosen)
    if chosen.print_only:
        print(_pretty(message))
        return 0
    if chosen.course:
        return _show_course(chosen)
    try:
        receipt = asyncio.run(send(chosen.kafka, chosen.agency, message))
    except KafkaConnectionError:
        print(f"No Kafka answers at {chosen.kafka}. Is `make demo` running?", file=sys.stderr)
        return 2
    except TimeoutError:
        print(f"No receipt within {RECEIPT_WITHIN_SECONDS} seconds.", file=sys.stderr)
        return 2
    if receipt["type"] not in ("ReferralAcknowledged", "RequestCarriedOut"):
        print("Refused:", ", ".join(f"{error['field']} {error['code']}" for error in receipt["data"]["errors"]))
        print(_pretty(receipt))
        return 1
    print("Withdrawn:" if chosen.withdraw else "Taken in as case", receipt["data"]["case_id"])
    print(_pretty(receipt))
    return 0


def _show_course(chosen: argparse.Namespace) -> int:
    try:
        steps = asyncio.run(course(chosen.kafka, chosen.agency, chosen.course))
    except KafkaConnectionError:
        print(f"No Kafka answers at {chosen.kafka}. Is `make demo` running?", file=sys.stderr)
        return 2
    for step in steps:
        when = step.get("meeting", {})
        beside = [step.get("reason"), when.get("meets_on"), when.get("starts_at"), when.get("mode")]
        print(step["happened_on"], step["step"], *(each for each in beside if each))
    if not steps:
        print(f"Nothing has been told of {chosen.course} yet.")
    return 0


async def course(kafka: str, agency: str, reference: str) -> list[dict[str, Any]]:
    """The steps of one referral, as they stand now. A real system keeps them as they come."""
    outbox = TopicPartition(f"samspel.outbox.{agency}.v1", 0)
    steps: dict[str, dict[str, Any]] = {}
    async with AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer:
        consumer.assign([outbox])
        end = (await consumer.end_offsets([outbox]))[outbox]
        while await consumer.position(outbox) < end:
            event = json.loads((await consumer.getone()).value)
            if event["data"].get("reference") != reference:
                continue
            if event["type"] == "ReferralProgressed":
                steps[event["id"]] = event["data"]
            elif event["type"] == "ReferralProgressTakenBack":
                steps.pop(event["data"]["progress_id"], None)
    return list(steps.values())


async def send(kafka: str, agency: str, message: dict[str, Any]) -> dict[str, Any]:
    """Writes the message to the agency's inbox and waits for the receipt in its outbox."""
    outbox = TopicPartition(f"samspel.outbox.{agency}.v1", 0)
    async with (
        AIOKafkaConsumer(bootstrap_servers=kafka) as consumer,
        AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer,
    ):
        consumer.assign([outbox])
        # Stand at the end before sending, so that the receipt cannot slip past.
        await consumer.seek_to_end(outbox)
        await consumer.position(outbox)
        await producer.send_and_wait(
            f"samspel.inbox.{agency}.v1",
            json.dumps(message, ensure_ascii=False).encode(),
            key=message["data"]["reference"].encode(),
            headers=[("content-type", b"application/cloudevents+json")],
        )
        return await asyncio.wait_for(_receipt_for(message["id"], consumer), RECEIPT_WITHIN_SECONDS)


async def _receipt_for(message_id: str, consumer: AIOKafkaConsumer) -> dict[str, Any]:
    """The receipt of one message. A real system reads them all, and files each by its reference."""
    while True:
        record = await consumer.getone()
        receipt: dict[str, Any] = json.loads(record.value)
        if receipt["data"].get("message_id") == message_id:
            return receipt


def referral(chosen: argparse.Namespace) -> dict[str, Any]:
    """A ReferralSubmitted: plain CloudEvents 1.0 in JSON."""
    message_id = str(uuid.uuid4())
    return {
        "specversion": "1.0",
        "id": message_id,
        "source": f"urn:agency:{chosen.agency}",
        "type": "ReferralSubmitted",
        "data": {
            "reference": chosen.reference or f"EX-{message_id[:8]}",
            "insats": chosen.insats,
            "referred_on": chosen.referred_on.isoformat(),
            "referrer": {
                "unit": chosen.unit,
                "officer": {"name": "Exempel Handläggare", "email": "handlaggare@example.org"},
            },
            "person": {
                "identity_number": chosen.identity_number or synthetic_number(),
                "given_name": "Exempel",
                "family_name": "Exempelsson",
                "sex": chosen.sex,
            },
            "needs": chosen.needs,
            "consent": {"choice": chosen.consent, "stated_on": chosen.referred_on.isoformat()},
            "background": {"education": "upper_secondary", "benefits": ["income_support"]},
        },
    }


def withdrawal(chosen: argparse.Namespace) -> dict[str, Any]:
    """A ReferralWithdrawn, of a referral that has not started."""
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"urn:agency:{chosen.agency}",
        "type": "ReferralWithdrawn",
        "data": {
            "reference": chosen.withdraw,
            "reason": chosen.reason,
            "withdrawn_on": chosen.on.isoformat(),
        },
    }


def synthetic_number() -> str:
    """A personnummer of somebody aged 20 to 60, with a birth number kept for tests."""
    born = date(1962, 1, 1) + timedelta(days=random.randrange(40 * 365))
    nine = f"{born:%y%m%d}{random.randint(980, 999)}"
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(nine)]
    check = -sum(value // 10 + value % 10 for value in doubled) % 10
    return f"{born:%Y}{nine[2:]}{check}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Refer an invented person, and read the receipt.")
    kafka = os.environ.get("SAMSPEL_KAFKA_BOOTSTRAP", "127.0.0.1:19092")
    parser.add_argument("--kafka", default=kafka, help="where Kafka answers (default: %(default)s)")
    parser.add_argument("--agency", default="stockholms-stad")
    parser.add_argument("--unit", default="sodermalm", help="the agency's office that refers")
    parser.add_argument("--insats", default="finsam-team")
    parser.add_argument("--needs", nargs="+", default=["kommun", "region"], help="members whose support is needed")
    parser.add_argument("--sex", default="woman", choices=("woman", "man", "other", "unknown"))
    parser.add_argument("--consent", default="given", choices=("given", "refused"))
    parser.add_argument("--reference", help="the agency's own reference; made up unless said")
    parser.add_argument("--identity-number", help="twelve digits; made up unless said")
    parser.add_argument(
        "--referred-on",
        type=date.fromisoformat,
        default=date(2021, 12, 30),
        help="day of referral; the clock of `make demo` stands at the turn of 2021/22 (default: %(default)s)",
    )
    parser.add_argument("--course", metavar="REFERENCE", help="print what became of a referral, and send nothing")
    parser.add_argument("--withdraw", metavar="REFERENCE", help="withdraw a referral instead of making one")
    parser.add_argument("--reason", default="not_relevant", help="why it is withdrawn (default: %(default)s)")
    parser.add_argument(
        "--on", type=date.fromisoformat, default=date(2021, 12, 31), help="day of withdrawal (default: %(default)s)"
    )
    parser.add_argument("--print-only", action="store_true", help="print the message and send nothing")
    return parser.parse_args()


def _pretty(message: dict[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False, indent=2)


if __name__ == "__main__":
    sys.exit(main())
