"""How many cases a worker supports in a role of an insats, against the limit of the insats' rule."""

from dataclasses import dataclass
from datetime import date

from contracts.catalogue import Rule
from contracts.catalogue.people import Caseload
from services.planning.domain.decision import Catalogue


@dataclass(frozen=True)
class Limit:
    """How many the rule says that a worker of a role has at a time.

    ``binding``: it counts all whom the worker supports. One that counts some of them (those in active IPS) is shown
    beside the number of all, which says too little to refuse by.
    """

    seats: int
    binding: bool


def limit_on(catalogue: Catalogue, insats_id: str, role: str, day: date) -> Limit | None:
    """The limit of a role by the insats' rule of a day; None where there is no rule."""
    insats = catalogue.get(insats_id)
    rule = None if insats is None else insats.rule_on(day)
    return None if rule is None else limit_of(rule, role)


def limit_of(rule: Rule, role: str) -> Limit | None:
    """The limit of a role; None where the rule sets none."""
    for each in rule.capacity:
        if isinstance(each, Caseload) and each.id == role and each.seats is not None:
            return Limit(each.seats, binding=each.counts is None)
    return None


def is_full(limit: Limit | None, others: int) -> bool:
    """Whether a worker who supports ``others`` already is at a limit that binds."""
    return limit is not None and limit.binding and others >= limit.seats
