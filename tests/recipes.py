"""The blocks of docs/recipes.md, as the tests run them."""

import re
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[1] / "docs" / "recipes.md"


def block(heading: str, language: str) -> str:
    """The first block in a language below a heading. Raises LookupError if the page has none."""
    _, found, rest = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    text = re.search(rf"```{language}\n(.*?)```", rest.partition("\n## ")[0], re.DOTALL)
    if not found or text is None:
        raise LookupError(f"{PAGE.name} has no {language} below {heading!r}")
    return text[1]
