"""Each fact about a case as a Swedish sentence, in the words case workers use. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID

from contracts.catalogue import AGENCIES, INSATSER
from contracts.codes import Education, ExitReason, NationalExitCode, Timeliness
from contracts.followup import (
    FollowUpCompleted,
    FollowUpMissed,
    FollowUpOpened,
    FollowUpScheduled,
    FollowUpSuperseded,
)
from contracts.labels import label
from contracts.planning import (
    ActivityCompleted,
    ActivityStarted,
    InsatsStarted,
    LotsAssigned,
    ParticipantExited,
    PlannedActivity,
    PlanningEnded,
    SamplanUpprättad,
    TeamMeetingBooked,
    TeamMeetingHeld,
)
from contracts.referral import (
    Attributes,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    PersonForgotten,
    ReferralAccepted,
    ReferralReceived,
    ReferralReturned,
)
from services.chassis.pages import swedish_date

ReferralFact: TypeAlias = (
    ReferralReceived
    | ConsentGiven
    | ConsentRefused
    | ConsentWithdrawn
    | ReferralAccepted
    | ReferralReturned
    | PersonForgotten
)
PlanningFact: TypeAlias = (
    TeamMeetingBooked
    | TeamMeetingHeld
    | InsatsStarted
    | SamplanUpprättad
    | ActivityStarted
    | ActivityCompleted
    | LotsAssigned
    | ParticipantExited
    | PlanningEnded
)
FollowUpFact: TypeAlias = FollowUpScheduled | FollowUpOpened | FollowUpMissed | FollowUpCompleted | FollowUpSuperseded
CaseFact: TypeAlias = ReferralFact | PlanningFact | FollowUpFact

# What each activity of the case's samplaner is; later facts speak of them by id only.
Activities: TypeAlias = Mapping[UUID, PlannedActivity]

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


def sentence(fact: CaseFact, activities: Activities) -> Sentence:
    """The fact in words."""
    match fact:
        case (
            ReferralReceived()
            | ConsentGiven()
            | ConsentRefused()
            | ConsentWithdrawn()
            | ReferralAccepted()
            | ReferralReturned()
            | PersonForgotten()
        ):
            return _of_referral(fact)
        case FollowUpScheduled() | FollowUpOpened() | FollowUpMissed() | FollowUpCompleted() | FollowUpSuperseded():
            return _of_followup(fact, activities)
        case _:
            return _of_planning(fact, activities)


def _of_referral(fact: ReferralFact) -> Sentence:
    match fact:
        case ReferralReceived():
            text = f"Anmälan till {insats_name(fact.insats)} kom in från {unit_name(fact.agency, fact.unit)}."
            return Sentence(text, (f"Kön enligt anmälan: {label(fact.sex)}.",), Weight.MILESTONE)
        case ConsentGiven():
            return Sentence("Samtycke till individuell uppföljning lämnat.", _background(fact.attributes))
        case ConsentRefused():
            return Sentence("Samtycker inte till individuell uppföljning. Deltar ändå och räknas som utan samtycke.")
        case ConsentWithdrawn():
            return Sentence("Samtycket till individuell uppföljning återkallat. Räknas nu som utan samtycke.")
        case ReferralAccepted():
            return Sentence("Anmälan antagen.")
        case ReferralReturned():
            reason = label(fact.reason) if fact.reason else WITHOUT_CONSENT
            return Sentence(f"Anmälan återremitterad till anmälaren. Orsak: {reason}.", weight=Weight.MILESTONE)
        case PersonForgotten():
            return Sentence("Personen avidentifierad: namn, personnummer och kontaktuppgifter är raderade.")
        case _:
            assert_never(fact)


def _of_planning(fact: PlanningFact, activities: Activities) -> Sentence:
    match fact:
        case TeamMeetingBooked():
            when = f"{swedish_date(fact.meets_on)} kl. {fact.starts_at:%H.%M}"
            return Sentence(f"Team-möte bokat med {team_name(fact.team)} den {when} ({label(fact.mode)}).")
        case TeamMeetingHeld():
            return Sentence(f"Team-möte hållet med {team_name(fact.team)} ({label(fact.mode)}).")
        case InsatsStarted():
            return Sentence(f"Började i {insats_name(fact.insats)}.", weight=Weight.MILESTONE)
        case SamplanUpprättad():
            listed = _in_a_row(activity_name(each) for each in fact.activities)
            text = f"Samplan upprättad med {_counted(len(fact.activities), 'aktivitet', 'aktiviteter')}: {listed}."
            return Sentence(text, weight=Weight.MILESTONE)
        case ActivityStarted():
            return Sentence(f"Aktivitet påbörjad: {_activity(fact.activity_id, activities)}.")
        case ActivityCompleted():
            what = _activity(fact.activity_id, activities)
            return Sentence(f"Aktivitet {label(fact.extent)} genomförd: {what}.")
        case LotsAssigned():
            return Sentence(f"Lots utsedd som stöd i planen: {fact.lots_id}.")
        case ParticipantExited():
            text = f"Avslutade {insats_name(fact.insats)}. Orsak: {_exit_reason(fact)}."
            return Sentence(text, weight=Weight.MILESTONE)
        case PlanningEnded():
            return Sentence("Planeringen avslutad, för anmälan återremitterades före start.")
        case _:
            assert_never(fact)


def _of_followup(fact: FollowUpFact, activities: Activities) -> Sentence:
    name = f"uppföljning efter {_counted(fact.months, 'månad', 'månader')}"
    begun = _capital(name)
    match fact:
        case FollowUpScheduled():
            text = f"{begun} planerad till {swedish_date(fact.due_on)}. Ansvarig: {label(fact.responsible)}."
            return Sentence(text, _dates(fact))
        case FollowUpOpened():
            return Sentence(f"Dags för {name}, senast {swedish_date(fact.due_on)}.")
        case FollowUpMissed():
            text = f"{begun} missad. Den skulle ha gjorts senast {swedish_date(fact.due_on)}."
            return Sentence(text, weight=Weight.OVERDUE)
        case FollowUpCompleted():
            findings = (
                f"{_capital(_activity(each.activity_id, activities))}: {label(each.outcome)}."
                for each in fact.activities
            )
            return Sentence(f"{begun} {_held(fact)}: {_result(fact)}.", tuple(findings), Weight.MILESTONE)
        case FollowUpSuperseded():
            return Sentence(f"{begun} behövs inte längre: {label(fact.cause)}.")
        case _:
            assert_never(fact)


def insats_name(insats: str) -> str:
    """The insats' name; its id if the catalogue has it no more."""
    return INSATSER[insats].name if insats in INSATSER else insats


def unit_name(agency_id: str, unit_id: str) -> str:
    """The unit's name, with its agency where the name does not tell."""
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
    kind = label(activity.kind) if activity.kind else "aktivitet"
    return f"{kind} ({label(activity.responsible)})"


def _activity(activity_id: UUID, activities: Activities) -> str:
    planned = activities.get(activity_id)
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
    if fact.national_code is None or fact.reason is ExitReason.OTHER:
        return label(fact.reason)
    if fact.national_code is NationalExitCode.OTHER:
        return f"{label(fact.reason)} (i nationell statistik: annan orsak)"
    return f"{label(fact.reason)} (nationell kod {fact.national_code})"


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


def _result(fact: FollowUpCompleted) -> str:
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
