"""What reporting keeps of a case. Each kind of fact is declared once: from which events, by which key, which columns.

A row follows from the events of its case alone. From these declarations the SQL is made that folds events to facts
(:mod:`services.reporting.folds`); the same SQL is used live, in a rebuild, and for what was known at a moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from contracts.codes import ReturnedBy
from contracts.consent import INDIVIDUAL_FOLLOW_UP
from contracts.indicators import FactColumns

CASE_ID: Final = "case_id"


@dataclass(frozen=True)
class Key:
    """A part of a fact's key besides the case: a field of the events' data. ``missing``: its value where absent."""

    name: str
    kind: str
    missing: str | None = None


@dataclass(frozen=True)
class Day:
    """The day on which the latest event of a type happened; of several types, the first that is known."""

    name: str
    types: tuple[str, ...]


@dataclass(frozen=True)
class Value:
    """A field of the latest event of a type; of several types, the first whose event has it.

    ``path``: the field's name in the event's data; of a field within a field both names, as ``rule.insats``.
    ``kind``: its SQL type. ``otherwise``: where none has it.
    """

    name: str
    types: tuple[str, ...]
    path: str
    kind: str = "text"
    otherwise: "Value | Word | None" = None


@dataclass(frozen=True)
class Same:
    """A field that is the same in all events of one key. Should they differ all the same, the greatest counts."""

    name: str
    path: str
    kind: str = "text"


@dataclass(frozen=True)
class EventId:
    """The id of the latest event of a type."""

    name: str
    type: str


@dataclass(frozen=True)
class Word:
    """A constant word by type of event; of several types, the first that is known."""

    name: str
    words: Mapping[str, str]


@dataclass(frozen=True)
class Lasting:
    """The day of the latest event of a type, unless ``undone_by`` was registered after it. With ``path``: a field."""

    name: str
    type: str
    undone_by: str
    path: str | None = None


@dataclass(frozen=True)
class DaysBetween:
    """How many days after the latest event of one type the latest of another happened; none until both have."""

    name: str
    since: str
    until: str


Column: TypeAlias = Day | Value | Same | EventId | Word | Lasting | DaysBetween


@dataclass(frozen=True)
class Release:
    """Columns that the events left out, as the fact ``fact`` has them: those of the event whose id is in ``by``, or
    of the row whose column ``key`` has the value of ``by``."""

    fact: str
    by: str
    columns: Mapping[str, str]
    key: str = "event_id"


@dataclass(frozen=True)
class Fact:
    """One kind of fact.

    ``needs``: the column without which there is no row. ``with_consent``: columns that are empty unless the person
    consents, as the column ``consents`` says; ``unless``: columns that are empty once another one is not.
    ``latest_of_all``: only the latest event of all types is kept, and what happened last is the latest; otherwise
    the latest registered of each type. ``lists``: types of events that speak of several things, each with the field
    that lists them; an element's fields then stand as if they were the event's own. ``purpose``: of the events about
    consent only those about this use.
    """

    name: str
    key: tuple[Key, ...]
    types: tuple[str, ...]
    columns: tuple[Column, ...]
    needs: str | None = None
    with_consent: tuple[str, ...] = ()
    unless: Mapping[str, str] = field(default_factory=dict)
    released: tuple[Release, ...] = ()
    latest_of_all: bool = False
    lists: Mapping[str, str] = field(default_factory=dict)
    purpose: str | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        """All columns of the fact's table, the key first."""
        consents = ("consents",) if self.with_consent else ()
        return (
            CASE_ID,
            *(key.name for key in self.key),
            *consents,
            *(column.name for column in self.columns),
        )

    @property
    def column_kinds(self) -> Mapping[str, str]:
        """The SQL type of each column."""
        kinds = {CASE_ID: "uuid"} | {key.name: key.kind for key in self.key}
        if self.with_consent:
            kinds["consents"] = "boolean"
        return kinds | {column.name: _kind(column) for column in self.columns}

    @property
    def builds_on(self) -> frozenset[str]:
        """The other facts that its fold reads."""
        released = {each.fact for each in self.released}
        return frozenset(released | ({"consent"} if self.with_consent else set()))


