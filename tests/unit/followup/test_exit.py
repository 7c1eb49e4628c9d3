"""Deciding what an exit, or a return before the start, does to a follow-up."""

from datetime import timedelta

import pytest

from contracts.catalogue import INSATSER
from contracts.codes import FollowUpResult, SupersededBy, Timeliness
from services.followup import domain
from tests.catalogue import superseded_by_exit
from tests.unit.followup.story import (
    CLOSES,
    DUE,
    MISSED_FROM,
    OPENS,
    SCHEDULED,
    completed,
    missed,
    note_exit,
    note_return,
    opened,
    spec,
    superseded,
)

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _catalogue_where_an_exit_supersedes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain, "INSATSER", {"finsam-team": superseded_by_exit(INSATSER["finsam-team"])})


def test_one_that_has_not_opened_is_no_longer_owed() -> None:
    spec.given(SCHEDULED).when(note_exit(OPENS - DAY)).then(superseded(OPENS - DAY))


def test_an_open_one_is_no_longer_owed() -> None:
    spec.given(SCHEDULED, opened()).when(note_exit(DUE + DAY)).then(superseded(DUE + DAY))


def test_a_missed_one_stays_missed_and_is_no_longer_owed() -> None:
    spec.given(SCHEDULED, opened(), missed()).when(note_exit(MISSED_FROM + DAY)).then(superseded(MISSED_FROM + DAY))


def test_an_exit_before_the_window_closed_does_not_take_back_a_miss_told_meanwhile() -> None:
    spec.given(SCHEDULED, opened(), missed()).when(note_exit(DUE)).then(superseded(DUE))


def test_a_completed_one_stays_completed() -> None:
    held = completed(DUE, Timeliness.IN_TIME, FollowUpResult.ALL)
    spec.given(SCHEDULED, opened(), held).when(note_exit(DUE + DAY)).then_nothing_happened()


def test_one_is_superseded_once() -> None:
    spec.given(SCHEDULED, superseded(OPENS - DAY)).when(note_exit(DUE)).then_nothing_happened()


def test_what_the_calendar_had_brought_by_then_is_told_first_if_the_timers_lag() -> None:
    spec.given(SCHEDULED).when(note_exit(OPENS)).then(opened(), superseded(OPENS))
    spec.given(SCHEDULED).when(note_exit(CLOSES)).then(opened(), superseded(CLOSES))
    spec.given(SCHEDULED).when(note_exit(MISSED_FROM)).then(opened(), missed(), superseded(MISSED_FROM))


def test_unless_the_catalogue_says_otherwise_it_is_owed_after_the_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    spec.given(SCHEDULED, opened()).when(note_exit(DUE)).then_nothing_happened()


def test_after_a_return_nothing_is_owed_whatever_the_catalogue_says_of_exits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    returned = superseded(DUE, cause=SupersededBy.RETURN)
    spec.given(SCHEDULED, opened()).when(note_return(DUE)).then(returned)
    spec.given(SCHEDULED).when(note_return(OPENS)).then(opened(), superseded(OPENS, cause=SupersededBy.RETURN))
    spec.given(SCHEDULED, returned).when(note_return(DUE)).then_nothing_happened()
    held = completed(DUE, Timeliness.IN_TIME, FollowUpResult.ALL)
    spec.given(SCHEDULED, opened(), held).when(note_return(DUE)).then_nothing_happened()
