"""Decisions about what a participant lives on: employments and benefits. They may be made after the exit too.

What kind of employment or benefit it is leaves the service only with consent.
"""

from collections.abc import Collection
from datetime import date
from typing import Final, TypeAlias, assert_never

from contracts.catalogue import Rule
from contracts.catalogue.vocabulary import words
from contracts.planning import BenefitDecided, EmploymentDecided, EmploymentEnded
from contracts.problems import Conflict, Invalid, NotFound
from services.planning.domain.case import Case, Referral, Stage
from services.planning.domain.checks import check_day, known, rule_on, under_way
from services.planning.domain.command import DecideBenefit, DecideEmployment, EndEmployment
from services.planning.domain.decision import Catalogue, Decision, withholding
from services.planning.domain.livelihood import Employment
from services.planning.domain.requirements import Milestone

LivelihoodCommand: TypeAlias = DecideEmployment | EndEmployment | DecideBenefit

KOM_I_JOBB: Final = "kom_i_jobb_decided"
"""The catalogue's word for what starts the time limit of the municipality's own employments."""


def decide(command: LivelihoodCommand, case: Case, catalogue: Catalogue) -> Decision:
    """What a command about employment or benefits leads to. Raises contracts.problems.Refused."""
    referral = _accepted(case)
    match command:
        case DecideEmployment():
            return _employment(command, case, referral, catalogue)
        case EndEmployment():
            return _end(command, case)
        case DecideBenefit():
            return _benefit(command, case, referral)
        case _:
            assert_never(command)


def counts_kom_i_jobb(rule: Rule) -> bool:
    """Whether the insats has the municipality's own employments, whose time it watches."""
    return any(KOM_I_JOBB in clock.starts for clock in rule.clocks)


def asked_of_employment(rule: Rule) -> frozenset[str]:
    """What must be said of an employment by the insats' rule: extent, support, both or neither."""
    return frozenset(need for each in rule.activities if each.kind == "employment" for need in each.needs)


def _accepted(case: Case) -> Referral:
    """Raises for a case that was never taken on; one that has been left is none of those."""
    return known(case) if case.stage is Stage.EXITED else under_way(case)


def _since(referral: Referral) -> Milestone:
    return Milestone(referral.accepted_on or referral.referred_on, "before_acceptance", "anmälan antogs")


def _employment(command: DecideEmployment, case: Case, referral: Referral, catalogue: Catalogue) -> Decision:
    check_day(command.decided_on, "decided_on", command.today, _since(referral))
    if command.until_on is not None and command.until_on < command.from_on:
        raise Invalid("ends_before_it_begins", "Anställningen slutar före sin första dag.", "until_on")
    before = case.livelihood.employment(command.employment_id)
    if before is not None:
        _check_prolonged(command, before)
    elif any(_same(command, each) for each in case.livelihood.employments):
        raise Conflict("already_decided", "Anställningen är redan registrerad.")
    _check_said(command, rule_on(catalogue, referral, _rule_day(command.decided_on, case), "decided_on"))
    fact = EmploymentDecided(
        happened_on=command.decided_on,
        decision_id=command.decision_id,
        employment_id=command.employment_id,
        prolongs=command.prolongs,
        from_on=command.from_on,
        until_on=command.until_on,
        kom_i_jobb=command.kom_i_jobb,
        support=command.support,
        extent_percent=command.extent_percent,
        employer=command.employer,
    )
    return withholding(fact, case.consents, "support", "extent_percent", "employer")


def _rule_day(decided_on: date, case: Case) -> date:
    """The rule of the exit's day holds for what is decided after it: the insats may have ended since."""
    latest = case.participations.latest
    left = None if latest is None or latest.exit is None else latest.exit.exited_on
    return decided_on if left is None else min(decided_on, left)


def _same(command: DecideEmployment, employment: Employment) -> bool:
    """Whether two have registered the same decision."""
    first = employment.decisions[0]
    said = (first.decided_on, first.from_on, first.prolongs)
    return said == (command.decided_on, command.from_on, command.prolongs)


def _check_prolonged(command: DecideEmployment, before: Employment) -> None:
    if before.end is not None:
        raise Conflict("employment_ended", "Anställningen har upphört. Registrera en ny anställning i stället.")
    if not command.prolongs:
        raise Conflict("already_decided", "Anställningen är redan registrerad.")
    if command.from_on <= before.latest.from_on:
        message = f"Förlängningen börjar efter {before.latest.from_on}, då anställningen började."
        raise Invalid("before_employment", message, "from_on")


def _check_said(command: DecideEmployment, rule: Rule) -> None:
    if command.kom_i_jobb and not counts_kom_i_jobb(rule):
        raise Invalid("kom_i_jobb_not_used", "Insatsen har inga kommunala anställningar (Kom-i-jobb).", "kom_i_jobb")
    needs = asked_of_employment(rule)
    if "extent" in needs and command.extent_percent is None:
        message = "Ange omfattningen i procent av heltid, 1 till 100."
        raise Invalid("extent_percent_missing", message, "extent_percent")
    supports = words()["exit_supports"]
    if "support" in needs and command.support is None:
        message = "Ange vilket stöd som finns i arbetet, eller att det inte finns något."
        raise Invalid("support_missing", message, "support")
    if command.support is not None:
        _check_word(command.support, supports, "support")


def _end(command: EndEmployment, case: Case) -> Decision:
    employment = case.livelihood.employment(command.employment_id)
    if employment is None:
        raise NotFound("employment_unknown", "Ärendet har ingen sådan anställning.")
    if employment.end is not None:
        raise Conflict("employment_ended", "Det är redan registrerat att anställningen har upphört.")
    first = Milestone(employment.decisions[0].from_on, "before_employment", "anställningen började")
    check_day(command.ended_on, "ended_on", command.today, first)
    _check_word(command.reason, words()["employment_ends"], "reason")
    fact = EmploymentEnded(
        happened_on=command.ended_on,
        employment_id=command.employment_id,
        reason=command.reason,
    )
    return withholding(fact, case.consents, "reason")


def _benefit(command: DecideBenefit, case: Case, referral: Referral) -> Decision:
    check_day(command.decided_on, "decided_on", command.today, _since(referral))
    _check_word(command.benefit, words()["benefits"], "benefit")
    _check_repeated(command, case)
    fact = BenefitDecided(
        happened_on=command.decided_on,
        decision_id=command.decision_id,
        benefit=command.benefit,
        status=command.status,
        extent_percent=command.extent_percent,
    )
    return withholding(fact, case.consents, "benefit", "status", "extent_percent")


def _check_repeated(command: DecideBenefit, case: Case) -> None:
    """The same decision of the same day is one, though two register it."""
    said = (command.decided_on, command.benefit, command.status)
    if any((each.decided_on, each.benefit, each.status) == said for each in case.livelihood.benefits):
        raise Conflict("already_decided", "Beslutet är redan registrerat.")


def _check_word(word: str, allowed: Collection[str], field: str) -> None:
    if word not in allowed:
        raise Invalid(f"{field}_unknown", f"Välj ett av: {', '.join(allowed)}.", field)
