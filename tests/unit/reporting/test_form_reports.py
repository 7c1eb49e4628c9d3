"""Report forms filled in: what is asked, what is missing, baselines and answers of goals; and wrong forms."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from contracts.budget import BUDGETS
from contracts.catalogue import INSATSER
from contracts.catalogue.yaml_files import CatalogueError
from contracts.codes import AmountKind
from contracts.report_forms import load_report_forms
from services.reporting.domain.amounts import AmountKey, amounts_of
from services.reporting.domain.counted import Counted, counted
from services.reporting.domain.form_reports import (
    Answer,
    Counts,
    Economy,
    FilledReport,
    Known,
    Note,
    TableBlock,
    derived_answer,
    faults,
    filled,
    questions,
)
from services.reporting.domain.goals import GoalReached, Reached
from services.reporting.domain.insats_economy import economy_of
from services.reporting.domain.insats_figures import counted_for_form, counted_for_year, counts_of
from services.reporting.domain.periods import end_of, period_of
from services.reporting.filling import FORMS
from services.reporting.indicators import DECLARED, GOALS
from services.reporting.web.row_labels import row_label

_YEAR = period_of("2021")
_FORM, _SUNDSVALL = FORMS["uppfoljning-2021"], FORMS["slutrapport-sundsvall"]
_MIA = INSATSER["mia-vidare"]
Rows = Mapping[str, Mapping[tuple[str, ...], int]]


def _counted(wanted: frozenset[str], rows: Rows) -> dict[str, Counted]:
    found = [DECLARED.indicators[each] for each in sorted(wanted)]
    return counted(found, [(name, row, count) for name, by in rows.items() for row, count in by.items()], DECLARED)


def _counts(now: Rows, before: Rows | None = None, economy: Economy | None = None, period_id: str = "2021") -> Counts:
    period = period_of(period_id)
    of_goals = counted_for_year(_MIA, period, GOALS)
    counts = _counted(counted_for_form(_FORM) | of_goals, now)
    return counts_of(_FORM, _MIA, period, GOALS, row_label, counts, _counted(of_goals, before or {}), economy)


def _report(counts: Counts, **texts: str) -> FilledReport:
    return filled(_FORM, _MIA, _YEAR, end_of(_YEAR.last), counts, texts)


def _rows(report: FilledReport, caption: str) -> dict[str, list[str]]:
    [table] = [each.table for each in report.blocks if isinstance(each, TableBlock) and each.table.caption == caption]
    return {row.labels[-1]: [value.text for value in row.values] for row in table.rows}


def test_the_eleven_questions_stand_in_the_order_of_the_template() -> None:
    headings = [each.heading for each in _FORM.sections]
    assert [each.partition(".")[0] for each in headings] == ["Insatsen", *map(str, range(1, 12))]
    numbers = [each.label.partition(" ")[0] for each in _SUNDSVALL.texts()]
    assert numbers == ["3.1", "3.2", "3.3", "4.2", "4.3", "4.4", "5.1", "5.2", "5.3", "5.4", "5.5", "Avvikelser"]


def test_a_table_counts_the_insats_alone_and_its_whole_is_the_sum() -> None:
    started: dict[tuple[str, ...], int] = {
        ("woman", "mia-vidare"): 40,
        ("man", "mia-vidare"): 33,
        ("unknown", "mia-vidare"): 1,
        ("man", "novum"): 9,
    }
    rows = _rows(_report(_counts({"started": started})), "Anmälda och påbörjade efter kön")
    assert rows["Påbörjade"] == ["40", "33", "0", "1", "74"]
    assert rows["Anmälda"] == ["0"] * 5


def test_a_goal_has_its_baseline_and_its_derived_answer() -> None:
    now: Rows = {"started": {("man", "mia-vidare"): 73}, "mia_vidare.assigned": {("man",): 117}}
    rows = _rows(_report(_counts(now, {"started": {("man", "mia-vidare"): 95}})), "Insatsens mål 2021")
    assert rows["Påbörjade"] == ["95", "73", "90", "Nej"]
    assert rows["Tilldelade en case manager"] == ["0", "117", "90", "Ja"]
    assert [text for label, text in rows.items() if label.startswith("Räknas inte: ")] == [["–"] * 4]


def _goal(*met: bool | None) -> GoalReached:
    readings = tuple(Reached("x", "started", 1, None, None, 1, each) for each in met)
    return GoalReached("volym", "100 deltagare", (), readings, None if met else "målet mäts med en enkät")


@pytest.mark.parametrize(
    ("met", "answer"), [((True,), True), ((False, False), False), ((True, False), None), ((None,), None), ((), None)]
)
def test_whether_a_goal_was_reached_follows_where_all_readings_agree(
    met: tuple[bool | None], answer: bool | None
) -> None:
    assert derived_answer(_goal(*met)) is answer


def test_a_goal_that_no_figure_tells_has_to_be_answered_and_another_may_be() -> None:
    asked = {each.field: each for each in questions(_FORM, _counts({}))}
    assert asked["mal-hela-projektet"].required
    assert not asked["mal-tas-emot"].required
    assert "mal-hela-projektet" in {each.field for each in faults(tuple(asked.values()), {})}
    assert "mal-tas-emot" not in {each.field for each in faults(tuple(asked.values()), {})}


def test_what_is_missing_is_said_until_it_is_written() -> None:
    asked = questions(_FORM, _counts({}))
    required = [each.field for each in asked if each.required]
    assert [each.field for each in faults(asked, {})] == required
    written = dict.fromkeys(required, "Ett svar.")
    assert faults(asked, written) == ()
    assert [each.field for each in faults(asked, {**written, "inflode": ""})] == ["inflode"]


def test_a_part_of_a_year_has_no_goals() -> None:
    counts = _counts({}, period_id="2021-h1")
    assert counts.goals is None
    assert not any(each.field.startswith("mal-") for each in questions(_FORM, counts))
    said = [each.text for each in _report(counts).blocks if isinstance(each, Note)]
    assert any("hela kalenderår" in each for each in said)


def _economy(*amounts: tuple[str, AmountKind, int]) -> Economy | None:
    budget = BUDGETS["sundsvall"]
    kronor = {AmountKey("sundsvall", "psykolog", line, kind, "2023"): each for line, kind, each in amounts}
    return economy_of(amounts_of(budget, "2023", kronor, {}).item("psykolog"), period_of("2023"))


def test_sums_are_computed_and_a_deviation_has_to_be_explained() -> None:
    printed = [("loner", 867_000, 885_680), ("lokaler", 30_000, 30_000), ("ovrigt", 15_000, 15_000)]
    economy = _economy(
        *((line, AmountKind.BUDGET, budget) for line, budget, _ in printed),
        *((line, AmountKind.OUTCOME, outcome) for line, _, outcome in printed),
    )
    assert economy is not None
    assert economy.budget == 912_000
    assert [value.text for value in economy.table.rows[-1].values][:3] == [
        "912\N{NO-BREAK SPACE}000",
        "930\N{NO-BREAK SPACE}680",
        "18\N{NO-BREAK SPACE}680",
    ]
    assert economy.table.rows[-1].labels == ("Summa kostnader",)
    asked = {each.field: each for each in questions(_SUNDSVALL, Counts((), None, economy))}
    assert asked["ekonomi"].required


def test_without_a_deviation_or_without_an_outcome_nothing_has_to_be_explained() -> None:
    as_budgeted = _economy(("loner", AmountKind.BUDGET, 100), ("loner", AmountKind.OUTCOME, 100))
    only_budget = _economy(("loner", AmountKind.BUDGET, 100))
    for economy in (as_budgeted, only_budget, _economy()):
        asked = {each.field: each for each in questions(_SUNDSVALL, Counts((), None, economy))}
        assert not asked["ekonomi"].required


def test_lines_that_deviate_are_explained_also_where_their_sum_does_not() -> None:
    economy = _economy(
        ("loner", AmountKind.BUDGET, 100),
        ("loner", AmountKind.OUTCOME, 90),
        ("lokaler", AmountKind.BUDGET, 10),
        ("lokaler", AmountKind.OUTCOME, 20),
    )
    assert economy is not None
    assert economy.deviates


def test_where_nothing_is_booked_the_report_says_so() -> None:
    report = _report(_counts({}))
    assert any(isinstance(each, Note) and "Inga belopp är bokade" in each.text for each in report.blocks)
    assert Known(label="Budget", text="–") in report.blocks


def test_texts_come_out_as_they_were_written() -> None:
    report = _report(_counts({}), inflode="Ett.\n\nTvå.")
    assert report.texts()["inflode"] == "Ett.\n\nTvå."
    assert {each.field for each in report.blocks if isinstance(each, Answer)} == report.texts().keys()


# Wrong forms ----------------------------------------------------------------------------------------------------

_GOOD = """
id: small
version: 1
title: Liten rapport
association: stockholm
source: [uppfoljning-2021:59]
sections:
  - heading: Allt
    parts:
      - {kind: text, id: one, label: Hur gick det?}
      - {kind: figures, caption: Påbörjade, indicators: [started], columns: sex}
      - {kind: economy}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("[started]", "[startade]", 11, "there is no indicator 'startade'"),
        ("[started]", "[days.to_start]", 11, "days.to_start is an average, which has no cells that sum"),
        ("[started], columns: sex", "[hours.attended]", 11, "hours.attended is not broken down by insats"),
        ("columns: sex", "columns: referring", 11, "started is not broken down by 'referring'"),
        (
            "[started], columns: sex",
            "[started, exited], rows: sex",
            11,
            "rows of a breakdown are those of one figure",
        ),
        ("stockholm", "gotland", 5, "there is no association 'gotland'"),
        ("{kind: economy}", "{kind: text, id: one, label: Igen}", 2, "the id of a question is used twice: one"),
        ("id: one", "id: mal-one", 2, "'mal-one' begins as the fields of goals do"),
        ("{kind: economy}", "{kind: goals}\n      - {kind: goals}", 2, "goals stands in more than one place"),
        ("Hur gick det?}\n", "Hur?, if_deviation: true}\n", 2, ""),
        ("kind: text", "kind: texts", 10, "Input tag 'texts'"),
        ("title: Liten rapport\n", "", 2, "title"),
    ],
)
def test_a_wrong_form_is_said_with_file_line_and_reason(
    tmp_path: Path, old: str, new: str, line: int, reason: str
) -> None:
    assert old in _GOOD
    text = _GOOD.replace(old, new)
    if not reason:
        text, reason = text.replace("      - {kind: economy}\n", ""), "if_deviation needs a part of economy"
    (tmp_path / "small.yaml").write_text(text)
    with pytest.raises(CatalogueError) as wrong:
        load_report_forms(DECLARED, tmp_path)
    [fault] = wrong.value.faults
    assert (fault.file, fault.line) == ("small.yaml", line), str(fault)
    assert reason in fault.reason


def test_two_forms_with_one_id_and_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(_GOOD)
    (tmp_path / "b.yaml").write_text(_GOOD)
    (tmp_path / "c.yaml").write_text("")
    with pytest.raises(CatalogueError) as wrong:
        load_report_forms(DECLARED, tmp_path)
    assert [(each.file, each.reason) for each in wrong.value.faults] == [
        ("b.yaml", "'small' is declared twice"),
        ("c.yaml", "the file is empty"),
    ]