def _kind(column: Column) -> str:
    match column:
        case Day() | Lasting(path=None):
            return "date"
        case Value(kind=kind) | Same(kind=kind):
            return kind
        case EventId():
            return "uuid"
        case DaysBetween():
            return "integer"
        case Word() | Lasting():
            return "text"


_FOLLOW_UP: Final = (
    "FollowUpScheduled",
    "FollowUpOpened",
    "FollowUpMissed",
    "FollowUpCompleted",
    "FollowUpSuperseded",
    "FollowUpReinstated",
    "FollowUpDetailsReleased",
    "FollowUpNotApplicable",
    "FollowUpAttempted",
)
_HELD: Final = ("FollowUpCompleted",)
_HELD_OR_RELEASED: Final = ("FollowUpCompleted", "FollowUpDetailsReleased")
_BOOKED: Final = ("TeamMeetingBooked", "MeetingBooked")
_MEETING_HELD: Final = ("TeamMeetingHeld", "MeetingHeld")
_PLANNED: Final = ("SamplanUpprättad", "SamplanReviderad", "PlanningDetailsReleased")
_TEAM_MEETING: Final = ("TeamMeetingHeld", "TeamMeetingBooked")

_EXIT_ANSWERS: Final[Mapping[str, str]] = {
    "destination": "text",
    "extent_percent": "smallint",
    "support": "text",
    "why": "text",
    "continued_planning": "boolean",
}
"""What is answered of an exit beside its reason and the benefits that are kept, by its SQL type."""

CONSENT: Final = Fact(
    name="consent",
    key=(Key("purpose", "text", INDIVIDUAL_FOLLOW_UP),),
    types=("ConsentGiven", "ConsentRefused", "ConsentWithdrawn"),
    columns=(
        Word("status", {"ConsentGiven": "given", "ConsentRefused": "refused", "ConsentWithdrawn": "withdrawn"}),
        Day("stated_on", ("ConsentGiven", "ConsentRefused", "ConsentWithdrawn")),
    ),
    latest_of_all=True,
)
"""One row a case and purpose: the latest answer, as contracts.consent has it."""

BACKGROUND: Final = Fact(
    name="background",
    key=(),
    types=("ConsentGiven",),
    columns=(
        Value("age", ("ConsentGiven",), "attributes.age", "numeric"),
        Value("education", ("ConsentGiven",), "attributes.education"),
        Value("public_support_years", ("ConsentGiven",), "attributes.public_support_years", "numeric"),
        Value("benefits", ("ConsentGiven",), "attributes.benefits", "jsonb"),
        Value("needs", ("ConsentGiven",), "attributes.needs", "jsonb"),
    ),
    with_consent=("age", "education", "public_support_years", "benefits", "needs"),
    purpose=INDIVIDUAL_FOLLOW_UP,
)
"""One row a case whose person has consented to individual follow-up: what was known at the referral."""

RELEASED: Final = Fact(
    name="released",
    key=(Key("event_id", "uuid"),),
    types=("PlanningDetailsReleased",),
    columns=(
        Value("reason", ("PlanningDetailsReleased",), "reason"),
        Value("national_code", ("PlanningDetailsReleased",), "national_code"),
        *(Value(name, ("PlanningDetailsReleased",), name, kind) for name, kind in _EXIT_ANSWERS.items()),
        Value("hours_offered", ("PlanningDetailsReleased",), "hours_offered", "numeric"),
        Value("hours_attended", ("PlanningDetailsReleased",), "hours_attended", "numeric"),
        Value("document", ("PlanningDetailsReleased",), "document"),
        Value("asked_of", ("PlanningDetailsReleased",), "asked_of"),
        Value("score", ("PlanningDetailsReleased",), "score", "numeric"),
        Value("attended", ("PlanningDetailsReleased",), "attended", "boolean"),
        *(Value(name, ("PlanningDetailsReleased",), name) for name in ("employer", "benefit", "status")),
        Value("livelihood", ("PlanningDetailsReleased",), "livelihood", "jsonb"),
    ),
)
"""One row an event of planning whose details were released later."""

