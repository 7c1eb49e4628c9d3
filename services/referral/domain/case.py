"""A case in the referral service: where it stands, what may be done with it, and its consents.

    Waiting ─► Accepted ─► Started ◄─► Closed
     ▲  │         │           ▲
     │  ├─────────┴► Returned ─┘
     ▼  │
    Incomplete (may be accepted and returned too)

The case is the fold of its log: what this service appended, and what planning appended and was heard of. Corrections
are taken into account before the fold (:func:`contracts.corrections.effective`), so the case is the same whatever
order events arrived in. Who may do what in which state is one table (:mod:`.permissions`). A referral ends before the
start by a return, whose ``by`` says whose doing it was; the start, the exit and a later return to the insats are
planning's, and count whenever they are heard. A start counts although a return was decided here before it was heard,
as it does in planning and in reporting.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import reduce
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from contracts.agency import Background, Officer, Relation
from contracts.catalogue import OWN_KINDS
from contracts.codes import Member, ReturnedBy, ReturnStage
from contracts.consent import Answer, Consents, ConsentStatus
from contracts.corrections import effective
from contracts.envelope import Event, Fact
from contracts.model import Model
from contracts.planning import CaseHandedBack, CaseReopened, InsatsStarted, MeetingHeld, ParticipantExited
from contracts.problems import Conflict, Invalid
from contracts.referral import (
    Attributes,
    CompletionReceived,
    CompletionRequested,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    HandBackAcknowledged,
    PersonForgotten,
    ReferralAccepted,
    ReferralReceived,
    ReferralReturned,
    ReferrerChanged,
    WaitingPersonContacted,
)
from services.referral.domain.completion import AskForCompletion, Complete, Incomplete, after_completion
from services.referral.domain.consents import ChangeConsent, Consent, change_consent
from services.referral.domain.contact import NoteContact
from services.referral.domain.hand_back import AcknowledgeHandBack, HandBack, acknowledge
from services.referral.domain.permissions import ACT_OF, Act, require
from services.referral.domain.permissions import CaseState as CaseState
from services.referral.domain.referrer import ChangeReferrer
from services.referral.domain.return_reasons import ORDINARY_MEASURE


class CaseFile(Model):
    """What this service keeps of a referral, sealed with the person's key.

    ``officer``: who referred. ``relation``: what the officer is to the person, of an application that somebody close
    to them filled in. ``phone``, ``email``, ``wish``: the person's own.
    """

    reference: str
    officer: Officer
    background: Background
    needs: tuple[Member, ...]
    age: int
    phone: str | None = None
    email: str | None = None
    relation: Relation | None = None
    wish: str | None = None

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
class Case:
    """All that is known of a case. ``received``: None until the log has the referral.

    ``contacted_on``: the latest day on which somebody reached the person while it waited.
    ``met``: the kinds of meetings held. ``started_on``: the first day of the latest participation; ``exited_on``: its
    last, None while it lasts. ``hand_back``: to the referrer, after that exit; None once the person is forgotten, for
    the agency could not find the referral any more.
    """

    received: ReferralReceived | None = None
    consents: Consents = field(default_factory=Consents)
    incomplete: Incomplete | None = None
    contacted_on: date | None = None
    accepted_on: date | None = None
    returned_on: date | None = None
    returned_by: ReturnedBy | None = None
    met: frozenset[str] = frozenset()
    started_on: date | None = None
    exited_on: date | None = None
    hand_back: HandBack | None = None

    @property
    def referral(self) -> ReferralReceived:
        """The referral. Raises LookupError if the log does not have it."""
        if self.received is None:
            raise LookupError("the log has no ReferralReceived")
        return self.received

    @property
    def state(self) -> CaseState:
        """Where the case stands. A participation counts more than a return."""
        return self._standing[0]

    @property
    def state_since(self) -> date:
        """The day the case came to its state."""
        return self._standing[1]

    @property
    def _standing(self) -> tuple[CaseState, date]:
        days = (
            (CaseState.CLOSED, self.exited_on),
            (CaseState.STARTED, self.started_on),
            (CaseState.RETURNED, self.returned_on),
            (CaseState.ACCEPTED, self.accepted_on),
            (CaseState.INCOMPLETE, None if self.incomplete is None else self.incomplete.since),
        )
        reached = next(((state, day) for state, day in days if day is not None), None)
        return (CaseState.WAITING, self.referral.happened_on) if reached is None else reached

    @property
    def own(self) -> bool:
        """True if the person came by themselves, or with somebody's help: no agency referred them."""
        return self.referral.unit_kind in OWN_KINDS

    @property
    def answer(self) -> Answer:
        """The person's latest answer about individual follow-up. Raises LookupError if the log has none."""
        answer = self.consents.latest()
        if answer is None:
            raise LookupError("the log has no answer about consent")
        return answer


