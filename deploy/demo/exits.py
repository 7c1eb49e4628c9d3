"""What is answered of an exit in the demo: what the insats' rule asks with the reason, and nothing else."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from contracts.catalogue.results import Exits

_EXTENTS: Final = (25, 50, 75, 100)
_SUPPORTS: Final = ("wage_subsidy", "none", "start_job")
_DESTINATIONS: Final[Mapping[str, str]] = {
    "work": "arbete",
    "studies": "studier",
    "jobseeking": "arbetsformedlingens-utbud",
    "continued_rehabilitation": "rehabiliteringssamverkan",
}


def answers(exits: Exits, reason: str, day: date) -> dict[str, Any]:
    """The answers to what is asked. The report of 2021 prints none of them: they are ours, by the day of the exit.

    Raises KeyError for something that no insats of the demo asks.
    """
    of_reason = next(each.needs for each in exits.reasons if each.code == reason)
    said = {
        "extent": ("extent_percent", _EXTENTS[day.day % len(_EXTENTS)]),
        "support": ("support", _SUPPORTS[day.day % len(_SUPPORTS)]),
        "destination": ("destination", _DESTINATIONS.get(reason, "none")),
    }
    return dict(said[need] for need in (*exits.needs, *of_reason))