REFERRAL: Final = Fact(
    name="referral",
    key=(),
    types=("ReferralReceived", "ReferralAccepted", "ReferralReturned", "InsatsStarted"),
    columns=(
        Value("person_id", ("ReferralReceived",), "person_id", "uuid"),
        Value("insats", ("ReferralReceived", "InsatsStarted"), "insats"),
        Value("sex", ("ReferralReceived",), "sex"),
        Value("agency", ("ReferralReceived",), "agency"),
        Value("unit_kind", ("ReferralReceived",), "unit_kind"),
        Day("referred_on", ("ReferralReceived",)),
        Day("accepted_on", ("ReferralAccepted",)),
        Day("returned_on", ("ReferralReturned",)),
        Value("return_reason", ("ReferralReturned",), "reason"),
        Day("started_on", ("InsatsStarted",)),
        Value(
            "returned_by",
            ("ReferralReturned",),
            "by",
            otherwise=Word("returned_by", {"ReferralReturned": ReturnedBy.INSATS}),
        ),
        Value("return_stage", ("ReferralReturned",), "stage"),
        Day("ended_on", ("InsatsStarted", "ReferralReturned")),
    ),
    with_consent=("return_reason",),
    unless=dict.fromkeys(("returned_on", "return_reason", "returned_by", "return_stage"), "started_on"),
)
"""One row a case. A case that was started was not returned: a return appended meanwhile, by a service that did not
know of the start yet, does not count. ``ended_on``: the day on which it no longer waited, because the person
started or because it ended otherwise."""

PARTICIPATION: Final = Fact(
    name="participation",
    key=(Key("episode", "integer", "1"),),
    types=("InsatsStarted", "CaseReopened", "ParticipantExited"),
    columns=(
        Day("started_on", ("InsatsStarted", "CaseReopened")),
        Day("exited_on", ("ParticipantExited",)),
        EventId("exit_id", "ParticipantExited"),
        Value("exit_reason", ("ParticipantExited",), "reason"),
        Value("national_code", ("ParticipantExited",), "national_code"),
        *(Value(name, ("ParticipantExited",), name, kind) for name, kind in _EXIT_ANSWERS.items()),
        Value("livelihood", ("ParticipantExited",), "livelihood", "jsonb"),
    ),
    with_consent=("exit_reason", "national_code", *_EXIT_ANSWERS, "livelihood"),
    released=(
        Release(
            "released",
            "exit_id",
            {
                "exit_reason": "reason",
                "national_code": "national_code",
                **{name: name for name in (*_EXIT_ANSWERS, "livelihood")},
            },
        ),
    ),
)
"""One row a stay: the first from the start, each later one from a reopening, with the exit that ended it."""

HAND_BACK: Final = Fact(
    name="hand_back",
    key=(Key("hand_back_id", "uuid"),),
    types=("CaseHandedBack", "HandBackAcknowledged"),
    columns=(
        Value("episode", ("CaseHandedBack",), "episode", "integer"),
        Day("handed_back_on", ("CaseHandedBack",)),
        Day("acknowledged_on", ("HandBackAcknowledged",)),
    ),
    needs="handed_back_on",
)
"""One row each time a case went back to its referrer when the participant left. One that was taken back has none,
also where it had been acknowledged."""

MEETING: Final = Fact(
    name="meeting",
    key=(Key("meeting_id", "uuid"),),
    types=(*_BOOKED, *_MEETING_HELD, "MeetingCancelled"),
    columns=(
        Value("team", _TEAM_MEETING, "team"),
        Value("kind", ("MeetingHeld", "MeetingBooked"), "kind"),
        Value("meets_on", _BOOKED, "meets_on", "date"),
        Value("starts_at", _BOOKED, "starts_at", "time"),
        Value("mode", (*_MEETING_HELD, *_BOOKED), "mode"),
        Day("booked_on", _BOOKED),
        Day("held_on", _MEETING_HELD),
        Day("cancelled_on", ("MeetingCancelled",)),
        Value("cancel_reason", ("MeetingCancelled",), "reason"),
    ),
)
"""One row a meeting, known from its booking or from having been held, whichever came first. ``team`` is that of a
team's meeting, ``kind`` that of any other."""

