"""The accounts of a period: one that does not balance is found out, and where they meet is said."""

import pytest
from pydantic import ValidationError

from contracts.indicators.declaration import Condition, Is, NoneOf, OneOf
from services.reporting.domain.figures import NOBODY, BySex
from services.reporting.domain.flow import Flow, Queue, Stays
from services.reporting.domain.narrowing import apart
from services.reporting.web.flow_report import Account, bars, notes


def _women(count: int) -> BySex:
    return BySex(women=count, men=0, other=0, unknown=0, total=count)


def _queue(**other: BySex) -> Queue:
    lines = {
        "in_hand": _women(10),
        "carried_in": _women(3),
        "referred": _women(7),
        "started": _women(4),
        "unanswered": _women(2),
        "accepted": _women(1),
        **other,
    }
    return Queue(**lines, not_started={"insats": _women(2), "referrer": _women(1)})


def _stays(**other: BySex) -> Stays:
    lines = {
        "participants": _women(12),
        "carried_in": _women(6),
        "first": _women(5),
        "reopened": _women(1),
        "exited": _women(8),
        "open": _women(4),
        **other,
    }
    return Stays(**lines)


def test_both_sides_are_said_and_equal() -> None:
    queue = _queue()
    assert queue.ended_otherwise == queue.waiting == _women(3)
    assert queue.accounted_for == queue.in_hand
    assert _stays().accounted_for == _women(12)


@pytest.mark.parametrize("line", ["in_hand", "carried_in", "referred", "started", "unanswered", "accepted"])
def test_an_account_of_referrals_that_does_not_balance_is_found_out(line: str) -> None:
    with pytest.raises(ValidationError, match="sum to those in hand"):
        _queue(**{line: NOBODY})


@pytest.mark.parametrize("line", ["participants", "carried_in", "first", "reopened", "exited", "open"])
def test_an_account_of_participations_that_does_not_balance_is_found_out(line: str) -> None:
    with pytest.raises(ValidationError, match="sum to the participants"):
        _stays(**{line: NOBODY})


def test_sexes_that_do_not_balance_are_found_out_though_the_totals_do() -> None:
    men = BySex(women=0, men=4, other=0, unknown=0, total=4)
    with pytest.raises(ValidationError, match="sum to those in hand"):
        _queue(started=men)


def test_starts_without_a_referral_are_said() -> None:
    shown = Flow(queue=_queue(), stays=_stays())
    assert shown.without_referral == 1
    [note] = notes(shown)
    assert "4 från anmälan och 5 till deltagande" in note
    assert notes(Flow(queue=_queue(), stays=_stays(first=_women(4), reopened=_women(2)))) == ()


def test_the_bars_are_the_lines_of_an_account() -> None:
    shown = Flow(queue=_queue(), stays=_stays())
    assert [bar.count for bar in bars(shown, Account.REFERRALS)] == [3, 7, 4, 3, 3]
    assert [bar.count for bar in bars(shown, Account.PARTICIPATIONS)] == [6, 5, 1, 8, 4]


@pytest.mark.parametrize(
    ("one", "other", "never_both"),
    [
        (Is(column="episode", **{"is": 1}), NoneOf(column="episode", not_in=(1,)), True),
        (NoneOf(column="episode", not_in=(1, 2)), OneOf(column="episode", **{"in": (1, 2)}), True),
        (OneOf(column="episode", **{"in": (1, 2)}), NoneOf(column="episode", not_in=(1,)), False),
        (Is(column="episode", **{"is": 1}), NoneOf(column="months", not_in=(1,)), False),
    ],
)
def test_a_value_and_all_but_that_value_are_never_of_one_row(
    one: Condition, other: Condition, never_both: bool
) -> None:
    assert apart(one, other) is never_both
