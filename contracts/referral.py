"""Facts of the referral service: from an agency's referral to its acceptance or return, and consent."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.codes import Benefit, Education, Member, ReferrerChangeCause, ReturnedBy, ReturnStage, Sex
from contracts.envelope import Fact
from contracts.model import Code, Model

SOURCE = "/samspel/referral"


class RuleRef(Model):
    """The version of the catalogue's rule that a decision used."""

    insats: str
    version: int = Field(ge=1)


class Attributes(Model):
    """Background for statistics. Travels only with consent."""

    age: int | None = Field(default=None, ge=0, le=130, description="Whole years on the day of referral.")
    education: Education = Education.UNKNOWN
    benefits: tuple[Benefit, ...] = ()
    public_support_years: int | None = Field(default=None, ge=0, le=70)
    needs: tuple[Member, ...] = Field(default=(), description="Members whose support the person needs.")


class ReferralFact(Fact):
    """What the referral service says of a case."""

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)


class Shortcut(Model):
    """By which door of another insats a person came straight to a meeting of this one, with no answer to wait for.

    Referrals to a team that only asked for work training, all other support in place, went straight to its
    coordinator for an information meeting (the follow-up report of 2021, L254-256).
    """

    insats: Code = Field(description="The insats that was sought.")
    door: Code = Field(description="The door's id in its rule.")
    meeting: Code = Field(description="The meeting of this insats that it leads to.")


class ReferralReceived(ReferralFact):
    """A person was referred, or came by themselves, and the referral is in order. ``happened_on``: its day.

    Of a person's own application the agency is the association that takes it in, and the unit is ``self``, or
    ``relative`` where somebody else filled it in: so is the kind of unit.
    """

    person_id: UUID = Field(description="Random; only the identity vault knows whose it is.")
    insats: str
    agency: str
    unit: str
    unit_kind: Code
    sex: Sex
    rule: RuleRef
    shortcut: Shortcut | None = Field(
        default=None, description="Of a person who came straight to a meeting. Absent otherwise."
    )


class ConsentFact(ReferralFact):
    """What a person answered about a use of what is known of them."""

    purpose: Code = Field(
        default="individual_follow_up", description="What the answer is about: a purpose of the catalogue."
    )
    how: Code | None = Field(default=None, description="A word of the catalogue's list consent_forms.")


class ConsentGiven(ConsentFact):
    """The person consents. The attributes are those that this consent releases."""

    attributes: Attributes
    guardian: bool | None = Field(default=None, description="True if a guardian of somebody under 18 agrees too.")
    receivers: tuple[Member, ...] | None = Field(
        default=None, description="The parties it is given for. Absent: all that the purpose concerns."
    )
    valid_until: date | None = Field(
        default=None, description="The last day it holds; ConsentWithdrawn follows by itself the day after."
    )


class ConsentRefused(ConsentFact):
    """The person does not consent. Takes part all the same and is counted as "utan samtycke"."""


class ConsentWithdrawn(ConsentFact):
    """A consent given earlier holds no longer."""


class CompletionRequested(ReferralFact):
    """The referral lacks something that was asked for (komplettering). ``happened_on``: the day it was asked for.

    The referral keeps its place in the queue meanwhile.
    """

    completion_id: UUID
    what: tuple[Code, ...] = Field(min_length=1, description="Words of the catalogue's list missing_things.")
    asked_of: Code = Field(description="A word of the catalogue's list asked_for_completion.")


class CompletionReceived(ReferralFact):
    """What was asked for has come. ``happened_on``: the day it came. What was answered stays in the service."""

    completion_id: UUID


class WaitingPersonContacted(ReferralFact):
    """Somebody at the insats got in touch with a person who waits for it, or tried to. ``happened_on``: the day.

    People waited up to five months, many without support meanwhile (the follow-up report of 2021, L959).
    """

    channel: Code = Field(description="A word of the catalogue's list contact_channels.")
    reached: bool


class ReferrerChanged(ReferralFact):
    """Somebody else at the agency is the referrer now. ``happened_on``: from which day. Who it is only the referral
    service knows.

    Referrals were returned because their referrer had left and nobody else stood as one (the follow-up report of
    2021, L732-733).
    """

    unit: str
    unit_kind: Code
    cause: ReferrerChangeCause


