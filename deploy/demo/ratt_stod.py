"""Rätt stöd för mig!: those who left before 2021, so that the project's exits to date are the report's (L1142-1146).

The report prints 184 exits from the project's beginning, 90 to work or studies by sex, and of work the 10 and 30; of
studies only the shares of the women and the men, for which 24 and 26 are the only whole numbers. Some left in 2021,
among all whose reasons the year deals out; the others, and when they left, are ours.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, TypeAlias

from contracts.codes import Sex
from deploy.demo.chance import Chance, repeated
from deploy.demo.lives import Exit, Life

RATT_STOD: Final = "ratt-stod-for-mig"

Starts: TypeAlias = Callable[[Sex, str, date, date], Life]
"""Somebody new who starts in an insats between two days."""


@dataclass(frozen=True)
class _ToDate:
    """One sex' exits from the project's beginning to the end of 2021."""

    work: int
    studies: int
    other: int


_TO_DATE: Final = {
    Sex.WOMAN: _ToDate(work=10, studies=24, other=34),
    Sex.MAN: _ToDate(work=30, studies=26, other=60),
}
_OTHER_REASONS: Final = ("jobseeking", "continued_rehabilitation", "illness", "moved", "broke_off")
_FIRST_START: Final = date(2020, 3, 2)
_LAST_START: Final = date(2020, 9, 30)
_LAST_EXIT: Final = date(2020, 12, 30)


def left_before(chance: Chance, starts: Starts, settled: Iterable[Life]) -> Iterator[Life]:
    """Those who left in 2020. ``settled``: the participants of 2021, with their exits and consents.

    Raises ValueError if more leave in 2021 than the report has to date.
    """
    left = Counter(_line(life) for life in settled if life.referral.insats == RATT_STOD and life.exit)
    for sex, to_date in _TO_DATE.items():
        missing = {
            "work": to_date.work - left[sex, "work"],
            "studies": to_date.studies - left[sex, "studies"],
            "other": to_date.other - left[sex, "other"],
        }
        if min(missing.values()) < 0:
            raise ValueError("more leave Rätt stöd för mig! than the report has")
        for kind in repeated(missing):
            yield _left(chance, starts, sex, kind)


def _line(life: Life) -> tuple[Sex, str]:
    reason = life.exit.reason if life.exit and life.consents else None
    return life.sex, reason if reason in ("work", "studies") else "other"


def _left(chance: Chance, starts: Starts, sex: Sex, kind: str) -> Life:
    life = starts(sex, RATT_STOD, _FIRST_START, _LAST_START)
    if life.started_on is None:
        raise ValueError("who starts has a day of start")
    exited_on = chance.day(life.started_on + timedelta(days=42), _LAST_EXIT)
    reason = chance.choice(_OTHER_REASONS) if kind == "other" else kind
    return replace(life, exit=Exit(exited_on, reason))
