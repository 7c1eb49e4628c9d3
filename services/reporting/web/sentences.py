"""Each fact about a case as a Swedish sentence, in the words case workers use. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias, assert_never
from uuid import UUID

from contracts.catalogue import AGENCIES, INSATSER, OWN_KINDS, Rule
from contracts.catalogue.vocabulary import return_reason_label, word_label
from contracts.codes import Education, NationalExitCode, ReturnedBy, Timeliness
from contracts.corrections import CORRECTIONS, RegisteredInError
from contracts.envelope import Fact
from contracts.followup import (
    FOLLOWUP_FACTS,
    ActivityFinding,
    DeadlineMet,
    DeadlinePassed,
    DeadlineSet,
    FollowUpCompleted,
    FollowUpDetailsReleased,
    FollowUpFact,
    FollowUpMissed,
    FollowUpOpened,
    FollowUpReinstated,
    FollowUpScheduled,
    FollowUpSuperseded,
)
from contracts.labels import event_label, label
from contracts.planning import (
    PLANNING_FACTS,
    ActivityCompleted,
    ActivityStarted,
    CaseReopened,
    InsatsStarted,
    LotsAssigned,
    MeetingBooked,
    MeetingCancelled,
    MeetingHeld,
    ParticipantExited,
    PlannedActivity,
    PlanningDetailsReleased,
    PlanningEnded,
    SamplanReviderad,
    SamplanUpprättad,
    SupportAssigned,
    SupportEnded,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.referral import (
    REFERRAL_FACTS,
    Attributes,
    CompletionReceived,
    CompletionRequested,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    PersonForgotten,
    ReferralReceived,
    ReferralReturned,
    ReferrerChanged,
    RuleRef,
    WaitingPersonContacted,
)
from services.chassis.pages import swedish_date

CASE_FACTS: Final = frozenset((*REFERRAL_FACTS, *PLANNING_FACTS, *FOLLOWUP_FACTS, *CORRECTIONS))
"""The types of facts a case can have."""

# What each activity of the case's samplaner is; later facts speak of them by id only.
Activities: TypeAlias = Mapping[UUID, PlannedActivity]


@dataclass(frozen=True)
class Context:
    """What else is known of the case: facts speak by id or code of what other facts and the catalogue name.

    ``rule``: the version of the insats' rule it follows; ``supports``: who supports, by support id; ``types``: the
    type of each event by its id.
    """

    activities: Activities = field(default_factory=dict)
    rule: Rule | None = None
    supports: Mapping[UUID, str] = field(default_factory=dict)
    types: Mapping[UUID, str] = field(default_factory=dict)


WITHOUT_CONSENT = "utan samtycke"


class Weight(StrEnum):
    """How a sentence stands out among the others."""

    STEP = "step"
    MILESTONE = "milestone"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Sentence:
    """What happened, with what there is to add."""

    text: str
    details: tuple[str, ...] = ()
    weight: Weight = Weight.STEP


def sentence(fact: Fact, context: Context) -> Sentence:
    """The fact in words; its type's label for one that has no sentence of its own."""
    for part in (
        _of_referral,
        _of_meetings,
        _of_participation,
        _of_plan,
        _of_support,
        _of_deadlines,
        _of_corrections,
    ):
        if (spoken := part(fact, context)) is not None:
            return spoken
    if isinstance(fact, FollowUpFact):
        return _of_followup(fact, context)
    return Sentence(f"{event_label(fact.wire_name())}.")


def _of_referral(fact: Fact, _context: Context) -> Sentence | None:
    match fact:
        case ReferralReceived():
            text = f"Anmälan till {insats_name(fact.insats)} kom in från {unit_name(fact.agency, fact.unit)}."
            return Sentence(text, (f"Kön enligt anmälan: {label(fact.sex)}.",), Weight.MILESTONE)
        case ConsentGiven():
            guardian = ("Vårdnadshavaren samtycker också.",) if fact.guardian else ()
            text = f"Samtycke till {_purpose(fact.purpose)} lämnat."
            return Sentence(text, (*guardian, *_background(fact.attributes)))
        case ConsentRefused(purpose="individual_follow_up"):
            return Sentence("Samtycker inte till individuell uppföljning. Deltar ändå och räknas som utan samtycke.")
        case ConsentWithdrawn(purpose="individual_follow_up"):
            return Sentence("Samtycket till individuell uppföljning återkallat. Räknas nu som utan samtycke.")
        case ConsentRefused():
            return Sentence(f"Samtycker inte till {_purpose(fact.purpose)}.")
        case ConsentWithdrawn():
            return Sentence(f"Samtycket till {_purpose(fact.purpose)} återkallat.")
        case CompletionRequested() | CompletionReceived() | ReferrerChanged() | WaitingPersonContacted():
            return _while_it_waits(fact)
        case ReferralReturned():
            reason = return_reason_label(fact.reason) if fact.reason else WITHOUT_CONSENT
            text = f"{_RETURNED[fact.returned_by]} Orsak: {reason}."
            return Sentence(text, (f"{_capital(label(fact.stage))}.",), Weight.MILESTONE)
        case PersonForgotten():
            return Sentence("Personen avidentifierad: namn, personnummer och kontaktuppgifter är raderade.")
        case _:
            return None


