"""Events of a stream in the order they were appended, each once.

Sequences count 1, 2, 3 … for each stream and source. One at or below the last applied was seen before; one that
leaves a gap is parked until its predecessor comes. Nothing is applied out of turn and nothing is thrown away: a
parked one that cannot be applied when its turn comes becomes a dead letter, and those after it wait for its replay.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from pydantic import ValidationError

from contracts import events
from contracts.envelope import Fact
from contracts.events import FACT_OF, AnyEvent, UnknownToThisVersion
from contracts.model import nfc
from services.chassis.batches import VIOLATIONS, Record, Records, Unusable
from services.chassis.database import TRANSIENT
from services.chassis.log import HeardEvent, keep_heard
from services.chassis.logs import logger
from services.chassis.metrics import Metrics
from services.chassis.unit import FailedRecord, Unit

Stream: TypeAlias = tuple[UUID, str]
Handle: TypeAlias = Callable[[Unit, AnyEvent], Awaitable[None]]

_REACHED: Final = "SELECT reached_stream, reached_source, reached, waits FROM lock_reached($1, $2)"
_MOVE: Final = """
INSERT INTO stream_position (stream_id, source, last_sequence)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[])
ON CONFLICT (stream_id, source) DO UPDATE SET last_sequence = EXCLUDED.last_sequence
"""
_PARK: Final = """
INSERT INTO parked_event (stream_id, source, sequence, value, topic, partition, record_offset)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
"""
_UNPARK: Final = """
DELETE FROM parked_event WHERE stream_id = $1 AND source = $2 AND sequence = $3
RETURNING value, topic, partition, record_offset
"""
_NOT_LEARNT: Final = """
SELECT stream_id, source, sequence, topic, value FROM heard_event
WHERE NOT learnt AND (stream_id, source, sequence) > ($1, $2, $3)
ORDER BY stream_id, source, sequence LIMIT $4
"""
# Of two workers that find the same event, the second waits here and then finds it learnt.
_CLAIM_LEARNT: Final = """
UPDATE heard_event SET learnt = true
WHERE stream_id = $1 AND source = $2 AND sequence = $3 AND NOT learnt RETURNING true
"""


@dataclass(frozen=True)
class _Read:
    stream: Stream
    sequence: int
    type: str
    value: bytes
    topic: str


class InOrder:
    """An ``apply`` for :class:`~services.chassis.consumer.Reader` that hands over the events of some types of facts.

    Each is kept in the log before it is handed over. An event whose type or code this version has not learnt is kept
    too, and the stream goes on: :meth:`learn` hands it over once a version knows it.
    """

    def __init__(self, facts: Sequence[type[Fact]], handle: Handle, metrics: Metrics) -> None:
        self._types = frozenset(fact.wire_name() for fact in facts)
        self._handle = handle
        self._metrics = metrics

    async def __call__(self, unit: Unit, records: Records) -> None:
        """Applies what is next in turn. Raises Unusable for a record that is no event of ours."""
        batch = [(_read(record.value, record.topic), record) for record in records]
        streams = sorted({read.stream for read, _ in batch})
        reached, waiting = await _lock_reached(unit, streams)
        before = dict(reached)
        for read, record in batch:
            unit.trace = unit.traces.get(record.offset)
            if await self._take(unit, read, reached):
                await self._park(unit, read, record)
                waiting.add(read.stream)
            elif read.stream in waiting:
                await self._apply_parked(unit, read.stream, reached)
        unit.trace = None
        await _move(unit, {stream: last for stream, last in reached.items() if before.get(stream) != last})

    async def learn(self, unit: Unit, batch: int, /) -> int:
        """Hands over events kept by a version that did not know them; returns how many this one knows.

        ``batch``: how many are read at a time. One that fails stays as it is and hinders no other.
        """
        learnt, after = 0, (UUID(int=0), "", 0)
        while rows := await unit.conn.fetch(_NOT_LEARNT, *after, batch):
            for row in rows:
                read = _read(row["value"], row["topic"])
                after = (*read.stream, read.sequence)
                learnt += await self._learn_one(unit, read)
        return learnt

    async def _learn_one(self, unit: Unit, read: _Read) -> bool:
        appended = len(unit.appended)
        try:
            async with unit.conn.transaction():
                event = self._understand(read)
                if event is None or not await unit.conn.fetchval(_CLAIM_LEARNT, *read.stream, read.sequence):
                    return False
                await self._hand_over(unit, event)
        except TRANSIENT:
            raise
        except Exception as error:  # noqa: BLE001  # one event's trouble, of whatever kind
            unit.rolled_back(appended)
            logger().error(
                "event_not_applied_once_known",
                topic=read.topic,
                type=read.type,
                error=type(error).__name__,
                exc_info=error,
            )
            return False
        return True

    async def _take(self, unit: Unit, read: _Read, reached: dict[Stream, int]) -> bool:
        """Applies an event that is next in turn; True if it is to be parked."""
        last = reached.get(read.stream, 0)
        if read.sequence > last + 1:
            return True
        if read.sequence <= last:
            self._metrics.duplicates.labels(read.topic).inc()
        else:
            await self._apply(unit, read)
            reached[read.stream] = read.sequence
        return False

    async def _park(self, unit: Unit, read: _Read, record: Record) -> None:
        self._understand(read)  # what breaks the contract is a dead letter now, not when its turn comes
        self._metrics.parked.labels(read.topic).inc()
        place = (read.topic, record.partition, record.offset)
        await unit.conn.execute(_PARK, *read.stream, read.sequence, read.value, *place)

    async def _apply_parked(self, unit: Unit, stream: Stream, reached: dict[Stream, int]) -> None:
        """Applies what waited behind the event that was applied last, up to the first that is missing or fails."""
        while (row := await unit.conn.fetchrow(_UNPARK, *stream, reached.get(stream, 0) + 1)) is not None:
            read = _read(row["value"], row["topic"])
            error = await self._violation(unit, read)
            if error is not None:
                unit.failed.append(FailedRecord(row["topic"], row["partition"], row["record_offset"], error))
                return
            reached[stream] = read.sequence

    async def _violation(self, unit: Unit, read: _Read) -> Exception | None:
        """Applies an event in a savepoint; what makes it a dead letter, if anything does, once that is undone."""
        appended = len(unit.appended)
        try:
            async with unit.conn.transaction():
                await self._apply(unit, read)
        except TRANSIENT:
            raise
        except (Unusable, *VIOLATIONS) as error:
            unit.rolled_back(appended)
            return error
        return None

    async def _apply(self, unit: Unit, read: _Read) -> None:
        if read.type in FACT_OF and read.type not in self._types:
            return
        event = self._understand(read)
        stream_id, source = read.stream
        kept = HeardEvent(stream_id, source, read.sequence, read.topic, read.value, learnt=event is not None)
        await keep_heard(unit.conn, [kept])
        if event is not None:
            await self._hand_over(unit, event)

    async def _hand_over(self, unit: Unit, event: AnyEvent) -> None:
        unit.cause = event.id
        await self._handle(unit, event)
        unit.cause = None

    def _understand(self, read: _Read) -> AnyEvent | None:
        """The event; None if this version has not learnt its type or a code in it, or does not follow it."""
        if read.type in FACT_OF and read.type not in self._types:
            return None
        try:
            return events.parse(read.value)
        except UnknownToThisVersion as unknown:
            self._metrics.not_learnt.labels(read.topic).inc()
            logger().warning("event_not_learnt", topic=read.topic, type=read.type, what=unknown.what)
            return None
        except ValidationError as error:
            raise Unusable(f"breaks the contract of {read.type}: {_places(error)}") from error


def _read(value: bytes | None, topic: str) -> _Read:
    try:
        header = events.header(value or b"")
    except ValidationError as error:
        raise Unusable(f"not an event: {_places(error)}") from error
    return _Read((header.subject, header.source), header.sequence, nfc(header.type), value or b"", topic)


def _places(error: ValidationError) -> str:
    """Where and what kind, never what it said."""
    return ", ".join(f"{'.'.join(map(str, each['loc'])) or 'record'} {each['type']}" for each in error.errors()[:5])


async def _lock_reached(unit: Unit, streams: Sequence[Stream]) -> tuple[dict[Stream, int], set[Stream]]:
    """Takes streams for this unit: how far each was applied, and those with something parked."""
    rows = await unit.conn.fetch(_REACHED, [stream_id for stream_id, _ in streams], [source for _, source in streams])
    reached: dict[Stream, int] = {}
    waiting: set[Stream] = set()
    for row in rows:
        stream = (row["reached_stream"], row["reached_source"])
        if row["waits"]:
            waiting.add(stream)
        else:
            reached[stream] = row["reached"]
    return reached, waiting


async def _move(unit: Unit, moved: Mapping[Stream, int]) -> None:
    if moved:
        await unit.conn.execute(
            _MOVE, [stream_id for stream_id, _ in moved], [source for _, source in moved], list(moved.values())
        )
