"""What follow-ups, time limits and activities are called on a page, and why they are there."""

from contracts.catalogue import INSATSER, Rule
from contracts.catalogue.reminders import reminder_label
from contracts.catalogue.timing import ClockRule, FollowUp
from contracts.catalogue.vocabulary import word_label
from contracts.envelope import Fact
from contracts.followup import (
    FollowUpAttempted,
    FollowUpCompleted,
    FollowUpEscalated,
    FollowUpHandoverDeclined,
    FollowUpHandoverOffered,
    FollowUpNotApplicable,
    FollowUpReminded,
    FollowUpScheduled,
    FollowUpSuperseded,
    FollowUpTakenOver,
)
from contracts.labels import label
from contracts.planning import PlannedActivity
from contracts.referral import RuleRef
from services.chassis.pages import swedish_date
from services.followup.time_limit_store import TimeLimitRow

_ANCHORS = {"plan": "planen", "start": "starten", "exit": "avslutet", "agreed": "mötet där dagen bestämdes"}


def point_label(terms: FollowUpScheduled) -> str:
    """The name of a follow-up: "6 månader", or the catalogue's own label where the rule has one."""
    point = _point(terms)
    if point is not None and point.label is not None:
        return point.label
    if terms.months is None:
        return terms.point
    return f"{terms.months} {'månad' if terms.months == 1 else 'månader'}"


def of_samplan(terms: FollowUpScheduled) -> bool:
    """Whether it follows up a samplan; the plan of one on an agreed day is a coordinated plan (SIP)."""
    return terms.samplan_id is not None and terms.months is not None


def insats_label(insats_id: str) -> str:
    """The name of an insats; its id if the catalogue does not have it."""
    insats = INSATSER.get(insats_id)
    return insats_id if insats is None else insats.name


def responsible_label(terms: FollowUpScheduled) -> str:
    """What the role that owes it is called in the insats; its id where the catalogue lacks it."""
    rule = _rule(terms.rule)
    role = None if rule is None else rule.role(terms.responsible)
    return terms.responsible if role is None else role.label


def why_owed(terms: FollowUpScheduled) -> str:
    """By which rule it is owed, counted from what."""
    point = _point(terms)
    anchor = "det den räknas från" if point is None else _ANCHORS[point.anchor]
    since = f"räknat från {anchor} den {swedish_date(terms.happened_on)}"
    return f"Regel: {insats_label(terms.rule.insats)}, version {terms.rule.version}, {since}."


def clock_label(limit: TimeLimitRow) -> str:
    """What a time limit is called, and the party it runs for where each has one of its own."""
    clock = _clock(limit)
    party = "" if limit.party is None else f", {word_label('members', limit.party)}"
    return f"{limit.clock if clock is None else clock.label}{party}"


def informed_label(limit: TimeLimitRow) -> str:
    """Who is to be informed when it has passed, by what their roles are called."""
    rule, clock = _rule(limit.rule), _clock(limit)
    if rule is None or clock is None:
        return ""
    return ", ".join(role.label for each in clock.tells if (role := rule.role(each)) is not None)


def details_of(fact: Fact) -> str:
    """What an event says beside its name; nothing for most."""
    match fact:
        case FollowUpScheduled():
            return f"senast {swedish_date(fact.due_on)}"
        case FollowUpReminded() | FollowUpEscalated():
            return reminder_label(fact.step)
        case FollowUpAttempted():
            channel = word_label("contact_channels", fact.channel)
            return f"{word_label('attempt_outcomes', fact.outcome)} ({channel})"
        case FollowUpNotApplicable():
            return word_label("not_applicable_reasons", fact.reason)
        case FollowUpHandoverOffered():
            return fact.to
        case FollowUpHandoverDeclined():
            return word_label("handover_declines", fact.reason)
        case FollowUpTakenOver():
            return fact.by
        case FollowUpCompleted():
            return label(fact.timeliness)
        case FollowUpSuperseded():
            return label(fact.cause)
        case _:
            return ""


def activity_label(activity: PlannedActivity, number: int) -> str:
    """An activity of a plan and who is responsible for it. ``number``: its place, shown where its kind is not."""
    kind = f"aktivitet {number}" if activity.kind is None else word_label("activity_kinds", activity.kind)
    return f"{kind[:1].upper()}{kind[1:]}, {label(activity.responsible)}"


def _rule(ref: RuleRef) -> Rule | None:
    insats = INSATSER.get(ref.insats)
    rules = () if insats is None else insats.versions
    return next((rule for rule in rules if rule.version == ref.version), None)


def _point(terms: FollowUpScheduled) -> FollowUp | None:
    rule = _rule(terms.rule)
    points = () if rule is None else rule.follow_ups
    return next((point for point in points if point.id == terms.point), None)


def _clock(limit: TimeLimitRow) -> ClockRule | None:
    rule = _rule(limit.rule)
    clocks = () if rule is None else rule.running_clocks
    return next((clock for clock in clocks if clock.id == limit.clock), None)
