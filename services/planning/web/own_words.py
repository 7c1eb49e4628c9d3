"""Free text of several lines, as a form sends it."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator

from services.chassis.inputs import wrong


def _lines(text: str) -> str:
    """Raises a sentence for what no text field can hold; lines end as browsers send them, and are kept as ``\\n``."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in plain if letter not in "\n\t"):
        raise wrong("control_character", "Ta bort styrtecken och andra osynliga tecken.")
    return plain.strip()


OwnWords = Annotated[str, AfterValidator(_lines)]
"""Somebody's own words, in lines."""
