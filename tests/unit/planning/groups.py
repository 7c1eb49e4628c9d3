"""Named examples: the ACT course of the autumn of 2023, and a case that is accepted to it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from contracts.planning import InsatsStarted
from contracts.referral import Attributes, ConsentGiven, ConsentRefused, ReferralAccepted, RuleRef
from services.planning.domain.groups import GroupOccupancy, GroupOf, GroupTerms
from tests.unit.planning import mother
from tests.unit.planning.mother import Life

COURSE: Final = "act-kurs"
GROUP: Final = GroupOf(COURSE, "act-hosten")
OTHER: Final = GroupOf(COURSE, "act-vintern")
SEAT: Final = UUID(int=301)
OTHER_SEAT: Final = UUID(int=302)
REFERRED_ON: Final = date(2023, 8, 14)
ACCEPTED_ON: Final = date(2023, 8, 16)
OPENS_ON: Final = date(2023, 8, 14)
CLOSES_ON: Final = date(2023, 9, 1)
FIRST: Final = date(2023, 9, 6)
DAYS: Final = tuple(FIRST + timedelta(weeks=week) for week in range(7))
TODAY: Final = date(2023, 12, 1)

TERMS: Final = GroupTerms(
    of=GROUP,
    name="ACT hösten",
    capacity="kurs",
    seats=10,
    session_days=DAYS,
    minutes=180,
    opens_on=OPENS_ON,
    closes_on=CLOSES_ON,
)


def found(*held: date, others: int = 0, terms: GroupTerms = TERMS) -> GroupOccupancy:
    """The group as it is after these sessions were held; ``others`` have a seat."""
    return GroupOccupancy(others, replace(terms, held=frozenset(held)))


def accepted(*, consents: bool = True) -> Life:
    """A case that was accepted to the course."""
    answer = (
        ConsentGiven(happened_on=REFERRED_ON, attributes=Attributes())
        if consents
        else ConsentRefused(happened_on=REFERRED_ON)
    )
    life = Life()
    referred = mother.referred_to(COURSE, REFERRED_ON).model_copy(update={"unit_kind": "arbetskonsulent"})
    life.hear(referred, answer, ReferralAccepted(happened_on=ACCEPTED_ON))
    return life


def start(life: Life, on: date = FIRST) -> Life:
    """The person takes part from that day."""
    return life.add(InsatsStarted(happened_on=on, insats=COURSE, rule=RuleRef(insats=COURSE, version=1)))
