"""Support: who helps the participant in which role, since when and until when."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from contracts.envelope import Fact
from contracts.planning import LotsAssigned, SupportAssigned, SupportEnded
from services.planning.domain.impossible import ImpossibleFactError

LOTS: Final = "lots"
"""The role of a lots (guide); its assignment has an event of its own (follow-up 2021, L163-173)."""


@dataclass(frozen=True)
class Support:
    """One person's support in one role. ``ended_on``: its last day; None while it lasts."""

    support_id: UUID
    role: str
    worker_id: str
    since: date
    ended_on: date | None = None


@dataclass(frozen=True)
class Supports:
    """All support the case has had, in the order it was assigned."""

    all: tuple[Support, ...] = ()

    def ongoing(self, role: str) -> Support | None:
        """The support in a role that lasts."""
        return next((each for each in self.all if each.role == role and each.ended_on is None), None)

    def find(self, support_id: UUID) -> Support | None:
        """The support with this id."""
        return next((each for each in self.all if each.support_id == support_id), None)


def evolve(before: Supports, fact: Fact) -> Supports:
    """The support after a fact; unchanged by facts about other things."""
    match fact:
        case LotsAssigned() | SupportAssigned():
            return _assigned(before, fact)
        case SupportEnded():
            return _ended(before, fact)
        case _:
            return before


def _assigned(before: Supports, fact: LotsAssigned | SupportAssigned) -> Supports:
    """Somebody begins to support. Raises ImpossibleFactError while somebody else does in the same role."""
    match fact:
        case LotsAssigned():
            role, worker_id = LOTS, fact.lots_id
        case SupportAssigned():
            role, worker_id = fact.role, fact.worker_id
    if before.ongoing(role) is not None or before.find(fact.support_id) is not None:
        raise ImpossibleFactError("support assigned in a role that somebody has")
    return Supports((*before.all, Support(fact.support_id, role, worker_id, fact.happened_on)))


def _ended(before: Supports, fact: SupportEnded) -> Supports:
    """The support ends. Raises ImpossibleFactError if it does not last."""
    support = before.find(fact.support_id)
    if support is None or support.ended_on is not None:
        raise ImpossibleFactError("SupportEnded of a support that does not last")
    after = replace(support, ended_on=fact.happened_on)
    return Supports(tuple(after if each.support_id == after.support_id else each for each in before.all))
