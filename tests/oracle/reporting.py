"""Reporting's tables: every event, and the facts folded from them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts import topics
from tests.oracle.story import CONSENT, SESSION_EVENTS, Json, Sent, Story, consent, counted
from tests.oracle.table import Row, Table

_OF_REFERRAL = ("ReferralReceived", "ReferralAccepted", "ReferralReturned", "InsatsStarted")
_OF_STAY = ("InsatsStarted", "CaseReopened", "ParticipantExited")
_ANSWERS = ("destination", "extent_percent", "support", "why", "continued_planning")
_SAID = (*_ANSWERS, "livelihood")
_OF_LIVELIHOOD = ("employer", "benefit", "status")
_OF_HAND_BACK = ("CaseHandedBack", "HandBackAcknowledged")
_OF_SUPPORT = ("LotsAssigned", "SupportAssigned", "SupportEnded")
_OF_MEETING = ("TeamMeetingBooked", "MeetingBooked", "TeamMeetingHeld", "MeetingHeld", "MeetingCancelled")
_OF_CALL = ("MeetingCalled", "CalledMeetingHeld", "CoordinatedPlanMade", "CallWithdrawn")
_OF_LIMIT = ("DeadlineSet", "DeadlineMet", "DeadlinePassed")
_OF_COMPLETION = ("CompletionRequested", "CompletionReceived")
_OF_PLAN = ("SamplanUpprättad", "SamplanReviderad")

Latest = Mapping[str, Sent]
"""The latest event of each type."""


def tables(story: Story) -> Iterator[Table]:
    """What they must hold."""
    yield Table(
        "event_row",
        ("case_id", "source", "sequence"),
        ("type", "happened_on", "recorded", "partition", "record_offset", "learnt", "value"),
        {(sent.case, sent.source, sent.sequence): _event_row(sent) for sent in story.on(*topics.COUNTED)},
        json=("value",),
    )
    cases = story.streams(*topics.COUNTED)
    counting = {case: counted(events) for case, events in cases.items()}
    yield Table("not_counted", ("case_id", "source", "sequence"), (), _taken_back(cases, counting))
    yield Table("consent", ("case_id", "purpose"), ("status", "stated_on"), _consents(counting))
    yield _backgrounds(counting)
    yield Table(
        "released",
        ("case_id", "event_id"),
        (
            *("reason", "national_code", *_ANSWERS, "hours_offered", "hours_attended"),
            *(*_OF_LIVELIHOOD, "document", "asked_of", "score", "attended", "livelihood"),
        ),
        _rows(counting, ("PlanningDetailsReleased",), "event_id", _released),
        json=("livelihood",),
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
    yield _findings(counting)
    yield _activities(counting)
    yield _attendance(counting)
    yield _after_supports(counting)
    yield _decided(counting, "EmploymentDecided", "employment", _TOLD, _EMPLOYMENT)
    yield _decided(counting, "BenefitDecided", "benefit", {}, _BENEFIT)
    yield _steps(counting)
    yield _requests(counting)
    yield from _groups(counting)
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
        "frozen_report",
        ("report_id",),
        ("period_id", "known_until", "frozen_at", "figures", "hash"),
        {(sent.case,): _frozen(sent) for sent in story.of_type("ReportFrozen")},
        sealed=("content",),  # its hash is compared
    )
    yield Table(
        "amount",
        ("amount_id",),
        ("period_id", "budget", "item", "line", "kind"),
        {
            (sent.case,): tuple(sent.data[name] for name in ("period", "budget", "item", "line", "kind"))
            for sent in story.of_type("AmountBooked")
        },
    )
    yield Table(
        "signed_report",
        ("report_id", "revision"),
        ("form", "insats", "period_id", "known_until", "signed_at", "hash", "returned_at", "approved_at"),
        {
            (sent.case, sent.data["revision"]): _signed(sent, story.of_type("ReportReturned", "ReportApproved"))
            for sent in story.of_type("ReportSigned")
        },
        sealed=("content", "reason"),  # the content's hash is compared
    )
    yield Table(
        "survey_answer",
        ("case_id", "question"),
        ("survey", "respondents", "insats", "sex", "answer", "answered_on"),
        {
            (stream, answer["question"]): _survey_answer(sent, answer["answer"])
            for stream, events in counting.items()
            for sent in events
            if sent.type == "SurveyAnswered"
            for answer in sent.data["answers"]
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
        "call",
        ("case_id", "call_id"),
        (
            *("form", "initiator", "called_on", "met_on", "coordinator_present", "planned_on"),
            *("withdrawn_on", "withdrawn_reason"),
        ),
        {
            key: row
            for key, row in _rows(counting, _OF_CALL, "call_id", _call).items()
            if row[2] is not None  # nothing is known of a call before it was sent
        },
    )
    yield Table(
        "time_limit",
        ("case_id", "deadline_id"),
        ("rule_of", "clock", "party", "set_on", "limit_on", "met_on", "passed_on"),
        {
            key: row
            for key, row in _rows(counting, _OF_LIMIT, "deadline_id", _time_limit).items()
            if row[3] is not None  # nothing is known of a limit before it was set
        },
    )
    yield Table(
        "hand_back",
        ("case_id", "hand_back_id"),
        ("episode", "handed_back_on", "acknowledged_on"),
        {
            place: _hand_back(latest)
            for place, latest in _things(counting, _OF_HAND_BACK, "hand_back_id").items()
            if "CaseHandedBack" in latest
        },
    )
    yield _team_sessions(story)
    yield Table(
        "completion",
        ("case_id", "completion_id"),
        ("asked_on", "asked_of", "received_on"),
        {
            place: (
                _day(latest, "CompletionRequested"),
                _of(latest, "CompletionRequested", "asked_of"),
                _day(latest, "CompletionReceived"),
            )
            for place, latest in _things(counting, _OF_COMPLETION, "completion_id").items()
            if "CompletionRequested" in latest
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


def _call(latest: Latest) -> Row:
    rule = _of(latest, "MeetingCalled", "rule")
    return (
        rule["insats"] if rule else None,
        _of(latest, "MeetingCalled", "initiator"),
        _day(latest, "MeetingCalled"),
        _day(latest, "CalledMeetingHeld"),
        _of(latest, "CalledMeetingHeld", "coordinator_present"),
        _day(latest, "CoordinatedPlanMade"),
        _day(latest, "CallWithdrawn"),
        _of(latest, "CallWithdrawn", "reason"),
    )


def _time_limit(latest: Latest) -> Row:
    rule, limit_on = _of(latest, "DeadlineSet", "rule"), _of(latest, "DeadlineSet", "limit_on")
    any_of = next(iter(latest.values())).data
    return (
        rule["insats"] if rule else None,
        any_of["clock"],
        any_of.get("party"),
        _day(latest, "DeadlineSet"),
        date.fromisoformat(limit_on) if limit_on else None,
        _day(latest, "DeadlineMet"),
        _day(latest, "DeadlinePassed"),
    )


def _frozen(sent: Sent) -> Row:
    told = sent.data
    known_until, frozen_at = (
        datetime.fromisoformat(text) for text in (told["known_until"], sent.event["recordedtime"])
    )
    return told["period"], known_until, frozen_at, told["figures"], bytes.fromhex(told["content_sha256"])


def _signed(sent: Sent, answers: Iterable[Sent]) -> Row:
    told = sent.data
    known_until, signed_at = (datetime.fromisoformat(text) for text in (told["known_until"], _recorded(sent)))
    answered = {
        each.type: datetime.fromisoformat(_recorded(each))
        for each in answers
        if (each.case, each.data["revision"]) == (sent.case, told["revision"])
    }
    return (
        *(told["form"], told["insats"], told["period"], known_until, signed_at),
        *(bytes.fromhex(told["content_sha256"]), answered.get("ReportReturned"), answered.get("ReportApproved")),
    )


def _recorded(sent: Sent) -> str:
    return str(sent.event["recordedtime"])


def _survey_answer(sent: Sent, answer: str) -> Row:
    told = sent.data
    return (
        told["survey"],
        told["respondents"],
        told.get("insats"),
        told["sex"],
        answer,
        date.fromisoformat(told["happened_on"]),
    )


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


def _backgrounds(counting: Mapping[UUID, list[Sent]]) -> Table:
    """What the last consent to individual follow-up released of a person."""
    rows: dict[Row, Row] = {}
    for case, events in counting.items():
        given = [
            each
            for each in events
            if each.type == "ConsentGiven" and each.data.get("purpose", _FOLLOW_UP) == _FOLLOW_UP
        ]
        if given:
            agrees, said = _agrees(events), _latest(given)["ConsentGiven"].data["attributes"]
            known = (
                _number(said.get("age")),
                said.get("education"),
                _number(said.get("public_support_years")),
                said.get("benefits"),
                said.get("needs"),
            )
            rows[(case,)] = (agrees, *(value if agrees else None for value in known))
    columns = ("consents", "age", "education", "public_support_years", "benefits", "needs")
    return Table("background", ("case_id",), columns, rows, json=("benefits", "needs"))


_FOLLOW_UP = "individual_follow_up"


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
    columns = ("consents", "started_on", "exited_on", "exit_id", "exit_reason", "national_code", *_SAID)
    return Table("participation", ("case_id", "episode"), columns, rows, json=("livelihood",))


def _after_supports(counting: Mapping[UUID, list[Sent]]) -> Table:
    """One row a participation after which support was given."""
    rows: dict[Row, Row] = {}
    for case, events in counting.items():
        for begun in (each for each in events if each.type == "AfterSupportBegun"):
            episode = begun.data["episode"]
            ended = [each for each in events if each.type == "AfterSupportEnded" and each.data["episode"] == episode]
            rows[case, episode] = (_happened(begun), _happened(ended[-1]) if ended else None)
    return Table("after_support", ("case_id", "episode"), ("begun_on", "ended_on"), rows)


def _stay(latest: Latest, released: Mapping[str, Json], agrees: bool) -> Row:
    left = latest.get("ParticipantExited")
    details = {} if left is None else {**released.get(left.event["id"], {}), **left.data}
    return (
        agrees,
        _day(latest, "InsatsStarted") or _day(latest, "CaseReopened"),
        _day(latest, "ParticipantExited"),
        None if left is None else left.event_id,
        *(details.get(name) if agrees else None for name in ("reason", "national_code", *_SAID)),
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
            *("insats", "decided_on", "attempted_on", "not_applicable_on", "not_applicable_reason"),
        ),
        rows,
    )


def _insats_of(latest: Latest) -> str | None:
    scheduled = latest.get("FollowUpScheduled")
    return None if scheduled is None else scheduled.data["rule"]["insats"]


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
        _insats_of(latest),
        _day(latest, "FollowUpMissed") or _day(latest, "FollowUpCompleted"),
        _day(latest, "FollowUpAttempted"),
        _day(latest, "FollowUpNotApplicable"),
        _of(latest, "FollowUpNotApplicable", "reason"),
    )


def _findings(counting: Mapping[UUID, list[Sent]]) -> Table:
    """What follow-ups found of each activity: told when they were held, or once the person consented."""
    rows: dict[Row, Row] = {}
    for case, events in counting.items():
        agrees = _agrees(events)
        told = [each for each in events if each.type in ("FollowUpDetailsReleased", "FollowUpCompleted")]
        held = {each.data["follow_up_id"]: each for each in told if each.type == "FollowUpCompleted"}
        # What was told when it was held comes last, and counts.
        for each in sorted(told, key=lambda sent: (sent.type == "FollowUpCompleted", sent.sequence)):
            about = each.data["follow_up_id"]
            for finding in each.data.get("activities", []):
                rows[case, UUID(about), UUID(finding["activity_id"])] = (
                    agrees,
                    each.data.get("months"),
                    _happened(held[about]) if about in held else None,
                    finding["outcome"] if agrees else None,
                )
    columns = ("consents", "months", "held_on", "outcome")
    return Table("activity_finding", ("case_id", "follow_up_id", "activity_id"), columns, rows)


def _team_sessions(story: Story) -> Table:
    """Sessions of teams, each as it was declared last."""
    streams: dict[UUID, list[Sent]] = {}
    for each in story.of_type(*SESSION_EVENTS):
        streams.setdefault(each.case, []).append(each)
    rows: dict[Row, Row] = {}
    for stream, events in streams.items():
        latest = _latest(events)
        if "CapacityDeclared" in latest:
            said = latest["CapacityDeclared"].data
            rows[(stream,)] = (
                *(said["insats"], said["resource"], date.fromisoformat(said["meets_on"]), said["seats"]),
                *(said.get("reserved"), said.get("extra")),
                _lasting(latest, "CapacityWithdrawn", "CapacityDeclared"),
            )
    columns = ("insats", "team", "meets_on", "seats", "reserved", "extra", "withdrawn_on")
    return Table("team_session", ("case_id",), columns, rows)


_OF_AN_ACTIVITY = (
    *("ActivityStarted", "ActivityCompleted", "ActivityCancelled"),
    *("ActivityBlocked", "ActivityUnblocked"),
)
_LISTED = {"SamplanUpprättad": "activities", "SamplanReviderad": "added", "PlanningDetailsReleased": "activities"}


def _activities(counting: Mapping[UUID, list[Sent]]) -> Table:
    """One row an activity of a samplan: the plan's word of it, and what became of it."""
    rows: dict[Row, Row] = {}
    for case, events in counting.items():
        agrees = _agrees(events)
        released = _released_by(events)
        kinds: dict[str, str] = {}
        planned: dict[str, tuple[Any, ...]] = {}
        for each in events:
            for said in each.data.get(_LISTED.get(each.type, ""), []):
                kinds.setdefault(said["activity_id"], said.get("kind"))
                kinds[said["activity_id"]] = kinds[said["activity_id"]] or said.get("kind")
                if each.type != "PlanningDetailsReleased":
                    plan = UUID(each.data["samplan_id"])
                    planned[said["activity_id"]] = (plan, said["responsible"], _happened(each))
        happened = _things({case: events}, _OF_AN_ACTIVITY, "activity_id")
        for activity, (samplan, responsible, planned_on) in planned.items():
            latest = happened.get((case, UUID(activity)), {})
            rows[case, UUID(activity)] = (
                agrees,
                samplan,
                kinds[activity] if agrees else None,
                responsible,
                planned_on,
                _day(latest, "ActivityStarted"),
                _day(latest, "ActivityCompleted"),
                _of(latest, "ActivityCompleted", "extent"),
                _day(latest, "ActivityCancelled"),
                *_hindrance(latest, "ActivityCancelled", agrees, released),
                _day(latest, "ActivityBlocked"),
                *_hindrance(latest, "ActivityBlocked", agrees, released),
                _day(latest, "ActivityUnblocked"),
            )
    columns = (
        *("consents", "samplan_id", "kind", "responsible", "planned_on"),
        *("started_on", "completed_on", "extent", "cancelled_on", "cancelled_id", "cancel_reason"),
        *("blocked_on", "blocked_id", "blocked_reason", "unblocked_on"),
    )
    return Table("activity", ("case_id", "activity_id"), columns, rows)


