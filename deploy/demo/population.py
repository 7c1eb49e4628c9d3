"""The year 2021 as a plan of lives: seeded, pure, and built so that every published split holds.

The report prints sums; who the people were, nobody knows. So the sums are dealt out over invented people:
first how many start, leave and consent, by sex and insats, then the days of each life within the rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from contracts.codes import Sex
from deploy.demo.aktivitetsplatsen import AKTIVITETSPLATSEN, Aktivitetsplatsen
from deploy.demo.chance import Chance, repeated
from deploy.demo.days import working_day
from deploy.demo.faults import count_of_strangers, spoilt
from deploy.demo.finsam import FINSAM, Finsam
from deploy.demo.lives import ConsentChange, Exit, FaultyReferral, Life
from deploy.demo.mia_vidare import MIA, MiaVidare
from deploy.demo.ratt_stod import left_before
from deploy.demo.referrals import STOCKHOLM, Referrals, agreed, refused, with_reference
from deploy.demo.taking_on import sent_back, taken_on
from deploy.demo.training import Training

SEED: Final = 2021
FIRST_DAY: Final = date(2020, 2, 3)
LAST_DAY: Final = date(2021, 12, 31)
_NEW_YEAR: Final = date(2021, 1, 1)
_BEFORE_CHRISTMAS: Final = date(2021, 12, 22)

# Who starts where. FINSAM-team's 158 and MIA Vidare's 73 are the report's (L129-131, L736); the rest of the
# 483 starts and the 490 carried in are dealt out by us.
_STARTED: Final = {
    Sex.WOMAN: {
        FINSAM: 82,
        AKTIVITETSPLATSEN: 62,
        "arbetstraning": 26,
        "ips-psykosvarden": 12,
        MIA: 40,
        "ratt-stod-for-mig": 16,
        "samordnat-stod": 20,
    },
    Sex.MAN: {
        FINSAM: 76,
        AKTIVITETSPLATSEN: 44,
        "arbetstraning": 22,
        "ips-psykosvarden": 20,
        MIA: 33,
        "ratt-stod-for-mig": 20,
        "samordnat-stod": 10,
    },
}
_CARRIED_IN: Final = {
    Sex.WOMAN: {
        FINSAM: 27,
        AKTIVITETSPLATSEN: 70,
        "arbetstraning": 15,
        "ips-psykosvarden": 25,
        MIA: 30,
        "ratt-stod-for-mig": 30,
        "samordnat-stod": 25,
    },
    Sex.MAN: {
        FINSAM: 33,
        AKTIVITETSPLATSEN: 75,
        "arbetstraning": 22,
        "ips-psykosvarden": 45,
        MIA: 33,
        "ratt-stod-for-mig": 45,
        "samordnat-stod": 15,
    },
}
# The seven insatser that the report is about, in order.
SEVEN: Final = tuple(sorted(_STARTED[Sex.WOMAN]))
# Insatser whose referrals of 2021 the report counts, so that nobody else may be referred to them that year.
_OWN_REFERRALS: Final = (AKTIVITETSPLATSEN, MIA)
# Those who leave in 2021: of the carried in, and of the started.
_LEAVE: Final = {
    Sex.WOMAN: (106, 60),
    Sex.MAN: (140, 60),
}
# 101 without consent: 38 of those who leave, 63 who stay. The 45 exits without a printed reason are these 38
# and the seven whose reason has no number of its own.
_REFUSING_LEAVERS: Final = {Sex.WOMAN: 17, Sex.MAN: 21}
_REFUSING_STAYERS: Final = {Sex.WOMAN: 33, Sex.MAN: 30}
_REASONS: Final = {
    Sex.WOMAN: {
        "work": 22,
        "studies": 13,
        "jobseeking": 25,
        "continued_rehabilitation": 43,
        "illness": 43,
        "moved": 1,
        "broke_off": 1,
        "other": 1,
    },
    Sex.MAN: {
        "work": 40,
        "studies": 20,
        "jobseeking": 48,
        "continued_rehabilitation": 44,
        "illness": 23,
        "moved": 1,
        "broke_off": 2,
        "other": 1,
    },
}
# Reasons of those whose reason no figure counts.
_UNTOLD_REASONS: Final = ("work", "continued_rehabilitation", "illness", "broke_off", "other")
_WITHDRAWN: Final = 6
_GIVEN_LATER: Final = 5

# Those whom no figure of the year counts.
_CAME_AND_LEFT_IN_2020: Final = {Sex.WOMAN: 12, Sex.MAN: 12}
_RETURNED: Final = 60
_WAITING: Final = 30
_QUEUED: Final = {Sex.WOMAN: 7, Sex.MAN: 7}


@dataclass(frozen=True)
class Population:
    """Everything that reaches the services: lives, and messages that are refused."""

    lives: tuple[Life, ...]
    faulty: tuple[FaultyReferral, ...]


def build(seed: int = SEED) -> Population:
    """The same seed gives the same people, to the last digit."""
    dealer = _Dealer(Chance(seed))
    lives = sorted(dealer.lives(), key=lambda life: life.referral.referred_on)
    numbered = tuple(with_reference(life, number) for number, life in enumerate(lives, 1))
    strangers = [with_reference(life, 9000 + number) for number, life in enumerate(dealer.strangers(), 1)]
    return Population(numbered, spoilt(strangers, next(life for life in numbered if _stays_open(life))))


class _Dealer:
    """Deals the year's sums out over lives."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._referrals = Referrals(chance, STOCKHOLM)
        self._finsam = Finsam(chance, self._referrals)
        self._aktivitetsplatsen = Aktivitetsplatsen(chance, self._referrals)
        self._mia = MiaVidare(chance, self._referrals)
        self._training = Training(chance)

    def lives(self) -> list[Life]:
        """The 973 participations, the one who never started, and those whom no figure counts."""
        settled = self._with_consent(self._with_exits(self._participants()))
        in_finsam = [life for life in settled if life.referral.insats == FINSAM]
        elsewhere = [life for life in settled if life.referral.insats != FINSAM]
        participants = self._training.of([*self._with_changed_minds(elsewhere), *self._finsam.followed_up(in_finsam)])
        return [
            *participants,
            *self._finsam.queued(repeated(_QUEUED)),
            *(self._came_and_left(sex) for sex in repeated(_CAME_AND_LEFT_IN_2020)),
            *(self._sent_back() for _ in range(_RETURNED)),
            *(self._waiting() for _ in range(_WAITING)),
            *self._aktivitetsplatsen.not_started(),
            *self._mia.not_started(),
            *left_before(self._chance, self._started, settled),
        ]

    # The 973 ------------------------------------------------------------------------------------------------

    def _participants(self) -> list[Life]:
        """Started, and not yet left."""
        return [
            *self._finsam.carried_in(_of(_CARRIED_IN, FINSAM)),
            *self._finsam.started(_of(_STARTED, FINSAM)),
            *(self._started(*dealt, date(2020, 3, 2), date(2020, 12, 30)) for dealt in _elsewhere(_CARRIED_IN)),
            *(
                self._started(sex, AKTIVITETSPLATSEN, date(2020, 3, 2), date(2020, 12, 30))
                for sex in _of(_CARRIED_IN, AKTIVITETSPLATSEN)
            ),
            *(self._started(*dealt, date(2021, 1, 4), date(2021, 12, 17)) for dealt in _elsewhere(_STARTED)),
            *self._aktivitetsplatsen.started(_of(_STARTED, AKTIVITETSPLATSEN)),
            *self._mia.carried_in(_of(_CARRIED_IN, MIA)),
            *self._mia.started(_of(_STARTED, MIA)),
        ]

    def _started(self, sex: Sex, insats: str, first: date, last: date) -> Life:
        started_on = self._chance.day(first, last)
        accepted_on = self._chance.days_before(started_on, 0, 14)
        referred_on = self._chance.days_before(accepted_on, 1, 12)
        life = self._referrals.refer(insats, sex, referred_on)
        return taken_on(self._chance, life, accepted_on, started_on)

    def _with_exits(self, participants: Sequence[Life]) -> list[Life]:
        """The published number leave in 2021, by sex."""
        leaving: set[int] = set()
        for sex, (of_carried_in, of_started) in _LEAVE.items():
            able = [number for number, life in enumerate(participants) if life.sex is sex and _can_leave(life)]
            carried_in = [number for number in able if _start(participants[number]) < _NEW_YEAR]
            started = [number for number in able if _start(participants[number]) >= _NEW_YEAR]
            leaving |= set(self._chance.sample(carried_in, k=of_carried_in))
            leaving |= set(self._chance.sample(started, k=of_started))
        return [self._leaves(life) if number in leaving else life for number, life in enumerate(participants)]

    def _leaves(self, life: Life) -> Life:
        first = max(_start(life) + timedelta(days=42), date(2021, 1, 11))
        exited_on = self._chance.day(first, _BEFORE_CHRISTMAS)
        return replace(life, exit=Exit(exited_on, self._chance.choice(_UNTOLD_REASONS)))

    def _with_consent(self, participants: Sequence[Life]) -> list[Life]:
        """The 101 say no to individual follow-up; the other leavers get the published reasons."""
        result = [life for life in participants if life.sex not in _LEAVE]
        for sex in _LEAVE:
            left = self._chance.shuffled(life for life in participants if life.sex is sex and life.exit)
            stayed = self._chance.shuffled(life for life in participants if life.sex is sex and not life.exit)
            refusing, consenting = left[: _REFUSING_LEAVERS[sex]], left[_REFUSING_LEAVERS[sex] :]
            also_refusing, open_ = stayed[: _REFUSING_STAYERS[sex]], stayed[_REFUSING_STAYERS[sex] :]
            reasons = self._chance.shuffled(repeated(_REASONS[sex]))
            result += [refused(life) for life in (*refusing, *also_refusing)]
            result += [_for_reason(life, reason) for life, reason in zip(consenting, reasons, strict=True)]
            result += open_
        return result

    def _with_changed_minds(self, lives: Sequence[Life]) -> list[Life]:
        """Some of the 101 said yes at first and took it back; some said no at first and yes later."""
        lasting = [number for number, life in enumerate(lives) if _lasts(life)]
        without = [number for number in lasting if not lives[number].consents]
        with_ = [number for number in lasting if lives[number].consents]
        changed = list(lives)
        for number in self._chance.sample(without, k=_WITHDRAWN):
            changed[number] = self._changes(agreed(changed[number]), "withdrawn")
        for number in self._chance.sample(with_, k=_GIVEN_LATER):
            changed[number] = self._changes(refused(changed[number]), "given")
        return changed

    def _changes(self, life: Life, choice: Literal["given", "withdrawn"]) -> Life:
        day = self._chance.day(_start(life) + timedelta(days=21), date(2021, 12, 10))
        return replace(life, consent_changes=(ConsentChange(day, choice),))

    # Those whom no figure counts ------------------------------------------------------------------------------

    def _came_and_left(self, sex: Sex) -> Life:
        life = self._started(sex, AKTIVITETSPLATSEN, date(2020, 3, 2), date(2020, 8, 31))
        exited_on = self._chance.day(_start(life) + timedelta(days=42), date(2020, 12, 30))
        return replace(life, exit=Exit(exited_on, self._chance.choice(_UNTOLD_REASONS)))

    def _sent_back(self) -> Life:
        """Went back to the referrer before enrolment (L729-734)."""
        referred_on = self._chance.day(date(2020, 9, 1), date(2021, 11, 12))
        life = self._referrals.refer(self._any_insats(), self._any_sex(), referred_on)
        return sent_back(self._chance, life, referred_on + timedelta(days=7), referred_on + timedelta(days=35))

    def _waiting(self) -> Life:
        """Referred in December, and not yet taken on when the year ends."""
        day = self._chance.day(date(2021, 12, 1), date(2021, 12, 30))
        return self._referrals.refer(self._any_insats(), self._any_sex(), day)

    def strangers(self) -> list[Life]:
        """People whose referrals something is wrong with, one every three weeks of 2021."""
        first = date(2021, 2, 1)
        days = [first + timedelta(days=20 * number) for number in range(count_of_strangers())]
        return [self._referrals.refer(FINSAM, Sex.WOMAN, working_day(day)) for day in days]

    def _any_insats(self) -> str:
        """One whose referrals of 2021 the report does not count."""
        return self._chance.choice([insats for insats in SEVEN if insats not in _OWN_REFERRALS])

    def _any_sex(self) -> Sex:
        return self._chance.choices(list(Sex), weights=(48, 48, 2, 2))[0]


def _elsewhere(quota: dict[Sex, dict[str, int]]) -> list[tuple[Sex, str]]:
    return [
        (sex, insats)
        for sex, counts in quota.items()
        for insats in repeated(counts)
        if insats not in {FINSAM, *_OWN_REFERRALS}
    ]


def _of(quota: dict[Sex, dict[str, int]], insats: str) -> list[Sex]:
    return [sex for sex, counts in quota.items() for _ in range(counts[insats])]


def _start(life: Life) -> date:
    if life.started_on is None:
        raise ValueError("only somebody who started can go on from there")
    return life.started_on


def _can_leave(life: Life) -> bool:
    return life.started_on is not None and life.started_on < date(2021, 10, 15)


def _lasts(life: Life) -> bool:
    return life.exit is None and _start(life) < date(2021, 9, 1)


def _stays_open(life: Life) -> bool:
    """Referred early, still a participant when the year ends."""
    return life.started_on is not None and life.exit is None


def _for_reason(life: Life, reason: str) -> Life:
    return replace(life, exit=replace(life.exit, reason=reason)) if life.exit else life
