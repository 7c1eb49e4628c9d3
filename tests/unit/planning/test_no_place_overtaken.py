"""Whatever is declared, begun, ended, left and taken back: no supplier has more activities than places, no activity
is both done and not, and nobody attended more than was offered unless it is marked."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.catalogue import INSATSER
from contracts.codes import ActivityExtent, MeetingMode, Member
from contracts.planning import (
    ActivityCancelled,
    ActivityCompleted,
    AttendanceRecorded,
    InsatsStarted,
    MeetingHeld,
    PlacesDeclared,
)
from contracts.problems import Refused
from contracts.referral import RuleRef
from services.planning.domain import command as ask
from services.planning.domain.activities import Extent
from services.planning.domain.decide_places import DeclarePlaces, PlacesCommand, WithdrawPlaces, decide
from services.planning.domain.places import PlaceOccupancy, PlaceTerms, Supplier, taken_places
from tests.examples import examples
from tests.unit.planning import commands, mother
from tests.unit.planning.mother import Life

SUPPLIERS: Final = [Supplier("arbetstraning", name) for name in ("verkstaden", "kafeet")]
CASES: Final = 4
_cases = st.integers(0, CASES - 1)
_suppliers = st.sampled_from(SUPPLIERS)
_activities = st.sampled_from([mother.WORK, mother.CARE])
_days = st.integers(0, 60).map(lambda number: mother.STARTED_ON + timedelta(days=number))
_hours = st.integers(0, 40).map(float)


class Places(RuleBasedStateMachine):
    """Cases with two activities each, two suppliers, and what the decisions let happen. What is refused does not."""

    @initialize(consents=st.lists(st.booleans(), min_size=CASES, max_size=CASES))
    def begin(self, consents: list[bool]) -> None:
        self.terms: dict[UUID, PlaceTerms] = {}
        self.lives = [self._case(each) for each in consents]

    def _case(self, consents: bool) -> Life:
        life = Life()
        answer = mother.consented if consents else mother.refused
        life.hear(mother.referred_to("arbetstraning"), answer, mother.accepted)
        rule_ref = RuleRef(insats="arbetstraning", version=1)
        life.add(
            MeetingHeld(
                happened_on=mother.MEETS_ON,
                meeting_id=mother.MEETING,
                kind="informationsmote",
                mode=MeetingMode.PHYSICAL,
            ),
            InsatsStarted(happened_on=mother.STARTED_ON, insats="arbetstraning", rule=rule_ref),
        )
        planned = tuple(ask.NewActivity(each, Member.KOMMUN, "work_training") for each in (mother.WORK, mother.CARE))
        life.ask(ask.MakeSamplan(mother.SAMPLAN, mother.STARTED_ON, planned, mother.TODAY))
        return life

    def _found(self, place_id: UUID) -> PlaceOccupancy:
        taken = [each for life in self.lives for each in taken_places(life.case).values()]
        others = sum(each.place_id == place_id for each in taken)
        return PlaceOccupancy(others, self.terms.get(place_id))

    def _on_places(self, command: PlacesCommand) -> None:
        place_id = command.of.place_id
        with suppress(Refused):
            fact = decide(replace(command, found=self._found(place_id)), INSATSER)
            if isinstance(fact, PlacesDeclared):
                self.terms[place_id] = PlaceTerms(command.of, fact.supplier_name, fact.seats, fact.free_from)
            else:
                self.terms[place_id] = replace(self.terms[place_id], withdrawn=True)

    def _ask(self, case: int, command: ask.Command) -> None:
        with suppress(Refused):
            self.lives[case].ask(command)

    @rule(of=_suppliers, seats=st.integers(0, 3))
    def declare(self, of: Supplier, seats: int) -> None:
        self._on_places(DeclarePlaces(of, "Verkstaden", seats, date(2021, 1, 1), mother.BOOKED_ON))

    @rule(of=_suppliers)
    def withdraw(self, of: Supplier) -> None:
        self._on_places(WithdrawPlaces(of, mother.BOOKED_ON))

    @rule(case=_cases, activity=_activities, of=_suppliers, on=_days)
    def start(self, case: int, activity: UUID, of: Supplier, on: date) -> None:
        found = self._found(of.place_id)
        command = ask.StartActivity(activity, on, mother.TODAY, of.place_id, Extent(hours=10), None, found)
        refused = self.lives[case].refusal(command)
        assert refused != "place_full" or not found.has_room, "refused although there was room"
        self._ask(case, command)

    @rule(case=_cases, activity=_activities, on=_days, extent=st.sampled_from(ActivityExtent))
    def complete(self, case: int, activity: UUID, on: date, extent: ActivityExtent) -> None:
        self._ask(case, ask.CompleteActivity(activity, on, extent, mother.TODAY))

    @rule(case=_cases, activity=_activities, on=_days)
    def cancel(self, case: int, activity: UUID, on: date) -> None:
        self._ask(case, ask.CancelActivity(activity, on, "health", mother.TODAY))

    @rule(case=_cases, activity=_activities, on=_days)
    def wait(self, case: int, activity: UUID, on: date) -> None:
        self._ask(case, ask.BlockActivity(activity, on, "place_full", None, mother.TODAY))

    @rule(case=_cases, activity=_activities, on=_days, length=st.integers(1, 20), hours=st.tuples(_hours, _hours))
    def attend(self, case: int, activity: UUID, on: date, length: int, hours: tuple[float, float]) -> None:
        last = on + timedelta(days=length)
        record = ask.RecordAttendance(activity, on, last, 1, *hours, more_than_offered=False, today=mother.TODAY)
        self._ask(case, record)

    @rule(case=_cases)
    def leave(self, case: int) -> None:
        self._ask(case, commands.leave)

    @rule(case=_cases)
    def come_back(self, case: int) -> None:
        self._ask(case, ask.ReopenCase(mother.TODAY, mother.TODAY))

    @rule(case=_cases, nth=st.integers(0, 30))
    def take_back(self, case: int, nth: int) -> None:
        life = self.lives[case]
        with suppress(Refused):
            places = {each.place_id: self._found(each.place_id) for each in SUPPLIERS}
            life.take_back(life.log[nth % len(life.log)].id, places=places)

    @invariant()
    def no_place_is_overtaken(self) -> None:
        for of in SUPPLIERS:
            found = self._found(of.place_id)
            most = 0 if found.terms is None or found.terms.withdrawn else found.terms.seats
            assert found.others <= most

    @invariant()
    def nothing_is_both_done_and_not(self) -> None:
        for life in self.lives:
            counted = mother.effective_facts(life)
            done = {each.activity_id for each in counted if isinstance(each, ActivityCompleted)}
            not_done = {each.activity_id for each in counted if isinstance(each, ActivityCancelled)}
            assert not done & not_done

    @invariant()
    def nobody_attended_more_than_was_offered_unmarked(self) -> None:
        for life in self.lives:
            for each in mother.effective_facts(life):
                if isinstance(each, AttendanceRecorded) and each.hours_offered is not None:
                    assert each.more_than_offered or (each.hours_attended or 0) <= each.hours_offered


TestPlaces = Places.TestCase
TestPlaces.settings = settings(deadline=None, max_examples=examples(40), stateful_step_count=30)
