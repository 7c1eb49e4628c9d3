"""How far the play has come: noted in the data folder, so that an interrupted play goes on where it stopped."""

import hashlib
from datetime import date
from pathlib import Path

from contracts.model import Model
from deploy.demo.failures import PlayFailed
from deploy.demo.population import Population


class Progress(Model):
    """Weeks are named by their Mondays. ``done_through``: the last week whose steps were all taken."""

    population: str
    done_through: date | None = None
    finished: bool = False


def fingerprint(population: Population) -> str:
    """The same people, the same fingerprint."""
    return hashlib.sha256(repr(population).encode()).hexdigest()


def read_progress(file: Path, population: Population) -> Progress:
    """What the folder holds of this population's play. Raises PlayFailed if it holds another's."""
    if not file.exists():
        return Progress(population=fingerprint(population))
    progress = Progress.model_validate_json(file.read_bytes())
    if progress.population != fingerprint(population):
        raise PlayFailed(
            f"{file.parent} holds the play of other people, from another version of the demo. "
            "Remove that folder to start over, or choose another by --data."
        )
    return progress


def write_progress(file: Path, progress: Progress) -> None:
    """Replaces the note in one step."""
    fresh = file.with_suffix(".new")
    fresh.write_text(progress.model_dump_json(), encoding="utf-8")
    fresh.replace(file)
