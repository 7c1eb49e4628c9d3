"""Templates of forms: a refusal takes the focus, and a field that is wrong leads to what is wrong."""

import re
from pathlib import Path

import pytest

_TEMPLATES = sorted(Path("services").glob("*/web/templates/*.html"))
_TAG = re.compile(r"<(?:p|div)\b[^>]*\bclass=\"message\"[^>]*>")


@pytest.mark.parametrize("template", _TEMPLATES, ids=lambda each: f"{each.parts[1]}-{each.stem}")
def test_a_refusal_on_a_page_takes_the_focus(template: Path) -> None:
    for tag in _TAG.findall(template.read_text("utf-8")):
        # What htmx puts into a page that stands is announced there, and the focus stays where somebody works.
        if 'role="alert"' in tag and "hidden" not in tag and "hx-swap-oob" not in tag:
            assert 'tabindex="-1" autofocus' in tag


@pytest.mark.parametrize("template", _TEMPLATES, ids=lambda each: f"{each.parts[1]}-{each.stem}")
def test_a_field_that_is_wrong_is_described_by_what_is_wrong(template: Path) -> None:
    for line in template.read_text("utf-8").splitlines():
        if 'aria-invalid="true"' in line:
            assert "aria-describedby" in line
