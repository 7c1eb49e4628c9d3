"""Whatever is assigned, offered, answered, ended and taken back: a role that somebody has is one person's, a
hand-over neither loses nor doubles it, and the rows of the lists say the same."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.corrections import effective
from contracts.planning import SupportEnded, SupportHandedOver
from contracts.problems import Refused
from services.planning.domain import command as ask
from services.planning.domain.case import fold
from services.planning.domain.command import Command
from services.planning.domain.supported import ongoing_supports
from tests.examples import examples
from tests.unit.planning import commands, mother

INSATS: Final = "samordnat-stod"
ROLES: Final = ("samordnare", "kurator")
_roles = st.sampled_from(ROLES)
_workers = st.sampled_from(["ada", "bo", "cilla"])
_days = st.integers(0, 2).map(lambda number: mother.STARTED_ON + timedelta(days=number))
_SUCCEEDED: Final = frozenset({"replaced", "handed_over"})


class Supporting(RuleBasedStateMachine):
    """A case, and what is asked about its support. What is refused does not happen."""

    @initialize()
    def begin(self) -> None:
        self.life = mother.given(mother.referred_to(INSATS), mother.consented, mother.accepted)
        self.count = 0

    def _ask(self, command: Command) -> None:
        with suppress(Refused):
            self.life.ask(command)

    def _new(self) -> UUID:
        self.count += 1
        return UUID(int=1_000 + self.count)

    @rule(role=_roles, worker=_workers, day=_days)
    def assign(self, role: str, worker: str, day: Any) -> None:
        self._ask(ask.AssignSupport(self._new(), role, worker, day, mother.TODAY))

    @rule(role=_roles, day=_days)
    def end(self, role: str, day: Any) -> None:
        self._ask(ask.EndSupport(role, day, "no_longer_needed", mother.TODAY))

    @rule(role=_roles, to=_workers, day=_days)
    def offer(self, role: str, to: str, day: Any) -> None:
        self._ask(ask.OfferHandover(role, to, day, mother.TODAY))

    @rule(role=_roles, by=_workers, day=_days)
    def accept(self, role: str, by: str, day: Any) -> None:
        before = self.life.case.supports.ongoing(role)
        try:
            self.life.ask(ask.AcceptHandover(role, self._new(), by, day, mother.TODAY))
        except Refused:
            assert self.life.case.supports.ongoing(role) == before, "a refused hand-over moved the support"
            return
        after = self.life.case.supports.ongoing(role)
        assert before is not None
        assert before.offer is not None, "somebody took over what they were not asked to"
        assert after is not None, "the hand-over lost the support"
        assert after.worker_id == by == before.offer.to

    @rule(role=_roles, by=_workers)
    def decline(self, role: str, by: str) -> None:
        self._ask(ask.DeclineHandover(role, by, "other", mother.TODAY, mother.TODAY))

    @rule(role=_roles)
    def withdraw(self, role: str) -> None:
        self._ask(ask.WithdrawHandover(role, mother.TODAY, mother.TODAY))

    @rule(back=st.integers(1, 6) | st.integers(1, 60))
    def take_back(self, back: int) -> None:
        """Mostly what was registered last: what came before it later events build on."""
        with suppress(Refused):
            self.life.take_back(self.life.log[-1 - (back - 1) % len(self.life.log)].id)

    @rule()
    def start(self) -> None:
        self._ask(commands.start)

    @rule()
    def leave(self) -> None:
        """Support may outlast it, and is handed over all the same."""
        self._ask(replace(commands.leave, exited_on=mother.TODAY))

    @rule()
    def reopen(self) -> None:
        self._ask(commands.reopen)

    @invariant()
    def a_role_is_one_persons(self) -> None:
        held = Counter(each.role for each in self.life.case.supports.all if each.ended_on is None)
        assert all(count == 1 for count in held.values()), held

    @invariant()
    def nobody_is_left_by_a_succession(self) -> None:
        """Each support that was replaced or handed over is followed by one in its role that began on that day."""
        found = self.life.case.supports.all
        for place, each in enumerate(found):
            if each.reason in _SUCCEEDED:
                later = [other for other in found[place + 1 :] if other.role == each.role]
                assert later, f"{each.role} is nobody's"
                assert later[0].since == each.ended_on

    @invariant()
    def a_handover_counts_whole_or_not_at_all(self) -> None:
        counting = effective(self.life.log)
        handed = [each.data.support_id for each in counting if isinstance(each.data, SupportHandedOver)]
        ended = [
            each.data.support_id
            for each in counting
            if isinstance(each.data, SupportEnded) and each.data.reason == "handed_over"
        ]
        assert handed == ended

    @invariant()
    def the_rows_are_the_supports_that_last(self) -> None:
        case = self.life.case
        rows = {(each.support_id, each.worker_id, each.offered_to) for each in ongoing_supports(case)}
        lasting = [each for each in case.supports.all if each.ended_on is None]
        assert rows == {(each.support_id, each.worker_id, each.offer.to if each.offer else None) for each in lasting}
        assert fold(self.life.log) == case


TestSupporting = Supporting.TestCase
TestSupporting.settings = settings(deadline=None, max_examples=examples(100), stateful_step_count=30)
