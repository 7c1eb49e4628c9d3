"""Stays, holds, plans with versions, support, consent given later, corrections."""

from dataclasses import replace

import pytest

from contracts.codes import Member, NationalExitCode
from contracts.planning import (
    CasePutOnHold,
    CaseReopened,
    ParticipantExited,
    PlanningDetailsReleased,
    SamplanReviderad,
    SamplanUpprättad,
    SupportAssigned,
    SupportEnded,
    TeamMeetingBooked,
)
from contracts.problems import Conflict
from services.planning.domain import command as ask_
from services.planning.domain.case import Stage, fold
from tests.unit.planning import commands as ask
from tests.unit.planning import mother
from tests.unit.planning.mother import Life, given


def test_a_reopened_case_has_several_stays_and_every_exit_stays() -> None:
    life = given(*mother.participating)
    life.ask(ask.leave)
    assert life.ask(ask.reopen) == (CaseReopened(happened_on=mother.TODAY, episode=2),)
    assert life.case.stage is Stage.PARTICIPATING
    second, _ = life.ask(ask_.ExitInsats(mother.TODAY, "illness", mother.OTHER_HAND_BACK, mother.TODAY))
    assert isinstance(second, ParticipantExited)
    assert second.episode == 2
    assert [stay.exit.reason for stay in life.case.participations.stays if stay.exit] == ["studies", "illness"]


def test_a_plan_of_the_stay_before_does_not_hinder_a_new_one() -> None:
    life = given(*mother.participating)
    life.ask(ask.leave)
    life.ask(ask.reopen)
    life.ask(ask_.MakeSamplan(mother.UNKNOWN, mother.TODAY, mother.NEW_ACTIVITIES, mother.TODAY))
    assert [plan.samplan_id for plan in life.case.plans.all] == [mother.SAMPLAN, mother.UNKNOWN]


def test_hold_and_resume() -> None:
    life = given(*mother.participating)
    life.ask(ask.put_on_hold)
    assert life.refusal(ask.put_on_hold) == "already_on_hold"
    life.ask(ask.resume)
    assert life.refusal(ask.resume) == "not_on_hold"
    assert [(each.since, each.until) for each in life.case.participations.holds] == [
        (mother.STARTED_ON, mother.BEGUN_ON)
    ]


def test_why_a_case_waits_leaves_the_service_only_with_consent() -> None:
    life = given(*mother.without_consent)
    assert life.ask(ask.put_on_hold) == (CasePutOnHold(happened_on=mother.STARTED_ON),)
    assert [each.reason for each in life.case.participations.holds] == ["illness"]
    (told,) = life.hear(mother.consented)
    assert isinstance(told, PlanningDetailsReleased)
    assert (told.event_id, told.reason) == (life.id_of(CasePutOnHold), "illness")


def test_a_case_waits_for_a_reason_of_the_list() -> None:
    life = given(*mother.at_acceptance)
    assert life.refusal(replace(ask.put_on_hold, reason="holiday")) == "reason_unknown"


def test_two_who_revise_a_plan_at_once_do_not_overwrite_each_other() -> None:
    life = given(*mother.participating)
    new = ask_.NewActivity(mother.UNKNOWN, Member.KOMMUN, "studies")
    (fact,) = life.ask(ask_.ReviseSamplan(mother.BEGUN_ON, 1, (new,), (mother.CARE,), mother.TODAY))
    assert isinstance(fact, SamplanReviderad)
    assert fact.version == 2
    assert life.refusal(ask.revise) == "plan_changed"
    assert life.refusal(ask_.StartActivity(mother.CARE, mother.BEGUN_ON, mother.TODAY)) == "activity_ended"
    assert life.refusal(ask_.StartActivity(mother.UNKNOWN, mother.BEGUN_ON, mother.TODAY)) is None


def test_support_in_another_role_than_lots_is_assigned_replaced_and_ended() -> None:
    life = given(mother.referred_to(mother.MIA), mother.consented, mother.accepted)
    life.ask(ask.book("introduktionsmote", team=None))
    life.ask(ask.hold("introduktionsmote"))

    def assign(support: int, worker: str) -> ask_.AssignSupport:
        return ask_.AssignSupport(
            mother.SUPPORT if support == 1 else mother.OTHER_SUPPORT,
            "case-manager",
            worker,
            mother.STARTED_ON,
            mother.TODAY,
        )

    (first,) = life.ask(assign(1, "cm-1"))
    assert isinstance(first, SupportAssigned)
    assert life.refusal(assign(2, "cm-1")) == "already_assigned"
    ended, _ = life.ask(assign(2, "cm-2"))
    assert ended == SupportEnded(happened_on=mother.STARTED_ON, support_id=mother.SUPPORT, reason="replaced")
    life.ask(ask_.EndSupport("case-manager", mother.EXITED_ON, "no_longer_needed", mother.TODAY))
    assert life.case.supports.ongoing("case-manager") is None
    assert life.refusal(ask.assign) == "no_lots"


def test_an_exit_leaves_support_and_plan_as_they_are() -> None:
    life = given(*mother.participating, mother.lots_assigned)
    before = life.case
    assert len(life.ask(ask.leave)) == 2, "the exit and the hand-back"
    assert (life.case.plans, life.case.supports) == (before.plans, before.supports)
    assert life.refusal(ask.end_support) is None


def test_consent_given_later_releases_kinds_and_reason_once() -> None:
    life = given(*mother.without_consent, mother.booked, mother.held)
    (plan,) = life.ask(ask.make_plan)
    life.ask(ask.start)
    exit_, _ = life.ask(ask.leave)
    assert isinstance(plan, SamplanUpprättad)
    assert isinstance(exit_, ParticipantExited)
    assert {each.kind for each in plan.activities} == {None}
    assert (exit_.reason, exit_.national_code, exit_.extent_percent) == (None, None, None)

    later = mother.consented.model_copy(update={"happened_on": mother.TODAY})
    of_plan, of_exit = life.hear(later)
    assert isinstance(of_plan, PlanningDetailsReleased)
    assert isinstance(of_exit, PlanningDetailsReleased)
    assert of_plan.event_id == life.id_of(SamplanUpprättad)
    assert {each.kind for each in of_plan.activities} == {"work_training", "health_care_contact"}
    assert (of_exit.reason, of_exit.national_code) == ("studies", NationalExitCode("1"))
    assert of_exit.extent_percent == 100
    assert life.hear(later) == ()


def test_an_event_is_taken_back_unless_later_ones_build_on_it() -> None:
    life = given(*mother.participating)
    with pytest.raises(Conflict, match="later_events_depend"):
        life.take_back(life.id_of(TeamMeetingBooked))
    start = life.log[-1].id
    (fact,) = life.take_back(start)
    assert _stage(life) is Stage.ACCEPTED
    with pytest.raises(Conflict):
        life.take_back(start)
    # A correction may be taken back as well, and then the event may be corrected again.
    life.take_back(life.id_of(type(fact)))
    assert _stage(life) is Stage.PARTICIPATING
    life.take_back(start)
    assert _stage(life) is Stage.ACCEPTED


def _stage(life: Life) -> Stage:
    return life.case.stage


def test_the_case_as_it_was_known_on_a_day() -> None:
    life = given(*mother.left)
    before_exit = life.log[-1].recordedtime - (life.log[-1].recordedtime - life.log[-2].recordedtime) / 2
    assert fold(life.log, known_at=before_exit).stage is Stage.PARTICIPATING
    assert life.case.stage is Stage.EXITED
