"""What must be true of the tables, worked out from the raw topics alone and nothing of the services' code.

The topics are read from their first record. From them follow: that no case's story has a gap or a change of order,
that every stored event was sent and every sent one stored, and what each service's tables must hold.
"""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from contracts import topics
from tests.raw_topics import read_topic

Stream = tuple[UUID, str]


@dataclass
class Story:
    """All domain events, each once, and what was seen of their repetition."""

    values: dict[UUID, bytes] = field(default_factory=dict)
    events: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    streams: dict[Stream, list[int]] = field(default_factory=lambda: defaultdict(list))
    repeated: int = 0

    def add(self, key: bytes | None, value: bytes) -> None:
        event = decoded(value)
        event_id, case = UUID(event["id"]), UUID(event["subject"])
        assert key == str(case).encode(), "a record's key is its case"
        if event_id in self.values:
            assert self.values[event_id] == value, "told again with another text"
            self.repeated += 1
            return
        self.values[event_id] = value
        self.events[event_id] = event
        self.streams[case, event["source"]].append(event["sequence"])

    def of_type(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events.values() if event["type"] == name]


def decoded(value: bytes) -> dict[str, Any]:
    """A record's value as the JSON object it must be."""
    event = json.loads(value)
    assert isinstance(event, dict)
    return event


async def story(bootstrap: str) -> Story:
    """Reads the domain topics whole."""
    told = Story()
    for topic in topics.DOMAIN:
        for record in await read_topic(bootstrap, topic):
            told.add(record.key, record.value)
    return told


def faults_of_order(told: Story) -> list[str]:
    """Streams that do not count 1, 2, 3 … at first sight of each event."""
    return [
        f"{case} {source}: {sequences}"
        for (case, source), sequences in told.streams.items()
        if sequences != list(range(1, len(sequences) + 1))
    ]


async def faults_of_storage(told: Story, databases: dict[str, str]) -> list[str]:
    """Events stored and not sent, or sent and not stored; records parked, buried or unsent."""
    stored: dict[UUID, bytes] = {}
    faults: list[str] = []
    for service, url in databases.items():
        stored.update(await _stored(url))
        for table in ("outbox", "parked_event", "dead_letter"):
            left = await _one(url, f"SELECT count(*) FROM {table}")  # noqa: S608  # three constants
            if left:
                faults.append(f"{service}: {left} left in {table}")
    faults += [f"stored, not sent: {event_id}" for event_id in stored.keys() - told.values.keys()]
    faults += [f"sent, not stored: {event_id}" for event_id in told.values.keys() - stored.keys()]
    faults += [
        f"stored otherwise than sent: {event_id}"
        for event_id in stored.keys() & told.values.keys()
        if stored[event_id] != told.values[event_id]
    ]
    return faults


async def _stored(url: str) -> dict[UUID, bytes]:
    rows = await _fetch(url, "SELECT event_id, value FROM event WHERE topic = ANY ($1)", list(topics.DOMAIN))
    return {row["event_id"]: row["value"] for row in rows}


def follow_ups(told: Story) -> dict[str, Counter[str]]:
    """How many facts of each kind were told of each follow-up."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for event in told.events.values():
        if "follow_up_id" in event["data"]:
            seen[event["data"]["follow_up_id"]][event["type"]] += 1
    return seen


def faults_of_follow_ups(told: Story, points: int) -> list[str]:
    """Samplaner without their follow-ups, follow-ups scheduled, opened, missed, completed or superseded twice."""
    owed = Counter(event["data"]["samplan_id"] for event in told.of_type("FollowUpScheduled"))
    faults = [
        f"samplan of {samplan['subject']} has {owed[samplan['data']['samplan_id']]} follow-ups"
        for samplan in told.of_type("SamplanUpprättad")
        if owed[samplan["data"]["samplan_id"]] != points
    ]
    for follow_up_id, facts in follow_ups(told).items():
        twice = [name for name, times in facts.items() if times > 1]
        if twice or not facts["FollowUpScheduled"]:
            faults.append(f"follow-up {follow_up_id}: {dict(facts)}")
    return faults


async def faults_of_reporting(told: Story, url: str) -> list[str]:
    """Event rows and participations that differ from what the topics say."""
    faults: list[str] = []
    rows = await _fetch(url, "SELECT case_id, source, sequence FROM event_row")
    stored = {(row["case_id"], row["source"], row["sequence"]) for row in rows}
    sent = {(UUID(event["subject"]), event["source"], event["sequence"]) for event in told.events.values()}
    if stored != sent:
        faults.append(f"event_row: {len(stored - sent)} too many, {len(sent - stored)} missing")
    for column, name in (("started_on", "InsatsStarted"), ("exited_on", "ParticipantExited")):
        counted = await _one(url, f"SELECT count(*) FROM participation WHERE {column} IS NOT NULL")  # noqa: S608
        if counted != len(told.of_type(name)):
            faults.append(f"participation.{column}: {counted}, topics say {len(told.of_type(name))}")
    return faults


async def _fetch(url: str, sql: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql, *values))
    finally:
        await connection.close()


async def _one(url: str, sql: str) -> int:
    [row] = await _fetch(url, sql)
    return int(row[0])
