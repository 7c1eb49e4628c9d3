"""Which parties of a case see it: those that have something to do in its plan, while the person lets them."""

from dataclasses import dataclass
from datetime import date

from contracts.codes import Member
from contracts.consent import SHARING_BETWEEN_PARTIES
from services.planning.domain.case import Case, Stage
from services.planning.domain.decide_activities import holding_plan

_UNDER_WAY = frozenset({Stage.ACCEPTED, Stage.PARTICIPATING})


@dataclass(frozen=True)
class SharedCase:
    """A case that a party sees. ``planned_on``: the day its plan was made. ``shared_until``: the last day of the
    person's consent; None for one without."""

    party: str
    insats: str
    planned_on: date
    shared_until: date | None


def shared_cases(case: Case) -> frozenset[SharedCase]:
    """By whom the case is seen: parties that are responsible for an activity of the plan that holds, as long as the
    case is under way and the person's latest answer lets them. That being responsible makes one a party of the case
    is our reading."""
    plan, answer = holding_plan(case), case.consents.latest(SHARING_BETWEEN_PARTIES)
    if case.referral is None or case.stage not in _UNDER_WAY or plan is None or answer is None:
        return frozenset()
    responsible = {each.responsible for each in plan.activities if each.ended_in is None}
    return frozenset(
        SharedCase(party.value, case.referral.insats, plan.made_on, answer.valid_until)
        for party in responsible
        if not case.referral.forgotten and answer.is_for(party, answer.stated_on)
    )


def sees(party: Member, case: Case, today: date) -> bool:
    """True if the party sees the case today."""
    return case.consents.shares_with(party, today) and any(each.party == party for each in shared_cases(case))