@dataclass(frozen=True)
class Accept:
    """Take the person on. ``taken_on_elsewhere``: another referral of theirs to the insats is."""

    accepted_on: date
    today: date
    taken_on_elsewhere: bool = False


@dataclass(frozen=True)
class Return:
    """End the referral before the start. ``by``: whose doing it is. ``reasons``: the codes to choose from.

    ``introduction``: the kind of meeting that tells the return's stage; None where the acceptance does.
    """

    returned_on: date
    reason: str
    reasons: frozenset[str]
    today: date
    by: ReturnedBy = ReturnedBy.INSATS
    introduction: str | None = None


Command: TypeAlias = (
    Accept | Return | ChangeConsent | AskForCompletion | Complete | ChangeReferrer | NoteContact | AcknowledgeHandBack
)
Decided: TypeAlias = (
    ReferralAccepted
    | ReferralReturned
    | Consent
    | CompletionRequested
    | CompletionReceived
    | ReferrerChanged
    | WaitingPersonContacted
    | HandBackAcknowledged
)


def decide(command: Command, case: Case) -> Sequence[Decided]:
    """The facts a command leads to. Raises Conflict or Invalid."""
    match command:
        case Accept():
            return (_accept(command, case),)
        case Return():
            return (_return(command, case),)
        case ChangeConsent():
            return (change_consent(command, case.consents),)
        case AskForCompletion():
            return (_ask_for_completion(command, case),)
        case Complete():
            return (_complete(command, case),)
        case ChangeReferrer():
            return (_change_referrer(command, case),)
        case NoteContact():
            return (_note_contact(command, case),)
        case AcknowledgeHandBack():
            require(Act.ACKNOWLEDGE_HAND_BACK, case.state)
            return (acknowledge(command, case.hand_back),)
    assert_never(command)


def _ask_for_completion(command: AskForCompletion, case: Case) -> CompletionRequested:
    require(Act.ASK_FOR_COMPLETION, case.state)
    command.check()
    _require_day(command.asked_on, "asked_on", case.referral.happened_on, command.today)
    return CompletionRequested(
        happened_on=command.asked_on,
        completion_id=command.completion_id,
        what=tuple(sorted(set(command.what))),
        asked_of=command.asked_of,
    )


def _complete(command: Complete, case: Case) -> CompletionReceived:
    require(Act.COMPLETE, case.state)
    if case.incomplete is None:
        raise LookupError("an incomplete case lacks something")
    _require_day(command.completed_on, "completed_on", case.referral.happened_on, command.today)
    if command.completed_on < case.incomplete.since:
        message = f"Ange en dag som inte ligger före den dag då kompletteringen begärdes, {case.incomplete.since}."
        raise Invalid("date_before_request", message, "completed_on")
    return CompletionReceived(happened_on=command.completed_on, completion_id=case.incomplete.completion_id)


def _note_contact(command: NoteContact, case: Case) -> WaitingPersonContacted:
    require(Act.NOTE_CONTACT, case.state)
    command.check()
    _require_day(command.contacted_on, "contacted_on", case.referral.happened_on, command.today)
    return WaitingPersonContacted(happened_on=command.contacted_on, channel=command.channel, reached=command.reached)


def _change_referrer(command: ChangeReferrer, case: Case) -> ReferrerChanged:
    require(Act.CHANGE_REFERRER, case.state)
    if case.own:
        raise Conflict("no_referrer", "Personen har anmält sig själv, så det finns ingen remittent att byta.")
    unit = command.unit_of_the_agency()
    _require_day(command.changed_on, "changed_on", case.referral.happened_on, command.today)
    return ReferrerChanged(happened_on=command.changed_on, unit=unit.id, unit_kind=unit.kind, cause=command.cause)


def _accept(command: Accept, case: Case) -> ReferralAccepted:
    require(Act.ACCEPT, case.state)
    if command.taken_on_elsewhere:
        raise Conflict(
            "already_taken_on",
            "Personen är redan antagen till insatsen genom en annan anmälan. Återremittera den här, eller"
            " vänta tills den andra är avslutad.",
        )
    _require_day(command.accepted_on, "accepted_on", case.referral.happened_on, command.today)
    return ReferralAccepted(happened_on=command.accepted_on)


