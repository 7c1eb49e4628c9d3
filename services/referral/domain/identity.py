"""Swedish identity numbers: personnummer and samordningsnummer, in the form YYYYMMDDNNNC."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from personnummer import personnummer

# Swedish birth numbers 980-999 are kept for tests: nobody is ever assigned one.
_SYNTHETIC: Final = range(980, 1000)

# The library's own pattern takes any Unicode digit and a trailing newline, so the form is decided here.
_FORM: Final = re.compile(r"[0-9]{8}-?[0-9]{4}")

# Ten or twelve digits by themselves, as an identity number is written: 870314-9826, 19870314 9826 …
_WRITTEN: Final = re.compile(r"(?<![0-9])(?:[0-9]{2})?([0-9]{6})[-+ ]?([0-9]{4})(?![0-9])")
# Its digits are chance, and one in some ten thousand has a run of them that would be a valid number.
_RANDOM_ID: Final = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?![0-9a-f])"
)
_NOT_DIGIT: Final = re.compile(r"[^0-9]")


@dataclass(frozen=True)
class IdentityNumber:
    """A number that is formally in order. It shows nothing of itself when printed."""

    digits: str = field(repr=False)
    born: date = field(repr=False)

    @property
    def synthetic(self) -> bool:
        """True for a number that is never assigned to a person."""
        return int(self.digits[8:11]) in _SYNTHETIC


def read_number(text: str) -> IdentityNumber | None:
    """The number of a text of twelve digits, a hyphen before the last four allowed.

    None if the form, the day or the check digit is wrong. The day of a samordningsnummer is its day plus 60.
    """
    if _FORM.fullmatch(text) is None:
        return None
    digits = text.replace("-", "")
    try:
        return IdentityNumber(digits, personnummer.parse(digits).get_date())
    except personnummer.PersonnummerException:
        return None


def age_on(day: date, born: date) -> int:
    """Whole years. Somebody born on 29 February is a year older on 1 March of other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def gives_away(text: str, number: str | None) -> bool:
    """True if a text that must not identify anybody does: it holds an identity number, or the one given.

    What happens to look like a number within a random UUID is none; the number given is found there too.
    """
    written = _WRITTEN.finditer(_RANDOM_ID.sub("", text.lower()))
    if any(personnummer.valid("".join(found.groups())) for found in written):
        return True
    own = _NOT_DIGIT.sub("", number or "")[-10:]
    return len(own) == 10 and own in _NOT_DIGIT.sub("", text)
