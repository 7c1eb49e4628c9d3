"""The surveys that the office takes answers to, as declared in the files of this folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from contracts.catalogue.agencies import faults_of
from contracts.catalogue.yaml_files import CatalogueError, Fault, read_yaml
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
    found: dict[str, Survey] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            file = read_yaml(path)
        except CatalogueError as error:
            faults += error.faults
            continue
        try:
            survey = Survey.model_validate(file.data)
        except ValidationError as error:
            faults += faults_of(file, error)
            continue
        if survey.id in found:
            faults.append(file.fault(("id",), f"{survey.id!r} is declared twice"))
        found[survey.id] = survey
    if faults:
        raise CatalogueError(tuple(sorted(faults)))
    return found


SURVEYS: Final = load_surveys(Path(__file__).parent)
"""Our own, by id."""
