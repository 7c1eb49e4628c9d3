"""Cases that have been accepted and wait for a seat in a session: they are in a list, the oldest first."""

from dataclasses import dataclass
from datetime import date

from services.planning.domain.case import Case, Stage
from services.planning.domain.decision import Catalogue
from services.planning.domain.requirements import MeetingHeldFirst, gate_of


@dataclass(frozen=True)
class AwaitingSeat:
    """An accepted case that has no seat yet. ``unit``: the referring agency's, which shows the district."""

    insats: str
    unit: str
    referred_on: date
    accepted_on: date


def awaiting_seat(case: Case, catalogue: Catalogue) -> AwaitingSeat | None:
    """What the case waits with; None if it does not wait, or its insats takes nobody in by a session."""
    referral = case.referral
    if case.stage is not Stage.ACCEPTED or referral is None or referral.accepted_on is None:
        return None
    insats = catalogue.get(referral.insats)
    rule = None if insats is None else insats.rule_on(referral.accepted_on)
    gate = None if rule is None else gate_of(rule)
    if not isinstance(gate, MeetingHeldFirst) or not gate.session:
        return None
    if case.meetings.booked(None) is not None or case.meetings.first_held(None) is not None:
        return None
    return AwaitingSeat(referral.insats, referral.unit, referral.referred_on, referral.accepted_on)
