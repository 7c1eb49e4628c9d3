"""What agencies and Samspel say to each other: referrals in; receipts, and what became of each referral, out.

The inbox is the only place where identities travel. What goes out names a referral by the agency's own reference.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.codes import Benefit, Education, MeetingMode, Member, ReferralStep, ReturnedBy, ReturnStage, Sex
from contracts.envelope import Fact
from contracts.model import Code, LocalTime, Model

SOURCE = "/samspel/referral/receipts"

# The model strips the ends first, so a text of spaces is too short; the pattern shows it to the schema's reader.
ShortText = Annotated[str, Field(min_length=1, max_length=200, json_schema_extra={"pattern": r"\S"})]
Reference = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/-]*$")]


Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
Phone = Annotated[str, Field(pattern=r"^\+?[0-9][0-9 -]{3,28}[0-9]$")]

UserId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]*$")]
"""A user's id, as the sign-in says it. Never a name or an identity number."""

Relation = Literal["guardian", "god_man", "forvaltare", "relative"]
"""What somebody who applies for a person is to them: words of the catalogue's list of actors."""


class Officer(Model):
    """The referrer: the officer who knows the person and takes part in the meeting. In an application of the person's
    own, whoever filled it in."""

    name: ShortText
    email: Email | None = None
    phone: Phone | None = None


class Referrer(Model):
    """Which office refers, and who there."""

    unit: ShortText = Field(description="The unit's id in contracts/catalogue/agencies.yaml.")
    officer: Officer
    relation: Relation | None = Field(
        default=None, description="Of a person's own application that somebody else filled in. No agency has any."
    )


class ProtectedIdentity(Model):
    """The person has protected identity (skyddade personuppgifter): only those who are named may read who it is."""

    readers: Annotated[tuple[UserId, ...], Field(max_length=10)] = Field(
        default=(),
        description="Ids of the users at the insats who may read who it is. None: until a coordinator takes it on.",
    )


class ReferredPerson(Model):
    """The person referred."""

    identity_number: ShortText = Field(description="Personnummer or samordningsnummer, twelve digits.")
    given_name: ShortText
    family_name: ShortText
    sex: Sex
    phone: Phone | None = None
    email: Email | None = None
    protected_identity: ProtectedIdentity | None = Field(
        default=None, description="Of a person with protected identity: also where nobody is named, as {}."
    )


class ConsentChoice(StrEnum):
    GIVEN = "given"
    REFUSED = "refused"


class ConsentStatement(Model):
    """What the person answered when asked for consent to individual follow-up, and when."""

    choice: ConsentChoice
    stated_on: date
    guardian: bool = Field(default=False, description="True if a guardian of somebody under 18 agrees too.")


class Background(Model):
    """Asked at referral; leaves the referral service only with consent."""

    education: Education = Education.UNKNOWN
    benefits: Annotated[tuple[Benefit, ...], Field(max_length=6)] = ()
    public_support_years: int | None = Field(default=None, ge=0, le=70)


class ReferralSubmitted(Model):
    """An agency refers a person to an insats."""

    reference: Reference = Field(
        description="The agency's own reference; receipts carry it. Never an identity number."
    )
    insats: ShortText
    door: Code | None = Field(
        default=None,
        description="The id of a door of the insats, where it is another than the usual: one that leads straight to a"
        " meeting of another insats.",
    )
    referred_on: date
    referrer: Referrer
    person: ReferredPerson
    needs: Annotated[tuple[Member, ...], Field(max_length=4)] = Field(description="Members whose support is needed.")
    consent: ConsentStatement
    background: Background = Background()
    priorities: Annotated[tuple[Code, ...], Field(max_length=10)] = Field(
        default=(),
        description="The criteria of the insats' priority order that the person meets: their ids in the catalogue.",
    )
    wish: Annotated[str, Field(min_length=1, max_length=1000, json_schema_extra={"pattern": r"\S"})] | None = Field(
        default=None, description="What the person wishes, in their own words. It never leaves the referral service."
    )


class InboxEvent(Model):
    """The envelope an agency writes: plain CloudEvents 1.0, without Samspel's own attributes."""

    specversion: Literal["1.0"]
    id: ShortText = Field(
        description="Unique for each message of the agency. The same id again gets the same receipt."
    )
    source: ShortText
    type: str
    time: AwareDatetime | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: ShortText | None = None
    data: Model


