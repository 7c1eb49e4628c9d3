"""What a cell of a table holds: a number, a share with its whole, words, or nothing. Pure.

Pages and files show the same values. ``text`` is how a value is read in Swedish, in pages and in PDF; what a
spreadsheet calculates with is :func:`numbers`.
"""

from typing import Annotated, Final, Literal, NamedTuple, TypeAlias, assert_never

from pydantic import Field

from contracts.model import Model
from services.reporting.domain.figures import half_up

_DASH: Final = "–"
_MINUS: Final = "\N{MINUS SIGN}"
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"


class Number(Model):
    """A count, a mean, percent, or whole kronor: ``unit`` is "", "%" or "kr"."""

    kind: Literal["number"] = "number"
    number: int | float
    unit: Literal["", "%", "kr"] = ""

    @property
    def text(self) -> str:
        """With a decimal comma; kronor in groups of three, without their unit, which stands with the column."""
        if self.unit == "kr":
            return f"{self.number:,}".replace(",", _NO_BREAK).replace("-", _MINUS)
        written = str(self.number).replace(".", ",").replace("-", _MINUS)
        return f"{written} {self.unit}" if self.unit else written


class Share(Model):
    """A share in whole percent, halves upwards. ``beside``: which of its two counts is read beside it."""

    kind: Literal["share"] = "share"
    part: int
    whole: int
    beside: Literal["whole", "part"] = "whole"

    @property
    def percent(self) -> int | None:
        """None of nothing."""
        return half_up(self.part, self.whole)

    @property
    def text(self) -> str:
        """ "46 % av 366", or "46 % (168)"; of nothing a dash, or the part."""
        match self.beside:
            case "whole":
                return _DASH if self.percent is None else f"{self.percent} % av {self.whole}"
            case "part":
                return str(self.part) if self.percent is None else f"{self.percent} % ({self.part})"


class Part(Model):
    """A count that is also said as a share of the whole."""

    kind: Literal["part"] = "part"
    part: int
    whole: int

    @property
    def percent(self) -> int | None:
        """None of nothing."""
        return half_up(self.part, self.whole)

    @property
    def text(self) -> str:
        """ "75 (64 %)"; of nothing the count."""
        return str(self.part) if self.percent is None else f"{self.part} ({self.percent} %)"


class Words(Model):
    """What is no number."""

    kind: Literal["words"] = "words"
    text: str


class Nothing(Model):
    """There is no such number, as a mean of nothing, or none belongs here."""

    kind: Literal["nothing"] = "nothing"

    @property
    def text(self) -> str:
        """A dash."""
        return _DASH


Value: TypeAlias = Annotated[Number | Share | Part | Words | Nothing, Field(discriminator="kind")]


class Numbers(NamedTuple):
    """What a spreadsheet gets of a value. ``whole`` and ``percent`` of a share only; ``number`` is then the part."""

    number: int | float | None
    whole: int | None = None
    percent: int | None = None


def numbers(value: Value) -> Numbers:
    """The numbers of a value; of words and of nothing none."""
    match value:
        case Number(number=number):
            return Numbers(number)
        case Share(part=part, whole=whole) | Part(part=part, whole=whole):
            return Numbers(part, whole, value.percent)
        case Words() | Nothing():
            return Numbers(None)
        case _:
            assert_never(value)
