"""The published figures: they add up among themselves, before anybody computes them."""

import pytest

from deploy.demo.figures import by_id, published


def test_ids_are_unique_and_ordered_as_a_reader_meets_them() -> None:
    ids = [line.id for line in published().lines]
    assert len(ids) == len(set(ids))
    groups = [line.partition(".")[0] for line in ids]
    order = ["totals", "finsam_team", "aktivitetsplatsen", "mia_vidare", "ratt_stod_for_mig", "arbetstraning"]
    assert groups == sorted(groups, key=[*order, "samordnat_stod"].index)


@pytest.mark.parametrize(
    ("total", "parts"),
    [
        ("totals.participants.total", ("totals.participants.women", "totals.participants.men")),
        ("totals.participants.total", ("totals.carried_in.total", "totals.started.total")),
        ("totals.participants.women", ("totals.carried_in.women", "totals.started.women")),
        ("totals.participants.men", ("totals.carried_in.men", "totals.started.men")),
        (
            "totals.exited.total",
            (
                "totals.exit_reason_1.total",
                "totals.exit_reason_2.total",
                "totals.exit_reason_3.total",
                "totals.exit_other.total",
            ),
        ),
        (
            "finsam_team.met_and_planned.total",
            (
                "finsam_team.met_and_planned.women",
                "finsam_team.met_and_planned.men",
                "finsam_team.met_and_planned.other",
            ),
        ),
        ("finsam_team.meetings.total", ("finsam_team.meetings.district", "finsam_team.meetings.others")),
        (
            "finsam_team.six_month.total",
            (
                "finsam_team.six_month.all",
                "finsam_team.six_month.some",
                "finsam_team.six_month.none",
            ),
        ),
        (
            "finsam_team.six_month.none",
            (
                "finsam_team.six_month_none.under_way",
                "finsam_team.six_month_none.not_reachable",
                "finsam_team.six_month_none.plan_not_feasible",
            ),
        ),
        (
            "aktivitetsplatsen.referrals.total",
            ("aktivitetsplatsen.referrals_in.spring.total", "aktivitetsplatsen.referrals_in.autumn.total"),
        ),
        ("mia_vidare.referrals.total", ("mia_vidare.referrals.women", "mia_vidare.referrals.men")),
        ("mia_vidare.assigned.total", ("mia_vidare.assigned.women", "mia_vidare.assigned.men")),
        ("mia_vidare.started.total", ("mia_vidare.started.women", "mia_vidare.started.men")),
        *(
            (f"ratt_stod_for_mig.{name}.total", (f"ratt_stod_for_mig.{name}.women", f"ratt_stod_for_mig.{name}.men"))
            for name in ("exited", "to_work_or_studies", "to_work")
        ),
        ("finsam_team.lots.total", ("finsam_team.lots.women", "finsam_team.lots.men")),
    ],
)
def test_parts_make_the_whole(total: str, parts: tuple[str, ...]) -> None:
    figures = by_id()
    assert figures[total] == sum(figures[part] for part in parts)


def test_where_the_report_prints_another_percentage_the_line_says_so() -> None:
    by_printed = {line.id: line for line in published().lines if line.printed}
    assert list(by_printed) == [
        "finsam_team.six_month.percent_all",
        "samordnat_stod.hours_offered.minutes_per_week",
    ]
    line = by_printed["finsam_team.six_month.percent_all"]
    assert (line.published, line.printed) == (71, "70 %")
    assert line.note is not None
    assert "70,8" in line.note


def test_where_the_report_prints_shares_only_the_line_says_that_the_counts_are_ours() -> None:
    shares = [line for line in published().lines if line.id.startswith("aktivitetsplatsen.referrals_by")]
    assert sum(line.published for line in shares if line.id.endswith("percent")) == 100
    for line in shares:
        if line.id.endswith("percent"):
            assert line.note is not None
            assert "Antalen är våra" in line.note


def test_of_studies_the_report_prints_the_shares_and_the_counts_are_ours() -> None:
    lines = {line.id: line for line in published().lines}
    for sex, studies in (("women", 24), ("men", 26)):
        both, work = (lines[f"ratt_stod_for_mig.{name}.{sex}"] for name in ("to_work_or_studies", "to_work"))
        assert both.published - work.published == studies
        share = lines[f"ratt_stod_for_mig.to_studies.{sex}.percent"]
        assert share.published == round(100 * studies / lines[f"ratt_stod_for_mig.exited.{sex}"].published)
        assert share.note is not None
        assert "Antalen är våra" in share.note


def test_where_printed_figures_make_no_balance_the_page_says_so() -> None:
    figures = by_id()
    left = figures["mia_vidare.assigned.total"] - figures["mia_vidare.returned.total"]
    assert left - figures["mia_vidare.started.total"] == 16
    [note] = [line.note for line in published().lines if line.id == "mia_vidare.assigned.total"]
    assert note is not None
    assert "16, som rapporten inte förklarar" in note
