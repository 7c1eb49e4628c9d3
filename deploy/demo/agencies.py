"""The agencies' side: referrals into the inbox topics, receipts out of the outbox topics, nothing else.

An agency knows its own references and what its receipts say. So does this module; that is also how an
interrupted play learns again which case each referral became.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, Self, TypeAlias
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts import events, topics
from contracts.agency import RecordPlace, ReferralAcknowledged, ReferralRejected
from contracts.envelope import CONTENT_TYPE
from deploy.demo.failures import PlayFailed

Receipt: TypeAlias = ReferralAcknowledged | ReferralRejected

_HEADERS: Final = [("content-type", CONTENT_TYPE.encode())]
_RECEIPT_WITHIN: Final = 60.0


class Agencies:
    """All agencies at one Kafka client. As a context manager it is connected inside."""

    def __init__(self, bootstrap: str, agencies: Sequence[str]) -> None:
        self._outboxes = [topics.outbox(agency) for agency in agencies]
        self._producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=2)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=50
        )
        self._receipts: dict[RecordPlace, Receipt] = {}
        self._awaited: dict[RecordPlace, asyncio.Future[Receipt]] = {}
        self._cases: dict[tuple[str, str], UUID] = {}
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._producer.start()
        await self._consumer.start()
        outboxes = [TopicPartition(topic, 0) for topic in self._outboxes]
        self._consumer.assign(outboxes)
        ends = await self._consumer.end_offsets(outboxes)
        await self._catch_up(ends)
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading
        await self._consumer.stop()
        await self._producer.stop()

    def case(self, agency: str, reference: str) -> UUID | None:
        """The case a referral became, as far as receipts have said."""
        return self._cases.get((agency, reference))

    async def refer(self, agency: str, key: str, value: bytes) -> Receipt:
        """Publishes a record and returns its receipt. Raises PlayFailed if none comes within a minute."""
        sent = await self._producer.send_and_wait(topics.inbox(agency), value, key=key.encode(), headers=_HEADERS)
        place = RecordPlace(topic=sent.topic, partition=sent.partition, offset=sent.offset)
        if place in self._receipts:
            return self._receipts.pop(place)
        answered = self._awaited[place] = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.wait_for(answered, _RECEIPT_WITHIN)
        except TimeoutError as late:
            raise PlayFailed(
                f"No receipt came for the record at offset {place.offset} of {place.topic}, partition "
                f"{place.partition}, within {_RECEIPT_WITHIN:.0f} s. Look at the log of referral."
            ) from late

    async def _catch_up(self, ends: Mapping[TopicPartition, int]) -> None:
        for outbox, end in ends.items():
            while await self._consumer.position(outbox) < end:
                batches = await self._consumer.getmany(outbox, timeout_ms=500)
                self._take([record.value for records in batches.values() for record in records])
        self._receipts.clear()

    async def _read(self) -> None:
        while True:
            batches = await self._consumer.getmany(timeout_ms=1000)
            self._take([record.value for records in batches.values() for record in records])

    def _take(self, values: Sequence[bytes]) -> None:
        for value in values:
            receipt = events.parse(value).data
            if isinstance(receipt, ReferralAcknowledged) and receipt.reference is not None:
                self._cases[receipt.agency, receipt.reference] = receipt.case_id
            if isinstance(receipt, ReferralAcknowledged | ReferralRejected) and receipt.record is not None:
                self._deliver(receipt.record, receipt)

    def _deliver(self, place: RecordPlace, receipt: Receipt) -> None:
        awaited = self._awaited.pop(place, None)
        if awaited is None:
            self._receipts[place] = receipt
        elif not awaited.done():
            awaited.set_result(receipt)
