"""Everything that lies in the topics, read with a plain consumer."""

import heapq
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from contracts import topics
from tests.raw_topics import read_topic

Json = dict[str, Any]

OUTBOXES: Final = tuple(spec.name for spec in topics.ALL if spec.name.startswith("samspel.outbox."))
INBOXES: Final = tuple(spec.name for spec in topics.ALL if spec.name.startswith("samspel.inbox."))
READ: Final = {
    "referral": (*INBOXES, topics.PLANNING),
    "planning": (topics.REFERRAL,),
    "followup": (topics.PLANNING, topics.REFERRAL),
    "reporting": topics.DOMAIN,
}
"""The topics each service applies."""

TOLD: Final = {
    "referral": (topics.REFERRAL, *OUTBOXES, topics.dead_letters("referral")),
    "planning": (topics.PLANNING, topics.dead_letters("planning")),
    "followup": (topics.FOLLOWUP, topics.dead_letters("followup")),
    "reporting": (topics.dead_letters("reporting"),),
}
"""The topics each service tells on."""


class Place(NamedTuple):
    """Where a record lies."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True)
class Told:
    """An event and the place where it lies first. A relay that was interrupted may have sent it again later."""

    place: Place
    value: bytes
    event: Json

    @property
    def event_id(self) -> UUID:
        return UUID(self.event["id"])

    @property
    def case(self) -> UUID:
        return UUID(self.event["subject"])

    @property
    def type(self) -> str:
        return str(self.event["type"])

    @property
    def source(self) -> str:
        return str(self.event["source"])

    @property
    def sequence(self) -> int:
        return int(self.event["sequence"])

    @property
    def recorded(self) -> datetime:
        return datetime.fromisoformat(self.event["recordedtime"])

    @property
    def data(self) -> Json:
        data: Json = self.event["data"]
        return data


@dataclass
class Story:
    """All events, each once, and the records that are none."""

    events: dict[UUID, Told] = field(default_factory=dict)
    inbox: set[Place] = field(default_factory=set)
    unreadable: set[Place] = field(default_factory=set)
    ends: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    faults: list[str] = field(default_factory=list)
    repeated: int = 0

    def add(self, place: Place, key: bytes | None, value: bytes | None) -> None:
        """Takes in a record of a topic that the services tell on."""
        event = _event(value)
        if event is None:
            self.unreadable.add(place)
            return
        told = Told(place, value or b"", event)
        if key != str(told.case).encode():
            self.faults.append(f"{place}: its key {key!r} is not its case {told.case}")
        first = self.events.setdefault(told.event_id, told)
        if first is told:
            return
        self.repeated += 1
        if first.value != told.value:
            self.faults.append(f"{place}: {told.event_id} was sent again with another text than at {first.place}")

    def on(self, *names: str) -> Iterator[Told]:
        """The events of some topics, partition by partition in the order of the first sight of each."""
        return (told for told in self.events.values() if told.place.topic in names)

    def of_type(self, *types: str) -> Iterator[Told]:
        return (told for told in self.events.values() if told.type in types)

    def cases(self, *names: str) -> dict[UUID, list[Told]]:
        """The events of each case on some topics: each source in its order, merged by moment."""
        streams: dict[UUID, dict[str, list[Told]]] = defaultdict(lambda: defaultdict(list))
        for told in self.on(*names):
            streams[told.case][told.source].append(told)
        return {case: _merged(of_sources.values()) for case, of_sources in streams.items()}


def _merged(streams: Iterable[list[Told]]) -> list[Told]:
    # A unit of work takes its moment before it waits for the case, so moments alone may contradict the sequence.
    in_order = (sorted(stream, key=lambda told: told.sequence) for stream in streams)
    return list(heapq.merge(*in_order, key=lambda told: told.recorded))


def _event(value: bytes | None) -> Json | None:
    """The event in a record; None for what is no event of ours."""
    try:
        event = json.loads(value or b"")
    except ValueError:
        return None
    return (
        event if isinstance(event, dict) and {"id", "subject", "source", "sequence", "data"} <= event.keys() else None
    )


async def read_story(bootstrap: str) -> Story:
    """Reads all topics of the contract whole."""
    story = Story()
    for spec in topics.ALL:
        for partition in range(spec.partitions):
            story.ends[spec.name, partition] = 0
        for record in await read_topic(bootstrap, spec.name):
            place = Place(record.topic, record.partition, record.offset)
            story.ends[record.topic, record.partition] = record.offset + 1
            if spec.name in INBOXES:
                story.inbox.add(place)
            else:
                story.add(place, record.key, record.value)
    return story
