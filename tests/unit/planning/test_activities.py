"""Activities: begun in a place, waiting, stepped up, attended, done or not; and what leaves without consent."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.codes import ActivityExtent, MeetingMode, Member
from contracts.envelope import Fact
from contracts.planning import (
    ActivityBlocked,
    ActivityCancelled,
    ActivityExtentChanged,
    ActivityStarted,
    AttendanceRecorded,
    CaseHandedBack,
    InsatsStarted,
    MeetingHeld,
    ParticipantExited,
    PlanningDetailsReleased,
    SamplanUpprättad,
)
from contracts.problems import Refused
from contracts.referral import Attributes, ConsentGiven, RuleRef
from services.planning.domain import command as ask
from services.planning.domain.activities import Activity, Attendance, Extent
from services.planning.domain.exits import NO_ANSWERS
from services.planning.domain.places import PlaceOccupancy, PlaceTerms, Supplier, taken_places
from tests.unit.planning import commands, mother
from tests.unit.planning.mother import Life

VERKSTADEN = Supplier("arbetstraning", "verkstaden")
TERMS = PlaceTerms(VERKSTADEN, "Verkstaden", 2, date(2021, 3, 1))
FREE = PlaceOccupancy(1, TERMS)
FULL = PlaceOccupancy(2, TERMS)
START = ask.StartActivity(
    mother.WORK, mother.BEGUN_ON, mother.TODAY, VERKSTADEN.place_id, Extent(hours=10), None, FREE
)
DONE_ON = date(2021, 6, 1)


def planned(insats: str = "arbetstraning", kind: str = "work_training", *answers: Fact) -> Life:
    """A case of an insats with one activity. ``answers``: what the person said of consent; yes unless given."""
    life = Life()
    life.hear(mother.referred_to(insats), *(answers or (mother.consented,)), mother.accepted)
    rule = life.catalogue[insats].rule_on(mother.MEETS_ON)
    assert rule is not None
    if rule.gate.kind == "meeting":
        life.add(_met(rule.gate.meeting))
    activity = ask.NewActivity(mother.WORK, Member.KOMMUN, kind, "jobbtorg-city", None, DONE_ON, Extent(percent=25))
    life.ask(ask.MakeSamplan(mother.SAMPLAN, mother.MEETS_ON, (activity,), mother.TODAY))
    return life


def _met(kind: str) -> Fact:
    return MeetingHeld(happened_on=mother.MEETS_ON, meeting_id=mother.MEETING, kind=kind, mode=MeetingMode.PHYSICAL)


def begun(life: Life | None = None, **changed: Any) -> Life:
    life = life or planned()
    life.ask(replace(START, **changed))
    return life


def code_of(life: Life, command: ask.Command) -> tuple[str, str | None]:
    with pytest.raises(Refused) as refused:
        life.ask(command)
    return refused.value.code, refused.value.field


class TestStart:
    def test_it_takes_the_place_and_says_how_much(self) -> None:
        life = begun(planned(), cost_bearer="stockholm")
        [fact] = [each.data for each in life.log if isinstance(each.data, ActivityStarted)]
        assert (fact.place_id, fact.hours_per_week, fact.cost_bearer) == (VERKSTADEN.place_id, 10, "stockholm")
        assert [each.place_id for each in taken_places(life.case).values()] == [VERKSTADEN.place_id]

    @pytest.mark.parametrize(
        ("changed", "refused"),
        [
            ({"place_id": None}, ("place_missing", "place_id")),
            ({"found": FULL}, ("place_full", None)),
            ({"found": PlaceOccupancy()}, ("place_unknown", "place_id")),
            ({"found": PlaceOccupancy(0, replace(TERMS, withdrawn=True))}, ("place_unknown", "place_id")),
            (
                {"found": PlaceOccupancy(0, replace(TERMS, free_from=mother.COMPLETED_ON))},
                ("place_not_free_yet", "started_on"),
            ),
            ({"extent": Extent(hours=10.1)}, ("hours_out_of_range", "extent")),
            ({"extent": Extent(percent=101)}, ("extent_out_of_range", "extent")),
            ({"cost_bearer": "nobody"}, ("cost_bearer_unknown", "cost_bearer")),
        ],
    )
    def test_what_does_not_fit_is_refused(self, changed: Any, refused: tuple[str, str | None]) -> None:
        assert code_of(planned(), replace(START, **changed)) == refused

    def test_an_insats_that_lists_no_such_activity_has_no_place_extent_or_payer(self) -> None:
        life = mother.given(*mother.with_plan)
        assert code_of(life, START) == ("place_not_used", "place_id")
        assert code_of(life, replace(START, place_id=None)) == ("extent_not_used", "extent")
        bare = replace(START, place_id=None, extent=Extent())
        assert code_of(life, replace(bare, cost_bearer="stockholm")) == ("cost_bearer_not_used", "cost_bearer")
        life.ask(bare)

    def test_mia_vidare_pays_for_a_place_and_for_none_at_home(self) -> None:
        bare = replace(START, extent=Extent())
        assert code_of(planned("mia-vidare"), bare) == ("cost_bearer_missing", "cost_bearer")
        planned("mia-vidare").ask(replace(bare, cost_bearer="stockholm"))
        planned("mia-vidare").ask(replace(bare, place_id=None))

    def test_where_nobody_counts_places_none_is_taken(self) -> None:
        life = planned("samordnat-stod")
        assert code_of(life, replace(START, extent=Extent())) == ("place_not_used", "place_id")
        life.ask(replace(START, place_id=None, extent=Extent()))
        assert taken_places(life.case) == {}


class TestEnd:
    def test_done_or_not_and_never_both(self) -> None:
        complete = ask.CompleteActivity(mother.WORK, DONE_ON, ActivityExtent.FULLY, mother.TODAY)
        cancel = ask.CancelActivity(mother.WORK, DONE_ON, "health", mother.TODAY)
        done, cancelled = begun(), begun()
        done.ask(complete)
        cancelled.ask(cancel)
        for life, code in ((done, "already_completed"), (cancelled, "already_cancelled")):
            assert taken_places(life.case) == {}
            for command in (complete, cancel, START):
                assert life.refusal(command) == code

    @pytest.mark.parametrize("reason", ["place_full", "assistive_device_missing"])
    def test_what_never_began_may_not_come_about(self, reason: str) -> None:
        life = planned()
        [fact] = life.ask(ask.CancelActivity(mother.WORK, DONE_ON, reason, mother.TODAY))
        assert isinstance(fact, ActivityCancelled)
        assert fact.reason == reason

    def test_an_exit_frees_the_place_and_taken_back_takes_it_again_where_it_is_free(self) -> None:
        for room in (FREE, FULL):
            life = begun()
            life.add(InsatsStarted(happened_on=mother.STARTED_ON, insats="arbetstraning", rule=_rule()))
            facts = life.ask(replace(commands.leave, answers=NO_ANSWERS))
            assert [type(fact) for fact in facts] == [ParticipantExited, ActivityCancelled, CaseHandedBack]
            assert taken_places(life.case) == {}
            life.take_back(life.id_of(ParticipantExited), places={VERKSTADEN.place_id: room})
            assert bool(taken_places(life.case)) is room.has_room

    def test_a_return_before_the_start_frees_the_place(self) -> None:
        life = begun()
        assert ActivityCancelled in [type(fact) for fact in life.hear(mother.returned)]
        assert taken_places(life.case) == {}

    def test_a_completion_taken_back_needs_a_free_place(self) -> None:
        life = begun()
        life.ask(ask.CompleteActivity(mother.WORK, DONE_ON, ActivityExtent.PARTLY, mother.TODAY))
        completed = life.log[-1].id
        with pytest.raises(Refused, match="place_full"):
            life.take_back(completed, places={VERKSTADEN.place_id: FULL})
        life.take_back(completed, places={VERKSTADEN.place_id: FREE})
        assert life.case.plans.all[0].activities[0].state == "ongoing"


class TestWait:
    def test_it_waits_until_what_it_waits_for_comes(self) -> None:
        life = planned()
        block = ask.BlockActivity(mother.WORK, mother.BEGUN_ON, "waits_for_party", Member.REGION, mother.TODAY)
        assert code_of(life, replace(block, waits_for=None)) == ("party_missing", "waits_for")
        life.ask(block)
        assert life.refusal(block) == "already_blocked"
        life.ask(ask.UnblockActivity(mother.WORK, DONE_ON, mother.TODAY))
        assert life.case.plans.all[0].activities[0].hindrance is None

    def test_the_start_ends_the_wait_and_taken_back_it_waits_again(self) -> None:
        life = planned()
        life.ask(ask.BlockActivity(mother.WORK, mother.BEGUN_ON, "place_full", None, mother.TODAY))
        begun(life)
        assert life.refusal(ask.UnblockActivity(mother.WORK, DONE_ON, mother.TODAY)) == "not_blocked"
        life.take_back(life.id_of(ActivityStarted))
        assert life.case.plans.all[0].activities[0].hindrance is not None


class TestExtent:
    def test_a_step_up(self) -> None:
        life = begun()
        step = ask.ChangeExtent(mother.WORK, DONE_ON, Extent(hours=15), mother.TODAY)
        life.ask(step)
        assert life.case.plans.all[0].activities[0].current == Extent(hours=15)
        assert life.refusal(step) == "extent_unchanged"
        life.take_back(life.id_of(ActivityExtentChanged))
        assert life.case.plans.all[0].activities[0].current == Extent(hours=10)

    def test_nothing_said_is_no_extent(self) -> None:
        nothing = ask.ChangeExtent(mother.WORK, DONE_ON, Extent(), mother.TODAY)
        assert code_of(begun(), nothing) == ("extent_missing", "extent")


class TestAttendance:
    RECORD = ask.RecordAttendance(
        mother.WORK, date(2021, 4, 5), date(2021, 5, 2), 4, 40.0, 30.25, more_than_offered=False, today=mother.TODAY
    )

    @pytest.mark.parametrize(
        ("changed", "refused"),
        [
            ({"attended": 40.5}, ("attended_above_offered", "hours_attended")),
            ({"more_than_offered": True}, ("attended_above_offered", "hours_attended")),
            ({"offered": 40.1}, ("hours_out_of_range", "hours_offered")),
            ({"weeks": 5}, ("weeks_out_of_range", "weeks")),
            ({"to_on": date(2021, 4, 4)}, ("before_period", "to_on")),
            ({"from_on": date(2021, 3, 1)}, ("before_activity_start", "from_on")),
        ],
    )
    def test_what_cannot_be_is_refused(self, changed: Any, refused: tuple[str, str]) -> None:
        assert code_of(begun(), replace(self.RECORD, **changed)) == refused

    def test_more_than_offered_is_marked(self) -> None:
        [fact] = begun().ask(replace(self.RECORD, attended=41.0, more_than_offered=True))
        assert isinstance(fact, AttendanceRecorded)
        assert fact.more_than_offered

    def test_a_period_is_recorded_once_until_it_is_taken_back(self) -> None:
        life = begun()
        life.ask(self.RECORD)
        again = replace(self.RECORD, from_on=date(2021, 5, 2), to_on=date(2021, 5, 9), weeks=1)
        assert code_of(life, again) == ("periods_overlap", "from_on")
        life.take_back(life.id_of(AttendanceRecorded))
        life.ask(again)

    def test_it_ends_with_the_activity_and_may_be_registered_late(self) -> None:
        life = begun()
        life.ask(ask.CompleteActivity(mother.WORK, date(2021, 5, 2), ActivityExtent.FULLY, mother.TODAY))
        late = replace(self.RECORD, to_on=date(2021, 5, 3))
        assert code_of(life, late) == ("after_activity", "to_on")
        life.ask(self.RECORD)

    def test_an_activity_without_hours_has_none(self) -> None:
        life = mother.given(*mother.participating, mother.work_begun)
        assert life.refusal(self.RECORD) == "attendance_not_used"


class TestWithoutConsent:
    def _lived(self) -> Life:
        life = planned("arbetstraning", "work_training", mother.refused)
        life.ask(ask.BlockActivity(mother.WORK, mother.BEGUN_ON, "place_full", None, mother.TODAY))
        begun(life, cost_bearer="stockholm")
        life.ask(ask.ChangeExtent(mother.WORK, mother.COMPLETED_ON, Extent(hours=12.5), mother.TODAY))
        life.ask(replace(TestAttendance.RECORD, to_on=date(2021, 4, 11), weeks=1))
        return life

    def test_no_event_says_what_the_activity_is_about(self) -> None:
        life = self._lived()
        facts = [each.data for each in life.log if each.source.endswith("planning")]
        started = next(each for each in facts if isinstance(each, ActivityStarted))
        blocked = next(each for each in facts if isinstance(each, ActivityBlocked))
        made = next(each for each in facts if isinstance(each, SamplanUpprättad)).activities[0]
        attended = next(each for each in facts if isinstance(each, AttendanceRecorded))
        assert (started.place_id, started.hours_per_week, started.cost_bearer, blocked.reason) == (None,) * 4
        assert (made.kind, made.responsible_unit, made.extent_percent, made.due_on) == (None, None, None, DONE_ON)
        assert (attended.hours_offered, attended.hours_attended, attended.weeks) == (None, None, 1)

    def test_it_is_known_here_all_the_same(self) -> None:
        life = self._lived()
        activity = life.case.plans.all[0].activities[0]
        assert (activity.kind, activity.responsible_unit, activity.current) == (
            "work_training",
            "jobbtorg-city",
            Extent(hours=12.5),
        )
        assert [each.place_id for each in taken_places(life.case).values()] == [VERKSTADEN.place_id]
        assert activity.attendance[0].offered == 40

    def test_given_later_it_is_released(self) -> None:
        life = self._lived()
        told = life.hear(ConsentGiven(happened_on=mother.EXITED_ON, attributes=Attributes()))
        released = [each for each in told if isinstance(each, PlanningDetailsReleased)]
        assert {each.place_id for each in released} == {VERKSTADEN.place_id, None}
        assert [each.hours_offered for each in released if each.hours_offered] == [40]
        [kind] = [each for release in released for each in release.activities]
        assert (kind.kind, kind.responsible_unit, kind.extent_percent) == ("work_training", "jobbtorg-city", 25)


def test_an_activity_is_not_due_before_it_begins() -> None:
    life = mother.given(*mother.met)
    activity = ask.NewActivity(UUID(int=44), Member.KOMMUN, "guidance", None, mother.EXITED_ON, mother.STARTED_ON)
    plan = ask.MakeSamplan(mother.SAMPLAN, mother.MEETS_ON, (activity,), mother.TODAY)
    assert code_of(life, plan) == ("due_before_start", "activities")


def _rule() -> RuleRef:
    return RuleRef(insats="arbetstraning", version=1)


def test_the_hours_of_a_week_are_those_attended_last_else_those_agreed() -> None:
    activity = Activity(mother.WORK, Member.KOMMUN, "work_training", 1, current=Extent(hours=8))
    assert activity.hours_a_week == 8
    earlier, later = (
        Attendance(mother.UNKNOWN, day, day + timedelta(days=27), 4, 60, attended)
        for day, attended in ((date(2023, 3, 6), 20.0), (date(2023, 4, 3), 46.0))
    )
    assert replace(activity, attendance=(later, earlier)).hours_a_week == 11.5