def _hindrance(latest: Latest, kind: str, agrees: bool, released: Mapping[str, Json]) -> tuple[Any, Any]:
    """The event of a kind, and its reason where the person consents."""
    if kind not in latest:
        return None, None
    said = {**released.get(latest[kind].event["id"], {}), **latest[kind].data}
    return latest[kind].event_id, said.get("reason") if agrees else None


def _attendance(counting: Mapping[UUID, list[Sent]]) -> Table:
    """One row a period of an activity."""
    rows: dict[Row, Row] = {}
    for case, events in counting.items():
        agrees = _agrees(events)
        released = {each.data["event_id"]: each.data for each in events if each.type == "PlanningDetailsReleased"}
        for each in (each for each in events if each.type == "AttendanceRecorded"):
            hours = {**released.get(each.event["id"], {}), **each.data}
            key = (case, UUID(each.data["activity_id"]), date.fromisoformat(each.data["from_on"]))
            known = [_number(hours.get(name)) if agrees else None for name in ("hours_offered", "hours_attended")]
            rows[key] = (agrees, _happened(each), each.event_id, each.data["weeks"], *known)
    columns = ("consents", "to_on", "record_id", "weeks", "hours_offered", "hours_attended")
    return Table("attendance", ("case_id", "activity_id", "from_on"), columns, rows)