SAMPLAN: Final = Fact(
    name="samplan",
    key=(Key("samplan_id", "uuid"),),
    types=("SamplanUpprättad", "SamplanReviderad"),
    columns=(
        Value("insats", ("SamplanUpprättad",), "insats"),
        Day("made_on", ("SamplanUpprättad",)),
        Value("version", ("SamplanReviderad",), "version", "integer"),
        Day("revised_on", ("SamplanReviderad",)),
    ),
    needs="made_on",
)
"""One row a plan. ``version`` and ``revised_on`` are those of its last revision."""

FOLLOW_UP: Final = Fact(
    name="follow_up",
    key=(Key("follow_up_id", "uuid"),),
    types=_FOLLOW_UP,
    columns=(
        Same("point", "point"),
        Same("anchor", "anchor", "uuid"),
        Same("months", "months", "smallint"),
        Same("due_on", "due_on", "date"),
        Day("opened_on", ("FollowUpOpened",)),
        Day("missed_on", ("FollowUpMissed",)),
        Day("completed_on", _HELD),
        Value("timeliness", _HELD, "timeliness"),
        Value("result", _HELD_OR_RELEASED, "result"),
        Value("reason", _HELD_OR_RELEASED, "reason"),
        Lasting("superseded_on", "FollowUpSuperseded", "FollowUpReinstated"),
        Lasting("cause", "FollowUpSuperseded", "FollowUpReinstated", "cause"),
        Value("insats", ("FollowUpScheduled",), "rule.insats"),
        Day("decided_on", ("FollowUpMissed", *_HELD)),
        Day("attempted_on", ("FollowUpAttempted",)),
        Day("not_applicable_on", ("FollowUpNotApplicable",)),
        Value("not_applicable_reason", ("FollowUpNotApplicable",), "reason"),
    ),
    with_consent=("result", "reason"),
)
"""One row a follow-up. A miss stays when the follow-up is held later. ``decided_on``: the day on which it was clear
whether it was held within its window: it counts as missed from then on, or was held. ``attempted_on``: the last time
that somebody tried and it was not held."""

ACTIVITY_FINDING: Final = Fact(
    name="activity_finding",
    key=(Key("follow_up_id", "uuid"), Key("activity_id", "uuid")),
    types=_HELD_OR_RELEASED,
    columns=(
        Same("months", "months", "smallint"),
        Day("held_on", _HELD),
        Value("outcome", _HELD_OR_RELEASED, "outcome"),
    ),
    with_consent=("outcome",),
    released=(Release("follow_up", "follow_up_id", {"held_on": "completed_on"}, key="follow_up_id"),),
    lists={"FollowUpCompleted": "activities", "FollowUpDetailsReleased": "activities"},
)
"""One row an activity that a follow-up asked about. Without consent it asks about none that is told; once the person
consents, the row has the day on which the follow-up was held."""

SUPPORT: Final = Fact(
    name="support",
    key=(Key("support_id", "uuid"),),
    types=("LotsAssigned", "SupportAssigned", "SupportEnded"),
    columns=(
        Value("role", ("SupportAssigned",), "role", otherwise=Word("role", {"LotsAssigned": "lots"})),
        Value(
            "worker_id", ("SupportAssigned",), "worker_id", otherwise=Value("worker_id", ("LotsAssigned",), "lots_id")
        ),
        Day("assigned_on", ("LotsAssigned", "SupportAssigned")),
        Day("ended_on", ("SupportEnded",)),
        Value("end_reason", ("SupportEnded",), "reason"),
    ),
    needs="assigned_on",
)
"""One row a support: of a lots, or of somebody in another role, from the day it began to its last day."""

