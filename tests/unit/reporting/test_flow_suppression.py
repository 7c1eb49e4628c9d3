"""The account of a period gives no small count away: no public form has it, nor who waits, whom others would give."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import product
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.domain.disclosure import Withheld
from services.reporting.domain.suppression import public_form
from services.reporting.indicators import DECLARED
from tests.examples import examples
from tests.unit.reporting.rows_counted import Row
from tests.unit.reporting.test_suppression import published, report_of, told, without_the_small

_BEGAN: Final = datetime(2021, 1, 1, tzinfo=UTC)
_KNOWN: Final = datetime(2021, 8, 1, tzinfo=UTC)
_BEFORE, _WINTER, _LATE_WINTER, _SPRING = date(2020, 12, 1), date(2021, 2, 1), date(2021, 3, 1), date(2021, 5, 1)

_FLOW: Final = (
    "in_hand",
    "in_hand.carried_in",
    "in_hand.referred",
    "in_hand.ended",
    "in_hand.started",
    "in_hand.not_started",
    "in_hand.open",
    "in_hand.unanswered",
    "in_hand.accepted",
    "started",
    "started.first",
    "started.reopened",
)
_COUNTED_AGAIN: Final = ("referrals", "returned", "referrals.waiting", "referrals.waiting_to_start")


def _referral(
    insats: str,
    referred: date,
    accepted: date | None = None,
    started: date | None = None,
    returned: date | None = None,
    by: str | None = None,
) -> Row:
    return {
        "referral.sex": "woman",
        "referral.insats": insats,
        "insats": insats,
        "referred_on": referred,
        "accepted_on": accepted,
        "started_on": started,
        "returned_on": returned,
        "ended_on": started or returned,
        "referral.returned_by": by,
        "referral.unit_kind": "district",
        "referral.referred_on": referred,
        "episode": 1,
        "exited_on": None,
    }


def _reopened(insats: str, started: date) -> Row:
    """A stay after the first: its referral is counted with the first one."""
    row = _referral(insats, started, None, started)
    return {**row, "referred_on": None, "referral.referred_on": None, "ended_on": None, "episode": 2, "insats": None}


def _kinds() -> tuple[Row, ...]:
    """Every kind of way through two insatser: referred before 2021 or in one of its first two quarters; accepted or
    not; started, returned by somebody, or neither; stays that were reopened; those whose referral is not known."""
    days = (_BEFORE, _WINTER, _SPRING)
    found: list[Row] = []
    for insats, referred in product(("a", "b"), days):
        found.append(_referral(insats, referred))
        for later in (day for day in (_LATE_WINTER, _SPRING) if day >= referred):
            found.append(_referral(insats, referred, accepted=later))
            found.append(_referral(insats, referred, accepted=referred, started=later))
            found.extend(_referral(insats, referred, returned=later, by=by) for by in ("insats", "referrer"))
    for insats, started in product(("a", "b"), (_LATE_WINTER, _SPRING)):
        found.append(_reopened(insats, started))
        found.append({**_reopened(insats, started), "episode": 1})
    return tuple({**row, "registered": _BEGAN, "taken_back": None} for row in found)


KINDS: Final = _kinds()
_NUMBERS = st.dictionaries(st.integers(0, len(KINDS) - 1), st.integers(1, 9), max_size=12)
_PERIODS = st.lists(st.sampled_from(["2021-k1", "2021-k2", "2021-h1"]), min_size=1, max_size=3)


@settings(max_examples=examples(15))
@given(numbers=_NUMBERS, periods=_PERIODS)
def test_an_attacker_tells_no_small_count_from_accounts(numbers: dict[int, int], periods: list[str]) -> None:
    reports = [report_of(KINDS, numbers, period, _KNOWN, (*_FLOW, *_COUNTED_AGAIN)) for period in periods]
    assert told(KINDS, numbers, published(reports)) == []


def _of(row: Row) -> int:
    return KINDS.index({**row, "registered": _BEGAN, "taken_back": None})


_ATTACKS: Final[Mapping[str, tuple[dict[int, int], tuple[str, ...]]]] = {
    "one side less the others of the other": (
        {
            _of(_referral("a", _BEFORE)): 20,
            _of(_referral("a", _WINTER, returned=_LATE_WINTER, by="referrer")): 12,
            _of(_referral("a", _WINTER, _WINTER, _LATE_WINTER)): 3,
        },
        ("in_hand.carried_in", "in_hand.referred", "in_hand.not_started", "in_hand.open", "in_hand.started"),
    ),
    "all who wait less those who wait for an answer": (
        {_of(_referral("a", _WINTER)): 11, _of(_referral("a", _WINTER, accepted=_LATE_WINTER)): 2},
        ("in_hand.open", "referrals.waiting", "referrals.waiting_to_start"),
    ),
}


@pytest.mark.parametrize("attack", _ATTACKS)
def test_the_attacker_tells_what_only_small_counts_are_left_out_of_and_nothing_of_ours(attack: str) -> None:
    numbers, figures = _ATTACKS[attack]
    report = report_of(KINDS, numbers, "2021-k1", _KNOWN, figures)
    everything = report_of(KINDS, numbers, "2021-k1", _KNOWN, (*_FLOW, *_COUNTED_AGAIN))
    assert any(least == most for _, least, most in told(KINDS, numbers, without_the_small([report])))
    assert told(KINDS, numbers, published([everything])) == []


def test_what_is_withheld_is_withheld_with_all_its_parts() -> None:
    withheld = {name for name, each in DECLARED.indicators.items() if DECLARED.is_withheld(each)}
    assert withheld >= {"in_hand", "in_hand.started", "waiting.by_age", "not_started.by_reason", "referrals.waiting"}
    assert not withheld & {"referrals", "returned", "started", "started.first", "participants"}
    report = report_of(KINDS, {0: 40, 9: 30}, "2021-k1", _KNOWN, (*_FLOW, *_COUNTED_AGAIN))
    [publication] = published([report])
    for name, figure in publication.figures.items():
        assert isinstance(figure, Withheld) == (name in withheld), name


def test_what_was_published_before_it_was_withheld_is_given_as_it_was() -> None:
    report = report_of(KINDS, {0: 40, 9: 30}, "2021-k1", _KNOWN, ("referrals", "referrals.waiting"))
    [earlier] = without_the_small([report])
    again = public_form(report, [earlier], DECLARED)
    assert again.figures == earlier.figures