def _while_it_waits(
    fact: CompletionRequested | CompletionReceived | ReferrerChanged | WaitingPersonContacted,
) -> Sentence:
    match fact:
        case CompletionRequested():
            missing = ", ".join(word_label("missing_things", each) for each in fact.what)
            of = word_label("asked_for_completion", fact.asked_of)
            return Sentence("Komplettering begärd.", (f"Saknas: {missing}.", f"Frågad: {of}."))
        case CompletionReceived():
            return Sentence("Kompletteringen har kommit in.")
        case WaitingPersonContacted():
            how = word_label("contact_channels", fact.channel)
            return Sentence("Kontakt med personen." if fact.reached else "Försökte nå personen.", (f"Hur: {how}.",))
        case ReferrerChanged():
            return Sentence("Remittenten bytt.", (f"{_capital(label(fact.cause))}.",))
    assert_never(fact)


_RETURNED: Final[Mapping[ReturnedBy, str]] = {
    ReturnedBy.INSATS: "Anmälan återremitterad till anmälaren.",
    ReturnedBy.REFERRER: "Anmälan återtagen av anmälaren.",
    ReturnedBy.PARTICIPANT: "Personen tackade nej.",
    ReturnedBy.EXPIRY: "Anmälan gick ut.",
}


def _of_meetings(fact: Fact, context: Context) -> Sentence | None:
    match fact:
        case TeamMeetingBooked():
            when = f"{swedish_date(fact.meets_on)} kl. {fact.starts_at:%H.%M}"
            return Sentence(f"Team-möte bokat med {team_name(fact.team)} den {when} ({label(fact.mode)}).")
        case TeamMeetingHeld():
            return Sentence(f"Team-möte hållet med {team_name(fact.team)} ({label(fact.mode)}).")
        case MeetingBooked():
            hour = f" kl. {fact.starts_at:%H.%M}" if fact.starts_at else ""
            when = f"{swedish_date(fact.meets_on)}{hour}"
            return Sentence(f"Möte bokat den {when}{_meeting(fact.kind, context)} ({label(fact.mode)}).")
        case MeetingHeld():
            return Sentence(f"Möte hållet{_meeting(fact.kind, context)} ({label(fact.mode)}).")
        case MeetingCancelled():
            reason = f": {_CANCELLED[fact.reason]}" if fact.reason in _CANCELLED else ""
            return Sentence(f"Bokat möte inställt{reason}.")
        case _:
            return None


_CANCELLED: Final = {
    "called_off": "avbokat",
    "not_attended": "deltagaren kom inte",
    "participant_exited": "deltagaren har avslutat insatsen",
    "referral_returned": "anmälan har återremitterats",
}


def _of_participation(fact: Fact, _context: Context) -> Sentence | None:
    match fact:
        case InsatsStarted():
            return Sentence(f"Började i {insats_name(fact.insats)}.", weight=Weight.MILESTONE)
        case ParticipantExited():
            text = f"Avslutade {insats_name(fact.insats)}. Orsak: {_exit_reason(fact)}."
            return Sentence(text, weight=Weight.MILESTONE)
        case CaseReopened():
            return Sentence(f"Ärendet öppnat igen: deltagande nummer {fact.episode}.", weight=Weight.MILESTONE)
        case PlanningEnded():
            return Sentence("Planeringen avslutad, för anmälan återremitterades före start.")
        case _:
            return None


