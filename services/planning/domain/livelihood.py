"""What a participant lives on: employments that were decided, prolonged and ended, and benefits by what was decided.

Both are known after the exit as well: what became of somebody is often decided months later (Sundsvall 2023, L921).
"""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from contracts.codes import BenefitStatus, EmployerKind
from contracts.envelope import Fact
from contracts.planning import BenefitDecided, EmploymentDecided, EmploymentEnded
from services.planning.domain.impossible import ImpossibleFactError


@dataclass(frozen=True)
class EmploymentDecision:
    """One decision about an employment. ``event_id`` names it in the log. ``until_on``: None without a limit.

    Support, extent (percent of full time) and employer are None where they were left out for want of consent.
    """

    event_id: UUID
    decision_id: UUID
    decided_on: date
    prolongs: bool
    from_on: date
    until_on: date | None
    kom_i_jobb: bool
    support: str | None
    extent_percent: int | None
    employer: EmployerKind | None


@dataclass(frozen=True)
class EmploymentEnd:
    """How an employment ended. The reason is None where it was left out for want of consent."""

    event_id: UUID
    ended_on: date
    reason: str | None


@dataclass(frozen=True)
class Employment:
    """The decisions about one employment, in order, and how it ended; None while nothing is known of an end."""

    employment_id: UUID
    decisions: tuple[EmploymentDecision, ...]
    end: EmploymentEnd | None = None

    @property
    def latest(self) -> EmploymentDecision:
        """The decision that holds."""
        return self.decisions[-1]


@dataclass(frozen=True)
class BenefitDecision:
    """What was decided of a benefit. What it says is None where it was left out for want of consent."""

    event_id: UUID
    decision_id: UUID
    decided_on: date
    benefit: str | None
    status: BenefitStatus | None
    extent_percent: int | None


@dataclass(frozen=True)
class Livelihood:
    """The case's employments, and what was decided of benefits, both in the order they were registered."""

    employments: tuple[Employment, ...] = ()
    benefits: tuple[BenefitDecision, ...] = ()

    def employment(self, employment_id: UUID) -> Employment | None:
        """The employment with an id."""
        return next((each for each in self.employments if each.employment_id == employment_id), None)


def evolve(before: Livelihood, fact: Fact, event_id: UUID) -> Livelihood:
    """What is known after a fact; unchanged by facts about other things."""
    match fact:
        case EmploymentDecided():
            return _decided(before, fact, event_id)
        case EmploymentEnded():
            return _ended(before, fact, event_id)
        case BenefitDecided():
            decision = BenefitDecision(
                event_id, fact.decision_id, fact.happened_on, fact.benefit, fact.status, fact.extent_percent
            )
            return replace(before, benefits=(*before.benefits, decision))
        case _:
            return before


def _decided(before: Livelihood, fact: EmploymentDecided, event_id: UUID) -> Livelihood:
    """An employment begins or goes on. Raises ImpossibleFactError for a second beginning, and after its end."""
    decision = EmploymentDecision(
        event_id,
        fact.decision_id,
        fact.happened_on,
        fact.prolongs,
        fact.from_on,
        fact.until_on,
        fact.kom_i_jobb,
        fact.support,
        fact.extent_percent,
        fact.employer,
    )
    known = before.employment(fact.employment_id)
    if known is None:
        return replace(before, employments=(*before.employments, Employment(fact.employment_id, (decision,))))
    if not fact.prolongs or known.end is not None:
        raise ImpossibleFactError("EmploymentDecided of an employment that was there, or has ended")
    return _with(before, replace(known, decisions=(*known.decisions, decision)))


def _ended(before: Livelihood, fact: EmploymentEnded, event_id: UUID) -> Livelihood:
    """An employment ends. Raises ImpossibleFactError if there is none that goes on."""
    known = before.employment(fact.employment_id)
    if known is None or known.end is not None:
        raise ImpossibleFactError("EmploymentEnded of an employment that does not go on")
    return _with(before, replace(known, end=EmploymentEnd(event_id, fact.happened_on, fact.reason)))


def _with(before: Livelihood, changed: Employment) -> Livelihood:
    return replace(
        before,
        employments=tuple(
            changed if each.employment_id == changed.employment_id else each for each in before.employments
        ),
    )
