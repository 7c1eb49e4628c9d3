"""Whatever is declared, changed, booked, moved, cancelled and not attended: no session has more cases than places,
and no place held back is taken by anybody else."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import time
from typing import Final
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.catalogue import INSATSER
from contracts.codes import MeetingMode
from contracts.planning import CapacityDeclared
from contracts.problems import Refused
from services.planning.domain.command import Command
from services.planning.domain.decide_sessions import CancelSession, DeclareSession, SessionCommand, decide
from services.planning.domain.meetings import Seat, TakenSeat, taken_seats
from services.planning.domain.sessions import Occupancy, SessionTerms
from tests.examples import examples
from tests.unit.planning import commands as ask
from tests.unit.planning import mother
from tests.unit.planning.mother import Life

MOST: Final = 2  # of 2021's rule
SESSIONS: Final = [
    Seat(mother.FINSAM, team, mother.MEETS_ON, time(hour)) for team in ("team-1", "team-2") for hour in (9, 10)
]
CASES: Final = 6
_cases = st.integers(0, CASES - 1)
_sessions = st.sampled_from(SESSIONS)
_modes = st.sampled_from(MeetingMode)


class Sessions(RuleBasedStateMachine):
    """Cases, sessions, and what the decisions let happen to them. What is refused does not happen."""

    @initialize()
    def begin(self) -> None:
        self.terms: dict[Seat, SessionTerms] = {}
        self.lives = [mother.given(*mother.at_acceptance) for _ in range(CASES)]

    def _taken(self, session: Seat, but: int | None = None) -> Iterator[tuple[int, TakenSeat]]:
        for case, life in enumerate(self.lives):
            for taken in taken_seats(life.case.meetings, mother.FINSAM).values():
                if taken.seat == session and case != but:
                    yield case, taken

    def _found(self, session: Seat, apart: MeetingMode | None, but: int | None = None) -> Occupancy:
        taken = list(self._taken(session, but))
        in_reserved = {case for case, each in taken if each.mode == apart}
        return Occupancy(len({case for case, _ in taken}), len(in_reserved), self.terms.get(session))

    def _ask(self, command: SessionCommand, apart: MeetingMode | None) -> None:
        fact = decide(replace(command, found=self._found(command.session, apart)), INSATSER)
        if isinstance(fact, CapacityDeclared):
            terms = SessionTerms(fact.seats, fact.reserved, fact.reserved_for, fact.area, fact.extra)
        else:
            terms = replace(self.terms[command.session], cancelled=True)
        self.terms[command.session] = terms

    @rule(session=_sessions, seats=st.integers(0, 3), reserved=st.integers(0, 2), mode=st.none() | _modes)
    def declare(self, session: Seat, seats: int, reserved: int, mode: MeetingMode | None) -> None:
        """Also adds places, holds back and frees."""
        with suppress(Refused):
            self._ask(DeclareSession(session, seats, reserved, mode, None, False, mother.BOOKED_ON), mode)

    @rule(session=_sessions)
    def cancel_session(self, session: Seat) -> None:
        with suppress(Refused):
            self._ask(CancelSession(session, mother.BOOKED_ON), None)

    @rule(case=_cases, session=_sessions, mode=_modes)
    def book_or_move(self, case: int, session: Seat, mode: MeetingMode) -> None:
        terms = self.terms.get(session)
        found = self._found(session, None if terms is None else terms.reserved_for, case)
        free = MOST if terms is None else min(MOST, terms.seats)
        booking = ask.book(
            team=session.team,
            starts_at=session.starts_at,
            mode=mode,
            found=found,
            meeting_id=UUID(int=1_000 + len(self._life(case).case.meetings.all)),
        )
        refused = self._refusal(case, booking)
        if refused == "session_full":
            assert found.others >= free, "refused although there was room"
        if refused == "places_reserved":
            assert terms is not None
            assert terms.reserved > 0, "nothing was held back"

    @rule(case=_cases, not_attended=st.booleans())
    def cancel_or_not_attended(self, case: int, not_attended: bool) -> None:
        self._refusal(case, ask.cancel(not_attended=not_attended))

    @rule(case=_cases)
    def hold(self, case: int) -> None:
        self._refusal(case, ask.hold())

    @rule(case=_cases, nth=st.integers(0, 20))
    def take_back(self, case: int, nth: int) -> None:
        life = self._life(case)
        with suppress(Refused):
            life.take_back(
                life.log[nth % len(life.log)].id,
                found={
                    each: self._found(each, self.terms[each].reserved_for if each in self.terms else None, case)
                    for each in SESSIONS
                },
            )

    def _life(self, case: int) -> Life:
        return self.lives[case]

    def _refusal(self, case: int, command: Command) -> str | None:
        try:
            self._life(case).ask(command)
        except Refused as refused:
            return refused.code
        return None

    @invariant()
    def no_seat_is_overbooked(self) -> None:
        for session in SESSIONS:
            taken = list(self._taken(session))
            cases = {case for case, _ in taken}
            terms = self.terms.get(session)
            assert len(cases) <= MOST
            if terms is None:
                continue
            assert not (terms.cancelled and cases), "somebody has a place in a session that does not come about"
            assert len(cases) <= terms.seats
            outside = {case for case, each in taken if each.mode != terms.reserved_for}
            assert len(outside) <= terms.seats - terms.reserved, "a place held back was taken"


TestSessions = Sessions.TestCase
TestSessions.settings = settings(deadline=None, max_examples=examples(40), stateful_step_count=25)
