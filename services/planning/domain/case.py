"""A case as planning knows it: the fold of its log, part by part.

The log holds what the referral service said of the case and what planning appended. Neither part depends on how the
two were interleaved, so the case is the same whatever order events arrived in. Corrections are taken into account
before the fold (:func:`contracts.corrections.effective`), so a correction, a late registration and "as it was known
on a day" need no code here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import reduce
from typing import Any, TypeAlias
from uuid import UUID

from contracts import referral
from contracts.catalogue import OWN_KINDS
from contracts.consent import Consents
from contracts.corrections import effective
from contracts.envelope import Event, Fact
from contracts.planning import PlanningDetailsReleased, PlanningEnded
from contracts.referral import (
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    HandBackAcknowledged,
    PersonForgotten,
    ReferralAccepted,
    ReferralReceived,
    ReferralReturned,
    ReferrerChanged,
    Shortcut,
)
from services.planning.domain import (
    after_support,
    coordination,
    enrolments,
    livelihood,
    meetings,
    participation,
    plans,
    steps,
    support,
)
from services.planning.domain.after_support import AfterSupports
from services.planning.domain.coordination import Coordination
from services.planning.domain.enrolments import Enrolments
from services.planning.domain.livelihood import Livelihood
from services.planning.domain.meetings import Meetings
from services.planning.domain.participation import Participations
from services.planning.domain.plans import Plans
from services.planning.domain.steps import Steps
from services.planning.domain.support import Supports

LoggedEvent: TypeAlias = Event[Any]


@dataclass(frozen=True)
class Referral:
    """What planning needs to know of the referral. The latest of ``accepted_on`` and ``returned_on`` counts, in the
    order they were registered; the other is None. ``unit``: the referring agency's, which shows the district;
    ``unit_kind``: of which kind it is. ``shortcut``: how the person came straight to a meeting.
    ``own``: the person came by themselves, or with somebody's help, so there is no referrer."""

    insats: str
    referred_on: date
    unit: str
    own: bool = False
    accepted_on: date | None = None
    returned_on: date | None = None
    forgotten: bool = False
    unit_kind: str = ""
    shortcut: Shortcut | None = None


class Stage(StrEnum):
    """Where a case stands, in a word. Derived, never stored."""

    UNKNOWN = "unknown"
    REFERRED = "referred"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    PARTICIPATING = "participating"
    EXITED = "exited"


@dataclass(frozen=True)
class Case:
    """All parts of a case. ``referral`` is None until the referral has been heard of."""

    referral: Referral | None = None
    consents: Consents = field(default_factory=Consents)
    participations: Participations = field(default_factory=Participations)
    meetings: Meetings = field(default_factory=Meetings)
    plans: Plans = field(default_factory=Plans)
    supports: Supports = field(default_factory=Supports)
    coordination: Coordination = field(default_factory=Coordination)
    livelihood: Livelihood = field(default_factory=Livelihood)
    after_supports: AfterSupports = field(default_factory=AfterSupports)
    steps: Steps = field(default_factory=Steps)
    enrolments: Enrolments = field(default_factory=Enrolments)
    planning_ended_on: date | None = None
    released: frozenset[UUID] = frozenset()

    @property
    def stage(self) -> Stage:
        """Where the case stands. A start counts whatever the referral service said of a return."""
        if self.participations.ongoing is not None:
            return Stage.PARTICIPATING
        if self.participations.latest is not None:
            return Stage.EXITED
        if self.referral is None:
            return Stage.UNKNOWN
        if self.referral.returned_on is not None:
            return Stage.RETURNED
        return Stage.REFERRED if self.referral.accepted_on is None else Stage.ACCEPTED


def fold(log: Iterable[LoggedEvent], known_at: datetime | None = None) -> Case:
    """The case folded from a log, as known then or now. Raises ImpossibleFactError if it contradicts itself."""
    return reduce(evolve, effective(log, known_at), Case())


def evolve(case: Case, event: LoggedEvent) -> Case:
    """The case after one more event; types that planning does not use change nothing."""
    fact: Fact = event.data
    if event.source == referral.SOURCE:
        return _heard(case, fact)
    return _appended(case, fact, event.id, event.recordedtime)


def _heard(case: Case, fact: Fact) -> Case:
    match fact:
        case ReferralReceived():
            return replace(case, referral=_referred(fact))
        case ConsentGiven() | ConsentRefused() | ConsentWithdrawn():
            return replace(case, consents=case.consents.after(fact))
        case ReferrerChanged() if case.referral is not None:
            # Seats are first for those of the own district.
            return replace(case, referral=replace(case.referral, unit=fact.unit, unit_kind=fact.unit_kind))
        case ReferralAccepted() if case.referral is not None:
            return replace(case, referral=replace(case.referral, accepted_on=fact.happened_on, returned_on=None))
        case ReferralReturned() if case.referral is not None:
            return replace(case, referral=replace(case.referral, returned_on=fact.happened_on))
        case PersonForgotten() if case.referral is not None:
            return replace(case, referral=replace(case.referral, forgotten=True))
        case HandBackAcknowledged():
            return replace(case, participations=participation.acknowledged(case.participations, fact))
        case _:
            return case


def _referred(fact: ReferralReceived) -> Referral:
    return Referral(
        fact.insats,
        fact.happened_on,
        fact.unit,
        own=fact.unit_kind in OWN_KINDS,
        unit_kind=fact.unit_kind,
        shortcut=fact.shortcut,
    )


def _appended(case: Case, fact: Fact, event_id: UUID, recorded: datetime) -> Case:
    match fact:
        case PlanningEnded():
            after = enrolments.evolve(case.enrolments, fact, event_id, recorded)
            return replace(case, planning_ended_on=fact.happened_on, enrolments=after)
        case PlanningDetailsReleased():
            return replace(case, released=case.released | {fact.event_id})
        case _:
            return replace(
                case,
                participations=participation.evolve(case.participations, fact, event_id),
                meetings=meetings.evolve(case.meetings, fact, event_id),
                plans=plans.evolve(case.plans, fact, event_id),
                supports=support.evolve(case.supports, fact),
                coordination=coordination.evolve(case.coordination, fact, event_id),
                livelihood=livelihood.evolve(case.livelihood, fact, event_id),
                after_supports=after_support.evolve(case.after_supports, fact, event_id, case.participations),
                steps=steps.evolve(case.steps, fact, event_id, case.participations),
                enrolments=enrolments.evolve(case.enrolments, fact, event_id, recorded),
            )
