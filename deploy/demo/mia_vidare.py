"""MIA Vidare's way in in 2021: referred, assigned a case manager, returned, started (L682-736).

The report prints each of the four, by sex where it has it, and they do not make a balance: 117 were assigned and 107
referred, and of the 117 it accounts for 28 + 73. So each is counted by its own day. How many of the assigned were
referred the year before, who was returned, and who waits when the year ends is ours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import cycle
from typing import Final

from contracts.codes import Sex
from deploy.demo.chance import Chance, repeated
from deploy.demo.lives import CaseManager, Life
from deploy.demo.referrals import Office, Referrals
from deploy.demo.taking_on import held, sent_back

MIA: Final = "mia-vidare"

_FK: Final = ("forsakringskassan", "fk-stockholm")
_REGION: Final = (("region-stockholm", "vardcentral-rinkeby"), ("region-stockholm", "psykiatri-sodra"))
_CITY: Final = "stockholms-stad"


@dataclass(frozen=True)
class _Way:
    """One sex' referred, assigned and returned of 2021. ``started`` and ``assigned_only`` were assigned in 2021;
    of both ``earlier`` says how many had been referred the year before."""

    offices: dict[Office, int]
    started: int
    started_earlier: int
    returned_after: int
    waiting_after: int
    assigned_earlier: int
    returned_before: int
    in_queue: int


# The table of referrers has Försäkringskassan's and the region's rows (L689-710). The others cannot be read in our
# copy and make 18 women and 7 men; of them only the five of Rinkeby-Kista are known, two of those through
# Relationsvåldsteamet (L686-687).
_WAYS: Final = {
    Sex.WOMAN: _Way(
        offices={
            _FK: 24,
            _REGION[0]: 12,
            _REGION[1]: 12,
            (_CITY, "rinkeby-kista"): 2,
            (_CITY, "relationsvaldsteamet"): 2,
            (_CITY, "hasselby-vallingby"): 6,
            (_CITY, "spanga-tensta"): 4,
            (_CITY, "bromma"): 3,
            ("arbetsformedlingen", "af-city"): 1,
        },
        started=40,
        started_earlier=12,
        returned_after=18,
        waiting_after=17,
        assigned_earlier=9,
        returned_before=4,
        in_queue=8,
    ),
    Sex.MAN: _Way(
        offices={
            _FK: 16,
            _REGION[0]: 9,
            _REGION[1]: 9,
            (_CITY, "rinkeby-kista"): 1,
            (_CITY, "hasselby-vallingby"): 3,
            (_CITY, "spanga-tensta"): 1,
            (_CITY, "bromma"): 1,
            ("arbetsformedlingen", "af-city"): 1,
        },
        started=33,
        started_earlier=6,
        returned_after=4,
        waiting_after=5,
        assigned_earlier=2,
        returned_before=2,
        in_queue=5,
    ),
}
_KINDS: Final = ("forsakringskassan", "health_care", "district")
# The report does not say how many there are. By turns, none of these has more than twenty at a time.
_CASE_MANAGERS: Final = tuple(f"cm-{number}" for number in range(1, 9))
_NEW_YEAR: Final = date(2021, 1, 4)
_LAST_EVENT: Final = date(2021, 12, 22)


class MiaVidare:
    """Deals out the days of those whom MIA Vidare meets."""

    def __init__(self, chance: Chance, referrals: Referrals) -> None:
        self._chance = chance
        self._referrals = referrals
        self._case_managers = cycle(_CASE_MANAGERS)
        self._offices = {sex: iter(chance.shuffled(repeated(way.offices))) for sex, way in _WAYS.items()}

    def carried_in(self, sexes: Sequence[Sex]) -> Iterator[Life]:
        """Assigned and started in 2020."""
        for sex in sexes:
            assigned_on = self._chance.day(date(2020, 4, 14), date(2020, 12, 4))
            yield self._started(self._assigned(sex, assigned_on, date(2020, 2, 3)), date(2020, 12, 30))

    def started(self, sexes: Sequence[Sex]) -> Iterator[Life]:
        """Assigned and started in 2021. Raises ValueError if these are not as many as the report has."""
        if list(sexes) != repeated({sex: way.started for sex, way in _WAYS.items()}):
            raise ValueError("40 women and 33 men start in MIA Vidare")
        for sex, way in _WAYS.items():
            for number in range(way.started):
                life = self._assigned_in_2021(sex, earlier=number < way.started_earlier, last=date(2021, 12, 3))
                yield self._started(life, date(2021, 12, 17))

    def not_started(self) -> Iterator[Life]:
        """Returned before or after the introduktionsmöte (L729), not begun yet, or in the queue."""
        for sex, way in _WAYS.items():
            for number in range(way.returned_after + way.waiting_after):
                returned = number < way.returned_after
                last = date(2021, 10, 29) if returned else date(2021, 12, 17)
                life = self._assigned_in_2021(sex, earlier=number < way.assigned_earlier, last=last)
                yield self._returned_after(life) if returned else life
            for _ in range(way.returned_before):
                life = self._referred(sex, self._chance.day(_NEW_YEAR, date(2021, 10, 29)))
                first = life.referral.referred_on + timedelta(days=7)
                yield sent_back(self._chance, life, first, first + timedelta(days=28))
            for _ in range(way.in_queue):
                yield self._referred(sex, self._chance.day(date(2021, 8, 2), date(2021, 12, 17)))

    def _assigned_in_2021(self, sex: Sex, *, earlier: bool, last: date) -> Life:
        """``earlier``: referred the year before, as the queue is up to five months (L959)."""
        if earlier:
            assigned_on = self._chance.day(_NEW_YEAR, date(2021, 3, 26))
            return self._assigned(sex, assigned_on, date(2020, 10, 26), referred_by=date(2020, 12, 18))
        assigned_on = self._chance.day(date(2021, 2, 15), last)
        return self._assigned(sex, assigned_on, _NEW_YEAR)

    def _assigned(self, sex: Sex, assigned_on: date, first: date, referred_by: date | None = None) -> Life:
        """Referred on ``first`` or later, and assigned a case manager when the introduktionsmöte has been held."""
        meets_on = self._chance.days_before(assigned_on, 0, 7)
        accepted_on = self._chance.days_before(meets_on, 5, 14)
        last = accepted_on - timedelta(days=1)
        first = max(first, assigned_on - timedelta(days=150))
        referred_on = self._chance.day(first, min(last, referred_by) if referred_by else last)
        if assigned_on.year == 2021 and referred_on.year == 2021:
            life = self._referred(sex, referred_on)
        else:
            life = self._referrals.refer(MIA, sex, referred_on, _KINDS)
        case_manager = CaseManager(assigned_on, next(self._case_managers))
        meeting = held(self._chance, accepted_on, meets_on)
        return replace(life, accepted_on=accepted_on, meeting=meeting, case_manager=case_manager)

    def _referred(self, sex: Sex, referred_on: date) -> Life:
        """Referred in 2021, by one of the offices that the report counts."""
        return self._referrals.refer_from(next(self._offices[sex]), MIA, sex, referred_on)

    def _started(self, life: Life, last: date) -> Life:
        assigned_on = _case_manager(life).assigned_on
        return replace(life, started_on=self._chance.day(assigned_on, min(assigned_on + timedelta(days=28), last)))

    def _returned_after(self, life: Life) -> Life:
        """The support of the case manager ends with the return."""
        case_manager = _case_manager(life)
        first = case_manager.assigned_on + timedelta(days=7)
        life = sent_back(self._chance, life, first, min(first + timedelta(days=42), _LAST_EVENT))
        if life.returned is None:
            raise ValueError("who was sent back was returned")
        return replace(life, case_manager=replace(case_manager, ended_on=life.returned.returned_on))


def _case_manager(life: Life) -> CaseManager:
    if life.case_manager is None:
        raise ValueError("nobody starts in MIA Vidare without a case manager")
    return life.case_manager
