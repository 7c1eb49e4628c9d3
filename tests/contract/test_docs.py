"""The documents lead where they say, and the index of decisions is whole."""

import re
from pathlib import Path

import pytest

from tests import state_tables

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_within_the_repository_leads_to_a_file(page: Path) -> None:
    targets = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_index_lists_every_decision_with_its_title() -> None:
    folder = ROOT / "docs" / "adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    decisions = sorted(folder.glob("0*.md"))
    assert len(decisions) >= 9
    numbers = [int(page.name[:4]) for page in decisions]
    assert len(set(numbers)) == len(numbers), "two decisions with one number"
    for number, page in zip(numbers, decisions, strict=True):
        title = page.read_text(encoding="utf-8").partition("\n")[0]
        assert title.startswith(f"# {number:04}: ")
        assert f"[{number:04}]({page.name}) | {title.partition(': ')[2]} |" in index


def test_the_state_tables_are_what_the_code_decides() -> None:
    page = state_tables.PAGE.read_text(encoding="utf-8")
    assert page == state_tables.written(page), "run make contracts"
    assert all(f"<!-- table: {name} -->" in page for name in state_tables.TABLES)
