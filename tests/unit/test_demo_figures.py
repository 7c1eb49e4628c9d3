"""The published figures: they add up among themselves, before anybody computes them."""

import pytest

from deploy.demo.figures import by_id, published


def test_ids_are_unique_and_ordered_as_a_reader_meets_them() -> None:
    ids = [line.id for line in published().lines]
    assert len(ids) == len(set(ids))
    groups = [line.partition(".")[0] for line in ids]
    assert groups == sorted(groups, key=["totals", "finsam_team"].index)


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
        ("finsam_team.lots.total", ("finsam_team.lots.women", "finsam_team.lots.men")),
    ],
)
def test_parts_make_the_whole(total: str, parts: tuple[str, ...]) -> None:
    figures = by_id()
    assert figures[total] == sum(figures[part] for part in parts)


def test_where_the_report_prints_another_percentage_the_line_says_so() -> None:
    by_printed = {line.id: line for line in published().lines if line.printed}
    assert list(by_printed) == ["finsam_team.six_month.percent_all"]
    line = by_printed["finsam_team.six_month.percent_all"]
    assert (line.published, line.printed) == (71, "70 %")
    assert line.note is not None
    assert "70,8" in line.note