_TOLD = {"prolongs": bool, "from_on": date.fromisoformat, "until_on": date.fromisoformat}
_EMPLOYMENT = ("kom_i_jobb", "support", "extent_percent", "employer")
_BENEFIT = ("benefit", "status", "extent_percent")


def _decided(
    counting: Mapping[UUID, list[Sent]],
    kind: str,
    table: str,
    told: Mapping[str, Any],
    needs_consent: tuple[str, ...],
) -> Table:
    """One row a decision about an employment or a benefit. ``told``: what needs no consent, and how it is read."""
    rows: dict[Row, Row] = {}
    for case, events in counting.items():
        agrees = _agrees(events)
        released = {each.data["event_id"]: each.data for each in events if each.type == "PlanningDetailsReleased"}
        for each in (each for each in events if each.type == kind):
            said = {**released.get(each.event["id"], {}), **each.data}
            read = [None if name not in said else make(said[name]) for name, make in told.items()]
            known = [said.get(name) if agrees else None for name in needs_consent]
            rows[case, UUID(said["decision_id"])] = (agrees, each.event_id, _happened(each), *read, *known)
    columns = ("consents", "told_by", "decided_on", *told, *needs_consent)
    return Table(table, ("case_id", "decision_id"), columns, rows)


def _steps(counting: Mapping[UUID, list[Sent]]) -> Table:
    """One row each time a step was reached."""
    rows: dict[Row, Row] = {}
    for case, events in counting.items():
        agrees, released = _agrees(events), _released_by(events)
        for each in (each for each in events if each.type == "StepReached"):
            said = {**released.get(each.event["id"], {}), **each.data}
            rows[case, UUID(each.data["step_id"])] = (
                agrees,
                each.data["rule"]["insats"],
                each.data["step"],
                each.data["kind"],
                _happened(each),
                each.event_id,
                each.data.get("registered_in"),
                said.get("document") if agrees else None,
                _number(said.get("score")) if agrees else None,
            )
    columns = (
        *("consents", "rule_of", "step", "kind", "reached_on", "reached_id"),
        *("registered_in", "document", "score"),
    )
    return Table("step", ("case_id", "step_id"), columns, rows)


