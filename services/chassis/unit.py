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


@dataclass(frozen=True)
class Telling:
    """Facts of one case, in order, and where they go (None: the service's own topic)."""

    case_id: UUID
    facts: Sequence[Fact]
    topic: str | None = None


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
        return await self.tell_all([Telling(case_id, facts, topic)])

    async def tell_all(self, tellings: Sequence[Telling]) -> list[Envelope]:
        """Tells of several cases, each named once, in as many round trips as of one."""
        worth = sorted((telling for telling in tellings if telling.facts), key=lambda telling: telling.case_id)
        if not worth:
            return []
        # In the order of their ids, so that two units that tell of the same cases never wait for each other.
        rows = await self.conn.fetch(
            _ADVANCE, [telling.case_id for telling in worth], [len(telling.facts) for telling in worth]
        )
        last = {row["case_id"]: row["last_sequence"] for row in rows}
        wrapped = [event for telling in worth for event in self._wrapped(telling, last[telling.case_id])]
        to = {telling.case_id: telling.topic or self.topic for telling in worth}
        await self.conn.execute(
            _APPEND,
            [event.id for event in wrapped],
            [event.subject for event in wrapped],
            [event.sequence for event in wrapped],
            [to[event.subject] for event in wrapped],
            [event.type for event in wrapped],
            self.now,
            [events.encode(event) for event in wrapped],
            [event.subject.int % OUTBOX_PARTITIONS for event in wrapped],
        )
        self.told.extend(wrapped)
        return wrapped

    def _wrapped(self, telling: Telling, last: int) -> list[Envelope]:
        first = last - len(telling.facts) + 1
        return [
            events.envelope(told, event_id=uuid4(), case_id=telling.case_id, sequence=first + nth, recorded=self.now)
            for nth, told in enumerate(telling.facts)
        ]


_LOCK: Final = """
INSERT INTO case_stream (case_id) VALUES ($1)
ON CONFLICT (case_id) DO UPDATE SET last_sequence = case_stream.last_sequence
"""

_ADVANCE: Final = """
INSERT INTO case_stream (case_id, last_sequence) SELECT * FROM unnest($1::uuid[], $2::integer[])
ON CONFLICT (case_id) DO UPDATE SET last_sequence = case_stream.last_sequence + EXCLUDED.last_sequence
RETURNING case_id, last_sequence
"""

_APPEND: Final = """
WITH appended AS (
    INSERT INTO event (event_id, case_id, sequence, topic, type, recorded, value)
    SELECT event_id, case_id, sequence, topic, type, $6, value
    FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $7::bytea[])
        AS new (event_id, case_id, sequence, topic, type, value)
)
INSERT INTO outbox (partition_no, event_id)
SELECT partition_no, event_id
FROM unnest($1::uuid[], $8::smallint[]) WITH ORDINALITY AS queued (event_id, partition_no, place)
ORDER BY place
"""
