"""Events of a case in the order they were told, each once.

Sequences count 1, 2, 3 … for each case and source. One at or below the last applied was seen before; one that leaves
a gap is parked until its predecessor comes. Nothing is applied out of turn and nothing is thrown away.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from pydantic import ValidationError

from contracts import events
from contracts.envelope import Envelope
from contracts.model import nfc
from services.chassis.consumer import Records, Unusable
from services.chassis.metrics import Metrics
from services.chassis.unit import Unit

Stream: TypeAlias = tuple[UUID, str]
Handle: TypeAlias = Callable[[Unit, Envelope], Awaitable[None]]

_POSITIONS: Final = """
SELECT case_id, source, last_sequence FROM stream_position
WHERE (case_id, source) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))
ORDER BY case_id, source
FOR UPDATE
"""
_MOVE: Final = """
INSERT INTO stream_position (case_id, source, last_sequence)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[])
ON CONFLICT (case_id, source) DO UPDATE SET last_sequence = EXCLUDED.last_sequence
"""
_PARK: Final = """
INSERT INTO parked_event (case_id, source, sequence, value) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
_UNPARK: Final = """
DELETE FROM parked_event WHERE case_id = $1 AND source = $2 AND sequence = $3 RETURNING value
"""
_PARKED: Final = """
SELECT case_id, source FROM parked_event
WHERE (case_id, source) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))
"""


@dataclass(frozen=True)
class _Read:
    stream: Stream
    sequence: int
    type: str
    value: bytes
    topic: str


class InOrder:
    """An ``apply`` for :class:`~services.chassis.consumer.Reader` that hands over the events of ``kinds``."""

    def __init__(self, kinds: Sequence[type[Envelope]], handle: Handle, metrics: Metrics) -> None:
        self._kinds = frozenset(kind.model_fields["type"].default for kind in kinds)
        self._handle = handle
        self._metrics = metrics

    async def __call__(self, unit: Unit, records: Records) -> None:
        """Applies what is next in turn. Raises Unusable for a record that is no event of ours."""
        batch = [_read(record.value, record.topic) for record in records]
        streams = sorted({read.stream for read in batch})
        reached = await _positions(unit, streams)
        waiting = await _parked(unit, streams)
        before = dict(reached)
        for read in batch:
            await self._take(unit, read, reached, waiting)
        await _move(unit, {stream: last for stream, last in reached.items() if before.get(stream) != last})

    async def _take(self, unit: Unit, read: _Read, reached: dict[Stream, int], waiting: set[Stream]) -> None:
        last = reached.get(read.stream, 0)
        if read.sequence <= last:
            self._metrics.duplicates.labels(read.topic).inc()
            return
        if read.sequence > last + 1:
            self._understand(read)  # what breaks the contract is buried now, not when its turn comes
            self._metrics.parked.labels(read.topic).inc()
            await unit.conn.execute(_PARK, *read.stream, read.sequence, read.value)
            waiting.add(read.stream)
            return
        turn: _Read | None = read
        while turn is not None:
            await self._apply(unit, turn)
            reached[turn.stream] = turn.sequence
            turn = await _next_parked(unit, turn) if turn.stream in waiting else None

    async def _apply(self, unit: Unit, read: _Read) -> None:
        event = self._understand(read)
        if event is not None:
            await self._handle(unit, event)

    def _understand(self, read: _Read) -> Envelope | None:
        if read.type not in self._kinds:
            return None
        try:
            return events.parse(read.value)
        except ValidationError as error:
            raise Unusable(f"breaks the contract of {read.type}: {_places(error)}") from error


def _read(value: bytes | None, topic: str) -> _Read:
    try:
        head = events.header(value or b"")
    except ValidationError as error:
        raise Unusable(f"not an event: {_places(error)}") from error
    return _Read((head.subject, head.source), head.sequence, nfc(head.type), value or b"", topic)


def _places(error: ValidationError) -> str:
    """Where and what kind, never what it said."""
    return ", ".join(f"{'.'.join(map(str, each['loc'])) or 'record'} {each['type']}" for each in error.errors()[:5])


async def _positions(unit: Unit, streams: Sequence[Stream]) -> dict[Stream, int]:
    rows = await unit.conn.fetch(_POSITIONS, [case for case, _ in streams], [source for _, source in streams])
    return {(row["case_id"], row["source"]): row["last_sequence"] for row in rows}


async def _parked(unit: Unit, streams: Sequence[Stream]) -> set[Stream]:
    rows = await unit.conn.fetch(_PARKED, [case for case, _ in streams], [source for _, source in streams])
    return {(row["case_id"], row["source"]) for row in rows}


async def _move(unit: Unit, moved: Mapping[Stream, int]) -> None:
    if moved:
        await unit.conn.execute(
            _MOVE, [case for case, _ in moved], [source for _, source in moved], list(moved.values())
        )


async def _next_parked(unit: Unit, applied: _Read) -> _Read | None:
    value = await unit.conn.fetchval(_UNPARK, *applied.stream, applied.sequence + 1)
    return None if value is None else _read(value, applied.topic)
