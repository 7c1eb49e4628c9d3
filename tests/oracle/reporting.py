"""Reporting's tables: every event, and the facts folded from them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from typing import Any
from uuid import UUID

from contracts import topics
from tests.oracle.story import Json, Story, Told
from tests.oracle.table import Row, Table

_CONSENT = {"ConsentGiven": "given", "ConsentRefused": "refused", "ConsentWithdrawn": "withdrawn"}
_OF_REFERRAL = {"ReferralReceived", *_CONSENT, "ReferralAccepted", "ReferralReturned"}
_OF_PARTICIPATION = {*_OF_REFERRAL, "InsatsStarted", "ParticipantExited"}

Latest = Mapping[str, Json]


def tables(story: Story) -> Iterator[Table]:
    """What they must hold."""
    yield Table(
        "event_row",
        ("case_id", "source", "sequence"),
        ("type", "happened_on", "recorded", "partition", "record_offset", "value"),
        {(t.case, t.source, t.sequence): _event_row(t) for t in story.on(*topics.DOMAIN)},
        json=("value",),
    )
    cases = story.cases(*topics.DOMAIN)
    yield Table(
        "participation",
        ("case_id",),
        (
            *("person_id", "insats", "sex", "consent", "agency", "unit_kind"),
            *("referred_on", "accepted_on", "returned_on", "return_reason"),
            *("started_on", "exited_on", "exit_reason", "national_code"),
        ),
        {(case,): _participation(told) for case, told in cases.items() if _OF_PARTICIPATION & {t.type for t in told}},
    )
    meeting = ("team", "meets_on", "starts_at", "mode", "booked_on", "held_on")
    yield Table("meeting", ("case_id", "meeting_id"), meeting, _by(cases, "meeting_id", _meeting, "TeamMeeting"))
    plans = _by(cases, "samplan_id", _samplan, "SamplanUpprättad")
    yield Table("samplan", ("case_id", "samplan_id"), ("insats", "made_on"), plans)
    yield Table(
        "follow_up",
        ("case_id", "follow_up_id"),
        (
            *("months", "due_on", "opened_on", "missed_on", "completed_on", "timeliness"),
            *("result", "reason", "superseded_on", "cause"),
        ),
        _by(cases, "follow_up_id", _follow_up, "FollowUp"),
    )
    yield Table(
        "lots",
        ("case_id", "sequence"),
        ("lots_id", "assigned_on"),
        {
            (t.case, t.sequence): (t.data["lots_id"], date.fromisoformat(t.data["happened_on"]))
            for t in story.of_type("LotsAssigned")
        },
    )


def _event_row(told: Told) -> Row:
    happened_on = date.fromisoformat(told.data["happened_on"])
    return told.type, happened_on, told.recorded, told.place.partition, told.place.offset, told.event


def _by(
    cases: Mapping[UUID, list[Told]], name: str, row: Callable[[Latest, bool], Row], prefix: str
) -> dict[Row, Row]:
    """A row for each thing that events of some types speak of, from the latest of each type."""
    rows: dict[Row, Row] = {}
    for case, told in cases.items():
        consents = _consent(told) == "given"
        of_thing: dict[str, dict[str, Json]] = {}
        for each in told:
            if each.type.startswith(prefix):
                of_thing.setdefault(each.data[name], {})[each.type] = each.data
        rows |= {(case, UUID(thing)): row(latest, consents) for thing, latest in of_thing.items()}
    return rows


def _consent(told: list[Told]) -> str | None:
    said = [_CONSENT[each.type] for each in told if each.type in _CONSENT]
    return said[-1] if said else None


def _day(latest: Latest, kind: str, name: str = "happened_on") -> date | None:
    return date.fromisoformat(latest[kind][name]) if kind in latest and name in latest[kind] else None


def _of(latest: Latest, kind: str, name: str, tell: bool = True) -> Any:
    return latest[kind].get(name) if tell and kind in latest else None


def _participation(told: list[Told]) -> Row:
    latest: Latest = {each.type: each.data for each in told}
    consent = _consent(told)
    tells, started = consent == "given", "InsatsStarted" in latest
    person = _of(latest, "ReferralReceived", "person_id")
    return (
        UUID(person) if person else None,
        _of(latest, "ReferralReceived", "insats") or _of(latest, "InsatsStarted", "insats"),
        _of(latest, "ReferralReceived", "sex"),
        consent,
        _of(latest, "ReferralReceived", "agency"),
        _of(latest, "ReferralReceived", "unit_kind"),
        _day(latest, "ReferralReceived"),
        _day(latest, "ReferralAccepted"),
        None if started else _day(latest, "ReferralReturned"),
        _of(latest, "ReferralReturned", "reason", tells and not started),
        _day(latest, "InsatsStarted"),
        _day(latest, "ParticipantExited"),
        _of(latest, "ParticipantExited", "reason", tells),
        _of(latest, "ParticipantExited", "national_code", tells),
    )


def _meeting(latest: Latest, _consents: bool) -> Row:
    said = latest.get("TeamMeetingHeld") or latest["TeamMeetingBooked"]
    starts_at = _of(latest, "TeamMeetingBooked", "starts_at")
    return (
        said["team"],
        _day(latest, "TeamMeetingBooked", "meets_on"),
        time.fromisoformat(starts_at) if starts_at else None,
        said["mode"],
        _day(latest, "TeamMeetingBooked"),
        _day(latest, "TeamMeetingHeld"),
    )


def _samplan(latest: Latest, _consents: bool) -> Row:
    return latest["SamplanUpprättad"]["insats"], _day(latest, "SamplanUpprättad")


def _follow_up(latest: Latest, consents: bool) -> Row:
    due_on = [date.fromisoformat(said["due_on"]) for said in latest.values() if "due_on" in said]
    return (
        max(said["months"] for said in latest.values()),
        max(due_on, default=None),
        _day(latest, "FollowUpOpened"),
        _day(latest, "FollowUpMissed"),
        _day(latest, "FollowUpCompleted"),
        _of(latest, "FollowUpCompleted", "timeliness"),
        _of(latest, "FollowUpCompleted", "result", consents),
        _of(latest, "FollowUpCompleted", "reason", consents),
        _day(latest, "FollowUpSuperseded"),
        _of(latest, "FollowUpSuperseded", "cause"),
    )
