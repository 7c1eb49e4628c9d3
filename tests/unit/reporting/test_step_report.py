"""Steps on the page of an insats: what was reached, of whom, papers that were asked for, and goals."""

from services.reporting.domain.figures import NOBODY, DocumentFigures, Figures, ShareOfStep, StepFigures
from services.reporting.domain.periods import year_period
from services.reporting.web.insats_report import insats_report
from services.reporting.web.tables import Table
from tests.unit.reporting.test_report import people, stay, year

_ASKED = "steps.violence_asked"


def _tables(insats: str, figures: Figures) -> dict[str, Table]:
    return {table.caption: table for table in insats_report(insats, figures, ()).tables}


def _texts(table: Table) -> dict[str, list[str]]:
    return {row.label: [cell.text for cell in row.cells] for row in table.rows}


def test_steps_stand_in_the_files_order_by_sex() -> None:
    steps = (
        StepFigures(rule_of="mia-vidare", step="progressionskort", reached=people(2, 1)),
        StepFigures(rule_of="mia-vidare", step="valdsfragor-erbjudna", reached=people(4, 3)),
        StepFigures(rule_of="novum", step="of-next-year", reached=people(1, 0)),
    )
    table = _tables("mia-vidare", year(stay()).model_copy(update={"steps": steps}))["Steg som nåtts under perioden"]
    assert _texts(table) == {
        "Sju frågor om våld ställda": ["4", "3", "0", "0", "7"],
        "Progressionskort": ["2", "1", "0", "0", "3"],
    }


def test_the_goal_that_all_are_asked_stands_beside_the_share_of_the_started() -> None:
    figures = year(stay()).model_copy(
        update={
            "period": year_period(2025),
            "shares_of_steps": (
                ShareOfStep(indicator=_ASKED, insats="aktivitetsplatsen", reached=people(6, 3), of=people(6, 4)),
            ),
        }
    )
    tables = _tables("aktivitetsplatsen", figures)
    assert _texts(tables["Mål i procent"]) == {"Alla deltagare får svara på frågor om våld": ["90 % av 10", "100 %"]}
    assert _texts(tables["Steg bland deltagarna"]) == {
        "Påbörjade som fått frågor om våld": ["6", "3", "0", "0", "9", "90 % av 10"]
    }


def test_a_share_of_nobody_is_no_table() -> None:
    share = ShareOfStep(indicator=_ASKED, insats="mia-vidare", reached=NOBODY, of=NOBODY)
    tables = _tables("mia-vidare", year(stay()).model_copy(update={"shares_of_steps": (share,)}))
    assert "Steg bland deltagarna" not in tables


def test_papers_have_their_mean_of_days_and_none_where_none_came() -> None:
    papers = DocumentFigures(rule_of="mia-vidare", requested=5, received=2, ended=1, waited_days=15)
    table = _tables("mia-vidare", year(stay()).model_copy(update={"documents": (papers,)}))["Begärda handlingar"]
    assert _texts(table)["Dagar i medeltal tills handlingen kom"] == ["8"]
    assert papers.model_copy(update={"received": 0, "waited_days": 0}).mean_days is None
