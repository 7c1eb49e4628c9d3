"""Rounding, sums that must hold, and the published figures beside the computed ones."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.codes import Sex
from services.reporting.domain.cases import without_details
from services.reporting.domain.counts import FinsamCounts, SixMonthCounts, StayCounts, by_sex, year_figures
from services.reporting.domain.definitions import DEFINITIONS
from services.reporting.domain.figures import BySex, Figures, Meetings, NoneByReason, SixMonth, half_up
from services.reporting.domain.published import Published, PublishedLine, PublishedSource, compare

NOTHING_HELD = SixMonthCounts(0, 0, 0, 0, 0, 0, 0, 0, 0)
NO_FINSAM = FinsamCounts(
    teams=0,
    plans={None: 0},
    met_and_planned={None: 0},
    meetings=0,
    meetings_by_districts=0,
    six_month=NOTHING_HELD,
    lots={None: 0},
    lots_assigned={None: 0},
    max_cases_per_session=0,
)
ONE_WOMAN = StayCounts(
    insats="finsam-team",
    sex=Sex.WOMAN,
    participants=10,
    without_consent=2,
    carried_in=4,
    started=6,
    exited=7,
    reason_1=3,
    reason_2=1,
    reason_3=1,
    other=1,
    exited_without_consent=1,
    not_stated=0,
    open_at_year_end=3,
)


def _figures(counts: StayCounts = ONE_WOMAN, finsam: FinsamCounts = NO_FINSAM) -> Figures:
    rows = [replace(counts, insats=insats, sex=sex) for insats in (counts.insats, None) for sex in (counts.sex, None)]
    return year_figures(2021, None, rows, finsam)


class TestHalfUp:
    def test_51_of_72_is_71_where_the_report_printed_70(self) -> None:
        assert half_up(51, 72) == 71

    @pytest.mark.parametrize(
        ("part", "whole", "percent"),
        [
            (168, 366, 46),
            (87, 366, 24),
            (66, 366, 18),
            (1, 200, 1),
            (1, 201, 0),
            (5, 1000, 1),
            (0, 7, 0),
            (7, 7, 100),
        ],
    )
    def test_halves_go_up(self, part: int, whole: int, percent: int) -> None:
        assert half_up(part, whole) == percent

    def test_of_nothing_there_is_no_share(self) -> None:
        assert half_up(0, 0) is None

    @given(st.integers(1, 10**9).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
    def test_never_further_off_than_a_half_and_upwards_at_a_half(self, share: tuple[int, int]) -> None:
        part, whole = share
        percent = half_up(part, whole)
        assert percent is not None
        assert Fraction(-1, 2) < percent - Fraction(100 * part, whole) <= Fraction(1, 2)


class TestSums:
    def test_a_sex_left_out_is_found_out(self) -> None:
        with pytest.raises(ValidationError, match="the sexes sum to 9, not to 10"):
            by_sex({Sex.WOMAN: 4, Sex.MAN: 5, None: 10})

    def test_no_sex_is_dropped(self) -> None:
        row = by_sex({Sex.WOMAN: 1, Sex.MAN: 2, Sex.OTHER: 3, Sex.UNKNOWN: 4, None: 10})
        assert row == BySex(women=1, men=2, other=3, unknown=4, total=10)

    @pytest.mark.parametrize(
        ("field", "message"),
        [
            ("carried_in", "carried in and started"),
            ("started", "carried in and started"),
            ("open_at_year_end", "open at the end of the year"),
            ("reason_2", "exit reasons"),
            ("exited_without_consent", "exit reasons"),
        ],
    )
    def test_a_count_that_does_not_balance_is_found_out(self, field: str, message: str) -> None:
        off = replace(ONE_WOMAN, **{field: getattr(ONE_WOMAN, field) + 1})
        with pytest.raises(ValidationError, match=message):
            _figures(off)

    def test_insatser_that_do_not_sum_to_the_totals_are_found_out(self) -> None:
        rows = [
            replace(ONE_WOMAN, insats=insats, sex=sex) for insats in ("a", "b", None) for sex in (Sex.WOMAN, None)
        ]
        with pytest.raises(ValidationError, match="do not sum to the totals of participants"):
            year_figures(2021, None, rows, NO_FINSAM)

    def test_meetings_balance(self) -> None:
        with pytest.raises(ValidationError, match="districts and others"):
            Meetings(district=1, others=1, total=3)

    def test_follow_ups_balance(self) -> None:
        none = NoneByReason(under_way=0, not_reachable=0, plan_not_feasible=0, not_stated=0)
        with pytest.raises(ValidationError, match="the results must sum"):
            SixMonth(
                total=3, all=1, some=1, none=0, without_consent=0, not_stated=0, none_by_reason=none, percent_all=33
            )

    def test_a_year_without_anything_is_all_zeros(self) -> None:
        figures = year_figures(2021, None, [], NO_FINSAM)
        assert set(figures.lines().values()) == {0}
        assert not any(line.endswith("percent") for line in figures.lines())


class TestLines:
    def test_the_exits_without_a_printed_reason_are_all_but_the_first_three(self) -> None:
        lines = _figures(replace(ONE_WOMAN, not_stated=1, reason_1=2)).lines()
        assert lines["totals.exit_other.women"] == lines["totals.exit_other.total"] == 3

    def test_shares_are_of_all_exits_even_without_consent(self) -> None:
        assert _figures().lines()["totals.exit_reason_1.percent"] == half_up(3, 7)

    def test_every_figure_is_declared(self) -> None:
        declared = {definition.id for definition in DEFINITIONS}
        for line in _figures().lines():
            of_totals = line.removeprefix("totals.")
            of_finsam = ".".join(line.split(".")[:2])
            named = of_totals if of_totals == "interventions" else of_totals.split(".")[0]
            counted = "exit_reasons" if named.startswith("exit_") else named
            assert counted in declared or of_finsam.removesuffix("_none") in declared, line

    def test_every_declaration_says_unit_population_and_period(self) -> None:
        for definition in DEFINITIONS:
            assert definition.unit
            assert definition.population
            assert definition.period
            assert definition.source


class TestComparison:
    def test_line_by_line(self) -> None:
        published = Published(
            source=PublishedSource(title="Uppföljning", publisher="Förbundet", year=2021, scope="Allt."),
            year=2021,
            lines=(
                PublishedLine(id="totals.participants.women", label="Deltagare", published=10, source_lines="6"),
                PublishedLine(id="totals.exited.total", label="Avslutade", published=8, source_lines="11", note="!"),
                PublishedLine(id="totals.smiles", label="Leenden", published=3, source_lines="12", printed="3 st"),
            ),
        )
        equal, different, not_counted = compare(_figures(), published)
        assert (equal.computed, equal.equal) == (10, True)
        assert (different.computed, different.equal, different.note) == (7, False, "!")
        assert (not_counted.computed, not_counted.equal, not_counted.printed) == (None, False, "3 st")


class TestWithoutDetails:
    def test_an_exit_keeps_its_day_and_loses_its_reason(self) -> None:
        data = {"happened_on": "2021-05-04", "insats": "finsam-team", "reason": "illness", "national_code": "3"}
        kept = {"happened_on": "2021-05-04", "insats": "finsam-team"}
        assert without_details("ParticipantExited", data) == kept

    @pytest.mark.parametrize("kind", ["MeetingCancelled", "SupportEnded", "CasePutOnHold", "RegisteredInError"])
    def test_a_reason_that_says_nothing_of_the_person_stays(self, kind: str) -> None:
        assert without_details(kind, {"reason": "called_off"}) == {"reason": "called_off"}

    @pytest.mark.parametrize("name", ["activities", "added"])
    def test_a_plan_keeps_who_is_responsible(self, name: str) -> None:
        data = {name: [{"activity_id": "a", "responsible": "kommun", "kind": "studies"}]}
        assert without_details("SamplanReviderad", data) == {name: [{"activity_id": "a", "responsible": "kommun"}]}

    @pytest.mark.parametrize("kind", ["FollowUpCompleted", "FollowUpDetailsReleased"])
    def test_a_follow_up_loses_result_and_findings(self, kind: str) -> None:
        data = {
            "months": 6,
            "result": "all",
            "reason": None,
            "activities": [{"activity_id": "a", "outcome": "fully"}],
        }
        assert without_details(kind, data) == {"months": 6}

    def test_consent_given_before_it_was_withdrawn_loses_the_background(self) -> None:
        assert without_details("ConsentGiven", {"attributes": {"age": 41}}) == {"attributes": {}}
