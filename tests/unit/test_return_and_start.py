"""A return in referral and a start in planning at once: whatever is heard first, both come to the same end."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeAlias
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import INSATSER
from contracts.codes import ExitReason, ReturnReason, Sex, UnitKind
from contracts.planning import InsatsStarted, ParticipantExited, PlanningEnded
from contracts.problems import Refused
from contracts.referral import ConsentRefused, ReferralReceived, RuleRef
from services.planning import domain as planning
from services.referral.domain import case as referral
from services.referral.domain.case import CaseState

DAY: Final = date(2021, 3, 1)
INSATS: Final = "mia-vidare"  # starts as soon as the referral is accepted
CASE: Final = UUID(int=1)
REFUSED: Final = ConsentRefused(happened_on=DAY)
RECEIVED: Final = ReferralReceived(
    happened_on=DAY,
    person_id=UUID(int=2),
    insats=INSATS,
    agency="stockholms-stad",
    unit="farsta",
    unit_kind=UnitKind.DISTRICT,
    sex=Sex.WOMAN,
    rule=RuleRef(insats=INSATS, version=1),
)
AGREES: Final = {
    CaseState.WAITING: "referred",
    CaseState.ACCEPTED: "accepted",
    CaseState.STARTED: "participating",
    CaseState.RETURNED: "returned",
    CaseState.CLOSED: "exited",
}
_COMMANDS: Final = ("accept", "return", "start", "exit")
_DELIVERIES: Final = ("planning hears", "referral hears")
Steps: TypeAlias = list[str]


@dataclass
class World:
    """Both services, each with what it has told and how much of the other's it has heard."""

    in_referral: referral.Case = field(default_factory=lambda: referral.opened(CASE, DAY, REFUSED))
    in_planning: planning.Case = field(default_factory=planning.NotReferred)
    told_by_referral: list[planning.ReferralFact] = field(default_factory=lambda: [RECEIVED, REFUSED])
    told_by_planning: list[planning.PlanningFact] = field(default_factory=list)
    heard_by_planning: int = 0
    heard_by_referral: int = 0

    def do(self, step: str) -> None:
        match step:
            case "accept":
                self._decide_referral(referral.Accept(DAY, DAY))
            case "return":
                self._decide_referral(referral.Return(DAY, ReturnReason.OTHER, DAY))
            case "start":
                self._decide_planning(planning.StartInsats(DAY, DAY))
            case "exit":
                self._decide_planning(planning.ExitInsats(DAY, ExitReason.OTHER, DAY))
            case "planning hears" if self.heard_by_planning < len(self.told_by_referral):
                before = self.in_planning
                self.in_planning = planning.evolve(before, self.told_by_referral[self.heard_by_planning])
                self.told_by_planning.extend(planning.follows(before, self.in_planning))
                self.heard_by_planning += 1
            case "referral hears" if self.heard_by_referral < len(self.told_by_planning):
                fact = self.told_by_planning[self.heard_by_referral]
                if isinstance(fact, InsatsStarted | ParticipantExited):
                    self.in_referral = referral.evolve(self.in_referral, fact)
                self.heard_by_referral += 1

    def settle(self) -> None:
        """Everything told is heard."""
        while self.heard_by_planning < len(self.told_by_referral) or self.heard_by_referral < len(
            self.told_by_planning
        ):
            for step in _DELIVERIES:
                self.do(step)

    def _decide_referral(self, command: referral.Command) -> None:
        try:
            facts = referral.decide(command, self.in_referral)
        except Refused:
            return
        for fact in facts:
            self.in_referral = referral.evolve(self.in_referral, fact)
        self.told_by_referral.extend(facts)

    def _decide_planning(self, command: planning.Command) -> None:
        try:
            facts = planning.decide(command, self.in_planning, INSATSER)
        except Refused:
            return
        for fact in facts:
            self.in_planning = planning.evolve(self.in_planning, fact)
        self.told_by_planning.extend(facts)


# Accepted and heard of at first, or hardly any sequence would get to a start.
_ACCEPTED: Final = ["accept", *["planning hears"] * 3]
_histories = st.tuples(
    st.sampled_from([[], _ACCEPTED]), st.lists(st.sampled_from(_COMMANDS + _DELIVERIES), max_size=20)
).map(lambda parts: [*parts[0], *parts[1]])


def _after(steps: Steps) -> World:
    world = World()
    for step in steps:
        world.do(step)
    world.settle()
    return world


@given(_histories)
def test_both_services_end_in_the_same_state(steps: Steps) -> None:
    world = _after(steps)
    assert world.in_planning.stage == AGREES[world.in_referral.state]


@given(_histories)
def test_planning_ends_exactly_where_a_case_was_accepted_returned_and_never_started(steps: Steps) -> None:
    world = _after(steps)
    told = [type(fact).__name__ for fact in (*world.told_by_referral, *world.told_by_planning)]
    started = "InsatsStarted" in told
    returned = {"ReferralAccepted", "ReferralReturned"} <= set(told)
    ended = [fact for fact in world.told_by_planning if isinstance(fact, PlanningEnded)]
    assert len(ended) == int(returned and not started)


@given(_histories)
def test_whoever_came_in_can_leave_and_be_referred_anew(steps: Steps) -> None:
    world = _after(steps)
    for step in ("return", "exit"):
        world.do(step)
        world.settle()
    assert world.in_referral.state in {CaseState.RETURNED, CaseState.CLOSED}
    assert world.in_planning.stage in {"returned", "exited"}


def test_the_start_counts_when_both_were_told_at_once() -> None:
    world = _after([*_ACCEPTED, "return", "start"])
    assert (world.in_referral.state, world.in_planning.stage) == (CaseState.STARTED, "participating")