class ReferralAccepted(ReferralFact):
    """The insats takes the person on; planning can begin."""


class ReferralReturned(ReferralFact):
    """The referral goes back to its referrer before the person starts (återremittering), accepted or not.

    ``by`` tells the ends before the start apart: returned by the insats, withdrawn by the referrer, declined by the
    person, or run out. None of them is an exit.

    The services learn of each other's facts late, so a start may be registered for a case that was just returned.
    Then the start counts, whichever came first: a case with an InsatsStarted was not returned.
    """

    stage: ReturnStage
    by: ReturnedBy | None = Field(
        default=None, description="Whose doing it was; sent without consent too. Absent: the insats'."
    )
    reason: Code | None = Field(default=None, description="The insats' own code. Absent without consent.")
    to_ordinary: bool | None = Field(
        default=None, description="True: to an ordinary measure instead. Absent otherwise, and without consent."
    )

    @property
    def returned_by(self) -> ReturnedBy:
        """Whose doing it was."""
        return self.by or ReturnedBy.INSATS


class HandBackAcknowledged(ReferralFact):
    """The referrer has got the case back and goes on with it. ``happened_on``: the day they said so."""

    hand_back_id: UUID = Field(description="As in CaseHandedBack.")


class PersonForgotten(ReferralFact):
    """The person's identity was erased; appended to each of the person's cases. ``happened_on``: the day of erasure.

    What is left of the case is facts without identity. A reader removes what it holds that identifies the person.
    """

    person_id: UUID = Field(description="As in ReferralReceived. Nothing links it to a person any more.")


class ConsultationHeld(Fact):
    """Somebody at a party asked for advice and got it, and no case came of it (konsultation). Nobody is named.

    Its stream is the consultation's own. ``happened_on``: the day it was held. Counted by whom they come from and
    reported each month (Sundsvall's report of 2023, L90).
    """

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    insats: str
    rule: RuleRef
    asker: Code = Field(description="The kind of unit or the role that asked; other for one that the insats lacks.")
    forum: Code = Field(description="Where it was asked: a booked time, a forum, in the corridor.")
    topic: Code = Field(description="What it was about.")
    led_to: Code = Field(description="What came of it; nothing if it ended with the advice.")


class PersonPutForward(Fact):
    """A party put somebody forward in a group that prepares who may need an insats (aktualisering). Nobody is named.

    Its stream is its own, and no case. ``happened_on``: the day the group met. How many were put forward is what is
    counted of the group, and by whom (Sundsvall's report of 2023, L385).
    """

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    insats: str = Field(description="The group, as the catalogue has it.")
    rule: RuleRef
    by: Code = Field(description="The kind of unit or the role that put the person forward.")
    led_to: Code = Field(description="What came of it: a joint meeting, or nothing yet.")


REFERRAL_FACTS: tuple[type[Fact], ...] = (
    ReferralReceived,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    CompletionRequested,
    CompletionReceived,
    WaitingPersonContacted,
    ReferrerChanged,
    ReferralAccepted,
    ReferralReturned,
    HandBackAcknowledged,
    PersonForgotten,
)


class DoorFact(Fact):
    """What is decided about a door of an insats. Its stream is the insats' own."""

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    insats: str
    door: Code = Field(description="The door's id in the insats' rule.")


class IntakePaused(DoorFact):
    """The insats takes in nobody by this door for a while. ``happened_on``: the first day.

    MIA Vidare paused its intake to shorten the queue (the follow-up report of 2021, L684-686).
    """


class IntakeResumed(DoorFact):
    """The insats takes people in by this door again. ``happened_on``: the first day."""


COUNTED_FACTS: tuple[type[Fact], ...] = (ConsultationHeld, PersonPutForward)
"""Facts with a stream of their own that is no case: they name nobody and are counted."""

DOOR_FACTS: tuple[type[Fact], ...] = (IntakePaused, IntakeResumed)
"""Facts of the stream of an insats' doors, which is no case."""