ACTIVITY: Final = Fact(
    name="activity",
    key=(Key("activity_id", "uuid"),),
    types=(
        *_PLANNED,
        *("ActivityStarted", "ActivityCompleted", "ActivityCancelled", "ActivityBlocked", "ActivityUnblocked"),
    ),
    columns=(
        Value("samplan_id", _PLANNED[:2], "samplan_id", "uuid"),
        Value("kind", _PLANNED, "kind"),
        Value("responsible", _PLANNED[:2], "responsible"),
        Day("planned_on", _PLANNED[:2]),
        Day("started_on", ("ActivityStarted",)),
        Day("completed_on", ("ActivityCompleted",)),
        Value("extent", ("ActivityCompleted",), "extent"),
        Day("cancelled_on", ("ActivityCancelled",)),
        EventId("cancelled_id", "ActivityCancelled"),
        Value("cancel_reason", ("ActivityCancelled",), "reason"),
        Day("blocked_on", ("ActivityBlocked",)),
        EventId("blocked_id", "ActivityBlocked"),
        Value("blocked_reason", ("ActivityBlocked",), "reason"),
        Day("unblocked_on", ("ActivityUnblocked",)),
    ),
    needs="planned_on",
    with_consent=("kind", "cancel_reason", "blocked_reason"),
    released=(
        Release("released", "cancelled_id", {"cancel_reason": "reason"}),
        Release("released", "blocked_id", {"blocked_reason": "reason"}),
    ),
    lists={"SamplanUpprättad": "activities", "SamplanReviderad": "added", "PlanningDetailsReleased": "activities"},
)
"""One row an activity of a samplan, from the plan that brought it to how it ended. What it is about, and why it was
cancelled or waits, is known with consent only. ``blocked_on`` and ``unblocked_on``: the last time of each."""

ATTENDANCE: Final = Fact(
    name="attendance",
    key=(Key("activity_id", "uuid"), Key("from_on", "date")),
    types=("AttendanceRecorded",),
    columns=(
        Day("to_on", ("AttendanceRecorded",)),
        EventId("record_id", "AttendanceRecorded"),
        Value("weeks", ("AttendanceRecorded",), "weeks", "integer"),
        Value("hours_offered", ("AttendanceRecorded",), "hours_offered", "numeric"),
        Value("hours_attended", ("AttendanceRecorded",), "hours_attended", "numeric"),
    ),
    with_consent=("hours_offered", "hours_attended"),
    released=(
        Release("released", "record_id", {"hours_offered": "hours_offered", "hours_attended": "hours_attended"}),
    ),
)
"""One row a period of an activity for which attendance was recorded."""

EMPLOYMENT: Final = Fact(
    name="employment",
    key=(Key("decision_id", "uuid"),),
    types=("EmploymentDecided",),
    columns=(
        EventId("told_by", "EmploymentDecided"),
        Day("decided_on", ("EmploymentDecided",)),
        Value("prolongs", ("EmploymentDecided",), "prolongs", "boolean"),
        Value("from_on", ("EmploymentDecided",), "from_on", "date"),
        Value("until_on", ("EmploymentDecided",), "until_on", "date"),
        Value("kom_i_jobb", ("EmploymentDecided",), "kom_i_jobb", "boolean"),
        Value("support", ("EmploymentDecided",), "support"),
        Value("extent_percent", ("EmploymentDecided",), "extent_percent", "smallint"),
        Value("employer", ("EmploymentDecided",), "employer"),
    ),
    with_consent=("kom_i_jobb", "support", "extent_percent", "employer"),
    released=(
        Release(
            "released", "told_by", {"support": "support", "extent_percent": "extent_percent", "employer": "employer"}
        ),
    ),
)
"""One row a decision about an employment: that it begins, or goes on."""

