"""What operations read: records that could not be used."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.envelope import Fact

SOURCE = "/samspel/operations"


class RecordDeadLettered(Fact):
    """A service could not use a record. The record itself stays where it lies; only its place is in the event.

    Replay it with ``samspel dlq replay <dead_letter_id>`` once the cause is mended.
    """

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
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

    sources: ClassVar[tuple[str, ...]] = (SOURCE,)
    dead_letter_id: UUID
    service: str


OPERATIONS_FACTS: tuple[type[Fact], ...] = (RecordDeadLettered, DeadLetterDiscarded)
