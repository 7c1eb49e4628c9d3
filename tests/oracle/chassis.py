"""The tables every service has: event store, outbox, offsets, positions, dead letters."""

from collections.abc import Iterator, Mapping

from contracts import topics
from tests.oracle.story import APPENDED_TO, NO_CASES, READ, Sent, Story
from tests.oracle.table import Row, Table, empty

_ENDS_AND_STARTS = {"InsatsStarted", "ParticipantExited", "CaseReopened", "RegisteredInError"}
_MEETINGS = {"TeamMeetingBooked", "TeamMeetingHeld", "MeetingBooked", "MeetingHeld", "MeetingCancelled"}
_FOLLOWED_OF_PLANNING: Mapping[str, set[str]] = {
    "referral": _ENDS_AND_STARTS | _MEETINGS | {"CaseHandedBack"},
    "planning": set(),
    "reporting": set(),
    "followup": {
        *_ENDS_AND_STARTS,
        *_MEETINGS,
        *("PlanningEnded", "CasePutOnHold", "CaseResumed", "PlanningDetailsReleased"),
        *("LotsAssigned", "SupportAssigned", "StepReached"),
        *("SamplanUpprättad", "SamplanReviderad"),
        *("MeetingCalled", "CallWithdrawn", "CalledMeetingHeld"),
        *("CoordinatedPlanMade", "NextFollowUpAgreed", "CoordinatedPlanClosed"),
        *("EmploymentDecided", "EmploymentEnded"),
        *("AfterSupportBegun", "AfterSupportEnded", "SupportEnded"),
    },
}
"""Of referral's events every one about a case is followed."""


def tables(story: Story, service: str) -> Iterator[Table]:
    """What they must hold when everything has been sent and read."""
    sent = list(story.on(*APPENDED_TO[service]))
    yield Table(
        "event",
        ("event_id",),
        ("stream_id", "sequence", "topic", "type", "recorded", "value"),
        {(t.event_id,): (t.case, t.sequence, t.place.topic, t.type, t.recorded, t.value) for t in sent},
    )
    last = {(t.case,): (t.sequence,) for t in sorted(sent, key=lambda t: t.sequence)}
    # A stream that was locked and not appended to has a row too.
    yield Table("stream", ("stream_id",), ("last_sequence",), last, where="last_sequence > 0")
    yield empty("outbox", ("event_id",), ("outbox_id", "partition_no", "queued_at", "traceparent"))
    yield _offsets(story, service)
    yield _positions(story, service)
    yield empty(
        "parked_event",
        ("stream_id", "source", "sequence"),
        ("value", "parked_at", "topic", "partition", "record_offset"),
    )
    yield _heard(story, service)
    yield _dead_letters(story, service)
    if service != "followup":
        yield empty("timer", ("key",), ("stream_id", "kind", "due_at", "attempts", "retry_at"))


def _offsets(story: Story, service: str) -> Table:
    ends = {place: (end,) for place, end in story.ends.items() if place[0] in READ[service]}
    return Table("consumer_offset", ("topic", "partition"), ("next_offset",), ends)


def _positions(story: Story, service: str) -> Table:
    """Reporting keeps none: it needs no order."""
    followed = [topic for topic in READ[service] if topic in topics.DOMAIN and service != "reporting"]
    reached = {(t.case, t.source): (t.sequence,) for t in sorted(story.on(*followed), key=lambda t: t.sequence)}
    return Table("stream_position", ("stream_id", "source"), ("last_sequence",), reached)


def _heard(story: Story, service: str) -> Table:
    """Other services' events that this one follows, as they came. Reporting has them in a table of its own."""
    read = [] if service == "reporting" else [topic for topic in READ[service] if topic in topics.DOMAIN]
    followed = [
        each
        for each in story.on(*read)
        if (each.place.topic == topics.REFERRAL and each.type not in NO_CASES)
        or each.type in _FOLLOWED_OF_PLANNING[service]
    ]
    return Table(
        "heard_event",
        ("stream_id", "source", "sequence"),
        ("topic", "learnt", "value"),
        {(each.case, each.source, each.sequence): (each.place.topic, True, each.value) for each in followed},
    )


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


def _open_letter(sent: Sent) -> Row:
    """A dead letter that was neither replayed nor discarded, as in the stories the oracle is shown."""
    place = tuple(sent.data[name] for name in ("topic", "partition", "offset", "reason"))
    return (*place, sent.recorded, None, None, None, None)
