"""Of which cases a user may be told the names at all. Of these, protected people are named to those who are named."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from contracts.codes import Role
from contracts.consent import Consents, consents_of
from contracts.corrections import effective
from contracts.envelope import Event
from services.chassis.auth import User
from services.chassis.database import Connection
from services.chassis.log import read_logs
from services.chassis.project_leaders import CASEWORK
from services.referral import inbox_store, protection_store

NAME_READERS: Final = (*CASEWORK, Role.PROJECT_LEADER, Role.TEAM_REPRESENTATIVE)
"""Who may ask for names."""


async def named_to(connection: Connection, user: User, case_ids: Sequence[UUID], today: date) -> list[UUID]:
    """Those of the cases whose people may be named to the user.

    All for those who work with cases; for a project leader those of the insatser they lead; for a team's
    representative those whose person consents that the parties share, and who is not protected: a party's
    representative is named for nobody.
    """
    if user.has(*CASEWORK):
        return list(case_ids)
    if user.has(Role.PROJECT_LEADER):
        return await inbox_store.of_insatser(connection, case_ids, user.leads)
    if user.member is None:
        return []
    protected = await protection_store.of_cases(connection, case_ids)
    logs = await read_logs(connection, [case_id for case_id in case_ids if case_id not in protected])
    return [case_id for case_id, log in logs.items() if _consents(log).shares_with(user.member, today)]


def _consents(log: Iterable[Event[Any]]) -> Consents:
    return consents_of(event.data for event in effective(log))
