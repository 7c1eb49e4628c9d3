"""The words a referral is found by, and the words somebody looks for: the same for what counts as the same spelling.

A name is found by each of its parts, by how a part begins (three letters at least), and by a compound written
together; with its å, ä, ö and accents or without them. A reference is found by its parts.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from contracts.problems import Invalid
from services.referral.domain.identity import IdentityNumber, read_number

SHORTEST_BEGINNING: Final = 3
"""The letters of a part's beginning that finds it. Fewer find a part that has no more."""

LONGEST: Final = 20
"""The letters of a word that count. What two words differ in after them does not tell them apart."""

MOST_WORDS: Final = 8
"""The words of one search."""

_CENTURIES: Final = ("20", "19")
_BETWEEN_DIGITS: Final = str.maketrans("", "", " -+")

# Letters that Unicode does not take apart, as they are written where they are not on the keyboard.
_PLAIN: Final = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "þ": "th", "ı": "i"}
)


@dataclass(frozen=True)
class SoughtWords:
    """Words that a referral must all have. ``short``: some are too short to be the beginning of a longer one."""

    words: frozenset[str] = field(repr=False)
    short: bool


@dataclass(frozen=True)
class SoughtNumbers:
    """An identity number. Written with ten digits it may be of two centuries."""

    numbers: tuple[IdentityNumber, ...]


def words_of_referral(name: str, reference: str) -> frozenset[str]:
    """All that finds a referral."""
    return frozenset((*_words_of_name(name), *(word[:LONGEST] for word in _with_compounds(reference))))


def sought(text: str, today: date) -> SoughtWords | SoughtNumbers:
    """What somebody looks for. Raises Invalid."""
    numbers = _numbers(text, today)
    if numbers:
        return SoughtNumbers(numbers)
    words = frozenset(word[:LONGEST] for chunk in _normal(text).split() for word in _parts(chunk))
    if not words:
        raise Invalid("nothing_sought", "Skriv ett namn, en beteckning eller ett personnummer.", "q")
    if len(words) > MOST_WORDS:
        raise Invalid("too_many_words", f"Skriv högst {MOST_WORDS} ord. Det räcker med början av dem.", "q")
    return SoughtWords(words, any(len(word) < SHORTEST_BEGINNING and word.isalpha() for word in words))


def _words_of_name(name: str) -> Iterator[str]:
    for word in _with_compounds(name):
        for spelt in {word, _plain(word)} - {""}:
            yield spelt[:LONGEST]
            for length in range(SHORTEST_BEGINNING, min(len(spelt), LONGEST)):
                yield spelt[:length]


def _with_compounds(text: str) -> Iterator[str]:
    """The parts of a text, and those that a hyphen or an apostrophe joins as one word too."""
    for chunk in _normal(text).split():
        parts = list(_parts(chunk))
        yield from parts
        if len(parts) > 1:
            yield "".join(parts)


def _parts(chunk: str) -> Iterator[str]:
    """Runs of letters and digits, with the marks on them."""
    if chunk.isalnum():
        yield chunk  # nearly every word; looked at whole, not letter by letter
        return
    kept = "".join(each if unicodedata.category(each)[0] in "LMN" else " " for each in chunk)
    yield from kept.split()


def _normal(text: str) -> str:
    """Text in which capitals and the ways to store an accent make no difference."""
    if text.isascii():
        return text.lower()
    normal = ""
    while text != normal:
        normal, text = text, unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return normal


def _plain(word: str) -> str:
    """A word without accents and the like: ``åsa`` as ``asa``."""
    if word.isascii():
        return word
    letters = (each for each in unicodedata.normalize("NFD", word) if not unicodedata.category(each).startswith("M"))
    return _normal("".join(letters).translate(_PLAIN))


def _numbers(text: str, today: date) -> tuple[IdentityNumber, ...]:
    digits = text.translate(_BETWEEN_DIGITS)
    written = (digits,) if len(digits) == 12 else tuple(century + digits for century in _CENTURIES)
    read = (read_number(each) for each in written)
    return tuple(number for number in read if number is not None and number.born <= today)
