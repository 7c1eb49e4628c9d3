"""Whose follow-ups a page shows: everybody's of a sign-in role, or one's own. The choice is a word of the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from contracts.codes import Role
from services.chassis.auth import User
from services.chassis.database import Connection
from services.followup.absence_commands import stand_ins
from services.followup.store import RoleList, WorkerList, WorkList
from services.followup.work import WORKERS, default_role

MINE: Final = "mina"
_WORDS: Final[Mapping[Role, str]] = {Role.COORDINATOR: "koordinator", Role.LOTS: "lots"}


@dataclass(frozen=True)
class Whose:
    """A list, and its word in addresses. ``away``: until when they are away whose follow-ups are in it as well."""

    word: str
    work_list: WorkList
    away: Mapping[str, date] = field(default_factory=dict)


def whose(word: str, user: User) -> Whose:
    """The list that an address asks for; where it asks for none that there is, the user's role's."""
    if word == MINE and user.has(*WORKERS):
        return Whose(MINE, WorkerList(user.worker_id))
    role = next((role for role, each in _WORDS.items() if each == word), default_role(user))
    return Whose(_WORDS[role], RoleList(role))


async def on_day(connection: Connection, chosen: Whose, today: date) -> Whose:
    """The list as it is on a day: one's own has those of the absent whom one stands in for."""
    if not isinstance(chosen.work_list, WorkerList):
        return chosen
    worker_id = chosen.work_list.worker_id
    found = await stand_ins(connection, worker_id, today)
    away = {each.worker_id: each.last_day for each in found.absences}
    return replace(chosen, work_list=found.list_of(worker_id), away=away)


def tabs(user: User) -> Mapping[str, str]:
    """The lists that a user may look at, by their words in addresses."""
    mine = {MINE: "Mina"} if user.has(*WORKERS) else {}
    return {**mine, "koordinator": "Koordinatorernas", "lots": "Lotsarnas"}
