"""What there is to do, as the start page shows it: by part, what is late first."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from services.chassis.to_do import Part, ToDo, ToDoClient

_HEADINGS: Final[Mapping[Part, str]] = {
    Part.MINE: "Hos dig",
    Part.TODAY: "I dag",
    Part.NEW: "Nytt",
    Part.AWAITED: "Väntar på andra",
    Part.TEAM: "Hela laget",
}
_SILENT: Final = {"followup": "uppföljningarna", "referral": "anmälningarna", "planning": "planeringen"}


async def values(lists: ToDoClient, token: str) -> dict[str, Any]:
    """What the page shows. ``silent``: what could not be asked just now."""
    read = await lists.read(token)
    return {
        "parts": list(by_part(read.items)),
        "silent": [_SILENT[service] for service in read.silent],
    }


def by_part(items: Iterable[ToDo]) -> Iterable[tuple[str, Sequence[ToDo]]]:
    """The parts that have something, by heading; in each what is late first, else as the services gave it."""
    items = list(items)
    for part in Part:
        if here := sorted((each for each in items if each.part is part), key=lambda each: not each.late):
            yield _HEADINGS[part], here
