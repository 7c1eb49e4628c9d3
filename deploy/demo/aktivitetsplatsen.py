"""Aktivitetsplatsen's referrals of 2021, by season and referrer as the report has them (L325-332).

The report prints the 86 and 142 referrals of spring and autumn, and the referrers' shares. What became of the
referred, and their sex, it does not say: that is ours.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from contracts.codes import Sex
from deploy.demo.chance import Chance, repeated
from deploy.demo.lives import Life
from deploy.demo.referrals import Referrals
from deploy.demo.taking_on import sent_back, taken_on

AKTIVITETSPLATSEN: Final = "aktivitetsplatsen"

# Of 228: 70, 15 and 15 percent, as near as whole numbers come (L328-332). Arbetsförmedlingen refers nobody.
_REFERRERS: Final[dict[tuple[str, ...], int]] = {
    ("forsakringskassan",): 160,
    ("district", "jobbtorg"): 34,
    ("health_care",): 34,
}
_LAST_START: Final = date(2021, 12, 17)
_LAST_EVENT: Final = date(2021, 12, 22)


@dataclass(frozen=True)
class _Season:
    """Who was referred in a half of the year: ``started`` in the same year by sex, and who was not taken on."""

    first: date
    last_who_starts: date
    last_returned: date
    first_who_waits: date
    last: date
    started: dict[Sex, int]
    returned: int
    waiting: int


_SPRING: Final = _Season(  # 86 referred
    first=date(2021, 1, 4),
    last_who_starts=date(2021, 6, 30),
    last_returned=date(2021, 6, 30),
    first_who_waits=date(2021, 6, 1),
    last=date(2021, 6, 30),
    started={Sex.WOMAN: 35, Sex.MAN: 25},
    returned=22,
    waiting=4,
)
_AUTUMN: Final = _Season(  # 142 referred
    first=date(2021, 7, 1),
    last_who_starts=date(2021, 11, 5),
    last_returned=date(2021, 11, 12),
    first_who_waits=date(2021, 9, 1),
    last=date(2021, 12, 30),
    started={Sex.WOMAN: 22, Sex.MAN: 16},
    returned=30,
    waiting=74,
)


class Aktivitetsplatsen:
    """Deals out the days of those who were referred in 2021, and of those who started after waiting since 2020."""

    def __init__(self, chance: Chance, referrals: Referrals) -> None:
        self._chance = chance
        self._referrals = referrals
        self._referrers = iter(chance.shuffled(repeated(_REFERRERS)))

    def started(self, sexes: Sequence[Sex]) -> Iterator[Life]:
        """Started in 2021: most of them referred in the same year, the rest the year before."""
        left = list(sexes)
        for season in (_SPRING, _AUTUMN):
            for sex in repeated(season.started):
                left.remove(sex)
                referred_on = self._chance.day(season.first, season.last_who_starts)
                yield self._taken_on(self._referred(sex, referred_on))
        for sex in left:
            referred_on = self._chance.day(date(2020, 11, 16), date(2020, 12, 18))
            yield self._taken_on(self._referrals.refer(AKTIVITETSPLATSEN, sex, referred_on))

    def not_started(self) -> Iterator[Life]:
        """Referred in 2021: returned, or still in the queue when the year ends (L465-466)."""
        for season in (_SPRING, _AUTUMN):
            for sex in self._sexes(season.returned):
                day = self._chance.day(season.first, season.last_returned)
                first, last = day + timedelta(days=7), min(day + timedelta(days=35), _LAST_EVENT)
                yield sent_back(self._chance, self._referred(sex, day), first, last)
            for sex in self._sexes(season.waiting):
                yield self._referred(sex, self._chance.day(season.first_who_waits, season.last))

    def _referred(self, sex: Sex, referred_on: date) -> Life:
        return self._referrals.refer(AKTIVITETSPLATSEN, sex, referred_on, next(self._referrers))

    def _taken_on(self, life: Life) -> Life:
        referred_on = life.referral.referred_on
        first = max(referred_on + timedelta(days=7), date(2021, 1, 4))
        accepted_on = self._chance.day(first, first + timedelta(days=23))
        started_on = self._chance.day(accepted_on, min(accepted_on + timedelta(days=14), _LAST_START))
        return taken_on(self._chance, life, accepted_on, started_on)

    def _sexes(self, count: int) -> Iterable[Sex]:
        """Mostly women: those whom Försäkringskassan refers are (L337-338)."""
        return self._chance.choices(list(Sex), weights=(60, 36, 2, 2), k=count)
