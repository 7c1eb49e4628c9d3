"""Planning's tables: sessions, seats taken in them, who waits for one, and details withheld for want of consent."""

from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any
from uuid import UUID

from contracts import topics
from tests.oracle.story import SESSION_EVENTS, Json, Sent, Story, counted
from tests.oracle.table import UNKNOWN, Table

_SESSION = ("insats", "team", "meets_on", "starts_at")
_DECLARED = ("seats", "reserved", "reserved_for", "area", "extra", "cancelled")


def tables(story: Story) -> Iterator[Table]:
    """What they must hold."""
    cases = story.cases(topics.REFERRAL, topics.PLANNING)
    insats = {each.case: each.data["insats"] for each in story.of_type("ReferralReceived")}
    yield _sessions(story, insats)
    yield Table(
        "session_seat",
        ("meeting_id",),
        ("case_id", *_SESSION, "mode", "held"),
        {
            (meeting_id,): (case, *_session(insats[case], booking), mode, held)
            for case, events in cases.items()
            for meeting_id, (booking, mode, held) in _seats(counted(events)).items()
        },
    )
    yield Table(
        "awaiting_seat",
        ("case_id",),
        ("insats", "unit", "referred_on", "accepted_on"),
        {(case,): row for case, events in cases.items() if (row := _awaiting(counted(events))) is not None},
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


def _sessions(story: Story, insats: Mapping[UUID, str]) -> Table:
    """What was declared of each session last. One that was booked once stays, whatever became of the meeting."""
    booked = {_session(insats[each.case], each.data) for each in story.of_type("TeamMeetingBooked")}
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = dict.fromkeys(booked, (None,) * len(_DECLARED))
    for each in sorted(story.of_type(*SESSION_EVENTS), key=lambda sent: sent.sequence):
        session = _session(each.data["insats"], {**each.data, "team": each.data["resource"]})
        if each.type == "CapacityDeclared":
            rows[session] = (*(each.data.get(name) for name in _DECLARED[:-1]), False)
        else:
            rows[session] = (*rows[session][:-1], True)
    return Table("team_session", _SESSION, _DECLARED, rows)


def _seats(events: list[Sent]) -> Mapping[UUID, tuple[Json, str, bool]]:
    """The latest booking of each meeting that was not cancelled, how they meet, and whether they have."""
    seats: dict[UUID, tuple[Json, str, bool]] = {}
    for each in events:
        if each.type == "TeamMeetingBooked":
            seats[UUID(each.data["meeting_id"])] = (each.data, each.data["mode"], False)
        elif each.type == "TeamMeetingHeld":
            meeting_id = UUID(each.data["meeting_id"])
            seats[meeting_id] = (seats[meeting_id][0], each.data["mode"], True)
        elif each.type == "MeetingCancelled":
            seats.pop(UUID(each.data["meeting_id"]), None)
    return seats


def _awaiting(events: list[Sent]) -> tuple[Any, ...] | None:
    """What an accepted case waits for a seat with; None if it does not wait.

    A team takes in whom FINSAM-team took on; nobody begins there without a meeting.
    """
    answers = [each for each in events if each.type in {"ReferralAccepted", "ReferralReturned"}]
    received = [each.data for each in events if each.type == "ReferralReceived"]
    if not answers or not received or received[0]["insats"] != "finsam-team" or _seats(events):
        return None
    latest = max(answers, key=lambda sent: sent.sequence)
    if latest.type != "ReferralAccepted" or any(each.type == "InsatsStarted" for each in events):
        return None
    days = (date.fromisoformat(data["happened_on"]) for data in (received[0], latest.data))
    changed = [each.data["unit"] for each in counted(events) if each.type == "ReferrerChanged"]
    return (received[0]["insats"], changed[-1] if changed else received[0]["unit"], *days)


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
