"""`samspel indicators`: what list and explain print, and how a wrong declaration ends."""

from pathlib import Path

from typer.testing import CliRunner, Result

from deploy.local.cli import app
from deploy.local.errors import LaunchError
from services.reporting.indicators import DECLARED, GOALS


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, ["indicators", *words])


def test_list_has_every_indicator() -> None:
    said = _run("list")
    assert said.exit_code == 0, said.output
    for each in DECLARED.indicators.values():
        assert f"{each.id}: {each.label.sv}; version {each.version}" in said.output
    assert f"{len(DECLARED.indicators)} indicators, {len(GOALS)} goals: all right." in said.output
    assert "exit_reasons: Avslutsorsak; version 1; by exit_reason, sex, insats\n" in said.output


def test_list_ends_with_status_1_and_the_fault_by_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("indicators:\n  - id: smiles\n    version: one\n", encoding="utf-8")
    said = _run("list", "--folder", str(tmp_path))
    assert said.exit_code == 1
    assert "more.yaml:3: version: " in said.output


def test_explain_says_definition_source_reading_and_sql() -> None:
    said = _run("explain", "finsam_team.lots")
    assert said.exit_code == 0, said.output
    assert "Har haft kontakt med en lots (finsam_team.lots, version 1; Was in contact with a lots)" in said.output
    assert "Period: stöd av en lots någon dag under perioden" in said.output
    assert "Uppföljning av förbundets individinriktade insatser 2021" in said.output
    assert "rad 164" in said.output
    assert "Annan läsning: har fått en lots under perioden (finsam_team.lots_assigned)" in said.output
    assert "AND support.role = 'lots'" in said.output


def test_explain_of_an_average_has_its_mean_and_its_median() -> None:
    said = _run("explain", "days.of_participation")
    assert said.exit_code == 0, said.output
    assert "Räknat i: dag" in said.output
    assert "round(avg(value), 1) AS mean" in said.output
    assert "percentile_cont(0.5)" in said.output


def test_explain_counts_where_something_runs_and_says_what_to_do_where_nothing_does(tmp_path: Path) -> None:
    said = _run("explain", "started", "--period", "2021", "--data", str(tmp_path))
    assert "Påbörjade (started" in said.output
    assert isinstance(said.exception, LaunchError)
    assert f"Nothing runs on {tmp_path}" in str(said.exception)


def test_explain_of_no_period_names_how_one_is_written() -> None:
    said = _run("explain", "started", "--period", "2021-13")
    assert isinstance(said.exception, LaunchError)
    assert "2021-h1" in str(said.exception)


def test_explain_of_what_is_not_declared_names_what_is() -> None:
    said = _run("explain", "smiles")
    assert isinstance(said.exception, LaunchError)
    assert "participants" in str(said.exception)
