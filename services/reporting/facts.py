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

    ``path``: the field's name in the event's data. ``kind``: its SQL type. ``otherwise``: where none has it.
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


Column: TypeAlias = Day | Value | Same | EventId | Word | Lasting


@dataclass(frozen=True)
class Release:
    """Columns that an event left out for want of consent, as the fact ``fact`` has them, found by event id."""

    fact: str
    by: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Fact:
    """One kind of fact.

    ``needs``: the column without which there is no row. ``with_consent``: columns that are empty unless the person
    consents, as the column ``consents`` says; ``unless``: columns that are empty once another one is not.
    ``latest_of_all``: only the latest event of all types is kept, and what happened last is the latest; otherwise
    the latest registered of each type.
    """

    name: str
    key: tuple[Key, ...]
    types: tuple[str, ...]
    columns: tuple[Column, ...]
    needs: str | None = None
    with_consent: tuple[str, ...] = ()
    unless: Mapping[str, str] = field(default_factory=dict)
    released: Release | None = None
    latest_of_all: bool = False

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
        released = {self.released.fact} if self.released else set()
        return frozenset(released | ({"consent"} if self.with_consent else set()))


def _kind(column: Column) -> str:
    match column:
        case Day() | Lasting(path=None):
            return "date"
        case Value(kind=kind) | Same(kind=kind):
            return kind
        case EventId():
            return "uuid"
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
)
_HELD: Final = ("FollowUpCompleted",)
_HELD_OR_RELEASED: Final = ("FollowUpCompleted", "FollowUpDetailsReleased")
_BOOKED: Final = ("TeamMeetingBooked", "MeetingBooked")
_MEETING_HELD: Final = ("TeamMeetingHeld", "MeetingHeld")
_TEAM_MEETING: Final = ("TeamMeetingHeld", "TeamMeetingBooked")

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

RELEASED: Final = Fact(
    name="released",
    key=(Key("event_id", "uuid"),),
    types=("PlanningDetailsReleased",),
    columns=(
        Value("reason", ("PlanningDetailsReleased",), "reason"),
        Value("national_code", ("PlanningDetailsReleased",), "national_code"),
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
    ),
    with_consent=("return_reason",),
    unless=dict.fromkeys(("returned_on", "return_reason", "returned_by", "return_stage"), "started_on"),
)
"""One row a case. A case that was started was not returned: a return appended meanwhile, by a service that did not
know of the start yet, does not count."""

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
    ),
    with_consent=("exit_reason", "national_code"),
    released=Release("released", "exit_id", {"exit_reason": "reason", "national_code": "national_code"}),
)
"""One row a stay: the first from the start, each later one from a reopening, with the exit that ended it."""

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
    ),
    with_consent=("result", "reason"),
)
"""One row a follow-up. A miss stays when the follow-up is held later."""

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

FACTS: Final = (
    CONSENT,
    RELEASED,
    REFERRAL,
    PARTICIPATION,
    MEETING,
    SAMPLAN,
    FOLLOW_UP,
    SUPPORT,
    CONSULTATION,
    PUT_FORWARD,
)
"""All kinds of facts, those that others build on first."""

COLUMNS: Final[Mapping[str, FactColumns]] = {
    fact.name: FactColumns(fact.column_kinds, one_per_case=not fact.key) for fact in FACTS
}
"""What declarations of indicators may name."""
