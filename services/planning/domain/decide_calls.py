"""Decisions about calls and the plans that parties make together (SIP): call, hold, agree on a follow-up, close.

The rule is that of the form of plan, not of the case's insats. Whoever is called has to come within three weeks, and
is called only with the person's consent to each party (MIA 2016, L108-110).
"""

from collections.abc import Iterable
from datetime import date
from typing import Final, TypeAlias, assert_never

from contracts.catalogue import Insats, Rule
from contracts.catalogue.course import MeetingRule
from contracts.catalogue.plan_forms import (
    call_consent,
    called_meeting,
    coordinator_of,
    door_of,
    initiator_label,
    initiators,
    plan_form_of,
)
from contracts.catalogue.vocabulary import word_label, words
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
from contracts.problems import Conflict, Invalid
from contracts.referral import RuleRef
from services.planning.domain.case import Case, Referral
from services.planning.domain.checks import check_day, rule_on, rule_on_day, under_way
from services.planning.domain.command import (
    AgreeFollowUp,
    CallParties,
    CloseCoordinatedPlan,
    DecideAgainstCall,
    HoldCalledMeeting,
    WithdrawCall,
    WithdrawSipConsent,
)
from services.planning.domain.coordination import Call, CoordinatedPlan
from services.planning.domain.decide_activities import check_kinds, disclosed
from services.planning.domain.decision import Catalogue, Decision, Withheld, withholding
from services.planning.domain.requirements import Milestone, ReferralAcceptedFirst, milestone

CallCommand: TypeAlias = CallParties | DecideAgainstCall
LaterCommand: TypeAlias = WithdrawCall | HoldCalledMeeting | AgreeFollowUp | CloseCoordinatedPlan | WithdrawSipConsent

CALLED_OFF: Final = "called_off"
CONSENT_WITHDRAWN: Final = "consent_withdrawn"
NO_SIP: Final = "no_sip"
"""The outcome of a form's gate, and the effect of a refused consent, by which nobody is called."""


def decide_call(command: CallCommand, case: Case, catalogue: Catalogue) -> Decision:
    """What it leads to that somebody initiates a plan. Raises contracts.problems.Refused."""
    match command:
        case CallParties():
            return Decision((_call(command, case, catalogue),))
        case DecideAgainstCall():
            return Decision((_against(command, case, catalogue),))
        case _:
            assert_never(command)


def decide(command: LaterCommand, case: Case, catalogue: Catalogue) -> Decision:
    """What a command about a call or a plan that is there leads to. Raises contracts.problems.Refused."""
    match command:
        case WithdrawCall():
            call = _open_call(case)
            check_day(command.withdrawn_on, "withdrawn_on", command.today, _sent(call))
            return Decision((_withdrawn(call, command.withdrawn_on, CALLED_OFF),))
        case HoldCalledMeeting():
            return _hold(command, case, catalogue)
        case AgreeFollowUp():
            return Decision((_agree(command, case, catalogue),))
        case CloseCoordinatedPlan():
            return _close(command, case, catalogue)
        case WithdrawSipConsent():
            return _withdraw_consent(command, case, catalogue)
        case _:
            assert_never(command)


def form_of(case_insats: str, day: date, catalogue: Catalogue) -> Insats | None:
    """The form of plan that cases of an insats may use on a day; None if there is none."""
    insats = catalogue.get(case_insats)
    rule = None if insats is None else insats.rule_on(day)
    form = None if insats is None or rule is None else plan_form_of(insats, rule, catalogue)
    return form if form is not None and form.rule_on(day) is not None else None


