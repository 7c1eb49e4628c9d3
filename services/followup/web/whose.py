"""Whose follow-ups a page shows: everybody's of a sign-in role, or one's own. The choice is a word of the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts.codes import Role
from services.chassis.auth import User
from services.followup.store import RoleList, WorkerList, WorkList
from services.followup.work import WORKERS, default_role

MINE: Final = "mina"
_WORDS: Final[Mapping[Role, str]] = {Role.COORDINATOR: "koordinator", Role.LOTS: "lots"}


@dataclass(frozen=True)
class Whose:
    """A list, and its word in addresses."""

    word: str
    work_list: WorkList


def whose(word: str, user: User) -> Whose:
    """The list that an address asks for; where it asks for none that there is, the user's role's."""
    if word == MINE and user.has(*WORKERS):
        return Whose(MINE, WorkerList(user.worker_id))
    role = next((role for role, each in _WORDS.items() if each == word), default_role(user))
    return Whose(_WORDS[role], RoleList(role))


def tabs(user: User) -> Mapping[str, str]:
    """The lists that a user may look at, by their words in addresses."""
    mine = {MINE: "Mina"} if user.has(*WORKERS) else {}
    return {**mine, "koordinator": "Koordinatorernas", "lots": "Lotsarnas"}
