"""Deviations: where co-operation fails, what may be said of one, who sees it, and how long it has been open. Pure.

The plan of 2025 asks for a systematic collection, after the instrument "Lex Heller" of FINSAM Göteborg
(plan-2025:588-605).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from contracts.catalogue import INSATSER
from contracts.catalogue.vocabulary import words
from contracts.codes import DeviationKind, DeviationMeasure, Member
from contracts.identity_texts import gives_away
from contracts.office import DeviationClosed, DeviationReported
from contracts.problems import Conflict, Invalid

MOST_WORDS: Final = 1000
"""Signs of a text about a deviation."""

_NO_UNITS: Final = frozenset({"self", "relative"})


@dataclass(frozen=True)
class NewDeviation:
    """What somebody reports. ``what``: what happened, in words that name nobody."""

    happened_on: date
    area: str
    kind: DeviationKind
    what: str
    member: Member | None = None
    unit: str | None = None
    insats: str | None = None


@dataclass(frozen=True)
class Deviation:
    """A deviation as it is worked with. ``what`` and ``done``: None once their words have been removed, and ``done``
    where none were written. ``reported_by``: as events name who did something."""

    deviation_id: UUID
    area: str
    kind: DeviationKind
    member: Member | None
    unit: str | None
    insats: str | None
    happened_on: date
    reported_at: datetime
    reported_by: str
    closed_on: date | None
    measure: DeviationMeasure | None
    taken_back: bool
    what: str | None
    done: str | None

    def days_open(self, reported_on: date, today: date) -> int:
        """Days from the day it was reported to the day it was closed, or to today."""
        return ((self.closed_on or today) - reported_on).days


@dataclass(frozen=True)
class Sight:
    """Whose deviations somebody sees besides those they reported: everybody's, those of some insatser, or of a
    party. ``actor``: as events name them."""

    actor: str
    everything: bool = False
    insatser: frozenset[str] = frozenset()
    member: Member | None = None


@dataclass(frozen=True)
class Wanted:
    """Which deviations of those in sight; None for all. ``open_still``: those not closed, or those closed."""

    member: Member | None = None
    area: str | None = None
    kind: DeviationKind | None = None
    open_still: bool | None = None


def areas() -> dict[str, str]:
    """Where something can go wrong: the catalogue's areas with their labels."""
    return dict(words()["areas"])


def units() -> dict[str, str]:
    """The kinds of units whose part can fail, with their labels."""
    return {unit: name for unit, name in words()["unit_kinds"].items() if unit not in _NO_UNITS}


def reported(new: NewDeviation, today: date) -> DeviationReported:
    """The fact. Raises Invalid with the field that is wrong."""
    if new.happened_on > today:
        raise Invalid("happened_on_invalid", "Ange en dag som inte ligger i framtiden.", "happened_on")
    if new.area not in areas():
        raise Invalid("area_unknown", "Ange ett område som finns i katalogen.", "area")
    if new.unit is not None and new.unit not in units():
        raise Invalid("unit_unknown", "Ange ett slag av enhet som finns i katalogen, eller inget.", "unit")
    if new.insats is not None and new.insats not in INSATSER:
        raise Invalid("insats_unknown", "Ange en insats i katalogen, eller ingen.", "insats")
    require_naming_nobody(new.what, "what")
    return DeviationReported(
        happened_on=new.happened_on,
        area=new.area,
        kind=new.kind,
        member=new.member,
        unit=new.unit,
        insats=new.insats,
    )


def closed(deviation: Deviation, measure: DeviationMeasure, done: str | None, today: date) -> DeviationClosed:
    """The fact that the office is done with it. Raises Conflict, or Invalid for words that name somebody."""
    require_counting(deviation)
    if deviation.closed_on is not None:
        raise Conflict("deviation_closed", "Avvikelsen är redan avslutad.")
    if done is not None:
        require_naming_nobody(done, "done")
    return DeviationClosed(happened_on=today, measure=measure)


def require_counting(deviation: Deviation) -> None:
    """Raises Conflict for a deviation that was taken back."""
    if deviation.taken_back:
        raise Conflict("deviation_taken_back", "Avvikelsen är tillbakatagen.")


def require_naming_nobody(text: str, field: str) -> None:
    """Raises Invalid for no words at all, and for a text with an identity number in it."""
    if not text.strip():
        raise Invalid("words_missing", "Skriv vad det gäller, utan att nämna någon.", field)
    if gives_away(text, None):
        raise Invalid("words_identify", "Ta bort personnumret. Texten ska inte peka ut någon.", field)
