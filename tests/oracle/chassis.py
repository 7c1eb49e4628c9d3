"""The tables every service has: event store, outbox, offsets, positions, dead letters."""

from collections.abc import Iterator

from contracts import topics
from tests.oracle.story import READ, TOLD, Story, Told
from tests.oracle.table import Row, Table, empty


def tables(story: Story, service: str) -> Iterator[Table]:
    """What they must hold when everything has been sent and read."""
    told = list(story.on(*TOLD[service]))
    yield Table(
        "event",
        ("event_id",),
        ("case_id", "sequence", "topic", "type", "recorded", "value"),
        {(t.event_id,): (t.case, t.sequence, t.place.topic, t.type, t.recorded, t.value) for t in told},
    )
    last = {(t.case,): (t.sequence,) for t in sorted(told, key=lambda t: t.sequence)}
    # A case that was locked and not told of has a row too.
    yield Table("case_stream", ("case_id",), ("last_sequence",), last, where="last_sequence > 0")
    yield empty("outbox", ("event_id",), ("outbox_id", "partition_no", "queued_at"))
    yield _offsets(story, service)
    yield _positions(story, service)
    yield empty("parked_event", ("case_id", "source", "sequence"), ("value", "parked_at"))
    yield _dead_letters(story, service)
    if service != "followup":
        yield empty("timer", ("key",), ("case_id", "kind", "due_at", "attempts", "retry_at"))


def _offsets(story: Story, service: str) -> Table:
    ends = {place: (end,) for place, end in story.ends.items() if place[0] in READ[service]}
    return Table("consumer_offset", ("topic", "partition"), ("next_offset",), ends)


def _positions(story: Story, service: str) -> Table:
    """Reporting keeps none: it needs no order."""
    followed = [topic for topic in READ[service] if topic in topics.DOMAIN and service != "reporting"]
    reached = {(t.case, t.source): (t.sequence,) for t in sorted(story.on(*followed), key=lambda t: t.sequence)}
    return Table("stream_position", ("case_id", "source"), ("last_sequence",), reached)


def _dead_letters(story: Story, service: str) -> Table:
    return Table(
        "dead_letter",
        ("dead_letter_id",),
        (
            "topic",
            "partition",
            "record_offset",
            "reason",
            "dead_lettered_at",
            "replayed_at",
            "discarded_at",
            "discarded_by",
            "discard_reason",
        ),
        {
            (t.case,): _open_letter(t)
            for t in story.on(topics.dead_letters(service))
            if t.type == "RecordDeadLettered"
        },
        sealed=("state",),  # generated from the others by the database
    )


def _open_letter(told: Told) -> Row:
    """A dead letter that was neither replayed nor discarded, as in the stories the oracle is shown."""
    place = tuple(told.data[name] for name in ("topic", "partition", "offset", "reason"))
    return (*place, told.recorded, None, None, None, None)
