"""Reminders: with whom a follow-up that is not held is brought up, and when."""

from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError

from contracts.catalogue.agencies import faults_of
from contracts.catalogue.fields import Slug, Text
from contracts.catalogue.yaml_files import CatalogueError, read_yaml
from contracts.model import Model

REMINDERS_FILE: Final = Path(__file__).parent / "reminders.yaml"

_DAY: Final = timedelta(days=1)


class Reminder(Model):
    """One step of the chain. ``tells``: whoever owes the follow-up, or somebody above them, which is an escalation.
    ``days``: calendar days from the due day, or from the day on which the follow-up counts as missed."""

    id: Slug
    label: Text
    tells: Literal["responsible", "coordinator", "manager"]
    counted_from: Literal["due", "missed"]
    days: int = Field(ge=0, le=120)

    def day(self, due_on: date, closes_on: date) -> date:
        """The day it is for, of a follow-up with such a due day and such a last day of its window."""
        start = due_on if self.counted_from == "due" else closes_on + _DAY
        return start + timedelta(days=self.days)


class _File(Model):
    reminders: tuple[Reminder, ...]


def load_reminders(path: Path = REMINDERS_FILE) -> tuple[Reminder, ...]:
    """The chain, in its order. Raises CatalogueError."""
    file = read_yaml(path)
    try:
        return _File.model_validate(file.data).reminders
    except ValidationError as error:
        raise CatalogueError(faults_of(file, error)) from error


REMINDERS: Final = load_reminders()


def reminder_label(reminder_id: str) -> str:
    """What a reminder says; its id if the chain lacks it, as after a change of the chain."""
    return next((each.label for each in REMINDERS if each.id == reminder_id), reminder_id)
