"""What a person answers when asked for consent: for which purpose, to whom, how it was given and how long it holds.

An answer is never changed. The next one about the same purpose takes its place from the day it was given, and the one
that ran out is followed by a withdrawal.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, assert_never
from uuid import UUID

from contracts.codes import Member
from contracts.consent import INDIVIDUAL_FOLLOW_UP, Consents, ConsentStatus
from contracts.corrections import effective
from contracts.envelope import Event
from contracts.problems import Conflict, Invalid
from contracts.referral import Attributes, ConsentGiven, ConsentRefused, ConsentWithdrawn

Consent = ConsentGiven | ConsentRefused | ConsentWithdrawn


@dataclass(frozen=True)
class Choices:
    """What may be answered about: ``purposes`` of the insats, and the ``forms`` an answer may be given in."""

    purposes: frozenset[str] = frozenset({INDIVIDUAL_FOLLOW_UP})
    forms: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Terms:
    """``how``: in which form. ``receivers``: the parties it is for; none for all that the purpose concerns.
    ``valid_until``: the last day. ``guardian``: a guardian of somebody under 18 agrees too."""

    how: str | None = None
    receivers: tuple[Member, ...] = ()
    valid_until: date | None = None
    guardian: bool = False


@dataclass(frozen=True)
class ChangeConsent:
    """Register what the person answers now. ``attributes``: what may travel if the answer about individual follow-up
    is yes. ``minor``: the person is not yet 18."""

    choice: ConsentStatus
    stated_on: date
    attributes: Attributes
    today: date
    purpose: str = INDIVIDUAL_FOLLOW_UP
    terms: Terms = field(default_factory=Terms)
    choices: Choices = field(default_factory=Choices)
    minor: bool = False


def change_consent(command: ChangeConsent, consents: Consents) -> Consent:
    """The fact. Raises Conflict, Invalid."""
    latest = consents.latest(command.purpose)
    status = ConsentStatus.NOT_ASKED if latest is None else latest.status
    _require_known(command)
    if command.stated_on > command.today:
        raise Invalid("date_in_the_future", "Ange en dag som inte ligger i framtiden.", "stated_on")
    if latest is not None and command.stated_on < latest.stated_on:
        raise Invalid(
            "date_before_last_consent", "Ange en dag som inte ligger före det senaste beskedet.", "stated_on"
        )
    if command.choice is status:
        raise Conflict("consent_unchanged", "Det beskedet är redan registrerat.")
    day, purpose, how = command.stated_on, command.purpose, command.terms.how
    match command.choice:
        case ConsentStatus.GIVEN:
            return _given(command)
        case ConsentStatus.REFUSED:
            if status is ConsentStatus.GIVEN:
                raise Conflict("consent_holds", "Personen har samtyckt. Registrera att samtycket är återkallat.")
            return ConsentRefused(happened_on=day, purpose=purpose, how=how)
        case ConsentStatus.WITHDRAWN:
            if status is not ConsentStatus.GIVEN:
                raise Conflict("no_consent", "Det finns inget samtycke att återkalla.")
            return ConsentWithdrawn(happened_on=day, purpose=purpose, how=how)
        case ConsentStatus.NOT_ASKED:
            raise Invalid("not_an_answer", "Ange vad personen har svarat.", "choice")
    assert_never(command.choice)


def _require_known(command: ChangeConsent) -> None:
    choices, terms = command.choices, command.terms
    if command.purpose not in choices.purposes:
        known = ", ".join(sorted(choices.purposes))
        raise Invalid("purpose_unknown", f"Insatsen frågar inte om det. Välj ett av: {known}.", "purpose")
    if terms.how is not None and terms.how not in choices.forms:
        raise Invalid("form_unknown", f"Välj hur svaret gavs: {', '.join(sorted(choices.forms))}.", "how")


def _given(command: ChangeConsent) -> ConsentGiven:
    terms = command.terms
    if terms.valid_until is not None and terms.valid_until < command.today:
        raise Invalid("already_run_out", "Ange en sista dag som inte redan har passerat.", "valid_until")
    if command.minor and not terms.guardian:
        raise Invalid(
            "guardian_not_asked",
            "Den som inte har fyllt 18 år samtycker tillsammans med sin vårdnadshavare. Fråga en vårdnadshavare.",
            "guardian",
        )
    return ConsentGiven(
        happened_on=command.stated_on,
        purpose=command.purpose,
        how=terms.how,
        # Background is for the statistics; no other purpose releases any.
        attributes=command.attributes if command.purpose == INDIVIDUAL_FOLLOW_UP else Attributes(),
        guardian=terms.guardian or None,
        receivers=tuple(sorted(set(terms.receivers))) or None,
        valid_until=terms.valid_until,
    )


def run_out(given_id: UUID, log: Iterable[Event[Any]], today: date) -> ConsentWithdrawn | None:
    """The end of a consent whose last day has passed; None if another answer has come, or it never was given."""
    events = effective(log)
    answers = [event for event in events if isinstance(event.data, Consent)]
    found = next((event for event in answers if event.id == given_id), None)
    if found is None or not isinstance(found.data, ConsentGiven) or found.data.valid_until is None:
        return None
    later = (event for event in answers if event.data.purpose == found.data.purpose)
    last = max(later, key=lambda event: (event.data.happened_on, event.sequence))
    if last.id != given_id or found.data.valid_until >= today:
        return None
    return ConsentWithdrawn(happened_on=today, purpose=found.data.purpose)
