"""The case that planning handed back to its referrer, until the referrer says that they go on with it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.problems import Conflict, Invalid
from contracts.referral import HandBackAcknowledged


@dataclass(frozen=True)
class HandBack:
    """The latest hand-back of a case. ``acknowledged``: by its referrer."""

    hand_back_id: UUID
    handed_back_on: date
    acknowledged: bool = False


@dataclass(frozen=True)
class AcknowledgeHandBack:
    """The referrer has got the case back."""

    acknowledged_on: date
    today: date


def acknowledge(command: AcknowledgeHandBack, hand_back: HandBack | None) -> HandBackAcknowledged:
    """Raises Conflict without a hand-back that waits for it, Invalid for a day that cannot be."""
    if hand_back is None:
        raise Conflict("not_handed_back", "Ärendet är inte återfört till er, så det finns inget att ta emot.")
    if hand_back.acknowledged:
        raise Conflict("already_acknowledged", "Återföringen är redan mottagen.")
    if command.acknowledged_on > command.today:
        raise Invalid("date_in_the_future", "Ange en dag som inte ligger i framtiden.", "acknowledged_on")
    if command.acknowledged_on < hand_back.handed_back_on:
        message = f"Ange en dag som inte ligger före den dag då ärendet återfördes, {hand_back.handed_back_on}."
        raise Invalid("date_before_hand_back", message, "acknowledged_on")
    return HandBackAcknowledged(happened_on=command.acknowledged_on, hand_back_id=hand_back.hand_back_id)