class ReferralSubmittedEvent(InboxEvent):
    """A referral as it lies in the inbox."""

    type: Literal["ReferralSubmitted"]
    data: ReferralSubmitted


class RecordPlace(Model):
    """Where a record lay. None for one that came over HTTP."""

    topic: str
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)


class RejectionCode(StrEnum):
    """Why a field was not accepted."""

    NOT_JSON = "not_json"
    NOT_A_CLOUD_EVENT = "not_a_cloud_event"
    TOO_LARGE = "too_large"
    MISSING = "missing"
    MALFORMED = "malformed"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_CODE = "unknown_code"
    UNKNOWN_INSATS = "unknown_insats"
    UNKNOWN_REFERRER = "unknown_referrer"
    REFERRER_NOT_ADMITTED = "referrer_not_admitted"
    IDENTITY_NUMBER_INVALID = "identity_number_invalid"
    IDENTITY_NUMBER_NOT_ALLOWED = "identity_number_not_allowed"
    REFERENCE_IS_AN_IDENTITY = "reference_is_an_identity"
    MESSAGE_ID_REUSED = "message_id_reused"
    DATE_IN_THE_FUTURE = "date_in_the_future"
    DATE_TOO_OLD = "date_too_old"
    INSATS_NOT_OPEN = "insats_not_open"
    INTAKE_PAUSED = "intake_paused"
    TOO_YOUNG = "too_young"
    TOO_OLD = "too_old"
    TOO_FEW_MEMBERS = "too_few_members"
    GUARDIAN_NOT_ASKED = "guardian_not_asked"
    DUPLICATE_OF_OPEN_REFERRAL = "duplicate_of_open_referral"


class FieldError(Model):
    """One thing that is wrong. ``message`` says in Swedish what to do; it never repeats the value sent."""

    field: str = Field(description='Path in the message, "data.person.identity_number"; "" for the whole.')
    code: RejectionCode
    message: str


class Receipt(Fact):
    """What every receipt says."""

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    agency: str
    reference: str | None = Field(default=None, description="None where it could not be read, or was an identity.")
    message_id: str | None = None
    record: RecordPlace | None = None


class ReferralAcknowledged(Receipt):
    """The referral is in order and waits for a coordinator."""

    case_id: UUID
    insats: str
    repeated: bool = Field(default=False, description="True if this message had been received before.")


class ReferralRejected(Receipt):
    """The referral was not taken in. Every error found is listed; correct them and send a new message."""

    errors: tuple[FieldError, ...] = Field(min_length=1)


RECEIPTS: tuple[type[Fact], ...] = (ReferralAcknowledged, ReferralRejected)


class BookedMeeting(Model):
    """When and how a meeting is to be held, for the referrer who takes part in it."""

    meets_on: date
    starts_at: LocalTime | None = None
    mode: MeetingMode


class Feedback(Fact):
    """What is said to the agency about one of its referrals. Those of a referral are one stream, in order."""

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    agency: str
    reference: str
    case_id: UUID


class ReferralProgressed(Feedback):
    """A step of a referral. ``happened_on``: its day; the envelope's ``causationid``: the event that was the step."""

    insats: str
    step: ReferralStep
    reason: Code | None = Field(default=None, description="Of a return: the insats' own code.")
    returned_by: ReturnedBy | None = Field(default=None, description="Of a return: whose doing it was.")
    return_stage: ReturnStage | None = Field(default=None, description="Of a return: how far the case had come.")
    to_ordinary: bool | None = Field(default=None, description="Of a return: true if to an ordinary measure instead.")
    missing: tuple[Code, ...] | None = Field(
        default=None, description="Of an incomplete referral: what is missing, words of the catalogue."
    )
    asked_of: Code | None = Field(default=None, description="Of an incomplete referral: who is asked for it.")
    meeting: BookedMeeting | None = Field(default=None, description="Of a booking, also of one moved.")


class ReferralProgressTakenBack(Feedback):
    """A step in earlier feedback never happened. ``happened_on``: the day on which it was registered in error."""

    progress_id: UUID = Field(description="The id of the ReferralProgressed that no longer holds.")


FEEDBACK: tuple[type[Fact], ...] = (ReferralProgressed, ReferralProgressTakenBack)
