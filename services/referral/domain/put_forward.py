"""People put forward in a preparing group (aktualiserade): counted by month and by who did it, and never named.

The group meets every week and has no participants; what is counted of it is how many were put forward (Sundsvall's
report of 2023, L385-402).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from contracts.catalogue import Insats
from contracts.catalogue.vocabulary import words
from contracts.corrections import RegisteredInError
from contracts.envelope import Event
from contracts.problems import Invalid
from contracts.referral import PersonPutForward, RuleRef
from services.referral.domain.noted import correction_of, noted, require_one_of


@dataclass(frozen=True)
class PutForward:
    """Somebody was put forward. ``insats``: the group; None for one that the catalogue lacks. ``by``: who did it."""

    insats: Insats | None
    met_on: date
    by: str
    led_to: str
    today: date


def put_forward(command: PutForward) -> PersonPutForward:
    """The fact. Raises Invalid with the field that is wrong."""
    if command.met_on > command.today:
        raise Invalid("date_in_the_future", "Ange en dag som inte ligger i framtiden.", "met_on")
    rule = None if command.insats is None else command.insats.rule_on(command.met_on)
    if command.insats is None or rule is None or rule.put_forward_note is None:
        raise Invalid("nobody_put_forward", "Välj en grupp där personer kunde aktualiseras den dagen.", "insats")
    require_one_of(command.by, "by", "Ange vem som aktualiserade", rule.put_forward_by)
    require_one_of(command.led_to, "led_to", "Ange vad det ledde till", words()["put_forward_outcomes"])
    return PersonPutForward(
        happened_on=command.met_on,
        insats=command.insats.id,
        rule=RuleRef(insats=command.insats.id, version=rule.version),
        by=command.by,
        led_to=command.led_to,
    )


def counting(log: Iterable[Event[Any]]) -> Event[PersonPutForward] | None:
    """Who was put forward in a stream; None if it was taken back, or the stream is empty."""
    return noted(log, PersonPutForward)


def take_back(log: Iterable[Event[Any]], today: date) -> RegisteredInError:
    """The correction of what was noted by mistake. Raises NotFound, or Conflict if it is taken back already."""
    return correction_of(log, PersonPutForward, today, "put_forward_unknown", "Aktualiseringen")


@dataclass(frozen=True)
class PutForwardRow:
    """Somebody put forward, in the list."""

    put_forward_id: UUID
    insats: str
    met_on: date
    put_by: str
    led_to: str


def row_of(put_forward_id: UUID, fact: PersonPutForward) -> PutForwardRow:
    """The row of somebody put forward."""
    return PutForwardRow(put_forward_id, fact.insats, fact.happened_on, fact.by, fact.led_to)
