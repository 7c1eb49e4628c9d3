"""What is noted, counted and names nobody: a stream of its own for each, taken back when noted by mistake."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final, TypeVar

from contracts.corrections import RegisteredInError, effective
from contracts.envelope import Event, Fact
from contracts.problems import Conflict, Invalid, NotFound

F = TypeVar("F", bound=Fact)

MISTAKE: Final = "registered_by_mistake"


def noted(log: Iterable[Event[Any]], kind: type[F]) -> Event[F] | None:
    """What was noted in a stream; None if it was taken back, or the stream is empty."""
    return next((event for event in effective(log) if isinstance(event.data, kind)), None)


def correction_of(
    log: Iterable[Event[Any]], kind: type[F], today: date, unknown: str, what: str
) -> RegisteredInError:
    """The correction of what never was. ``unknown``: the code for a stream without it; ``what``: its Swedish name.

    Raises NotFound if the stream holds none of that kind, Conflict if it is taken back already.
    """
    whole = list(log)
    if not any(isinstance(event.data, kind) for event in whole):
        raise NotFound(unknown, f"{what} finns inte.")
    counts = noted(whole, kind)
    if counts is None:
        raise Conflict("already_taken_back", f"{what} är redan borttagen som felregistrerad.")
    return RegisteredInError(happened_on=today, event_id=counts.id, reason=MISTAKE)


def require_one_of(value: str, field: str, message: str, known: Iterable[str] | Mapping[str, str]) -> None:
    """Raises Invalid with what may be chosen, unless the value is one of them."""
    choices = sorted(known)
    if value not in choices:
        raise Invalid("choice_unknown", f"{message}: {', '.join(choices)}.", field)
