"""The employments that Arbetsförmedlingen's officers at Arbetsmarknadstorget in Sundsvall decided in 2023 (L528).

The report prints 164 decisions by support, the wage subsidies new and prolonged, and how many were the municipality's
own (Kom-i-jobb). Whose they were, when, and which were of one person is ours: the sexes of these are not printed.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Final

from contracts.codes import MeetingMode, Sex
from deploy.demo.chance import Chance
from deploy.demo.days import working_day
from deploy.demo.lives import Job, Life, Meeting, Session
from deploy.demo.referrals import Referrals

INSATS: Final = "arbetsformedlare-amt"
_OFFICE: Final = ("sundsvalls-kommun", "ekonomiskt-bistand")
_FIRST_DAY: Final = date(2023, 1, 2)
_HALF_A_YEAR: Final = timedelta(days=182)
# By support: how many are new, and how many of these are the municipality's own.
_NEW: Final = {
    "wage_subsidy": (68, 37),
    "none": (15, 0),
    "samhall": (1, 0),
    "start_job": (4, 3),
    "introduction_job": (7, 7),
}
# Of the 69 prolonged, those whose first decision is of the same year, and others; with the municipality's own of
# each.
# With 37 of the new ones they make the 74 that are not at other employers.
_PROLONGED_WITHIN: Final = (30, 16)
_PROLONGED_EARLIER: Final = (39, 21)
_EARLY: Final = (date(2023, 2, 20), date(2023, 5, 31))
_ANY_TIME: Final = (date(2023, 2, 20), date(2023, 12, 8))


def lives(chance: Chance, referrals: Referrals) -> Iterator[Life]:
    """Those who got an employment, or had one prolonged."""
    within, own_within = _PROLONGED_WITHIN
    for support, (count, own) in _NEW.items():
        for number in range(count):
            kom_i_jobb = number < own
            # Of the wage subsidies some are for half a year and then prolonged: the first of each kind of employer.
            place = number if kom_i_jobb else number - own
            longer = own_within if kom_i_jobb else within - own_within
            goes_on = support == "wage_subsidy" and place < longer
            yield _employed(chance, referrals, support, kom_i_jobb=kom_i_jobb, goes_on=goes_on)
    earlier, own_earlier = _PROLONGED_EARLIER
    for number in range(earlier):
        yield _prolonged(chance, referrals, kom_i_jobb=number < own_earlier)


def _employed(chance: Chance, referrals: Referrals, support: str, *, kom_i_jobb: bool, goes_on: bool) -> Life:
    decided_on = chance.day(*(_EARLY if goes_on else _ANY_TIME))
    from_on = working_day(decided_on + timedelta(days=chance.randint(3, 14)))
    until_on = from_on + (_HALF_A_YEAR if goes_on else 2 * _HALF_A_YEAR)
    extent = chance.choice((50, 75, 100))
    first = Job(decided_on, from_on, until_on, support, extent, kom_i_jobb)
    jobs = [first]
    if goes_on:
        again_on = working_day(until_on - timedelta(days=14))
        later = replace(first, decided_on=again_on, from_on=until_on + timedelta(days=1), prolongs="the_first")
        jobs.append(replace(later, until_on=until_on + _HALF_A_YEAR))
    return replace(_participant(chance, referrals, decided_on), jobs=tuple(jobs))


def _prolonged(chance: Chance, referrals: Referrals, *, kom_i_jobb: bool) -> Life:
    """One whose employment was there before anything was registered here."""
    decided_on = chance.day(*_ANY_TIME)
    from_on = working_day(decided_on + timedelta(days=14))
    job = Job(decided_on, from_on, from_on + _HALF_A_YEAR, "wage_subsidy", 75, kom_i_jobb, "an_earlier")
    return replace(_participant(chance, referrals, decided_on), jobs=(job,))


def _participant(chance: Chance, referrals: Referrals, before: date) -> Life:
    """Referred by social services, met, and there some weeks before a day. Of 100 participants 44 are women."""
    sex = Sex.WOMAN if chance.random() < 0.44 else Sex.MAN
    started_on = chance.days_before(before, 3, 20)
    meets_on = chance.days_before(started_on, 0, 4)
    accepted_on = chance.days_before(meets_on, 4, 8)
    referred_on = max(chance.days_before(accepted_on, 1, 6), _FIRST_DAY)
    life = referrals.refer_from(_OFFICE, INSATS, sex, referred_on)
    meeting = Meeting(accepted_on, Session(None, meets_on, time(9)), MeetingMode.PHYSICAL, held=True)
    return replace(life, accepted_on=accepted_on, meeting=meeting, started_on=started_on)
