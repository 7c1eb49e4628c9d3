"""Planning's tables: the sessions, the seats taken in them, and the details withheld for want of consent."""

from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any
from uuid import UUID

from contracts import topics
from tests.oracle.story import Json, Sent, Story, counted
from tests.oracle.table import UNKNOWN, Table

_SESSION = ("insats", "team", "meets_on", "starts_at")


def tables(story: Story) -> Iterator[Table]:
    """What they must hold."""
    cases = story.cases(topics.REFERRAL, topics.PLANNING)
    insats = {each.case: each.data["insats"] for each in story.of_type("ReferralReceived")}
    booked = story.of_type("TeamMeetingBooked")
    # A session that was booked once stays, whatever became of the meeting.
    yield Table("team_session", _SESSION, (), {_session(insats[each.case], each.data): () for each in booked})
    yield Table(
        "session_seat",
        ("meeting_id",),
        ("case_id", *_SESSION),
        {
            (meeting_id,): (case, *_session(insats[case], booking))
            for case, events in cases.items()
            for meeting_id, booking in _seats(counted(events)).items()
        },
    )
    released = {each.data["event_id"]: each.data for each in story.of_type("PlanningDetailsReleased")}
    yield Table(
        "withheld_details",
        ("event_id",),
        ("case_id", "details"),
        {
            (each.event_id,): (each.case, _details(released.get(each.event["id"])))
            for each in story.on(topics.PLANNING)
            if _withholds(each)
        },
        json=("details",),
    )


def _session(insats: str, booking: Json) -> tuple[Any, ...]:
    meets_on, starts_at = date.fromisoformat(booking["meets_on"]), time.fromisoformat(booking["starts_at"])
    return insats, booking["team"], meets_on, starts_at


def _seats(events: list[Sent]) -> Mapping[UUID, Json]:
    """The latest booking of each meeting that was not cancelled."""
    seats: dict[UUID, Json] = {}
    for each in events:
        if each.type == "TeamMeetingBooked":
            seats[UUID(each.data["meeting_id"])] = each.data
        elif each.type == "MeetingCancelled":
            seats.pop(UUID(each.data["meeting_id"]), None)
    return seats


def _withholds(sent: Sent) -> bool:
    """Whether an event lacks what it would have had with consent."""
    match sent.type:
        case "SamplanUpprättad":
            return any("kind" not in each for each in sent.data["activities"])
        case "SamplanReviderad":
            return any("kind" not in each for each in sent.data.get("added", []))
        case "ParticipantExited":
            return "reason" not in sent.data
        case _:
            return False


def _details(released: Json | None) -> Any:
    """Known once the person has consented; until then no topic says it."""
    if released is None:
        return UNKNOWN
    kinds = {each["activity_id"]: each["kind"] for each in released.get("activities", [])}
    rest = {name: released[name] for name in ("reason", "national_code") if name in released}
    return {"kinds": kinds, **rest}
