"""Consultations: somebody asked, got advice, and no case came of it. Each is a stream of its own.

A function lives by them and has no participants; what reports say of it is how many there were and who asked
(Sundsvall's report of 2023, L90, L402, L1078).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from contracts.catalogue import Insats
from contracts.catalogue.vocabulary import words
from contracts.corrections import RegisteredInError
from contracts.envelope import Event
from contracts.problems import Invalid
from contracts.referral import ConsultationHeld, RuleRef
from services.referral.domain.noted import correction_of, noted, require_one_of

OTHER: Final = "other"
"""Who asked, if the insats names no such kind of unit or role: an answer was given all the same, and counts."""


@dataclass(frozen=True)
class HoldConsultation:
    """What is noted of a consultation. ``insats``: None for one the catalogue lacks."""

    insats: Insats | None
    held_on: date
    asker: str
    forum: str
    topic: str
    led_to: str
    today: date


def hold(command: HoldConsultation) -> ConsultationHeld:
    """The fact. Raises Invalid with the field that is wrong."""
    if command.held_on > command.today:
        raise Invalid("date_in_the_future", "Ange en dag som inte ligger i framtiden.", "held_on")
    rule = None if command.insats is None else command.insats.rule_on(command.held_on)
    if command.insats is None or rule is None or not rule.consultation_askers:
        raise Invalid("no_consultations", "Välj en insats som tog emot konsultationer den dagen.", "insats")
    require_one_of(command.asker, "asker", "Ange vem som frågade", (*rule.consultation_askers, OTHER))
    for field, message, known in (
        ("forum", "Ange var frågan ställdes", words()["consultation_forums"]),
        ("topic", "Ange vad frågan gällde", words()["consultation_topics"]),
        ("led_to", "Ange vad konsultationen ledde till", words()["consultation_outcomes"]),
    ):
        require_one_of(getattr(command, field), field, message, known)
    return ConsultationHeld(
        happened_on=command.held_on,
        insats=command.insats.id,
        rule=RuleRef(insats=command.insats.id, version=rule.version),
        asker=command.asker,
        forum=command.forum,
        topic=command.topic,
        led_to=command.led_to,
    )


def held(log: Iterable[Event[Any]]) -> Event[ConsultationHeld] | None:
    """The consultation of a stream; None if it was taken back, or the stream is empty."""
    return noted(log, ConsultationHeld)


def take_back(log: Iterable[Event[Any]], today: date) -> RegisteredInError:
    """The correction of a consultation that never was. Raises NotFound, or Conflict if it is taken back already."""
    return correction_of(log, ConsultationHeld, today, "consultation_unknown", "Konsultationen")


@dataclass(frozen=True)
class ConsultationRow:
    """A consultation in the list."""

    consultation_id: UUID
    insats: str
    held_on: date
    asker: str
    forum: str
    topic: str
    led_to: str


def row_of(consultation_id: UUID, fact: ConsultationHeld) -> ConsultationRow:
    """The row of a consultation."""
    return ConsultationRow(
        consultation_id, fact.insats, fact.happened_on, fact.asker, fact.forum, fact.topic, fact.led_to
    )
