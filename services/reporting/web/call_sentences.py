"""Calls to a coordinated plan, and what became of it, as Swedish sentences. Pure."""

from contracts.catalogue.plan_forms import coordinator_of, initiator_label
from contracts.catalogue.vocabulary import word_label
from contracts.envelope import Fact
from contracts.labels import label
from contracts.planning import (
    CallDecidedAgainst,
    CalledMeetingHeld,
    CallWithdrawn,
    CoordinatedPlanClosed,
    CoordinatedPlanMade,
    MeetingCalled,
    NextFollowUpAgreed,
)
from contracts.referral import RuleRef
from services.chassis.pages import swedish_date
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
    rule_of,
)


def of_calls(fact: Fact, _context: Context) -> Sentence | None:
    """The sentence of a fact about a call or a coordinated plan; None for any other."""
    match fact:
        case MeetingCalled():
            return _called(fact)
        case CallWithdrawn():
            return Sentence(f"Kallelsen återtagen: {word_label('call_ends', fact.reason)}.")
        case CallDecidedAgainst():
            why = word_label("no_call_reasons", fact.reason)
            text = f"Ingen kallades ({insats_name(fact.rule.insats)}): {why}."
            return Sentence(text, (_initiated(fact.initiator),))
        case CalledMeetingHeld():
            came = in_a_row(label(each) for each in fact.attended)
            text = f"{capital(_meeting(fact.kind, fact.rule))} hållet. Kom: {came}."
            return Sentence(text, _coordinator(fact))
        case CoordinatedPlanMade():
            listed = in_a_row(activity_name(each) for each in fact.activities)
            number = counted(len(fact.activities), "aktivitet", "aktiviteter")
            return Sentence(f"{_plan(fact.rule)} upprättad med {number}: {listed}.", weight=Weight.MILESTONE)
        case NextFollowUpAgreed():
            return Sentence(f"Nästa uppföljning av planen bestämd till {swedish_date(fact.follow_up_on)}.")
        case CoordinatedPlanClosed():
            return Sentence(f"{_plan(fact.rule)} avslutad. Orsak: {_closed(fact)}.", weight=Weight.MILESTONE)
        case _:
            return None


def _called(fact: MeetingCalled) -> Sentence:
    hour = f" kl. {fact.starts_at:%H.%M}" if fact.starts_at else ""
    called = in_a_row(label(each) for each in fact.parties)
    meeting = f"{_meeting(fact.kind, fact.rule)} ({insats_name(fact.rule.insats)})"
    text = f"Kallelse till {meeting} den {swedish_date(fact.meets_on)}{hour} skickad till {called}."
    invited = in_a_row(word_label("actors", each) for each in fact.invited) if fact.invited else ""
    details = (
        _initiated(fact.initiator),
        f"Också inbjudna: {invited}." if invited else "",
        "Vårdnadshavaren samtycker också." if fact.guardian else "",
    )
    return Sentence(text, tuple(each for each in details if each))


def _initiated(initiator: str) -> str:
    return f"Initierat av {initiator_label(initiator)}."


def _coordinator(fact: CalledMeetingHeld) -> tuple[str, ...]:
    if fact.coordinator_present is None:
        return ()
    rule = rule_of(fact.rule)
    role = None if rule is None else coordinator_of(rule)
    return (f"{'Med' if fact.coordinator_present else 'Utan'} {role.label if role else 'samordnare'}.",)


def _meeting(kind: str, ref: RuleRef) -> str:
    rule = rule_of(ref)
    meeting = rule.meeting(kind) if rule else None
    return meeting.label if meeting else "möte"


def _plan(ref: RuleRef) -> str:
    rule = rule_of(ref)
    return capital(rule.plan.label) if rule and rule.plan else "Samordnad plan"


def _closed(fact: CoordinatedPlanClosed) -> str:
    if fact.reason is None:
        return WITHOUT_CONSENT
    rule = rule_of(fact.rule)
    reasons = () if rule is None or rule.exits is None else rule.exits.reasons
    own = next((each.label for each in reasons if each.code == fact.reason), None)
    return own or word_label("exit_reasons", fact.reason)
