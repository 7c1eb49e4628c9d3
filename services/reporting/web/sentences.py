"""Each fact about a case as a Swedish sentence, in the words case workers use. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final, assert_never

from contracts.catalogue import INSATSER
from contracts.catalogue.vocabulary import return_reason_label, word_label
from contracts.codes import Education, ReturnedBy
from contracts.corrections import CORRECTIONS, RegisteredInError
from contracts.envelope import Fact
from contracts.followup import FOLLOWUP_FACTS
from contracts.labels import event_label, label
from contracts.planning import (
    PLANNING_FACTS,
    CaseHandedBack,
    CaseReopened,
    InsatsStarted,
    MeetingBooked,
    MeetingCancelled,
    MeetingHeld,
    ParticipantExited,
    PlanningDetailsReleased,
    PlanningEnded,
    SamplanReviderad,
    SamplanUpprättad,
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
    HandBackAcknowledged,
    PersonForgotten,
    ReferralReceived,
    ReferralReturned,
    ReferrerChanged,
    Shortcut,
    WaitingPersonContacted,
)
from services.chassis.pages import swedish_date
from services.reporting.web.activity_sentences import of_activities, what
from services.reporting.web.call_sentences import of_calls
from services.reporting.web.exit_sentences import exit_answers, exit_reason, handed_back
from services.reporting.web.follow_up_sentences import of_follow_ups
from services.reporting.web.group_sentences import of_groups
from services.reporting.web.livelihood_sentences import of_livelihood
from services.reporting.web.released_sentences import of_released
from services.reporting.web.spoken import (
    WITHOUT_CONSENT,
    Context,
    Sentence,
    Weight,
    activity_name,
    capital,
    counted,
    in_a_row,
    insats_name,
    team_name,
    unit_name,
)
from services.reporting.web.step_sentences import of_steps
from services.reporting.web.support_sentences import of_support

CASE_FACTS: Final = frozenset((*REFERRAL_FACTS, *PLANNING_FACTS, *FOLLOWUP_FACTS, *CORRECTIONS))
"""The types of facts a case can have."""


def sentence(fact: Fact, context: Context) -> Sentence:
    """The fact in words; its type's label for one that has no sentence of its own."""
    for part in (
        _of_referral,
        _of_meetings,
        _of_participation,
        _of_plan,
        of_activities,
        of_groups,
        of_calls,
        of_support,
        of_livelihood,
        of_steps,
        of_follow_ups,
        _of_corrections,
    ):
        if (spoken := part(fact, context)) is not None:
            return spoken
    return Sentence(f"{event_label(fact.wire_name())}.")


def _of_referral(fact: Fact, _context: Context) -> Sentence | None:
    match fact:
        case ReferralReceived():
            text = f"Anmälan till {insats_name(fact.insats)} kom in från {unit_name(fact.agency, fact.unit)}."
            straight = () if fact.shortcut is None else (_straight(fact.shortcut),)
            return Sentence(text, (*straight, f"Kön enligt anmälan: {label(fact.sex)}."), Weight.MILESTONE)
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
            return Sentence(text, (f"{capital(label(fact.stage))}.",), Weight.MILESTONE)
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
            return Sentence("Remittenten bytt.", (f"{capital(label(fact.cause))}.",))
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
            text = f"Team-möte hållet med {team_name(fact.team)} ({label(fact.mode)})."
            return Sentence(text, _present(fact.present, context))
        case MeetingBooked():
            hour = f" kl. {fact.starts_at:%H.%M}" if fact.starts_at else ""
            when = f"{swedish_date(fact.meets_on)}{hour}"
            return Sentence(f"Möte bokat den {when}{_meeting(fact.kind, context)} ({label(fact.mode)}).")
        case MeetingHeld():
            text = f"Möte hållet{_meeting(fact.kind, context)} ({label(fact.mode)})."
            return Sentence(text, _present(fact.present, context))
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
    "acceptance_taken_back": "anmälan antogs av misstag",
}