def _call(command: CallParties, case: Case, catalogue: Catalogue) -> MeetingCalled:
    """Calls parties to a meeting."""
    referral = _initiated(case)
    if case.coordination.open_call is not None:
        raise Conflict(
            "already_called",
            "En kallelse är redan skickad. Registrera mötet eller återta kallelsen innan en ny skickas.",
        )
    form, rule, meeting = _form(referral, command.sent_on, "sent_on", catalogue)
    door = door_of(rule, command.initiator)
    if door is None:
        raise _initiator_unknown(form, rule)
    _check_called(command, form, meeting)
    _check_consent(command, rule)
    check_day(command.sent_on, "sent_on", command.today, milestone(ReferralAcceptedFirst(), case))
    if command.meets_on < command.sent_on:
        raise Invalid("meets_before_call", "Mötet kan inte ligga före den dag då kallelsen skickas.", "meets_on")
    return MeetingCalled(
        happened_on=command.sent_on,
        call_id=command.call_id,
        kind=meeting.id,
        rule=RuleRef(insats=form.id, version=rule.version),
        door=door.id,
        initiator=command.initiator,
        parties=command.parties,
        invited=command.invited,
        guardian=True if command.minor else None,
        meets_on=command.meets_on,
        starts_at=command.starts_at,
    )


def _against(command: DecideAgainstCall, case: Case, catalogue: Catalogue) -> CallDecidedAgainst:
    """Nobody is called."""
    referral = _initiated(case)
    form, rule, _ = _form(referral, command.decided_on, "decided_on", catalogue)
    door = door_of(rule, command.initiator)
    if door is None:
        raise _initiator_unknown(form, rule)
    if NO_SIP not in rule.gate.outcomes:
        raise Conflict("always_called", f"{form.name} har inget beslut om att inte kalla.")
    reasons = words()["no_call_reasons"]
    if command.reason not in reasons:
        raise Invalid("reason_unknown", f"Ange varför ingen kallas: {', '.join(reasons)}.", "reason")
    check_day(command.decided_on, "decided_on", command.today, milestone(ReferralAcceptedFirst(), case))
    ref = RuleRef(insats=form.id, version=rule.version)
    return CallDecidedAgainst(
        happened_on=command.decided_on, rule=ref, door=door.id, initiator=command.initiator, reason=command.reason
    )


def _initiated(case: Case) -> Referral:
    """The referral of a case in which a plan may be initiated. Raises NotFound or Conflict."""
    referral = under_way(case)
    if referral.forgotten:
        raise Conflict("person_forgotten", "Personen är avidentifierad, så ingen kan kallas.")
    return referral


def _form(referral: Referral, day: date, name: str, catalogue: Catalogue) -> tuple[Insats, Rule, MeetingRule]:
    rule_on(catalogue, referral, day, name)  # the refusal says which of insats and day is wrong
    form = form_of(referral.insats, day, catalogue)
    rule = None if form is None else form.rule_on(day)
    meeting = None if rule is None else called_meeting(rule)
    if form is None or rule is None or meeting is None:
        raise Conflict("no_plan_form", "Insatsen använder ingen samordnad plan som parter kallas till.")
    return form, rule, meeting


def _initiator_unknown(form: Insats, rule: Rule) -> Invalid:
    who = _either(initiator_label(each) for each in initiators(rule))
    return Invalid("initiator_unknown", f"{form.name} kan bara initieras av {who}.", "initiator")


def _check_called(command: CallParties, form: Insats, meeting: MeetingRule) -> None:
    """Raises Invalid unless the called are parties of the form, and the invited such as its meeting names."""
    if not command.parties:
        raise Invalid("no_party", "Kalla minst en part.", "parties")
    if not set(command.parties) <= set(form.parties) or len(set(command.parties)) != len(command.parties):
        known = _either(label(each) for each in form.parties)
        raise Invalid("party_unknown", f"Kalla {known}, var och en en gång.", "parties")
    if not set(command.invited) <= set(meeting.also) or len(set(command.invited)) != len(command.invited):
        known = _either(word_label("actors", each) for each in meeting.also) or "ingen"
        raise Invalid("invited_unknown", f"Till mötet kan också bjudas in {known}, var och en en gång.", "invited")


