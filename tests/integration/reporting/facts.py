"""Ways to put events in and to look at the facts that came of them."""

import json
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any, TypeAlias

from contracts import topics
from services.chassis.database import Connection
from services.reporting import folds, store
from tests.bench.rebuild_events import AppendedEvent, history

Facts: TypeAlias = dict[str, list[tuple[Any, ...]]]


def cases(seed: int, count: int) -> list[AppendedEvent]:
    """All events of some invented cases, in the order they were registered."""
    chance = Random(seed)
    appended = [each for _ in range(count) for each in history(chance)]
    return sorted(appended, key=lambda each: each.recorded)


async def empty(connection: Connection) -> None:
    """No events, no facts."""
    await connection.execute(f"TRUNCATE event_row, stream, {', '.join(store.FACTS)}")


async def ingest(connection: Connection, appended: Sequence[AppendedEvent]) -> None:
    """Takes one batch for each topic, as the service would."""
    for topic in topics.COUNTED:
        await ingest_values(connection, [each.value for each in appended if each.topic == topic])


async def ingest_values(connection: Connection, values: Sequence[bytes | None]) -> store.Stored:
    async with connection.transaction():
        return await store.insert_events(connection, 0, range(len(values)), values)


async def facts(connection: Connection) -> Facts:
    """Every row of every fact table."""
    return {
        fact: sorted((tuple(row) for row in await connection.fetch(f"TABLE {fact}")), key=repr)
        for fact in store.FACTS
    }


async def fold_anew(connection: Connection) -> None:
    """Forgets the facts and folds all events at once, as a rebuild does."""
    await connection.execute(f"TRUNCATE {', '.join(store.FACTS)}")
    for fold in folds.fold_all(store.FACTS):
        await connection.execute(fold)


def changed(appended: AppendedEvent, **data: Any) -> bytes:
    """The event's value with other data; a field given as None is left out."""
    event = json.loads(appended.value)
    event["data"] = {name: value for name, value in {**event["data"], **data}.items() if value is not None}
    return json.dumps(event, ensure_ascii=False).encode()


def first(appended: Iterable[AppendedEvent], kind: str) -> AppendedEvent:
    """The first event of a type."""
    return next(each for each in appended if json.loads(each.value)["type"] == kind)
