"""Contact with somebody who waits: noted, and taken back when noted by mistake."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from contracts.corrections import RegisteredInError, effective
from contracts.envelope import Event
from contracts.problems import Invalid, NotFound
from contracts.referral import WaitingPersonContacted
from services.referral.domain.noted import MISTAKE


@dataclass(frozen=True)
class NoteContact:
    """Somebody got in touch with the person who waits, or tried to. ``channels``: the words to choose from."""

    channel: str
    reached: bool
    contacted_on: date
    today: date
    channels: frozenset[str]

    def check(self) -> None:
        """Raises Invalid for a channel that is not one of those to choose from."""
        if self.channel not in self.channels:
            raise Invalid("channel_unknown", f"Välj hur: {', '.join(sorted(self.channels))}.", "channel")


def take_back(event_id: UUID, log: Iterable[Event[Any]], today: date) -> RegisteredInError:
    """The correction of a contact that never was. Raises NotFound for an event that is no contact that counts."""
    found = next((event for event in effective(log) if event.id == event_id), None)
    if found is None or not isinstance(found.data, WaitingPersonContacted):
        raise NotFound("event_unknown", "Ärendet har ingen sådan kontakt som kan tas tillbaka.")
    return RegisteredInError(happened_on=today, event_id=event_id, reason=MISTAKE)
