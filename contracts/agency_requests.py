"""What an agency asks about a referral that it has sent, as messages of its inbox, and the receipts of those.

Each does what the route of the same purpose does over HTTP, by the same decision. A referral is named by the agency's
own reference, as in its receipt.
"""

from datetime import date
from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from contracts.agency import InboxEvent, Officer, Receipt, Reference, ShortText
from contracts.codes import ReferrerChangeCause
from contracts.envelope import Fact
from contracts.model import Code, Model

Answer = Annotated[str, Field(min_length=1, max_length=2000, json_schema_extra={"pattern": r"\S"})]


class AgencyRequest(Model):
    """Which referral something is asked about."""

    reference: Reference = Field(description="The agency's own reference of the referral. Never an identity number.")
    case_id: UUID | None = Field(
        default=None, description="The receipt's case id, where several open referrals have the reference."
    )


class ReferralWithdrawn(AgencyRequest):
    """An agency withdraws a referral that has not started."""

    reason: Code = Field(description="One of the insats' reasons for a return.")
    withdrawn_on: date


class CompletionAnswered(AgencyRequest):
    """An agency has sent what a referral lacked."""

    answered_on: date
    answer: Answer | None = Field(
        default=None, description="What the agency says about it. It never leaves the referral service."
    )


class ReferrerReplaced(AgencyRequest):
    """Another officer of the agency answers for a referral."""

    unit: ShortText = Field(description="The unit's id in contracts/catalogue/agencies.yaml.")
    officer: Officer
    cause: ReferrerChangeCause
    replaced_on: date


class ReferralWithdrawnEvent(InboxEvent):
    """A withdrawal as it lies in the inbox."""

    type: Literal["ReferralWithdrawn"]
    data: ReferralWithdrawn


class CompletionAnsweredEvent(InboxEvent):
    """An answer to a request for completion as it lies in the inbox."""

    type: Literal["CompletionAnswered"]
    data: CompletionAnswered


class ReferrerReplacedEvent(InboxEvent):
    """Another referrer as it lies in the inbox."""

    type: Literal["ReferrerReplaced"]
    data: ReferrerReplaced


RequestType = Literal["ReferralWithdrawn", "CompletionAnswered", "ReferrerReplaced"]
RequestEvent: TypeAlias = ReferralWithdrawnEvent | CompletionAnsweredEvent | ReferrerReplacedEvent

REQUEST_EVENTS: Final[tuple[type[RequestEvent], ...]] = (
    ReferralWithdrawnEvent,
    CompletionAnsweredEvent,
    ReferrerReplacedEvent,
)


class RequestError(Model):
    """Why a request was refused. ``message`` says in Swedish what to do; it never repeats the value sent."""

    field: str = Field(description='Path in the message, "data.reason"; "" for the whole.')
    code: Code = Field(description="As in a rejected referral, or as the same request over HTTP is answered.")
    message: str


class RequestCarriedOut(Receipt):
    """What the agency asked about its referral has been done."""

    message_type: RequestType
    case_id: UUID
    repeated: bool = Field(default=False, description="True if this message had been carried out before.")


class RequestRefused(Receipt):
    """What the agency asked about its referral was not done, and nothing has changed. The same message may be sent
    again, with the same id, once what hindered it is over."""

    message_type: RequestType
    errors: tuple[RequestError, ...] = Field(min_length=1)


REQUEST_RECEIPTS: Final[tuple[type[Fact], ...]] = (RequestCarriedOut, RequestRefused)
