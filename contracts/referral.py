"""Facts of the referral service: from an agency's referral to its acceptance or return, and consent."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.codes import Benefit, Education, Member, ReturnReason, Sex, UnitKind
from contracts.envelope import Envelope, Fact
from contracts.model import Model

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


class ReferralReceived(Fact):
    """An agency referred a person and the referral is in order. ``happened_on``: the day of referral."""

    source: ClassVar[str] = SOURCE
    person_id: UUID = Field(description="Random; only the identity vault knows whose it is.")
    insats: str
    agency: str
    unit: str
    unit_kind: UnitKind
    sex: Sex
    rule: RuleRef


class ConsentGiven(Fact):
    """The person consents to individual follow-up."""

    source: ClassVar[str] = SOURCE
    attributes: Attributes


class ConsentRefused(Fact):
    """The person does not consent. Takes part all the same and is counted as "utan samtycke"."""

    source: ClassVar[str] = SOURCE


class ConsentWithdrawn(Fact):
    """A consent given earlier holds no longer."""

    source: ClassVar[str] = SOURCE


class ReferralAccepted(Fact):
    """The insats takes the person on; planning can begin."""

    source: ClassVar[str] = SOURCE


class ReferralReturned(Fact):
    """The referral goes back to its referrer before the person starts (återremittering), accepted or not.

    The services learn of each other's facts late, so a start may be registered for a case that was just returned.
    Then the start counts, whichever was told first: a case with an InsatsStarted was not returned.
    """

    source: ClassVar[str] = SOURCE
    reason: ReturnReason | None = Field(default=None, description="Absent without consent.")


class PersonForgotten(Fact):
    """The person's identity was erased; told on each of the person's cases. ``happened_on``: the day of erasure.

    What is left of the case is facts without identity. A reader removes what it holds that tells who it was.
    """

    source: ClassVar[str] = SOURCE
    person_id: UUID = Field(description="As in ReferralReceived. Nobody can tell whose it was any more.")


class ReferralReceivedEvent(Envelope):
    type: Literal["ReferralReceived"] = "ReferralReceived"
    data: ReferralReceived


class ConsentGivenEvent(Envelope):
    type: Literal["ConsentGiven"] = "ConsentGiven"
    data: ConsentGiven


class ConsentRefusedEvent(Envelope):
    type: Literal["ConsentRefused"] = "ConsentRefused"
    data: ConsentRefused


class ConsentWithdrawnEvent(Envelope):
    type: Literal["ConsentWithdrawn"] = "ConsentWithdrawn"
    data: ConsentWithdrawn


class ReferralAcceptedEvent(Envelope):
    type: Literal["ReferralAccepted"] = "ReferralAccepted"
    data: ReferralAccepted


class ReferralReturnedEvent(Envelope):
    type: Literal["ReferralReturned"] = "ReferralReturned"
    data: ReferralReturned


class PersonForgottenEvent(Envelope):
    type: Literal["PersonForgotten"] = "PersonForgotten"
    data: PersonForgotten


ReferralEvent = Annotated[
    ReferralReceivedEvent
    | ConsentGivenEvent
    | ConsentRefusedEvent
    | ConsentWithdrawnEvent
    | ReferralAcceptedEvent
    | ReferralReturnedEvent
    | PersonForgottenEvent,
    Field(discriminator="type"),
]
