"""Whose a follow-up is: the one who supports the participant in the role that owes it, or who has taken it over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from contracts.corrections import effective
from contracts.planning import LotsAssigned, SupportAssigned, SupportEnded
from services.followup.domain.ledger import FollowUp, LoggedEvent

_LOTS: Final = "lots"


@dataclass(frozen=True)
class Supporter:
    """Somebody who supports the participant now, and since when."""

    worker_id: str
    since: date


def supporters(log: Iterable[LoggedEvent]) -> Mapping[str, Supporter]:
    """Who supports the participant now, by the catalogue's role; of several in one role the last to begin."""
    began: dict[UUID, tuple[str, Supporter]] = {}
    for event in effective(log):
        match event.data:
            case LotsAssigned() as fact:
                began[fact.support_id] = (_LOTS, Supporter(fact.lots_id, fact.happened_on))
            case SupportAssigned() as fact:
                began[fact.support_id] = (fact.role, Supporter(fact.worker_id, fact.happened_on))
            case SupportEnded() as fact:
                began.pop(fact.support_id, None)
            case _:
                continue
    return dict(began.values())


def worker_of(follow_up: FollowUp, by_role: Mapping[str, Supporter]) -> str | None:
    """The user id of whose it is; None where it is everybody's in its role.

    Whoever took it over has it until somebody new begins to support the participant in the role that owes it.
    """
    supporter, taken = by_role.get(follow_up.terms.responsible), follow_up.taken
    if taken is not None and (supporter is None or supporter.since <= taken.since):
        return taken.by
    return None if supporter is None else supporter.worker_id
