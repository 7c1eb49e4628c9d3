"""Sundsvall's ACT course of 2023: 24 took part, 7 men and 17 women; 19 completed it, 6 men and 13 women; 5 dropped
out early (L1342-1344). Three groups met 22 times: seven times each, and once more for the first, which began on 17
May (L1344, L1349).

How the 24 are dealt out over the groups, the days of the other groups, and who came when is ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from contracts.codes import EnrolmentOutcome, Sex
from deploy.demo.chance import Chance
from deploy.demo.lives import Course, Exit, Json, Life
from deploy.demo.referrals import Office, Referrals

INSATS: Final = "act-kurs"
SEATS: Final = 10
_OFFICE: Final[Office] = ("sundsvalls-kommun", "arbetsmarknadstorget")
_TOOK_PART: Final = {Sex.MAN: 7, Sex.WOMAN: 17}
_COMPLETED: Final = {Sex.MAN: 6, Sex.WOMAN: 13}
_EARLY: Final = 2
"""Whoever drops out does so at the second session."""


@dataclass(frozen=True)
class Group:
    """A group and its sessions, once a week. One can be enrolled in the fortnight before the first."""

    code: str
    name: str
    first: date
    sessions: int

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(weeks=week) for week in range(self.sessions))

    @property
    def opens_on(self) -> date:
        return self.first - timedelta(days=15)

    @property
    def closes_on(self) -> date:
        return self.first - timedelta(days=2)

    def declared(self) -> Json:
        """What is posted to have it."""
        return {
            "insats": INSATS,
            "group": self.code,
            "name": self.name,
            "capacity": "kurs",
            "seats": SEATS,
            "session_days": [day.isoformat() for day in self.days],
            "starts_at": "13:00",
            "opens_on": self.opens_on.isoformat(),
            "closes_on": self.closes_on.isoformat(),
        }


GROUPS: Final = (
    Group("act-varen", "ACT våren", date(2023, 5, 17), 8),
    Group("act-hosten", "ACT hösten", date(2023, 9, 6), 7),
    Group("act-senhosten", "ACT senhösten", date(2023, 10, 25), 7),
)


def participants(chance: Chance, referrals: Referrals) -> Iterator[Life]:
    """The 24, each in one of the groups."""
    completes = [(sex, number < _COMPLETED[sex]) for sex, count in _TOOK_PART.items() for number in range(count)]
    for place, (sex, to_the_end) in enumerate(_first_completes(completes)):
        number, nth = place % len(GROUPS), place // len(GROUPS)
        yield _participant(chance, referrals, sex, number, to_the_end=to_the_end, registers=nth == 0)


def _first_completes(people: list[tuple[Sex, bool]]) -> list[tuple[Sex, bool]]:
    """Those who complete first: the first of each group registers its sessions."""
    return sorted(people, key=lambda each: not each[1])


def _participant(
    chance: Chance, referrals: Referrals, sex: Sex, number: int, *, to_the_end: bool, registers: bool
) -> Life:
    """Referred, accepted and given a seat while the window is open; most sessions are come to."""
    group = GROUPS[number]
    accepted_on = chance.day(group.opens_on + timedelta(days=4), group.closes_on)
    referred_on = max(chance.days_before(accepted_on, 1, 4), group.opens_on)
    days = group.days if to_the_end else group.days[:_EARLY]
    # The first and the last session that somebody has are come to.
    came = tuple((day, place in (0, len(days) - 1) or chance.random() < 0.9) for place, day in enumerate(days))
    outcome = EnrolmentOutcome.COMPLETED if to_the_end else EnrolmentOutcome.DROPPED_OUT
    course = Course(
        group=number,
        enrolled_on=accepted_on,
        came=came,
        ended_on=days[-1],
        outcome=outcome,
        code=group.code,
        registers=group.days if registers else (),
    )
    life = referrals.refer_from(_OFFICE, INSATS, sex, referred_on)
    return replace(
        life, accepted_on=accepted_on, started_on=days[0], course=course, exit=Exit(days[-1], outcome.value)
    )
