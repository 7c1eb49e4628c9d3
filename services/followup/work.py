"""Whose work the follow-ups are: roles that owe them, and what the signed-in may see and do."""

from typing import Final

from contracts.catalogue import INSATSER
from contracts.catalogue.wire import follow_up_points
from contracts.codes import Role
from services.chassis.auth import User
from services.chassis.http import signed_in

# Every role that a version of some insats' rules makes responsible, in a fixed order.
RESPONSIBLE: Final[tuple[Role, ...]] = tuple(
    sorted(
        {
            point.responsible
            for insats in INSATSER.values()
            for rule in insats.versions
            for point in follow_up_points(rule)
        }
    )
)

# No samplan has more activities (planning's limit), and a report has at most one finding for each.
MOST_FINDINGS: Final = 50

MAY_COMPLETE: Final = (Role.COORDINATOR, Role.LOTS)
may_complete: Final = signed_in(*MAY_COMPLETE)
may_look: Final = signed_in(*MAY_COMPLETE, Role.OFFICE)


def default_role(user: User) -> Role:
    """Whose list a user sees first: that of a role of their own, or the coordinators'."""
    return next((role for role in RESPONSIBLE if user.has(role)), Role.COORDINATOR)