BENEFIT: Final = Fact(
    name="benefit",
    key=(Key("decision_id", "uuid"),),
    types=("BenefitDecided",),
    columns=(
        EventId("told_by", "BenefitDecided"),
        Day("decided_on", ("BenefitDecided",)),
        Value("benefit", ("BenefitDecided",), "benefit"),
        Value("status", ("BenefitDecided",), "status"),
        Value("extent_percent", ("BenefitDecided",), "extent_percent", "smallint"),
    ),
    with_consent=("benefit", "status", "extent_percent"),
    released=(
        Release(
            "released", "told_by", {"benefit": "benefit", "status": "status", "extent_percent": "extent_percent"}
        ),
    ),
)
"""One row each time a benefit was applied for, granted or refused."""

AFTER_SUPPORT: Final = Fact(
    name="after_support",
    key=(Key("episode", "integer"),),
    types=("AfterSupportBegun", "AfterSupportEnded"),
    columns=(Day("begun_on", ("AfterSupportBegun",)), Day("ended_on", ("AfterSupportEnded",))),
    needs="begun_on",
)
"""One row a participation after which support was given."""

STEP: Final = Fact(
    name="step",
    key=(Key("step_id", "uuid"),),
    types=("StepReached",),
    columns=(
        Value("rule_of", ("StepReached",), "rule.insats"),
        Value("step", ("StepReached",), "step"),
        Value("kind", ("StepReached",), "kind"),
        Day("reached_on", ("StepReached",)),
        EventId("reached_id", "StepReached"),
        Value("registered_in", ("StepReached",), "registered_in"),
        Value("document", ("StepReached",), "document"),
        Value("score", ("StepReached",), "score", "numeric"),
    ),
    with_consent=("document", "score"),
    released=(Release("released", "reached_id", {"document": "document", "score": "score"}),),
)
"""One row each time a step of an insats or a form of plan (``rule_of``) was reached. What questions led to is in no
event: that they were asked is a row."""

DOCUMENT_REQUEST: Final = Fact(
    name="document_request",
    key=(Key("request_id", "uuid"),),
    types=("DocumentRequested", "StepReached", "DocumentRequestEnded"),
    columns=(
        Value("rule_of", ("DocumentRequested",), "rule.insats"),
        Value("step", ("DocumentRequested",), "step"),
        Day("asked_on", ("DocumentRequested",)),
        EventId("asked_id", "DocumentRequested"),
        Day("received_on", ("StepReached",)),
        Day("ended_on", ("DocumentRequestEnded",)),
        DaysBetween("waited_days", "DocumentRequested", "StepReached"),
        Value("document", ("DocumentRequested",), "document"),
        Value("asked_of", ("DocumentRequested",), "asked_of"),
    ),
    needs="asked_on",
    with_consent=("document", "asked_of"),
    released=(Release("released", "asked_id", {"document": "document", "asked_of": "asked_of"}),),
)
"""One row a paper that was asked for, until it came or was awaited no longer. A paper that nobody asked for, and one
whose request was taken back, has none."""

ENROLMENT: Final = Fact(
    name="enrolment",
    key=(Key("enrolment_id", "uuid"),),
    types=("GroupEnrolled", "GroupEnrolmentEnded"),
    columns=(
        Value("insats", ("GroupEnrolled",), "insats"),
        Value("group_id", ("GroupEnrolled",), "group_id", "uuid"),
        Day("enrolled_on", ("GroupEnrolled",)),
        Value("starts_on", ("GroupEnrolled",), "starts_on", "date"),
        Day("ended_on", ("GroupEnrolmentEnded",)),
        Value("outcome", ("GroupEnrolmentEnded",), "outcome"),
    ),
    needs="enrolled_on",
)
"""One row a seat in a group or course, from the day it was given to how it ended. ``starts_on``: the first session
that the person could come to, as it was declared when they were enrolled."""

SESSION_ATTENDANCE: Final = Fact(
    name="session_attendance",
    key=(Key("enrolment_id", "uuid"), Key("session_on", "date")),
    types=("SessionAttendanceRecorded",),
    columns=(
        EventId("record_id", "SessionAttendanceRecorded"),
        Value("attended", ("SessionAttendanceRecorded",), "attended", "boolean"),
    ),
    with_consent=("attended",),
    released=(Release("released", "record_id", {"attended": "attended"}),),
)
"""One row a session and person for whom it was recorded whether they came; whether they did is known with consent
only."""

