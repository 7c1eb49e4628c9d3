"""The period that a request names."""

from typing import Annotated, Final

from fastapi import Depends
from fastapi import Path as InPath

from contracts.problems import NotFound
from services.reporting.domain.periods import NoPeriod, Period, period_of

_FORMS: Final = "2021, 2021-h1, 2021-k3, 2021-06"


def period_named(period_id: str) -> Period:
    """The period of an id. Raises NotFound."""
    try:
        return period_of(period_id)
    except NoPeriod as error:
        raise NotFound(
            "period_unknown",
            f"Det finns ingen sådan period. En period skrivs {_FORMS} eller med två dagar: 2021-03-01--2022-02-28.",
        ) from error


def _in_path(
    period_id: Annotated[str, InPath(description=f"{_FORMS}, or its first and last day: 2021-03-01--2022-02-28")],
) -> Period:
    return period_named(period_id)


PeriodInPath = Annotated[Period, Depends(_in_path)]
