"""A case in the referral service: where it stands, what may be done with it, and its consent.

    Waiting ─► Accepted ─► Started ─► Closed
       │          │           ▲
       └──────────┴► Returned ─┘

A coordinator accepts and returns; the start and the exit are planning's, and are taken in whenever they are heard.
A start heard after a return was decided here came before it could be heard: the start counts, as it does in planning
and in reporting, so that every service comes to the same end whatever it heard first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar, TypeAlias, assert_never
from uuid import UUID

from contracts.agency import Background, Officer
from contracts.codes import Member, ReturnReason
from contracts.model import Model
from contracts.planning import InsatsStarted, ParticipantExited
from contracts.problems import Conflict, Invalid
from contracts.referral import (
    Attributes,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    ReferralAccepted,
    ReferralReturned,
)


class CaseState(StrEnum):
    """Where a case stands, in a word."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    STARTED = "started"
    RETURNED = "returned"
    CLOSED = "closed"


class ConsentState(StrEnum):
    """The person's latest answer about individual follow-up."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Consent:
    """An answer and the day it was given."""

    choice: ConsentState
    stated_on: date

    @property
    def holds(self) -> bool:
        """True while more than sex and dates may leave the service."""
        return self.choice is ConsentState.GIVEN


class CaseFile(Model):
    """What this service keeps of a referral, sealed with the person's key."""

    reference: str
    officer: Officer
    background: Background
    needs: tuple[Member, ...]
    age: int
    phone: str | None = None

    def attributes(self) -> Attributes:
        """What may travel once the person has consented."""
        return Attributes(
            age=self.age,
            education=self.background.education,
            benefits=tuple(sorted(set(self.background.benefits))),
            public_support_years=self.background.public_support_years,
            needs=self.needs,
        )


@dataclass(frozen=True)
class Waiting:
    """In order, and waiting for a coordinator."""

    state: ClassVar = CaseState.WAITING
    case_id: UUID
    referred_on: date
    consent: Consent


@dataclass(frozen=True)
class Accepted:
    """Taken on; what follows is planned elsewhere."""

    state: ClassVar = CaseState.ACCEPTED
    case_id: UUID
    referred_on: date
    consent: Consent
    accepted_on: date


@dataclass(frozen=True)
class Started:
    """The person takes part in the insats, and leaves it by an exit only."""

    state: ClassVar = CaseState.STARTED
    case_id: UUID
    referred_on: date
    consent: Consent
    started_on: date


@dataclass(frozen=True)
class Returned:
    """Sent back to the referrer."""

    state: ClassVar = CaseState.RETURNED
    case_id: UUID
    referred_on: date
    consent: Consent
    returned_on: date


@dataclass(frozen=True)
class Closed:
    """The participant has left the insats; the person may be referred to it again."""

    state: ClassVar = CaseState.CLOSED
    case_id: UUID
    referred_on: date
    consent: Consent
    exited_on: date


Case: TypeAlias = Waiting | Accepted | Started | Returned | Closed
Heard: TypeAlias = InsatsStarted | ParticipantExited


@dataclass(frozen=True)
class Accept:
    """Take the person on. ``taken_on_elsewhere``: another referral of theirs to the insats is."""

    accepted_on: date
    today: date
    taken_on_elsewhere: bool = False


@dataclass(frozen=True)
class Return:
    """Send the referral back."""

    returned_on: date
    reason: ReturnReason
    today: date


@dataclass(frozen=True)
class ChangeConsent:
    """Write down what the person answers now. ``attributes``: what may travel if the answer is yes."""

    choice: ConsentState
    stated_on: date
    attributes: Attributes
    today: date


Command: TypeAlias = Accept | Return | ChangeConsent
Decided: TypeAlias = ReferralAccepted | ReferralReturned | ConsentGiven | ConsentRefused | ConsentWithdrawn