TEAM_SESSION: Final = Fact(
    name="team_session",
    key=(),
    types=("CapacityDeclared", "CapacityWithdrawn"),
    columns=(
        Value("insats", ("CapacityDeclared",), "insats"),
        Value("team", ("CapacityDeclared",), "resource"),
        Value("meets_on", ("CapacityDeclared",), "meets_on", "date"),
        Value("seats", ("CapacityDeclared",), "seats", "integer"),
        Value("reserved", ("CapacityDeclared",), "reserved", "integer"),
        Value("extra", ("CapacityDeclared",), "extra", "boolean"),
        Lasting("withdrawn_on", "CapacityWithdrawn", "CapacityDeclared"),
    ),
    needs="meets_on",
)
"""One row a session of a team, as it was declared last. Its stream is no case: ``case_id`` is its own id."""

COMPLETION: Final = Fact(
    name="completion",
    key=(Key("completion_id", "uuid"),),
    types=("CompletionRequested", "CompletionReceived"),
    columns=(
        Day("asked_on", ("CompletionRequested",)),
        Value("asked_of", ("CompletionRequested",), "asked_of"),
        Day("received_on", ("CompletionReceived",)),
    ),
    needs="asked_on",
)
"""One row each time a referral lacked something that was asked for."""

COURSE_GROUP: Final = Fact(
    name="course_group",
    key=(),
    types=("GroupDeclared", "GroupCancelled"),
    columns=(
        Value("insats", ("GroupDeclared",), "insats"),
        Value("seats", ("GroupDeclared",), "seats", "integer"),
        Value("starts_on", ("GroupDeclared",), "starts_on", "date"),
        Value("ends_on", ("GroupDeclared",), "ends_on", "date"),
        Lasting("cancelled_on", "GroupCancelled", "GroupDeclared"),
    ),
    needs="starts_on",
)
"""One row a group or course, as it was declared last. Its stream is no case: ``case_id`` is the group's own id."""

GROUP_SESSION: Final = Fact(
    name="group_session",
    key=(Key("session_on", "date"),),
    types=("GroupSessionHeld", "GroupSessionCancelled"),
    columns=(
        Value("insats", ("GroupSessionHeld", "GroupSessionCancelled"), "insats"),
        Lasting("held_on", "GroupSessionHeld", "GroupSessionCancelled"),
        Lasting("cancelled_on", "GroupSessionCancelled", "GroupSessionHeld"),
        Value("seats", ("GroupSessionHeld",), "seats", "integer"),
        Value("enrolled", ("GroupSessionHeld",), "enrolled", "integer"),
    ),
)
"""One row a session of a group that was held, or is not. ``seats`` and ``enrolled``: the group's seats on its day,
and how many of them somebody had."""

CONSULTATION: Final = Fact(
    name="consultation",
    key=(),
    types=("ConsultationHeld",),
    columns=(
        Value("insats", ("ConsultationHeld",), "insats"),
        Day("held_on", ("ConsultationHeld",)),
        Value("asker", ("ConsultationHeld",), "asker"),
        Value("forum", ("ConsultationHeld",), "forum"),
        Value("topic", ("ConsultationHeld",), "topic"),
        Value("led_to", ("ConsultationHeld",), "led_to"),
    ),
)
"""One row a consultation. Its stream is no case: ``case_id`` is the consultation's own id."""

CALL: Final = Fact(
    name="call",
    key=(Key("call_id", "uuid"),),
    types=("MeetingCalled", "CalledMeetingHeld", "CoordinatedPlanMade", "CallWithdrawn"),
    columns=(
        Value("form", ("MeetingCalled",), "rule.insats"),
        Value("initiator", ("MeetingCalled",), "initiator"),
        Day("called_on", ("MeetingCalled",)),
        Day("met_on", ("CalledMeetingHeld",)),
        Value("coordinator_present", ("CalledMeetingHeld",), "coordinator_present", "boolean"),
        Day("planned_on", ("CoordinatedPlanMade",)),
        Day("withdrawn_on", ("CallWithdrawn",)),
        Value("withdrawn_reason", ("CallWithdrawn",), "reason"),
    ),
    needs="called_on",
)
"""One row a call to a coordinated plan, with its last meeting and the plan that came of it."""

