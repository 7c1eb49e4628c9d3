"""The unit of work: one transaction in which a case is locked, decided about, and told of.

Whatever a service does, it does in a unit: for a command over HTTP, for an event read, for a timer fired.
It rolls back unless its block ends well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from contracts import events
from contracts.envelope import Envelope, Fact
from services.chassis.database import Connection

# Relays share the work by these; a case always falls in the same one.
OUTBOX_PARTITIONS: Final = 4


@dataclass
class Unit:
    """One transaction, its moment, and what it tells."""

    conn: Connection
    now: datetime
    topic: str
    told: list[Envelope] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The Swedish calendar day of the unit's moment."""
        return events.local_date(self.now)

    async def lock(self, case_id: UUID) -> None:
        """Takes the case for this unit; others wait. Do this before reading what you decide from."""
        await self.conn.execute(_LOCK, case_id)

    async def tell(self, case_id: UUID, facts: Sequence[Fact], *, topic: str | None = None) -> list[Envelope]:
        """Appends facts to the case's stream and queues them for the topic (default: the service's own)."""
        if not facts:
            return []
        last = await self.conn.fetchval(_ADVANCE, case_id, len(facts))
        first = last - len(facts) + 1
        wrapped = [
            events.envelope(told, event_id=uuid4(), case_id=case_id, sequence=first + nth, recorded=self.now)
            for nth, told in enumerate(facts)
        ]
        await self.conn.execute(
            _APPEND,
            [event.id for event in wrapped],
            case_id,
            [event.sequence for event in wrapped],
            topic or self.topic,
            [event.type for event in wrapped],
            self.now,
            [events.encode(event) for event in wrapped],
            case_id.int % OUTBOX_PARTITIONS,
        )
        self.told.extend(wrapped)
        return wrapped


_LOCK: Final = """
INSERT INTO case_stream (case_id) VALUES ($1)
ON CONFLICT (case_id) DO UPDATE SET last_sequence = case_stream.last_sequence
"""

_ADVANCE: Final = """
INSERT INTO case_stream (case_id, last_sequence) VALUES ($1, $2)
ON CONFLICT (case_id) DO UPDATE SET last_sequence = case_stream.last_sequence + $2
RETURNING last_sequence
"""

_APPEND: Final = """
WITH appended AS (
    INSERT INTO event (event_id, case_id, sequence, topic, type, recorded, value)
    SELECT event_id, $2, sequence, $4, type, $6, value
    FROM unnest($1::uuid[], $3::integer[], $5::text[], $7::bytea[]) AS new (event_id, sequence, type, value)
    RETURNING event_id, sequence
)
INSERT INTO outbox (partition_no, event_id)
SELECT $8, event_id FROM appended ORDER BY sequence
"""
