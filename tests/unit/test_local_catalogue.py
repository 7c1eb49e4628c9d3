"""`samspel catalogue`: what check, show and diff print, and how a wrong catalogue ends."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts.catalogue import INSATSER, INSATSER_FOLDER
from deploy.local.cli import app
from deploy.local.errors import LaunchError


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, ["catalogue", *words])


def test_check_lists_every_file_with_versions_kind_association_and_sources() -> None:
    said = _run("check")
    assert said.exit_code == 0, said.output
    for insats in INSATSER.values():
        assert f"{insats.id}.yaml: {insats.name}; {', '.join(insats.kinds)}; {insats.association}\n" in said.output
    assert "    version 2 from 2021-01-01; uppfoljning-2021:218-220\n" in said.output
    assert "version 1 from 2023-04-01 to 2025-12-31; plan-2025:54-55" in said.output


def test_check_ends_with_status_1_and_every_fault_by_file_and_line(tmp_path: Path) -> None:
    text = (INSATSER_FOLDER / "kommunhubben.yaml").read_text(encoding="utf-8")
    broken = text.replace("association: stockholm", "association: mars").replace("[question]", "[answer]")
    (tmp_path / "kommunhubben.yaml").write_text(broken, encoding="utf-8")
    said = _run("check", "--folder", str(tmp_path))
    assert said.exit_code == 1
    lines = broken.splitlines()
    mars, answer = (1 + next(n for n, line in enumerate(lines) if word in line) for word in ("mars", "[answer]"))
    assert said.output.splitlines() == [
        f"kommunhubben.yaml:{mars}: 'mars' is no word of associations",
        f"kommunhubben.yaml:{answer}: 'answer' is no word of asks",
    ]


def test_show_tells_the_rules_of_a_day() -> None:
    in_2020, in_2021 = (_run("show", "finsam-team", "--on", day).output for day in ("2020-12-31", "2021-01-01"))
    assert "FINSAM-team (finsam-team), version 1 from 2020-01-01" in in_2020
    assert "FINSAM-team (finsam-team), version 2 from 2021-01-01" in in_2021
    assert "12 månader" not in in_2020
    assert "Uppföljning 12 månader efter att planen gjordes. Ansvarar: koordinator" in in_2021
    assert "Reading, version 1: Fönstren runt uppföljningsdagarna är våra." in in_2021
    assert "Source: Uppföljning av förbundets individinriktade insatser 2021" in in_2021


def test_diff_tells_what_changed_section_by_section() -> None:
    said = _run("diff", "finsam-team", "1", "2").output
    assert said.splitlines()[0] == "FINSAM-team: version 1 from 2020-01-01 -> version 2 from 2021-01-01"
    assert "\nfollow_ups\n  + uppfoljning-12: " in said
    assert "roles" not in said
    back = _run("diff", "finsam-team", "2", "1").output
    assert "  - uppfoljning-12: " in back
    changed = _run("diff", "finsam-team", "2", "3").output
    assert "  uppfoljning-2.responsible: lots -> koordinator\n" in changed
    assert "No section differs." in _run("diff", "finsam-team", "2", "2").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "borta"], "There is no insats borta"),
        (["show", "novum", "--on", "2026-01-01"], "Novum has no rules on 2026-01-01"),
        (["diff", "novum", "1", "9"], "novum has versions 1 to 2, not 9"),
    ],
)
def test_what_is_not_there_is_told_in_a_sentence(words: list[str], said: str) -> None:
    result = _run(*words)
    assert isinstance(result.exception, LaunchError)
    assert said in str(result.exception)
