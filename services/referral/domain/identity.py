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