def _return(command: Return, case: Case) -> ReferralReturned:
    require(ACT_OF[command.by], case.state)
    _require_day(command.returned_on, "returned_on", case.referral.happened_on, command.today)
    if case.accepted_on is not None and command.returned_on < case.accepted_on:
        message = f"Ange en dag som inte ligger före den dag då anmälan antogs, {case.accepted_on}."
        raise Invalid("date_before_acceptance", message, "returned_on")
    if command.reason not in command.reasons:
        used = ", ".join(sorted(command.reasons))
        raise Invalid("reason_not_used", f"Välj en av insatsens orsaker till återremiss: {used}.", "reason")
    consents = case.consents.holds()
    return ReferralReturned(
        happened_on=command.returned_on,
        stage=_stage(case, command.introduction),
        by=None if command.by is ReturnedBy.INSATS else command.by,
        reason=command.reason if consents else None,
        to_ordinary=True if consents and command.reason == ORDINARY_MEASURE else None,
    )


def _stage(case: Case, introduction: str | None) -> ReturnStage:
    if introduction is not None:
        return ReturnStage.AFTER_INTRODUCTION if introduction in case.met else ReturnStage.BEFORE_INTRODUCTION
    return ReturnStage.BEFORE_ACCEPTANCE if case.accepted_on is None else ReturnStage.AFTER_ACCEPTANCE


def _require_day(day: date, at: str, earliest: date, today: date) -> None:
    if day > today:
        raise Invalid("date_in_the_future", "Ange en dag som inte ligger i framtiden.", at)
    if day < earliest:
        raise Invalid("date_before_referral", "Ange en dag som inte ligger före anmälningsdagen.", at)


def fold(log: Iterable[Event[Any]], known_at: datetime | None = None) -> Case:
    """The case of a log, or of what the log held at a moment. The order and repetitions of the log do not matter."""
    return reduce(evolve, (event.data for event in effective(log, known_at)), Case())


def evolve(case: Case, fact: Fact) -> Case:
    """The case after a fact; unchanged by facts that this service does not use."""
    match fact:
        case ReferralReceived():
            return replace(case, received=fact)
        case CompletionRequested() | CompletionReceived():
            return replace(case, incomplete=after_completion(fact))
        case WaitingPersonContacted(reached=True):
            return replace(case, contacted_on=max(fact.happened_on, case.contacted_on or fact.happened_on))
        case ReferralAccepted():
            return replace(case, accepted_on=fact.happened_on)
        case ReferralReturned():
            return replace(case, returned_on=fact.happened_on, returned_by=fact.returned_by)
        case ConsentGiven() | ConsentRefused() | ConsentWithdrawn():
            return replace(case, consents=case.consents.after(fact))
        case HandBackAcknowledged():
            return _acknowledged(case, fact)
        case PersonForgotten():
            return replace(case, hand_back=None)
        case _:
            return _heard(case, fact)


def _acknowledged(case: Case, fact: HandBackAcknowledged) -> Case:
    """The hand-back that counts is acknowledged; of one that was taken back, or that is of an earlier exit, not."""
    if case.hand_back is None or case.hand_back.hand_back_id != fact.hand_back_id:
        return case
    return replace(case, hand_back=replace(case.hand_back, acknowledged=True))


def _heard(case: Case, fact: Fact) -> Case:
    """The case after what planning said."""
    match fact:
        case MeetingHeld():
            return replace(case, met=case.met | {fact.kind})
        case InsatsStarted() if case.exited_on is None:
            return replace(case, started_on=fact.happened_on)
        case CaseReopened():
            return replace(case, started_on=fact.happened_on, exited_on=None, hand_back=None)
        case ParticipantExited():
            return replace(case, exited_on=fact.happened_on)
        case CaseHandedBack():
            return replace(case, hand_back=HandBack(fact.hand_back_id, fact.happened_on))
        case _:
            return case


@dataclass(frozen=True)
class CaseRow:
    """What lists show of a case, written in the transaction of the events it follows from. ``handed_back_on``: None
    too once the referrer has acknowledged it."""

    case_id: UUID
    state: CaseState
    state_since: date
    consent: ConsentStatus
    returned_by: ReturnedBy | None = None
    contacted_on: date | None = None
    handed_back_on: date | None = None


def row_of(case_id: UUID, case: Case) -> CaseRow:
    """The row of a case."""
    back = case.hand_back
    return CaseRow(
        case_id,
        case.state,
        case.state_since,
        case.answer.status,
        case.returned_by,
        case.contacted_on,
        None if back is None or back.acknowledged or case.exited_on is None else back.handed_back_on,
    )