def _requests(counting: Mapping[UUID, list[Sent]]) -> Table:
    """One row a paper that was asked for."""
    rows: dict[Row, Row] = {}
    for case, events in counting.items():
        agrees, released = _agrees(events), _released_by(events)
        about = {
            (each.type, each.data["request_id"]): each for each in events if each.data.get("request_id") is not None
        }
        for asked in (each for each in events if each.type == "DocumentRequested"):
            said = {**released.get(asked.event["id"], {}), **asked.data}
            came, ended = (
                about.get((kind, asked.data["request_id"])) for kind in ("StepReached", "DocumentRequestEnded")
            )
            rows[case, UUID(asked.data["request_id"])] = (
                agrees,
                asked.data["rule"]["insats"],
                asked.data["step"],
                _happened(asked),
                asked.event_id,
                None if came is None else _happened(came),
                None if ended is None else _happened(ended),
                None if came is None else (_happened(came) - _happened(asked)).days,
                *(said.get(name) if agrees else None for name in ("document", "asked_of")),
            )
    columns = (
        *("consents", "rule_of", "step", "asked_on", "asked_id", "received_on", "ended_on", "waited_days"),
        *("document", "asked_of"),
    )
    return Table("document_request", ("case_id", "request_id"), columns, rows)


def _released_by(events: Iterable[Sent]) -> dict[str, Json]:
    """What was released later, by the event that had left it out."""
    return {each.data["event_id"]: each.data for each in events if each.type == "PlanningDetailsReleased"}


