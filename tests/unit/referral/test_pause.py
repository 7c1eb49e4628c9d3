"""Pauses of the intake."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.agency import RejectionCode
from contracts.catalogue import AGENCIES, INSATSER
from contracts.envelope import worker
from contracts.events import AnyEvent, event_of
from contracts.problems import Refused
from contracts.referral import IntakePaused, IntakeResumed
from services.referral.domain.judging import Admission, Known, Numbers, Rules, judge
from services.referral.domain.pause import Pause, Paused, Resume, decide, paused, stream_of
from services.referral.domain.reading import read_submission
from tests.malformed import AGENCY, changed, encode, message

TODAY = date(2021, 5, 3)
NOON = datetime(2021, 5, 3, 12, tzinfo=UTC)
VIDARE = INSATSER["mia-vidare"]
DOOR = "intresseanmalan"
pause = Pause(VIDARE, DOOR, TODAY, TODAY)
resume = Resume(VIDARE, DOOR, TODAY, TODAY)


def test_a_door_is_shut_and_opened_again() -> None:
    assert decide(pause, {}) == IntakePaused(happened_on=TODAY, insats="mia-vidare", door=DOOR)
    assert decide(resume, {DOOR: TODAY}) == IntakeResumed(happened_on=TODAY, insats="mia-vidare", door=DOOR)


@pytest.mark.parametrize(
    ("command", "shut", "code"),
    [
        (replace(pause, insats=None), {}, "door_unknown"),
        (replace(pause, door="fonster"), {}, "door_unknown"),
        (Pause(INSATSER["finsam-team"], "anmalan", TODAY, TODAY), {}, "door_not_pausable"),
        (pause, {DOOR: TODAY}, "already_paused"),
        (replace(pause, paused_on=TODAY - timedelta(days=1)), {}, "date_in_the_past"),
        (resume, {}, "not_paused"),
        (replace(resume, resumed_on=TODAY - timedelta(days=1)), {DOOR: TODAY}, "date_not_today"),
    ],
)
def test_what_is_refused(command: Pause | Resume, shut: Paused, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        decide(command, shut)
    assert refusal.value.code == code


def _judged(shut: Paused, insats: str = "mia-vidare") -> list[RejectionCode]:
    sent = changed(message("m-1", "198703149818"), ("data", "insats"), insats)
    rules = Rules(AGENCIES[AGENCY], INSATSER, Numbers.SYNTHETIC, {"mia-vidare": shut})
    judged = judge(read_submission(encode(sent)), rules, Known(), TODAY)
    return [] if isinstance(judged, Admission) else [error.code for error in judged]


def test_who_comes_in_while_it_lasts_is_refused_whenever_they_were_referred() -> None:
    assert RejectionCode.INTAKE_PAUSED in _judged({DOOR: TODAY})
    assert RejectionCode.INTAKE_PAUSED in _judged({DOOR: TODAY - timedelta(days=90)})
    assert RejectionCode.INTAKE_PAUSED not in _judged({DOOR: TODAY + timedelta(days=1)})
    assert RejectionCode.INTAKE_PAUSED not in _judged({"another": TODAY})
    assert RejectionCode.INTAKE_PAUSED not in _judged({DOOR: TODAY}, insats="finsam-team")


@given(st.lists(st.sampled_from([pause, resume]), max_size=8))
def test_a_door_is_shut_exactly_when_the_last_word_was_that_it_is(commands: list[Pause | Resume]) -> None:
    log: list[AnyEvent] = []
    shut = False
    for nth, command in enumerate(commands, start=1):
        try:
            fact = decide(command, paused(log))
        except Refused:
            assert shut is isinstance(command, Pause)
            continue
        assert shut is isinstance(command, Resume)
        shut = isinstance(command, Pause)
        log.append(
            event_of(
                fact,
                event_id=UUID(int=nth),
                stream_id=stream_of("mia-vidare"),
                sequence=len(log) + 1,
                recorded=NOON,
                actor=worker("kim", "office"),
            )
        )
        assert paused(log) == ({DOOR: TODAY} if shut else {})
