"""What everything that is registered about a follow-up is checked for."""

from collections.abc import Collection
from datetime import date

from contracts.catalogue.vocabulary import words
from contracts.followup import FollowUpScheduled
from contracts.problems import Conflict, Invalid
from services.followup.domain.ledger import FollowUp


def require_owed(follow_up: FollowUp) -> None:
    """Raises Conflict for a follow-up that has ended."""
    match follow_up.state:
        case "completed":
            raise Conflict("already_completed", "Uppföljningen är redan genomförd och registrerad.")
        case "not_applicable":
            raise Conflict("not_applicable", "Uppföljningen är avförd och ska inte göras. Ångra det först.")
        case "superseded":
            raise Conflict("superseded", "Uppföljningen är inte längre aktuell och ska inte göras.")
        case "owed":
            return


def check_day(terms: FollowUpScheduled, day: date, today: date, field: str) -> None:
    """Raises Invalid for a day ahead, or before the day that the follow-up is counted from."""
    if day > today:
        raise Invalid("held_in_the_future", "Ange en dag som inte ligger i framtiden.", field)
    if day < terms.happened_on:
        message = f"Ange {terms.happened_on} eller en senare dag; uppföljningen räknas därifrån."
        raise Invalid("held_before_plan", message, field)


def check_word(list_name: str, word: str, field: str) -> None:
    """Raises Invalid for a word that the catalogue's list lacks."""
    known: Collection[str] = words()[list_name]
    if word not in known:
        raise Invalid(f"{field}_unknown", f"Välj en av: {', '.join(known)}.", field)
