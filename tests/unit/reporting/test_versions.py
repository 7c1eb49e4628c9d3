"""Versions of a figure: which one a period is given, both counted beside each other, and faults of validity."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from contracts.catalogue import CatalogueError
from contracts.indicators import INDICATORS_FOLDER, Declared, load_indicators
from deploy.local.cli import app
from services.reporting.facts import COLUMNS
from services.reporting.indicators import DECLARED, NotValid, asked_for, figure_of, statement

_TWO = """\
indicators:
  - id: met
    version: 1
    label: {sv: Träffade, en: Met}
    unit: möte
    says: {population: hållna möten, period: mötets dag}
    population:
      fact: meeting
      period: {kind: event, day: held_on}
    by: []
    derived: prövning
    valid_until: 2024-12-31
  - id: met
    version: 2
    label: {sv: Träffade ett team, en: Met a team}
    unit: möte
    says: {population: teamens hållna möten, period: mötets dag}
    population:
      fact: meeting
      where: [{column: team, known: true}]
      period: {kind: event, day: held_on}
    by: []
    derived: prövning
    valid_from: 2025-01-01
  - id: met.phone
    version: 1
    label: {sv: På telefon, en: By phone}
    unit: möte
    says: {population: möten på telefon, period: mötets dag}
    of: met
    where: [{column: mode, is: phone}]
    derived: prövning
    valid_from: 2025-01-01
"""


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    folder = tmp_path_factory.mktemp("indicators")
    (folder / "two.yaml").write_text(_TWO, encoding="utf-8")
    return load_indicators(COLUMNS, INDICATORS_FOLDER, folder)


@pytest.mark.parametrize(
    ("last", "version"), [(date(2024, 12, 31), 1), (date(2025, 1, 1), 2), (date(2025, 6, 30), 2)]
)
def test_a_period_is_given_the_version_that_is_valid_when_it_ends(
    declared: Declared, last: date, version: int
) -> None:
    assert figure_of("met", last, None, declared).version == version
    assert declared.on(last).indicators["met"].version == version


def test_both_versions_can_be_asked_for_beside_each_other(declared: Declared) -> None:
    old, new = (figure_of("met", date(2024, 12, 31), version, declared) for version in (1, 2))
    assert "meeting.team IS NOT NULL" not in statement(old, declared)
    assert "meeting.team IS NOT NULL" in statement(new, declared)
    assert [each.version for each in declared.versions("met")] == [1, 2]


def test_a_figure_that_is_not_valid_yet_is_none_of_the_period(declared: Declared) -> None:
    with pytest.raises(NotValid):
        figure_of("met.phone", date(2024, 12, 31), None, declared)
    before, after = (
        {each.id for each in asked_for("year", declared.on(day))} for day in (date(2024, 12, 31), date(2025, 1, 1))
    )
    assert after - before == {"met.phone"}
    with pytest.raises(NotValid):
        figure_of("smiles", date(2025, 1, 1), None, declared)


@given(st.dates(date(2004, 1, 1), date(2090, 12, 31)))
def test_figures_without_validity_are_those_of_every_period(day: date) -> None:
    assert DECLARED.on(day).indicators == DECLARED.indicators


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("version: 2", "version: 1", "'met' is declared twice"),
        (
            "valid_from: 2025-01-01\n  - id: met.phone",
            "valid_until: 2025-12-31\n  - id: met.phone",
            "met is not valid as long",
        ),
        (
            "    derived: prövning\n    valid_from: 2025-01-01\n  - id: met.phone",
            "    derived: prövning\n    valid_from: 2025-02-01\n    valid_until: 2025-01-01\n  - id: met.phone",
            "valid_until is before valid_from",
        ),
    ],
)
def test_faults_of_versions_are_said_with_their_file(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in _TWO
    (tmp_path / "two.yaml").write_text(_TWO.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as refused:
        load_indicators(COLUMNS, INDICATORS_FOLDER, tmp_path)
    assert any(reason in str(fault) for fault in refused.value.faults), refused.value.faults


def test_the_command_lists_and_explains_each_version(tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(_TWO, encoding="utf-8")
    listed = CliRunner().invoke(app, ["indicators", "list", "--folder", str(tmp_path)]).output
    assert "met: Träffade; version 1 until 2024-12-31\n" in listed
    assert "met: Träffade ett team; version 2 from 2025-01-01\n" in listed
    explained = CliRunner().invoke(app, ["indicators", "explain", "met", "--folder", str(tmp_path)]).output
    assert explained.index("Träffade (met, version 1 until 2024-12-31") < explained.index("(met, version 2 from")
