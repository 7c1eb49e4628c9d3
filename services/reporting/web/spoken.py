"""What sentences about a case are made of: their parts, what else is known of the case, and names of things. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from contracts.catalogue import AGENCIES, INSATSER, OWN_KINDS, Rule
from contracts.catalogue.vocabulary import word_label
from contracts.labels import label
from contracts.planning import PlannedActivity
from contracts.referral import RuleRef

# What each activity of the case's plans is; later facts speak of them by id only.
Activities: TypeAlias = Mapping[UUID, PlannedActivity]


@dataclass(frozen=True)
class Context:
    """What else is known of the case: facts speak by id or code of what other facts and the catalogue name.

    ``rule``: the version of the insats' rule it follows; ``supports``: who supports, by support id; ``types``: the
    type of each event by its id; ``rules``: of each follow-up and time limit, by its id, the rule that it follows,
    which is another for a form of plan.
    """

    activities: Activities = field(default_factory=dict)
    rule: Rule | None = None
    supports: Mapping[UUID, str] = field(default_factory=dict)
    types: Mapping[UUID, str] = field(default_factory=dict)
    rules: Mapping[UUID, RuleRef] = field(default_factory=dict)

    def rule_behind(self, obligation_id: UUID) -> Rule | None:
        """The rule of a follow-up or a time limit: its own where that is known, else the case's."""
        own = self.rules.get(obligation_id)
        return (None if own is None else rule_of(own)) or self.rule


WITHOUT_CONSENT = "utan samtycke"


class Weight(StrEnum):
    """How a sentence stands out among the others."""

    STEP = "step"
    MILESTONE = "milestone"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Sentence:
    """What happened, with what there is to add."""

    text: str
    details: tuple[str, ...] = ()
    weight: Weight = Weight.STEP


def rule_of(ref: RuleRef) -> Rule | None:
    """The version of a rule that a fact names; None if the catalogue has it no more."""
    try:
        return INSATSER[ref.insats].rule(ref.version)
    except KeyError:
        return None


def insats_name(insats: str) -> str:
    """The insats' name; its id if the catalogue has it no more."""
    return INSATSER[insats].name if insats in INSATSER else insats


WITHHELD_UNIT: Final = "en enhet som inte visas"
"""Stands where the unit would, for whoever may not know where the person lives."""


def unit_name(agency_id: str, unit_id: str) -> str:
    """The unit's name, with its agency where the name does not say it."""
    if unit_id in OWN_KINDS:
        return word_label("unit_kinds", unit_id)
    agency = AGENCIES.get(agency_id)
    unit = agency.unit(unit_id) if agency else None
    if agency is None or unit is None:
        return unit_id
    return unit.name if agency.name in unit.name else f"{unit.name} ({agency.name})"


def team_name(team: str) -> str:
    """team-3 as team 3."""
    return team.replace("-", " ")


def role_name(role: str, rule: Rule | None) -> str:
    """What a role is called by a rule; its id where the rule lacks it."""
    found = rule.role(role) if rule else None
    return found.label if found else role.replace("_", "-")


def activity_name(activity: PlannedActivity) -> str:
    """What the activity is and which member is responsible. Without consent only the member is known."""
    kind = word_label("activity_kinds", activity.kind) if activity.kind else "aktivitet"
    return f"{kind} ({label(activity.responsible)})"


def counted(number: int, one: str, several: str) -> str:
    """1 aktivitet, 2 aktiviteter."""
    return f"{number} {one if number == 1 else several}"


def in_a_row(words: Iterable[str]) -> str:
    """The words with commas, and "och" before the last."""
    *first, last = words
    return f"{', '.join(first)} och {last}" if first else last


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[0].upper() + text[1:]
