"""The surveys that the office takes answers to, as declared in the files of this folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from contracts.catalogue.declarations import load_declarations
from contracts.surveys.declaration import (
    UNANSWERED,
    Option,
    Question,
    RespondentGroup,
    Scale,
    Survey,
    Value,
)

__all__ = [
    "SURVEYS",
    "UNANSWERED",
    "Option",
    "Question",
    "RespondentGroup",
    "Scale",
    "Survey",
    "Value",
    "load_surveys",
]


def load_surveys(folder: Path) -> Mapping[str, Survey]:
    """The surveys of a folder by id. Raises CatalogueError with every fault of every file."""
    return load_declarations(folder, Survey)


SURVEYS: Final = load_surveys(Path(__file__).parent)
"""Our own, by id."""
