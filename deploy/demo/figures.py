"""The published figures the demo must reproduce, and nothing else: reading ``figures-….json``."""

from functools import cache
from pathlib import Path
from typing import Final

from contracts.model import Model

PATH: Final = Path(__file__).with_name("figures-2021.json")


class Source(Model):
    title: str
    publisher: str
    year: int
    scope: str


class Line(Model):
    """One published number. ``printed`` is how the report prints it where that differs from its own counts."""

    id: str
    label: str
    published: int
    source_lines: str
    printed: str | None = None
    note: str | None = None


class Figures(Model):
    source: Source
    year: int
    lines: tuple[Line, ...]


@cache
def published(path: Path = PATH) -> Figures:
    """The published figures, in the order a reader meets them. Raises pydantic.ValidationError."""
    return Figures.model_validate_json(path.read_bytes())


def by_id() -> dict[str, int]:
    """Every published number by the id of its line."""
    return {line.id: line.published for line in published().lines}
