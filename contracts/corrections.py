"""Corrections: facts any service may append about an event of its own, and what a stream says after them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from contracts import followup, office, planning, referral
from contracts.envelope import Event, Fact
from contracts.model import Code


class RegisteredInError(Fact):
    """An earlier event of the same stream and service never happened (felregistrering).

    The event stays in the stream and no longer counts. ``happened_on``: the day the mistake was registered. What is
    right instead, if anything, follows as a new fact. A correction may itself be registered in error: then what it
    took away counts again.
    """

    sources: ClassVar[tuple[str, ...]] = (referral.SOURCE, planning.SOURCE, followup.SOURCE, office.SOURCE)
    event_id: UUID
    reason: Code


CORRECTIONS: tuple[type[Fact], ...] = (RegisteredInError,)

E = TypeVar("E", bound=Event[Any])


def effective(log: Iterable[E], known_at: datetime | None = None) -> list[E]:
    """The events of one stream that count, ordered by source and sequence, corrections themselves left out.

    ``log``: events of one or several sources, in any order and with repetitions. ``known_at``: only what had been
    registered by then counts, which gives the stream as it was known at that moment. The result depends on the set
    of events only, never on the order they arrived in.
    """
    known = {(event.source, event.sequence): event for event in log if _known(event, known_at)}
    in_order = [known[place] for place in sorted(known)]
    corrections = [event for event in in_order if isinstance(event.data, RegisteredInError)]
    if not corrections:
        return in_order
    taken_back: set[tuple[str, UUID]] = set()
    # From the latest to the earliest: a correction that was itself taken back takes nothing back.
    for event in reversed(corrections):
        if (event.source, event.id) not in taken_back:
            taken_back.add((event.source, event.data.event_id))
    return [
        event
        for event in in_order
        if (event.source, event.id) not in taken_back and not isinstance(event.data, RegisteredInError)
    ]


def _known(event: Event[Any], known_at: datetime | None) -> bool:
    return known_at is None or event.recordedtime <= known_at
