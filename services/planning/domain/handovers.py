"""Which supports somebody was asked to take over, and what became of it: for the page of who leaves."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.planning.domain.case import Case
from services.planning.domain.support import Support


@dataclass(frozen=True)
class Handover:
    """The last offer of a support. ``answer``: ``accepted`` or ``declined``; None while it waits. ``worker_id``: who
    had the support when it was offered."""

    support_id: UUID
    insats: str
    role: str
    worker_id: str
    offered_to: str
    offered_on: date
    answer: str | None
    answered_on: date | None
    reason: str | None


def handovers(case: Case) -> frozenset[Handover]:
    """The last offers of the case's supports, without those withdrawn and those that fell when the support ended."""
    if case.referral is None:
        return frozenset()
    insats = case.referral.insats
    return frozenset(found for each in case.supports.all if (found := _handover(each, insats)) is not None)


def _handover(support: Support, insats: str) -> Handover | None:
    answered = support.answered
    offer = support.offer if answered is None else answered.offer
    if offer is None or (answered is not None and answered.answer == "withdrawn"):
        return None
    return Handover(
        support_id=support.support_id,
        insats=insats,
        role=support.role,
        worker_id=support.worker_id,
        offered_to=offer.to,
        offered_on=offer.offered_on,
        answer=None if answered is None else answered.answer,
        answered_on=None if answered is None else answered.answered_on,
        reason=None if answered is None else answered.reason,
    )