def _check_consent(command: CallParties, rule: Rule) -> None:
    """Raises Invalid unless the person consents to each that is called or invited, and a guardian where one must."""
    consent = call_consent(rule)
    if consent is None:
        return
    missing = [
        *(label(each) for each in command.parties if each not in command.consents_to),
        *(word_label("actors", each) for each in command.invited if each not in command.consents_to),
    ]
    if missing:
        message = (
            f"Personens samtycke saknas till att kalla {_listed(missing)}. Fråga personen, eller ta bort dem som "
            "personen inte samtycker till. Vill personen inte ha någon plan registreras det i stället."
        )
        raise Invalid("consent_missing", message, "consents_to")
    if consent.guardian_under is not None and command.minor and not command.guardian_agrees:
        message = f"Är personen under {consent.guardian_under} år behövs också vårdnadshavarens samtycke."
        raise Invalid("guardian_missing", message, "guardian_agrees")


def _hold(command: HoldCalledMeeting, case: Case, catalogue: Catalogue) -> Decision:
    """Registers that the called meeting was held, the plan that was made there, and when it is followed up."""
    call = _open_call(case)
    rule = rule_on_day(catalogue, call.rule.insats, command.held_on, "held_on")
    meeting = called_meeting(rule)
    if meeting is None:
        raise Conflict("no_plan_form", "Planformen har inget möte som parter kallas till den dagen.")
    check_day(command.held_on, "held_on", command.today, _sent(call))
    if not command.attended or not set(command.attended) <= set(call.parties):
        known = _listed(label(each) for each in call.parties)
        raise Invalid("attended_unknown", f"Ange vilka av de kallade som kom: {known}.", "attended")
    if command.coordinator_present is not None and coordinator_of(rule) is None:
        raise Invalid("no_coordinator", "Planformen har ingen samordnare som kan ha deltagit.", "coordinator_present")
    ref = RuleRef(insats=call.rule.insats, version=rule.version)
    facts: list[Fact] = [
        CalledMeetingHeld(
            happened_on=command.held_on,
            call_id=call.call_id,
            kind=meeting.id,
            rule=ref,
            attended=command.attended,
            coordinator_present=command.coordinator_present,
        )
    ]
    plan, withheld = case.coordination.open_plan, {}
    plan_id = None if plan is None else plan.plan_id
    if command.activities:
        if plan is not None:
            raise Conflict("coordinated_plan_exists", "Personen har redan en samordnad plan. Avsluta den först.")
        check_kinds(command.activities, rule)
        planned, kinds = disclosed(command.activities, case)
        withheld = {len(facts): Withheld(kinds=kinds)} if kinds else {}
        plan_id = command.plan_id
        facts.append(
            CoordinatedPlanMade(
                happened_on=command.held_on, plan_id=plan_id, call_id=call.call_id, activities=planned, rule=ref
            )
        )
    if command.follow_up_on is not None:
        if plan_id is None:
            message = "Ange vad som ska göras och vem som ansvarar, innan en uppföljning bestäms."
            raise Invalid("no_activities", message, "activities")
        _check_follow_up(command.follow_up_on, command.held_on)
        facts.append(
            NextFollowUpAgreed(
                happened_on=command.held_on, plan_id=plan_id, follow_up_on=command.follow_up_on, rule=ref
            )
        )
    return Decision(tuple(facts), withheld)


def _agree(command: AgreeFollowUp, case: Case, catalogue: Catalogue) -> NextFollowUpAgreed:
    """It is agreed when the plan is followed up next."""
    plan = _open_plan(case)
    rule = rule_on_day(catalogue, plan.rule.insats, command.agreed_on, "agreed_on")
    check_day(command.agreed_on, "agreed_on", command.today, _made(plan))
    _check_follow_up(command.follow_up_on, command.agreed_on)
    if command.follow_up_on == plan.follow_up_on:
        raise Conflict("already_agreed", "Den dagen är redan bestämd för uppföljningen.")
    ref = RuleRef(insats=plan.rule.insats, version=rule.version)
    return NextFollowUpAgreed(
        happened_on=command.agreed_on, plan_id=plan.plan_id, follow_up_on=command.follow_up_on, rule=ref
    )


