"""The unit of work: one transaction in which a stream is locked, decided about, and appended to.

Whatever a service does, it does in a unit: for a command over HTTP, for an event read, for a timer fired.
It rolls back unless its block ends well.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from contracts import events
from contracts.envelope import Actor, Fact
from contracts.events import AnyEvent
from services.chassis.database import Connection
from services.chassis.log import parsed
from services.chassis.tracing import Traces

# Relays share the work by these; a stream always falls in the same one.
OUTBOX_PARTITIONS: Final = 4


@dataclass(frozen=True)
class Append:
    """Facts to append to one stream, in order.

    ``association``: whose they are; None where none is concerned. ``topic``: where they are sent; None for the
    service's own topic. ``causes``: for each fact the event that led to it; empty: the unit's cause for all.
    ``actor``: who did it; None for the unit's actor. A batch of records has a service as its actor, although each
    record is the doing of the agency that sent it. ``trace``: what they are part of; None for the unit's.
    """

    stream_id: UUID
    facts: Sequence[Fact]
    association: str | None = None
    topic: str | None = None
    causes: Sequence[UUID | None] = ()
    actor: Actor | None = None
    trace: str | None = None


@dataclass(frozen=True)
class FailedRecord:
    """Where a record lies that had waited for its turn and could not be applied, and the error."""

    topic: str
    partition: int
    offset: int
    error: Exception


@dataclass
class Unit:
    """One transaction, its moment, who acts in it, and what it has appended.

    ``source``: the service, as its events name it. ``cause``: the event that is being applied, if any. ``failed``:
    records read earlier that could not be applied in it; they become dead letters in the same transaction. ``trace``:
    the ``traceparent`` of what goes on, if it is traced; ``traces``: of a batch, that of each record by its offset.
    """

    conn: Connection
    now: datetime
    topic: str
    source: str
    actor: Actor
    cause: UUID | None = None
    appended: list[AnyEvent] = field(default_factory=list)
    failed: list[FailedRecord] = field(default_factory=list)
    trace: str | None = None
    traces: Traces = field(default_factory=dict)
    # The last sequence of each stream that this unit has locked, so that appending to it need not ask again.
    _reached: dict[UUID, int] = field(default_factory=dict, init=False)

    @property
    def today(self) -> date:
        """The Swedish calendar day of the unit's moment."""
        return events.local_date(self.now)

    async def lock(self, stream_id: UUID) -> None:
        """Takes the stream for this unit; others wait. Do this before reading what you decide from."""
        await self._lock([stream_id])

    async def lock_all(self, stream_ids: Iterable[UUID]) -> None:
        """Takes several streams for this unit as :meth:`lock` does, in one round trip."""
        await self._lock(list(stream_ids))

    async def lock_and_read(self, stream_id: UUID) -> list[AnyEvent]:
        """Takes the stream for this unit as :meth:`lock` does, and reads its log, in one round trip.

        The log is as :func:`services.chassis.log.read_log` gives it.
        """
        rows = await self.conn.fetch(_LOCK_AND_READ, stream_id)
        self._reached[stream_id] = rows[0]["reached"]
        return parsed(row["event_value"] for row in rows if row["event_value"] is not None)

    @contextmanager
    def acting(self, actor: Actor) -> Iterator[None]:
        """Within its block the events are this actor's: a batch of records is applied by a service, and a record may
        be the doing of an agency."""
        before, self.actor = self.actor, actor
        try:
            yield
        finally:
            self.actor = before

    def rolled_back(self, appended: int) -> None:
        """After a rollback to a savepoint, at which so many events had been appended: what came later is undone."""
        del self.appended[appended:]
        self.cause = None
        self._reached.clear()  # locks taken since are gone; to take the others again does no harm

    async def _lock(self, stream_ids: Sequence[UUID]) -> None:
        """Takes streams, in the order of their ids: two units that want the same never wait for each other."""
        for row in await self.conn.fetch(_LOCK, sorted(stream_ids)):
            self._reached[row["stream_id"]] = row["last_sequence"]

    async def append(
        self,
        stream_id: UUID,
        facts: Sequence[Fact],
        *,
        association: str | None = None,
        topic: str | None = None,
        causes: Sequence[UUID | None] = (),
    ) -> list[AnyEvent]:
        """Appends facts to a stream and queues them for the topic. See :class:`Append`."""
        return await self.append_all([Append(stream_id, facts, association, topic, causes)])

    async def append_all(self, appends: Sequence[Append]) -> list[AnyEvent]:
        """Appends to several streams, each named once, in as many round trips as to one."""
        wanted = sorted((each for each in appends if each.facts), key=lambda each: each.stream_id)
        if not wanted:
            return []
        if unlocked := [each.stream_id for each in wanted if each.stream_id not in self._reached]:
            await self._lock(unlocked)
        made = [event for each in wanted for event in self._events(each, self._reached[each.stream_id])]
        traced = {each.stream_id: each.trace or self.trace for each in wanted}
        last = {event.subject: event.sequence for event in made}
        to = {each.stream_id: each.topic or self.topic for each in wanted}
        await self.conn.execute(
            _APPEND,
            [event.id for event in made],
            [event.subject for event in made],
            [event.sequence for event in made],
            [to[event.subject] for event in made],
            [event.type for event in made],
            self.now,
            [events.encode(event) for event in made],
            [event.subject.int % OUTBOX_PARTITIONS for event in made],
            list(last),
            list(last.values()),
            [traced[event.subject] for event in made],
        )
        self._reached.update(last)
        self.appended.extend(made)
        return made

    def _events(self, append: Append, reached: int) -> list[AnyEvent]:
        causes = append.causes or [self.cause] * len(append.facts)
        return [
            events.event_of(
                fact,
                event_id=uuid4(),
                stream_id=append.stream_id,
                sequence=nth,
                recorded=self.now,
                actor=append.actor or self.actor,
                source=self.source if self.source in fact.sources else None,
                association=append.association,
                causation_id=cause,
            )
            for nth, (fact, cause) in enumerate(zip(append.facts, causes, strict=True), start=reached + 1)
        ]


_LOCK: Final = """
INSERT INTO stream (stream_id) SELECT unnest($1::uuid[])
ON CONFLICT (stream_id) DO UPDATE SET last_sequence = stream.last_sequence
RETURNING stream_id, last_sequence
"""

_LOCK_AND_READ: Final = "SELECT reached, event_value FROM lock_and_read($1)"

_APPEND: Final = """
WITH advanced AS (
    UPDATE stream SET last_sequence = reached.last_sequence
    FROM unnest($9::uuid[], $10::integer[]) AS reached (stream_id, last_sequence)
    WHERE stream.stream_id = reached.stream_id
), appended AS (
    INSERT INTO event (event_id, stream_id, sequence, topic, type, recorded, value)
    SELECT event_id, stream_id, sequence, topic, type, $6, value
    FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $7::bytea[])
        AS new (event_id, stream_id, sequence, topic, type, value)
)
INSERT INTO outbox (partition_no, event_id, traceparent)
SELECT partition_no, event_id, traceparent
FROM unnest($1::uuid[], $8::smallint[], $11::text[]) WITH ORDINALITY
    AS queued (event_id, partition_no, traceparent, place)
ORDER BY place
"""