def _of_plan(fact: Fact, context: Context) -> Sentence | None:
    match fact:
        case SamplanUpprättad():
            listed = _in_a_row(activity_name(each) for each in fact.activities)
            text = f"Samplan upprättad med {_counted(len(fact.activities), 'aktivitet', 'aktiviteter')}: {listed}."
            return Sentence(text, weight=Weight.MILESTONE)
        case SamplanReviderad():
            return Sentence(f"Samplan ändrad (version {fact.version}).", _changes(fact, context))
        case ActivityStarted():
            return Sentence(f"Aktivitet påbörjad: {_activity(fact.activity_id, context)}.")
        case ActivityCompleted():
            what = _activity(fact.activity_id, context)
            return Sentence(f"Aktivitet {label(fact.extent)} genomförd: {what}.")
        case PlanningDetailsReleased():
            kinds = tuple(f"Aktivitet: {word_label('activity_kinds', each.kind)}." for each in fact.activities)
            reason = (f"Orsak: {word_label('exit_reasons', fact.reason)}.",) if fact.reason else ()
            return Sentence(f"{event_label(fact.wire_name())}.", (*kinds, *reason))
        case _:
            return None


def _of_support(fact: Fact, context: Context) -> Sentence | None:
    match fact:
        case LotsAssigned():
            return Sentence(f"Lots utsedd som stöd i planen: {fact.lots_id}.")
        case SupportAssigned():
            return Sentence(f"Stödperson utsedd: {fact.worker_id} ({_role(fact.role, context)}).")
        case SupportEnded():
            who = context.supports.get(fact.support_id)
            return Sentence(f"Stödet avslutat: {who}." if who else "Stödet avslutat.")
        case _:
            return None


def _of_deadlines(fact: Fact, context: Context) -> Sentence | None:
    match fact:
        case DeadlineSet():
            return Sentence(f"Tidsgräns: {_clock(fact.clock, context)}, till och med {swedish_date(fact.limit_on)}.")
        case DeadlineMet():
            return Sentence(f"Tidsgräns hållen: {_clock(fact.clock, context)}.")
        case DeadlinePassed():
            text = f"Tidsgräns passerad: {_clock(fact.clock, context)}, {swedish_date(fact.limit_on)}."
            return Sentence(text, weight=Weight.OVERDUE)
        case _:
            return None


def _of_corrections(fact: Fact, context: Context) -> Sentence | None:
    if not isinstance(fact, RegisteredInError):
        return None
    kind = context.types.get(fact.event_id)
    what = f"”{event_label(kind)}”" if kind else "en tidigare händelse"
    return Sentence(f"Felregistrering: {what} räknas inte.")


def _of_followup(fact: FollowUpFact, context: Context) -> Sentence:
    name = follow_up_name(fact, context.rule)
    begun = _capital(name)
    match fact:
        case FollowUpScheduled():
            who = _role(fact.responsible, Context(rule=rule_of(fact.rule) or context.rule))
            return Sentence(f"{begun} planerad till {swedish_date(fact.due_on)}. Ansvarig: {who}.", _dates(fact))
        case FollowUpOpened():
            return Sentence(f"Dags för {name}, senast {swedish_date(fact.due_on)}.")
        case FollowUpMissed():
            text = f"{begun} missad. Den skulle ha gjorts senast {swedish_date(fact.due_on)}."
            return Sentence(text, weight=Weight.OVERDUE)
        case FollowUpCompleted():
            found = _findings(fact.activities, context)
            return Sentence(f"{begun} {_held(fact)}: {_result(fact)}.", found, Weight.MILESTONE)
        case FollowUpSuperseded():
            return Sentence(f"{begun} behövs inte längre: {label(fact.cause)}.")
        case FollowUpReinstated():
            return Sentence(f"{begun} gäller igen.")
        case FollowUpDetailsReleased():
            text = f"Resultat lämnat efter samtycke, {name}: {_result(fact)}."
            return Sentence(text, _findings(fact.activities, context))
        case _:
            return Sentence(f"{event_label(fact.wire_name())}.")


def follow_up_name(fact: FollowUpFact, rule: Rule | None) -> str:
    """Which follow-up it is: by its months, else by its label in the insats' rule."""
    if fact.months is not None:
        return f"uppföljning efter {_counted(fact.months, 'månad', 'månader')}"
    known = () if rule is None else rule.follow_ups
    return next((each.label for each in known if each.id == fact.point and each.label), "uppföljning")


def rule_of(ref: RuleRef) -> Rule | None:
    """The version of a rule that a fact names; None if the catalogue has it no more."""
    try:
        return INSATSER[ref.insats].rule(ref.version)
    except KeyError:
        return None


def _meeting(kind: str, context: Context) -> str:
    """The name of the kind of meeting, after a colon; nothing if the rule does not have it.

    The name comes last because verbs would have to agree with its gender, which the catalogue does not say.
    """
    meeting = context.rule.meeting(kind) if context.rule else None
    return f": {meeting.label}" if meeting else ""


def _role(role: str, context: Context) -> str:
    found = context.rule.role(role) if context.rule else None
    return found.label if found else role.replace("_", "-")


