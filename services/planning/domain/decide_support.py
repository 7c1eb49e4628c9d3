"""Decisions about who supports the participant."""

from typing import TypeAlias, assert_never

from contracts.envelope import Fact
from contracts.planning import LotsAssigned, SupportAssigned, SupportEnded
from contracts.problems import Conflict, Invalid
from services.planning.domain.case import Case
from services.planning.domain.checks import check_day, rule_on, under_way
from services.planning.domain.command import AssignSupport, EndSupport
from services.planning.domain.decision import Catalogue
from services.planning.domain.requirements import Milestone, gate_of, milestone
from services.planning.domain.support import LOTS

SupportCommand: TypeAlias = AssignSupport | EndSupport


def decide(command: SupportCommand, case: Case, catalogue: Catalogue) -> tuple[Fact, ...]:
    """What a command about support leads to. Raises contracts.problems.Refused."""
    match command:
        case AssignSupport():
            return _assign(command, case, catalogue)
        case EndSupport():
            return _end(command, case)
        case _:
            assert_never(command)


def _assign(command: AssignSupport, case: Case, catalogue: Catalogue) -> tuple[Fact, ...]:
    """Somebody begins to support in a role. Whoever had it ends on the same day."""
    referral = under_way(case)
    rule = rule_on(catalogue, referral, command.assigned_on, "assigned_on")
    role = rule.role(command.role)
    if role is None or role.does != "supports":
        raise _no_such_support(command.role, [each.id for each in rule.roles if each.does == "supports"])
    before = case.supports.ongoing(command.role)
    if before is not None and before.worker_id == command.worker_id:
        raise Conflict("already_assigned", f"Deltagaren har redan den personen som {role.label}.")
    check_day(command.assigned_on, "assigned_on", command.today, milestone(gate_of(rule), case))
    ended: tuple[Fact, ...] = ()
    if before is not None:
        earlier = Milestone(before.since, "before_earlier_support", f"den förra {role.label} utsågs")
        check_day(command.assigned_on, "assigned_on", command.today, earlier)
        ended = (SupportEnded(happened_on=command.assigned_on, support_id=before.support_id, reason="replaced"),)
    return (*ended, _assigned(command))


def _assigned(command: AssignSupport) -> Fact:
    day, support_id = command.assigned_on, command.support_id
    if command.role == LOTS:
        return LotsAssigned(happened_on=day, support_id=support_id, lots_id=command.worker_id)
    return SupportAssigned(happened_on=day, support_id=support_id, role=command.role, worker_id=command.worker_id)


def _no_such_support(role: str, roles: list[str]) -> Conflict | Invalid:
    if role == LOTS:
        return Conflict("no_lots", "Insatsen har inga lotsar.")
    return Invalid("role_unknown", f"Välj en av insatsens stödroller: {', '.join(roles) or 'inga'}.", "role")


def _end(command: EndSupport, case: Case) -> tuple[Fact, ...]:
    """The support in a role ends. Allowed after an exit too: support may outlast it, and must not stay open."""
    support = case.supports.ongoing(command.role)
    if support is None:
        raise Conflict("no_support", "Deltagaren har inget pågående stöd i den rollen.")
    since = Milestone(support.since, "before_support", "stödet började")
    check_day(command.ended_on, "ended_on", command.today, since)
    return (SupportEnded(happened_on=command.ended_on, support_id=support.support_id, reason=command.reason),)