def _check_follow_up(day: date, agreed_on: date) -> None:
    if day <= agreed_on:
        message = f"Uppföljningen ska ligga efter {agreed_on}, då den bestämdes."
        raise Invalid("follow_up_not_later", message, "follow_up_on")


def _close(command: CloseCoordinatedPlan, case: Case, catalogue: Catalogue) -> Decision:
    """The plan ends for a reason of the form; a withdrawn consent ends an open call too."""
    if command.reason == CONSENT_WITHDRAWN:
        _open_plan(case)
        return _withdraw_consent(WithdrawSipConsent(command.closed_on, command.today), case, catalogue)
    return _closed(_open_plan(case), command.closed_on, command.reason, command.today, case, catalogue)


def _withdraw_consent(command: WithdrawSipConsent, case: Case, catalogue: Catalogue) -> Decision:
    """Consent is withdrawn: nobody is awaited any more, and the plan is closed."""
    call, plan = case.coordination.open_call, case.coordination.open_plan
    if call is None and plan is None:
        raise Conflict("nothing_to_close", "Ingen kallelse är öppen och ingen samordnad plan gäller.")
    withdrawn: tuple[Fact, ...] = ()
    if call is not None:
        check_day(command.withdrawn_on, "withdrawn_on", command.today, _sent(call))
        withdrawn = (_withdrawn(call, command.withdrawn_on, CONSENT_WITHDRAWN),)
    if plan is None:
        return Decision(withdrawn)
    closed = _closed(plan, command.withdrawn_on, CONSENT_WITHDRAWN, command.today, case, catalogue)
    return Decision((*closed.facts, *withdrawn), closed.withheld)


def _closed(plan: CoordinatedPlan, day: date, reason: str, today: date, case: Case, catalogue: Catalogue) -> Decision:
    rule = rule_on_day(catalogue, plan.rule.insats, day, "closed_on")
    reasons = () if rule.exits is None else tuple(each.code for each in rule.exits.reasons)
    if reason not in reasons:
        raise Invalid("reason_unknown", f"Ange varför planen avslutas: {', '.join(reasons)}.", "reason")
    check_day(day, "closed_on", today, _made(plan))
    fact = CoordinatedPlanClosed(
        happened_on=day,
        plan_id=plan.plan_id,
        rule=RuleRef(insats=plan.rule.insats, version=rule.version),
        reason=reason,
    )
    return withholding(fact, case.consents, "reason")


def _withdrawn(call: Call, day: date, reason: str) -> CallWithdrawn:
    return CallWithdrawn(happened_on=day, call_id=call.call_id, reason=reason)


def _open_call(case: Case) -> Call:
    if case.coordination.open_call is None:
        raise Conflict("no_open_call", "Ingen kallelse är öppen. Kalla parterna först.")
    return case.coordination.open_call


def _open_plan(case: Case) -> CoordinatedPlan:
    if case.coordination.open_plan is None:
        raise Conflict("no_open_plan", "Ingen samordnad plan gäller. Den görs på ett möte som parterna kallas till.")
    return case.coordination.open_plan


def _sent(call: Call) -> Milestone:
    return Milestone(call.sent_on, "before_call", "kallelsen skickades")


def _made(plan: CoordinatedPlan) -> Milestone:
    return Milestone(plan.made_on, "before_plan", "planen gjordes")


def _listed(words: Iterable[str], last: str = "och") -> str:
    *most, final = words
    return f"{', '.join(most)} {last} {final}" if most else final


def _either(words: Iterable[str]) -> str:
    listed = list(words)
    return _listed(listed, "eller") if listed else ""
