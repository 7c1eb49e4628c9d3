"""Samordnat stöd in 2019, with which the report of 2021 compares: hours offered, attendance, courses (L1541-1546).

How many pupils there were is not printed; who they were, and when, is ours.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from contracts.codes import Member, Sex
from deploy.demo.chance import Chance
from deploy.demo.lives import Activity, Attended, Life, Samplan
from deploy.demo.population import Population
from deploy.demo.referrals import STOCKHOLM, Referrals, agreed, with_reference

SEED: Final = 2019
FIRST_DAY: Final = date(2019, 8, 12)
LAST_DAY: Final = date(2019, 12, 20)
INSATS: Final = "samordnat-stod"
_PUPILS: Final = 20
_PASSED: Final = 9
_SEPTEMBER: Final = (date(2019, 9, 2), date(2019, 9, 27))
_WEEKS: Final = 4
_HOURS: Final = 38.0  # in four weeks, 9.5 a week
_ATTENDED: Final = 23.25  # 61 percent of them


def build(seed: int = SEED) -> Population:
    """The same seed gives the same people."""
    chance = Chance(seed)
    lives = sorted(_lives(chance, Referrals(chance, STOCKHOLM)), key=lambda life: life.referral.referred_on)
    return Population(tuple(with_reference(life, number) for number, life in enumerate(lives, 1)), ())


def _lives(chance: Chance, referrals: Referrals) -> Iterator[Life]:
    """Pairs whose hours lie as far above the means as below."""
    passed = set(chance.sample(range(_PUPILS), k=_PASSED))
    for pair in range(_PUPILS // 2):
        more, better = chance.randint(0, 8), chance.randint(0, 6)
        for sign in (1, -1):
            number = 2 * pair + (sign < 0)
            offered, attended = _HOURS + sign * more, _ATTENDED + sign * better
            yield _pupil(chance, referrals, Sex.WOMAN if number % 4 else Sex.MAN, offered, attended, number in passed)


def _pupil(chance: Chance, referrals: Referrals, sex: Sex, offered: float, attended: float, passes: bool) -> Life:
    """There before September, and taught through it."""
    started_on = chance.day(date(2019, 8, 22), date(2019, 8, 30))
    accepted_on = chance.days_before(started_on, 1, 3)
    life = agreed(referrals.refer(INSATS, sex, max(chance.days_before(accepted_on, 1, 4), FIRST_DAY)))
    record = Attended(_SEPTEMBER[1] + timedelta(days=3), *_SEPTEMBER, _WEEKS, offered, attended)
    activities = [Activity(Member.KOMMUN, "teaching", started_on, attended=record)]
    if passes:
        activities.append(Activity(Member.KOMMUN, "course", started_on, chance.day(date(2019, 10, 7), LAST_DAY)))
    return replace(
        life, accepted_on=accepted_on, started_on=started_on, samplan=Samplan(started_on, tuple(activities))
    )
