"""Records that could not be used: where they lie and why, never what they hold."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from aiokafka import ConsumerRecord, TopicPartition
from pydantic import BaseModel, ConfigDict, Field

from contracts import topics
from contracts.events import local_date
from contracts.operations import DeadLetterDiscarded, RecordDeadLettered
from contracts.problems import Conflict, NotFound
from services.chassis.database import Pool
from services.chassis.unit import FailedRecord, Unit

# The place may be a dead letter already: read again after a restore.
_MOVE_TO_DEAD_LETTERS: Final = """
INSERT INTO dead_letter (dead_letter_id, topic, partition, record_offset, reason, dead_lettered_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (topic, partition, record_offset) DO NOTHING
RETURNING dead_letter_id
"""
# An absent filter is NULL and lets everything through.
_PAGE: Final = """
SELECT dead_letter_id, topic, partition, record_offset, reason, dead_lettered_at, state,
       replayed_at, discarded_at, discarded_by, discard_reason
FROM dead_letter
WHERE ($1::text IS NULL OR topic = $1)
  AND ($2::text IS NULL OR starts_with(reason, $2))
  AND ($3::text IS NULL OR state = $3)
  AND ($4::uuid IS NULL
       OR (dead_lettered_at, dead_letter_id)
          < (SELECT dead_lettered_at, dead_letter_id FROM dead_letter WHERE dead_letter_id = $4))
ORDER BY dead_lettered_at DESC, dead_letter_id DESC LIMIT $5
"""
_COUNT: Final = """
SELECT count(*) FROM dead_letter
WHERE ($1::text IS NULL OR topic = $1)
  AND ($2::text IS NULL OR starts_with(reason, $2))
  AND ($3::text IS NULL OR state = $3)
"""
_ONE: Final = """
SELECT topic, partition, record_offset, replayed_at, discarded_at FROM dead_letter WHERE dead_letter_id = $1
"""
# Replayed after all: it is no longer discarded.
_REPLAYED: Final = """
UPDATE dead_letter SET replayed_at = $2, discarded_at = NULL, discarded_by = NULL, discard_reason = NULL
WHERE dead_letter_id = $1
"""
_HOLD: Final = "SELECT replayed_at, discarded_at FROM dead_letter WHERE dead_letter_id = $1 FOR UPDATE"
_DISCARD: Final = """
UPDATE dead_letter SET discarded_at = $2, discarded_by = $3, discard_reason = $4 WHERE dead_letter_id = $1
"""


class State(StrEnum):
    """What has come of a dead letter. ``open``: nothing yet."""

    OPEN = "open"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


_Words = Annotated[str, Field(max_length=250, pattern=r"^[^\x00]*$")]


class Asked(BaseModel):
    """Which letters to list: of a topic, with a reason that begins so, in a state (None: any).

    At most ``limit`` of them, those that follow the letter ``after``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: _Words | None = None
    reason: _Words | None = None
    state: State | None = None
    limit: int = Field(default=100, ge=1, le=500)
    after: UUID | None = None


class Listed(BaseModel):
    """A dead letter as operations see it."""

    dead_letter_id: UUID
    topic: str
    partition: int
    record_offset: int
    reason: str
    dead_lettered_at: datetime
    state: State
    replayed_at: datetime | None
    discarded_at: datetime | None
    discarded_by: str | None
    discard_reason: str | None


class Page(BaseModel):
    """Letters, latest first. ``total``: how many the filter fits. ``next``: what to ask for after these, if more."""

    items: list[Listed]
    total: int
    next: UUID | None


_LONGEST_REASON: Final = 500


@dataclass(frozen=True)
class DeadLetter:
    """Where a dead-lettered record lies, and when it was applied after all."""

    partition: TopicPartition
    offset: int
    replayed_at: datetime | None
    discarded_at: datetime | None


async def move_to_dead_letters(
    unit: Unit, service: str, record: ConsumerRecord[Any, Any] | FailedRecord, reason: str
) -> None:
    """Writes a dead letter and reports it on the service's dead-letter topic.

    A reason may name a field as the sender named it, so only its printable characters are kept.
    """
    dead_letter_id = uuid4()
    reason = "".join(sign for sign in reason if sign.isprintable())[:_LONGEST_REASON]
    place = (record.topic, record.partition, record.offset)
    if await unit.conn.fetchval(_MOVE_TO_DEAD_LETTERS, dead_letter_id, *place, reason, unit.now) is None:
        return
    reported = RecordDeadLettered(
        happened_on=local_date(unit.now),
        dead_letter_id=dead_letter_id,
        service=service,
        reason=reason,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
    )
    await unit.append(dead_letter_id, [reported], topic=topics.dead_letters(service))


async def page(pool: Pool, asked: Asked) -> Page:
    """The dead letters asked for, latest first."""
    which = (asked.topic, asked.reason, asked.state)
    rows = await pool.fetch(_PAGE, *which, asked.after, asked.limit + 1)
    items = [Listed.model_validate(dict(row)) for row in rows[: asked.limit]]
    return Page(
        items=items,
        total=await pool.fetchval(_COUNT, *which),
        next=items[-1].dead_letter_id if len(rows) > asked.limit else None,
    )


async def find(pool: Pool, dead_letter_id: UUID) -> DeadLetter | None:
    """One letter; None if there is none with this id."""
    row = await pool.fetchrow(_ONE, dead_letter_id)
    if row is None:
        return None
    place = TopicPartition(row["topic"], row["partition"])
    return DeadLetter(place, row["record_offset"], row["replayed_at"], row["discarded_at"])


async def note_replayed(pool: Pool, dead_letter_id: UUID, now: datetime) -> None:
    """Its record has been applied after all."""
    await pool.execute(_REPLAYED, dead_letter_id, now)


async def discard(unit: Unit, service: str, dead_letter_id: UUID, by: str, reason: str) -> None:
    """Decides that the record is not to be replayed, and tells of it. The reason stays in the database.

    Raises NotFound if there is no such letter, Conflict if it was replayed or discarded before.
    """
    row = await unit.conn.fetchrow(_HOLD, dead_letter_id)
    if row is None:
        raise unknown()
    if row["replayed_at"] is not None:
        raise already_replayed()
    if row["discarded_at"] is not None:
        raise Conflict("already_discarded", "Dödbrevet är redan avskrivet.")
    await unit.conn.execute(_DISCARD, dead_letter_id, unit.now, by, reason)
    discarded = DeadLetterDiscarded(happened_on=unit.today, dead_letter_id=dead_letter_id, service=service)
    await unit.append(dead_letter_id, [discarded], topic=topics.dead_letters(service))


def unknown() -> NotFound:
    """No letter has this id."""
    return NotFound("dead_letter_unknown", "Det finns inget sådant dödbrev.")


def already_replayed() -> Conflict:
    """The record has been applied; there is nothing left to decide."""
    return Conflict("already_replayed", "Posten har redan spelats upp igen.")
