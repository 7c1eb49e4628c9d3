"""Who goes first in the queue to an insats, and how its intake is to be divided.

Neither refuses anybody: priority orders people, and a quota is shown beside what has been used of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from contracts.agency import ReferralSubmitted
from contracts.catalogue import AGENCIES, Insats, Rule, Unit
from contracts.catalogue.entry import Criterion
from contracts.codes import Sex
from contracts.labels import label


class QueueClass(IntEnum):
    """Where somebody stands before arrival counts. That all who meet a criterion of the priority order stand before
    all others, and otherwise whoever came first, is our reading: the sources do not rank the criteria."""

    PRIORITY = 0
    ARRIVAL = 1


def priorities_met(rule: Rule, referral: ReferralSubmitted, unit: Unit) -> tuple[str, ...]:
    """The ids of the criteria that the person meets: as the referrer says, or as the referral shows by itself."""
    said = set(referral.priorities)
    return tuple(each.id for each in rule.target.priority if each.id in said or _shown(each, referral, unit))


def _shown(criterion: Criterion, referral: ReferralSubmitted, unit: Unit) -> bool:
    """True if the system sees for itself that the criterion is met. The area of a person is not known here."""
    checked = criterion.checked
    if checked is None:
        return False
    benefits = {benefit.value for benefit in referral.background.benefits}
    return not benefits.isdisjoint(checked.benefit) or unit.kind in checked.unit_kind or unit.id in checked.unit


def queue_class(rule: Rule, met: Sequence[str]) -> QueueClass:
    """Where somebody who meets these criteria stands."""
    orders = rule.queue is not None and rule.queue.order == "priority"
    return QueueClass.PRIORITY if orders and met else QueueClass.ARRIVAL


def rule_on_or_latest(insats: Insats | None, day: date) -> Rule | None:
    """The rule of a day; the latest of an insats that has ended or not begun, to which somebody may still wait."""
    return None if insats is None else insats.rule_on(day) or insats.versions[-1]


def by_priority(insats: Insats | None, day: date) -> bool:
    """True if the insats takes people by a priority order."""
    rule = rule_on_or_latest(insats, day)
    return rule is not None and rule.queue is not None and rule.queue.order == "priority"


def priority_texts(insats: Insats | None, met: Iterable[str]) -> list[str]:
    """What the criteria say, in the words of the insats; an id that no version has as it is."""
    rules = () if insats is None else insats.versions
    texts = {each.id: each.text for rule in rules for each in rule.target.priority}
    return [texts.get(each, each) for each in met]


@dataclass(frozen=True)
class TakenOn:
    """How many of one unit and sex an insats has taken on, of those referred since a day."""

    unit: str
    sex: str | None
    count: int


@dataclass(frozen=True)
class Quota:
    """A part of the intake: ``percent`` of it is striven for; ``used`` of ``total`` are taken on."""

    part: str
    percent: int
    used: int
    total: int


@dataclass(frozen=True)
class Quotas:
    """How an intake is to be divided in one respect: ``of`` says what, in the words of the catalogue."""

    of: str
    parts: tuple[Quota, ...]


def counted_since(rule: Rule, today: date) -> date:
    """The first day of what counts: of the calendar year where a goal is for that, else of the rule."""
    of_a_year = any(goal.split is not None and "calendar_year" in goal.period for goal in rule.goals)
    return date(today.year, 1, 1) if of_a_year else rule.valid_from


def quotas(rule: Rule, taken_on: Sequence[TakenOn]) -> Iterator[Quotas]:
    """The quotas of a rule, by referrer and by sex, with what has been used."""
    total = sum(each.count for each in taken_on)
    doors = [door for door in rule.doors if door.share is not None]
    if doors:
        parts = (
            Quota(door.label, door.share or 0, _count(taken_on, units=_units(door.admits)), total) for door in doors
        )
        yield Quotas("efter väg in", tuple(parts))
    for goal in rule.goals:
        if goal.split is not None:
            shares = goal.split.sex.items()
            by_sex = (Quota(label(Sex(sex)), share, _count(taken_on, sex=sex), total) for sex, share in shares)
            yield Quotas(goal.text, tuple(by_sex))


def _units(kinds: Iterable[str]) -> frozenset[str]:
    """The units of these kinds, or of members that are named so."""
    wanted = set(kinds)
    return frozenset(
        unit.id
        for agency in AGENCIES.values()
        for unit in agency.units
        if unit.kind in wanted or agency.member in wanted
    )


def _count(taken_on: Iterable[TakenOn], *, units: frozenset[str] | None = None, sex: str | None = None) -> int:
    return sum(
        each.count for each in taken_on if (units is None or each.unit in units) and (sex is None or each.sex == sex)
    )
