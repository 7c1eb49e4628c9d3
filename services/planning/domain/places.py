"""Places at suppliers: what was declared of them, who has one, and which activities take one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID, uuid5

from contracts.catalogue import Rule
from contracts.catalogue.people import Places as PlacesRule
from contracts.corrections import effective
from contracts.planning import PlacesDeclared, PlacesWithdrawn
from services.planning.domain.case import Case, LoggedEvent

_PLACES: Final = UUID("0a5c1f0b-7d3e-5b52-9d0d-4b8e6a6f2c71")


@dataclass(frozen=True)
class Supplier:
    """Who has the places, and whose they are: the insats that counts them."""

    insats: str
    supplier: str

    @property
    def place_id(self) -> UUID:
        """The stream of its facts. The same supplier has the same one, whoever declares it first."""
        return uuid5(_PLACES, f"{self.insats} {self.supplier}")


@dataclass(frozen=True)
class PlaceTerms:
    """What was declared of a supplier's places. ``free_from``: the first day on which somebody may begin there."""

    of: Supplier
    name: str
    seats: int
    free_from: date
    withdrawn: bool = False


@dataclass(frozen=True)
class PlaceOccupancy:
    """A supplier's places while nobody else can take one. ``others``: how many other activities have one.

    ``terms``: what was declared; None where nothing was.
    """

    others: int = 0
    terms: PlaceTerms | None = None

    @property
    def has_room(self) -> bool:
        """Whether one more activity can have a place."""
        return self.terms is not None and not self.terms.withdrawn and self.others < self.terms.seats


NOTHING_FOUND: Final = PlaceOccupancy()
"""Of places that were never declared."""


@dataclass(frozen=True)
class TakenPlace:
    """The place that an activity has; ``due_on``: when it is planned to be done, so that the place becomes free."""

    place_id: UUID
    due_on: date | None


def fold(log: Iterable[LoggedEvent]) -> PlaceTerms | None:
    """What holds of a supplier's places by their log; None if none were ever declared."""
    terms: PlaceTerms | None = None
    for event in effective(log):
        match event.data:
            case PlacesDeclared() as fact:
                terms = PlaceTerms(
                    Supplier(fact.insats, fact.supplier), fact.supplier_name, fact.seats, fact.free_from
                )
            case PlacesWithdrawn() if terms is not None:
                terms = replace(terms, withdrawn=True)
    return terms


def taken_places(case: Case) -> dict[UUID, TakenPlace]:
    """The places that the case's activities have, by activity: those of activities that are under way."""
    return {
        activity.activity_id: TakenPlace(activity.place_id, activity.due_on)
        for plan in case.plans.all
        for activity in plan.activities
        if activity.state == "ongoing" and activity.ended_in is None and activity.place_id is not None
    }


def counts_places(rule: Rule | None) -> bool:
    """Whether an insats' rule counts places at suppliers."""
    return rule is not None and any(isinstance(each, PlacesRule) for each in rule.capacity)
