"""Invented people: numbers that are never assigned, and names that nobody bears.

Birth numbers 980-999 are kept for tests by the Swedish Tax Agency, so that a number made here can never
be a living person's.
"""

from datetime import date
from random import Random
from typing import Final

from contracts.codes import Sex

_SYLLABLES: Final = ("ba", "do", "fi", "gu", "ke", "lo", "mi", "nu", "pa", "ri", "so", "ta", "vy", "xe", "zu")
_ENDINGS: Final = ("prov", "mock", "test", "demo")


def check_digit(nine_digits: str) -> int:
    """The last digit of a personnummer, by the Luhn sum of the nine before it (YYMMDDNNN)."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(nine_digits))
    return -sum(value // 10 + value % 10 for value in doubled) % 10


def synthetic_number(born: date, birth_number: int, *, day_offset: int = 0) -> str:
    """Twelve digits. ``day_offset`` 60 makes it a samordningsnummer."""
    if not 980 <= birth_number <= 999:
        raise ValueError("a synthetic number has a birth number in 980-999")
    nine = f"{born:%y%m}{born.day + day_offset:02d}{birth_number}"
    return f"{born:%Y}{nine[2:]}{check_digit(nine)}"


class People:
    """Hands out invented people, no number twice."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._taken: set[str] = set()

    def number(self, sex: Sex, age: int, on: date) -> str:
        """A number for somebody of that age in whole years on that day. One in eighty is a samordningsnummer."""
        while True:
            born = self._birthday(age, on)
            birth_number = self._birth_number(sex)
            offset = 60 if self._random.random() < 1 / 80 else 0
            number = synthetic_number(born, birth_number, day_offset=offset)
            if number not in self._taken:
                self._taken.add(number)
                return number

    def name(self) -> tuple[str, str]:
        """A given name and a family name."""
        given = "".join(self._random.choices(_SYLLABLES, k=2))
        family = "".join(self._random.choices(_SYLLABLES, k=2)) + self._random.choice(_ENDINGS)
        return given.capitalize(), family.capitalize()

    def _birthday(self, age: int, on: date) -> date:
        turned = self._random.randrange(360)
        latest = date(on.year - age, on.month, min(on.day, 28))
        return date.fromordinal(latest.toordinal() - turned)

    def _birth_number(self, sex: Sex) -> int:
        match sex:
            case Sex.WOMAN:
                return self._random.randrange(980, 1000, 2)
            case Sex.MAN:
                return self._random.randrange(981, 1000, 2)
            case Sex.OTHER | Sex.UNKNOWN:
                return self._random.randrange(980, 1000)