def _of_participation(fact: Fact, _context: Context) -> Sentence | None:
    match fact:
        case InsatsStarted():
            return Sentence(f"Började i {insats_name(fact.insats)}.", weight=Weight.MILESTONE)
        case ParticipantExited():
            text = f"Avslutade {insats_name(fact.insats)}. Orsak: {exit_reason(fact)}."
            return Sentence(text, exit_answers(fact), Weight.MILESTONE)
        case CaseHandedBack() | HandBackAcknowledged():
            return handed_back(fact)
        case CaseReopened():
            return Sentence(f"Ärendet öppnat igen: deltagande nummer {fact.episode}.", weight=Weight.MILESTONE)
        case PlanningEnded():
            return Sentence("Planeringen avslutad, för anmälan återremitterades före start.")
        case _:
            return None


def _of_plan(fact: Fact, context: Context) -> Sentence | None:
    match fact:
        case SamplanUpprättad():
            listed = in_a_row(activity_name(each) for each in fact.activities)
            text = f"Samplan upprättad med {counted(len(fact.activities), 'aktivitet', 'aktiviteter')}: {listed}."
            return Sentence(text, weight=Weight.MILESTONE)
        case SamplanReviderad():
            return Sentence(f"Samplan ändrad (version {fact.version}).", _changes(fact, context))
        case PlanningDetailsReleased():
            return of_released(fact, context)
        case _:
            return None


def _of_corrections(fact: Fact, context: Context) -> Sentence | None:
    if not isinstance(fact, RegisteredInError):
        return None
    kind = context.types.get(fact.event_id)
    what = f"”{event_label(kind)}”" if kind else "en tidigare händelse"
    return Sentence(f"Felregistrering: {what} räknas inte.")


def _meeting(kind: str, context: Context) -> str:
    """The name of the kind of meeting, after a colon; nothing if the rule does not have it.

    The name comes last because verbs would have to agree with its gender, which the catalogue does not say.
    """
    meeting = context.rule.meeting(kind) if context.rule else None
    return f": {meeting.label}" if meeting else ""


def _present(present: Sequence[str] | None, context: Context) -> tuple[str, ...]:
    """Who was there, where somebody has said."""
    if not present:
        return ()
    names = (context.rule.who(each) if context.rule else word_label("actors", each) for each in present)
    return (f"Med: {in_a_row(names)}.",)


def _straight(shortcut: Shortcut) -> str:
    insats = INSATSER.get(shortcut.insats)
    door = shortcut.insats if insats is None else insats.door_name(shortcut.door)
    return f"Direkt till mötet, genom {door}."


def _purpose(purpose: str) -> str:
    return "individuell uppföljning" if purpose == "individual_follow_up" else word_label("purposes", purpose)


def _changes(fact: SamplanReviderad, context: Context) -> tuple[str, ...]:
    added = f"Tillagt: {in_a_row(activity_name(each) for each in fact.added)}." if fact.added else ""
    ended = f"Borttaget: {in_a_row(what(each, context) for each in fact.ended)}." if fact.ended else ""
    return tuple(text for text in (added, ended) if text)


def _background(attributes: Attributes) -> tuple[str, ...]:
    said = []
    if attributes.age is not None:
        said.append(f"Ålder vid anmälan: {attributes.age} år.")
    if attributes.education is not Education.UNKNOWN:
        said.append(f"Utbildning: {label(attributes.education)}.")
    if attributes.benefits:
        said.append(f"Ersättning: {in_a_row(map(label, attributes.benefits))}.")
    if attributes.public_support_years is not None:
        said.append(f"Offentlig försörjning: {attributes.public_support_years} år.")
    if attributes.needs:
        said.append(f"Behöver stöd av {in_a_row(map(label, attributes.needs))}.")
    return tuple(said)