def _clock(clock: str, context: Context) -> str:
    known = context.rule.clocks if context.rule else ()
    return next((each.label for each in known if each.id == clock), "tidsgräns i insatsen")


def _purpose(purpose: str) -> str:
    return "individuell uppföljning" if purpose == "individual_follow_up" else word_label("purposes", purpose)


def _changes(fact: SamplanReviderad, context: Context) -> tuple[str, ...]:
    added = f"Tillagt: {_in_a_row(activity_name(each) for each in fact.added)}." if fact.added else ""
    ended = f"Borttaget: {_in_a_row(_activity(each, context) for each in fact.ended)}." if fact.ended else ""
    return tuple(text for text in (added, ended) if text)


def _findings(findings: Iterable[ActivityFinding], context: Context) -> tuple[str, ...]:
    return tuple(f"{_capital(_activity(each.activity_id, context))}: {label(each.outcome)}." for each in findings)


def insats_name(insats: str) -> str:
    """The insats' name; its id if the catalogue has it no more."""
    return INSATSER[insats].name if insats in INSATSER else insats


WITHHELD_UNIT: Final = "en enhet som inte visas"
"""Stands where the unit would, for whoever may not know where the person lives."""


def unit_name(agency_id: str, unit_id: str) -> str:
    """The unit's name, with its agency where the name does not say it."""
    if unit_id in OWN_KINDS:
        return word_label("unit_kinds", unit_id)
    agency = AGENCIES.get(agency_id)
    unit = agency.unit(unit_id) if agency else None
    if agency is None or unit is None:
        return unit_id
    return unit.name if agency.name in unit.name else f"{unit.name} ({agency.name})"


def team_name(team: str) -> str:
    """team-3 as team 3."""
    return team.replace("-", " ")


def activity_name(activity: PlannedActivity) -> str:
    """What the activity is and which member is responsible. Without consent only the member is known."""
    kind = word_label("activity_kinds", activity.kind) if activity.kind else "aktivitet"
    return f"{kind} ({label(activity.responsible)})"


def _activity(activity_id: UUID, context: Context) -> str:
    planned = context.activities.get(activity_id)
    return activity_name(planned) if planned else "en aktivitet i samplanen"


def _background(attributes: Attributes) -> tuple[str, ...]:
    said = []
    if attributes.age is not None:
        said.append(f"Ålder vid anmälan: {attributes.age} år.")
    if attributes.education is not Education.UNKNOWN:
        said.append(f"Utbildning: {label(attributes.education)}.")
    if attributes.benefits:
        said.append(f"Ersättning: {_in_a_row(map(label, attributes.benefits))}.")
    if attributes.public_support_years is not None:
        said.append(f"Offentlig försörjning: {attributes.public_support_years} år.")
    if attributes.needs:
        said.append(f"Behöver stöd av {_in_a_row(map(label, attributes.needs))}.")
    return tuple(said)


def _exit_reason(fact: ParticipantExited) -> str:
    if fact.reason is None:
        return WITHOUT_CONSENT
    reason = word_label("exit_reasons", fact.reason)
    match fact.national_code:
        case None:
            return reason
        case NationalExitCode.ONE | NationalExitCode.TWO | NationalExitCode.THREE:
            return f"{reason} (nationell kod {fact.national_code})"
        case NationalExitCode.NONE:
            return f"{reason} (räknas inte nationellt)"
        case _:
            counted = label(fact.national_code).lower()
            return reason if reason == counted else f"{reason} (i nationell statistik: {counted})"


def _dates(fact: FollowUpScheduled) -> tuple[str, ...]:
    window = f"Kan göras från {swedish_date(fact.opens_on)} till och med {swedish_date(fact.closes_on)}."
    if fact.due_on == fact.nominal_on:
        return (window,)
    return (f"Dagen {swedish_date(fact.nominal_on)} är ledig, därför nästa arbetsdag.", window)


def _held(fact: FollowUpCompleted) -> str:
    match fact.timeliness:
        case Timeliness.IN_TIME:
            return "genomförd"
        case Timeliness.LATE:
            return f"genomförd sent (skulle ha gjorts senast {swedish_date(fact.due_on)})"
        case _:
            assert_never(fact.timeliness)


def _result(fact: FollowUpCompleted | FollowUpDetailsReleased) -> str:
    if fact.result is None:
        return f"resultatet räknas {WITHOUT_CONSENT}"
    return f"{label(fact.result)} ({label(fact.reason)})" if fact.reason else label(fact.result)


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _in_a_row(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} och {last}" if first else last


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