TIME_LIMIT: Final = Fact(
    name="time_limit",
    key=(Key("deadline_id", "uuid"),),
    types=("DeadlineSet", "DeadlineMet", "DeadlinePassed"),
    columns=(
        Value("rule_of", ("DeadlineSet",), "rule.insats"),
        Same("clock", "clock"),
        Same("party", "party"),
        Day("set_on", ("DeadlineSet",)),
        Value("limit_on", ("DeadlineSet",), "limit_on", "date"),
        Day("met_on", ("DeadlineMet",)),
        Day("passed_on", ("DeadlinePassed",)),
    ),
    needs="set_on",
)
"""One row a time limit by a clock of an insats or of a form of plan (``rule_of``); of a call, one for each party."""

PUT_FORWARD: Final = Fact(
    name="put_forward",
    key=(),
    types=("PersonPutForward",),
    columns=(
        Value("insats", ("PersonPutForward",), "insats"),
        Day("put_forward_on", ("PersonPutForward",)),
        Value("put_by", ("PersonPutForward",), "by"),
        Value("led_to", ("PersonPutForward",), "led_to"),
    ),
)
"""One row each time somebody was put forward in a group. Its stream is no case: ``case_id`` is its own id."""

SURVEY_ANSWER: Final = Fact(
    name="survey_answer",
    key=(Key("question", "text"),),
    types=("SurveyAnswered",),
    columns=(
        Value("survey", ("SurveyAnswered",), "survey"),
        Value("respondents", ("SurveyAnswered",), "respondents"),
        Value("insats", ("SurveyAnswered",), "insats"),
        Value("sex", ("SurveyAnswered",), "sex"),
        Value("answer", ("SurveyAnswered",), "answer"),
        Day("answered_on", ("SurveyAnswered",)),
    ),
    lists={"SurveyAnswered": "answers"},
)
"""One row a question that somebody was asked in a survey. ``case_id`` is the questionnaire's stream, no case."""

DEVIATION: Final = Fact(
    name="deviation",
    key=(),
    types=("DeviationReported", "DeviationClosed"),
    columns=(
        Value("area", ("DeviationReported",), "area"),
        Value("kind", ("DeviationReported",), "kind"),
        Value("member", ("DeviationReported",), "member"),
        Value("unit", ("DeviationReported",), "unit"),
        Value("insats", ("DeviationReported",), "insats"),
        Day("occurred_on", ("DeviationReported",)),
        Day("closed_on", ("DeviationClosed",)),
        Value("measure", ("DeviationClosed",), "measure"),
    ),
    needs="occurred_on",
)
"""One row a deviation. Its stream is no case: ``case_id`` is the deviation's own id."""

FACTS: Final = (
    CONSENT,
    BACKGROUND,
    RELEASED,
    REFERRAL,
    PARTICIPATION,
    HAND_BACK,
    MEETING,
    SAMPLAN,
    FOLLOW_UP,
    ACTIVITY_FINDING,
    SUPPORT,
    ACTIVITY,
    ATTENDANCE,
    EMPLOYMENT,
    BENEFIT,
    AFTER_SUPPORT,
    STEP,
    DOCUMENT_REQUEST,
    ENROLMENT,
    SESSION_ATTENDANCE,
    TEAM_SESSION,
    COMPLETION,
    COURSE_GROUP,
    GROUP_SESSION,
    CONSULTATION,
    PUT_FORWARD,
    CALL,
    TIME_LIMIT,
    SURVEY_ANSWER,
    DEVIATION,
)
"""All kinds of facts, those that others build on first."""

COLUMNS: Final[Mapping[str, FactColumns]] = {
    fact.name: FactColumns(fact.column_kinds, one_per_case=not fact.key) for fact in FACTS
}
"""What declarations of indicators may name."""
