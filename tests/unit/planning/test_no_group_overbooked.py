"""Whatever is declared, enrolled, held, attended, ended, left and taken back: no group has more people than seats,
and none whom it is not for; nobody came to a session that was not held, or without a seat; and a seat ends once."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid5

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.catalogue import INSATSER
from contracts.codes import EnrolmentOutcome
from contracts.events import AnyEvent
from contracts.planning import GroupEnrolmentEnded
from contracts.problems import Refused
from contracts.referral import Attributes, ConsentGiven, ConsentRefused, ReferralAccepted, ReferralReturned
from services.planning.domain import command as ask
from services.planning.domain import groups as domain
from services.planning.domain.decide_groups import (
    CancelGroup,
    CancelGroupSession,
    DeclareGroup,
    GroupCommand,
    HoldGroupSession,
    decide,
)
from services.planning.domain.groups import GroupOccupancy, GroupOf, GroupTerms
from tests.examples import examples
from tests.unit.planning import groups, mother
from tests.unit.planning.mother import Life

GROUPS: Final = [groups.GROUP, groups.OTHER]
CASES: Final = 4
_LATEST: Final = groups.DAYS[3]
_cases = st.integers(0, CASES - 1)
_groups = st.sampled_from(GROUPS)
_days = st.integers(0, 40).map(lambda number: groups.ACCEPTED_ON + timedelta(days=number))
_sessions = st.sampled_from(groups.DAYS)
_some_days = st.lists(_sessions, min_size=1, max_size=5)


class Groups(RuleBasedStateMachine):
    """Cases of two kinds of units, two groups, and what the decisions let happen. What is refused does not."""

    @initialize(people=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=CASES, max_size=CASES))
    def begin(self, people: list[tuple[bool, bool]]) -> None:
        self.terms: dict[UUID, GroupTerms | None] = {each.group_id: None for each in GROUPS}
        self.logs: dict[UUID, list[AnyEvent]] = {each.group_id: [] for each in GROUPS}
        self.kinds = ["kaa" if young else "arbetskonsulent" for young, _ in people]
        self.lives = [self._case(*each) for each in people]
        self.seats = 0

    def _case(self, young: bool, consents: bool) -> Life:
        life = Life()
        answer = ConsentGiven(happened_on=groups.REFERRED_ON, attributes=Attributes())
        refused = ConsentRefused(happened_on=groups.REFERRED_ON)
        kind = "kaa" if young else "arbetskonsulent"
        referred = mother.referred_to(groups.COURSE, groups.REFERRED_ON).model_copy(update={"unit_kind": kind})
        life.hear(referred, answer if consents else refused, ReferralAccepted(happened_on=groups.ACCEPTED_ON))
        return groups.start(life, groups.ACCEPTED_ON) if consents else life

    def _terms(self, group_id: UUID) -> GroupTerms | None:
        return self.terms[group_id]

    def _in(self, group_id: UUID) -> list[domain.GroupOf | None]:
        return [None for life in self.lives for each in life.case.enrolments.under_way if each.group_id == group_id]

    def _found(self, group_id: UUID, session_on: date | None = None) -> GroupOccupancy:
        recorded = sum(
            each.group_id == group_id and session_on is not None and each.of_session(session_on) is not None
            for life in self.lives
            for each in life.case.enrolments.all
        )
        others = len(self._in(group_id))
        return GroupOccupancy(others, self._terms(group_id), recorded, others)

    def _on_group(self, command: GroupCommand) -> None:
        log = self.logs[command.of.group_id]
        day = command.session_on if isinstance(command, HoldGroupSession | CancelGroupSession) else None
        with suppress(Refused):
            fact = decide(replace(command, found=self._found(command.of.group_id, day)), INSATSER)
            log.append(mother.event(fact, len(log) + 1, "/samspel/planning"))
            self.terms[command.of.group_id] = domain.fold(log)

    def _ask(self, case: int, command: ask.Command) -> None:
        with suppress(Refused):
            self.lives[case].ask(command)

    def _seat_of(self, case: int, of: GroupOf) -> UUID:
        seats = [each for each in self.lives[case].case.enrolments.all if each.group_id == of.group_id]
        return seats[-1].enrolment_id if seats else groups.SEAT

    @rule(
        of=_groups, seats=st.integers(0, 3), days=st.lists(_sessions, min_size=1, max_size=5), reserved=st.booleans()
    )
    def declare(self, of: GroupOf, seats: int, days: list[date], reserved: bool) -> None:
        self._on_group(
            DeclareGroup(
                of,
                "ACT hösten",
                "kurs",
                tuple(days),
                groups.OPENS_ON,
                seats,
                opens_on=groups.OPENS_ON,
                closes_on=max(days),
                reserved_for=("kaa",) if reserved else (),
            )
        )

    @rule(of=_groups)
    def cancel_group(self, of: GroupOf) -> None:
        self._on_group(CancelGroup(of, "too_few", _LATEST))

    @rule(of=_groups, on=_sessions)
    def hold(self, of: GroupOf, on: date) -> None:
        self._on_group(HoldGroupSession(of, on, _LATEST))

    @rule(of=_groups, on=_sessions)
    def call_off(self, of: GroupOf, on: date) -> None:
        self._on_group(CancelGroupSession(of, on, "leader_away", _LATEST))

    @rule(case=_cases, of=_groups, on=_days)
    def enrol(self, case: int, of: GroupOf, on: date) -> None:
        self.seats += 1
        found = self._found(of.group_id)
        command = ask.Enrol(uuid5(groups.SEAT, str(self.seats)), of.group_id, on, _LATEST, found)
        refused = self.lives[case].refusal(command)
        assert refused != "group_full" or not found.has_room, "refused although there was room"
        self._ask(case, command)

    @rule(case=_cases, of=_groups, on=_sessions, attended=st.booleans())
    def come(self, case: int, of: GroupOf, on: date, attended: bool) -> None:
        seat = self._seat_of(case, of)
        self._ask(case, ask.RecordSessionAttendance(seat, on, attended, _LATEST, self._found(of.group_id)))

    @rule(case=_cases, of=_groups, on=_days, outcome=st.sampled_from(EnrolmentOutcome))
    def end(self, case: int, of: GroupOf, on: date, outcome: EnrolmentOutcome) -> None:
        seat = self._seat_of(case, of)
        self._ask(case, ask.EndEnrolment(seat, on, outcome, _LATEST, "health", self._found(of.group_id)))

    @rule(case=_cases, of=st.one_of(st.none(), _groups), on=_days)
    def wait(self, case: int, of: GroupOf | None, on: date) -> None:
        found = GroupOccupancy() if of is None else self._found(of.group_id)
        self._ask(case, ask.JoinReserve(None if of is None else of.group_id, on, _LATEST, found))

    @rule(case=_cases, reason=st.sampled_from(["completed", "dropped_out"]))
    def leave(self, case: int, reason: str) -> None:
        found = {each.group_id: self._found(each.group_id) for each in GROUPS}
        self._ask(case, ask.ExitInsats(_LATEST, reason, mother.HAND_BACK, _LATEST, groups=found))

    @rule(case=_cases)
    def come_back(self, case: int) -> None:
        self._ask(case, ask.ReopenCase(_LATEST, _LATEST))

    @rule(case=_cases, on=_days)
    def send_back(self, case: int, on: date) -> None:
        life = self.lives[case]
        if life.case.stage == "accepted":
            life.hear(ReferralReturned(happened_on=on, reason="not_reached", stage=mother.returned.stage))

    @rule(case=_cases, nth=st.integers(0, 30))
    def take_back(self, case: int, nth: int) -> None:
        life = self.lives[case]
        found = {each.group_id: self._found(each.group_id) for each in GROUPS}
        with suppress(Refused):
            life.take_back(life.log[nth % len(life.log)].id, groups=found, today=_LATEST)

    @invariant()
    def no_group_is_overbooked(self) -> None:
        for of in GROUPS:
            found = self._found(of.group_id)
            most = 0 if found.terms is None or found.terms.cancelled else found.terms.seats
            assert found.others <= most

    @invariant()
    def nobody_is_in_a_group_that_is_for_others(self) -> None:
        for kind, life in zip(self.kinds, self.lives, strict=True):
            for each in life.case.enrolments.under_way:
                terms = self._terms(each.group_id)
                assert terms is None or not terms.reserved_for or kind in terms.reserved_for

    @invariant()
    def whoever_came_had_a_seat_at_a_session_that_was_held(self) -> None:
        for life in self.lives:
            for seat in life.case.enrolments.all:
                terms = self._terms(seat.group_id)
                held = frozenset() if terms is None else terms.held
                days = [each.session_on for each in seat.attendance]
                assert set(days) <= held
                assert len(days) == len(set(days))
                assert all(each >= seat.enrolled_on for each in days)
                came = sum(bool(each.attended) for each in seat.attendance)
                assert came <= len(held)

    @invariant()
    def a_seat_ends_once_and_ends_with_the_case(self) -> None:
        for life in self.lives:
            ends = Counter(
                each.enrolment_id for each in mother.effective_facts(life) if isinstance(each, GroupEnrolmentEnded)
            )
            assert max(ends.values(), default=0) <= 1
            if life.case.stage in {"exited", "returned"}:
                assert not life.case.enrolments.under_way
                assert life.case.enrolments.reserve is None


TestGroups = Groups.TestCase
TestGroups.settings = settings(deadline=None, max_examples=examples(40), stateful_step_count=30)
