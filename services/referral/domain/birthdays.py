"""Birthdays that a participant's case is looked at for: at 18 and 30 by the rules of insatser for the young.

When one is told before the day is the rule's (``warn_days_before``). That it is told for two weeks after the day too
is our reading: who was away then is to see it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from contracts.catalogue import Insats
from contracts.catalogue.timing import ClockRule
from services.referral.domain.queue_order import rule_on_or_latest

STILL_TOLD: Final = timedelta(days=14)
"""How long after the day a birthday is told."""

_FEBRUARY: Final = 2


@dataclass(frozen=True)
class BirthdayClock:
    """A rule's birthday. ``before``: how long before the day it is told. ``on_expiry``: what is to be done then, a
    word of the catalogue's ``expiry_actions``."""

    age: int
    before: timedelta
    on_expiry: str | None


@dataclass(frozen=True)
class Birthday:
    """Somebody comes of an age on a day, which shows nothing of itself when printed."""

    clock: BirthdayClock
    on: date = field(repr=False)


def birthday_clocks(catalogue: Mapping[str, Insats], today: date) -> dict[str, tuple[BirthdayClock, ...]]:
    """The birthdays of the insatser that have any, by the rules of today, or the latest of those that have ended."""
    rules = {each.id: rule_on_or_latest(each, today) for each in catalogue.values()}
    found = {insats: tuple(_clocks(rule.clocks)) for insats, rule in rules.items() if rule is not None}
    return {insats: clocks for insats, clocks in found.items() if clocks}


def _clocks(rules: Iterable[ClockRule]) -> Iterator[BirthdayClock]:
    for rule in rules:
        if rule.limit is not None and rule.limit.birthday is not None:
            yield BirthdayClock(rule.limit.birthday, timedelta(days=rule.warn_days_before or 0), rule.on_expiry)


def near(born: date, clocks: Iterable[BirthdayClock], today: date) -> Iterator[Birthday]:
    """The birthdays to be told of somebody on a day."""
    for clock in clocks:
        on = birthday(born, clock.age)
        if on - clock.before <= today <= on + STILL_TOLD:
            yield Birthday(clock, on)


def birthday(born: date, age: int) -> date:
    """The day on which somebody is so many years old, as :func:`services.referral.domain.identity.age_on` counts:
    born on 29 February, on 1 March of other years."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, _FEBRUARY + 1, 1)
