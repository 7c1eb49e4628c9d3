"""Texts that must not identify anybody: whether an identity number stands in one."""

import re
from typing import Final

from personnummer import personnummer

# Ten or twelve digits by themselves, as an identity number is written: 870314-9826, 19870314 9826 …
_WRITTEN: Final = re.compile(r"(?<![0-9])(?:[0-9]{2})?([0-9]{6})[-+ ]?([0-9]{4})(?![0-9])")
# Its digits are chance, and one in some ten thousand has a run of them that would be a valid number.
_RANDOM_ID: Final = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?![0-9a-f])"
)
_NOT_DIGIT: Final = re.compile(r"[^0-9]")


def gives_away(text: str, number: str | None) -> bool:
    """True if a text that must not identify anybody does: it holds an identity number, or the one given.

    What happens to look like a number within a random UUID is none; the number given is found there too.
    """
    written = _WRITTEN.finditer(_RANDOM_ID.sub("", text.lower()))
    if any(personnummer.valid("".join(found.groups())) for found in written):
        return True
    own = _NOT_DIGIT.sub("", number or "")[-10:]
    return len(own) == 10 and own in _NOT_DIGIT.sub("", text)
