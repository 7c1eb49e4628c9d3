"""Records that could not be used: where they lie and why, never what they hold."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from aiokafka import ConsumerRecord, TopicPartition

from contracts import topics
from contracts.events import local_date
from contracts.operations import RecordDeadLettered
from services.chassis.database import Pool
from services.chassis.unit import Unit

# The place may have been buried before: read again after a restore.
_BURY: Final = """
INSERT INTO dead_letter (dead_letter_id, topic, partition, record_offset, reason, buried_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (topic, partition, record_offset) DO NOTHING
RETURNING dead_letter_id
"""
_LATEST: Final = """
SELECT dead_letter_id, topic, partition, record_offset, reason, buried_at, replayed_at
FROM dead_letter ORDER BY buried_at DESC, dead_letter_id LIMIT 500
"""
_ONE: Final = "SELECT topic, partition, record_offset, replayed_at FROM dead_letter WHERE dead_letter_id = $1"
_REPLAYED: Final = "UPDATE dead_letter SET replayed_at = $2 WHERE dead_letter_id = $1"

_LONGEST_REASON: Final = 500


@dataclass(frozen=True)
class DeadLetter:
    """Where a buried record lies, and when it was applied after all."""

    partition: TopicPartition
    offset: int
    replayed_at: datetime | None


async def bury(unit: Unit, service: str, record: ConsumerRecord[Any, Any], reason: str) -> None:
    """Writes a dead letter and tells of it on the service's dead-letter topic.

    A reason may name a field as the sender named it, so only its printable characters are kept.
    """
    letter = uuid4()
    reason = "".join(sign for sign in reason if sign.isprintable())[:_LONGEST_REASON]
    place = (record.topic, record.partition, record.offset)
    if await unit.conn.fetchval(_BURY, letter, *place, reason, unit.now) is None:
        return
    told = RecordDeadLettered(
        happened_on=local_date(unit.now),
        dead_letter_id=letter,
        service=service,
        reason=reason,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
    )
    await unit.tell(letter, [told], topic=topics.dead_letters(service))


async def latest(pool: Pool) -> list[dict[str, Any]]:
    """The letters as operations see them, latest first."""
    return [dict(row) for row in await pool.fetch(_LATEST)]


async def find(pool: Pool, dead_letter_id: UUID) -> DeadLetter | None:
    """One letter; None if there is none with this id."""
    row = await pool.fetchrow(_ONE, dead_letter_id)
    if row is None:
        return None
    return DeadLetter(TopicPartition(row["topic"], row["partition"]), row["record_offset"], row["replayed_at"])


async def note_replayed(pool: Pool, dead_letter_id: UUID, now: datetime) -> None:
    """Its record has been applied after all."""
    await pool.execute(_REPLAYED, dead_letter_id, now)
