"""Whoever has all publications can tell no small count, no small rest and no small difference from them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import product
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.domain.disclosure import PROTECTION_WIDTH, SMALLEST_PUBLISHED, Shown, is_small
from services.reporting.domain.editions import Group
from services.reporting.domain.narrowing import Across, across
from services.reporting.domain.periods import Period, period_of
from services.reporting.domain.suppression import Publication, Report, public_form
from services.reporting.indicators import DECLARED
from tests.examples import examples
from tests.unit.reporting.attacker import Attacker, Counts, by_group
from tests.unit.reporting.rows_counted import Row, counted

_BEGAN: Final = datetime(2021, 1, 1, tzinfo=UTC)
_EARLY: Final = datetime(2021, 8, 1, tzinfo=UTC)
_BETWEEN: Final = datetime(2021, 8, 15, tzinfo=UTC)
_LATE: Final = datetime(2021, 9, 1, tzinfo=UTC)
_FIGURES: Final = (
    "participants",
    "carried_in",
    "started",
    "exited",
    "exit_reasons",
    "open_at_year_end",
    "without_consent",
)
_OF_A_DAY: Final = (Across.FIRST_DAY, Across.LAST_DAY)


def _kinds() -> tuple[Row, ...]:
    """Every kind of participation: of two sexes in two insatser, begun before 2021 or in one of its first two
    quarters, ended for one of two reasons in one of them or not; known from early on, only late, or taken back."""
    lasting = [
        (start, end)
        for start in (date(2020, 12, 1), date(2021, 2, 1), date(2021, 5, 1))
        for end in (date(2021, 3, 1), date(2021, 6, 1), None)
        if end is None or start <= end
    ]
    known = ((_BEGAN, None), (_BETWEEN, None), (_BEGAN, _BETWEEN))
    return tuple(
        {
            "referral.sex": sex,
            "referral.insats": insats,
            "started_on": start,
            "exited_on": end,
            "national_code": reason if end else None,
            "consents": consents,
            "registered": registered,
            "taken_back": taken_back,
        }
        for sex, insats, (start, end), reason, consents, (registered, taken_back) in product(
            ("woman", "man"), ("a", "b"), lasting, ("1", "2"), (True, False), known
        )
        if end or reason == "1"
    )


KINDS: Final = _kinds()


def _report(numbers: Mapping[int, int], period: str, known_until: datetime, figures: Sequence[str]) -> Report:
    return report_of(KINDS, numbers, period, known_until, figures)


def report_of(
    possible: Sequence[Row], numbers: Mapping[int, int], period: str, known_until: datetime, figures: Sequence[str]
) -> Report:
    """The report of a period, of so many rows of each kind that there can be."""
    rows = [possible[kind] for kind, number in numbers.items() for _ in range(number)]
    span = period_of(period)
    counts = {each: counted(DECLARED.indicators[each], DECLARED, rows, span, known_until) for each in figures}
    return Report(span, known_until, counts)


def published(reports: Sequence[Report]) -> list[Publication]:
    """The public forms of reports, one after the other."""
    publications: list[Publication] = []
    for report in reports:
        publications.append(public_form(report, publications, DECLARED))
    return publications


def without_the_small(reports: Sequence[Report]) -> list[Publication]:
    """What would be published if only small counts were left out."""
    return [
        Publication(
            report,
            {
                name: Shown(frozenset(group for group, count in _sums(report, name).items() if is_small(count)))
                for name in report.figures
            },
        )
        for report in reports
    ]


def _sums(report: Report, name: str) -> dict[Group, int]:
    """The true counts of a figure by every group of rows."""
    return dict(Publication(report, {name: Shown()}).given(name))


# What must not be told ------------------------------------------------------------------------------------------


def _protected(possible: Sequence[Row], reports: Sequence[Report]) -> Iterator[tuple[str, Counts]]:
    """The counts of all groups; what is left of wholes without their parts; what differs between days; what is left
    of a period without a part of it."""
    groups = {
        (number, name): by_group(possible, report, name, DECLARED)
        for number, report in enumerate(reports)
        for name in report.figures
    }
    for (number, name), counts in groups.items():
        for group, kinds in counts.items():
            yield f"{name} {group} of report {number}", kinds
            whole = DECLARED.indicators[name].of
            if (rest := groups.get((number, whole or ""), {}).get(group)) is not None:
                yield f"{whole} less {name} {group} of report {number}", _less(rest, kinds)
            for other, earlier in enumerate(reports[:number]):
                if _leaves_a_count(name, earlier.period, reports[number].period):
                    before = groups.get((other, name), {}).get(group, {})
                    yield f"{name} {group} of report {number} less {other}", _less(kinds, before)


def _leaves_a_count(name: str, part: Period, whole: Period) -> bool:
    """Whether a figure less that of a part of the period counts people: not where each counts those of one day."""
    counts_one_day = across(DECLARED.indicators[name], DECLARED) in _OF_A_DAY
    return part == whole or (not counts_one_day and whole.first <= part.first and part.last <= whole.last)


def _less(one: Counts, other: Counts) -> Counts:
    factors = {kind: one.get(kind, 0) - other.get(kind, 0) for kind in one.keys() | other.keys()}
    return {kind: factor for kind, factor in sorted(factors.items()) if factor}


def _told(numbers: Mapping[int, int], publications: Sequence[Publication]) -> list[tuple[str, int, int]]:
    return told(KINDS, numbers, publications)


def told(
    possible: Sequence[Row], numbers: Mapping[int, int], publications: Sequence[Publication]
) -> list[tuple[str, int, int]]:
    """The small numbers that the attacker tells to a narrower interval than is promised."""
    attacker = Attacker(possible, publications, DECLARED)
    found = []
    for what, counts in _protected(possible, [each.report for each in publications]):
        if is_small(sum(factor * numbers.get(kind, 0) for kind, factor in counts.items())):
            least, most = attacker.interval(counts)
            if most - least < PROTECTION_WIDTH:
                found.append((what, least, most))
    return found


_NUMBERS = st.dictionaries(st.integers(0, len(KINDS) - 1), st.integers(1, 9), max_size=16)
_PERIODS = st.sampled_from(["2021-k1", "2021-k2", "2021-h1"])
_DATES = st.sampled_from([_EARLY, _LATE])
# The combinations that are published: see public_form.require_protected.
_FOLLOWING = st.permutations(["2021-k1", "2021-k2"]).flatmap(
    lambda periods: st.tuples(*(st.tuples(st.just(period), _DATES) for period in periods))
)
_ONE_PERIOD = _PERIODS.flatmap(lambda period: st.sets(st.tuples(st.just(period), _DATES), min_size=1)).map(sorted)


@settings(max_examples=examples(15))
@given(numbers=_NUMBERS, reports=_FOLLOWING | _ONE_PERIOD)
def test_an_attacker_with_all_publications_tells_no_small_count(
    numbers: dict[int, int], reports: Sequence[tuple[str, datetime]]
) -> None:
    publications = published([_report(numbers, *each, _FIGURES) for each in reports])
    assert _told(numbers, publications) == []


def test_who_stays_on_into_a_period_in_which_few_begin_tells_no_small_count() -> None:
    """No figure counts just those of a population who begin; that hardly anybody does still bounds who had stayed."""
    numbers = {93: 1, 96: 1, 134: 9, 87: 3, 192: 3, 207: 2}
    for figures in (_FIGURES, ("participants", "exited")):
        reports = [_report(numbers, period, _EARLY, figures) for period in ("2021-k1", "2021-k2")]
        assert _told(numbers, published(reports)) == []


@settings(max_examples=examples(40))
@given(numbers=_NUMBERS, reports=st.lists(st.tuples(_PERIODS, _DATES), min_size=1, max_size=2))
def test_what_is_given_is_true_and_never_small_and_comes_again(
    numbers: dict[int, int], reports: list[tuple[str, datetime]]
) -> None:
    counted_reports = [_report(numbers, *each, _FIGURES) for each in reports]
    publications = published(counted_reports)
    for publication in publications:
        for name in _FIGURES:
            true = _sums(publication.report, name)
            given_counts = publication.given(name)
            assert given_counts == {group: true[group] for group in given_counts}
            assert not any(map(is_small, given_counts.values()))
    assert [each.figures for each in published(counted_reports)] == [each.figures for each in publications]


@settings(max_examples=examples(40))
@given(st.sets(st.integers(0, len(KINDS) - 1), max_size=12), _PERIODS)
def test_a_figure_without_small_counts_is_given_whole(kinds: set[int], period: str) -> None:
    numbers = dict.fromkeys(kinds, SMALLEST_PUBLISHED)
    [publication] = published([_report(numbers, period, _LATE, ["started"])])
    assert publication.given("started") == _sums(publication.report, "started")


def test_a_report_published_again_is_given_as_it_was() -> None:
    report = _report({0: 2, 40: 7, 90: 30}, "2021-h1", _LATE, _FIGURES)
    first, again = published([report, report])
    assert again.figures == first.figures


# The attacker is able -------------------------------------------------------------------------------------------


def _of(
    sex: str, insats: str, start: date, end: date | None = None, *, registered: datetime = _BEGAN, reason: str = "1"
) -> int:
    """The number of a kind, of those who consent."""
    wanted = {
        "referral.sex": sex,
        "referral.insats": insats,
        "started_on": start,
        "exited_on": end,
        "national_code": reason if end else None,
        "consents": True,
        "registered": registered,
        "taken_back": None,
    }
    return KINDS.index(wanted)


_WINTER, _SPRING = date(2021, 2, 1), date(2021, 5, 1)
_ATTACKS: Final[dict[str, tuple[dict[int, int], list[tuple[str, datetime, list[str]]]]]] = {
    "a total less the other rows": (
        {_of("woman", "a", _WINTER): 2, _of("man", "a", _WINTER): 20},
        [("2021-k1", _EARLY, ["started"])],
    ),
    "a whole less its part": (
        {_of("woman", "a", _WINTER, date(2021, 3, 1)): 20, _of("woman", "a", _WINTER): 3},
        [("2021-k1", _EARLY, ["started", "exited", "participants"])],
    ),
    "the same figure as known later": (
        {_of("woman", "a", _WINTER): 20, _of("woman", "a", _WINTER, registered=_BETWEEN): 1},
        [("2021-k1", _EARLY, ["started"]), ("2021-k1", _LATE, ["started"])],
    ),
    "a half-year less a quarter": (
        {_of("man", "b", _WINTER): 20, _of("man", "b", _SPRING): 4},
        [("2021-k1", _EARLY, ["started"]), ("2021-h1", _EARLY, ["started"])],
    ),
    "a later known half-year less a quarter": (
        {_of("man", "b", _WINTER): 20, _of("man", "b", _SPRING): 4},
        [("2021-k1", _EARLY, ["started"]), ("2021-h1", _LATE, ["started"])],
    ),
    "those who went on from one quarter to the next": (
        {_of("woman", "b", _WINTER): 12, _of("woman", "b", _SPRING): 3, _of("man", "b", _WINTER): 30},
        [
            ("2021-k1", _EARLY, ["participants", "exited", "open_at_year_end"]),
            ("2021-k2", _EARLY, ["participants", "started"]),
        ],
    ),
}


@pytest.mark.parametrize("attack", _ATTACKS)
def test_the_attacker_tells_what_only_small_counts_are_left_out_of_and_nothing_of_ours(attack: str) -> None:
    numbers, asked = _ATTACKS[attack]
    reports = [_report(numbers, *each) for each in asked]
    assert any(least == most for _, least, most in _told(numbers, without_the_small(reports)))
    assert _told(numbers, published(reports)) == []
