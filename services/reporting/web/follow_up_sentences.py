"""Follow-ups and time limits as Swedish sentences. Pure."""

from collections.abc import Iterable
from typing import assert_never

from contracts.catalogue import Rule
from contracts.catalogue.reminders import reminder_label
from contracts.catalogue.timing import ClockRule
from contracts.catalogue.vocabulary import word_label
from contracts.codes import Timeliness
from contracts.envelope import Fact
from contracts.followup import (
    ActivityFinding,
    DeadlineFact,
    DeadlineMet,
    DeadlinePassed,
    DeadlineSet,
    FollowUpAttempted,
    FollowUpCompleted,
    FollowUpDetailsReleased,
    FollowUpEscalated,
    FollowUpFact,
    FollowUpHandoverDeclined,
    FollowUpHandoverOffered,
    FollowUpMissed,
    FollowUpNotApplicable,
    FollowUpOpened,
    FollowUpReinstated,
    FollowUpReminded,
    FollowUpScheduled,
    FollowUpSuperseded,
    FollowUpTakenOver,
)
from contracts.labels import event_label, label
from services.chassis.pages import swedish_date
from services.reporting.web.activity_sentences import what
from services.reporting.web.spoken import (
    WITHOUT_CONSENT,
    Context,
    Sentence,
    Weight,
    capital,
    counted,
    in_a_row,
    role_name,
    rule_of,
)


def of_follow_ups(fact: Fact, context: Context) -> Sentence | None:
    """The sentence of a fact about a follow-up or a time limit; None for any other."""
    if isinstance(fact, FollowUpFact):
        return _of_follow_up(fact, context)
    return _of_deadline(fact, context)


def _of_follow_up(fact: FollowUpFact, context: Context) -> Sentence:
    name = follow_up_name(fact, context.rule_behind(fact.follow_up_id))
    spoken = _by_the_calendar(fact, name, context) or _by_people(fact, name, context)
    return spoken or Sentence(f"{event_label(fact.wire_name())}.")


def _by_the_calendar(fact: FollowUpFact, name: str, context: Context) -> Sentence | None:
    """What follows from the rules, the calendar and what other services have said."""
    begun = capital(name)
    match fact:
        case FollowUpScheduled():
            who = role_name(fact.responsible, rule_of(fact.rule) or context.rule)
            return Sentence(f"{begun} planerad till {swedish_date(fact.due_on)}. Ansvarig: {who}.", _dates(fact))
        case FollowUpOpened():
            return Sentence(f"Dags för {name}, senast {swedish_date(fact.due_on)}.")
        case FollowUpMissed():
            text = f"{begun} missad. Den skulle ha gjorts senast {swedish_date(fact.due_on)}."
            return Sentence(text, weight=Weight.OVERDUE)
        case FollowUpSuperseded():
            return Sentence(f"{begun} behövs inte längre: {label(fact.cause)}.")
        case FollowUpReinstated():
            return Sentence(f"{begun} gäller igen.")
        case FollowUpReminded():
            return Sentence(f"Påminnelse om {name}: {reminder_label(fact.step)}.")
        case FollowUpEscalated():
            text = f"{begun} lyft till {word_label('reminded', fact.to)}: {reminder_label(fact.step)}."
            return Sentence(text, weight=Weight.OVERDUE)
        case _:
            return None


def _by_people(fact: FollowUpFact, name: str, context: Context) -> Sentence | None:
    """What somebody has registered."""
    begun = capital(name)
    match fact:
        case FollowUpCompleted():
            found = _findings(fact.activities, context)
            return Sentence(f"{begun} {_held(fact)}: {_result(fact)}.", found, Weight.MILESTONE)
        case FollowUpDetailsReleased():
            text = f"Resultat lämnat efter samtycke, {name}: {_result(fact)}."
            return Sentence(text, _findings(fact.activities, context))
        case FollowUpAttempted():
            how = word_label("contact_channels", fact.channel)
            return Sentence(f"Försök att göra {name} ({how}): {word_label('attempt_outcomes', fact.outcome)}.")
        case FollowUpNotApplicable():
            reason = word_label("not_applicable_reasons", fact.reason)
            return Sentence(f"{begun} ska inte göras: {reason}.", weight=Weight.MILESTONE)
        case FollowUpHandoverOffered():
            return Sentence(f"Att ta över {name}: {fact.to} tillfrågad.")
        case FollowUpHandoverDeclined():
            reason = word_label("handover_declines", fact.reason)
            return Sentence(f"Den tillfrågade tar inte över {name}: {reason}.")
        case FollowUpTakenOver():
            return Sentence(f"{begun} övertagen av {fact.by}.")
        case _:
            return None


def follow_up_name(fact: FollowUpFact, rule: Rule | None) -> str:
    """Which follow-up it is: by its months, else by its label in the insats' rule."""
    if fact.months is not None:
        return f"uppföljning efter {counted(fact.months, 'månad', 'månader')}"
    known = () if rule is None else rule.follow_ups
    return next((each.label for each in known if each.id == fact.point and each.label), "uppföljning")


def _of_deadline(fact: Fact, context: Context) -> Sentence | None:
    match fact:
        case DeadlineSet():
            return Sentence(f"Tidsgräns: {_clock(fact, context)}, till och med {swedish_date(fact.limit_on)}.")
        case DeadlineMet():
            return Sentence(f"Tidsgräns hållen: {_clock(fact, context)}.")
        case DeadlinePassed():
            text = f"Tidsgräns passerad: {_clock(fact, context)}, {swedish_date(fact.limit_on)}."
            return Sentence(text, _informed(fact, context), Weight.OVERDUE)
        case _:
            return None


def _clock(fact: DeadlineFact, context: Context) -> str:
    """What a clock is called, and the party it runs for where it runs for each by itself."""
    clock = _clock_rule(fact, context)
    party = "" if fact.party is None else f", {word_label('members', fact.party)}"
    return f"{clock.label if clock else 'tidsgräns i insatsen'}{party}"


def _informed(fact: DeadlineFact, context: Context) -> tuple[str, ...]:
    """Who is to be informed that the limit has passed."""
    clock, rule = _clock_rule(fact, context), context.rule_behind(fact.deadline_id)
    roles = [role for each in (clock.tells if clock else ()) if rule and (role := rule.role(each))]
    return (f"Ska få veta det: {in_a_row(role.label for role in roles)}.",) if roles else ()


def _clock_rule(fact: DeadlineFact, context: Context) -> ClockRule | None:
    rule = context.rule_behind(fact.deadline_id)
    return next((each for each in rule.running_clocks if each.id == fact.clock), None) if rule else None


def _findings(findings: Iterable[ActivityFinding], context: Context) -> tuple[str, ...]:
    return tuple(f"{capital(what(each.activity_id, context))}: {label(each.outcome)}." for each in findings)


def _dates(fact: FollowUpScheduled) -> tuple[str, ...]:
    window = f"Kan göras från {swedish_date(fact.opens_on)} till och med {swedish_date(fact.closes_on)}."
    if fact.due_on == fact.nominal_on:
        return (window,)
    return (f"Dagen {swedish_date(fact.nominal_on)} är ledig, därför nästa arbetsdag.", window)


def _held(fact: FollowUpCompleted) -> str:
    match fact.timeliness:
        case Timeliness.EARLY:
            return f"genomförd i förtid (skulle göras {swedish_date(fact.due_on)})"
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
