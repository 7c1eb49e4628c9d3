"""What operations read: records that could not be used."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.envelope import Envelope, Fact

SOURCE = "/samspel/operations"


class RecordDeadLettered(Fact):
    """A service could not use a record. The record itself stays where it lies; only its place is told.

    Replay it with ``samspel dlq replay <dead_letter_id>`` once the cause is mended.
    """

    source: ClassVar[str] = SOURCE
    dead_letter_id: UUID
    service: str
    reason: str = Field(description="A code and the kind of error; never a value from the record.")
    topic: str
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)


class DeadLetterDiscarded(Fact):
    """Operations decided that a dead letter is not to be replayed. Who did and why stays with the service.

    Its record may still be replayed, by ``samspel dlq replay --discarded <dead_letter_id>``.
    """

    source: ClassVar[str] = SOURCE
    dead_letter_id: UUID
    service: str


class RecordDeadLetteredEvent(Envelope):
    type: Literal["RecordDeadLettered"] = "RecordDeadLettered"
    data: RecordDeadLettered


class DeadLetterDiscardedEvent(Envelope):
    type: Literal["DeadLetterDiscarded"] = "DeadLetterDiscarded"
    data: DeadLetterDiscarded


OperationsEvent = Annotated[RecordDeadLetteredEvent | DeadLetterDiscardedEvent, Field(discriminator="type")]
