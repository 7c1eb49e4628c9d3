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
    "reporting": topics.COUNTED,
}
"""The topics each service applies."""

APPENDED_TO: Final = {
    "referral": (topics.REFERRAL, *OUTBOXES, topics.dead_letters("referral")),
    "planning": (topics.PLANNING, topics.dead_letters("planning")),
    "followup": (topics.FOLLOWUP, topics.dead_letters("followup")),
    "reporting": (topics.OFFICE, topics.dead_letters("reporting")),
}
"""The topics each service appends to."""


CONSENT: Final = {"ConsentGiven": "given", "ConsentRefused": "refused", "ConsentWithdrawn": "withdrawn"}


SESSION_EVENTS: Final = ("CapacityDeclared", "CapacityWithdrawn")
"""The types whose stream is a session's and no case's."""

PLACE_EVENTS: Final = ("PlacesDeclared", "PlacesWithdrawn")
"""The types whose stream is that of a supplier's places."""

GROUP_EVENTS: Final = ("GroupDeclared", "GroupCancelled", "GroupSessionHeld", "GroupSessionCancelled")
"""The types whose stream is that of a group or course."""

ABSENCE_EVENTS: Final = ("WorkerAbsent", "AbsenceEnded")
"""The types whose stream is that of a worker's absences."""

NO_CASES: Final = ("ConsultationHeld", "PersonPutForward", "IntakePaused", "IntakeResumed")
"""The types of the referral service whose stream is that of what is only counted, or of an insats' doors."""

NOTICE_EVENTS: Final = ("NoticeSent",)
"""The types whose stream is that of a worker's notices."""


class Place(NamedTuple):
    """Where a record lies."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True)
class Sent:
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

    events: dict[UUID, Sent] = field(default_factory=dict)
    inbox: set[Place] = field(default_factory=set)
    unreadable: set[Place] = field(default_factory=set)
    ends: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    faults: list[str] = field(default_factory=list)
    repeated: int = 0

    def add(self, place: Place, key: bytes | None, value: bytes | None) -> None:
        """Takes in a record of a topic that the services send to."""
        event = _event(value)
        if event is None:
            self.unreadable.add(place)
            return
        sent = Sent(place, value or b"", event)
        if key != str(sent.case).encode():
            self.faults.append(f"{place}: its key {key!r} is not its case {sent.case}")
        first = self.events.setdefault(sent.event_id, sent)
        if first is sent:
            return
        self.repeated += 1
        if first.value != sent.value:
            self.faults.append(f"{place}: {sent.event_id} was sent again with another text than at {first.place}")

    def on(self, *names: str) -> Iterator[Sent]:
        """The events of some topics, partition by partition in the order of the first sight of each."""
        return (sent for sent in self.events.values() if sent.place.topic in names)

    def of_type(self, *types: str) -> Iterator[Sent]:
        return (sent for sent in self.events.values() if sent.type in types)

    def cases(self, *names: str) -> dict[UUID, list[Sent]]:
        """The events of each case on some topics: each source in its order, merged by moment."""
        others = {sent.case for sent in self.of_type(*NO_CASES, *GROUP_EVENTS, *NOTICE_EVENTS)}
        return {stream: events for stream, events in self.streams(*names).items() if stream not in others}

    def streams(self, *names: str) -> dict[UUID, list[Sent]]:
        """As :meth:`cases`, with the streams of what is counted, of doors, of groups and of notices, which are no
        cases. None of a session, of a supplier's places or of a worker's absences."""
        streams: dict[UUID, dict[str, list[Sent]]] = defaultdict(lambda: defaultdict(list))
        left_out = {*SESSION_EVENTS, *PLACE_EVENTS, *ABSENCE_EVENTS}
        for sent in (each for each in self.on(*names) if each.type not in left_out):
            streams[sent.case][sent.source].append(sent)
        return {case: _merged(of_sources.values()) for case, of_sources in streams.items()}


def _merged(streams: Iterable[list[Sent]]) -> list[Sent]:
    # A unit of work takes its moment before it waits for the case, so moments alone may contradict the sequence.
    in_order = (sorted(stream, key=lambda sent: sent.sequence) for stream in streams)
    return list(heapq.merge(*in_order, key=lambda sent: sent.recorded))


def counted(case: Iterable[Sent]) -> list[Sent]:
    """The events of a case less those registered in error, and less the corrections.

    A correction that a later one of the same source names takes nothing back, so the latest are looked at first.
    """
    events = list(case)
    taken_back: set[tuple[str, str]] = set()
    for each in sorted(events, key=lambda sent: (sent.source, sent.sequence), reverse=True):
        if each.type == "RegisteredInError" and (each.source, each.event["id"]) not in taken_back:
            taken_back.add((each.source, each.data["event_id"]))
    return [
        each
        for each in events
        if each.type != "RegisteredInError" and (each.source, each.event["id"]) not in taken_back
    ]


def came_by_themselves(sent: Sent) -> bool:
    """True of the beginning of a case that no agency referred: there is no outbox on which it would be heard of."""
    return sent.type == "ReferralReceived" and sent.data["unit_kind"] in {"self", "relative"}


def consent(case: Iterable[Sent]) -> Sent | None:
    """The latest answer about individual follow-up: by the day it was given, then by when it was registered."""
    answers = [each for each in case if each.type in CONSENT]
    return max(answers, key=lambda sent: (sent.data["happened_on"], sent.sequence), default=None)


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
