"""Deciding what a day brings: a window opens, or closes."""

from datetime import timedelta

from contracts.codes import Timeliness
from tests.unit.followup.story import (
    CLOSES,
    DUE,
    MISSED_FROM,
    OPENS,
    SCHEDULED,
    completed,
    look,
    missed,
    opened,
    spec,
    superseded,
)

DAY = timedelta(days=1)


def test_nothing_happens_before_the_window() -> None:
    spec.given(SCHEDULED).when(look(OPENS - DAY)).then_nothing_happened()


def test_the_window_opens_on_its_first_day() -> None:
    spec.given(SCHEDULED).when(look(OPENS)).then(opened())


def test_it_opens_once() -> None:
    spec.given(SCHEDULED, opened()).when(look(DUE)).then_nothing_happened()


def test_it_is_not_missed_on_the_windows_last_day() -> None:
    spec.given(SCHEDULED, opened()).when(look(CLOSES)).then_nothing_happened()


def test_it_is_missed_on_the_day_after_the_window() -> None:
    spec.given(SCHEDULED, opened()).when(look(MISSED_FROM)).then(missed())


def test_it_is_missed_once() -> None:
    spec.given(SCHEDULED, opened(), missed()).when(look(MISSED_FROM + 30 * DAY)).then_nothing_happened()


def test_after_downtime_both_are_told_with_the_days_they_happened() -> None:
    spec.given(SCHEDULED).when(look(MISSED_FROM + 200 * DAY)).then(opened(), missed())


def test_a_completed_one_is_never_missed() -> None:
    held = completed(DUE, Timeliness.IN_TIME)
    spec.given(SCHEDULED, opened(), held).when(look(MISSED_FROM)).then_nothing_happened()


def test_a_superseded_one_neither_opens_nor_is_missed() -> None:
    spec.given(SCHEDULED, superseded(OPENS - DAY)).when(look(MISSED_FROM)).then_nothing_happened()
