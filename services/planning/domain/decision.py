"""What a decision consists of: facts to append, and what they leave out for want of consent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from contracts.catalogue import Insats
from contracts.codes import BenefitStatus, EmployerKind, NationalExitCode
from contracts.consent import Consents
from contracts.envelope import Fact
from services.planning.domain.exits import NO_ANSWERS, ExitAnswers

Catalogue: TypeAlias = Mapping[str, Insats]


@dataclass(frozen=True)
class PlannedDetails:
    """What the plan says of an activity beside its kind, and what may say what it is about."""

    responsible_unit: str | None = None
    extent_percent: int | None = None
    hours_per_week: float | None = None


@dataclass(frozen=True)
class Withheld:
    """What a fact left out for want of consent. Stays in this service until the person consents.

    ``kinds`` and ``planned``: of the activities of a plan; the others are fields of the fact.
    """

    kinds: Mapping[UUID, str] = field(default_factory=dict)
    planned: Mapping[UUID, PlannedDetails] = field(default_factory=dict)
    reason: str | None = None
    national_code: NationalExitCode | None = None
    answers: ExitAnswers = NO_ANSWERS
    place_id: UUID | None = None
    extent_percent: int | None = None
    hours_per_week: float | None = None
    cost_bearer: str | None = None
    hours_offered: float | None = None
    hours_attended: float | None = None
    support: str | None = None
    employer: EmployerKind | None = None
    benefit: str | None = None
    status: BenefitStatus | None = None
    document: str | None = None
    asked_of: str | None = None
    score: float | None = None
    attended: bool | None = None
    present: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Decision:
    """The facts to append, and by a fact's place among them what it left out.

    ``consequences``: what the first of the facts leads to; appended after them, with that event as their cause.
    """

    facts: tuple[Fact, ...]
    withheld: Mapping[int, Withheld] = field(default_factory=dict)
    consequences: tuple[Fact, ...] = ()


def withholding(fact: Fact, consents: Consents, *fields: str) -> Decision:
    """The fact, whose ``fields`` leave this service only with consent. Without it they are left out of the fact and
    kept beside it, under their own names."""
    details = {name: said for name in fields if (said := getattr(fact, name)) is not None}
    if consents.holds() or not details:
        return Decision((fact,))
    return Decision((fact.model_copy(update=dict.fromkeys(details)),), {0: Withheld(**details)})
