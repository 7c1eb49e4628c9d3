"""Reporting's tables: every event, and the facts folded from them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, time
from typing import Any
from uuid import UUID

from contracts import topics
from tests.oracle.story import CONSENT, Json, Sent, Story, consent, counted
from tests.oracle.table import Row, Table

_OF_REFERRAL = ("ReferralReceived", "ReferralAccepted", "ReferralReturned", "InsatsStarted")
_OF_STAY = ("InsatsStarted", "CaseReopened", "ParticipantExited")
_OF_SUPPORT = ("LotsAssigned", "SupportAssigned", "SupportEnded")
_OF_MEETING = ("TeamMeetingBooked", "MeetingBooked", "TeamMeetingHeld", "MeetingHeld", "MeetingCancelled")
_OF_PLAN = ("SamplanUpprättad", "SamplanReviderad")

Latest = Mapping[str, Sent]
"""The latest event of each type."""


def tables(story: Story) -> Iterator[Table]:
    """What they must hold."""
    yield Table(
        "event_row",
        ("case_id", "source", "sequence"),
        ("type", "happened_on", "recorded", "partition", "record_offset", "learnt", "value"),
        {(sent.case, sent.source, sent.sequence): _event_row(sent) for sent in story.on(*topics.DOMAIN)},
        json=("value",),
    )
    cases = story.streams(*topics.DOMAIN)
    counting = {case: counted(events) for case, events in cases.items()}
    yield Table("not_counted", ("case_id", "source", "sequence"), (), _taken_back(cases, counting))
    yield Table("consent", ("case_id", "purpose"), ("status", "stated_on"), _consents(counting))
    yield Table(
        "released",
        ("case_id", "event_id"),
        ("reason", "national_code"),
        _rows(counting, ("PlanningDetailsReleased",), "event_id", _released),
    )
    yield _referrals(counting)
    yield _stays(counting)
    yield Table(
        "meeting",
        ("case_id", "meeting_id"),
        (
            *("team", "kind", "meets_on", "starts_at", "mode"),
            *("booked_on", "held_on", "cancelled_on", "cancel_reason"),
        ),
        _rows(counting, _OF_MEETING, "meeting_id", _meeting),
    )
    yield Table(
        "samplan",
        ("case_id", "samplan_id"),
        ("insats", "made_on", "version", "revised_on"),
        _rows(counting, _OF_PLAN, "samplan_id", _samplan),
    )
    yield _follow_ups(counting)
    yield Table(
        "consultation",
        ("case_id",),
        ("insats", "held_on", "asker", "forum", "topic", "led_to"),
        {
            (stream,): _consultation(_latest(events))
            for stream, events in counting.items()
            if any(each.type == "ConsultationHeld" for each in events)
        },
    )
    yield Table(
        "put_forward",
        ("case_id",),
        ("insats", "put_forward_on", "put_by", "led_to"),
        {
            (stream,): _put_forward(_latest(events))
            for stream, events in counting.items()
            if any(each.type == "PersonPutForward" for each in events)
        },
    )
    yield Table(
        "support",
        ("case_id", "support_id"),
        ("role", "worker_id", "assigned_on", "ended_on", "end_reason"),
        _rows(counting, _OF_SUPPORT, "support_id", _support),
    )


def _event_row(sent: Sent) -> Row:
    happened_on = date.fromisoformat(sent.data["happened_on"])
    return sent.type, happened_on, sent.recorded, sent.place.partition, sent.place.offset, True, sent.event


def _consultation(latest: Latest) -> Row:
    said = [_of(latest, "ConsultationHeld", name) for name in ("asker", "forum", "topic", "led_to")]
    return _of(latest, "ConsultationHeld", "insats"), _day(latest, "ConsultationHeld"), *said


def _put_forward(latest: Latest) -> Row:
    said = [_of(latest, "PersonPutForward", name) for name in ("by", "led_to")]
    return _of(latest, "PersonPutForward", "insats"), _day(latest, "PersonPutForward"), *said


def _taken_back(cases: Mapping[UUID, list[Sent]], counting: Mapping[UUID, list[Sent]]) -> dict[Row, Row]:
    rows: dict[Row, Row] = {}
    for case, events in cases.items():
        kept = {each.event_id for each in counting[case]}
        gone = {(case, each.source, each.sequence): each for each in events if each.event_id not in kept}
        named = {each.data["event_id"] for each in events if each.type == "RegisteredInError"}
        # Corrections count for nothing else, and stand here only when a later one took them back.
        rows |= {place: () for place, each in gone.items() if each.event["id"] in named}
    return rows


def _consents(counting: Mapping[UUID, list[Sent]]) -> dict[Row, Row]:
    answers = {case: answer for case, events in counting.items() if (answer := consent(events)) is not None}
    return {
        (case, answer.data.get("purpose", "individual_follow_up")): (CONSENT[answer.type], _happened(answer))
        for case, answer in answers.items()
    }


def _referrals(counting: Mapping[UUID, list[Sent]]) -> Table:
    return Table(
        "referral",
        ("case_id",),
        (
            *("consents", "person_id", "insats", "sex", "agency", "unit_kind"),
            *(
                "referred_on",
                "accepted_on",
                "returned_on",
                "return_reason",
                "returned_by",
                "return_stage",
                "started_on",
            ),
        ),
        {
            (case,): _referral(_latest(events), _agrees(events))
            for case, events in counting.items()
            if any(each.type in _OF_REFERRAL for each in events)
        },
    )


def _referral(latest: Latest, agrees: bool) -> Row:
    person, started = _of(latest, "ReferralReceived", "person_id"), "InsatsStarted" in latest
    return (
        agrees,
        UUID(person) if person else None,
        _of(latest, "ReferralReceived", "insats") or _of(latest, "InsatsStarted", "insats"),
        *(_of(latest, "ReferralReceived", name) for name in ("sex", "agency", "unit_kind")),
        _day(latest, "ReferralReceived"),
        _day(latest, "ReferralAccepted"),
        None if started else _day(latest, "ReferralReturned"),
        _of(latest, "ReferralReturned", "reason") if agrees and not started else None,
        None if started or "ReferralReturned" not in latest else _of(latest, "ReferralReturned", "by") or "insats",
        None if started else _of(latest, "ReferralReturned", "stage"),
        _day(latest, "InsatsStarted"),
    )


def _stays(counting: Mapping[UUID, list[Sent]]) -> Table:
    """One row a stay: the first from the start, each later one from a reopening."""
    rows: dict[Row, Row] = {}
    for case, events in counting.items():
        agrees = _agrees(events)
        released = {each.data["event_id"]: each.data for each in events if each.type == "PlanningDetailsReleased"}
        of_stay = [each for each in events if each.type in _OF_STAY]
        for episode in {each.data.get("episode", 1) for each in of_stay}:
            latest = _latest(each for each in of_stay if each.data.get("episode", 1) == episode)
            rows[case, episode] = _stay(latest, released, agrees)
    columns = ("consents", "started_on", "exited_on", "exit_id", "exit_reason", "national_code")
    return Table("participation", ("case_id", "episode"), columns, rows)


def _stay(latest: Latest, released: Mapping[str, Json], agrees: bool) -> Row:
    left = latest.get("ParticipantExited")
    details = {} if left is None else {**released.get(left.event["id"], {}), **left.data}
    return (
        agrees,
        _day(latest, "InsatsStarted") or _day(latest, "CaseReopened"),
        _day(latest, "ParticipantExited"),
        None if left is None else left.event_id,
        *(details.get(name) if agrees else None for name in ("reason", "national_code")),
    )


def _follow_ups(counting: Mapping[UUID, list[Sent]]) -> Table:
    about = {case: [each for each in events if each.type.startswith("FollowUp")] for case, events in counting.items()}
    rows = {
        place: _follow_up(latest, _agrees(counting[place[0]]))
        for place, latest in _things(about, None, "follow_up_id").items()
    }
    return Table(
        "follow_up",
        ("case_id", "follow_up_id"),
        (
            *("consents", "point", "anchor", "months", "due_on", "opened_on", "missed_on"),
            *("completed_on", "timeliness", "result", "reason", "superseded_on", "cause"),
        ),
        rows,
    )


def _follow_up(latest: Latest, agrees: bool) -> Row:
    any_of_them = next(iter(latest.values())).data
    due = [each.data["due_on"] for each in latest.values() if "due_on" in each.data]
    superseded, reinstated = latest.get("FollowUpSuperseded"), latest.get("FollowUpReinstated")
    if superseded and reinstated and reinstated.sequence > superseded.sequence:
        superseded = None
    result, reason = (
        _of(latest, "FollowUpCompleted", name) or _of(latest, "FollowUpDetailsReleased", name)
        for name in ("result", "reason")
    )
    return (
        agrees,
        any_of_them["point"],
        UUID(any_of_them["anchor"]),
        any_of_them.get("months"),
        date.fromisoformat(max(due)) if due else None,
        *(_day(latest, kind) for kind in ("FollowUpOpened", "FollowUpMissed", "FollowUpCompleted")),
        _of(latest, "FollowUpCompleted", "timeliness"),
        *((result, reason) if agrees else (None, None)),
        None if superseded is None else _happened(superseded),
        None if superseded is None else superseded.data["cause"],
    )


def _meeting(latest: Latest) -> Row:
    of_team = latest.get("TeamMeetingHeld") or latest.get("TeamMeetingBooked")
    of_others = latest.get("MeetingHeld") or latest.get("MeetingBooked")
    booked = latest.get("TeamMeetingBooked") or latest.get("MeetingBooked")
    held = latest.get("TeamMeetingHeld") or latest.get("MeetingHeld")
    starts_at = booked.data.get("starts_at") if booked else None
    known = held or booked
    return (
        of_team and of_team.data["team"],
        of_others and of_others.data.get("kind"),
        booked and date.fromisoformat(booked.data["meets_on"]),
        time.fromisoformat(starts_at) if starts_at else None,
        known and known.data.get("mode"),
        booked and _happened(booked),
        held and _happened(held),
        _day(latest, "MeetingCancelled"),
        _of(latest, "MeetingCancelled", "reason"),
    )


def _samplan(latest: Latest) -> Row:
    version = _of(latest, "SamplanReviderad", "version")
    made, revised = _day(latest, "SamplanUpprättad"), _day(latest, "SamplanReviderad")
    return _of(latest, "SamplanUpprättad", "insats"), made, version, revised


def _support(latest: Latest) -> Row:
    lots, other = latest.get("LotsAssigned"), latest.get("SupportAssigned")
    begun = lots or other
    return (
        other.data["role"] if other else "lots",
        other.data["worker_id"] if other else lots and lots.data["lots_id"],
        begun and _happened(begun),
        _day(latest, "SupportEnded"),
        _of(latest, "SupportEnded", "reason"),
    )


def _released(latest: Latest) -> Row:
    return tuple(_of(latest, "PlanningDetailsReleased", name) for name in ("reason", "national_code"))


def _rows(
    counting: Mapping[UUID, list[Sent]], types: tuple[str, ...], name: str, row: Callable[[Latest], Row]
) -> dict[Row, Row]:
    """A row for each thing that events of some types speak of, from the latest of each type."""
    return {place: row(latest) for place, latest in _things(counting, types, name).items()}


def _things(
    counting: Mapping[UUID, list[Sent]], types: tuple[str, ...] | None, name: str
) -> dict[tuple[UUID, UUID], Latest]:
    """By case and thing, the latest event of each type that speaks of it; ``types``: of these, or of all."""
    about: dict[tuple[UUID, UUID], list[Sent]] = {}
    for case, events in counting.items():
        for each in events:
            if types is None or each.type in types:
                about.setdefault((case, UUID(each.data[name])), []).append(each)
    return {place: _latest(events) for place, events in about.items()}


def _latest(events: Iterable[Sent]) -> Latest:
    return {each.type: each for each in sorted(events, key=lambda sent: sent.sequence)}


def _agrees(events: Iterable[Sent]) -> bool:
    answer = consent(events)
    return answer is not None and answer.type == "ConsentGiven"


def _happened(sent: Sent) -> date:
    return date.fromisoformat(sent.data["happened_on"])


def _day(latest: Latest, kind: str) -> date | None:
    return _happened(latest[kind]) if kind in latest else None


def _of(latest: Latest, kind: str, name: str) -> Any:
    return latest[kind].data.get(name) if kind in latest else None
