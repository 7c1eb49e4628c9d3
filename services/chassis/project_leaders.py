"""Whose insatser a list may show: those who work with cases see every insats, a project leader those they lead."""

from collections.abc import Iterable
from typing import Final

from contracts.codes import Role
from contracts.problems import Forbidden
from services.chassis.auth import User

CASEWORK: Final = (Role.COORDINATOR, Role.LOTS, Role.OFFICE)
"""Those who work with the cases of every insats."""


def seen_by(user: User, insatser: Iterable[str]) -> list[str]:
    """Those of some insatser whose lists the user may see, in the same order."""
    return [each for each in insatser if _sees(user, each)]


def require_insats(user: User, insats: str) -> None:
    """Raises Forbidden unless the user may see the lists of the insats."""
    if not _sees(user, insats):
        raise Forbidden("insats_not_led", "Du leder inte den insatsen. Välj en av dina egna under Projektledare.")


def _sees(user: User, insats: str) -> bool:
    return user.has(*CASEWORK) or (user.has(Role.PROJECT_LEADER) and insats in user.leads)
