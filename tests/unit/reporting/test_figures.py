"""Rounding, sums that must hold, and the published figures beside the computed ones."""

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.indicators import Indicator
from services.reporting.domain.cases import without_details
from services.reporting.domain.counted import cells, counted
from services.reporting.domain.definitions import definition
from services.reporting.domain.figures import BySex, Figures, Meetings, NoneByReason, SixMonth, half_up
from services.reporting.domain.periods import year_period
from services.reporting.domain.published import Published, PublishedLine, PublishedSource, compare
from services.reporting.domain.report import by_sex, period_figures
from services.reporting.indicators import DECLARED, asked_for

OF_A_YEAR = asked_for("year")
_WOMAN = ("woman", "finsam-team")
ONE_WOMAN: Mapping[str, Mapping[tuple[str, ...], int]] = {
    "interventions": {(): 1},
    "participants": {_WOMAN: 10},
    "without_consent": {_WOMAN: 2},
    "carried_in": {_WOMAN: 4},
    "started": {_WOMAN: 6},
    "exited": {_WOMAN: 7},
    "exit_reasons": {
        ("reason_1", *_WOMAN): 3,
        ("reason_2", *_WOMAN): 1,
        ("reason_3", *_WOMAN): 1,
        ("other", *_WOMAN): 1,
        ("without_consent", *_WOMAN): 1,
    },
    "open_at_year_end": {_WOMAN: 3},
}


def _figures(counts: Mapping[str, Mapping[tuple[str, ...], int]] = ONE_WOMAN) -> Figures:
    rows = [(indicator, rows, count) for indicator, by in counts.items() for rows, count in by.items()]
    return period_figures(year_period(2021), None, counted(OF_A_YEAR, rows, DECLARED))


def _indicator(name: str) -> Indicator:
    return DECLARED.indicators[name]


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
    def test_no_sex_is_dropped(self) -> None:
        rows = [("finsam_team.plans", (sex,), n) for n, sex in enumerate(("woman", "man", "other", "unknown"), 1)]
        [plans] = counted([_indicator("finsam_team.plans")], rows, DECLARED).values()
        assert by_sex(plans) == BySex(women=1, men=2, other=3, unknown=4, total=10)

    def test_a_sex_left_out_is_found_out(self) -> None:
        with pytest.raises(ValidationError, match="the sexes sum to 9, not to 10"):
            BySex(women=4, men=5, other=0, unknown=0, total=10)

    @pytest.mark.parametrize(
        ("indicator", "rows", "message"),
        [
            ("carried_in", _WOMAN, "carried in and started"),
            ("started", _WOMAN, "carried in and started"),
            ("open_at_year_end", _WOMAN, "open at the end of the year"),
            ("exit_reasons", ("reason_2", *_WOMAN), "exit reasons"),
            ("exit_reasons", ("without_consent", *_WOMAN), "exit reasons"),
        ],
    )
    def test_figures_that_do_not_balance_are_found_out(
        self, indicator: str, rows: tuple[str, ...], message: str
    ) -> None:
        off = {**ONE_WOMAN[indicator], rows: ONE_WOMAN[indicator][rows] + 1}
        with pytest.raises(ValidationError, match=message):
            _figures({**ONE_WOMAN, indicator: off})

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
        figures = _figures({})
        assert set(figures.lines().values()) == {0}
        assert not any(line.endswith("percent") for line in figures.lines())


class TestLines:
    def test_the_exits_without_a_printed_reason_are_all_but_the_first_three(self) -> None:
        reasons = {**ONE_WOMAN["exit_reasons"], ("reason_1", *_WOMAN): 2, ("not_stated", *_WOMAN): 1}
        lines = _figures({**ONE_WOMAN, "exit_reasons": reasons}).lines()
        assert lines["totals.exit_other.women"] == lines["totals.exit_other.total"] == 3

    def test_shares_are_of_all_exits_even_without_consent(self) -> None:
        assert _figures().lines()["totals.exit_reason_1.percent"] == half_up(3, 7)

    def test_every_figure_is_declared(self) -> None:
        for line in _figures().lines():
            of_totals = line.removeprefix("totals.")
            of_finsam = ".".join(line.split(".")[:2])
            named = of_totals if of_totals == "interventions" else of_totals.split(".")[0]
            counts = "exit_reasons" if named.startswith("exit_") else named
            of_the_way_in = line.split(".")[1].partition("_")[0]
            of_sip = "sip.plans" if ".sip_plans." in line else "sip.meetings" if ".sip_" in line else ""
            of_work = "employments.decided" if ".employments." in line else ""
            of_groups = line.split(".")[1].replace("groups_", "groups.", 1)
            assert {counts, of_finsam, of_the_way_in, of_sip, of_work, of_groups} & set(DECLARED.indicators), line

    def test_a_cell_has_the_count_of_its_group_in_the_whole_it_is_a_share_of(self) -> None:
        rows = [(name, rows, n) for name in ("exited", "exit_reasons") for rows, n in ONE_WOMAN[name].items()]
        found = cells(counted([_indicator("exit_reasons"), _indicator("exited")], rows, DECLARED))
        [first] = [
            each
            for each in found
            if each.group == {"exit_reason": "reason_1", "sex": "woman", "insats": "finsam-team"}
        ]
        assert (first.count, first.of) == (3, 7)

    def test_every_declaration_says_unit_population_and_period(self) -> None:
        for each in map(definition, OF_A_YEAR):
            assert each.unit
            assert each.population
            assert each.period
            assert each.source


class TestReferrals:
    def test_each_insats_has_its_own_by_referrer_and_season(self) -> None:
        counts: Mapping[str, Mapping[tuple[str, ...], int]] = {
            "referrals": {
                ("woman", "forsakringskassan", "spring", "mia-vidare"): 2,
                ("man", "municipality", "autumn", "mia-vidare"): 1,
                ("woman", "others", "autumn", "novum"): 5,
            },
            "returned": {("unknown", "mia-vidare"): 4},
            "mia_vidare.assigned": {("man",): 3},
        }
        mia, novum = (each for each in _figures(counts).referrals if each.id in {"mia-vidare", "novum"})
        assert (mia.name, novum.name) == ("MIA Vidare", "Novum")
        lines = mia.lines()
        assert lines["mia_vidare.referrals.total"] == 3
        assert lines["mia_vidare.referrals_by.forsakringskassan.percent"] == 67
        assert lines["mia_vidare.referrals_in.autumn.men"] == 1
        assert lines["mia_vidare.returned.unknown"] == 4
        assert lines["mia_vidare.assigned.men"] == 3
        assert novum.assigned is None

    def test_an_insats_that_nobody_was_referred_to_has_zeros_and_a_function_has_none(self) -> None:
        found = {each.id: each for each in _figures().referrals}
        assert found["novum"].referred.total == 0
        assert "psykolog" not in found


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

    def test_an_exit_loses_what_was_answered_beside_its_reason_too(self) -> None:
        answers = {"destination": "vard", "extent_percent": 50, "support": "none", "why": "care_first"}
        more = {"livelihood": ["income_support"], "continued_planning": True}
        assert without_details("ParticipantExited", {"episode": 1, **answers, **more}) == {"episode": 1}

    def test_an_employment_keeps_its_days(self) -> None:
        days = {"from_on": "2023-03-01", "until_on": "2024-02-29"}
        said = {"support": "wage_subsidy", "extent_percent": 75, "employer": "private"}
        assert without_details("EmploymentDecided", {**days, **said}) == days

    @pytest.mark.parametrize("kind", ["MeetingCancelled", "SupportEnded", "CallWithdrawn", "RegisteredInError"])
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
