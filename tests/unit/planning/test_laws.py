"""Laws of every life of a case: what is asked in whatever order, and whatever the referral service says."""

import re
from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.codes import ActivityExtent, BenefitStatus, MeetingMode, Member
from contracts.envelope import Fact
from contracts.problems import Refused
from services.planning.domain import command as ask
from services.planning.domain.case import fold
from services.planning.domain.exits import ExitAnswers
from services.planning.domain.kept import known_here
from services.planning.domain.meetings import seats
from services.planning.domain.sessions import Occupancy
from services.planning.domain.step_commands import ReachStep
from tests.examples import examples
from tests.unit.planning import mother
from tests.unit.planning.mother import Life

_FIRST = date(2021, 2, 1)
_TODAY = date(2021, 6, 1)
_employments = st.sampled_from([mother.EMPLOYMENT, mother.OTHER_EMPLOYMENT])
_IDS = st.sampled_from([UUID(int=number) for number in range(1, 4)])
_days = st.integers(0, 90).map(lambda number: _FIRST + timedelta(days=number))
_activities = st.builds(ask.NewActivity, _IDS, st.sampled_from(Member), st.just("work_training"))
_some = st.lists(_activities, max_size=2, unique_by=lambda each: each.activity_id).map(tuple)

_commands: st.SearchStrategy[Any] = st.one_of(
    st.builds(
        ask.BookMeeting,
        st.uuids(version=4),
        _days,
        st.none(),
        st.just("team-1"),
        _days,
        st.just(mother.NINE),
        st.sampled_from(MeetingMode),
        st.integers(0, 2).map(Occupancy),
        st.just(_TODAY),
    ),
    st.builds(ask.HoldMeeting, st.none(), st.none(), st.none(), st.just(_TODAY)),
    st.builds(ask.CancelMeeting, st.none(), _days, st.booleans(), st.just(_TODAY)),
    st.builds(ask.StartInsats, _days, st.just(_TODAY)),
    st.builds(ask.MakeSamplan, st.uuids(version=4), _days, _some, st.just(_TODAY)),
    st.builds(
        ask.ReviseSamplan, _days, st.integers(1, 3), _some, st.lists(_IDS, max_size=1).map(tuple), st.just(_TODAY)
    ),
    st.builds(ask.StartActivity, _IDS, _days, st.just(_TODAY)),
    st.builds(ask.CompleteActivity, _IDS, _days, st.sampled_from(ActivityExtent), st.just(_TODAY)),
    st.builds(
        ask.AssignSupport,
        st.uuids(version=4),
        st.just("lots"),
        st.sampled_from(["lots-1", "lots-2"]),
        _days,
        st.just(_TODAY),
    ),
    st.builds(ask.EndSupport, st.just("lots"), _days, st.just("no_longer_needed"), st.just(_TODAY)),
    st.builds(
        ask.ExitInsats,
        _days,
        st.just("studies"),
        st.uuids(version=4),
        st.just(_TODAY),
        st.builds(ExitAnswers, extent_percent=st.integers(1, 100)),
    ),
    st.builds(
        ask.DecideEmployment,
        st.uuids(version=4),
        _employments,
        _days,
        _days,
        st.none(),
        st.just(_TODAY),
        st.booleans(),
        support=st.sampled_from(["none", "start_job"]),
    ),
    st.builds(ask.EndEmployment, _employments, _days, st.just("health"), st.just(_TODAY)),
    st.builds(
        ask.DecideBenefit,
        st.uuids(version=4),
        _days,
        st.just("income_support"),
        st.sampled_from(BenefitStatus),
        st.just(_TODAY),
    ),
    st.builds(ask.ReopenCase, _days, st.just(_TODAY)),
    st.builds(ask.PutOnHold, _days, st.just("illness"), st.just(_TODAY)),
    st.builds(ask.Resume, _days, st.just(_TODAY)),
    st.builds(ReachStep, st.uuids(version=4), st.just("forberedd"), _days, st.just(_TODAY)),
)
_heard = st.sampled_from([mother.consented, mother.refused, mother.withdrawn, mother.accepted, mother.returned])
_corrections = st.integers(0, 20)
_steps: st.SearchStrategy[list[Any]] = st.lists(_commands | _heard | _corrections, min_size=5, max_size=30)


def lived(steps: list[Any]) -> Life:
    """The life of a case to which the steps happen; what is refused does not. A number takes back that own event."""
    life = Life()
    life.hear(mother.received, mother.consented, mother.accepted)
    for step in steps:
        with suppress(Refused):
            match step:
                case Fact():
                    life.hear(step)
                case int():
                    if life.log:
                        life.take_back(life.log[step % len(life.log)].id)
                case _:
                    life.ask(step)
    return life


@settings(deadline=None, max_examples=examples(40))
@given(_steps, st.randoms(use_true_random=False))
def test_the_case_depends_on_the_log_not_on_order_or_repetition(steps: list[Any], random: Any) -> None:
    life = lived(steps)
    arrived = [*life.log, *random.sample(life.log, k=len(life.log) // 2)]
    random.shuffle(arrived)
    assert known_here(fold(arrived), life.withheld) == life.case


@settings(deadline=None, max_examples=examples(40))
@given(_steps)
def test_what_was_known_at_a_moment_is_what_the_case_was_then(steps: list[Any]) -> None:
    # Sequences of one source are registered in order; each own event is looked back on from the end.
    life = lived(steps)
    for moment in {each.recordedtime for each in life.log}:
        known = [each for each in life.log if each.recordedtime <= moment]
        assert fold(life.log, known_at=moment) == fold(known)


@settings(deadline=None, max_examples=examples(40))
@given(_steps)
def test_a_cancelled_meeting_never_has_a_seat_and_no_stay_is_lost(steps: list[Any]) -> None:
    life = lived(steps)
    case = life.case
    cancelled = {each.meeting_id for each in case.meetings.all if each.state == "cancelled"}
    assert not cancelled & set(seats(case.meetings, mother.FINSAM))
    assert [stay.episode for stay in case.participations.stays] == list(range(1, len(case.participations.stays) + 1))
    assert all(stay.exit is not None for stay in case.participations.stays[:-1])
    assert sum(each.ended_on is None for each in case.supports.all) <= 1


@settings(deadline=None, max_examples=examples(40))
@given(_steps)
def test_every_exit_of_somebody_who_was_referred_hands_the_case_back_once(steps: list[Any]) -> None:
    participations = lived([each for each in steps if not isinstance(each, int)]).case.participations
    left = [each.episode for each in participations.stays if each.exit is not None]
    assert [each.episode for each in participations.hand_backs] == left


@settings(deadline=None, max_examples=examples(40))
@given(_steps)
def test_no_hand_back_is_left_without_its_exit(steps: list[Any]) -> None:
    participations = lived(steps).case.participations
    left = {each.episode for each in participations.stays if each.exit is not None}
    assert {each.episode for each in participations.hand_backs} <= left


@settings(deadline=None, max_examples=examples(40))
@given(_steps)
def test_without_consent_no_kind_and_no_reason_leaves(steps: list[Any]) -> None:
    life = Life()
    life.hear(mother.received, mother.refused, mother.accepted)
    for step in steps:
        if isinstance(step, int | Fact):
            continue
        with suppress(Refused):
            life.ask(step)
    said = "".join(each.model_dump_json() for each in life.log if each.source.endswith("planning"))
    assert "work_training" not in said
    assert '"reason":"studies"' not in said
    assert not re.search(r'"extent_percent":\d', said)
