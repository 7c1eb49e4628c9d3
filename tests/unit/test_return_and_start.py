"""A return in referral and a start in planning at once: whatever is heard first, both come to the same end."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeAlias
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from contracts import planning, referral
from contracts.catalogue import INSATSER
from contracts.corrections import effective
from contracts.envelope import Fact
from contracts.events import AnyEvent
from contracts.planning import CaseReopened, InsatsStarted, ParticipantExited, PlanningEnded
from contracts.problems import Refused
from contracts.referral import ConsentRefused, ReferralAccepted, ReferralReturned
from services.planning.domain.command import Command, ExitInsats, StartInsats
from services.planning.domain.decide import decide as decide_planning
from services.referral.domain import case as referral_domain
from services.referral.domain.case import Accept, CaseState, Return
from services.referral.domain.correction import TakeBack, return_that_counts, take_back
from tests.unit.planning import mother
from tests.unit.planning.mother import Life

DAY: Final = date(2021, 3, 1)
INSATS: Final = "ratt-stod-for-mig"  # starts as soon as the referral is accepted
AGREES: Final = {
    CaseState.WAITING: "referred",
    CaseState.INCOMPLETE: "referred",
    CaseState.ACCEPTED: "accepted",
    CaseState.STARTED: "participating",
    CaseState.RETURNED: "returned",
    CaseState.CLOSED: "exited",
}
_COMMANDS: Final = ("accept", "return", "take back", "start", "exit")
_DELIVERIES: Final = ("planning hears", "referral hears")
_HEARD_BY_REFERRAL: Final = (InsatsStarted, ParticipantExited, CaseReopened)
Steps: TypeAlias = list[str]


@dataclass
class World:
    """Both services: what each has appended, and how much of the other's it has heard."""

    by_referral: list[AnyEvent] = field(default_factory=list)
    by_planning: list[AnyEvent] = field(default_factory=list)
    in_planning: Life = field(default_factory=Life)
    heard_by_planning: int = 0
    heard_by_referral: int = 0

    @property
    def in_referral(self) -> referral_domain.Case:
        return referral_domain.fold(self._log_of_referral())

    def _log_of_referral(self) -> list[AnyEvent]:
        heard = [
            each for each in self.by_planning[: self.heard_by_referral] if isinstance(each.data, _HEARD_BY_REFERRAL)
        ]
        return [*self.by_referral, *heard]

    def do(self, step: str) -> None:
        match step:
            case "accept":
                self._ask_referral(Accept(DAY, DAY))
            case "return":
                self._ask_referral(Return(DAY, "relapse", frozenset({"relapse"}), DAY))
            case "take back":
                self._take_back()
            case "start":
                self._ask_planning(StartInsats(DAY, DAY))
            case "exit":
                self._ask_planning(ExitInsats(DAY, "illness", UUID(int=9), DAY))
            case "planning hears" if self.heard_by_planning < len(self.by_referral):
                event = self.by_referral[self.heard_by_planning]
                self.heard_by_planning += 1
                self._keep(self.in_planning.hear_event(event))
            case "referral hears" if self.heard_by_referral < len(self.by_planning):
                self.heard_by_referral += 1

    def append(self, *facts: Fact) -> None:
        """What referral appends."""
        for fact in facts:
            self.by_referral.append(mother.event(fact, len(self.by_referral) + 1, referral.SOURCE))

    def settle(self) -> None:
        """Everything appended is heard."""
        while self._unheard():
            for step in _DELIVERIES:
                self.do(step)

    def _unheard(self) -> bool:
        return self.heard_by_planning < len(self.by_referral) or self.heard_by_referral < len(self.by_planning)

    def _take_back(self) -> None:
        log = self._log_of_referral()
        returned = return_that_counts(log)
        if returned is not None:
            try:
                self.append(take_back(TakeBack(returned.id, "registered_in_error", DAY), log))
            except Refused:
                return

    def _ask_referral(self, command: referral_domain.Command) -> None:
        try:
            self.append(*referral_domain.decide(command, self.in_referral))
        except Refused:
            return

    def _ask_planning(self, command: Command) -> None:
        try:
            facts = decide_planning(command, self.in_planning.case, INSATSER).facts
        except Refused:
            return
        self.in_planning.add(*facts)
        self._keep(facts)

    def _keep(self, facts: tuple[Fact, ...]) -> None:
        for fact in facts:
            self.by_planning.append(mother.event(fact, len(self.by_planning) + 1, planning.SOURCE))


# Accepted and heard of at first, or hardly any sequence would get to a start.
_ACCEPTED: Final = ["accept", *["planning hears"] * 3]
_histories = st.tuples(
    st.sampled_from([[], _ACCEPTED]), st.lists(st.sampled_from(_COMMANDS + _DELIVERIES), max_size=20)
).map(lambda parts: [*parts[0], *parts[1]])


def _after(steps: Steps) -> World:
    world = World()
    world.append(mother.referred_to(INSATS, DAY), ConsentRefused(happened_on=DAY))
    for step in steps:
        world.do(step)
    world.settle()
    return world


def _kinds(world: World) -> set[type[Fact]]:
    return {type(event.data) for event in (*effective(world.by_referral), *effective(world.by_planning))}


@given(_histories)
def test_both_services_end_in_the_same_state(steps: Steps) -> None:
    world = _after(steps)
    assert world.in_planning.case.stage == AGREES[world.in_referral.state]


@given(_histories)
def test_planning_ends_exactly_where_a_case_was_accepted_returned_and_never_started(steps: Steps) -> None:
    world = _after(steps)
    kinds = _kinds(world)
    ended = [event for event in effective(world.by_planning) if isinstance(event.data, PlanningEnded)]
    assert len(ended) == int({ReferralAccepted, ReferralReturned} <= kinds and InsatsStarted not in kinds)


@given(_histories)
def test_whoever_came_in_can_leave_and_be_referred_anew(steps: Steps) -> None:
    world = _after(steps)
    for step in ("return", "exit"):
        world.do(step)
        world.settle()
    assert world.in_referral.state in {CaseState.RETURNED, CaseState.CLOSED}
    assert world.in_planning.case.stage in {"returned", "exited"}


def test_the_start_counts_when_both_happened_at_once() -> None:
    world = _after([*_ACCEPTED, "return", "start"])
    assert (world.in_referral.state, world.in_planning.case.stage) == (CaseState.STARTED, "participating")