def _groups(counting: Mapping[UUID, list[Sent]]) -> Iterator[Table]:
    """Seats in groups, who came to their sessions, the groups and their sessions."""
    seats = _things(counting, ("GroupEnrolled", "GroupEnrolmentEnded"), "enrolment_id")
    yield Table(
        "enrolment",
        ("case_id", "enrolment_id"),
        ("insats", "group_id", "enrolled_on", "starts_on", "ended_on", "outcome"),
        {place: _seat(latest) for place, latest in seats.items() if "GroupEnrolled" in latest},
    )
    yield _session_attendance(counting)
    yield Table(
        "course_group",
        ("case_id",),
        ("insats", "seats", "starts_on", "ends_on", "cancelled_on"),
        {
            (stream,): _group(_latest(events))
            for stream, events in counting.items()
            if any(each.type == "GroupDeclared" for each in events)
        },
    )
    sessions: dict[Row, dict[str, Sent]] = {}
    for stream, events in counting.items():
        for each in (each for each in events if each.type in _OF_SESSION):
            sessions.setdefault((stream, date.fromisoformat(each.data["session_on"])), {})[each.type] = each
    columns = ("insats", "held_on", "cancelled_on", "seats", "enrolled")
    rows = {key: _session(latest) for key, latest in sessions.items()}
    yield Table("group_session", ("case_id", "session_on"), columns, rows)


