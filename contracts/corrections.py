"""Facts that any service may append about an event of its own."""

from typing import ClassVar
from uuid import UUID

from contracts import followup, planning, referral
from contracts.envelope import Fact
from contracts.model import Code


class RegisteredInError(Fact):
    """An earlier event of the same stream and service never happened (felregistrering).

    The event stays in the stream and no longer counts. ``happened_on``: the day the mistake was registered. What is
    right instead, if anything, follows as a new fact.
    """

    sources: ClassVar[tuple[str, ...]] = (referral.SOURCE, planning.SOURCE, followup.SOURCE)
    event_id: UUID
    reason: Code


CORRECTIONS: tuple[type[Fact], ...] = (RegisteredInError,)
