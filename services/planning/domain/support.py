"""Support: who helps the participant in which role, since when and until when, and who is asked to take it over."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal, TypeAlias, assert_never
from uuid import UUID

from contracts.envelope import Fact
from contracts.planning import (
    LotsAssigned,
    SupportAssigned,
    SupportEnded,
    SupportHandedOver,
    SupportHandoverDeclined,
    SupportHandoverOffered,
    SupportHandoverWithdrawn,
)
from services.planning.domain.impossible import ImpossibleFactError

LOTS: Final = "lots"
"""The role of a lots (guide); its assignment has an event of its own (follow-up 2021, L163-173)."""

AssignedFact: TypeAlias = LotsAssigned | SupportAssigned
AnswerFact: TypeAlias = SupportHandoverDeclined | SupportHandoverWithdrawn | SupportHandedOver


@dataclass(frozen=True)
class HandoverOffer:
    """A colleague is asked to take a support over, and has not answered."""

    to: str
    offered_on: date


@dataclass(frozen=True)
class HandoverAnswer:
    """What became of the last offer. ``reason``: why it was declined."""

    offer: HandoverOffer
    answer: Literal["accepted", "declined", "withdrawn"]
    answered_on: date
    reason: str | None = None


@dataclass(frozen=True)
class Support:
    """One person's support in one role. ``ended_on``: its last day; None while it lasts, as ``reason`` is. ``offer``:
    whom it is offered to while that is open; the support is the worker's own until the offer is accepted.
    ``answered``: the last offer, once it is no longer open."""

    support_id: UUID
    role: str
    worker_id: str
    since: date
    ended_on: date | None = None
    reason: str | None = None
    offer: HandoverOffer | None = None
    answered: HandoverAnswer | None = None


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
            # An offer falls with the support it is about.
            lasting = _lasting(before, fact.support_id)
            return _changed(before, replace(lasting, ended_on=fact.happened_on, reason=fact.reason, offer=None))
        case SupportHandoverOffered():
            return _offered(before, fact)
        case SupportHandoverDeclined() | SupportHandoverWithdrawn() | SupportHandedOver():
            return _answered(before, fact)
        case _:
            return before


def begun_by(fact: AssignedFact) -> Support:
    """The support that begins with a fact, whichever role it is in."""
    match fact:
        case LotsAssigned():
            return Support(fact.support_id, LOTS, fact.lots_id, fact.happened_on)
        case SupportAssigned():
            return Support(fact.support_id, fact.role, fact.worker_id, fact.happened_on)


def beginning(role: str, support_id: UUID, worker_id: str, day: date) -> AssignedFact:
    """The fact that somebody begins to support in a role."""
    if role == LOTS:
        return LotsAssigned(happened_on=day, support_id=support_id, lots_id=worker_id)
    return SupportAssigned(happened_on=day, support_id=support_id, role=role, worker_id=worker_id)


def _assigned(before: Supports, fact: AssignedFact) -> Supports:
    """Somebody begins to support. Raises ImpossibleFactError while somebody else does in the same role."""
    begun = begun_by(fact)
    if before.ongoing(begun.role) is not None or before.find(begun.support_id) is not None:
        raise ImpossibleFactError("support assigned in a role that somebody has")
    return Supports((*before.all, begun))


def _offered(before: Supports, fact: SupportHandoverOffered) -> Supports:
    support = _lasting(before, fact.support_id)
    if support.offer is not None:
        raise ImpossibleFactError("a support offered that is offered already")
    return _changed(before, replace(support, offer=HandoverOffer(fact.to, fact.happened_on), answered=None))


def _answered(before: Supports, fact: AnswerFact) -> Supports:
    """The offer is no more. Raises ImpossibleFactError if there was none, or somebody accepts another's."""
    support = _lasting(before, fact.support_id)
    if support.offer is None or (isinstance(fact, SupportHandedOver) and fact.to != support.offer.to):
        raise ImpossibleFactError("an answer to an offer that was not made")
    return _changed(before, replace(support, offer=None, answered=_answer(support.offer, fact)))


def _answer(offer: HandoverOffer, fact: AnswerFact) -> HandoverAnswer:
    match fact:
        case SupportHandoverDeclined():
            return HandoverAnswer(offer, "declined", fact.happened_on, fact.reason)
        case SupportHandoverWithdrawn():
            return HandoverAnswer(offer, "withdrawn", fact.happened_on)
        case SupportHandedOver():
            return HandoverAnswer(offer, "accepted", fact.happened_on)
        case _:
            assert_never(fact)


def _lasting(before: Supports, support_id: UUID) -> Support:
    support = before.find(support_id)
    if support is None or support.ended_on is not None:
        raise ImpossibleFactError("a fact about a support that does not last")
    return support


def _changed(before: Supports, after: Support) -> Supports:
    return Supports(tuple(after if each.support_id == after.support_id else each for each in before.all))
