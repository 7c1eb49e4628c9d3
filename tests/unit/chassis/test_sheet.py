"""The sheet: its colours are tokens that are those of the package, and one width alone changes the layout."""

import hashlib
import re
from pathlib import Path

import pytest

_STATIC = Path("services/chassis/web/static")
_SHEET = (_STATIC / "samspel.css").read_text("utf-8")
_TOKENS = (_STATIC / "midas" / "variables.css").read_text("utf-8")
_DEFINED = set(re.findall(r"(--midas-[\w-]+):", _TOKENS))

# Of @midas-ds/theme 3.17.1, as the registry has it; docs/adr/0034 says how to compare them again.
_AS_PUBLISHED = {
    "variables.css": "040132f81c7ddeef986cc8bfdf6bad96daa86286730b6843ef93984d70aab2d6",
    "color-scheme.css": "cc2ef2591df9df65095dfc10274fedd54b9dc1afb535445533bf07cab446b1a4",
}


@pytest.mark.parametrize("name", _AS_PUBLISHED)
def test_the_tokens_are_the_package_s_own_bytes(name: str) -> None:
    assert hashlib.sha256((_STATIC / "midas" / name).read_bytes()).hexdigest() == _AS_PUBLISHED[name]


def test_every_token_the_sheet_uses_is_there() -> None:
    used = set(re.findall(r"var\((--midas-[\w-]+)", _SHEET))
    assert len(used) > 20
    assert used - _DEFINED == set()


def test_the_sheet_has_no_colour_of_its_own_but_for_paper() -> None:
    on_screen = _SHEET.partition("@media print")[0]
    colours = re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\([^)]*\)|\bhsla?\([^)]*\)", on_screen)
    # The shadow of a message that floats is black in both schemes.
    assert colours == ["rgb(0 0 0 / .25)"]


def test_a_name_that_differs_by_scheme_has_both() -> None:
    for line in _SHEET.splitlines():
        assert line.count("var(--lightningcss-light") == line.count("var(--lightningcss-dark"), line


def test_one_width_changes_the_layout() -> None:
    conditions = set(re.findall(r"@media \(([^)]*width[^)]*)\)", _SHEET))
    assert conditions == {"max-width: 44rem"}
