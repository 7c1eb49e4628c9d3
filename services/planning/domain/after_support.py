"""Support after the exit (efterstöd): voluntary, for a time, and no ongoing case (Sundsvall 2023, L547, L913)."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from contracts.envelope import Fact
from contracts.planning import AfterSupportBegun, AfterSupportEnded
from services.planning.domain.impossible import ImpossibleFactError
from services.planning.domain.participation import Participations


@dataclass(frozen=True)
class AfterSupport:
    """The support after one participation. ``until``: None while it lasts; then ``ended_by`` names the event that
    ended it. ``reason`` is None where it was left out for want of consent."""

    episode: int
    since: date
    begun_by: UUID
    until: date | None = None
    ended_by: UUID | None = None
    reason: str | None = None


@dataclass(frozen=True)
class AfterSupports:
    """Those of a case, in order: one after each participation at most."""

    all: tuple[AfterSupport, ...] = ()

    @property
    def ongoing(self) -> AfterSupport | None:
        """The one that lasts."""
        return self.all[-1] if self.all and self.all[-1].until is None else None

    def after(self, episode: int) -> AfterSupport | None:
        """The one after a participation."""
        return next((each for each in self.all if each.episode == episode), None)


def evolve(before: AfterSupports, fact: Fact, event_id: UUID, stays: Participations) -> AfterSupports:
    """Those known after a fact; unchanged by facts about other things. ``stays``: the case's, before the fact."""
    match fact:
        case AfterSupportBegun():
            if not any(stay.episode == fact.episode and stay.exit is not None for stay in stays.stays):
                raise ImpossibleFactError("AfterSupportBegun after no exit")
            if before.after(fact.episode) is not None or before.ongoing is not None:
                raise ImpossibleFactError("AfterSupportBegun twice after one participation")
            return AfterSupports((*before.all, AfterSupport(fact.episode, fact.happened_on, event_id)))
        case AfterSupportEnded():
            ongoing = before.ongoing
            if ongoing is None or ongoing.episode != fact.episode:
                raise ImpossibleFactError("AfterSupportEnded of one that does not go on")
            ended = replace(ongoing, until=fact.happened_on, ended_by=event_id, reason=fact.reason)
            return AfterSupports((*before.all[:-1], ended))
        case _:
            return before
