"""Groups and courses: what was declared of them, when they meet, and how many have a seat."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Final
from uuid import UUID, uuid5

from contracts.catalogue import Insats, Rule
from contracts.catalogue.people import Group as GroupRule
from contracts.corrections import effective
from contracts.planning import GroupCancelled, GroupDeclared, GroupSessionCancelled, GroupSessionHeld
from services.planning.domain.case import LoggedEvent

_GROUPS: Final = UUID("2f6f1d0a-60c5-5c1d-8a1f-3d9b0f5a7e42")


@dataclass(frozen=True)
class GroupOf:
    """Which group: the insats that holds it, and its code there."""

    insats: str
    group: str

    @property
    def group_id(self) -> UUID:
        """The stream of its facts. The same group has the same one, whoever declares it first."""
        return uuid5(_GROUPS, f"{self.insats} {self.group}")


@dataclass(frozen=True)
class GroupTerms:
    """What was declared of a group, and which of its sessions have been held.

    ``session_days``: when it meets, in order. ``opens_on`` and ``closes_on``: the first and the last day on which one
    can be enrolled; None where nothing limits it. ``reserved_for``: the kinds of units whose referred it is for; none
    for everybody. ``held``: days whose session was held; ``called_off``: days whose session is not.
    """

    of: GroupOf
    name: str
    capacity: str
    seats: int
    session_days: tuple[date, ...]
    starts_at: time | None = None
    minutes: int | None = None
    site: str | None = None
    leader_id: str | None = None
    opens_on: date | None = None
    closes_on: date | None = None
    reserved_for: tuple[str, ...] = ()
    held: frozenset[date] = frozenset()
    called_off: frozenset[date] = frozenset()
    cancelled: bool = False

    @property
    def starts_on(self) -> date:
        """The first of its days."""
        return self.session_days[0]

    @property
    def ends_on(self) -> date:
        """The last of its days."""
        return self.session_days[-1]

    def held_between(self, first: date, last: date) -> bool:
        """Whether a session was held on some day from ``first`` to ``last``, both included."""
        return any(first <= day <= last for day in self.held)

    def next_from(self, day: date) -> date:
        """The first session from a day on that is not called off; the last of all where none is left."""
        ahead = (each for each in self.session_days if each >= day and each not in self.called_off)
        return next(ahead, self.ends_on)


@dataclass(frozen=True)
class GroupOccupancy:
    """A group as it is while nobody else can take a seat in it. ``others``: how many have one.

    ``terms``: what was declared; None where nothing was. ``recorded``: for how many the attendance of a session that
    a command is about has been recorded; ``present``: how many had a seat on its day.
    """

    others: int = 0
    terms: GroupTerms | None = None
    recorded: int = 0
    present: int = 0

    @property
    def has_room(self) -> bool:
        """Whether one more person can have a seat."""
        return self.terms is not None and not self.terms.cancelled and self.others < self.terms.seats

    def has_room_for(self, unit_kind: str) -> bool:
        """Whether one more person, referred by such a unit, can have a seat."""
        reserved_for = () if self.terms is None else self.terms.reserved_for
        return self.has_room and (not reserved_for or unit_kind in reserved_for)

    def was_held(self, day: date) -> bool:
        """Whether the session of a day was held."""
        return self.terms is not None and day in self.terms.held


NO_GROUP: Final = GroupOccupancy()
"""Of a group that was never declared."""


def fold(log: Iterable[LoggedEvent]) -> GroupTerms | None:
    """What holds of a group by its log; None if it was never declared."""
    terms: GroupTerms | None = None
    for event in effective(log):
        match event.data:
            case GroupDeclared() as fact:
                terms = _declared(fact, terms)
            case GroupCancelled() if terms is not None:
                terms = replace(terms, cancelled=True)
            case GroupSessionHeld() as fact if terms is not None:
                day = {fact.session_on}
                terms = replace(terms, held=terms.held | day, called_off=terms.called_off - day)
            case GroupSessionCancelled() as fact if terms is not None:
                day = {fact.session_on}
                terms = replace(terms, held=terms.held - day, called_off=terms.called_off | day)
    return terms


def _declared(fact: GroupDeclared, before: GroupTerms | None) -> GroupTerms:
    return GroupTerms(
        of=GroupOf(fact.insats, fact.group),
        name=fact.group_name,
        capacity=fact.capacity,
        seats=fact.seats,
        session_days=fact.session_days,
        starts_at=fact.starts_at,
        minutes=fact.minutes,
        site=fact.site,
        leader_id=fact.leader_id,
        opens_on=fact.opens_on,
        closes_on=fact.closes_on,
        reserved_for=fact.reserved_for,
        held=frozenset() if before is None else before.held,
        called_off=frozenset() if before is None else before.called_off & set(fact.session_days),
    )


def has_groups(rule: Rule | None) -> bool:
    """Whether an insats' rule has groups or courses."""
    return rule is not None and bool(rule.groups)


def is_course(insats: Insats | None) -> bool:
    """Whether an insats is a course: then one leaves it by completing it or by dropping out of it."""
    return insats is not None and "course" in insats.kinds


def sessions_of(rule: GroupRule) -> int | None:
    """How many sessions a group has by its rule; None where the rule does not say."""
    if rule.sessions is not None:
        return rule.sessions
    return None if rule.weeks is None or rule.sessions_per_week is None else rule.weeks * rule.sessions_per_week


def scheduled(starts_on: date, weekdays: Sequence[int], number: int) -> tuple[date, ...]:
    """So many days from a day on, on these days of the week (1 for Monday … 7 for Sunday), in order.

    Without ``weekdays``: on that of the first day.
    """
    wanted = set(weekdays) or {starts_on.isoweekday()}
    days: list[date] = []
    for day in _from(starts_on):
        if len(days) == number:
            break
        if day.isoweekday() in wanted:
            days.append(day)
    return tuple(days)


def _from(day: date) -> Iterator[date]:
    while True:
        yield day
        day += timedelta(days=1)
