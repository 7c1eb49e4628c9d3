"""Goals beside what was reached: readings, denominators, when a goal is met, and goals that nothing tells."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import INSATSER, CatalogueError
from contracts.indicators import load_goals
from services.reporting.domain.counted import Counted, counted
from services.reporting.domain.goals import GoalReached, Reached, counted_for_goals, goals_of_year
from services.reporting.indicators import DECLARED, GOALS

Rows = Mapping[tuple[str, ...], int]


def _counts(year: int, given_rows: Mapping[str, Rows]) -> dict[str, Counted]:
    wanted = [DECLARED.indicators[each] for each in counted_for_goals(year, GOALS)]
    rows = [(name, row, count) for name, by in given_rows.items() for row, count in by.items()]
    return counted(wanted, rows, DECLARED)


def _goal(insats: str, goal: str, year: int, **given_rows: Rows) -> GoalReached:
    named = {name.replace("__", "."): rows for name, rows in given_rows.items()}
    of_insatser = goals_of_year(year, GOALS, _counts(year, named))
    [found] = [each for of in of_insatser if of.insats == insats for each in of.goals if each.goal == goal]
    return found


def _readings(goal: GoalReached) -> dict[str, Reached]:
    return {each.text: each for each in goal.readings}


def test_activities_and_plans_are_two_readings_of_one_goal() -> None:
    goal = _goal(
        "finsam-team",
        "aktiviteter-6",
        2025,
        activities__found_at_6={("fully", "woman", "finsam-team"): 6, ("partly", "man", "finsam-team"): 4},
        follow_ups__held_at_6={("all", "man", "finsam-team"): 1, ("some", "man", "finsam-team"): 3},
    )
    found = _readings(goal)
    fully, plans = found["aktiviteter, helt genomförda"], found["planer där alla aktiviteter genomförts"]
    assert (fully.count, fully.of, fully.percent, fully.target, fully.met) == (6, 10, 60, 50, True)
    assert (plans.count, plans.of, plans.percent, plans.target, plans.met) == (1, 4, 25, 50, False)
    assert "847–848" in goal.sources[0]


def test_a_number_counts_the_goal_s_own_insats_only() -> None:
    started: Rows = {("man", "aktivitetsplatsen"): 42, ("woman", "aktivitetsplatsen"): 98, ("woman", "novum"): 500}
    [reading] = _goal("aktivitetsplatsen", "borjar", 2025, started=started).readings
    assert (reading.count, reading.of, reading.target, reading.met) == (140, None, 140, True)
    [men] = _goal("aktivitetsplatsen", "man", 2025, started=started).readings
    assert (men.count, men.of, men.percent, men.target, men.met) == (42, 140, 30, 30, True)


def test_a_sum_of_rows_and_another_whole() -> None:
    found = _readings(
        _goal(
            "aktivitetsplatsen",
            "gar-vidare",
            2025,
            exits__moved_on={
                ("work", "man", "aktivitetsplatsen"): 2,
                ("jobbtorg", "woman", "aktivitetsplatsen"): 1,
                ("others", "man", "aktivitetsplatsen"): 1,
                ("work", "man", "novum"): 9,
            },
            participants={("man", "aktivitetsplatsen"): 10},
        )
    )
    of_exits, of_participants = found["av alla avslutade"], found["av dem som deltagit under året"]
    assert (of_exits.count, of_exits.of, of_exits.met) == (3, 4, True)
    assert (of_participants.count, of_participants.of, of_participants.met) == (3, 10, False)


def test_of_nothing_there_is_no_share_and_no_goal_is_met_or_missed() -> None:
    [reading] = _goal("novum", "fortsatt-planering", 2025).readings
    assert (reading.of, reading.percent, reading.met) == (0, None, None)


def test_a_goal_without_a_number_is_shown_and_not_judged() -> None:
    [reading] = _goal(
        "finsam-team",
        "team-tider",
        2025,
        finsam_team__seats_used={("finsam-team", "man"): 3},
        finsam_team__seats={("finsam-team",): 4},
    ).readings
    assert (reading.count, reading.of, reading.percent, reading.target, reading.met) == (3, 4, 75, None, None)


def test_an_answer_of_a_survey_is_told_by_no_figure() -> None:
    goal = _goal("finsam-team", "kunskap", 2025)
    assert (goal.readings, goal.why_not) == ((), "målet mäts med en enkät, vars svar står bland enkäterna")


@given(st.integers(0, 400), st.integers(0, 400))
def test_at_least_is_judged_by_the_share_and_not_by_its_rounding(men: int, women: int) -> None:
    started: Rows = {("man", "aktivitetsplatsen"): men, ("woman", "aktivitetsplatsen"): women}
    [reading] = _goal("aktivitetsplatsen", "man", 2025, started=started).readings
    assert reading.met is (men / (men + women) >= 0.3 if men + women else None)


def test_the_goals_are_those_of_the_version_that_holds_when_the_year_ends() -> None:
    of_2021 = {(of.insats, each.goal) for of in goals_of_year(2021, GOALS, _counts(2021, {})) for each in of.goals}
    assert ("finsam-team", "erbjuds-mote") in of_2021
    assert ("finsam-team", "bokade") not in of_2021
    assert goals_of_year(2004, GOALS, _counts(2004, {})) == ()


def test_every_goal_of_stockholm_s_plan_for_2025_is_measured_or_says_why_not() -> None:
    declared = {(each.insats, each.goal) for each in GOALS}
    for insats in INSATSER.values():
        rule = insats.rule_on(date(2025, 12, 31))
        if rule is None:
            continue
        of_the_plan = [goal for goal in rule.goals if any(each.startswith("plan-2025:8") for each in goal.source)]
        assert {(insats.id, goal.id) for goal in of_the_plan} <= declared


_WRONG = """\
goals:
  - insats: novum
    goal: far-stod
    outcomes:
      - {text: påbörjade, counts: started}
"""


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("insats: novum", "insats: nova", "there is no insats 'nova'"),
        ("goal: far-stod", "goal: far-allt", "novum has no goal 'far-allt'"),
        ("counts: started", "counts: begun", "there is no indicator 'begun'"),
        ("counts: started", "counts: days.to_start", "is an average"),
        ("counts: started", "counts: started, target: fully", "the goal has no number for 'fully'"),
        ("counts: started", "counts: started, rows: {shoe: big}", "started is not broken down by 'shoe'"),
        ("counts: started", "counts: started, rows: {sex: big}", "sex has no row 'big'"),
        ("counts: started", "tells: started", "an outcome has either counts or share"),
        (
            "    outcomes:\n      - {text: påbörjade, counts: started}\n",
            "",
            "a goal has outcomes, or says why it has none",
        ),
    ],
)
def test_a_wrong_declaration_is_refused_with_file_and_line(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in _WRONG
    (tmp_path / "prov.yaml").write_text(_WRONG.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as refused:
        load_goals(DECLARED, tmp_path)
    assert any(str(fault).startswith("prov.yaml:") and reason in str(fault) for fault in refused.value.faults)


def test_a_goal_is_declared_once(tmp_path: Path) -> None:
    (tmp_path / "prov.yaml").write_text(_WRONG + _WRONG.partition("\n")[2], encoding="utf-8")
    with pytest.raises(CatalogueError, match="declared twice"):
        load_goals(DECLARED, tmp_path)