_OF_SESSION = ("GroupSessionHeld", "GroupSessionCancelled")


def _seat(latest: Latest) -> Row:
    begun = latest["GroupEnrolled"].data
    return (
        *(begun["insats"], UUID(begun["group_id"]), _day(latest, "GroupEnrolled")),
        date.fromisoformat(begun["starts_on"]),
        *(_day(latest, "GroupEnrolmentEnded"), _of(latest, "GroupEnrolmentEnded", "outcome")),
    )


def _group(latest: Latest) -> Row:
    said = latest["GroupDeclared"].data
    days = (date.fromisoformat(said[name]) for name in ("starts_on", "ends_on"))
    return said["insats"], said["seats"], *days, _lasting(latest, "GroupCancelled", "GroupDeclared")


def _session(latest: Latest) -> Row:
    held = latest.get("GroupSessionHeld")
    said = held or latest["GroupSessionCancelled"]
    return (
        said.data["insats"],
        _lasting(latest, *_OF_SESSION),
        _lasting(latest, *reversed(_OF_SESSION)),
        *((None, None) if held is None else (held.data["seats"], held.data["enrolled"])),
    )


def _lasting(latest: Latest, one: str, undone_by: str) -> date | None:
    """The day of an event, unless what undoes it was registered later."""
    done, undone = latest.get(one), latest.get(undone_by)
    lasts = done is not None and (undone is None or undone.sequence < done.sequence)
    return _day(latest, one) if lasts else None


def _session_attendance(counting: Mapping[UUID, list[Sent]]) -> Table:
    """One row a session and person for whom attendance was recorded."""
    rows: dict[Row, Row] = {}
    for case, events in counting.items():
        agrees = _agrees(events)
        released = {each.data["event_id"]: each.data for each in events if each.type == "PlanningDetailsReleased"}
        for each in (each for each in events if each.type == "SessionAttendanceRecorded"):
            said = {**released.get(each.event["id"], {}), **each.data}
            key = (case, UUID(each.data["enrolment_id"]), date.fromisoformat(each.data["session_on"]))
            rows[key] = (agrees, each.event_id, said.get("attended") if agrees else None)
    columns = ("consents", "record_id", "attended")
    return Table("session_attendance", ("case_id", "enrolment_id", "session_on"), columns, rows)


def _number(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


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
    names = ("reason", "national_code", *_ANSWERS)
    said = (_of(latest, "PlanningDetailsReleased", name) for name in names)
    hours = (_of(latest, "PlanningDetailsReleased", name) for name in ("hours_offered", "hours_attended"))
    others = (_of(latest, "PlanningDetailsReleased", name) for name in (*_OF_LIVELIHOOD, "document", "asked_of"))
    score, attended = (_of(latest, "PlanningDetailsReleased", name) for name in ("score", "attended"))
    livelihood = _of(latest, "PlanningDetailsReleased", "livelihood")
    return *said, *map(_number, hours), *others, _number(score), attended, livelihood


def _hand_back(latest: Latest) -> Row:
    episode = _of(latest, "CaseHandedBack", "episode")
    return episode, _day(latest, "CaseHandedBack"), _day(latest, "HandBackAcknowledged")


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