def decide(command: Command, case: Case) -> Sequence[Decided]:
    """What comes of a command. Raises Conflict or Invalid."""
    match command:
        case Accept():
            _require_waiting(case)
            if command.taken_on_elsewhere:
                raise Conflict(
                    "already_taken_on",
                    "Personen är redan antagen till insatsen genom en annan anmälan. Återremittera den här, eller"
                    " vänta tills den andra är avslutad.",
                )
            _require_day(command.accepted_on, "accepted_on", case.referred_on, command.today)
            return (ReferralAccepted(happened_on=command.accepted_on),)
        case Return():
            _require_returnable(case)
            _require_day(command.returned_on, "returned_on", case.referred_on, command.today)
            if isinstance(case, Accepted) and command.returned_on < case.accepted_on:
                message = f"Ange en dag som inte ligger före den dag då anmälan antogs, {case.accepted_on}."
                raise Invalid("date_before_acceptance", message, "returned_on")
            reason = command.reason if case.consent.holds else None
            return (ReferralReturned(happened_on=command.returned_on, reason=reason),)
        case ChangeConsent():
            return (_change_consent(command, case.consent),)
    assert_never(command)


def _require_waiting(case: Case) -> None:
    match case:
        case Waiting():
            return
        case Accepted():
            raise Conflict("already_accepted", "Anmälan är redan antagen.")
        case Started() | Returned() | Closed():
            raise _ended(case)
    assert_never(case)


def _require_returnable(case: Case) -> None:
    match case:
        case Waiting() | Accepted():
            return
        case Started() | Returned() | Closed():
            raise _ended(case)
    assert_never(case)


def _ended(case: Started | Returned | Closed) -> Conflict:
    match case:
        case Started():
            return Conflict("already_started", "Deltagaren har startat i insatsen. Registrera ett avslut i stället.")
        case Returned():
            return Conflict("already_returned", "Anmälan är redan återremitterad.")
        case Closed():
            return Conflict("already_closed", "Deltagaren har redan avslutat insatsen.")
    assert_never(case)


def _require_day(day: date, at: str, earliest: date, today: date) -> None:
    if day > today:
        raise Invalid("date_in_the_future", "Ange en dag som inte ligger i framtiden.", at)
    if day < earliest:
        raise Invalid("date_before_referral", "Ange en dag som inte ligger före anmälningsdagen.", at)


def _change_consent(command: ChangeConsent, consent: Consent) -> ConsentGiven | ConsentRefused | ConsentWithdrawn:
    if command.stated_on > command.today:
        raise Invalid("date_in_the_future", "Ange en dag som inte ligger i framtiden.", "stated_on")
    if command.stated_on < consent.stated_on:
        raise Invalid(
            "date_before_last_consent", "Ange en dag som inte ligger före det senaste beskedet.", "stated_on"
        )
    if command.choice is consent.choice:
        raise Conflict("consent_unchanged", "Det beskedet är redan registrerat.")
    match command.choice:
        case ConsentState.GIVEN:
            return ConsentGiven(happened_on=command.stated_on, attributes=command.attributes)
        case ConsentState.REFUSED:
            if consent.holds:
                raise Conflict("consent_holds", "Personen har samtyckt. Registrera att samtycket är återkallat.")
            return ConsentRefused(happened_on=command.stated_on)
        case ConsentState.WITHDRAWN:
            if not consent.holds:
                raise Conflict("no_consent", "Det finns inget samtycke att återkalla.")
            return ConsentWithdrawn(happened_on=command.stated_on)
    assert_never(command.choice)


def evolve(case: Case, fact: Decided | Heard) -> Case:
    """The case after a fact."""
    match fact:
        case ReferralAccepted():
            return Accepted(case.case_id, case.referred_on, case.consent, fact.happened_on)
        case ReferralReturned():
            return Returned(case.case_id, case.referred_on, case.consent, fact.happened_on)
        case InsatsStarted():
            if isinstance(case, Closed):
                return case
            return Started(case.case_id, case.referred_on, case.consent, fact.happened_on)
        case ParticipantExited():
            return Closed(case.case_id, case.referred_on, case.consent, fact.happened_on)
        case ConsentGiven():
            return replace(case, consent=Consent(ConsentState.GIVEN, fact.happened_on))
        case ConsentRefused():
            return replace(case, consent=Consent(ConsentState.REFUSED, fact.happened_on))
        case ConsentWithdrawn():
            return replace(case, consent=Consent(ConsentState.WITHDRAWN, fact.happened_on))
    assert_never(fact)


def opened(case_id: UUID, referred_on: date, consent: ConsentGiven | ConsentRefused) -> Waiting:
    """A case at its beginning."""
    choice = ConsentState.GIVEN if isinstance(consent, ConsentGiven) else ConsentState.REFUSED
    return Waiting(case_id, referred_on, Consent(choice, consent.happened_on))
