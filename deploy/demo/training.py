"""What the plans of 2021 led to: work training by route and referrer, MIA Vidare's, and Samordnat stöd's teaching.

The report prints margins (L492-508, L581, L742-744, L1541-1550). Who the people were, when their plans were made and
how the margins meet is ours. Only those who consent are dealt one of these activities: of others nobody knows what
theirs are.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Final

from contracts.codes import Member, Sex
from deploy.demo.aktivitetsplatsen import AKTIVITETSPLATSEN
from deploy.demo.chance import Chance
from deploy.demo.days import working_day
from deploy.demo.finsam import FINSAM
from deploy.demo.lives import Activity, Attended, Job, Life, Samplan
from deploy.demo.mia_vidare import MIA

SAMORDNAT_STOD: Final = "samordnat-stod"
WORK_TRAINING: Final = "work_training"
SUPPLIERS: Final = (
    *("Bageriet", "Cykelverkstaden", "Kaféet", "Lagret", "Pappersverkstaden"),
    *("Skrädderiet", "Snickeriet", "Trädgården", "Tvätteriet", "Återbruket"),
)
"""As many suppliers as the report has in one place (L480); their names are invented, in their order on the page."""

PLACES_OF_EACH: Final = 12
_ROUTE_OPENED: Final = date(2021, 4, 12)  # in April, L268-273
# Of the 47 whom FINSAM-team asked training for, by referrer (L504-508): those of the 21 (L497-499) who began, and
# those who have not when the year ends.
_OF_FINSAM: Final = {
    "district": (7, 18),
    "forsakringskassan": (8, 5),
    "jobbtorg": (4, 2),
    "health_care": (2, 1),
}
# Of Aktivitetsplatsen's 31 (L497-499), and the six who make 32 with FINSAM-team's 26 (L581). The 15 who train when
# the year ends are all Aktivitetsplatsen's here.
_ENDED, _IN_TRAINING, _WAITING = 16, 15, 6
_OF_MIA: Final = {Sex.WOMAN: 27, Sex.MAN: 20}  # L742-744
_PASSED, _TRAINED = 18, 8  # L1544-1549
_SUBSIDISED, _UNSUBSIDISED = 4, 1  # L1549-1550
_SEPTEMBER: Final = (date(2021, 9, 6), date(2021, 10, 10))
_WEEKS: Final = 5
_HOURS: Final = 68  # in five weeks, 13.6 a week (L1542-1544)
_ATTENDED: Final = 45.5  # 67 percent of them
_NEW_YEAR: Final = date(2021, 1, 11)
_LAST_EVENT: Final = date(2021, 12, 17)


class Training:
    """Deals activities out over lives whose stay, consent and exit are settled."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._places = 0

    def of(self, lives: Sequence[Life]) -> list[Life]:
        """The lives, some of them with activities."""
        dealt = list(lives)
        for kind, (begun, waiting) in _OF_FINSAM.items():
            # First those who wait, of whom there are fewer to choose from.
            self._deal(dealt, waiting, partial(_can_wait, kind), _as_unbegun)
            self._deal(dealt, begun, partial(_has_ended, kind), _as_ended)
        for count, make in ((_ENDED, self._ends), (_IN_TRAINING, self._trains), (_WAITING, self._waits)):
            self._deal(dealt, count, _stays, make)
        for sex, count in _OF_MIA.items():
            self._deal(dealt, count, partial(_has_time, sex), self._trains_in_mia)
        self._teach(dealt)
        return dealt

    def _deal(
        self, lives: list[Life], count: int, able: Callable[[Life], bool], make: Callable[[Life], Life]
    ) -> None:
        for number in self._chance.sample([number for number, life in enumerate(lives) if able(life)], k=count):
            lives[number] = make(lives[number])

    # Aktivitetsplatsen and MIA Vidare -------------------------------------------------------------------------

    def _planned(self, life: Life, last: date) -> tuple[date, date]:
        """The day of the plan, and that of the start."""
        made_on = self._chance.day(_first_day(life), min(_first_day(life) + timedelta(days=40), last))
        return made_on, self._chance.day(made_on, min(made_on + timedelta(days=40), last))

    def _trains(self, life: Life) -> Life:
        made_on, started_on = self._planned(life, _LAST_EVENT)
        return _plan(life, made_on, replace(_training(), started_on=started_on, place=self._place()))

    def _ends(self, life: Life) -> Life:
        made_on, started_on = self._planned(life, date(2021, 11, 19))
        completed_on = self._chance.day(started_on + timedelta(days=14), _LAST_EVENT)
        activity = replace(_training(), started_on=started_on, completed_on=completed_on, place=self._place())
        return _plan(life, made_on, activity)

    def _waits(self, life: Life) -> Life:
        made_on, _ = self._planned(life, _LAST_EVENT)
        return _plan(life, made_on, _training())

    def _trains_in_mia(self, life: Life) -> Life:
        made_on, started_on = self._planned(life, _last_day(life))
        activity = replace(_training(), started_on=started_on, place=self._place(), cost_bearer="stockholm")
        return _plan(life, made_on, activity)

    def _place(self) -> int:
        """Each supplier in turn, so that none has more than its places."""
        self._places += 1
        return self._places % len(SUPPLIERS)

    # Samordnat stöd -------------------------------------------------------------------------------------------

    def _teach(self, lives: list[Life]) -> None:
        """Everybody who is there in September is taught; the pairs' hours lie as far above the means as below."""
        pupils = [number for number, life in enumerate(lives) if _is_taught(life)]
        passed, trained = (set(self._chance.sample(pupils, k=count)) for count in (_PASSED, _TRAINED))
        for place, number in enumerate(pupils):
            if place % 2 == 0:
                more, better = self._chance.randint(0, 12), self._chance.randint(0, 8)
            sign = 0 if place == len(pupils) - 1 and place % 2 == 0 else 1 - 2 * (place % 2)
            offered = _HOURS + sign * more
            attended = _ATTENDED + sign * better
            lives[number] = self._taught(lives[number], offered, attended, number in passed, number in trained)
        employed = self._chance.sample(pupils, k=_SUBSIDISED + _UNSUBSIDISED)
        for place, number in enumerate(employed):
            lives[number] = self._employed(lives[number], "wage_subsidy" if place < _SUBSIDISED else "none")

    def _taught(self, life: Life, offered: float, attended: float, passed: bool, trained: bool) -> Life:
        made_on = _first_day(life)
        record = Attended(_SEPTEMBER[1] + timedelta(days=1), *_SEPTEMBER, _WEEKS, offered, attended)
        activities = [Activity(Member.KOMMUN, "teaching", made_on, attended=record)]
        last = _last_day(life)
        if passed:
            day = self._chance.day(made_on + timedelta(days=28), last)
            activities.append(Activity(Member.KOMMUN, "course", made_on, day))
        if trained:
            activities.append(Activity(Member.ARBETSFORMEDLINGEN, WORK_TRAINING, self._chance.day(made_on, last)))
        return _plan(life, made_on, *activities)

    def _employed(self, life: Life, support: str) -> Life:
        decided_on = self._chance.day(date(2021, 10, 18), _last_day(life))
        job = Job(decided_on, decided_on, None, support, self._chance.choice((50, 75, 100)))
        return replace(life, jobs=(job,))


