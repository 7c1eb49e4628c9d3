"""Decisions about who supports the participant."""

from typing import TypeAlias, assert_never

from contracts.catalogue import Rule
from contracts.planning import SupportEnded
from contracts.problems import Conflict, Invalid
from services.planning.domain.case import Case
from services.planning.domain.caseload import is_full, limit_of
from services.planning.domain.checks import check_day, rule_on, under_way
from services.planning.domain.command import AssignSupport, EndSupport
from services.planning.domain.decision import Catalogue, Decision
from services.planning.domain.requirements import Milestone, gate_of, milestone
from services.planning.domain.support import LOTS, beginning

SupportCommand: TypeAlias = AssignSupport | EndSupport


def decide(command: SupportCommand, case: Case, catalogue: Catalogue) -> Decision:
    """What a command about support leads to. Raises contracts.problems.Refused."""
    match command:
        case AssignSupport():
            return _assign(command, case, catalogue)
        case EndSupport():
            return _end(command, case)
        case _:
            assert_never(command)


def _assign(command: AssignSupport, case: Case, catalogue: Catalogue) -> Decision:
    """Somebody begins to support in a role. Whoever had it ends on the same day, and the one leads to the other, so
    that they are taken back together."""
    referral = under_way(case)
    rule = rule_on(catalogue, referral, command.assigned_on, "assigned_on")
    role = rule.role(command.role)
    if role is None or role.does != "supports":
        raise _no_such_support(command.role, [each.id for each in rule.roles if each.does == "supports"])
    before = case.supports.ongoing(command.role)
    if before is not None and before.worker_id == command.worker_id:
        raise Conflict("already_assigned", f"Deltagaren har redan den personen som {role.label}.")
    check_day(command.assigned_on, "assigned_on", command.today, milestone(gate_of(rule), case))
    _require_room(command, rule)
    begun = beginning(command.role, command.support_id, command.worker_id, command.assigned_on)
    if before is None:
        return Decision((begun,))
    earlier = Milestone(before.since, "before_earlier_support", f"den förra {role.label} utsågs")
    check_day(command.assigned_on, "assigned_on", command.today, earlier)
    ended = SupportEnded(happened_on=command.assigned_on, support_id=before.support_id, reason="replaced")
    return Decision((ended,), consequences=(begun,))


def _require_room(command: AssignSupport, rule: Rule) -> None:
    """Raises Conflict at the limit of the rule, unless whoever assigns has seen it. "Ungefär 20 pågående samtidigt",
    in practice often more (Sundsvall 2023, L722): more is possible, but never by oversight."""
    limit = limit_of(rule, command.role)
    if limit is not None and is_full(limit, command.others) and not command.beyond_limit:
        raise Conflict(
            "caseload_full",
            f"{command.worker_id} stödjer redan {command.others} deltagare, och gränsen är {limit.seats}. "
            "Välj någon annan, eller bekräfta att gränsen får överskridas.",
            "beyond_limit",
        )


def _no_such_support(role: str, roles: list[str]) -> Conflict | Invalid:
    if role == LOTS:
        return Conflict("no_lots", "Insatsen har inga lotsar.")
    return Invalid("role_unknown", f"Välj en av insatsens stödroller: {', '.join(roles) or 'inga'}.", "role")


def _end(command: EndSupport, case: Case) -> Decision:
    """The support in a role ends. Allowed after an exit too: support may outlast it, and must not stay open."""
    support = case.supports.ongoing(command.role)
    if support is None:
        raise Conflict("no_support", "Deltagaren har inget pågående stöd i den rollen.")
    since = Milestone(support.since, "before_support", "stödet började")
    check_day(command.ended_on, "ended_on", command.today, since)
    return Decision(
        (SupportEnded(happened_on=command.ended_on, support_id=support.support_id, reason=command.reason),)
    )
