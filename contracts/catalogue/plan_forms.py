"""Forms of plan that insatser share (SIP), and which of them an insats uses."""

from collections.abc import Mapping
from typing import Final

from contracts.catalogue.course import MeetingRule
from contracts.catalogue.entry import ConsentRule, Intake
from contracts.catalogue.insats import Insats, Rule
from contracts.catalogue.people import CaseRole
from contracts.catalogue.timing import ClockRule
from contracts.catalogue.vocabulary import word_label

SIP_CONSENT: Final = "sip"
"""The purpose of the consent that a call needs."""


def plan_form_of(insats: Insats, rule: Rule, insatser: Mapping[str, Insats]) -> Insats | None:
    """The form of plan that cases of an insats may use; None if there is none.

    It is the one that a meeting of the insats' rule names, else the form of the association that runs the insats,
    for all that it finances may use it (MIA 2016, L108).
    """
    named = next((meeting.plan_form for meeting in rule.meetings if meeting.plan_form is not None), None)
    if named is not None:
        return insatser.get(named)
    forms = (each for each in insatser.values() if "plan_form" in each.kinds)
    return next((each for each in forms if each.association == insats.association), None)


def called_meeting(rule: Rule) -> MeetingRule | None:
    """The meeting of a form that parties are called to: the one at which its plan is made."""
    made_at = None if rule.plan is None else rule.plan.made_at
    return None if made_at is None else rule.meeting(made_at)


def door_of(rule: Rule, initiator: str) -> Intake | None:
    """The door by which somebody of that kind initiates a plan of a form."""
    return next((door for door in rule.doors if door.kind == "ask" and initiator in door.admits), None)


def initiators(rule: Rule) -> tuple[str, ...]:
    """The kinds of units, and others, that may initiate a plan of a form."""
    return tuple(dict.fromkeys(who for door in rule.doors if door.kind == "ask" for who in door.admits))


def initiator_label(initiator: str) -> str:
    """What somebody who initiates is called. ``insats`` is the one that the case is about."""
    return "insatsen" if initiator == "insats" else word_label("unit_kinds", initiator)


def call_consent(rule: Rule) -> ConsentRule | None:
    """The consent without which nobody is called; None if the form asks for none."""
    return next((each for each in rule.consents if each.purpose == SIP_CONSENT and "call" in each.needed_for), None)


def coordinator_of(rule: Rule) -> CaseRole | None:
    """Who coordinates a form of plan for all that use it, as Sundsvall's SIP-samordnare; None if nobody does."""
    return next(
        (role for role in rule.roles if role.does == "leads" and role.one_per in {"insats", "association"}), None
    )


def call_clock(rule: Rule) -> ClockRule | None:
    """The clock that limits how long a called party may take to come; None if the form sets no limit."""
    meeting = called_meeting(rule)
    started = None if meeting is None else f"called.{meeting.id}"
    return next((each for each in rule.clocks if started in each.starts and each.limit is not None), None)
