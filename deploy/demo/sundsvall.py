"""Sundsvall in 2023: its coordinated plans (SIP), the employments of Arbetsförmedlingen's officers
(:mod:`deploy.demo.employments`), and its ACT course (:mod:`deploy.demo.act_course`).

The report prints 124 with the SIP-samordnare by initiator (L88) and by sex (L144), each by itself, and 48 without
(L88, L146), mainly initiated by health care. How initiator and sex go together, and all else about the 48, is ours;
care initiates more often for men (L144).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from contracts.codes import Member, Sex
from deploy.demo import employments
from deploy.demo.act_course import participants
from deploy.demo.chance import Chance
from deploy.demo.lives import Life, Sip
from deploy.demo.population import Population
from deploy.demo.referrals import SUNDSVALL, Office, Referrals, with_reference

SEED: Final = 2023
FIRST_DAY: Final = date(2023, 1, 2)
LAST_DAY: Final = date(2023, 12, 29)
INSATS: Final = "arbetskonsulent-bred"
"""Where the participants are. Which insats each of them was in is not printed."""

_CITY: Final[Office] = ("sundsvalls-kommun", "ekonomiskt-bistand")
_CARE: Final[Office] = ("region-vasternorrland", "psykiatri-sundsvall")


@dataclass(frozen=True)
class _Initiated:
    """How many SIPs somebody initiated, for women and for men, and who had referred these people."""

    women: int
    men: int
    office: Office


_WITH_COORDINATOR: Final = {
    "socialtjanst": _Initiated(24, 21, _CITY),
    "arbetskonsulent": _Initiated(19, 14, _CITY),
    "health_care": _Initiated(11, 26, _CARE),
    "vuxenstod": _Initiated(1, 7, _CITY),
    "arbetscoach": _Initiated(0, 1, _CITY),
}
_WITHOUT_COORDINATOR: Final = {
    "health_care": _Initiated(16, 24, _CARE),
    "socialtjanst": _Initiated(4, 4, _CITY),
}
_PARTIES: Final = (
    (Member.REGION, Member.KOMMUN),
    (Member.REGION, Member.KOMMUN, Member.FORSAKRINGSKASSAN),
    (Member.REGION, Member.KOMMUN, Member.ARBETSFORMEDLINGEN),
)
_KINDS: Final = {
    Member.REGION: "health_care_contact",
    Member.KOMMUN: "work_training",
    Member.FORSAKRINGSKASSAN: "benefit_application",
    Member.ARBETSFORMEDLINGEN: "job_seeking",
}
# A plan made in the second half of the year is followed up in the next one.
_FOLLOWED_UP_FROM: Final = date(2023, 7, 1)
_HALF_A_YEAR: Final = timedelta(days=182)


def build(seed: int = SEED) -> Population:
    """The same seed gives the same people."""
    chance = Chance(seed)
    referrals = Referrals(chance, SUNDSVALL)
    lives = [
        *_lives(chance, referrals, _WITH_COORDINATOR, coordinator=True),
        *_lives(chance, referrals, _WITHOUT_COORDINATOR, coordinator=False),
        *employments.lives(chance, referrals),
        *participants(chance, referrals),
    ]
    lives.sort(key=lambda life: life.referral.referred_on)
    return Population(tuple(with_reference(life, number) for number, life in enumerate(lives, 1)), ())


def _lives(
    chance: Chance, referrals: Referrals, initiated: dict[str, _Initiated], *, coordinator: bool
) -> Iterator[Life]:
    for initiator, by in initiated.items():
        for sex, number in ((Sex.WOMAN, by.women), (Sex.MAN, by.men)):
            for _ in range(number):
                yield _life(chance, referrals, sex, by.office, initiator, coordinator=coordinator)


def _life(
    chance: Chance, referrals: Referrals, sex: Sex, office: Office, initiator: str, *, coordinator: bool
) -> Life:
    """Referred, accepted, and some weeks later called to a SIP, whose waiting time Sundsvall sets no limit (L170)."""
    met_on = chance.day(date(2023, 3, 1), date(2023, 12, 20))
    called_on = chance.days_before(met_on, 10, 35)
    accepted_on = chance.days_before(called_on, 1, 10)
    referred_on = max(chance.days_before(accepted_on, 1, 8), FIRST_DAY)
    parties = chance.choice(_PARTIES)
    sip = Sip(
        called_on=called_on,
        initiator=initiator,
        parties=parties,
        met_on=met_on,
        coordinator=coordinator,
        activities=tuple((member, _KINDS[member]) for member in parties),
        follow_up_on=met_on + _HALF_A_YEAR if met_on >= _FOLLOWED_UP_FROM else None,
    )
    life = referrals.refer_from(office, INSATS, sex, referred_on)
    return replace(life, accepted_on=accepted_on, sip=sip)
