"""Planning's tables: sessions, seats and who waits for one, calls, coordinated plans, supports, details withheld."""

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from contracts import topics
from contracts.catalogue import INSATSER
from tests.oracle.groups import group_tables
from tests.oracle.shared import shared_cases
from tests.oracle.story import PLACE_EVENTS, SESSION_EVENTS, Json, Sent, Story, counted
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
    yield Table(
        "awaited_party",
        ("call_id", "party"),
        ("case_id", "form", "sent_on", "limit_on", "meets_on", "starts_at"),
        {key: row for case, events in cases.items() for key, row in _awaited(case, counted(events)).items()},
    )
    yield Table(
        "coordinated_plan",
        ("plan_id",),
        ("case_id", "form", "made_on", "follow_up_on"),
        {key: row for case, events in cases.items() for key, row in _plans(case, counted(events)).items()},
    )
    yield Table(
        "ongoing_support",
        ("support_id",),
        ("case_id", "insats", "role", "worker_id", "since", "offered_to", "offered_on", "next_what", "next_on"),
        {
            key: (case, insats[case], *row, *_next(case, counted(events)))
            for case, events in cases.items()
            for key, row in supports(counted(events)).items()
        },
    )
    yield Table(
        "handover",
        ("support_id",),
        (
            *("case_id", "insats", "role", "worker_id", "offered_to", "offered_on"),
            *("answer", "answered_on", "reason"),
        ),
        {
            key: (case, insats[case], *row)
            for case, events in cases.items()
            for key, row in _handovers(counted(events)).items()
        },
    )
    # Whoever had a role once stays, whatever became of it.
    begun = (each for each in story.of_type(*_BEGUN))
    yield Table(
        "supporter",
        ("insats", "role", "worker_id"),
        (),
        {(insats[each.case], *_who(each.data)): () for each in begun},
    )
    yield _places(story)
    yield Table(
        "taken_place",
        ("activity_id",),
        ("place_id", "case_id", "due_on"),
        {key: row for case, events in cases.items() for key, row in _taken(case, counted(events)).items()},
    )
    yield from group_tables(story, cases)
    yield shared_cases(cases, insats)
    released = {each.data["event_id"]: each.data for each in story.of_type("PlanningDetailsReleased")}
    yield Table(
        "withheld_details",
        ("event_id",),
        ("case_id", "details"),
        {
            (each.event_id,): (each.case, _details(each.type, released.get(each.event["id"])))
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


def _places(story: Story) -> Table:
    """What was declared of each supplier's places last."""
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for each in sorted(story.of_type(*PLACE_EVENTS), key=lambda sent: sent.sequence):
        data = each.data
        if each.type == "PlacesDeclared":
            said = (data["insats"], data["supplier"], data["supplier_name"], data["seats"])
            rows[(each.case,)] = (*said, date.fromisoformat(data["free_from"]), False)
        else:
            rows[(each.case,)] = (*rows[(each.case,)][:-1], True)
    return Table("place", ("place_id",), ("insats", "supplier", "name", "seats", "free_from", "withdrawn"), rows)


def _taken(case: UUID, events: list[Sent]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The places of activities that have begun and not ended, as far as the topics tell: with consent."""
    due: dict[str, str | None] = {}
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for each in events:
        for planned in (*each.data.get("activities", []), *each.data.get("added", [])):
            due.setdefault(planned["activity_id"], planned.get("due_on"))
        gone = [*each.data.get("ended", [])] if each.type == "SamplanReviderad" else []
        if each.type in {"ActivityCompleted", "ActivityCancelled"}:
            gone.append(each.data["activity_id"])
        for activity in gone:
            rows.pop((UUID(activity),), None)
        if each.type == "ActivityStarted" and each.data.get("place_id"):
            until = due.get(each.data["activity_id"])
            day = None if until is None else date.fromisoformat(until)
            rows[(UUID(each.data["activity_id"]),)] = (UUID(each.data["place_id"]), case, day)
    return rows


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


_CALLED_SIP = 21
"""SamSIP, the form of plan that the traffic uses, gives whoever is called three weeks."""


def _awaited(case: UUID, events: list[Sent]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The parties of each call that have not come, while it is not withdrawn."""
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for each in events:
        data, call = each.data, each.data.get("call_id")
        if each.type == "MeetingCalled":
            sent_on = date.fromisoformat(data["happened_on"])
            starts_at = time.fromisoformat(data["starts_at"]) if data.get("starts_at") else None
            limit_on = sent_on + timedelta(days=_CALLED_SIP)
            row = (case, data["rule"]["insats"], sent_on, limit_on, date.fromisoformat(data["meets_on"]), starts_at)
            rows |= {(UUID(call), party): row for party in data["parties"]}
        elif each.type == "CalledMeetingHeld":
            rows = {key: row for key, row in rows.items() if key not in {(UUID(call), p) for p in data["attended"]}}
        elif each.type == "CallWithdrawn":
            rows = {key: row for key, row in rows.items() if key[0] != UUID(call)}
    return rows


def _plans(case: UUID, events: list[Sent]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The coordinated plans that are not closed, with the day agreed last."""
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for each in events:
        if each.type not in {"CoordinatedPlanMade", "NextFollowUpAgreed", "CoordinatedPlanClosed"}:
            continue
        key = (UUID(each.data["plan_id"]),)
        if each.type == "CoordinatedPlanMade":
            rows[key] = (case, each.data["rule"]["insats"], date.fromisoformat(each.data["happened_on"]), None)
        elif each.type == "NextFollowUpAgreed":
            rows[key] = (*rows[key][:-1], date.fromisoformat(each.data["follow_up_on"]))
        else:
            del rows[key]
    return rows


_BEGUN = ("LotsAssigned", "SupportAssigned")


def _who(data: Json) -> tuple[str, str]:
    """The role and the worker of a support that begins."""
    return ("lots", data["lots_id"]) if "lots_id" in data else (data["role"], data["worker_id"])


def supports(events: list[Sent]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Each support that has not ended: role, worker, since, and whom it is offered to since when."""
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for each in events:
        if "support_id" not in each.data:
            continue
        key, day = (UUID(each.data["support_id"]),), date.fromisoformat(each.data["happened_on"])
        if each.type in _BEGUN:
            rows[key] = (*_who(each.data), day, None, None)
        elif each.type == "SupportEnded":
            del rows[key]
        elif each.type == "SupportHandoverOffered":
            rows[key] = (*rows[key][:3], each.data["to"], day)
        else:
            rows[key] = (*rows[key][:3], None, None)
    return rows


_ANSWERED = {"SupportHandedOver": "accepted", "SupportHandoverDeclined": "declined"}


def _handovers(events: list[Sent]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The last offer of each support with its answer, unless it was withdrawn or fell with the support."""
    whose: dict[tuple[Any, ...], tuple[str, str]] = {}
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for each in events:
        if "support_id" not in each.data:
            continue
        key, day = (UUID(each.data["support_id"]),), date.fromisoformat(each.data["happened_on"])
        if each.type in _BEGUN:
            whose[key] = _who(each.data)
        elif each.type == "SupportHandoverOffered":
            rows[key] = (*whose[key], each.data["to"], day, None, None, None)
        elif each.type in _ANSWERED:
            rows[key] = (*rows[key][:4], _ANSWERED[each.type], day, each.data.get("reason"))
        elif key in rows and rows[key][4] is None:
            del rows[key]
    return rows


def _next(case: UUID, events: list[Sent]) -> tuple[str | None, date | None]:
    """The earliest of what has a day: a booked meeting, a called one, a follow-up of a plan; else how it ended."""
    days: dict[str, tuple[date, str]] = {}
    for each in events:
        data = each.data
        match each.type:
            case "TeamMeetingBooked" | "MeetingBooked":
                days[data["meeting_id"]] = (date.fromisoformat(data["meets_on"]), "meeting")
            case "TeamMeetingHeld" | "MeetingHeld" | "MeetingCancelled":
                days.pop(data["meeting_id"], None)
            case "MeetingCalled":
                days[data["call_id"]] = (date.fromisoformat(data["meets_on"]), "called_meeting")
            case "CalledMeetingHeld" | "CallWithdrawn":
                days.pop(data["call_id"], None)
    follow_ups = ((row[-1], "follow_up") for row in _plans(case, events).values() if row[-1] is not None)
    found = min((*days.values(), *follow_ups), default=None)
    return _ended(events) if found is None else (found[1], found[0])


def _ended(events: list[Sent]) -> tuple[str | None, date | None]:
    """How the case ended, and the day of it; since when there is support after the exit while that goes on."""
    after: tuple[str, date] | None = None
    ended: tuple[str | None, date | None] = (None, None)
    for each in events:
        happened_on = date.fromisoformat(each.data["happened_on"])
        match each.type:
            case "InsatsStarted" | "CaseReopened":
                ended = (None, None)
            case "ParticipantExited":
                ended = ("exited", happened_on)
            case "PlanningEnded":
                ended = ("returned", happened_on)
            case "AfterSupportBegun":
                after = ("after_support", happened_on)
            case "AfterSupportEnded":
                after = None
    return after or ended


_WITHHELD_OF = {
    **dict.fromkeys(
        (
            *("ParticipantExited", "CoordinatedPlanClosed", "CasePutOnHold", "EmploymentEnded", "AfterSupportEnded"),
            *("ActivityCancelled", "ActivityBlocked", "DocumentRequestEnded"),
        ),
        "reason",
    ),
    "EmploymentDecided": "support",
    "BenefitDecided": "benefit",
    "SessionAttendanceRecorded": "attended",
    "AttendanceRecorded": "hours_offered",
    "DocumentRequested": "asked_of",
}
"""By type, the field that an event lacks only where something is withheld."""


def _withholds(sent: Sent) -> bool:
    """Whether an event lacks what it would have had with consent."""
    match sent.type:
        case "SamplanUpprättad" | "CoordinatedPlanMade":
            return any("kind" not in each for each in sent.data["activities"])
        case "SamplanReviderad":
            return any("kind" not in each for each in sent.data.get("added", []))
        case "ActivityExtentChanged":
            return not {"extent_percent", "hours_per_week"} & sent.data.keys()
        case "StepReached":
            # Of a paper that has no siblings nothing is left out.
            return _lacks(sent.data)
        case kind:
            # What the traffic begins without consent has no place, extent or payer to leave out, and what it ends of
            # a group no reason.
            return kind in _WITHHELD_OF and _WITHHELD_OF[kind] not in sent.data


def _lacks(data: Json) -> bool:
    """Whether a step that was reached lacks its score, or which of several papers it was."""
    if data["kind"] == "rating":
        return "score" not in data
    rule = next(each for each in INSATSER[data["rule"]["insats"]].versions if each.version == data["rule"]["version"])
    step = next(each for each in rule.steps if each.id == data["step"])
    return bool(getattr(step, "each", ())) and "document" not in data


def _details(kind: str, released: Json | None) -> Any:
    """Known once the person has consented; until then no topic says it."""
    if released is None:
        return UNKNOWN
    activities = released.get("activities", [])
    kinds = {each["activity_id"]: each["kind"] for each in activities}
    planned = {
        each["activity_id"]: {name: each[name] for name in _OF_ACTIVITIES if name in each}
        for each in activities
        if any(name in each for name in _OF_ACTIVITIES)
    }
    of_exit = _ANSWERS if kind == "ParticipantExited" else ()
    own = (*_REASONS, *_OF_START, *_HOURS, *_OF_LIVELIHOOD, *_OF_STEPS, "attended")
    rest = {name: released[name] for name in own if name in released and name not in of_exit}
    answers = {name: released[name] for name in of_exit if name in released}
    return {"kinds": kinds, "planned": planned, **rest, "answers": answers}


_OF_ACTIVITIES = ("responsible_unit", "extent_percent", "hours_per_week")
_REASONS = ("reason", "national_code")
_OF_START = ("place_id", "extent_percent", "hours_per_week", "cost_bearer")
_HOURS = ("hours_offered", "hours_attended")
_OF_LIVELIHOOD = ("support", "employer", "benefit", "status")
_OF_STEPS = ("document", "asked_of", "score")
_ANSWERS = ("destination", "extent_percent", "support", "livelihood", "why", "continued_planning")
