"""Support after the exit: once after each, for those whose insats gives it, over when the person takes part again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from contracts.catalogue import INSATSER
from contracts.planning import (
    AfterSupportBegun,
    AfterSupportEnded,
    CaseReopened,
    ParticipantExited,
    PlanningDetailsReleased,
)
from contracts.problems import Refused
from contracts.referral import RuleRef
from services.followup.domain.time_limits import time_limits
from services.planning.domain import command as ask
from tests.unit.planning import mother
from tests.unit.planning.mother import Life, given

_INSATS = "arbetskonsulent-bred"
_DAY = timedelta(days=1)
_REFERRED = date(2023, 2, 6)
_LEFT = date(2023, 10, 16)
_TODAY = date(2024, 2, 1)
_RULE = RuleRef(insats=_INSATS, version=2)

begin = ask.BeginAfterSupport(_LEFT + _DAY, _TODAY)
end = ask.EndAfterSupport(_TODAY, "no_longer_needed", _TODAY)


def _left(*, consents: bool = True) -> Life:
    answer = mother.consented if consents else mother.refused
    return given(
        mother.referred_to(_INSATS, _REFERRED),
        answer,
        mother.accepted.model_copy(update={"happened_on": _REFERRED}),
        mother.started.model_copy(update={"happened_on": _REFERRED, "insats": _INSATS, "rule": _RULE}),
        mother.exited.model_copy(update={"happened_on": _LEFT, "insats": _INSATS, "rule": _RULE}),
    )


def _refused(life: Life, command: ask.Command) -> str:
    with pytest.raises(Refused) as refused:
        life.ask(command)
    return refused.value.code


def test_it_begins_after_the_exit_and_ends_once() -> None:
    life = _left()
    assert life.ask(begin) == (AfterSupportBegun(happened_on=_LEFT + _DAY, episode=1, rule=_RULE),)
    assert _refused(life, begin) == "already_begun"
    assert life.ask(end) == (AfterSupportEnded(happened_on=_TODAY, episode=1, reason="no_longer_needed"),)
    assert _refused(life, end) == "no_ongoing_after_support"
    assert _refused(life, begin) == "already_begun"


def test_it_is_refused_before_the_exit_and_with_a_reason_that_is_none() -> None:
    life = _left()
    assert _refused(life, replace(begin, begun_on=_LEFT - _DAY)) == "before_exit"
    life.ask(begin)
    assert _refused(life, replace(end, reason="reopened")) == "reason_unknown"
    assert _refused(life, replace(end, ended_on=_LEFT)) == "before_after_support"


def test_whoever_takes_part_again_is_supported_as_a_participant() -> None:
    life = _left()
    life.ask(begin)
    reopened, ended = life.ask(ask.ReopenCase(_TODAY, _TODAY))
    assert isinstance(reopened, CaseReopened)
    assert ended == AfterSupportEnded(happened_on=_TODAY, episode=1, reason="reopened")
    life.take_back(life.id_of(CaseReopened), today=_TODAY)
    assert life.case.after_supports.ongoing is not None, "what the reopening ended goes on"


def test_the_exit_it_builds_on_is_taken_back_after_it() -> None:
    life = _left()
    life.ask(begin)
    with pytest.raises(Refused) as refused:
        life.take_back(life.id_of(ParticipantExited), today=_TODAY)
    assert refused.value.code == "later_events_depend"
    life.take_back(life.id_of(AfterSupportBegun), today=_TODAY)
    assert life.case.after_supports.all == ()
    life.take_back(life.id_of(ParticipantExited), today=_TODAY)


def test_without_consent_its_reason_stays_until_the_person_consents() -> None:
    life = _left(consents=False)
    life.ask(begin)
    assert life.ask(end) == (AfterSupportEnded(happened_on=_TODAY, episode=1),)
    assert life.case.after_supports.all[0].reason == "no_longer_needed"
    (told,) = life.hear(mother.consented)
    assert isinstance(told, PlanningDetailsReleased)
    assert told.reason == "no_longer_needed"


def test_its_longest_time_is_watched() -> None:
    life = _left()
    life.ask(begin)
    (limit,) = [each for each in time_limits(life.log, INSATSER) if each.terms.clock == "efterstod"]
    assert (limit.terms.limit_on, limit.met) == (date(2024, 4, 17), None)
    life.ask(end)
    (limit,) = [each for each in time_limits(life.log, INSATSER) if each.terms.clock == "efterstod"]
    assert limit.met is not None
