"""Percent, hours and weeks as requests and forms send them. Hours are in quarters, which binary numbers hold."""

import math
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from services.chassis.inputs import wrong

_HOURS: Final = "Skriv timmarna som ett tal, till exempel 12,5."
_SCORE: Final = "Skriv skattningen som ett tal, till exempel 3,5."


def _hours(sent: Any) -> Any:
    return _number(sent, _HOURS)


def _score(sent: Any) -> Any:
    return _number(sent, _SCORE)


def _number(sent: Any, said: str) -> Any:
    """A form sends text, in which Swedish writes 12,5. What is no finite number is refused with a sentence."""
    number = sent
    if isinstance(sent, str):
        try:
            number = float(sent.strip().replace(",", "."))
        except ValueError:
            raise wrong("number_form", said) from None
    if isinstance(number, float) and not math.isfinite(number):
        raise wrong("number_form", said)
    return number


PercentOfFullTime = Annotated[int, Field(ge=1, le=100)]
"""How much of full time."""

HoursOfAWeek = Annotated[float, BeforeValidator(_hours), Field(gt=0, le=60, multiple_of=0.25)]
"""Hours of a week."""

HoursOfAPeriod = Annotated[float, BeforeValidator(_hours), Field(ge=0, le=2_000, multiple_of=0.25)]
"""Hours of a period."""

Weeks = Annotated[int, Field(ge=1, le=60)]
"""Weeks of a period."""

RatedScore = Annotated[float, BeforeValidator(_score), Field(ge=0, le=1_000, multiple_of=0.25)]
"""What was rated with an instrument."""
