"""A stream's log: what this service appended to it and what it has heard of it, as events.

State is the fold of the log, so nothing else needs to be stored to decide. An event heard is kept as it came; one of
a type or with a code that this version has not learnt is kept as well, and applied once a version knows it.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from contracts import events
from contracts.envelope import Event
from contracts.events import UnknownToThisVersion
from services.chassis.database import Connection

READ_LOG: Final = """
SELECT value FROM event WHERE stream_id = $1
UNION ALL
SELECT value FROM heard_event WHERE stream_id = $1 AND learnt
"""
READ_LOGS: Final = """
SELECT stream_id, value FROM event WHERE stream_id = ANY ($1::uuid[])
UNION ALL
SELECT stream_id, value FROM heard_event WHERE stream_id = ANY ($1::uuid[]) AND learnt
"""
_KEEP: Final = """
INSERT INTO heard_event (stream_id, source, sequence, topic, learnt, value)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::text[], $5::boolean[], $6::bytea[])
ON CONFLICT (stream_id, source, sequence) DO NOTHING
"""


class HeardEvent:
    """An event as it was heard, with its place in its stream. ``learnt``: this version knows its type and codes."""

    __slots__ = ("learnt", "sequence", "source", "stream_id", "topic", "value")

    def __init__(
        self, stream_id: UUID, source: str, sequence: int, topic: str, value: bytes, *, learnt: bool
    ) -> None:
        self.stream_id = stream_id
        self.source = source
        self.sequence = sequence
        self.topic = topic
        self.value = value
        self.learnt = learnt


async def read_log(connection: Connection, stream_id: UUID) -> list[Event[Any]]:
    """The events of a stream that this version knows, in no particular order."""
    rows = await connection.fetch(READ_LOG, stream_id)
    return parsed(row["value"] for row in rows)


async def read_logs(connection: Connection, stream_ids: Sequence[UUID]) -> dict[UUID, list[Event[Any]]]:
    """The same of several streams, by stream, in one round trip."""
    values: dict[UUID, list[bytes]] = {stream_id: [] for stream_id in stream_ids}
    for row in await connection.fetch(READ_LOGS, stream_ids):
        values[row["stream_id"]].append(row["value"])
    return {stream_id: parsed(found) for stream_id, found in values.items()}


def parsed(values: Iterable[bytes]) -> list[Event[Any]]:
    """Stored events, without those of a type or with a code that this version does not know."""
    log: list[Event[Any]] = []
    for value in values:
        try:
            log.append(events.parse(value))
        except UnknownToThisVersion:
            continue  # appended by a newer version of this service, which was rolled back
    return log


async def keep_heard(connection: Connection, heard: Sequence[HeardEvent]) -> None:
    """Keeps events heard, in one statement."""
    if heard:
        await connection.execute(
            _KEEP,
            [each.stream_id for each in heard],
            [each.source for each in heard],
            [each.sequence for each in heard],
            [each.topic for each in heard],
            [each.learnt for each in heard],
            [each.value for each in heard],
        )
