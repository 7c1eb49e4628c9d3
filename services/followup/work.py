"""Whose work the follow-ups are, and what the signed-in may see and do."""

from typing import Final

from contracts.catalogue import INSATSER
from contracts.codes import Role
from contracts.followup import FollowUpScheduled
from services.chassis.auth import User
from services.chassis.http import signed_in

# No plan has more activities (planning's limit), and a report has at most one finding for each.
MOST_FINDINGS: Final = 50

WORKERS: Final = (Role.COORDINATOR, Role.LOTS)
"""The sign-in roles that have a list of follow-ups to do, in the order lists are shown."""

COORDINATES: Final = Role.COORDINATOR
"""The sign-in role that acts for other workers: registers their absence, and hands over for who leaves."""

may_complete: Final = signed_in(*WORKERS)
may_look: Final = signed_in(*WORKERS, Role.OFFICE)
may_audit: Final = signed_in(Role.OPERATIONS)


def worked_by(terms: FollowUpScheduled) -> Role:
    """The sign-in role in whose list a follow-up stands, by what its responsible role does in the insats.

    LOTS works what falls to a role that ``supports`` (lots, case manager, samordnare). COORDINATOR works the rest:
    what falls to one that ``leads``, ``decides``, ``represents`` or ``refers``, and to a role the catalogue lacks.
    """
    insats = INSATSER.get(terms.rule.insats)
    rules = () if insats is None else (rule for rule in insats.versions if rule.version == terms.rule.version)
    roles = (rule.role(terms.responsible) for rule in rules)
    supports = any(role is not None and role.does == "supports" for role in roles)
    return Role.LOTS if supports else Role.COORDINATOR


def default_role(user: User) -> Role:
    """Whose list a user sees first: that of a role of their own, or the coordinators'."""
    return next((role for role in WORKERS if user.has(role)), Role.COORDINATOR)