def _training() -> Activity:
    return Activity(Member.KOMMUN, WORK_TRAINING)


def _plan(life: Life, made_on: date, *activities: Activity) -> Life:
    return replace(life, samplan=Samplan(made_on, activities))


def _agrees(life: Life) -> bool:
    """Consents, and has never said otherwise."""
    return life.consents and not life.consent_changes


def _activities(life: Life) -> tuple[Activity, ...]:
    return life.samplan.activities if life.samplan else ()


def _from(life: Life, kind: str) -> bool:
    """A plan of FINSAM-team of 2021 without work training, of somebody whom such an office referred."""
    planned = life.samplan is not None and life.samplan.made_on.year == 2021
    free = all(each.kind != WORK_TRAINING for each in _activities(life))
    return life.referral.insats == FINSAM and life.unit_kind == kind and _agrees(life) and planned and free


def _can_wait(kind: str, life: Life) -> bool:
    return _from(life, kind) and _unbegun(life) is not None


def _has_ended(kind: str, life: Life) -> bool:
    return _from(life, kind) and _ended(life) is not None


def _ended(life: Life) -> int | None:
    """An activity that began once the route was open, and has ended."""
    return _first(life, lambda each: each.started_on is not None and each.started_on >= _ROUTE_OPENED and each.ended)


def _unbegun(life: Life) -> int | None:
    return _first(life, lambda each: each.started_on is None) if life.exit is None else None


def _first(life: Life, fits: Callable[[Activity], bool]) -> int | None:
    return next((number for number, each in enumerate(_activities(life)) if fits(each)), None)


def _as_ended(life: Life) -> Life:
    return _as_training(life, _ended(life))


def _as_unbegun(life: Life) -> Life:
    return _as_training(life, _unbegun(life))


def _as_training(life: Life, chosen: int | None) -> Life:
    """One of the plan's activities turns out to be work training."""
    kinds: Iterable[Activity] = (
        replace(each, kind=WORK_TRAINING) if number == chosen else each
        for number, each in enumerate(_activities(life))
    )
    if life.samplan is None:
        raise ValueError("an activity belongs to a plan")
    return replace(life, samplan=replace(life.samplan, activities=tuple(kinds)))


def _stays(life: Life) -> bool:
    early = life.started_on is not None and life.started_on <= date(2021, 9, 1)
    return (
        life.referral.insats == AKTIVITETSPLATSEN and _agrees(life) and early and not life.exit and not life.samplan
    )


def _has_time(sex: Sex, life: Life) -> bool:
    able = life.referral.insats == MIA and _agrees(life) and life.started_on is not None and not life.samplan
    return able and life.sex is sex and _first_day(life) + timedelta(days=14) <= _last_day(life)


def _is_taught(life: Life) -> bool:
    there = life.started_on is not None and life.started_on <= date(2021, 9, 1)
    stays = life.exit is None or life.exit.exited_on > date(2021, 10, 15)
    return life.referral.insats == SAMORDNAT_STOD and _agrees(life) and there and stays


def _first_day(life: Life) -> date:
    if life.started_on is None:
        raise ValueError("only a participant has a plan here")
    return working_day(max(life.started_on, _NEW_YEAR))


def _last_day(life: Life) -> date:
    """The last day on which something happens to an activity: before the exit, and before Christmas."""
    return min(_LAST_EVENT, life.exit.exited_on - timedelta(days=1)) if life.exit else _LAST_EVENT
