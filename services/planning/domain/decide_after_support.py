"""Decisions about support after the exit: that it begins, and that it ends."""

from datetime import date
from typing import TypeAlias, assert_never

from contracts.catalogue import Rule
from contracts.catalogue.results import AfterSupport
from contracts.catalogue.vocabulary import words
from contracts.envelope import Fact
from contracts.planning import AfterSupportBegun, AfterSupportEnded
from contracts.problems import Conflict, Invalid
from services.planning.domain.case import Case
from services.planning.domain.checks import check_day, known, ref, rule_on
from services.planning.domain.command import BeginAfterSupport, EndAfterSupport
from services.planning.domain.decision import Catalogue, Decision, withholding
from services.planning.domain.requirements import Milestone

AfterSupportCommand: TypeAlias = BeginAfterSupport | EndAfterSupport

REOPENED = "reopened"
"""Why it ends when the person takes part again; planning itself writes it."""


def decide(command: AfterSupportCommand, case: Case, catalogue: Catalogue) -> Decision:
    """What a command about support after the exit leads to. Raises contracts.problems.Refused."""
    match command:
        case BeginAfterSupport():
            return Decision(_begin(command, case, catalogue))
        case EndAfterSupport():
            return _end(command, case)
        case _:
            assert_never(command)


def given_by(rule: Rule) -> AfterSupport | None:
    """What the rule says of it; None where the insats gives none."""
    return None if rule.exits is None else rule.exits.after_support


def ended_by_return(case: Case, day: date) -> tuple[Fact, ...]:
    """The person takes part again: the support after the exit before is over."""
    ongoing = case.after_supports.ongoing
    if ongoing is None:
        return ()
    return (AfterSupportEnded(happened_on=day, episode=ongoing.episode, reason=REOPENED),)


def _begin(command: BeginAfterSupport, case: Case, catalogue: Catalogue) -> tuple[Fact, ...]:
    referral = known(case)
    latest = case.participations.latest
    if latest is None or latest.exit is None:
        raise Conflict("not_exited", "Efterstöd ges till den som har avslutat insatsen.")
    # The rule of the exit's day: what was promised then holds, and the insats may have ended since.
    rule = rule_on(catalogue, referral, latest.exit.exited_on, "begun_on")
    if given_by(rule) is None:
        raise Conflict("no_after_support", "Insatsen ger inget stöd efter avslutet.")
    if case.after_supports.after(latest.episode) is not None:
        raise Conflict("already_begun", "Efterstöd efter det här avslutet är redan registrerat.")
    left = Milestone(latest.exit.exited_on, "before_exit", "deltagaren avslutade insatsen")
    check_day(command.begun_on, "begun_on", command.today, left)
    return (AfterSupportBegun(happened_on=command.begun_on, episode=latest.episode, rule=ref(referral, rule)),)


def _end(command: EndAfterSupport, case: Case) -> Decision:
    known(case)
    ongoing = case.after_supports.ongoing
    if ongoing is None:
        raise Conflict("no_ongoing_after_support", "Inget efterstöd pågår i ärendet.")
    reasons = words()["after_support_ends"]
    if command.reason not in reasons:
        raise Invalid("reason_unknown", f"Ange varför efterstödet slutar: {', '.join(reasons)}.", "reason")
    begun = Milestone(ongoing.since, "before_after_support", "efterstödet började")
    check_day(command.ended_on, "ended_on", command.today, begun)
    fact = AfterSupportEnded(
        happened_on=command.ended_on,
        episode=ongoing.episode,
        reason=command.reason,
    )
    return withholding(fact, case.consents, "reason")
