"""How somebody came straight to a meeting, in words for a page."""

from typing import Protocol

from contracts.catalogue import INSATSER


class Sought(Protocol):
    """What was sought by a referral that led straight to a meeting of another insats; None for all others."""

    @property
    def sought_insats(self) -> str | None: ...
    @property
    def sought_door(self) -> str | None: ...


def shortcut_of(row: Sought) -> str | None:
    """The insats and door that were sought, as people call them; None for whoever did not come by a shortcut."""
    if row.sought_insats is None or row.sought_door is None:
        return None
    insats = INSATSER.get(row.sought_insats)
    return row.sought_insats if insats is None else insats.door_name(row.sought_door)
